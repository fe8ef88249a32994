"""Where events are in the inputs."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from ...dedup.events import Event
from ...errors import InputError, OutputError, UnsafeInputError, printable
from ...files import check_targets
from ...options import Reading
from ...report.edl import Cut
from ...video.clips import clip_ending, clip_path, clips_of, write_clip
from ...video.opening import open_video


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first frame of an input that was looked at."""

    source: int
    """Which input, from 0."""
    time: Fraction
    """Its time on the clock of the recording, in seconds."""
    source_time: Fraction
    """Its time on the clock of the input."""
    source_number: int
    """Its number in the input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An event, or the part of one that is in one input."""

    event: Event
    part: int
    """Counts from 1; an event has more than one if it continues in the next input."""
    source: int
    """Which input, from 0."""
    begin: Fraction
    """Where it begins, on the clock of that input, in seconds; padding included."""
    end: Fraction
    """Where it ends."""


def stretches(
    events: Sequence[Event], beginnings: Sequence[Beginning], end: Fraction, *, pad: Fraction
) -> Iterator[Stretch]:
    """Yield the events as intervals of the inputs; padding never makes them overlap.

    Parameters
    ----------
    events
        All events in order.
    beginnings
        The first frames of all inputs that were looked at.
    end
        When the recording ends, in seconds.
    pad
        This many seconds before and after an event belong to it.
    """
    if not events:
        return
    limits = [*(first.time for first in beginnings), end]
    earliest = limits[0]
    latests = [*(event.start for event in events[1:]), end]
    for event, latest in zip(events, latests, strict=True):
        begin, until = max(event.start - pad, earliest), min(event.end + pad, latest)
        earliest = until
        part = 0
        for first, (input_begin, input_end) in zip(beginnings, pairwise(limits), strict=True):
            inside = max(begin, input_begin), min(until, input_end)
            if inside[0] < inside[1]:
                part += 1
                offset = first.source_time - first.time
                yield Stretch(
                    event=event,
                    part=part,
                    source=first.source,
                    begin=inside[0] + offset,
                    end=inside[1] + offset,
                )


def cuts(
    found: Sequence[Stretch],
    beginnings: Sequence[Beginning],
    paths: Sequence[Path],
    *,
    rate: Fraction,
    reading: Reading,
) -> list[Cut]:
    """Return intervals as frame numbers at `rate`, counted from the first frame of the input.

    Parameters
    ----------
    found
        The intervals.
    beginnings
        The first frames of all inputs that were looked at.
    paths
        All inputs.
    rate
        Frames per second.
    reading
        Which video stream was read.
    """
    zeros = {
        first.source: _first_time(first, paths[first.source], rate, reading) for first in beginnings
    }
    result = []
    for stretch in found:
        begin, end = (
            max(0, round((time - zeros[stretch.source]) * rate))
            for time in (stretch.begin, stretch.end)
        )
        name = f"Event {stretch.event.number}" + (f", part {stretch.part}" * (stretch.part > 1))
        path = paths[stretch.source]
        result.append(Cut(name=name, source=path, begin=begin, end=max(end, begin + 1)))
    return result


def write_clips(
    found: Sequence[Stretch],
    paths: Sequence[Path],
    folder: Path,
    *,
    reading: Reading,
    force: bool,
) -> tuple[Path, ...]:
    """Write each interval as a clip into `folder`, which is created, and return the clips.

    Other files with names of clips of these inputs come from an earlier run, and are removed.

    Parameters
    ----------
    found
        The intervals.
    paths
        All inputs.
    folder
        Where the clips go.
    reading
        Which video stream was read.
    force
        Whether existing clips are replaced; without it, there must be none.

    Raises
    ------
    UsageError
        If a clip would replace an input, or a file and `force` is not set; before any is written.
    OutputError
        If one can't be written, or removed; those before it remain.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{printable(folder)}: cannot be created ({error.strerror})") from error
    sources = {one.source for one in found}
    endings = {source: clip_ending(paths[source], reading) for source in sources}
    targets = tuple(
        clip_path(folder, paths[one.source], one.event.number, one.part, endings[one.source])
        for one in found
    )
    check_targets(targets, paths, force=force)
    for one, target in zip(found, targets, strict=True):
        write_clip(paths[one.source], target, one.begin, one.end, reading=reading, force=force)
    if force:
        _remove_others(folder, paths, targets, reading)
    return targets


def _remove_others(
    folder: Path, paths: Sequence[Path], targets: Sequence[Path], reading: Reading
) -> None:
    """Remove files with names of clips of these inputs that are not among `targets`."""
    names: set[Path] = set()
    for path in paths:
        with contextlib.suppress(InputError, UnsafeInputError):  # what can't be opened has no clips
            names.update(clips_of(folder, path, clip_ending(path, reading)))
    for clip in sorted(names.difference(targets)):
        try:
            if not any(path.exists() and clip.samefile(path) for path in paths):
                clip.unlink()
        except OSError as error:
            raise OutputError(
                f"{printable(clip)}: of an earlier run, cannot be removed ({error.strerror})"
            ) from error


def _first_time(first: Beginning, path: Path, rate: Fraction, reading: Reading) -> Fraction:
    """Return the time of the very first frame of an input, looked at or not, on its own clock."""
    if first.source_number == 0:
        return first.source_time
    with open_video(path, reading) as (_, video):
        if video.start_time is not None and video.time_base is not None:
            return video.start_time * video.time_base
    return first.source_time - first.source_number / rate
