"""The events of many recordings in DuckDB, which reads lists of them much faster than Python."""

import contextlib
import datetime
import glob
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from ...errors import InputError, UsageError
from ...options.finding import Finding, Order
from ...report.event_lists import LARGEST, EventKind, read_events
from ...report.found_columns import EVENT_COLUMNS
from ...report.schema import Row
from .wall_clock import Stretch, microseconds

_FILES_AT_ONCE = 500
"""Files that are read at once; if one of them is damaged, each is read separately."""

_LARGEST_OBJECT = 16 << 20
"""Bytes of the largest list that DuckDB reads from a JSON file."""

_BEFORE = -1e15
"""Before every time of a recording."""

_NEVER = 1 << 62
"""Microseconds since 1970 that no time exceeds."""

_DAY = 86400 * 1_000_000

_TYPES = {"integer": "BIGINT", "number": "DOUBLE"}
_FIELDS = {column.name: f'"{column.name}" {_TYPES[column.kind]}' for column in EVENT_COLUMNS}
_NAMES = ", ".join(f'"{name}"' for name in _FIELDS)
_STRUCT = f"STRUCT({', '.join(_FIELDS.values())})[]"

_TABLES = (
    "CREATE TABLE event (recording BIGINT, {})".format(
        ", ".join(
            field
            + ("" if column.nullable else " NOT NULL")
            # Whatever a file contains, arithmetic with it never overflows.
            + f' CHECK (abs("{column.name}") <= {LARGEST:.0f})'
            for column, field in zip(EVENT_COLUMNS, _FIELDS.values(), strict=True)
        )
    ),
    # The intervals of a recording are numbered. One applies from `since` on in the recording,
    # begins at `begin` in it, and ends when the next one begins, at `until`: gaps belong to it.
    "CREATE TABLE stretch (recording BIGINT, place BIGINT, since DOUBLE, begin DOUBLE, "
    "utc BIGINT, until BIGINT, shift BIGINT)",
    "CREATE TABLE file (path VARCHAR, recording BIGINT)",
)

_READ: dict[EventKind, str] = {
    "json": "INSERT INTO event SELECT recording, "
    "unnest(coalesce(events, error('no list of events')), recursive := true) "
    "FROM read_json(?, format = 'unstructured', records = true, "
    f"columns = {{events: '{_STRUCT}'}}, filename = true, hive_partitioning = false, "
    f"maximum_object_size = {_LARGEST_OBJECT}) "
    "JOIN file ON path = filename",
    "csv": f"INSERT INTO event SELECT recording, {_NAMES} "
    "FROM read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', "
    "columns = {%s}, filename = true, hive_partitioning = false) JOIN file ON path = filename"
    % ", ".join(f"'{column.name}': '{_TYPES[column.kind]}'" for column in EVENT_COLUMNS),
}

_TIMED = (
    "CREATE TEMP TABLE timed AS SELECT event.*, event.rowid AS id, "
    "one.place AS first_place, other.place AS last_place, "
    'one.utc + CAST(round((event."start" - one.begin) * 1e6) AS BIGINT) AS utc_begin, '
    "greatest("
    'utc_begin, other.utc + CAST(round((event."end" - other.begin) * 1e6) AS BIGINT)) AS utc_end '
    "FROM event ASOF LEFT JOIN stretch AS one "
    'ON event.recording = one.recording AND event."start" >= one.since '
    # An event that ends with a segment ends before the gap after it.
    "ASOF LEFT JOIN stretch AS other ON event.recording = other.recording "
    'AND greatest(event."end", event."start" + 1e-6) > other.since'
)

_PARTS = (
    # The part of an event in each interval, within which clocks don't jump.
    "SELECT id, shift, CASE WHEN place = first_place THEN utc_begin ELSE utc END AS low, "
    "CASE WHEN place = last_place THEN utc_end ELSE until END AS high FROM "
    "(SELECT *, unnest(range(first_place, last_place + 1)) AS place FROM timed) "
    "JOIN stretch USING (recording, place)"
)

_ORDERS: dict[Order, str] = {
    "time": "utc_begin NULLS LAST",
    "duration": "duration DESC",
    "strength": "peak DESC NULLS LAST",
    "camera": "camera, utc_begin NULLS LAST",
}


class EventTable(NamedTuple):
    """A file with events."""

    recording: int
    """The number of the recording that they belong to."""
    path: Path
    kind: EventKind


