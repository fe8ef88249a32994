"""Where and when a recording was made: its camera, and the local time at which it began."""

import dataclasses
import datetime
import itertools
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import VidsumError, printable
from ...options import Reading
from ...options.batch import Sources
from ...options.dates import YEARS, parse_zone, zone_of_machine
from ...remote import InputPath
from ...report.event_lists import LARGEST
from ...video.origin import origin_of
from .names import Named, named
from .sources import Source

_YEAR = re.compile(r"(19|20)\d\d(\D|$)")
"""Below a folder whose name begins like this, no folder is a camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where and when a recording was made."""

    camera: str
    """From its name; otherwise the folder below the source, otherwise the name of the file."""
    start_time: str | None = None
    """The value of --start-time."""
    time_zone: str | None = None
    """Name of the camera's time zone; None if that of this machine is unknown."""
    starts: tuple[tuple[float, datetime.datetime], ...] = ()
    """The seconds of the recording at which segments start, each with its date and time, one per
    segment; empty if unknown. Every time has a time zone."""

    def as_values(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        starts = [[round(begin, 6), start.isoformat()] for begin, start in self.starts]
        return dataclasses.asdict(self) | {"starts": starts}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Recorded":
        """Return the `Recorded` of values from `as_values`; raise `ValueError` for others."""
        try:
            starts = [
                (float(begin), datetime.datetime.fromisoformat(start))
                for begin, start in values["starts"]
            ]
            for begin, start in starts:
                if not abs(begin) <= LARGEST or start.tzinfo is None or start.year not in YEARS:
                    raise ValueError(f"{start} at {begin} s is no time that can be")
            if values["time_zone"] is not None:
                zoneinfo.ZoneInfo(values["time_zone"])
            return cls(
                camera=printable(values["camera"]),
                start_time=values["start_time"],
                time_zone=values["time_zone"],
                starts=tuple(starts),
            )
        except (KeyError, TypeError, OverflowError, OSError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error


def recorded_of(segments: Sequence[Source], lengths: Sequence[float], sources: Sources) -> Recorded:
    """Return what names and options reveal about a recording, which is not opened.

    Parameters
    ----------
    segments
        Its files in order.
    lengths
        How long each is, in seconds; not needed for a single one.
    sources
        How names are parsed, and what the user says about the time.
    """
    zone = sources.time_zone or zone_of_machine()
    told = [named(segment.below, sources.expression) for segment in segments]
    starts: list[tuple[float, datetime.datetime]] = []
    if sources.start is not None:
        starts = [(0.0, zoned(sources.start, zone))]
    elif sources.start_time in (None, "name"):
        begins = itertools.accumulate(lengths, initial=0.0)
        starts = [
            (begin, zoned(name.start, zone))
            for begin, name in zip(begins, told, strict=False)
            if name is not None
        ]
    return Recorded(
        camera=printable(_camera(segments[0], told[0])),
        start_time=sources.start_time,
        time_zone=zone,
        starts=tuple(starts),
    )


def _camera(source: Source, told: Named | None) -> str:
    """Return the camera in the name, or else the name of the folder, or of the file."""
    if told is not None and told.camera not in ("", "."):
        return told.camera.rstrip("/")
    folders = itertools.takewhile(lambda name: not _YEAR.match(name), source.below.parent.parts)
    if folder := "/".join(folders):
        return folder
    if told is None:
        return source.below.stem
    return PurePosixPath(named_folder(source)).name


def named_folder(source: Source) -> str:
    """Return the folder that the user named, or that of the named file."""
    path = source.path
    place = path.absolute() if isinstance(path, Path) else PurePosixPath(str(path))
    return str(place.parents[len(source.below.parts) - 1])


def zoned(time: datetime.datetime, zone: str | None) -> datetime.datetime:
    """Return a time; one without a time zone is in `zone`, or in that of this machine.

    In an hour that occurs twice as clocks are put back, it is the first.
    """
    if time.tzinfo is not None:
        return time
    if zone is None:
        return time.astimezone()
    return time.replace(tzinfo=parse_zone("--time-zone", zone))


def opened(recorded: Recorded, inputs: Sequence[InputPath], reading: Reading) -> Recorded:
    """Return `recorded` with what only the first file contains: first timestamp and metadata."""
    try:
        origin = origin_of(inputs[0], reading)
    except VidsumError:  # condensing it reports why
        return recorded
    starts = recorded.starts
    if not starts and recorded.start_time in (None, "metadata") and origin.created is not None:
        starts = ((0.0, origin.created),)
    moved = tuple((begin + origin.first_time, start) for begin, start in starts)
    return dataclasses.replace(recorded, starts=moved)


def is_outdated(before: Mapping[str, Any] | None, sources: Sources) -> bool:
    """Return whether a manifest's times differ from what the user's options say now."""
    if before is None:
        return True
    return any(
        asked is not None and asked != before.get(option)
        for option, asked in (("start_time", sources.start_time), ("time_zone", sources.time_zone))
    )
