"""A command in its own process: a crash of a decoder ends that process and not the caller's.

The whole command runs there, not only the decoder: nothing is copied between the processes, and a
run takes no longer except for the start of the process.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from ..errors import ExitCode, printable
from .terminal import handled, say

_LIMIT_VARIABLE = "VIDSUM_MEMORY_LIMIT"
"""Environment variable of the isolated process: how many bytes it may take."""

_ENDED_FROM_OUTSIDE = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE})


def is_isolated() -> bool:
    """Return whether this is the isolated process."""
    return _LIMIT_VARIABLE in os.environ


def run_isolated(words: Sequence[str], name: str, memory: int) -> int:
    """Run the command line `words` in its own process and return its exit code.

    Parameters
    ----------
    words
        The command line, without the name of the program.
    name
        The input, for the message.
    memory
        How many bytes the process may take.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "vidsum", *words],
        env=os.environ | {_LIMIT_VARIABLE: str(memory)},
        # Ctrl-C in a terminal then reaches only this process, which passes it on once.
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
    """Limit the memory of this process, if it is the isolated one, and have it end with its parent.

    Allocations beyond the limit fail, as they do when the machine is out of memory.
    """
    if not is_isolated():
        return
    import ctypes
    import resource

    limit = int(os.environ[_LIMIT_VARIABLE])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # A core dump of a crashed decoder would contain pictures of the recording.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SEND_WHEN_PARENT_ENDS, signal.SIGTERM)


_SEND_WHEN_PARENT_ENDS = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
