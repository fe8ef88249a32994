"""Tables of scores in every format, written row by row."""

import contextlib
import io
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, cast

from ..errors import OutputError
from ..files import part_path
from ..spreadsheet import csv_line
from .schema import SCHEMA, Column, Kind, Row, Value
from .writing import ReportFile, encoded

if TYPE_CHECKING:
    import pyarrow

HEADER = ("vidsum", "input", "options", "summary", "events")
"""Content of the header in JSON and Parquet, beginning with the version that made the rows; null
means unknown."""

_GROUP_ROWS = 16384
"""Rows that are collected for a Parquet file, some 2 MB."""


class Table(Protocol):
    """A table that is being written."""

    @property
    def part(self) -> Path:
        """The file that contains it until it is published."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: Any) -> None: ...

    def add(self, row: Row) -> None:
        """Write one row."""

    def finish(self, header: Mapping[str, object]) -> None:
        """Complete the table; the formats that have a header write it."""

    def publish(self, *, force: bool) -> None:
        """Give the file its final name, replacing an existing one if `force` is set."""


class TableCsv(ReportFile):
    """A table as CSV, without the header."""

    def __init__(
        self, target: Path, columns: Sequence[Column], stream: BinaryIO | None = None
    ) -> None:
        head = csv_line(column.name for column in columns)
        super().__init__(target, ".csv", head=head, stream=stream)

    def add(self, row: Row) -> None:
        """Write one row."""
        self._put(csv_line(_cell(value) for value in row))

    def finish(self, header: Mapping[str, object]) -> None:
        """Complete the table."""
        self.complete()


class TableJsonl(ReportFile):
    """A table as JSON Lines, without the header."""

    def __init__(
        self, target: Path, columns: Sequence[Column], stream: BinaryIO | None = None
    ) -> None:
        super().__init__(target, ".jsonl", head="", stream=stream)
        self._names = [column.name for column in columns]

    def add(self, row: Row) -> None:
        """Write one row."""
        self._put(f"{_object(self._names, row)}\n")

    def finish(self, header: Mapping[str, object]) -> None:
        """Complete the table."""
        self.complete()


class TableJson(ReportFile):
    """A table as one JSON object: the header, then the rows in the list `frames`, one per line.

    The header is known only at the end: until then, rows are put aside.
    """

    def __init__(
        self, target: Path, columns: Sequence[Column], stream: BinaryIO | None = None
    ) -> None:
        super().__init__(target, ".json", head="", stream=stream)
        self._names = [column.name for column in columns]
        self._separator = "\n"

    def add(self, row: Row) -> None:
        """Write one row."""
        self._put(f"{self._separator}{_object(self._names, row)}")
        self._separator = ",\n"

    def finish(self, header: Mapping[str, object]) -> None:
        """Write the header before the rows, and complete the table."""
        members = ",\n".join(
            f"{json.dumps(name)}: {header_json(value)}" for name, value in _full(header).items()
        )
        whole = part_path(self.target, ".json")
        try:
            with contextlib.ExitStack() as files:
                self._file.flush()
                if self._stream is None:
                    rows: BinaryIO = files.enter_context(self.part.open("rb"))
                    out: BinaryIO = files.enter_context(whole.open("xb"))
                else:
                    rows, out = self._file, self._stream
                    rows.seek(0)
                out.write(encoded(f'{{{members},\n"frames": ['))
                shutil.copyfileobj(rows, out, 1 << 20)
                out.write(b"\n]}\n")
                out.flush()
            if self._stream is None:
                whole.replace(self.part)
            self._keep = True
            self._close()
        except OSError as error:
            whole.unlink(missing_ok=True)
            raise self._failure(error) from error

    def _open(self) -> BinaryIO:
        if self._stream is None:
            return super()._open()
        return cast("BinaryIO", tempfile.TemporaryFile())


class TableParquet:
    """A table as Parquet, with the header in its metadata."""

    def __init__(
        self, target: Path, columns: Sequence[Column], stream: BinaryIO | None = None
    ) -> None:
        import pyarrow

        self.target = target
        self._schema = pyarrow.schema(
            [
                pyarrow.field(
                    column.name,
                    _arrow_type(column.kind),
                    nullable=column.nullable,
                    metadata={"meaning": column.meaning},
                )
                for column in columns
            ]
        )
        self._bytes = ReportBytes(target, stream)
        self._rows: list[Row] = []

    def __enter__(self) -> Self:
        from pyarrow.parquet import ParquetWriter

        self._bytes.__enter__()
        with self._bytes.guarded():
            self._writer = ParquetWriter(self._bytes, self._schema, compression="zstd")
        return self

    def __exit__(self, *error: Any) -> None:
        if self._writer.is_open:
            # Without its last part, the footer, nothing of the file is readable.
            self._bytes.discard()
            with contextlib.suppress(Exception):
                self._writer.close()
        self._bytes.__exit__(*error)

    @property
    def part(self) -> Path:
        """The file that contains it until it is published."""
        return self._bytes.part

    def add(self, row: Row) -> None:
        """Write one row."""
        self._rows.append(row)
        if len(self._rows) == _GROUP_ROWS:
            self._write()

    def finish(self, header: Mapping[str, object]) -> None:
        """Write the header, and complete the table."""
        if self._rows:
            self._write()
        with self._bytes.guarded():
            self._writer.add_key_value_metadata({"vidsum": header_json(_full(header))})
            self._writer.close()
        self._bytes.complete()

    def publish(self, *, force: bool) -> None:
        """Give the file its final name, replacing an existing one if `force` is set."""
        self._bytes.publish(force=force)

    def _write(self) -> None:
        import pyarrow

        columns = zip(*self._rows, strict=True)
        arrays = [
            pyarrow.array(values, field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        self._rows.clear()
        with self._bytes.guarded():
            self._writer.write_table(pyarrow.Table.from_arrays(arrays, schema=self._schema))


class ReportBytes(ReportFile, io.RawIOBase):
    """A report written by a library, to which it is passed as a file."""

    def __init__(self, target: Path, stream: BinaryIO | None) -> None:
        super().__init__(target, ".parquet", head="", stream=stream)
        self._size = 0
        self._discarded = False

    def write(self, data: Any) -> int:
        """Take some bytes."""
        view = memoryview(data).cast("B")
        if not self._discarded:
            self._file.write(view)
            self._keep = True
        self._size += len(view)
        return len(view)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._size

    def writable(self) -> bool:
        """Return true."""
        return True

    def discard(self) -> None:
        """Ignore further bytes, and drop the part file."""
        self._discarded = True
        self._keep = False

    @contextlib.contextmanager
    def guarded(self) -> Any:
        """Translate the errors of writing."""
        try:
            yield
        except OutputError:
            raise
        except OSError as error:
            self.discard()
            raise self._failure(error) from error


TABLES: dict[str, type[TableCsv] | type[TableJsonl] | type[TableJson] | type[TableParquet]] = {
    "csv": TableCsv,
    "jsonl": TableJsonl,
    "json": TableJson,
    "parquet": TableParquet,
}
"""The writer of each format."""


def header_json(value: object) -> str:
    """Return a value of the header as JSON on one line, without control characters."""
    return json.dumps(value, allow_nan=False).replace("\x7f", "\\u007f")


def _full(header: Mapping[str, object]) -> dict[str, object]:
    version, *others = HEADER
    return {
        version: header.get(version),
        "schema": SCHEMA,
        **{name: header.get(name) for name in others},
    }


def _object(names: Sequence[str], row: Row) -> str:
    return json.dumps(dict(zip(names, row, strict=True)))


def _cell(value: Value) -> object:
    if isinstance(value, bool):
        return int(value)
    return f"{value:.6f}" if isinstance(value, float) else value


def _arrow_type(kind: Kind) -> "pyarrow.DataType":
    import pyarrow

    types = {
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "text": pyarrow.string(),
    }
    return types[kind]
