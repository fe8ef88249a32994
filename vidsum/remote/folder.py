"""A folder at an address, to which results are uploaded."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import OutputError
from .path import RemotePath
from .waiting import ANSWER_SECONDS, LIST_SECONDS, SLOWEST, within

_WHOLE = frozenset({"gcs", "gs"})
"""Object stores that support moving, but show no name before an object is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFolder:
    """A folder at an address, to which results are uploaded.

    Every method may raise `OutputError`, if the file system reports an error.
    """

    path: RemotePath

    def names(self) -> set[str]:
        """Return the names of the files in it and of its subfolders."""
        with self.path.asked(kind=OutputError):
            system, folder = self.path.resolved()
            system.invalidate_cache()
            try:
                found = within(LIST_SECONDS, lambda: system.find(folder))
            except FileNotFoundError:
                return set()
            return {name.removeprefix(folder.rstrip("/") + "/") for name in found}

    def contents(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the contents of some of its files, which are small."""
        with self.path.asked(kind=OutputError):
            system, folder = self.path.resolved()
            wanted = {f"{folder.rstrip('/')}/{name}": name for name in names}

            def read() -> dict[str, bytes]:
                # Given several paths, it would take these as patterns.
                odd = [path for path in wanted if glob.has_magic(path)]
                found = {path: system.cat_file(path) for path in odd}
                if plain := [path for path in wanted if path not in found]:
                    found |= system.cat(plain)
                return found

            found = within(LIST_SECONDS, read)
            return {wanted[path]: content for path, content in found.items()}

    def upload(self, source: Path, name: str) -> None:
        """Upload a local file; its name appears once the file is complete."""
        file = RemotePath(url=self.path.url, below=name)
        with file.asked("written", OutputError):
            system, target = file.resolved()
            put = _put_moved if self._moves(system) else _put
            seconds = ANSWER_SECONDS + source.stat().st_size / SLOWEST
            within(seconds, lambda: put(system, os.fspath(source), target))

    def _moves(self, system: Any) -> bool:
        """Return whether files can be moved there, and are visible before they are complete."""
        from fsspec import AbstractFileSystem

        if self.path.scheme in _WHOLE:
            return False
        # Otherwise, moving means copying. Asynchronous systems have the method on the instance.
        return getattr(system.mv, "__func__", None) is not AbstractFileSystem.mv

    def remove(self, name: str) -> None:
        """Remove one of its files."""
        with self.path.asked("removed", OutputError):
            system, folder = self.path.resolved()
            within(ANSWER_SECONDS, lambda: system.rm_file(f"{folder.rstrip('/')}/{name}"))


def _put(system: Any, source: str, target: str) -> None:
    system.put_file(source, target)


def _put_moved(system: Any, source: str, target: str) -> None:
    parent, _, last = target.rpartition("/")
    system.makedirs(parent, exist_ok=True)
    part = f"{parent}/.{last}.part"
    system.put_file(source, part)
    try:
        system.mv(part, target)
    except Exception:
        if not system.exists(target):
            raise
        # Some don't replace a file when moving one; the old one is removed once the new one exists.
        old = f"{parent}/.{last}.old"
        system.mv(target, old)
        try:
            system.mv(part, target)
        except Exception:
            system.mv(old, target)
            raise
        system.rm_file(old)
