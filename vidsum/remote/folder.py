"""A folder behind an address, to which results are uploaded."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError
from .path import RemotePath


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFolder:
    """The folder behind an address to which results go.

    Every method may raise `OutputError`, if the file system says no.
    """

    path: RemotePath

    def names(self) -> set[str]:
        """Return the files in it, with the folders below it."""
        with self.path.asked(kind=OutputError):
            system, folder = self.path.resolved()
            system.invalidate_cache()
            try:
                found = system.find(folder)
            except FileNotFoundError:
                return set()
            return {name.removeprefix(folder.rstrip("/") + "/") for name in found}

    def contents(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the contents of some of its files, which are small."""
        with self.path.asked(kind=OutputError):
            system, folder = self.path.resolved()
            wanted = {f"{folder.rstrip('/')}/{name}": name for name in names}
            # Asked for several, it would take these as patterns.
            odd = [path for path in wanted if glob.has_magic(path)]
            found = {path: system.cat_file(path) for path in odd}
            if plain := [path for path in wanted if path not in found]:
                found |= system.cat(plain)
            return {wanted[path]: content for path, content in found.items()}

    def upload(self, source: Path, name: str) -> None:
        """Put a local file into it, whose name appears when it is there as a whole."""
        with self.path.asked("written", OutputError):
            from fsspec import AbstractFileSystem

            system, folder = self.path.resolved()
            target = f"{folder.rstrip('/')}/{name}"
            # Stores of objects have neither folders nor names of what is not there as a whole;
            # moving is copying there.
            if type(system).mv is AbstractFileSystem.mv:
                system.put_file(os.fspath(source), target)
                return
            parent, _, last = target.rpartition("/")
            system.makedirs(parent, exist_ok=True)
            part = f"{parent}/.{last}.part"
            system.put_file(os.fspath(source), part)
            try:
                system.mv(part, target)
            except Exception:
                # Some don't move a file to where one is.
                system.rm_file(target)
                system.mv(part, target)

    def remove(self, name: str) -> None:
        """Remove one of its files."""
        with self.path.asked("removed", OutputError):
            system, folder = self.path.resolved()
            system.rm_file(f"{folder.rstrip('/')}/{name}")
