"""Lists of events in files, read back: those of `--events`, and those in headers of tables."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..errors import InputError, printable
from ..spreadsheet import csv_line
from .events import COLUMNS
from .found_columns import EVENT_COLUMNS
from .saved import SavedTable
from .schema import Column, Row, Value

EventKind: TypeAlias = Literal["json", "csv", "scores"]

LARGEST = 1e11
"""Upper limit of all numbers in an event and of times in a recording: in seconds, three thousand
years, as some cameras count from 1970. In microseconds, 64 bits hold many times as much."""

_HEADS: dict[bytes, EventKind] = {
    b'{"events":': "json",
    csv_line(COLUMNS).encode(): "csv",
    b'{"vidsum":': "scores",
    b"PAR1": "scores",
}
"""First bytes of files that may contain events: lists, and tables of scores with a header."""


def event_kind(path: Path) -> EventKind | None:
    """Return the kind of a file with events; None if it has none, or can't be read."""
    try:
        with path.open("rb") as file:
            head = file.read(max(map(len, _HEADS)))
    except OSError:
        return None
    return next((kind for begin, kind in _HEADS.items() if head.startswith(begin)), None)


def read_events(path: Path, kind: EventKind) -> list[Row]:
    """Return the events of a file as rows of `EVENT_COLUMNS`.

    Raises
    ------
    InputError
        If it can't be read, or contains anything but events.
    UsageError
        If pyarrow is needed to read it, and not installed.
    """
    try:
        if kind == "scores":
            return list(_rows(_header_events(path)))
        with path.open(encoding="utf-8-sig", newline="") as file:
            if kind == "csv":
                return list(_rows(map(_from_cells, csv.DictReader(file))))
            return list(_rows(json.load(file)["events"]))
    except FileNotFoundError:
        raise InputError(f"{printable(path)}: this list of events is gone") from None
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, KeyError, csv.Error, RecursionError) as error:
        raise InputError(
            f"{printable(path)}: no list of events that vidsum reads, {printable(error)}"
        ) from error


def _header_events(path: Path) -> Sequence[Any]:
    with SavedTable(path) as table:
        return _listed(table.header.get("events") or ())


def _listed(value: object) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError("its events are no list")
    return value


def _rows(events: object) -> Iterator[Row]:
    for event in events if isinstance(events, Iterator) else _listed(events):
        if not isinstance(event, Mapping):
            raise ValueError("an event is no object")
        yield tuple(_checked(column, event.get(column.name)) for column in EVENT_COLUMNS)


def _checked(column: Column, value: object) -> Value:
    """Return `value` if it is valid for `column`."""
    if value is None and column.nullable:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST:
        if column.kind == "number":
            return float(value)
        if value == int(value):
            return int(value)
    shown = "missing" if value is None else repr(value)[:40]
    raise ValueError(f"{column.name} of an event is {shown}, not {column.type_text}")


def _from_cells(cells: Mapping[str, str | None]) -> dict[str, float | None]:
    return {name: float(cell) if cell else None for name, cell in cells.items() if name}
