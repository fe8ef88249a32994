"""Condense a recording: keep the frames that show something new."""

import contextlib
import dataclasses
import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from ...errors import UsageError, printable
from ...extras import check_extra
from ...files import check_targets, fitting_name
from ...frame import VideoInfo, exact
from ...options import Areas, Grouping, Reading, Thresholds, Writing
from ...options.grouping import MAX_PAD
from ...remote import InputPath
from ...report.edl import check_edl
from ...video import Recording
from ...video.clips import check_clips
from ...video.codecs import check_container, check_encoder
from ...video.conform import even_size
from ...video.pictures import Pictures
from ...video.sound import check_sound
from ..header import header_of, options_of, summary_of
from ..identity import identity_of, interrupted_run
from ..judging import InputName, counted_part, input_paths, make_judge
from ..progress import Progress, ProgressTeller
from .beginning import beginning
from .checkpoint import Checkpoint
from .explain import Explainer, explained_files
from .flow import Flow
from .journal import Journal
from .outputs import Outputs
from .result import CondenseResult
from .tables import table_format
from .target import check_no_padding, chosen, with_threshold

OpenRecording: TypeAlias = Callable[[Sequence[InputPath], Reading], Recording]


def condense(
    inputs: InputName | Sequence[InputName],
    *,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    grouping: Grouping | None = None,
    reading: Reading | None = None,
    writing: Writing | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    open_recording: OpenRecording = Recording,
) -> CondenseResult:
    """Drop the near-identical frames of a recording and write the rest as a condensed video.

    Parameters
    ----------
    inputs
        A video file, or several: consecutive segments of one recording.
    thresholds
        The rule that decides which frames are kept.
    areas
        Which parts of the picture are looked at.
    grouping
        How changed frames form events, and what is kept around them.
    reading
        Which frames are looked at, and how they are decoded.
    writing
        Which files are written, and how.
    progress
        Called about ten times a second.
    should_stop
        Called before every frame; once it returns true, the run ends as if the recording did.
    open_recording
        Provides the frames if they are not decoded here.

    Returns
    -------
    CondenseResult
        Counts, events, files, and what was wrong with the input.

    Raises
    ------
    UsageError
        If an option is out of range, an output exists, is also an input or is being written by
        another run, or an interrupted run can't be resumed.
    InputError
        If an input can't be read as video.
    UnsafeInputError
        If an input is an address, a playlist or the like.
    OutputError
        If an output can't be written, or the codec is not available.

    Examples
    --------
    >>> result = condense("recording.mp4", thresholds=Thresholds(heartbeat=60))  # doctest: +SKIP
    >>> f"{result.kept} of {result.frames} frames"  # doctest: +SKIP
    '37 of 900 frames'
    """
    begun = time.monotonic()
    thresholds = thresholds or Thresholds()
    areas = areas or Areas()
    grouping = grouping or Grouping()
    reading = reading or Reading()
    writing = writing or Writing()
    paths = input_paths(inputs)
    files = _checked_files(paths, reading, writing)
    output = files.output
    if thresholds.has_target:
        _check_target(grouping, writing)
    if writing.timing == "speedup" and grouping.merge_gap > 2 * MAX_PAD:
        raise UsageError(
            f"--merge-gap is {grouping.merge_gap:g}, allowed with --timing speedup, which shows "
            f"events whole, are 0 to {2 * MAX_PAD} seconds"
        )
    with contextlib.ExitStack() as resources:
        state = None
        if output is not None:
            checkpoint = resources.enter_context(Checkpoint(output))
            # Another run may have written them until the lock was free.
            files.check_names(force=writing.force)
            asked = options_of(thresholds, areas, grouping, reading, writing)
            identity = identity_of(paths, areas.mask, asked)
            before = interrupted_run(checkpoint, identity, writing)
            if before is not None:
                state = before.state
                if thresholds.has_target and before.min_ssim is not None:
                    thresholds = with_threshold(thresholds, before.min_ssim)
        if thresholds.has_target:
            thresholds = chosen(
                paths, thresholds, areas, reading, progress=progress, should_stop=should_stop
            )
        if output is not None and state is None:
            checkpoint.begin({"run": identity, "min_ssim": thresholds.min_ssim})

        recording = resources.enter_context(open_recording(paths, reading))
        info = recording.info
        asked_pad = grouping.pad
        if writing.timing == "speedup":
            grouping = _with_whole_events(grouping, info)
        options = options_of(thresholds, areas, grouping, reading, writing)
        del options["resume"]  # it doesn't affect the result

        pictures = resources.enter_context(Pictures(paths, reading, info))
        counted = counted_part(areas, info)
        judge = make_judge(info, thresholds, counted, all_scores=writing.all_scores)
        if state is None:
            judge.learn(beginning(paths, reading, thresholds.learn_seconds))
        outputs = resources.enter_context(
            Outputs(
                info=info,
                paths=paths,
                output=output,
                scores=files.scores,
                explained=files.explained,
                grouping=grouping,
                reading=reading,
                writing=writing,
                picture=pictures.of,
                state=state,
            )
        )
        padded_by = "--pad" if grouping.pad == asked_pad else "--timing speedup"
        explainer = Explainer(
            outputs.explained, judge, info, counted, thresholds, grouping, padded_by=padded_by
        )
        journal = None
        if output is not None and not files.explained:
            journal = Journal(recording, judge, checkpoint, state, outputs.state)
        flow = Flow(
            journal or recording,
            journal or judge,
            grouping,
            reading,
            speedup=writing.speedup if writing.timing == "speedup" else None,
            heartbeat=thresholds.heartbeat,
            before=explainer.look if files.explained else None,
            video=outputs.video,
            on_frame=[*outputs.on_frame, explainer.add_frame],
            on_event=outputs.on_event,
        )
        stopped = flow.run(progress, should_stop if journal is None else journal.gate(should_stop))
        summary = summary_of(recording, flow, outputs.rows.totals, stopped=stopped)
        teller = ProgressTeller(progress, recording.duration)
        tell = functools.partial(teller.tell, flow.frames, flow.kept, flow.end - flow.begin)
        clips = outputs.publish(
            flow,
            header_of(recording, flow, summary, options),
            lambda share: tell(completed=share),
        )
        if output is not None:
            tell(completed=1.0, at_once=True)

    width, height = even_size(recording.info)
    return CondenseResult(
        output=output,
        scores=files.scores,
        events_file=writing.events,
        subtitles=writing.subtitles,
        edl=writing.edl,
        html=writing.html,
        sheet=writing.sheet,
        explained=tuple(explainer.explained),
        clips=clips,
        frames=flow.frames,
        kept=flow.kept,
        events=tuple(flow.events),
        beginnings=tuple(flow.beginnings),
        usual=float(judge.usual.mean()),
        min_ssim=1 - thresholds.max_dissimilarity,
        compared=flow.compared,
        prefiltered=flow.prefiltered,
        windows_decided=flow.windows_decided,
        duration=float(flow.end - flow.begin),
        elapsed=time.monotonic() - begun,
        width=width,
        height=height,
        no_sound=None if outputs.sound is None else outputs.sound.missing,
        faults=(
            *recording.fault_lines,
            *(outputs.sound.fault_lines if outputs.sound else ()),
            *outputs.missing_clips,
        ),
        lost_input=recording.lost_input,
        resumed=journal.resumed if journal is not None and writing.resume else None,
        stopped=stopped,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What a run reads and writes."""

    inputs: Sequence[InputPath]
    output: Path | None
    scores: Path | None
    explained: Mapping[int, Path]
    """The pictures that explain frames, by frame number."""
    reports: Sequence[Path]

    @property
    def local(self) -> list[Path]:
        """The inputs that are local files."""
        return [path for path in self.inputs if isinstance(path, Path)]

    def check_names(self, *, force: bool) -> None:
        """Raise `UsageError` if a file to be written exists, or is an input or another output."""
        named = (self.output, self.scores, *self.reports, *self.explained.values())
        check_targets([path for path in named if path], self.local, force=force)


def _checked_files(paths: Sequence[InputPath], reading: Reading, writing: Writing) -> _Files:
    """Return the files of a run, after all checks that need no look into an input."""
    output, scores = output_paths(paths, writing)
    files = _Files(
        inputs=paths,
        output=output,
        scores=scores,
        explained=explained_files(writing.explain, output, paths),
        reports=writing.reports,
    )
    files.check_names(force=writing.force)
    local = files.local
    if len(local) < len(paths) and (writing.clips or writing.edl or reading.hwaccel):
        raise UsageError("--clips, --edl and --hwaccel take local files alone; leave them out")
    if writing.edl is not None:
        check_edl(writing.edl)
    if writing.clips is not None:
        check_clips(writing.clips, local, force=writing.force)
    if writing.html is not None:
        check_extra("--html", "html")
    if scores is not None and table_format(scores) == "parquet":
        check_extra(f"--scores {printable(scores)}", "parquet")
    if output is not None:
        check_container(output, writing)
        check_encoder(writing.codec)
        if writing.audio == "cut":
            check_sound(output)
    return files


def output_paths(inputs: Sequence[InputPath], writing: Writing) -> tuple[Path | None, Path | None]:
    """Return where the condensed video and the scores table go."""
    if writing.dry_run:
        return None, writing.scores
    output = writing.output or Path(fitting_name(inputs[0].stem, ".condensed.mp4"))
    if writing.no_scores:
        return output, None
    return output, writing.scores or output.with_suffix(".csv")


def _with_whole_events(grouping: Grouping, info: VideoInfo) -> Grouping:
    """Return `grouping` with enough padding to reach from each change of an event to the next."""
    # Whole frames, or at 29.97 a second the one in the middle would be missing; in microseconds.
    frames = math.ceil((exact(grouping.merge_gap) or Fraction(0)) / 2 * info.rate)
    pad = min(math.ceil(frames / info.rate * 1_000_000) / 1_000_000, MAX_PAD)  # but for rounding
    return dataclasses.replace(grouping, pad=max(grouping.pad, pad))


def _check_target(grouping: Grouping, writing: Writing) -> None:
    check_no_padding(grouping)
    if writing.timing != "even":
        raise UsageError(
            f"--timing {writing.timing} shows more than the strongest changes; --target-duration "
            "and --target-ratio go with --timing even"
        )
