"""A recording of a batch on a node of a cluster.

A node may lose its cluster without ending: the recording is then given to another while the first
is still working on it. Whichever works on it therefore holds a lock next to its manifest, and a
later one takes over the result of the first.
"""

import contextlib
import importlib.metadata
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...cores import CORES_VARIABLE
from ...errors import UsageError, printable
from ...files import discard, fitting_name, try_lock, write_error
from ...video import Recording
from ..condensing.condense import OpenRecording
from ..progress import Progress
from .manifest import Manifest
from .segments import Task
from .worker import Settings, condense_task, sweep

_LOCK_POLL_SECONDS = 0.2
"""Seconds between two attempts to take the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A recording to condense, as requested."""

    task: Task
    settings: Settings
    cores: int
    """How many cores it may use."""
    folder: Path
    """The folder to which relative names refer."""
    before: Manifest | None
    """What was known of the recording when it was requested."""


def fulfil(
    order: Order,
    progress: Callable[[Progress], None],
    open_recording: OpenRecording = Recording,
) -> Manifest:
    """Condense the recording, unless that has been done in the meantime, and return its manifest.

    Raises
    ------
    UsageError
        If this node does not see the folders.
    """
    task, settings = order.task, order.settings
    path = settings.manifest_path(task.name)
    settle(order.folder, order.cores)
    check_folder(path.parent)
    with _alone(path):
        found = Manifest.load(path)
        if found is not None and found.state != "running" and found != order.before:
            return found
        try:
            return condense_task(task, settings, progress, open_recording)
        except KeyboardInterrupt:  # the run has ended
            sweep(task, settings)
            raise


def settle(folder: Path, cores: int) -> None:
    """Work in `folder`, with this many cores.

    Raises
    ------
    UsageError
        If this node does not see it.
    """
    check_folder(folder)
    with contextlib.suppress(OSError):
        os.chdir(folder)
    os.environ[CORES_VARIABLE] = str(cores)


def other_version_error(found: str) -> UsageError:
    """Return the error for a node that has another version, `found`."""
    here = importlib.metadata.version("vidsum")
    return UsageError(f"--ray: {printable(found)}, this is {here}; install the same on every node")


def check_folder(folder: Path) -> None:
    """Raise `UsageError` if this node does not see `folder`."""
    if not folder.is_dir():
        raise UsageError(
            f"--ray: {printable(socket.gethostname())} has no folder {printable(folder)}; "
            "every node needs the same files under the same names"
        )


@contextlib.contextmanager
def _alone(manifest: Path) -> Iterator[None]:
    """Wait until no other process works on the recording of `manifest`, and keep others out."""
    path = lock_path(manifest)
    while True:
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise write_error(path, error) from error
        try:
            if try_lock(lock) and _is_there(lock, path):
                break
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        time.sleep(_LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        discard(path)
        os.close(lock)


def lock_path(manifest: Path) -> Path:
    """Return the path of the lock file."""
    return manifest.with_name(fitting_name(manifest.name, ".lock"))


def _is_there(lock: int, path: Path) -> bool:
    """Return whether the file still exists: its last owner may have deleted it."""
    try:
        return os.path.samestat(os.fstat(lock), path.lstat())
    except FileNotFoundError:
        return False
