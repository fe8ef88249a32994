"""A command in a process of its own: what crashes a decoder ends that process and not the caller's.

The whole command runs there, not the decoder alone: nothing is copied between the processes, and a
run takes as long as any other but for the start of the process.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from ..errors import ExitCode, printable
from .terminal import handled, say

_MARK = "VIDSUM_MEMORY_LIMIT"
"""In the environment of the process: it is the isolated one, and may take so many bytes."""

_ENDED_FROM_OUTSIDE = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE})


def is_isolated() -> bool:
    """Return whether this is the process in which the command runs."""
    return _MARK in os.environ


def run_isolated(words: Sequence[str], name: str, memory: int) -> int:
    """Run the command line `words` in a process of its own and return its exit code.

    Parameters
    ----------
    words
        The command line, without the name of the program.
    name
        The input, for the message.
    memory
        Bytes that the process may take.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "vidsum", *words],
        env=os.environ | {_MARK: str(memory)},
        # A terminal's Ctrl-C reaches this process alone, which passes it on once.
        start_new_session=True,
    )

    def pass_on(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    with handled(pass_on):
        code = process.wait()
    if code >= 0:
        return code
    if -code in _ENDED_FROM_OUTSIDE:
        return 128 - code
    why = signal.Signals(-code).name
    if -code == signal.SIGKILL:
        why += ", perhaps for want of memory"
    say(
        f"vidsum: {printable(name)}: the process that decoded it was ended by {why}; what was "
        "written until then is in the part files"
    )
    return ExitCode.CRASHED


def limit_memory() -> None:
    """Limit the memory of this process, if it is the isolated one, and let it end with its parent.

    What FFmpeg asks for beyond the limit is refused, as where there is no memory left.
    """
    if not is_isolated():
        return
    import ctypes
    import resource

    limit = int(os.environ[_MARK])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # A dump of a crashed decoder would hold pictures of the recording.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SEND_WHEN_PARENT_ENDS, signal.SIGTERM)


_SEND_WHEN_PARENT_ENDS = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
