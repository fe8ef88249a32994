"""`vidsum report`."""

from pathlib import Path

from ..errors import UsageError, printable
from ..options import Areas, Grouping, Reading, Thresholds
from ..options.reporting import Comparing, ReportFiles
from .flat import (
    FlatAreas,
    FlatComparing,
    FlatGrouping,
    FlatReading,
    FlatReportFiles,
    FlatTerminal,
    FlatThresholds,
)
from .startup import load
from .stdout import stdout_for
from .terminal import Session, Terminal, job, print_out


def report(
    inputs: list[str],
    /,
    *,
    comparing: FlatComparing = None,
    files: FlatReportFiles = None,
    thresholds: FlatThresholds = None,
    areas: FlatAreas = None,
    grouping: FlatGrouping = None,
    reading: FlatReading = None,
    terminal: FlatTerminal = None,
) -> int:
    """Write all scores of every frame as tables, and no video.

    The rows are those of the table of `vidsum condense` with the same options, with every score
    computed; `vidsum schema` describes them. From a saved table (.csv, .json, .jsonl, .parquet),
    writes the other formats without decoding anything again, or, with --min-ssim, shows what that
    threshold would change.

    Parameters
    ----------
    inputs
        The video files, consecutive segments of one recording; or one saved table.
    """
    terminal = terminal or Terminal()
    files = files or ReportFiles()
    with job(terminal) as session:
        load()
        from ..report.saved import SUFFIXES

        tables = [name for name in inputs if Path(name).suffix.lower() in SUFFIXES]
        if tables:
            if len(inputs) > 1:
                raise UsageError(f"{printable(tables[0])}: a saved table is reported alone")
            given = (comparing, areas, grouping, reading)
            _check_alone(thresholds, *given)
            _saved(session, tables[0], files, thresholds)
            return session.exit_code
        from ..jobs.condensing.report import report_scores
        from .summary import report_summary

        with stdout_for(files.named) as stdout:
            result = report_scores(
                inputs,
                comparing=comparing,
                thresholds=thresholds,
                areas=areas,
                grouping=grouping,
                reading=reading,
                files=files,
                stdout=stdout,
                progress=session.progress,
                should_stop=session.should_stop,
            )
        session.end_progress()
        session.tell(report_summary(inputs, result))
        session.tell_files(result.files)
        for line in result.faults:
            session.warn(line)
        session.finish(lost_input=result.lost_input, stopped=result.stopped)
    return session.exit_code


def _saved(session: Session, table: str, files: ReportFiles, thresholds: Thresholds | None) -> None:
    """Convert a saved table, or show what another threshold would change."""
    from ..jobs.condensing.saved import convert_scores, estimate_scores
    from .summary import saved_summary

    if thresholds is not None and thresholds.min_ssim is not None:
        if files.named:
            raise UsageError(
                "--min-ssim on a saved table tells what it would change and writes no table; leave "
                f"--{next(iter(files.named))} out, or report the video"
            )
        estimate = estimate_scores(table, min_ssim=thresholds.min_ssim, pool=thresholds.pool)
        print_out(estimate.text())
        return
    with stdout_for(files.named) as stdout:
        result = convert_scores(table, files, stdout=stdout)
    session.tell(saved_summary(table, result))
    session.tell_files(result.files)


def _check_alone(
    thresholds: Thresholds | None,
    comparing: Comparing | None,
    areas: Areas | None,
    grouping: Grouping | None,
    reading: Reading | None,
) -> None:
    """Raise `UsageError` for options that don't apply to a saved table."""
    rule = thresholds or Thresholds()
    used = Thresholds(
        min_ssim=rule.min_ssim, pool=rule.pool if rule.min_ssim is not None else "local"
    )
    groups = (
        (rule, used),
        (comparing, Comparing()),
        (areas, Areas()),
        (grouping, Grouping()),
        (reading, Reading()),
    )
    if any(group is not None and group != default for group, default in groups):
        raise UsageError(
            "a saved table is not compared again: only --min-ssim, with --pool, and the names of "
            "tables go with it"
        )
