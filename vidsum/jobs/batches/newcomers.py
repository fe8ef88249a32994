"""The recordings of a batch that runs forever, condensed when their files are complete."""

import time
from collections.abc import Callable
from pathlib import Path

from ...errors import ExitCode, OutputError, VidsumError, printable
from ...options.batch import Sources
from ...remote import InputPath
from .due import due_tasks
from .incoming import Incoming
from .manifest import Manifest
from .progress import Ledger
from .segments import Task, tasks_of
from .shelf import Shelf
from .sources import Source
from .worker import Settings

_SAVE_SECONDS = 10.0
"""Seconds between two updates of the table of all recordings, at least."""


class Newcomers:
    """Makes tasks from new files, and takes their manifests.

    Parameters
    ----------
    incoming
        The files.
    tasks
        All recordings by name, including those of earlier runs; new ones are added.
    due
        Those of them that are to be condensed when their files have stopped growing.
    settings, shelf, ledger
        What is known about them.
    sources
        How files form recordings.
    save_table
        Writes the table of all recordings.
    tell
        Called with a line about each problem.
    note
        Called with a line about each recording that is done.
    """

    def __init__(
        self,
        incoming: Incoming,
        tasks: dict[str, Task],
        due: list[Task],
        settings: Settings,
        shelf: Shelf,
        ledger: Ledger,
        *,
        sources: Sources,
        save_table: Callable[[], None],
        tell: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self._incoming = incoming
        self._tasks = tasks
        self._first = {task.name for task in due}
        """Recordings found at the beginning whose files have not stopped growing."""
        self._settings = settings
        self._shelf = shelf
        self._ledger = ledger
        self._sources = sources
        self._save_table = save_table
        self._tell = tell
        self._note = note
        self._busy: set[str] = set()
        self._retried: set[str] = set()
        """Recordings that could not be read, and are tried once more."""
        self._saved = time.monotonic()
        self._is_saved = True

    def more(self) -> list[Task]:
        """Return the recordings that are to be condensed now."""
        due = [task for source in self._incoming.look() for task in self._due(source)]
        if not self._is_saved and time.monotonic() - self._saved >= _SAVE_SECONDS:
            self._saved, self._is_saved = time.monotonic(), True
            try:
                self._save_table()
            except OutputError as error:
                self._tell(str(error))
        return due

    def done(self, task: Task, manifest: Manifest) -> None:
        """Record what became of a recording."""
        self._busy.discard(task.name)
        self._is_saved = False
        (path,) = task.inputs
        if manifest.exit_code == ExitCode.INPUT and _has_gone(path):
            self._tell(f"{printable(path)}: has gone before it was read")
            self._ledger.forget(task)
            self._shelf.remove(task)
            del self._tasks[task.name]
        elif manifest.exit_code == ExitCode.INPUT and self._incoming.comes_again(path):
            self._ledger.forget(task)
            self._retried.add(task.name)
        else:
            self._ledger.add(task, manifest)
            self._shelf.add(task, manifest)
            if manifest.result is not None:
                kept, frames = manifest.result["kept"], manifest.result["frames"]
                self._note(f"{printable(task.name)}: done, {kept} of {frames} frames kept")

    def _due(self, source: Source) -> list[Task]:
        """Return the recording in a file, if it is to be condensed."""
        (task,) = tasks_of([source], self._sources, self._settings.reading)
        name = task.name
        if name in self._busy:
            self._incoming.return_later(source.path)
            return []
        other = self._tasks.get(name, task)
        if other.inputs != task.inputs and not _has_gone(other.inputs[0]):
            self._tell(
                f"{printable(source.path)}: left out, its results would have the name of those of "
                f"{printable(other.inputs[0])}"
            )
            return []
        if name in self._first:
            self._first.remove(name)
            due = [task]
        else:
            retry = name in self._retried
            self._retried.discard(name)
            before = self._shelf.manifests([task])
            try:
                due = due_tasks(
                    [task], before, self._settings, self._shelf, self._tell, retry_failed=retry
                )
            except VidsumError as error:
                self._tell(str(error))
                return []
        self._tasks[name] = task
        for one in due:
            self._ledger.expect(one)
            self._busy.add(name)
        return due


def _has_gone(path: InputPath) -> bool:
    try:
        return not (path.exists() if isinstance(path, Path) else path.is_there())
    except VidsumError:
        return False
