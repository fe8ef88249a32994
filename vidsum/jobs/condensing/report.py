"""Report: the scores of every frame, as tables."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...dedup.against import SteadyJudge
from ...dedup.events import Event
from ...errors import UsageError, printable
from ...files import fitting_name
from ...frame import VideoInfo
from ...options import Areas, Grouping, Reading, Thresholds
from ...options.reporting import Comparing, ReportFiles
from ...video import Recording
from ..header import header_of, options_of, summary_of
from ..judging import counted_part, local_paths, make_judge
from ..progress import Progress
from .beginning import beginning
from .flow import Flow
from .reference import image_luma
from .tables import check_tables, open_rows
from .target import check_no_padding, chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """The result of a report."""

    files: tuple[Path, ...]
    """The tables that were written."""
    frames: int
    """Frames decoded, one row each."""
    kept: int
    """Rows marked as kept."""
    events: tuple[Event, ...]
    """The intervals in which something changed."""
    summary: dict[str, object]
    """The header's summary of all rows."""
    duration: float
    """Seconds of the recording that were decoded."""
    elapsed: float
    """Seconds that the run took."""
    faults: tuple[str, ...]
    """What was wrong inside the input, one line each."""
    lost_input: bool
    """Whether part of the input was lost."""
    stopped: bool
    """Whether the run was told to stop before the end; the tables hold what was seen so far."""


def report_scores(
    inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    comparing: Comparing | None = None,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    grouping: Grouping | None = None,
    reading: Reading | None = None,
    files: ReportFiles | None = None,
    stdout: BinaryIO | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> ReportResult:
    """Write all scores of every frame of a recording as tables.

    Parameters
    ----------
    inputs
        A video file, or several: consecutive segments of one recording.
    comparing
        What each frame is compared with.
    thresholds, areas, grouping, reading
        As for `condense`: the rule that decides what is marked as kept, and where to look.
    files
        The tables; without it, ./NAME.scores.csv.
    stdout
        Where a table called - is written to.
    progress, should_stop
        As for `condense`.

    Returns
    -------
    ReportResult
        Counts, events, files, and what was wrong with the input.

    Raises
    ------
    UsageError
        If an option is out of range, or an output exists or is also an input.
    InputError, UnsafeInputError
        If an input can't be read as video.
    OutputError
        If a table can't be written.

    Examples
    --------
    >>> result = report_scores("day.mp4", files=ReportFiles(parquet="day.parquet"))
    ... # doctest: +SKIP
    """
    begun = time.monotonic()
    comparing, areas = comparing or Comparing(), areas or Areas()
    grouping, reading = grouping or Grouping(), reading or Reading()
    thresholds = _rule(thresholds or Thresholds(), comparing, grouping)
    paths = local_paths(inputs)
    files = with_default(files or ReportFiles(), paths)
    if comparing.image is not None and not comparing.image.exists():
        raise UsageError(
            f"--against is {printable(comparing.against)}, allowed are kept, previous, first, and "
            "images; there is no such file"
        )
    read = [path for path in (*paths, comparing.image) if path is not None]
    check_tables(files, read, stdout)
    if thresholds.has_target:
        thresholds = chosen(
            paths, thresholds, areas, reading, progress=progress, should_stop=should_stop
        )
    options = options_of(thresholds, comparing, areas, grouping, reading)

    with contextlib.ExitStack() as resources:
        recording = resources.enter_context(Recording(paths, reading))
        counted = counted_part(areas, recording.info)
        if comparing.is_kept:
            judge = make_judge(recording.info, thresholds, counted, all_scores=True)
            judge.learn(beginning(paths, reading, thresholds.learn_seconds))
        else:
            judge = _steady(paths, comparing, thresholds, counted, recording.info, reading)
        rows = resources.enter_context(open_rows(files.named, paths, recording.info, stdout))
        flow = Flow(
            recording,
            judge,
            grouping,
            reading,
            heartbeat=thresholds.heartbeat,
            on_frame=[rows.add_frame],
            on_event=[rows.add_event],
        )
        stopped = flow.run(progress, should_stop)
        summary = summary_of(recording, flow, rows.totals, stopped=stopped)
        rows.finish(header_of(recording, flow, summary, options))
        rows.publish(force=files.force)
    return ReportResult(
        files=tuple(files.named.values()),
        frames=flow.frames,
        kept=flow.kept,
        events=tuple(flow.events),
        summary=summary,
        duration=float(flow.end - flow.begin),
        elapsed=time.monotonic() - begun,
        faults=recording.fault_lines,
        lost_input=recording.lost_input,
        stopped=stopped,
    )


def with_default(files: ReportFiles, paths: Sequence[Path]) -> ReportFiles:
    """Return `files`, with the default table if none is named."""
    if files.named:
        return files
    return dataclasses.replace(files, csv=Path(fitting_name(paths[0].stem, ".scores.csv")))


def _rule(thresholds: Thresholds, comparing: Comparing, grouping: Grouping) -> Thresholds:
    """Return the rule that applies, given what frames are compared with."""
    if comparing.is_kept:
        if thresholds.has_target:
            check_no_padding(grouping)
        return thresholds
    plain = Thresholds(preset=thresholds.preset, min_ssim=thresholds.min_ssim, pool=thresholds.pool)
    if dataclasses.replace(thresholds, no_prefilter=False) != plain:
        raise UsageError(
            f"--against {printable(comparing.against)} marks frames by --min-ssim and --pool "
            "alone; leave the other options of the rule out"
        )
    return dataclasses.replace(plain, preset="exact")


def _steady(
    paths: Sequence[Path],
    comparing: Comparing,
    thresholds: Thresholds,
    counted: NDArray[np.bool_] | None,
    info: VideoInfo,
    reading: Reading,
) -> SteadyJudge:
    picture = None
    if comparing.image is not None:
        # Only a frame shows the range and matrix of its samples.
        with Recording(paths[:1], dataclasses.replace(reading, start=None, end=None)) as look:
            picture = image_luma(comparing.image, info, next(iter(look)))
    return SteadyJudge(
        (info.height, info.width),
        thresholds,
        counted=counted,
        follows=comparing.against == "previous",
        picture=picture,
    )
