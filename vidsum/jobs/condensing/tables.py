"""The tables that a job writes, all at once."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ...dedup.events import Event
from ...errors import UsageError
from ...extras import check_extra
from ...files import check_targets
from ...frame import Frame, VideoInfo
from ...options.reporting import STDOUT, ReportFiles
from ...remote import InputPath
from ...report.axes import check_plot_name
from ...report.entry import Entry
from ...report.schema import Column, Row, columns_of, row_of
from ...report.tables import TABLES, Table
from ...report.timeline import TimelinePlot
from ...report.totals import Totals
from ...spreadsheet import source_name
from ...video.thumbnails import PAGE_BOX, Thumbnails, small_jpeg
from .highlights import Highlights

if TYPE_CHECKING:
    from ...report.page import ScoresPage


def table_format(path: Path) -> str:
    """Return the format for the extension of a table: CSV unless it is another's."""
    name = path.suffix.lower().removeprefix(".")
    return name if name in TABLES else "csv"


_MOST_PICTURES = 300


class Tables:
    """Several tables with the same rows, by format."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = [*tables.values()]
        self.parts = [table.part for table in self._tables]
        """Their part files."""
        self.page = cast("ScoresPage | None", tables.get("html"))
        """The HTML page, if requested."""

    def add(self, row: Row) -> None:
        """Write one row."""
        for table in self._tables:
            table.add(row)

    def finish(self, header: Mapping[str, object]) -> None:
        """Complete all tables."""
        for table in self._tables:
            table.finish(header)

    def publish(self, *, force: bool) -> None:
        """Give all tables their final names; all are complete."""
        for table in self._tables:
            table.publish(force=force)


def check_tables(files: ReportFiles, inputs: Sequence[Path], stdout: BinaryIO | None) -> None:
    """Check that all tables can be written, before any work.

    Raises
    ------
    UsageError, OutputError
        If one can't.
    """
    targets = [path for path in files.named.values() if path != STDOUT]
    if stdout is None and len(targets) < len(files.named):
        raise UsageError("- is standard output, and there is none; name a file")
    if files.parquet is not None:
        check_extra("--parquet", "parquet")
    if files.html is not None:
        check_extra("--html", "html")
    if files.plot is not None:
        check_plot_name(files.plot)
        check_extra("--plot", "plot")
    check_targets(targets, inputs, force=files.force)


@contextlib.contextmanager
def open_tables(
    files: Mapping[str, Path],
    columns: Sequence[Column],
    stdout: BinaryIO | None = None,
    **page: Any,
) -> Iterator[Tables]:
    """Open all tables for writing; `files` are their paths by format, `page` is passed to the HTML
    page.
    """
    makers: dict[str, Callable[..., Table]] = {**TABLES, "plot": TimelinePlot}
    if "html" in files:
        from ...report.page import ScoresPage

        makers["html"] = functools.partial(ScoresPage, **page)
    with contextlib.ExitStack() as resources:
        tables = {}
        for kind, path in files.items():
            stream = stdout if path == STDOUT else None
            tables[kind] = resources.enter_context(makers[kind](path, columns, stream))
        yield Tables(tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """Additional columns, after those of every table, and their values for a frame."""

    columns: tuple[Column, ...] = ()
    values: Callable[[Entry], Row] = lambda entry: ()


class Rows:
    """The rows of a run, which are counted and written to tables.

    Parameters
    ----------
    tables
        Where they are written.
    sources
        Names of the inputs, if there are several.
    info
        The video that frames come from.
    picture
        Adds the picture to frames that come without one.
    further
        Columns after the usual ones.
    """

    def __init__(
        self,
        tables: Tables,
        sources: Sequence[str] | None,
        info: VideoInfo,
        picture: Callable[[Frame], Frame],
        further: Further,
    ) -> None:
        self._further = further
        self.totals = Totals()
        self.parts = tables.parts
        """The part files of all tables."""
        self.highlights: Highlights[bytes] | None = None
        """Frames for the page, as JPEG, if there is one."""
        self._tables = tables
        self._sources = sources
        if tables.page is not None:
            small = Thumbnails(info, PAGE_BOX)
            self.highlights = Highlights(
                lambda frame: small_jpeg(small.draw(picture(frame))), _MOST_PICTURES
            )

    def add_frame(self, entry: Entry) -> None:
        """Write the row of the next frame."""
        row = row_of(entry, self._sources)
        self.totals.add(row)
        self._tables.add((*row, *self._further.values(entry)))
        if self.highlights is not None:
            self.highlights.add_frame(entry)

    def add_event(self, event: Event) -> None:
        """Take the event that has just ended."""
        if self.highlights is not None:
            self.highlights.add_event(event)

    def finish(self, header: Mapping[str, object]) -> None:
        """Complete all tables."""
        if self._tables.page is not None and self.highlights is not None:
            for one in self.highlights.chosen():
                assert one.picture is not None
                time = float(one.frame.time)
                self._tables.page.add_picture(time, one.picture, weight=one.strength)
        self._tables.finish(header)

    def publish(self, *, force: bool) -> None:
        """Give all tables their final names; all are complete."""
        self._tables.publish(force=force)


@contextlib.contextmanager
def open_rows(
    files: Mapping[str, Path],
    inputs: Sequence[InputPath],
    info: VideoInfo,
    stdout: BinaryIO | None = None,
    picture: Callable[[Frame], Frame] = lambda frame: frame,
    further: Further | None = None,
) -> Iterator[Rows]:
    """Open the tables of a run for writing; columns tell several inputs apart."""
    several = len(inputs) > 1
    further = further or Further()
    columns = columns_of(several=several) + further.columns
    local = [path for path in inputs if isinstance(path, Path)]
    with open_tables(files, columns, stdout, videos=local, begun=time.monotonic()) as tables:
        sources = [source_name(path) for path in inputs] if several else None
        yield Rows(tables, sources, info, picture, further)
