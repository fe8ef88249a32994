"""The files that a batch takes: those named, those of folders, and those that a pattern finds."""

import fnmatch
import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..errors import InputError, printable
from ..options.batch import Sources
from .judging import local_path

_VIDEO = re.compile(
    r".+\.(264|265|3gp|asf|avi|dav|flv|h264|h265|hevc|m2ts|m4v|mjpe?g|mkv|mov|mp4|mpe?g|mts|mxf|ogv"
    r"|ts|vob|webm|wmv)",
    re.IGNORECASE,
)
"""Names of videos."""

_PART = re.compile(r"\.[0-9a-f]{8}\.part(\.\w+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file."""

    path: Path
    below: PurePath
    """The same below what the user named: its place among the results."""


def found_files(
    names: Sequence[str | os.PathLike[str]],
    sources: Sources,
    output: Path,
    tell: Callable[[str], None],
) -> list[Source]:
    """Return the files that are named or found, each once, and none inside `output`.

    Raises
    ------
    InputError
        If a name leads to nothing, or all of them to nothing that can be taken.
    UnsafeInputError
        If one is an address.
    """
    results = os.path.realpath(output)
    found: dict[str, Source] = {}
    left_out = 0
    for name in names:
        for source in _files_of(local_path(name), sources, tell):
            folder = os.path.realpath(source.path.parent)
            if os.path.commonpath((folder, results)) == results:
                left_out += 1
            else:
                found.setdefault(os.path.join(folder, source.path.name), source)
    if not found:
        inside = f", {left_out} inside {printable(output)} are not taken" if left_out else ""
        wanted = " or ".join(map(printable, sources.pattern)) or "with an ending of videos"
        deeper = "" if sources.recursive else "; --recursive looks into deeper folders"
        first = printable(names[0]) if names else "no source is named"
        raise InputError(f"{first}: no recordings {wanted} are here{inside}{deeper}")
    return list(found.values())


def _files_of(path: Path, sources: Sources, tell: Callable[[str], None]) -> Iterator[Source]:
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
                yield _source(match, base)
    else:
        raise InputError(f"{printable(path)}: there is no such file or folder")


def _folder(
    folder: Path, base: Path, sources: Sources, tell: Callable[[str], None]
) -> Iterator[Source]:
    def left_out(error: OSError) -> None:
        tell(f"{printable(error.filename)}: left out, cannot be read ({error.strerror})")

    for place, folders, files in os.walk(folder, onerror=left_out):
        deeper = sorted(name for name in folders if not _is_other(name))
        folders[:] = deeper if sources.recursive else []
        for name in sorted(files):
            path = Path(place, name)
            if _is_wanted(name, sources.pattern) and path.is_file():
                yield _source(path, base)


def _source(path: Path, base: Path) -> Source:
    # A pattern such as */../../x.mp4 must not lead out of the folder of results.
    below = (part for part in path.relative_to(base).parts if part != "..")
    return Source(path=path, below=PurePath(*below))


def _is_wanted(name: str, patterns: Sequence[str]) -> bool:
    if _is_other(name):
        return False
    if patterns:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    return _VIDEO.fullmatch(name) is not None


def _is_other(name: str) -> bool:
    """Return whether a name is hidden, or that of a part file."""
    return name.startswith(".") or _PART.search(name) is not None


def _base(pattern: Path) -> Path:
    """Return the folders before the first wildcard."""
    parts = pattern.parts
    fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:fixed])
