"""Condense a recording: keep the frames that show something new."""

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..dedup import Decision, Judge, Reason
from ..errors import OutputError, UnsafeInputError, UsageError, printable
from ..files import check_targets, fitting_name
from ..frame import Frame
from ..options import Reading, Thresholds, Writing
from ..report.scores import ScoresCsv
from ..video import CondensedVideo, Recording
from ..video.codecs import check_container, check_encoder
from ..video.faults import clock
from ..video.opening import is_address

_REPORT_SECONDS = 0.1
"""Progress is told this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job has come."""

    frames: int
    kept: int
    time: float
    """Seconds of the recording that have been looked at."""
    duration: float | None
    """Seconds of the recording in all, as its header says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CondenseResult:
    """What a run did."""

    output: Path
    scores: Path | None
    frames: int
    """Frames decoded."""
    kept: int
    """Frames kept, all of them in the output."""
    compared: int
    """Frames compared with a kept one."""
    prefiltered: int
    """Frames of those that the squared error alone decided."""
    windows_decided: float
    """Share of the windows compared that the squared error alone decided, 0 to 1."""
    duration: float
    """Seconds of the recording that were decoded."""
    elapsed: float
    """Seconds that the run took."""
    width: int
    """Width of the output in pixels."""
    height: int
    """Height of the output in pixels."""
    faults: tuple[str, ...]
    """What was wrong inside the input, a line each."""
    lost_input: bool
    """Whether part of the input was lost."""
    stopped: bool
    """Whether the run was told to stop before the end; the output holds what was kept so far."""


def condense(
    inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    thresholds: Thresholds | None = None,
    reading: Reading | None = None,
    writing: Writing | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CondenseResult:
    """Drop the near-identical frames of a recording and write the rest as a condensed video.

    Parameters
    ----------
    inputs
        A video file, or several: the segments of one recording in their order.
    thresholds
        The rule that decides which frames are kept.
    reading
        Which frames are looked at, and how they are decoded.
    writing
        Which files are written, and how.
    progress
        Is called about ten times a second.
    should_stop
        Is asked before every frame; once it returns true, the run ends as if the recording did.

    Returns
    -------
    CondenseResult
        Counts, files, and what was wrong with the input.

    Raises
    ------
    UsageError
        If an option is out of range, or an output exists or is an input.
    InputError
        If an input can't be read as video.
    UnsafeInputError
        If an input is an address, a playlist or the like.
    OutputError
        If an output can't be written, or the codec is not there.

    Examples
    --------
    >>> result = condense("recording.mp4", thresholds=Thresholds(heartbeat=60))  # doctest: +SKIP
    >>> f"{result.kept} of {result.frames} frames"  # doctest: +SKIP
    '37 of 900 frames'
    """
    begun = time.monotonic()
    thresholds = thresholds or Thresholds()
    reading = reading or Reading()
    writing = writing or Writing()
    names = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    paths = [_local(name) for name in names]
    output, scores = output_paths(paths, writing)
    check_container(output, writing)
    check_targets([output, scores] if scores else [output], paths, force=writing.force)
    check_encoder(writing.codec)

    with contextlib.ExitStack() as resources:
        recording = resources.enter_context(Recording(paths, reading))
        video = resources.enter_context(CondensedVideo(output, recording.info, writing))
        table = (
            resources.enter_context(ScoresCsv(scores, tuple(os.fspath(path) for path in paths)))
            if scores
            else None
        )
        run = _Run(recording, video, table, thresholds, reading, writing)
        stopped = run.flow(progress, should_stop)
        # Both are complete before one of them gets its name.
        video.complete(run.end)
        if table is not None:
            table.complete()
        video.publish(force=writing.force)
        if table is not None:
            table.publish(force=writing.force)

    width, height = video.size
    return CondenseResult(
        output=output,
        scores=scores,
        frames=run.frames,
        kept=video.frames,
        compared=run.compared,
        prefiltered=run.prefiltered,
        windows_decided=run.windows_decided,
        duration=float(run.end - run.begin),
        elapsed=time.monotonic() - begun,
        width=width,
        height=height,
        faults=recording.fault_lines,
        lost_input=recording.lost_input,
        stopped=stopped,
    )


def output_paths(inputs: Sequence[Path], writing: Writing) -> tuple[Path, Path | None]:
    """Return where the condensed video and the scores table go."""
    if not inputs:
        raise UsageError("no input: name at least one video file")
    output = writing.output or Path(fitting_name(inputs[0].stem, ".condensed.mp4"))
    if writing.no_scores:
        return output, None
    return output, writing.scores or output.with_suffix(".csv")


class _Run:
    """The flow of frames through one run, and its counts."""

    def __init__(
        self,
        recording: Recording,
        video: CondensedVideo,
        table: ScoresCsv | None,
        thresholds: Thresholds,
        reading: Reading,
        writing: Writing,
    ) -> None:
        self.frames = self.compared = self.prefiltered = self._doubtful = 0
        self.begin = self.end = Fraction(0)
        self._recording = recording
        self._video = video
        self._table = table
        self._every = reading.every
        info = recording.info
        self._judge = Judge((info.height, info.width), thresholds, all_scores=writing.all_scores)

    def flow(
        self,
        progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> bool:
        """Decide on every frame, and return whether the run was told to stop."""
        duration = self._recording.duration
        told = time.monotonic()
        for frame in self._recording:
            if should_stop is not None and self.frames and should_stop():
                return True
            try:
                self._take(frame)
            except OutputError as error:
                # The encoder is a little behind: what it met, it met before this frame.
                place = f"before frame {frame.number} ({clock(frame.time)})"
                raise OutputError(f"{error}; it happened {place}") from error
            if progress is not None and time.monotonic() - told > _REPORT_SECONDS:
                told = time.monotonic()
                progress(self._progress(duration))
        if progress is not None:
            progress(self._progress(duration))
        return False

    def _take(self, frame: Frame) -> None:
        if not self.frames:
            self.begin = frame.time
        skipped = self.frames % self._every != 0
        decision = Decision(reason=Reason.SKIPPED) if skipped else self._judge.judge(frame)
        self.frames += 1
        self.end = frame.time + frame.duration
        self.compared += decision.reference is not None
        self.prefiltered += decision.prefiltered
        self._doubtful += decision.doubtful
        output = self._video.write(frame) if decision.kept else None
        if self._table is not None:
            place = decision.place and self._recording.info.upright(*decision.place)
            self._table.write(frame, decision, place, output)

    @property
    def windows_decided(self) -> float:
        """Share of the windows compared that the squared error alone decided."""
        return 1 - self._doubtful / max(1, self.compared * self._judge.windows)

    def _progress(self, duration: Fraction | None) -> Progress:
        return Progress(
            frames=self.frames,
            kept=self._video.frames,
            time=float(self.end - self.begin),
            duration=None if duration is None else float(duration),
        )


def _local(name: str | os.PathLike[str]) -> Path:
    if isinstance(name, str) and is_address(name):
        raise UnsafeInputError(
            f"{printable(name)}: inputs are local files; addresses and protocols are not opened"
        )
    return Path(name)
