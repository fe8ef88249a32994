"""Report: the scores of every frame, as tables."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..dedup import Decision, Judge, Reason
from ..dedup.against import SteadyJudge
from ..dedup.events import Event, EventBuilder, Selection
from ..errors import UsageError, printable
from ..files import fitting_name
from ..frame import Frame, VideoInfo
from ..options import Areas, Grouping, Reading, Thresholds
from ..options.reporting import Comparing, ReportFiles
from ..report.events import _values as event_values
from ..report.schema import columns_of, row_of, source_name
from ..report.totals import Totals
from ..video import Recording
from .beginning import beginning
from .judging import counted_part, local_path, make_judge
from .progress import Progress, ProgressTeller
from .reference import image_luma
from .tables import Tables, check_tables, open_tables
from .target import chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """What a report found."""

    files: tuple[Path, ...]
    """The tables that were written."""
    frames: int
    """Frames decoded, each a row."""
    kept: int
    """Rows that are marked as kept."""
    events: tuple[Event, ...]
    """The stretches in which something changed."""
    summary: dict[str, object]
    """What the header says of all rows."""
    duration: float
    """Seconds of the recording that were decoded."""
    elapsed: float
    """Seconds that the run took."""
    faults: tuple[str, ...]
    """What was wrong inside the input, a line each."""
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
    """Write the scores of every frame of a recording, all of them, as tables.

    Parameters
    ----------
    inputs
        A video file, or several: the segments of one recording in their order.
    comparing
        What each frame is compared with.
    thresholds, areas, grouping, reading
        As for `condense`: the rule that decides what is marked as kept, and where to look.
    files
        The tables; without it, ./NAME.scores.csv.
    stdout
        What a table called - is written to.
    progress, should_stop
        As for `condense`.

    Returns
    -------
    ReportResult
        Counts, events, files, and what was wrong with the input.

    Raises
    ------
    UsageError
        If an option is out of range, or an output exists or is an input.
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
    names = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    paths = [local_path(name) for name in names]
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
    options = _options(comparing, thresholds, areas, grouping, reading)

    with contextlib.ExitStack() as resources:
        recording = resources.enter_context(Recording(paths, reading))
        counted = counted_part(areas, recording.info)
        if comparing.is_kept:
            judge = make_judge(recording.info, thresholds, counted, all_scores=True)
            judge.learn(beginning(paths, reading, thresholds.learn_seconds))
        else:
            judge = _steady(paths, comparing, thresholds, counted, recording.info, reading)
        several = len(paths) > 1
        sources = [source_name(path) for path in paths] if several else None
        columns = columns_of(several=several)
        tables = resources.enter_context(open_tables(files, columns, stdout))
        run = _Run(recording, judge, tables, sources, grouping, reading)
        stopped = run.run(progress, should_stop)
        faults = recording.fault_lines
        summary = run.totals.summary() | {
            "seconds": round(float(run.end - run.begin), 6),
            "events": len(run.events),
            "complete": not stopped,
            "lost_input": recording.lost_input,
            "faults": list(faults),
        }
        header = {
            "input": _described(recording),
            "options": options,
            "summary": summary,
            "events": [event_values(event) for event in run.events],
        }
        tables.publish(header, force=files.force)
    return ReportResult(
        files=tuple(files.named.values()),
        frames=run.totals.frames,
        kept=run.totals.kept,
        events=tuple(run.events),
        summary=summary,
        duration=float(run.end - run.begin),
        elapsed=time.monotonic() - begun,
        faults=faults,
        lost_input=recording.lost_input,
        stopped=stopped,
    )


class _Run:
    """The flow of frames: recording → judge → selection → tables, events."""

    def __init__(
        self,
        recording: Recording,
        judge: Judge,
        tables: Tables,
        sources: Sequence[str] | None,
        grouping: Grouping,
        reading: Reading,
    ) -> None:
        self.totals = Totals()
        self.begin = self.end = Fraction(0)
        self.events: list[Event] = []
        self._recording = recording
        self._judge = judge
        self._tables = tables
        self._sources = sources
        self._every = reading.every
        gap, least = grouping.merge_gap, grouping.min_event
        self._selection = Selection(pad=grouping.pad, merge_gap=gap, min_event=least)
        self._builder = EventBuilder(merge_gap=gap, min_event=least)

    def run(
        self,
        progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> bool:
        """Take every frame, and return whether the run was told to stop."""
        teller = ProgressTeller(progress, self._recording.duration)
        stopped = False
        for count, frame in enumerate(self._recording):
            if count and should_stop is not None and should_stop():
                stopped = True
                break
            if not count:
                self.begin = frame.time
            skipped = count % self._every != 0
            decision = Decision(reason=Reason.SKIPPED) if skipped else self._judge.judge(frame)
            self.end = frame.time + frame.duration
            self._write(self._selection.take(frame, decision))
            teller.tell(count + 1, self.totals.kept, self.end - self.begin)
        self._write(self._selection.flush())
        self._note(self._builder.finish())
        return stopped

    def _write(self, released: Sequence[tuple[Frame, Decision]]) -> None:
        info = self._recording.info
        for frame, decision in released:
            place = decision.place and info.upright(*decision.place)
            row = row_of(frame, decision, place, None, self._sources)
            self.totals.add(row)
            self._tables.add(row)
            box = decision.box and info.upright_box(*decision.box)
            self._note(self._builder.add(frame, decision, box=box))

    def _note(self, event: Event | None) -> None:
        if event is not None:
            self.events.append(event)


def with_default(files: ReportFiles, paths: Sequence[Path]) -> ReportFiles:
    """Return `files`, with the default table if none is named."""
    if not paths:
        raise UsageError("no input: name at least one video file")
    if files.named:
        return files
    return dataclasses.replace(files, csv=Path(fitting_name(paths[0].stem, ".scores.csv")))


def _rule(thresholds: Thresholds, comparing: Comparing, grouping: Grouping) -> Thresholds:
    """Return the rule that goes with what frames are compared with."""
    if comparing.is_kept:
        if thresholds.has_target and grouping.pad:
            raise UsageError(
                "--pad adds frames to those of --target-duration and --target-ratio; leave one out"
            )
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
        # Only a frame tells the range and matrix of its samples.
        with Recording(paths[:1], dataclasses.replace(reading, start=None, end=None)) as look:
            picture = image_luma(comparing.image, info, next(iter(look)))
    return SteadyJudge(
        (info.height, info.width),
        thresholds,
        counted=counted,
        follows=comparing.against == "previous",
        picture=picture,
    )


def _described(recording: Recording) -> dict[str, object]:
    """Return what the header says of the input."""
    info = recording.info
    width, height = info.upright_size
    return {
        "files": [source_name(path) for path in recording.paths],
        "width": width,
        "height": height,
        "rotation": info.rotation,
        "frames_per_second": round(float(info.rate), 6),
        "codec": info.codec,
        "pixel_format": info.pixel_format,
    }


def _options(comparing: Comparing, thresholds: Thresholds, *groups: Any) -> dict[str, object]:
    """Return the options that have a value, those of the preset included."""
    values: dict[str, object] = {}
    for group in (comparing, thresholds, *groups):
        values |= {field.name: getattr(group, field.name) for field in dataclasses.fields(group)}
    values |= thresholds.resolved
    return dict(_plain(values))


def _plain(values: dict[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if value is not None and value != ():
            is_name = isinstance(value, Path) or name == "against"
            yield name, printable(value) if is_name else value