class EventStore:
    """The events of recordings, which are identified by numbers; entering opens it.

    Parameters
    ----------
    should_stop
        Called between files; once it returns true, no more are read.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop

    def __enter__(self) -> Self:
        import duckdb

        self._error = duckdb.Error
        self._database = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "temp_directory": "",
                "preserve_insertion_order": False,
            }
        )
        for table in _TABLES:
            self._database.execute(table)
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def add_stretches(self, stretches: Iterable[tuple[int, Sequence[Stretch]]]) -> None:
        """Take what clocks showed during recordings."""
        rows = [
            (
                recording,
                place,
                stretch.begin if place else _BEFORE,
                stretch.begin,
                stretch.utc,
                _NEVER if following is None else following.utc,
                stretch.offset * 1_000_000,
            )
            for recording, parts in stretches
            for place, (stretch, following) in enumerate(itertools.zip_longest(parts, parts[1:]))
        ]
        self._insert("stretch", rows)

    def read(self, tables: Sequence[EventTable]) -> Iterator[str]:
        """Add the events of files, and yield a line for each file that can't be read."""
        for kind in _READ:
            quick = [table for table in tables if table.kind == kind and _is_quick(table.path)]
            for begin in range(0, len(quick), _FILES_AT_ONCE):
                if not self._should_stop():
                    yield from self._read_chunk(kind, quick[begin : begin + _FILES_AT_ONCE])
        for table in tables:
            if table.kind not in _READ or not _is_quick(table.path):
                yield from self._read_one(table)

    def find(self, finding: Finding, cameras: Sequence[str]) -> tuple[int, list[tuple[Any, ...]]]:
        """Return how many events match, and the first of them in order.

        Parameters
        ----------
        finding
            The search.
        cameras
            The cameras of the recordings, by number.

        Returns
        -------
        tuple
            The count; and of each event the number of its recording, the values of
            `EVENT_COLUMNS`, and when it begins and ends, in microseconds since 1970 or None.
        """
        conditions, values = _conditions(finding)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        self._database.execute("CREATE TEMP TABLE camera (recording BIGINT, camera VARCHAR)")
        self._insert("camera", list(enumerate(cameras)))
        self._database.execute(_TIMED)
        self._database.execute(f"CREATE TEMP TABLE found AS SELECT * FROM timed{where}", values)
        (count,) = self._database.execute("SELECT count(*) FROM found").fetchone() or (0,)
        order = f'{_ORDERS[finding.order]}, utc_begin NULLS LAST, recording, "start", event'
        rows = self._database.execute(
            f"SELECT recording, {_NAMES}, utc_begin, utc_end FROM found "
            f"JOIN camera USING (recording) ORDER BY {order} LIMIT ?",
            [count if finding.limit is None else finding.limit],
        ).fetchall()
        return count, rows

    def _read_chunk(self, kind: EventKind, tables: Sequence[EventTable]) -> Iterator[str]:
        paths = [str(table.path) for table in tables]
        self._database.execute("DELETE FROM file")
        self._insert("file", [(str(table.path), table.recording) for table in tables])
        try:
            self._database.execute(_READ[kind], [paths])
        except self._error:  # nothing of them was added
            for table in tables:
                yield from self._read_one(table)

    def _read_one(self, table: EventTable) -> Iterator[str]:
        if self._should_stop():
            return
        try:
            rows: list[Row] = read_events(table.path, table.kind)
        except (InputError, UsageError) as error:
            yield str(error)
        else:
            self._insert("event", [(table.recording, *row) for row in rows])

    def _insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            places = ", ".join(["unnest(?)"] * len(rows[0]))
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._database.execute(f"INSERT INTO {table} SELECT {places}", columns)


def _conditions(finding: Finding) -> tuple[list[str], list[Any]]:
    """Return the conditions for the events that are searched for, and the values in them."""
    conditions: list[str] = []
    values: list[Any] = []
    if finding.asks_for_time:
        conditions.append(f"id IN ({_parts_within(finding, values)})")
    if finding.min_strength is not None:
        conditions.append("peak >= ?")
        values.append(finding.min_strength)
    if finding.min_duration:
        conditions.append("duration >= ?")
        values.append(finding.min_duration)
    return conditions, values


def _parts_within(finding: Finding, values: list[Any]) -> str:
    """Return a query for the events in the requested time, and append its values."""

    def utc(moment: datetime.datetime | None, otherwise: int) -> str:
        values.append(otherwise if moment is None else microseconds(moment))
        return "? - shift" if moment is not None and moment.tzinfo is None else "?"

    parts = (
        f"SELECT *, {utc(finding.begin, -_NEVER)} AS since, {utc(finding.end, _NEVER)} AS before "
        f"FROM ({_PARTS})"
    )
    within = "low < before AND (low >= since OR high > since)"
    if finding.hours is not None:
        # It begins within these hours, or lasts until they begin again.
        first, last = (second * 1_000_000 for second in finding.hours)
        lasted = f"((greatest(low, since) + shift - ?) % {_DAY} + {_DAY}) % {_DAY}"
        lasting = "least(high, before) - greatest(low, since)"
        within += f" AND ({lasted} < ? OR {lasted} + {lasting} > {_DAY})"
        values += [first, (last - first) % _DAY, first]
    return f"SELECT id FROM ({parts}) WHERE {within}"


def _is_quick(path: Path) -> bool:
    """Return whether DuckDB takes this path as that of one file, and reads a list of its size."""
    if glob.has_magic(str(path)):  # as a pattern, it would match other files
        return False
    with contextlib.suppress(OSError, UnicodeEncodeError):
        str(path).encode()
        return path.stat().st_size <= _LARGEST_OBJECT
    return False
