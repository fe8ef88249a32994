"""The tables that a job writes, all at once."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import UsageError
from ..files import check_targets
from ..options.reporting import STDOUT, ReportFiles
from ..report.axes import check_plot_name
from ..report.entry import Entry
from ..report.schema import Column, Row, columns_of, row_of, source_name
from ..report.tables import TABLES, Table, check_pyarrow
from ..report.timeline import TimelinePlot
from ..report.totals import Totals
from ..stills.figure import check_matplotlib


def table_format(path: Path) -> str:
    """Return the format that the ending of a table's name stands for: CSV unless another's."""
    name = path.suffix.lower().removeprefix(".")
    return name if name in TABLES else "csv"


_WRITERS: dict[str, Callable[[Path, Sequence[Column], BinaryIO | None], Table]] = {
    **TABLES,
    "plot": TimelinePlot,
}
"""What takes the rows, by the names of the options."""


class Tables:
    """Several tables with the same rows."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = tables

    def add(self, row: Row) -> None:
        """Write one row."""
        for table in self._tables:
            table.add(row)

    def finish(self, header: Mapping[str, object]) -> None:
        """Complete all tables."""
        for table in self._tables:
            table.finish(header)

    def publish(self, *, force: bool) -> None:
        """Give all tables their names; all are complete."""
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
    if files.plot is not None:
        check_plot_name(files.plot)
        check_matplotlib("--plot")
    check_targets(targets, inputs, force=files.force)


@contextlib.contextmanager
def open_tables(
    files: Mapping[str, Path], columns: Sequence[Column], stdout: BinaryIO | None = None
) -> Iterator[Tables]:
    """Open all tables for writing; `files` are their names by format."""
    with contextlib.ExitStack() as resources:
        tables = []
        for kind, path in files.items():
            stream = stdout if path == STDOUT else None
            table: Table = _WRITERS[kind](path, columns, stream)
            tables.append(resources.enter_context(table))
        yield Tables(tables)


class Rows:
    """The rows of a run, which are counted and written into tables.

    Parameters
    ----------
    tables
        Where they are written.
    sources
        Names of the inputs, if they are several.
    """

    def __init__(self, tables: Tables, sources: Sequence[str] | None) -> None:
        self.totals = Totals()
        self.tables = tables
        self._sources = sources

    def add_frame(self, entry: Entry) -> None:
        """Write the row of the next frame."""
        row = row_of(entry, self._sources)
        self.totals.add(row)
        self.tables.add(row)


@contextlib.contextmanager
def open_rows(
    files: Mapping[str, Path], inputs: Sequence[Path], stdout: BinaryIO | None = None
) -> Iterator[Rows]:
    """Open the tables of a run for writing; where inputs are several, columns tell them apart."""
    several = len(inputs) > 1
    with open_tables(files, columns_of(several=several), stdout) as tables:
        yield Rows(tables, [source_name(path) for path in inputs] if several else None)
