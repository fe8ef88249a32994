"""The threshold for a budget: the strongest changes that fit."""

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

from ...errors import UsageError
from ...frame import exact
from ...options import Areas, Grouping, Pool, Reading, Thresholds, parse_time
from ...remote import InputPath
from ...video import Recording
from ..judging import counted_part, make_judge
from ..progress import Progress, ProgressTeller
from .beginning import beginning

LADDERS: dict[Pool, tuple[float, ...]] = {
    "local": (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, -0.1, -0.2),
    "mean": (0.999, 0.998, 0.995, 0.99, 0.98, 0.97, 0.95, 0.92, 0.88, 0.8, 0.7, 0.5, 0.2),
}
"""The thresholds that are tried, all at once."""


def check_no_padding(grouping: Grouping) -> None:
    """Raise `UsageError` if frames would be added to those that fit the target."""
    if grouping.pad:
        raise UsageError(
            "--pad adds frames to those of --target-duration and --target-ratio; leave one out"
        )


def chosen(
    paths: Sequence[InputPath],
    thresholds: Thresholds,
    areas: Areas,
    reading: Reading,
    *,
    progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> Thresholds:
    """Return `thresholds` with the `min_ssim` that keeps as many frames as the target allows.

    Every frame is judged with each threshold of the ladder in one decode. If that is stopped, the
    frames seen so far decide, and the lowest threshold is taken if none fits.

    Raises
    ------
    UsageError
        If even the lowest threshold keeps more.
    """
    rules = [with_threshold(thresholds, min_ssim) for min_ssim in LADDERS[thresholds.pool]]
    kept = [0] * len(rules)
    frames = 0
    begin = None
    stopped = False
    with Recording(paths, reading) as recording:
        counted = counted_part(areas, recording.info)
        judges = [make_judge(recording.info, rule, counted) for rule in rules]
        looks = list(beginning(paths, reading, thresholds.learn_seconds))
        for judge in judges:
            judge.learn(looks)
        del looks
        teller = ProgressTeller(progress, recording.duration)
        for frame in recording:
            if should_stop is not None and frames and should_stop():
                stopped = True
                break
            begin = frame.time if begin is None else begin
            if frames % reading.every == 0:
                for index, judge in enumerate(judges):
                    kept[index] += judge.judge(frame).kept
            frames += 1
            teller.tell(frames, kept[len(kept) // 2], frame.time - begin)
        budget = _budget(thresholds, frames, recording.info.rate)
    fitting = [index for index, count in enumerate(kept) if count <= budget]
    if not fitting and stopped:
        return rules[-1]
    if not fitting:
        least = min(kept)
        raise UsageError(
            f"{_target(thresholds)} allows {budget} of the {frames} frames, but the lowest "
            f"threshold, --min-ssim {rules[-1].min_ssim}, keeps {least} "
            f"({float(least / recording.info.rate):.3f} s, {least / frames:.2%}); allow that many, "
            "or look away from what changes with --ignore"
        )
    best = max(fitting, key=lambda index: kept[index])
    return rules[best]


def with_threshold(thresholds: Thresholds, min_ssim: float) -> Thresholds:
    """Return `thresholds` with this threshold instead of the target."""
    return dataclasses.replace(
        thresholds, min_ssim=min_ssim, target_duration=None, target_ratio=None
    )


def _budget(thresholds: Thresholds, frames: int, rate: Fraction) -> int:
    """Return how many frames may be kept."""
    if thresholds.target_ratio is not None:
        return int((exact(thresholds.target_ratio) or 0) * frames)
    seconds = exact(parse_time("--target-duration", thresholds.target_duration))
    assert seconds is not None
    return int(seconds * rate)


def _target(thresholds: Thresholds) -> str:
    if thresholds.target_ratio is not None:
        return f"--target-ratio {thresholds.target_ratio}"
    return f"--target-duration {thresholds.target_duration}"
