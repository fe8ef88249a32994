"""Removing the oldest segments of a camera, and nothing else.

A segment consists of the files in its manifest, once that says that the segment has ended. The
manifest is removed last: an interrupted removal is continued later.
"""

import contextlib
import datetime
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import printable
from ...files import PART_ENDING
from ..batches.manifest import Manifest

MANIFEST = ".manifest.json"
"""The end of a manifest's name, after the part that the names of a segment's files share."""

_DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    manifest: Path
    files: tuple[Path, ...]
    start: datetime.datetime
    end: datetime.datetime
    size: int


def remove_old(
    folder: Path,
    camera: str,
    keep_days: float | None,
    keep_gb: float | None,
    tell: Callable[[str], None],
) -> None:
    """Remove the segments of a camera that are too old, and the oldest while the total is too
    large.

    Parameters
    ----------
    folder
        Their folder.
    camera
        The name of the camera.
    keep_days
        Segments that ended more than this many days ago are removed; None for no limit.
    keep_gb
        How many gigabytes (of 10^9 bytes) may stay; None for no limit.
    tell
        Called with a line about what can't be removed.
    """
    if keep_days is None and keep_gb is None:
        return
    try:
        segments = sorted(_segments(folder, camera), key=lambda segment: segment.start)
    except OSError as error:
        tell(f"{printable(folder)}: cannot be read, {error.strerror}; nothing old is removed")
        return
    total = sum(segment.size for segment in segments)
    now = datetime.datetime.now(datetime.UTC)
    for segment in segments:
        age = (now - segment.end).total_seconds()
        too_old = keep_days is not None and age > keep_days * _DAY
        too_large = keep_gb is not None and total > keep_gb * 1e9
        if not too_old and not too_large:
            continue
        try:
            for path in (*segment.files, segment.manifest):
                path.unlink(missing_ok=True)
        except OSError as error:
            tell(f"{printable(error.filename)}: cannot be removed, {error.strerror}")
            continue
        total -= segment.size


def manifests(folder: Path, camera: str) -> Iterator[tuple[Path, str]]:
    """Yield the manifests of a camera's segments, each with the first part of its files' names."""
    return _named(folder, camera, re.escape(MANIFEST))


def parts(folder: Path, camera: str) -> Iterator[tuple[Path, str]]:
    """Yield the part files of a camera's segments, each with the first part of its name."""
    return _named(folder, camera, rf"\..+{PART_ENDING}")


def _named(folder: Path, camera: str, ending: str) -> Iterator[tuple[Path, str]]:
    name = re.compile(rf"({re.escape(camera)}_\d{{8}}T\d{{6}}Z(-\d+)?){ending}")
    for path in folder.iterdir():
        if match := name.fullmatch(path.name):
            yield path, match[1]


def _segments(folder: Path, camera: str) -> Iterator[_Segment]:
    """Yield the segments of a camera that have ended."""
    for path, stem in manifests(folder, camera):
        if (segment := _segment(path, stem)) is not None:
            yield segment


def _segment(manifest: Path, stem: str) -> _Segment | None:
    """Return the segment of a manifest; None if it has not ended, or the manifest is damaged."""
    told = Manifest.load(manifest)
    if told is None or told.state not in ("done", "interrupted") or told.result is None:
        return None
    try:
        start, end = (datetime.datetime.fromisoformat(told.result[it]) for it in ("start", "end"))
    except (KeyError, TypeError, ValueError):
        return None
    if start.tzinfo is None or end.tzinfo is None:
        return None
    files = []
    size = 0
    for name in told.files:
        # Only names that this segment's files can have: a manifest may have been tampered with.
        path = manifest.with_name(name) if _is_plain(name) else None
        if path is None or not name.startswith(f"{stem}."):
            return None
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                files.append(path)
                size += status.st_size
    return _Segment(manifest=manifest, files=tuple(files), start=start, end=end, size=size)


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and "/" not in name and "\0" not in name and name != ""
