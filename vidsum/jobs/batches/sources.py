"""The files that a batch processes: named, in folders, or matching a pattern."""

import fnmatch
import functools
import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ...errors import InputError, printable
from ...files import is_part
from ...options.batch import Sources
from ...remote import InputPath, RemotePath, path_or_address
from ..judging import InputName, local_path

_VIDEO = re.compile(
    r".+\.(264|265|3gp|asf|avi|dav|flv|h264|h265|hevc|m2ts|m4v|mjpe?g|mkv|mov|mp4|mpe?g|mts|mxf|ogv"
    r"|ts|vob|webm|wmv)",
    re.IGNORECASE,
)
"""Patterns for names of videos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file."""

    path: InputPath
    below: PurePath
    """Its path relative to what the user named: its place among the results."""


def found_files(
    names: Sequence[InputName],
    sources: Sources,
    output: InputPath,
    tell: Callable[[str], None],
    *,
    may_be_none: bool = False,
) -> list[Source]:
    """Return the files that are named or found, each once, and none inside `output`.

    Raises
    ------
    InputError
        If a name matches nothing, or, unless there `may_be_none`, all of them together match no
        file that can be processed.
    UnsafeInputError
        If one is an address that fsspec does not open.
    """
    results = output.address if isinstance(output, RemotePath) else os.path.realpath(output)
    real_folder = functools.cache(os.path.realpath)  # asked for every part of a path, it is slow
    found: dict[str, Source] = {}
    left_out = 0
    for name in names:
        for source in _files_of(name, sources, tell):
            path = source.path
            if isinstance(path, RemotePath):
                place = path.address
            else:  # links to files are files of their own
                place = os.path.join(real_folder(path.parent), path.name)
            if place.startswith(results.rstrip("/") + "/"):
                left_out += 1
            else:
                found.setdefault(place, source)
    if not found and not may_be_none:
        inside = f", {left_out} inside {printable(output)} are not taken" if left_out else ""
        wanted = " or ".join(map(printable, sources.pattern)) or "with an ending of videos"
        deeper = "" if sources.recursive else "; --recursive looks into deeper folders"
        first = printable(path_or_address(names[0])) if names else "no source is named"
        raise InputError(f"{first}: no recordings {wanted} are here{inside}{deeper}")
    return list(found.values())


def folders_of(names: Sequence[InputName]) -> list[Path]:
    """Return the local folders that contain what is named.

    Raises
    ------
    InputError
        If one does not exist.
    """
    folders = []
    for name in names:
        if isinstance(path_or_address(name), RemotePath):
            continue
        assert not isinstance(name, RemotePath)
        path = local_path(name)
        if not os.path.lexists(path) and glob.has_magic(str(path)):
            path = _base(path)
        elif path.is_file():
            path = path.parent
        if not path.is_dir():
            raise InputError(f"{printable(path)}: there is no such file or folder")
        folders.append(path)
    return folders


def _files_of(name: InputName, sources: Sources, tell: Callable[[str], None]) -> Iterator[Source]:
    address = path_or_address(name)
    if isinstance(address, RemotePath):
        yield from _remote(address, sources)
        return
    assert not isinstance(name, RemotePath)
    path = local_path(name)
    if path.is_dir():
        yield from _folder(path, path, sources, tell)
    elif os.path.lexists(path):
        yield Source(path=path, below=PurePath(path.name))
    elif glob.has_magic(str(path)):
        base = _base(path)
        for match in map(Path, sorted(glob.glob(str(path), recursive=True))):
            if match.is_dir():
                yield from _folder(match, base, sources, tell)
            elif not _is_other(match.name):
                yield Source(path=match, below=_inside(match.relative_to(base)))
    else:
        raise InputError(f"{printable(path)}: there is no such file or folder")


def _remote(address: RemotePath, sources: Sources) -> Iterator[Source]:
    for path in address.files(deep=sources.recursive):
        below = _inside(PurePath(path.below or path.name))
        if not below.name:
            raise InputError(f"{path}: names no file")
        is_in_folder = path.url == address.url and path.below
        if any(_is_other(part) for part in below.parts):
            continue
        if not is_in_folder or _is_wanted(path.name, sources.pattern):
            yield Source(path=path, below=below)


def _folder(
    folder: Path, base: Path, sources: Sources, tell: Callable[[str], None]
) -> Iterator[Source]:
    def left_out(error: OSError) -> None:
        tell(f"{printable(error.filename)}: left out, cannot be read ({error.strerror})")

    for place, folders, files in os.walk(folder, onerror=left_out):
        deeper = sorted(name for name in folders if not _is_other(name))
        folders[:] = deeper if sources.recursive else []
        here = Path(place)
        below = _inside(here.relative_to(base))
        for name in sorted(files):
            path = here / name
            if _is_wanted(name, sources.pattern) and path.is_file():
                yield Source(path=path, below=below / name)


def _inside(path: PurePath) -> PurePath:
    """Return a path that does not lead out of the folder of results, as */../../x.mp4 does."""
    return PurePath(*(part for part in path.parts if part != ".." and part != path.anchor))


def _is_wanted(name: str, patterns: Sequence[str]) -> bool:
    if _is_other(name):
        return False
    if patterns:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    return _VIDEO.fullmatch(name) is not None


def _is_other(name: str) -> bool:
    """Return whether a name is hidden, or that of a part file."""
    return name.startswith(".") or is_part(name)


def _base(pattern: Path) -> Path:
    """Return the folders before the first wildcard."""
    parts = pattern.parts
    fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:fixed])
