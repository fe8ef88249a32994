"""The scores table: one row for every decoded frame, as CSV."""

import csv
import io
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ..dedup import Decision
from ..files import part_path, publish, write_error
from ..frame import Frame

COLUMNS = (
    "frame",
    "time",
    "reference",
    "mse",
    "ssim",
    "local_ssim",
    "x",
    "y",
    "kept",
    "reason",
    "output_frame",
)
"""Columns of every table; `SOURCE_COLUMNS` follow where there are several inputs."""

SOURCE_COLUMNS = ("source", "source_frame", "source_time")

_FLUSH_SECONDS = 1.0
"""The file on disk is never further behind than this, as long as entries come."""


class ReportFile:
    """A text that is written entry by entry, into a part file until it is complete.

    Parameters
    ----------
    target
        The file to write.
    suffix
        Ending of the part file.
    head, tail
        What stands before the first entry and after the last.
    """

    def __init__(self, target: Path, suffix: str, *, head: str, tail: str = "") -> None:
        self.target = target
        self.part = part_path(target, suffix)
        self._head = head
        self._tail = tail
        self._keep = False

    def __enter__(self) -> Self:
        try:
            self._file: IO[str] = self.part.open(
                "x", encoding="utf-8", errors="surrogateescape", newline=""
            )
            self._file.write(self._head)
        except OSError as error:
            raise write_error(self.target, error) from error
        self._flushed = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
        except OSError as failure:
            if error is None:
                raise write_error(self.target, failure, self.part) from failure
        if not self._keep:
            self.part.unlink(missing_ok=True)

    def complete(self) -> None:
        """Write out what is still waiting."""
        self._keep = True
        try:
            self._file.write(self._tail)
            self._file.close()
        except OSError as error:
            raise write_error(self.target, error, self.part) from error

    def publish(self, *, force: bool) -> None:
        """Give the file its name, replacing one that has it if `force` is set."""
        publish(self.part, self.target, force=force)

    def _put(self, entry: str) -> None:
        """Write one entry."""
        self._keep = True
        try:
            self._file.write(entry)
            if time.monotonic() - self._flushed > _FLUSH_SECONDS:
                self._file.flush()
                self._flushed = time.monotonic()
        except OSError as error:
            raise write_error(self.target, error, self.part) from error


class ScoresCsv(ReportFile):
    """Writes the scores table row by row.

    Parameters
    ----------
    target
        The file to write.
    sources
        Names of the inputs; the columns that tell them apart are there if they are several.
    """

    def __init__(self, target: Path, sources: tuple[str, ...]) -> None:
        self._sources = sources if len(sources) > 1 else None
        columns = COLUMNS + (SOURCE_COLUMNS if self._sources else ())
        super().__init__(target, ".csv", head=csv_line(columns))

    def write(
        self, frame: Frame, decision: Decision, place: tuple[int, int] | None, output: int | None
    ) -> None:
        """Write the row of one frame.

        Parameters
        ----------
        frame, decision
            The frame and what was decided of it.
        place
            Where it differs most, in samples of the upright picture.
        output
            Its number in the condensed video, if it was kept.
        """
        x, y = (None, None) if place is None else place
        row = [
            frame.number,
            f"{float(frame.time):.6f}",
            decision.reference,
            _score(decision.mse),
            _score(decision.ssim),
            _score(decision.local_ssim),
            x,
            y,
            int(decision.kept),
            decision.reason.value,
            output,
        ]
        if self._sources is not None:
            row += [
                self._sources[frame.source],
                frame.source_number,
                f"{float(frame.source_time):.6f}",
            ]
        self._put(csv_line(row))


def csv_line(cells: Iterable[object]) -> str:
    """Return one line of CSV; None is an empty cell."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _score(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"
