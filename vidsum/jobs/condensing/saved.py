"""Saved tables of scores: into other formats, and what another threshold would keep."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...errors import UsageError, printable
from ...options import Pool
from ...options.reporting import ReportFiles
from ...report.estimate import Estimate, threshold_of
from ...report.saved import SUFFIXES, SavedTable
from ...report.totals import Totals
from .tables import check_tables, open_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertResult:
    """The result of converting a saved table."""

    files: tuple[Path, ...]
    """The tables that were written."""
    frames: int
    """Rows that were read."""
    kept: int
    """Rows marked as kept."""
    summary: dict[str, object]
    """The header's summary of all rows."""
    elapsed: float
    """Seconds that the run took."""


def convert_scores(
    table: str | os.PathLike[str],
    files: ReportFiles | None = None,
    *,
    stdout: BinaryIO | None = None,
) -> ConvertResult:
    """Write a saved table of scores in other formats; without any, count its rows.

    Parameters
    ----------
    table
        A file with the ending .csv, .json, .jsonl or .parquet.
    files
        The tables to write.
    stdout
        Where a table called - is written to.

    Returns
    -------
    ConvertResult
        The files written and a summary of the table.

    Raises
    ------
    UsageError
        If an output exists or is the input.
    InputError
        If the file is not a table of scores.
    OutputError
        If a table can't be written.
    """
    begun = time.monotonic()
    path, files = table_path(table), files or ReportFiles()
    check_tables(files, [path], stdout)
    totals = Totals()
    with (
        SavedTable(path) as saved,
        open_tables(files.named, saved.columns, stdout, title=path.name) as tables,
    ):
        for row in saved:
            totals.add(row)
            tables.add(row)
        summary = totals.summary()
        told = saved.header.get("summary")
        header = saved.header | {"summary": (told if isinstance(told, dict) else {}) | summary}
        tables.finish(header)
        tables.publish(force=files.force)
    return ConvertResult(
        files=tuple(files.named.values()),
        frames=totals.frames,
        kept=totals.kept,
        summary=summary,
        elapsed=time.monotonic() - begun,
    )


def estimate_scores(
    table: str | os.PathLike[str], *, min_ssim: float, pool: Pool = "local"
) -> Estimate:
    """Estimate what another threshold would keep, from a saved table of scores.

    Frames are compared with the last kept one: if other frames were kept, it would be another one.
    That makes this an estimate, unless the table was made against something else
    (`Estimate.is_exact`).

    Parameters
    ----------
    table
        A file with the ending .csv, .json, .jsonl or .parquet.
    min_ssim
        The other threshold.
    pool
        Which SSIM decides.

    Returns
    -------
    Estimate
        Which frames would be kept in addition, and which no longer.

    Raises
    ------
    InputError
        If the file is not a table of scores.
    UsageError
        If its header says that the other SSIM decided.
    """
    path, score = table_path(table), "ssim" if pool == "mean" else "local_ssim"
    with SavedTable(path) as saved:
        before = threshold_of(saved.header, saved, score)
        options = saved.header.get("options")
    decided = options.get("pool", pool) if isinstance(options, dict) else pool
    if decided != pool:
        raise UsageError(
            f"{printable(path)}: its frames were decided on with --pool {printable(decided)}; say "
            "so beside --min-ssim"
        )
    estimate = Estimate(min_ssim, before, score)
    with SavedTable(path) as saved:
        for row in saved:
            estimate.add(row)
    return estimate


def is_table(name: str | os.PathLike[str]) -> bool:
    """Return whether a file is a table, by its extension."""
    return Path(name).suffix.lower() in SUFFIXES


def table_path(table: str | os.PathLike[str]) -> Path:
    """Return the path of a saved table; raise `UsageError` for another extension."""
    if not is_table(table):
        raise UsageError(
            f"{printable(table)}: names no table of scores; end the name with {', '.join(SUFFIXES)}"
        )
    return Path(table)
