"""Saved tables of scores, read row by row from any format."""

import contextlib
import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ..dedup import Reason
from ..errors import InputError, printable
from ..extras import check_extra
from ..spreadsheet import plain_text
from .schema import FRAME_COLUMNS, INPUT_COLUMNS, LIVE_COLUMNS, Column, Row, Value, columns_of
from .tables import HEADER

SUFFIXES = (".csv", ".jsonl", ".json", ".parquet")
"""Extensions of the files that are read as tables."""

_CHUNK = 1 << 20
_MAX_INTEGER = 2**63
_REASONS = frozenset(Reason)


class SavedTable:
    """A table of scores in a file; entering opens it.

    Parameters
    ----------
    path
        A file whose extension determines its format.

    Raises
    ------
    InputError
        On entering or while reading, if it can't be read or is not a table of scores.
    UsageError
        If pyarrow is needed to read it, and not installed.
    """

    columns: tuple[Column, ...]
    """The columns of its rows; set on entering."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: dict[str, object] = {}
        """Its description of all rows, if it has a header; complete once all rows are read."""
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> "SavedTable":
        suffix = self.path.suffix.lower()
        read = {
            ".csv": self._csv,
            ".jsonl": self._jsonl,
            ".json": self._json,
            ".parquet": self._parquet,
        }[suffix]
        if suffix == ".parquet":
            check_extra(printable(self.path), "parquet")
        self._entries = read()
        try:
            with self._translated():
                # The text before the first row describes the columns.
                self._first = next(self._entries, None)
        except BaseException:
            self._resources.close()
            raise
        if self._first is None and not hasattr(self, "columns"):
            self.columns = FRAME_COLUMNS
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def __iter__(self) -> Iterator[Row]:
        with self._translated():
            number = 0
            if self._first is not None:
                yield self._row(self._first, number)
            for number, entry in enumerate(self._entries, 1):
                yield self._row(entry, number)

    def _row(self, entry: Sequence[object], number: int) -> Row:
        try:
            return tuple(
                _checked(column, value) for column, value in zip(self.columns, entry, strict=True)
            )
        except _BadValueError as error:
            raise self._failure(f"row {number}: {error}") from None

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (InputError, GeneratorExit):
            raise
        except FileNotFoundError:
            raise InputError(f"{printable(self.path)}: there is no such file") from None
        except OSError as error:
            # pyarrow's own errors are of this type as well.
            if error.strerror is None:
                raise self._failure(str(error)) from error
            raise InputError(f"{printable(self.path)}: cannot be read, {error.strerror}") from error
        except (csv.Error, ValueError, RecursionError) as error:
            raise self._failure(str(error)) from error

    def _failure(self, why: str) -> InputError:
        return InputError(
            f"{printable(self.path)}: not a table of scores that vidsum can read, {printable(why)} "
            "(`vidsum schema` describes one)"
        )

    def _open_text(self) -> IO[str]:
        return self._resources.enter_context(self.path.open(encoding="utf-8-sig", newline=""))

    def _csv(self) -> Iterator[Sequence[object]]:
        lines = csv.reader(self._open_text())
        names = next(lines, [])
        self._take_columns(names)
        places = [names.index(column.name) for column in self.columns]
        for number, cells in enumerate(lines):
            if len(cells) != len(names):
                raise self._failure(f"row {number}: {len(cells)} cells, not {len(names)}")
            pairs = zip(self.columns, places, strict=True)
            yield [_from_cell(column, cells[at]) for column, at in pairs]

    def _jsonl(self) -> Iterator[Sequence[object]]:
        for line in self._open_text():
            if line.strip():
                yield self._values(_parsed(line))

    def _json(self) -> Iterator[Sequence[object]]:
        text = _Text(self._open_text())
        text.expect("{")
        while not text.took("}"):
            name = text.value()
            text.expect(":")
            if name == "frames":
                text.expect("[")
                while not text.took("]"):
                    yield self._values(text.value())
                    text.took(",")
            else:
                value = text.value()
                if name in HEADER:
                    self.header[str(name)] = value
            text.took(",")

    def _parquet(self) -> Iterator[Sequence[object]]:
        from pyarrow.parquet import ParquetFile

        file = self._resources.enter_context(
            ParquetFile(self._resources.enter_context(self.path.open("rb")))
        )
        self._take_columns(file.schema_arrow.names)
        text = (file.metadata.metadata or {}).get(b"vidsum")
        header = None if text is None else _parsed(text.decode())
        if isinstance(header, dict):
            self.header = {name: header.get(name) for name in HEADER}
        names = [column.name for column in self.columns]
        for batch in file.iter_batches(batch_size=4096, columns=names):
            values = [batch.column(name).to_pylist() for name in names]
            yield from zip(*values, strict=True)

    def _take_columns(self, names: Sequence[str]) -> None:
        """Note which columns there are."""
        several = INPUT_COLUMNS[0].name in names
        live = LIVE_COLUMNS if LIVE_COLUMNS[0].name in names else ()
        self.columns = columns_of(several=several) + live
        missing = [column.name for column in self.columns if column.name not in names]
        if missing:
            raise self._failure(f"it has no column {missing[0]}")

    def _values(self, entry: object) -> Sequence[object]:
        """Return the values of an object of JSON."""
        if not isinstance(entry, Mapping):
            raise self._failure("a row is no object")
        if not hasattr(self, "columns"):
            self._take_columns(list(entry))
        missing = [column.name for column in self.columns if column.name not in entry]
        if missing:
            raise self._failure(f"a row has no {missing[0]}")
        return [entry[column.name] for column in self.columns]


class _Text:
    """JSON text as a stream of values and marks, with one in memory at a time."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._decoder = json.JSONDecoder(parse_constant=_refuse)
        self._text = ""
        self._at = 0
        self._ended = False

    def took(self, mark: str) -> bool:
        """Consume `mark` if it comes next, and return whether it did."""
        self._skip()
        if self._text.startswith(mark, self._at):
            self._at += 1
            return True
        if self._at == len(self._text):
            raise ValueError("it ends in the middle")
        return False

    def expect(self, mark: str) -> None:
        """Consume `mark`, which must come next."""
        if not self.took(mark):
            raise ValueError(f"{mark} is missing before {self._text[self._at : self._at + 20]!r}")

    def value(self) -> Any:
        """Consume the next value."""
        self._skip()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if self._ended:
                    raise
            else:
                # A number at the end of the text may be the beginning of a longer one.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._read()

    def _skip(self) -> None:
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text) or self._ended:
                return
            self._read()

    def _read(self) -> None:
        """Read more, at least as much as is waiting already."""
        rest = self._text[self._at :]
        more = self._file.read(max(_CHUNK, len(rest)))
        self._ended = not more
        self._text, self._at = rest + more, 0


class _BadValueError(ValueError):
    pass


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _parsed(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _from_cell(column: Column, cell: str) -> object:
    """Return the value of a CSV cell, even if written by another program."""
    if column.kind == "text":
        return plain_text(cell)
    if cell == "":
        return None
    if column.kind == "boolean":
        return {"1": True, "0": False, "true": True, "false": False}.get(cell.lower(), cell)
    try:
        return int(cell) if column.kind == "integer" else float(cell)
    except ValueError:
        pass
    try:
        return float(cell)
    except ValueError:
        return cell


def _checked(column: Column, value: object) -> Value:
    """Return `value` if it is valid for `column`."""
    kind = column.kind
    if value is None and column.nullable:
        return None
    if kind == "text" and isinstance(value, str):
        if column.name == "reason" and value not in _REASONS:
            raise _BadValueError(f"reason is {value!r}, known are {', '.join(Reason)}")
        return printable(value)
    if kind == "boolean" and isinstance(value, bool):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        if kind == "number":
            return round(float(value), 6)
        if kind == "integer" and value == int(value) and 0 <= value < _MAX_INTEGER:
            return int(value)
    shown = "empty" if value is None else repr(value)[:40]
    raise _BadValueError(f"{column.name} is {shown}, not {column.type_text}")
