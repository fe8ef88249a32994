"""Recordings of a batch, and the segments of one camera that make one of them."""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from ..errors import UsageError, VidsumError, printable
from ..options.batch import Sources
from ..video.opening import announced_duration, open_input, pick_stream
from .sources import Source

_DATE = r"(?P<year>(?:19|20)\d\d)(?P<mark>[-_.]?)(?P<month>\d\d)(?P=mark)(?P<day>\d\d)"

NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        # Dahua's cards: 2024-05-01/001/dav/10/10.00.00-10.15.00[M][0@0][0].dav
        rf"(?:^|/){_DATE}/(?P<camera>[^/]+)/dav/\d\d/"
        r"(?P<hour>\d\d)\.(?P<minute>\d\d)\.(?P<second>\d\d)-[^/]*$",
        # Frigate: 2024-05-01/10/front/00.10.mp4
        rf"(?:^|/){_DATE}/(?P<hour>\d\d)/(?P<camera>[^/]+)/"
        r"(?P<minute>\d\d)\.(?P<second>\d\d)\.\w+$",
        # Date and time in the name, and the camera before it: Hikvision and Dahua's exports
        # (NVR_ch1_main_20240501100000_20240501101500.dav), Reolink
        # (RecM01_20240501_100000_100515_6D28808.mp4), Blue Iris (front.20240501_100000.mp4)
        rf"(?:^|/)(?P<camera>[^/]*?)(?<!\d)(?:DST)?{_DATE}(?:[-_.T ]|_-_)?"
        r"(?P<hour>\d\d)(?P<colon>[-_.:]?)(?P<minute>\d\d)(?P=colon)(?P<second>\d\d)"
        r"(?:\d{3})?(?!\d)[^/]*$",
        # Seconds or milliseconds since 1970: front-1714557600.mp4
        r"(?:^|/)(?P<camera>[^/]*?)(?<![\d.])(?P<epoch>1\d{9})(?:\d{3})?(?:\.\d+)?(?!\d)[^/]*$",
    )
)
"""The usual names of segments, looked for one after another."""

_DATED_FOLDER = re.compile(r"\d{1,4}|(19|20)\d\d[-_.]?\d\d([-_.]?\d\d)?")
"""A camera writes into another of these every year, month, day or hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One recording."""

    name: str
    """Its place below the folder of results, without an ending."""
    inputs: tuple[Path, ...]
    """Its segments in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    source: Source
    camera: str
    start: datetime.datetime
    end: datetime.datetime


def tasks_of(found: Sequence[Source], sources: Sources) -> list[Task]:
    """Return the recordings that files make, in the order of their first files.

    What can't be told apart from another segment by its start, or can't be opened, is a recording
    of its own: it costs no other one.

    Raises
    ------
    UsageError
        If two would have the same name, or `--group` finds no start in any name.
    """
    segments = _segments(found, sources)
    joined = {segment.source.path for segment in segments}
    tasks = [
        Task(name=str(source.below.with_suffix("")), inputs=(source.path,))
        for source in found
        if source.path not in joined
    ]
    tasks += [
        Task(name=_name(group[0]), inputs=tuple(segment.source.path for segment in group))
        for group in _groups(segments, sources.max_gap)
    ]
    _check_names(tasks)
    places = {source.path: place for place, source in enumerate(found)}
    return sorted(tasks, key=lambda task: min(places[path] for path in task.inputs))


def _segments(found: Sequence[Source], sources: Sources) -> list[_Segment]:
    if sources.group is None:
        return []
    starts = {source.path: _start(source.below, sources.expression) for source in found}
    if not any(starts.values()):
        raise UsageError(
            f"--group {printable(sources.group)}: finds no start in any of {len(found)} names, the "
            f"first is {printable(found[0].below.as_posix())}"
        )
    # Where the clock is put back, an hour comes twice.
    count = Counter(starts.values())
    segments = []
    for source in found:
        start = starts[source.path]
        if start is None or count[start] > 1:
            continue
        length = _length(source.path)
        if length is not None:
            camera, begin = start
            segments.append(_Segment(source=source, camera=camera, start=begin, end=begin + length))
    return segments


def _start(
    below: PurePath, expression: re.Pattern[str] | None
) -> tuple[str, datetime.datetime] | None:
    """Return the camera and the start that a name tells."""
    path = below.as_posix()
    for pattern in NAMES if expression is None else (expression,):
        match = pattern.search(path)
        start = match and _time(match.groupdict())
        if match is None or start is None:
            continue
        named = match.groupdict().get("camera")
        if expression is None:
            folders = PurePosixPath(path[: match.start()]).parts
            lasting = [name for name in folders if not _DATED_FOLDER.fullmatch(name)]
            named = "/".join([*lasting, (named or "").rstrip("._- ")])
        elif named is None:
            named = str(below.parent.as_posix())
        return named, start
    return None


def _time(groups: dict[str, str | None]) -> datetime.datetime | None:
    """Return the time that the groups of a match tell, if there is such a time."""
    try:
        if groups.get("epoch"):
            utc = datetime.datetime.fromtimestamp(float(groups["epoch"] or 0), datetime.UTC)
            return utc.replace(tzinfo=None)
        names = ("year", "month", "day", "hour", "minute", "second")
        year, month, day, *time = (int(groups.get(name) or 0) for name in names)
        hour, minute, second = time
        full_year = year + 2000 if year < 100 else year
        return datetime.datetime(full_year, month, day, hour, minute, second)
    except (ValueError, OverflowError, OSError):
        return None


def _length(path: Path) -> datetime.timedelta | None:
    """Return how long a video says it is; None if it can't be opened."""
    try:
        with open_input(path) as container:
            stream = pick_stream(container, None, path)
            seconds = float(announced_duration(container, stream) or 0)
    except VidsumError:
        return None
    return datetime.timedelta(seconds=seconds)


def _groups(segments: Iterable[_Segment], max_gap: float) -> Iterator[list[_Segment]]:
    cameras = defaultdict(list)
    for segment in segments:
        cameras[segment.camera].append(segment)
    gap = datetime.timedelta(seconds=max_gap)
    for camera in cameras.values():
        group: list[_Segment] = []
        for segment in sorted(camera, key=lambda segment: segment.start):
            if group and segment.start - group[-1].end > gap:
                yield group
                group = []
            group.append(segment)
        yield group


def _name(first: _Segment) -> str:
    folders = [part for part in first.camera.split("/") if part not in ("", ".", "..")]
    return str(PurePath(*folders, first.start.strftime("%Y%m%d_%H%M%S")))


def _check_names(tasks: Iterable[Task]) -> None:
    taken: dict[str, Task] = {}
    for task in tasks:
        other = taken.setdefault(task.name, task)
        if other is not task:
            first, second = (printable(one.inputs[0]) for one in (other, task))
            raise UsageError(
                f"{first} and {second}: their results would have the same name, "
                f"{printable(task.name)}; rename one, or name the folder above both, with "
                "--recursive"
            )
