"""Preview: a picture of what is looked at, and what is ignored."""

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...errors import InputError, printable
from ...files import check_targets, fitting_name
from ...frame import exact
from ...options import Areas, Picture, Reading, Thresholds
from ...video import Recording
from ...video.picture import areas_picture, check_picture_name, write_picture
from ..judging import counted_part, local_path, make_judge
from ..progress import Progress, ProgressTeller
from .beginning import beginning

_LOOK_SECONDS = Fraction(60)
"""Seconds of the recording that are looked at, unless an end is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult:
    """The result of a preview."""

    output: Path
    """The picture."""
    counted: float
    """Share of the picture that is looked at, 0 to 1."""
    usual: float
    """Share of the picture in which usual change is ignored, 0 to 1."""
    frames: int
    """Frames looked at."""
    faults: tuple[str, ...]
    """What was wrong inside the part of the input that was looked at, one line each."""
    lost_input: bool
    """Whether part of it was lost."""
    stopped: bool
    """Whether the run was told to stop before its end."""


def preview(
    input: str | os.PathLike[str],
    *,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    reading: Reading | None = None,
    picture: Picture | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PreviewResult:
    """Draw the areas that are looked at, and where change is usual, over the first frame.

    Parameters
    ----------
    input
        A video file.
    thresholds
        The rule, which determines what is usual.
    areas
        Which parts of the picture are looked at.
    reading
        Which frames are looked at; the first minute unless it has an end.
    picture
        Which file is written.
    progress
        Called about ten times a second.
    should_stop
        Called before every frame; once it returns true, the picture is drawn.

    Raises
    ------
    UsageError, InputError, UnsafeInputError, OutputError
        As for `condense`.
    """
    thresholds = thresholds or Thresholds()
    areas = areas or Areas()
    reading = reading or Reading()
    picture = picture or Picture()
    path = local_path(input)
    output = picture.output or Path(fitting_name(path.stem, ".areas.png"))
    check_picture_name(output)
    check_targets([output], [path], force=picture.force)
    if reading.end_seconds is None:
        start = exact(reading.start_seconds) or Fraction(0)
        reading = dataclasses.replace(reading, end=float(start + _LOOK_SECONDS))

    first = None
    frames = passed = 0
    stopped = False
    with Recording([path], reading) as recording:
        info = recording.info
        counted = counted_part(areas, info)
        judge = make_judge(info, thresholds, counted)
        judge.learn(beginning([path], reading, thresholds.learn_seconds))
        teller = ProgressTeller(progress, recording.duration)
        for frame in recording:
            if first is None:
                first = frame
            elif should_stop is not None and should_stop():
                stopped = True
                break
            if passed % reading.every == 0:
                judge.judge(frame)
                frames += 1
            passed += 1
            teller.tell(passed, 0, frame.time - first.time)
    if first is None:
        raise InputError(f"{printable(path)}: no frame was decoded")
    write_picture(
        output,
        areas_picture(first, info, counted=counted, usual=judge.usual),
        force=picture.force,
    )
    return PreviewResult(
        output=output,
        counted=1.0 if counted is None else float(counted.mean()),
        usual=float(judge.usual.mean()),
        frames=frames,
        faults=recording.fault_lines,
        lost_input=recording.lost_input,
        stopped=stopped,
    )
