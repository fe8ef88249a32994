"""What earlier runs have left in the folder of results, which may be remote."""

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
    """Manifests and results of a batch, from this run and earlier ones.

    Parameters
    ----------
    settings
        Where the results are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._remote = settings.remote
        self._names = set() if self._remote is None else self._remote.names()
        """The files at the address."""
        self._manifests: dict[str, Manifest | None] = {}

    @property
    def table(self) -> Path | RemotePath:
        """The table of all recordings."""
        if self._remote is None:
            return self._settings.folder / _TABLE
        return RemotePath(url=self._remote.path.url, below=_TABLE)

    def check_table(self) -> None:
        """Raise `UsageError` if there is another file with the table's name."""
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
        """Return the manifests of recordings, by name."""
        tasks = list(tasks)
        paths = {task.name: self._settings.manifest_path(task.name) for task in tasks}
        for name, path in paths.items():
            # With a remote folder, only what is not yet uploaded is here.
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
        """Replace the manifest of a recording that has ended."""
        self._manifests[task.name] = manifest
        path = self._settings.manifest_path(task.name)
        manifest.save(path)
        if self._remote is not None:
            self._remote.upload(path, self._settings.below(path))
            discard(path)

    def add(self, task: Task, manifest: Manifest) -> None:
        """Note the manifest that this run has made for a recording."""
        self._manifests[task.name] = manifest
        path = self._settings.manifest_path(task.name)
        self._names |= {self._settings.below(path.parent / name) for name in manifest.files}

    def remove(self, task: Task) -> None:
        """Remove the manifest of a recording whose file is gone."""
        self._manifests.pop(task.name, None)
        path = self._settings.manifest_path(task.name)
        discard(path)
        if self._remote is not None:
            with contextlib.suppress(OutputError):
                self._remote.remove(self._settings.below(path))

    def manifest(self, name: str) -> Manifest | None:
        """Return the manifest of the recording `name`, requested before."""
        return self._manifests.get(name)

    def has(self, path: Path) -> bool:
        """Return whether a file exists, given its path before it is uploaded."""
        return path.exists() or self._settings.below(path) in self._names

    def waits(self, task: Task) -> bool:
        """Return whether a recording has ended without its result being uploaded yet."""
        if self._remote is None:
            return False
        manifest = Manifest.load(self._settings.manifest_path(task.name))
        return manifest is not None and manifest.state != "running"


@contextlib.contextmanager
def scratch_folder(address: RemotePath, named: Path | None) -> Iterator[Path]:
    """Create the folder for results that are to be uploaded.

    It is the same from run to run, so that an interrupted run can be resumed. Empty folders are
    removed at the end.

    Raises
    ------
    OutputError
        If it can't be created.
    UsageError
        If a folder of that name belongs to somebody else.
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
    # In the directory for temporary files, anybody may have created it first.
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
