"""Recordings of a batch, and the segments of one camera that form one of them."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ...errors import UsageError, VidsumError, printable
from ...options import Reading
from ...options.batch import Sources
from ...remote import InputPath
from ...video.opening import announced_duration, open_video
from .names import named
from .recorded import Recorded, named_folder, recorded_of
from .sources import Source

_OVERLAP = datetime.timedelta(seconds=10)
"""How much consecutive segments may overlap: recorders repeat the end of the previous one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One recording."""

    name: str
    """Its place below the folder of results, without an extension."""
    inputs: tuple[InputPath, ...]
    """Its segments in order."""
    recorded: Recorded
    """Where and when it was made, as far as names and options reveal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    source: Source
    camera: str
    folder: str
    """The folder that was named, if nothing below it indicates a camera; else empty."""
    start: datetime.datetime
    """As in the name, without a time zone."""
    end: datetime.datetime


def tasks_of(found: Sequence[Source], sources: Sources, reading: Reading) -> list[Task]:
    """Return the recordings that files form, in the order of their first files.

    A file whose start is also another segment's, or that can't be opened, becomes a separate
    recording: it doesn't affect others.

    Raises
    ------
    UsageError
        If two would have the same name, `--group` finds no start in any name, or `--start-time` is
        given for several.
    """
    segments = _segments(found, sources, reading)
    joined = {segment.source.path for segment in segments}
    tasks = [
        Task(
            name=str(source.below.with_suffix("")),
            inputs=(source.path,),
            recorded=recorded_of([source], (), sources),
        )
        for source in found
        if source.path not in joined
    ]
    tasks += [
        Task(
            name=_name(group[0]),
            inputs=tuple(segment.source.path for segment in group),
            recorded=recorded_of(
                [segment.source for segment in group],
                [(segment.end - segment.start).total_seconds() for segment in group],
                sources,
            ),
        )
        for group in _groups(segments, sources.max_gap)
    ]
    _check_names(tasks)
    if sources.start is not None and len(tasks) > 1:
        raise UsageError(
            f"--start-time {printable(sources.start_time)}: is the time of one recording, and "
            f"these are {len(tasks)}; name one, or leave it to their names or metadata"
        )
    places = {source.path: place for place, source in enumerate(found)}
    return sorted(tasks, key=lambda task: min(places[path] for path in task.inputs))


def _segments(found: Sequence[Source], sources: Sources, reading: Reading) -> list[_Segment]:
    if sources.group is None:
        return []
    told = {source.path: named(source.below, sources.expression) for source in found}
    if not any(told.values()):
        raise UsageError(
            f"--group {printable(sources.group)}: finds no start in any of {len(found)} names, the "
            f"first is {printable(found[0].below.as_posix())}"
        )
    # When clocks are put back, an hour occurs twice.
    count = Counter(told.values())
    segments = []
    for source in found:
        name = told[source.path]
        if name is None or count[name] > 1:
            continue
        length = _length(source.path, reading)
        if length is not None:
            start = name.start.replace(tzinfo=None)
            segments.append(
                _Segment(
                    source=source,
                    camera=name.camera,
                    folder="" if name.camera not in ("", ".") else named_folder(source),
                    start=start,
                    end=start + length,
                )
            )
    return segments


def _length(path: InputPath, reading: Reading) -> datetime.timedelta | None:
    """Return the length of a video according to its header; None if it can't be opened."""
    try:
        with open_video(path, reading) as (container, stream):
            seconds = float(announced_duration(container, stream) or 0)
    except VidsumError:
        return None
    return datetime.timedelta(seconds=seconds)


def _groups(segments: Iterable[_Segment], max_gap: float) -> Iterator[list[_Segment]]:
    """Yield the segments of each recording: every segment follows the one that ends nearest to it.

    When an hour occurs twice, the names of its segments overlap in time.
    """
    cameras = defaultdict(list)
    for segment in segments:
        cameras[segment.camera, segment.folder].append(segment)
    gap = datetime.timedelta(seconds=max_gap)
    for camera in cameras.values():
        groups: list[list[_Segment]] = []
        for segment in sorted(camera, key=lambda segment: segment.start):
            over = [group for group in groups if segment.start - group[-1].end > gap]
            yield from over
            groups = [group for group in groups if group not in over]
            before = [group for group in groups if _follows(segment, group[-1], gap)]
            if before:
                nearest = min(before, key=lambda group: abs(segment.start - group[-1].end))
                nearest.append(segment)
            else:
                groups.append([segment])
        yield from groups


def _follows(segment: _Segment, before: _Segment, gap: datetime.timedelta) -> bool:
    """Return whether a segment begins after another, apart from what recorders repeat at joints."""
    most = min(max(gap, _OVERLAP), (before.end - before.start) / 2)
    return before.end - segment.start <= most


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
