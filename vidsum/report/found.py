"""Events found in many recordings, as rows of a table, for files and for display."""

import datetime
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import printable
from ..frame import clock
from ..remote import InputPath
from ..spreadsheet import source_name
from .found_columns import FOUND_COLUMNS
from .schema import Row
from .tables import TableCsv
from .text import aligned
from .writing import ReportFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecording:
    """A recording whose results are searched for events."""

    name: str
    """Folder and name of its results, without an extension, on one line."""
    camera: str
    video: Path | None
    """The condensed video, if there is one."""
    inputs: tuple[InputPath, ...]
    """Its files in order, at their paths when it was condensed; addresses have no passwords."""
    sizes: tuple[int | None, ...]
    """Size of each in bytes; None if unknown."""
    begins: tuple[float, ...]
    """At which second of the recording each input begins, in order; empty if unknown."""
    clocks: tuple[float, ...]
    """The time on each input's own clock at that point, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """An event, and the recording it is in."""

    recording: FoundRecording
    begins: datetime.datetime | None
    """When it begins, with a time zone; None if it is not known when the recording began."""
    ends: datetime.datetime | None
    """When it ends, in the same time zone, including any gap within it."""
    number: int
    """Counts from 1 in the recording."""
    start: float
    """Time of its first changed frame in the recording, in seconds."""
    end: float
    """When its last changed frame ends there."""
    duration: float
    """Seconds from start to end."""
    peak_time: float | None
    """Time of its strongest change there."""
    peak: float | None
    """Its strength: the largest local dissimilarity, 1 - SSIM, 0 to 2."""
    box: tuple[int, int, int, int] | None
    """Left, top, width and height of the box around all places that changed, in pixels."""
    frames_kept: int
    first_frame: int
    last_frame: int
    first_output: int | None
    """Number of its first changed frame in the condensed video; None if there is none."""
    last_output: int | None

    def source_at(self, time: float) -> tuple[InputPath, float] | None:
        """Return the input that contains this time of the recording, and the time in it, in
        seconds.

        A single input has the clock of the recording.
        """
        inputs, begins = self.recording.inputs, self.recording.begins
        if len(inputs) == 1:
            return inputs[0], time
        if not inputs or len(begins) != len(inputs):
            return None
        place = max(sum(begin <= time for begin in begins) - 1, 0)
        return inputs[place], time - begins[place] + self.recording.clocks[place]


def found_row(event: FoundEvent) -> Row:
    """Return an event as a row of `FOUND_COLUMNS`."""
    recording, source = event.recording, event.source_at(event.start)
    return (
        recording.camera,
        _iso(event.begins),
        _iso(event.ends),
        event.number,
        event.start,
        event.end,
        event.duration,
        event.peak_time,
        event.peak,
        *(event.box or (None, None, None, None)),
        event.frames_kept,
        event.first_frame,
        event.last_frame,
        event.first_output,
        event.last_output,
        _name(recording.name),
        None if recording.video is None else _name(recording.video),
        None if source is None else _name(source[0]),
        None if source is None else round(source[1], 6),
    )


class FoundCsv(TableCsv):
    """Writes found events as CSV.

    Parameters
    ----------
    target
        The file to write.
    stream
        Where to write instead of a file.
    """

    def __init__(self, target: Path, stream: BinaryIO | None = None) -> None:
        super().__init__(target, FOUND_COLUMNS, stream)

    def write(self, events: Iterable[FoundEvent]) -> None:
        """Write all events."""
        for event in events:
            self.add(found_row(event))
        self.complete()


class FoundJson(ReportFile):
    """Writes found events as JSON: an object with the list `events`.

    Parameters
    ----------
    target
        The file to write.
    stream
        Where to write instead of a file.
    """

    def __init__(self, target: Path, stream: BinaryIO | None = None) -> None:
        super().__init__(target, ".json", head='{"events": [', tail="\n]}\n", stream=stream)

    def write(self, events: Iterable[FoundEvent]) -> None:
        """Write all events."""
        names = [column.name for column in FOUND_COLUMNS]
        separator = "\n"
        for event in events:
            values = dict(zip(names, found_row(event), strict=True))
            self._put(separator + json.dumps(values, allow_nan=False))
            separator = ",\n"
        self.complete()


def found_table(events: Sequence[FoundEvent]) -> str:
    """Return found events as a human-readable table of plain text."""
    if not events:
        return "no events"
    head = ("camera", "begins", "duration", "peak", "recording", "event", "at")
    return aligned([head, *map(_line, events)])


def moment_text(moment: datetime.datetime | None) -> str:
    """Return a date and time in its own time zone, as human-readable text."""
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def iso_text(moment: datetime.datetime) -> str:
    """Return a date and time in ISO 8601, rounded to a millisecond."""
    half = datetime.timedelta(microseconds=500)  # the formatting below truncates
    return (moment + half).isoformat(timespec="milliseconds")


def strength_text(peak: float | None) -> str:
    """Return the strength of an event, as human-readable text."""
    return "-" if peak is None else f"{peak:.3f}"


def _line(event: FoundEvent) -> tuple[str, ...]:
    return (
        printable(event.recording.camera),
        moment_text(event.begins),
        f"{event.duration:.3f} s",
        strength_text(event.peak),
        printable(event.recording.name),
        str(event.number),
        clock(event.start),
    )


@functools.lru_cache(maxsize=4096)
def _name(path: str | InputPath) -> str:
    """Return the name of a file for tables; cached, as events of a recording share it."""
    return source_name(path)


def _iso(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else iso_text(moment)
