"""How a job uses the terminal: progress, messages, signals, exit codes."""

import contextlib
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import ExitCode, UsageError, VidsumError, printable
from ..files import size_text
from ..options.reporting import STDOUT

if TYPE_CHECKING:
    from ..jobs import Progress
    from .progress import ProgressBar


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """How much is printed."""

    quiet: bool = False
    """Print only warnings and errors."""

    debug: bool = False
    """Print where in the code an error arose."""

    isolate: bool = False
    """Run in a separate process: a decoder that crashes or takes too much memory ends that process,
    with exit code 7."""

    max_memory: Annotated[str, Parameter(metavar="SIZE")] = "8G"
    """Memory that the process of --isolate may reserve, in M or G (of 1024). It reserves more than
    it uses: half a gigabyte more for each decoding thread."""

    config: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Read options from this TOML file, one per line, such as min-ssim = 0.6; those on the command
    line take precedence. `vidsum config` prints such a file."""

    def __post_init__(self) -> None:
        if _SIZE.fullmatch(self.max_memory) is None or self.memory_limit < _LEAST_MEMORY:
            raise UsageError(
                f"--max-memory is {printable(self.max_memory)}, allowed are sizes from 1G on, such "
                "as 1500M or 8G"
            )

    @property
    def memory_limit(self) -> int:
        """`max_memory` in bytes."""
        return int(self.max_memory[:-1]) * _UNITS[self.max_memory[-1]]


_SIZE = re.compile(r"[1-9][0-9]{0,5}[MG]")
_UNITS = {"M": 1 << 20, "G": 1 << 30}
_LEAST_MEMORY = 1 << 30


def print_out(text: str) -> None:
    """Write what the user asked for to stdout, if it is open.

    Characters that its encoding doesn't have are escaped.
    """
    with contextlib.suppress(OSError, ValueError):
        try:
            print(text, flush=True)
        except UnicodeEncodeError as error:  # before anything was written
            known = text.encode(error.encoding, "backslashreplace")
            print(known.decode(error.encoding), flush=True)


def say(text: str) -> None:
    """Write a line to stderr, if it is open."""
    if sys.stderr is None:  # closed before the start
        return
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


class Session:
    """One job's communication with the user, and its exit code."""

    def __init__(self, terminal: Terminal) -> None:
        self.exit_code: int = ExitCode.DONE
        self._terminal = terminal
        self._signal: int | None = None
        self._bar: ProgressBar | None = None

    def progress(self, progress: "Progress") -> None:
        """Show how far the job has come, if stderr is a terminal."""
        if self._terminal.quiet or sys.stderr is None or not sys.stderr.isatty():
            return
        if self._bar is None:
            from .progress import ProgressBar

            self._bar = ProgressBar(progress.duration)
        self._bar.show(progress)

    def should_stop(self) -> bool:
        """Return whether a signal has asked the job to stop."""
        return self._signal is not None

    def end_progress(self) -> None:
        """Remove the progress bar from the terminal."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def tell(self, text: str) -> None:
        """Write a message of the job, except with `--quiet`."""
        if not self._terminal.quiet:
            say(text)

    def tell_files(self, paths: Sequence[Path]) -> None:
        """List the files that were written, each with its size."""
        for path in paths:
            if path != STDOUT:
                self.tell(f"  {printable(path)}: {size_text(path.stat().st_size)}")

    def warn(self, text: str) -> None:
        """Write a warning."""
        say(f"vidsum: warning: {printable(text)}")

    def finish(self, *, lost_input: bool, stopped: bool) -> None:
        """Set the exit code of a job that ran to its end."""
        if stopped and self._signal is not None:
            self.exit_code = 128 + self._signal
            say("vidsum: stopped; what is written is complete")
        elif lost_input:
            self.exit_code = ExitCode.INCOMPLETE
            say("vidsum: part of the input was lost, see the warnings")

    def judge(self, failed: Sequence[str]) -> None:
        """Report the limits that were not met, and set the exit code accordingly."""
        for line in failed:
            say(f"vidsum: failed: {printable(line)}")
        if failed and self._signal is None:
            self.exit_code = ExitCode.GATE_FAILED

    def fail(self, error: Exception, exit_code: int) -> None:
        """Report an error and set the exit code."""
        self.end_progress()
        self.exit_code = exit_code
        if self._terminal.debug:
            traceback.print_exception(error)
        if isinstance(error, VidsumError):
            say(f"vidsum: {error}")
        elif _wants_memory(error):
            say("vidsum: there is not enough memory; with --isolate, --max-memory allows more")
        else:
            text = printable(f"{type(error).__name__}: {error}")
            say(f"vidsum: unexpected error, {text} (--debug shows where; please report it)")

    def take(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal: the first asks for an orderly end, a second ends at once."""
        if self._signal is not None:
            # The part file is playable as it is; there is nothing worth waiting for.
            os._exit(128 + number)
        self._signal = number


def _wants_memory(error: Exception) -> bool:
    # A thread needs memory for its stack, and Python has no exception for that failure.
    return isinstance(error, MemoryError) or "can't start new thread" in str(error)


@contextlib.contextmanager
def handled(take: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have SIGINT and SIGTERM handled by `take`."""
    taken = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, take) for number in taken]
    try:
        yield
    finally:
        for number, handler in zip(taken, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def job(terminal: Terminal) -> Iterator[Session]:
    """Run a job: its errors become a line on stderr and an exit code; signals stop it."""
    session = Session(terminal)
    with handled(session.take):
        try:
            yield session
        except VidsumError as error:
            session.fail(error, error.exit_code)
        except Exception as error:
            session.fail(error, ExitCode.CRASHED if _wants_memory(error) else ExitCode.UNEXPECTED)
        finally:
            session.end_progress()
