"""Runs all contenders on the labelled clips."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from evaluation import mpdecimate
from evaluation.labels import LabelledClip
from evaluation.measures import MARGIN, Measures, measure
from evaluation.rules import Rule, curve_thresholds, make_judge
from vidsum.jobs.condensing.beginning import beginning
from vidsum.options import Reading
from vidsum.video import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipResult:
    """What one contender did on one clip."""

    clip: LabelledClip
    contender: str
    threshold: float
    """The lowest SSIM that is dropped; for mpdecimate the factor of its thresholds."""
    is_default: bool
    """Whether the threshold is the contender's own, not one of its curve alone."""
    measures: Measures
    kept: list[int] = field(repr=False)
    """Numbers of the frames that were kept."""

    def as_json(self) -> dict[str, object]:
        """Return what a file of results holds of it."""
        return {
            "clip": self.clip.name,
            "contender": self.contender,
            "threshold": self.threshold,
            "is_default": self.is_default,
            **asdict(self.measures),
            "kept_share": self.measures.kept_share,
            "kept_frames": self.kept,
        }


def evaluate_clips(
    clips: Sequence[LabelledClip], rules: Sequence[Rule], *, margin: float = MARGIN
) -> Iterator[ClipResult]:
    """Yield the results of each rule and of mpdecimate, where there is an ffmpeg binary.

    A clip that has event-free stretches gets results for the whole curve of thresholds.
    """
    for clip in clips:
        print(f"judging {clip.name} ...", file=sys.stderr)
        yield from evaluate_clip(clip, rules, margin=margin)


def evaluate_clip(
    clip: LabelledClip, rules: Sequence[Rule], *, margin: float = MARGIN
) -> Iterator[ClipResult]:
    """Yield the results of each contender at each threshold."""
    has_curve = bool(clip.events) and measure([], clip.frames, clip).false_keeps is not None
    judged = [
        (rule, threshold)
        for rule in rules
        for threshold in (curve_thresholds(rule) if has_curve else [rule.min_ssim])
    ]
    factors = mpdecimate.FACTORS if has_curve else (1.0,)
    if not mpdecimate.is_there():
        factors = ()
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(mpdecimate.kept_frames, clip.path, factors) if factors else None
        frames, kept = judge_clip(clip.path, [rule.at(threshold) for rule, threshold in judged])
        kept_by_mpdecimate = beside.result() if beside else []
    if frames != clip.frames:
        print(
            f"{clip.name}: {frames} frames decoded, its labels speak of {clip.frames}",
            file=sys.stderr,
        )
    for (rule, threshold), numbers in zip(judged, kept, strict=True):
        yield ClipResult(
            clip=clip,
            contender=rule.label,
            threshold=threshold,
            is_default=threshold == rule.min_ssim,
            measures=measure(numbers, frames, clip, margin=margin),
            kept=numbers,
        )
    for factor, numbers in zip(factors, kept_by_mpdecimate, strict=True):
        yield ClipResult(
            clip=clip,
            contender=mpdecimate.NAME,
            threshold=factor,
            is_default=factor == 1,
            measures=measure(numbers, frames, clip, margin=margin),
            kept=numbers,
        )


def judge_clip(path: Path, rules: Sequence[Rule]) -> tuple[int, list[list[int]]]:
    """Return how many frames a clip has, and for each rule the numbers of those that it keeps."""
    kept: list[list[int]] = [[] for _ in rules]
    frames = 0
    with Recording([path], Reading()) as recording:
        shape = (recording.info.height, recording.info.width)
        judges = [make_judge(shape, rule) for rule in rules]
        for judge, rule in zip(judges, rules, strict=True):
            judge.learn(beginning([path], Reading(), rule.thresholds.learn_seconds))
        for frame in recording:
            frames = frame.number + 1
            for judge, numbers in zip(judges, kept, strict=True):
                if judge.judge(frame).kept:
                    numbers.append(frame.number)
    return frames, kept
