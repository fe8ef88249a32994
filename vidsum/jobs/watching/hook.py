"""A program that is run for every change, without blocking anything."""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import Self

from ...errors import UsageError, printable
from .change import Change
from .credentials import PASSWORD, USER

_MOST_WAITING = 100
"""Changes that may wait for the program."""


class Hook:
    """Runs a program for changes, one at a time, in a thread.

    Leaving waits for the pending changes.

    Parameters
    ----------
    command
        The program and its arguments.
    timeout
        Seconds after which it is killed.
    tell
        Called with a line about each problem, from the thread.

    Raises
    ------
    UsageError
        If there is no such program.
    """

    def __init__(
        self, command: tuple[str, ...], timeout: float, tell: Callable[[str], None]
    ) -> None:
        program = shutil.which(command[0])
        if program is None:
            raise UsageError(f"--on-event {printable(command[0])}: there is no such program")
        self._command = (program, *command[1:])
        self._name = printable(command[0])
        self._timeout = timeout
        self._tell = tell
        self._changes: queue.Queue[Change] = queue.Queue(_MOST_WAITING)
        self._passed_over = 0
        self._ending = threading.Event()
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="on-event", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ending.set()
        # Long enough for the running program, but not for the pending changes.
        self._thread.join(self._timeout + 1)
        self._given_up.set()
        if self._thread.is_alive():
            self._tell(f"--on-event {self._name}: changes were still waiting for it")

    def add(self, change: Change) -> None:
        """Take a change; if too many are pending, it is dropped, and that is reported."""
        try:
            self._changes.put_nowait(change)
        except queue.Full:
            self._passed_over += 1
            if self._passed_over == 1:
                self._tell(
                    f"--on-event {self._name}: too slow, {_MOST_WAITING} changes are waiting; "
                    "further ones are passed over"
                )
        else:
            if self._passed_over:
                self._tell(f"--on-event {self._name}: {self._passed_over} changes passed over")
            self._passed_over = 0

    def _run(self) -> None:
        while not self._given_up.is_set():
            try:
                change = self._changes.get(timeout=0.2)
            except queue.Empty:
                if self._ending.is_set():
                    return
                continue
            why = self._call(change)
            if why is not None:
                self._tell(f"--on-event {self._name}: {why}")

    def _call(self, change: Change) -> str | None:
        """Run the program, and return what went wrong, if anything."""
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={name: it for name, it in os.environ.items() if name not in (USER, PASSWORD)},
                start_new_session=True,  # so that it can be killed with all its children
            )
        except OSError as error:
            return f"cannot be run, {error.strerror}"
        with process:
            try:
                process.communicate(f"{change.json()}\n".encode(), self._timeout)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                return f"ended, it ran for more than {self._timeout:g} s"
        if process.returncode:
            return f"failed with exit code {process.returncode}"
        return None
