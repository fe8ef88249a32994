"""A folder to which only one run at a time writes."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError, UsageError, printable
from ..files import try_lock

_LOCK_SECONDS = 3.0
"""Seconds to wait for the processes of a run that was killed: they end by themselves."""


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[int]:
    """Create the folder and lock it for this run; yields the lock, a file descriptor."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise OutputError(
            f"{printable(folder)}: this folder cannot be made ({error.strerror})"
        ) from error
    deadline = time.monotonic() + _LOCK_SECONDS
    try:
        while not try_lock(lock):
            if time.monotonic() > deadline:
                raise UsageError(
                    f"{printable(folder)}: another run writes into this folder; wait for its "
                    "end, or choose another with -o"
                )
            time.sleep(0.05)
        yield lock
    finally:
        os.close(lock)
