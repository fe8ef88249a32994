"""The tables that a job writes, all at once."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import UsageError
from ..files import check_targets
from ..options.reporting import STDOUT, ReportFiles
from ..report.schema import Column, Row
from ..report.tables import TABLES, Table, check_pyarrow


class Tables:
    """Several tables with the same rows."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = tables

    def add(self, row: Row) -> None:
        """Write one row."""
        for table in self._tables:
            table.add(row)

    def publish(self, header: Mapping[str, object], *, force: bool) -> None:
        """Complete all tables before one of them gets its name."""
        for table in self._tables:
            table.finish(header)
        for table in self._tables:
            table.publish(force=force)


def check_tables(files: ReportFiles, inputs: Sequence[Path], stdout: BinaryIO | None) -> None:
    """Check before any work that all tables can be written.

    Raises
    ------
    UsageError, OutputError
        If one can't.
    """
    targets = [path for path in files.named.values() if path != STDOUT]
    if stdout is None and len(targets) < len(files.named):
        raise UsageError("- is standard output, and there is none; name a file")
    if files.parquet is not None:
        check_pyarrow("--parquet")
    check_targets(targets, inputs, force=files.force)


@contextlib.contextmanager
def open_tables(
    files: ReportFiles, columns: Sequence[Column], stdout: BinaryIO | None
) -> Iterator[Tables]:
    """Open all tables for writing."""
    with contextlib.ExitStack() as resources:
        tables = []
        for kind, path in files.named.items():
            stream = stdout if path == STDOUT else None
            table: Table = TABLES[kind](path, columns, stream)
            tables.append(resources.enter_context(table))
        yield Tables(tables)
