"""The list of events, as a CSV or JSON file and as a table for the terminal."""

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from ..dedup.events import Event
from ..errors import UsageError, printable
from ..frame import clock
from ..spreadsheet import csv_line
from .text import aligned
from .writing import ReportFile

COLUMNS = (
    "event",
    "start",
    "end",
    "duration",
    "peak_time",
    "peak",
    "x",
    "y",
    "width",
    "height",
    "frames_kept",
    "first_frame",
    "last_frame",
    "first_output",
    "last_output",
)
"""Columns of the table, and keys in JSON."""


class EventsFile(ReportFile):
    """Writes events one by one.

    A CSV file has a line per event, with times in seconds and unknown values empty; a JSON file has
    them as objects in the list `events`, with unknown values null.

    Parameters
    ----------
    target
        The file to write; its extension determines the format.

    Raises
    ------
    UsageError
        If the extension is neither .csv nor .json.
    """

    def __init__(self, target: Path) -> None:
        suffix = target.suffix.lower()
        if suffix not in (".csv", ".json"):
            found = f"the ending {printable(suffix)}" if suffix else "no ending"
            raise UsageError(
                f"{printable(target)}: {found} names no format for a list of events; end the name "
                "with .csv or .json"
            )
        self._json = suffix == ".json"
        if self._json:
            super().__init__(target, suffix, head='{"events": [', tail="\n]}\n")
        else:
            super().__init__(target, suffix, head=csv_line(COLUMNS))
        self._separator = "\n"

    def write(self, event: Event) -> None:
        """Write one event."""
        values = event_values(event)
        if self._json:
            self._put(self._separator + json.dumps(values))
            self._separator = ",\n"
        else:
            self._put(csv_line(_cell(value) for value in values.values()))


def events_table(events: Iterable[Event]) -> str:
    """Return events as a human-readable table of plain text.

    Parameters
    ----------
    events
        The events in order.
    """
    rows = [
        (
            str(event.number),
            clock(event.start),
            clock(event.end),
            f"{float(event.duration):.3f} s",
            "-" if event.peak is None else f"{event.peak:.3f}",
            "-" if event.box is None else _place(event.box),
            str(event.frames_kept),
        )
        for event in events
    ]
    if not rows:
        return "no events"
    return aligned([("event", "start", "end", "duration", "peak", "where", "kept"), *rows])


def event_values(event: Event) -> dict[str, int | float | None]:
    """Return the values of an event, by column name."""
    x, y, width, height = event.box or (None, None, None, None)
    values = (
        event.number,
        _rounded(event.start),
        _rounded(event.end),
        _rounded(event.duration),
        _rounded(event.peak_time),
        _rounded(event.peak),
        x,
        y,
        width,
        height,
        event.frames_kept,
        event.first_frame,
        event.last_frame,
        event.first_output,
        event.last_output,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _rounded(value: Fraction | float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _cell(value: float | None) -> object:
    return f"{value:.6f}" if isinstance(value, float) else value


def _place(box: tuple[int, int, int, int]) -> str:
    x, y, width, height = box
    return f"{width}x{height} at {x},{y}"
