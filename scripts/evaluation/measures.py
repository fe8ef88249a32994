"""How well a list of kept frames shows what happens in a clip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.labels import Interval, LabelledClip

NEAR_SECONDS = 0.25
"""A kept frame this near shows what a frame shows."""

MARGIN = 0.25
"""Frames kept within this many seconds of an event are not false, by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The measurements of one contender on one clip; None if the labels are missing."""

    frames: int
    kept: int
    events: int | None = None
    events_found: int | None = None
    """Events with at least one kept frame."""
    objects: int | None = None
    objects_found: int | None = None
    """Objects of whose interval, or near it, a frame was kept."""
    coverage: float | None = None
    """Share of the event frames that have a kept frame near."""
    longest_gap_seconds: float | None = None
    """The longest interval within an event without a kept frame."""
    false_keeps: float | None = None
    """Frames kept away from all events, as a share of the event-free frames."""

    @property
    def kept_share(self) -> float:
        """Share of all frames that were kept."""
        return self.kept / self.frames


def measure(
    kept: Sequence[int], frames: int, clip: LabelledClip, *, margin: float = MARGIN
) -> Measures:
    """Measure a list of kept frames.

    Parameters
    ----------
    kept
        Their numbers, ascending.
    frames
        How many frames the clip has.
    clip
        The labels.
    margin
        Frames that are kept within this many seconds of an event are not false: labels are not
        exact.
    """
    numbers = np.asarray(kept, np.int64)
    near = int(NEAR_SECONDS * clip.rate + 1e-9)
    objects = [_any_kept(numbers, first - near, last + near) for first, last in clip.objects]
    counted: dict[str, int] = {}
    if objects:
        counted = {"objects": len(objects), "objects_found": sum(objects)}
    if clip.events is None:
        return Measures(frames=frames, kept=len(kept), **counted)

    event = _mask(clip.events, frames)
    is_kept = np.zeros(frames, bool)
    is_kept[numbers] = True
    covered = _mask(((number - near, number + near) for number in kept), frames)
    reach = int(margin * clip.rate + 1e-9)
    beside = _mask(((first - reach, last + reach) for first, last in clip.events), frames)
    event_free = frames - int(event.sum())
    gaps = [_longest_run(~is_kept[first : last + 1]) for first, last in clip.events]
    return Measures(
        frames=frames,
        kept=len(kept),
        events=len(clip.events),
        events_found=sum(_any_kept(numbers, first, last) for first, last in clip.events),
        coverage=float(covered[event].mean()) if event.any() else None,
        longest_gap_seconds=max(gaps) / clip.rate if gaps else None,
        false_keeps=float((is_kept & ~beside).sum()) / event_free if event_free else None,
        **counted,
    )


def _any_kept(kept: NDArray[np.int64], first: int, last: int) -> bool:
    return bool(((kept >= first) & (kept <= last)).any())


def _mask(intervals: Iterable[Interval], frames: int) -> NDArray[np.bool_]:
    mask = np.zeros(frames, bool)
    for first, last in intervals:
        mask[max(first, 0) : last + 1] = True
    return mask


def _longest_run(mask: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))
