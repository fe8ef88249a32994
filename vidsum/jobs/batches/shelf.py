"""What earlier runs have left in the folder of results, which may be behind an address."""

import contextlib
import getpass
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ...errors import OutputError, UsageError, printable
from ...files import discard, save_text
from ...remote import RemotePath
from .manifest import Manifest
from .result import check_table
from .segments import Task
from .worker import Settings

_TABLE = "batch.csv"


class Shelf:
    """Manifests and results of a batch, of this run and earlier ones.

    Parameters
    ----------
    settings
        Where the results are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._remote = settings.remote
        self._names = set() if self._remote is None else self._remote.names()
        """What is behind the address."""
        self._manifests: dict[str, Manifest | None] = {}

    @property
    def table(self) -> Path | RemotePath:
        """The table of all recordings."""
        if self._remote is None:
            return self._settings.folder / _TABLE
        return RemotePath(url=self._remote.path.url, below=_TABLE)

    def check_table(self) -> None:
        """Raise `UsageError` if the table's name is that of another file."""
        table = self._settings.folder / _TABLE
        if self._remote is not None:
            found = self._remote.contents([_TABLE] if _TABLE in self._names else [])
            table.unlink(missing_ok=True)
            for content in found.values():
                table.write_bytes(content)
        check_table(table, force=self._settings.files.force)

    def save_table(self, text: str) -> None:
        """Replace the table."""
        table = self._settings.folder / _TABLE
        save_text(table, text, force=True)
        if self._remote is not None:
            self._remote.upload(table, _TABLE)
            discard(table)

    def manifests(self, tasks: Iterable[Task]) -> Mapping[str, Manifest | None]:
        """Return what is known of recordings, by their names."""
        tasks = list(tasks)
        paths = {task.name: self._settings.manifest_path(task.name) for task in tasks}
        for name, path in paths.items():
            # Of what goes elsewhere, only what is not there yet lies here.
            self._manifests[name] = Manifest.load(path) or self._manifests.get(name)
        if self._remote is not None:
            below = {self._settings.below(path): name for name, path in paths.items()}
            wanted = [
                place
                for place, name in below.items()
                if self._manifests[name] is None and place in self._names
            ]
            for place, content in self._remote.contents(wanted).items():
                self._manifests[below[place]] = Manifest.parse(content)
        return {name: self._manifests[name] for name in paths}

    def save(self, task: Task, manifest: Manifest) -> None:
        """Replace the manifest of a recording, which is over."""
        self._manifests[task.name] = manifest
        path = self._settings.manifest_path(task.name)
        manifest.save(path)
        if self._remote is not None:
            self._remote.upload(path, self._settings.below(path))
            discard(path)

    def add(self, task: Task, manifest: Manifest) -> None:
        """Take note of what this run has made of a recording."""
        self._manifests[task.name] = manifest
        path = self._settings.manifest_path(task.name)
        self._names |= {self._settings.below(path.parent / name) for name in manifest.files}

    def remove(self, task: Task) -> None:
        """Remove the manifest of a recording whose file has gone."""
        self._manifests.pop(task.name, None)
        path = self._settings.manifest_path(task.name)
        discard(path)
        if self._remote is not None:
            with contextlib.suppress(OutputError):
                self._remote.remove(self._settings.below(path))

    def manifest(self, name: str) -> Manifest | None:
        """Return what is known of the recording `name`, which was asked for before."""
        return self._manifests.get(name)

    def has(self, path: Path) -> bool:
        """Return whether there is a file, which is named as it is called before it is uploaded."""
        return path.exists() or self._settings.below(path) in self._names

    def waits(self, task: Task) -> bool:
        """Return whether a recording is over, and what became of it was not uploaded."""
        if self._remote is None:
            return False
        manifest = Manifest.load(self._settings.manifest_path(task.name))
        return manifest is not None and manifest.state != "running"


@contextlib.contextmanager
def scratch_folder(address: RemotePath, named: Path | None) -> Iterator[Path]:
    """Make the folder in which results are made that go to an address.

    It is the same from run to run, so that an interrupted one goes on. At the end, folders with
    nothing in them are removed.

    Raises
    ------
    OutputError
        If it can't be made.
    UsageError
        If what has its name is somebody else's.
    """
    digest = hashlib.blake2b(str(address).encode(), digest_size=8).hexdigest()
    if named is not None:
        folder = named / f"vidsum-{digest}"
    else:
        folder = Path(tempfile.gettempdir(), f"vidsum-{getpass.getuser()}-{digest}")
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700, parents=named is not None)
        status = folder.lstat()
    except OSError as error:
        raise OutputError(
            f"{printable(folder)}: this folder cannot be made ({error.strerror})"
        ) from error
    # In the folder of temporary files, anybody may have been first.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise UsageError(
            f"{printable(folder)}: this is no folder of yours; name another place with --scratch"
        )
    try:
        yield folder
    finally:
        for place, _, _ in os.walk(folder, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(place)
