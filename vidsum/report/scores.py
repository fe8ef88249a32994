"""The scores table: one row for every decoded frame, as CSV."""

import csv
import time
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
"""The table on disk is never further behind than this."""


class ScoresCsv:
    """Writes the scores table row by row, into a part file until it is complete.

    Parameters
    ----------
    target
        The file to write.
    sources
        Names of the inputs; the columns that tell them apart are there if they are several.
    """

    def __init__(self, target: Path, sources: tuple[str, ...]) -> None:
        self.target = target
        self.part = part_path(target, ".csv")
        self._sources = sources if len(sources) > 1 else None
        self._rows = 0

    def __enter__(self) -> Self:
        try:
            self._file: IO[str] = self.part.open(
                "x", encoding="utf-8", errors="surrogateescape", newline=""
            )
            self._writer = csv.writer(self._file, lineterminator="\n")
            self._writer.writerow(COLUMNS + (SOURCE_COLUMNS if self._sources else ()))
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
        if not self._rows:
            self.part.unlink(missing_ok=True)

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
        try:
            self._writer.writerow(row)
            self._rows += 1
            if time.monotonic() - self._flushed > _FLUSH_SECONDS:
                self._file.flush()
                self._flushed = time.monotonic()
        except OSError as error:
            raise write_error(self.target, error, self.part) from error

    def complete(self) -> None:
        """Write out what is still waiting."""
        try:
            self._file.close()
        except OSError as error:
            raise write_error(self.target, error, self.part) from error

    def publish(self, *, force: bool) -> None:
        """Give the file its name, replacing one that has it if `force` is set."""
        publish(self.part, self.target, force=force)


def _score(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"
