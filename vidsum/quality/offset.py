"""How far one video is shifted in time against another, from what changes in both.

At each possible offset the pictures that coincide are compared. What never changes, a logo or a
darker copy, says nothing about time, so each cell of the signatures is taken relative to its own
mean over the common interval. The offset at which the changes correlate best is returned, if it is
clearly better than every other; where the picture hardly changes none is, and the confidence says
so.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .signature import SIDE, resemblance

_MIN_OVERLAP = 2.0
"""Seconds that two videos must have in common, or half of the shorter one."""

_MIN_CHANGE = 0.002
"""Variance over time, in squared levels a cell, below which a picture counts as still."""

_BLOCK_SECONDS = 0.5
"""Differences of frames closer than this are not independent of each other."""

_MAX_RIVALS = 8
"""How many of the best offsets are compared using all cells."""

_SHORTEST_STEP = 1e-3
"""Minimum seconds between lags: frames in damaged files may be closer than in any real video."""

_MIN_FRAMES = 8
"""With fewer frames, or intervals of them, nothing can be said about how they vary."""

_NEAR_FRAMES = 3.5
"""Frames around the best offset within which the next best is expected."""

_SURE_ERRORS = 3.0
"""An advantage of this many standard errors gives a confidence of 0.68, of twice as many 0.95."""

_CONFIDENT = 0.68

CORRELATED = 0.4
"""The changes of copies correlate by 0.65 and more. If they do by less than this at the best
offset, the right one is another that was not examined: being better than the rest means nothing.
"""

_ALIKE = 0.6
"""Copies of the same pictures correlate by 0.95 and more, other pictures by 0.3 at most."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """An interval of a video as signatures."""

    times: NDArray[np.float64]
    """Presentation times in seconds, increasing; shape (frames,)."""
    signatures: NDArray[np.float32]
    """One row per frame, shape (frames, 1024)."""
    step: float = field(init=False)
    """Usual seconds from one frame to the next."""

    def __post_init__(self) -> None:
        step = float(np.median(np.diff(self.times))) if self.times.size > 1 else 0.0
        object.__setattr__(self, "step", step)

    def __repr__(self) -> str:
        return f"Looks({self.times.size} frames)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A shift in time between a reference and its copy."""

    seconds: float
    """Time in the distorted video minus time in the reference, for the same picture."""
    confidence: float
    """How clearly the changes of both coincide here and nowhere else, 0 to 1."""
    resemblance: float | None
    """Correlation, -1 to 1, that at least a quarter of the pictures that coincide reach; None if
    all are black."""

    @property
    def ambiguous(self) -> bool:
        """Whether another offset would do as well."""
        return self.confidence < _CONFIDENT

    @property
    def looks_alike(self) -> bool:
        """Whether the pictures that coincide may show the same."""
        return self.resemblance is None or self.resemblance >= _ALIKE


def find_offset(reference: Looks, distorted: Looks, max_offset: float) -> Offset | None:
    """Return the offset at which `distorted` shows what `reference` does.

    Parameters
    ----------
    reference, distorted
        Intervals of both videos.
    max_offset
        The largest shift considered, in seconds, in both directions.

    Returns
    -------
    Offset or None
        None if they have nothing in common in time. If the changes don't decide, the offset nearest
        to 0, with a low confidence.
    """
    if not reference.times.size or not distorted.times.size:
        return None
    steps = [step for step in (reference.step, distorted.step) if step]
    if not steps:
        return _only_pictures(reference, distorted)
    lags = _lags(min(steps), max_offset)
    coarse = [_coarse(looks.signatures) for looks in (reference, distorted)]
    shortest = _shortest_overlap(reference, distorted)
    found = []
    for lag in lags:
        here, there = _coincident(reference, distorted, lag)
        if here.size and here.size * reference.step >= shortest:
            found.append((lag, correlation(coarse[0][here], coarse[1][there]) or 0.0))
    if not found:
        return None
    best, coincidence = max(found, key=lambda one: (one[1], -abs(one[0])))
    # The nearest to 0 among equals: noise alone must not cause a shift.
    nearest = min(found, key=lambda one: abs(one[0]))[0]
    step = min(steps)
    near = [lag for lag, _ in found if abs(lag - best) < _NEAR_FRAMES * step]
    best = _best_of(near, reference, distorted)
    rivals = [lag for lag, _ in sorted(found, key=lambda one: -one[1])[:_MAX_RIVALS]]
    peaks = [
        lag
        for (_, before), (lag, value), (_, behind) in zip(found, found[1:], found[2:], strict=False)
        if before < value > behind
    ]

    errors = _errors(reference, distorted, best)
    can_tell = len(errors) >= _MIN_FRAMES and coincidence >= CORRELATED

    def advantage(others: Iterable[float]) -> float:
        if not can_tell:
            return 0.0
        apart = (lag for lag in others if abs(lag - best) > 0.5 * step)
        gains = (
            _advantage(errors, _errors(reference, distorted, lag), reference.step) for lag in apart
        )
        known = [gain for gain in gains if gain is not None]
        return max(min(known, default=math.inf), 0.0)

    elsewhere = advantage(
        lag for lag in (*rivals, nearest) if abs(lag - best) >= _NEAR_FRAMES * step
    )
    sure = min(elsewhere, advantage(near))
    confidence = math.erf(sure / (_SURE_ERRORS * math.sqrt(2)))
    if min(elsewhere, advantage([nearest])) < _SURE_ERRORS:
        # In a repeating scene, the nearest may show something else.
        equals = (lag for lag in (nearest, *peaks) if advantage([lag]) < _SURE_ERRORS)
        best = min((best, *equals), key=abs)
    here, there = _coincident(reference, distorted, best)
    exact = float(np.median(distorted.times[there] - reference.times[here]))
    return Offset(
        seconds=exact,
        confidence=confidence,
        resemblance=_resemblance(reference.signatures[here], distorted.signatures[there]),
    )


def _lags(step: float, max_offset: float) -> list[float]:
    step = max(step, _SHORTEST_STEP)
    count = math.floor(max_offset / step + 1e-9)
    return [k * step for k in range(-count, count + 1)]


def _shortest_overlap(reference: Looks, distorted: Looks) -> float:
    lengths = [looks.times[-1] - looks.times[0] + looks.step for looks in (reference, distorted)]
    return min(_MIN_OVERLAP, 0.5 * float(min(lengths)))


def _coarse(signatures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return signatures of 16x16 cells, which are enough for the search."""
    cells = signatures.reshape(-1, SIDE // 2, 2, SIDE // 2, 2)
    out: NDArray[np.float32] = cells.mean(axis=(2, 4)).reshape(len(signatures), -1)
    return out


def _coincident(
    reference: Looks, distorted: Looks, lag: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which frames coincide if the distorted video is `lag` seconds late."""
    wanted = reference.times + lag
    times = distorted.times
    right = np.clip(np.searchsorted(times, wanted), 1, max(times.size - 1, 1))
    left = right - 1
    right = np.minimum(right, times.size - 1)
    nearest = np.where(wanted - times[left] <= times[right] - wanted, left, right)
    tolerance = 0.51 * max(reference.step, distorted.step)
    here = np.flatnonzero(np.abs(times[nearest] - wanted) <= tolerance)
    return here, nearest[here]


def correlation(
    one: NDArray[np.float32], other: NDArray[np.float32], *, least: float = _MIN_CHANGE
) -> float | None:
    """Return the correlation of the changes in two intervals of equal length, -1 to 1.

    None if the variance over time of one of them, in squared levels a cell, is below `least`.
    """
    one, other = (one - one.mean(axis=0)).ravel(), (other - other.mean(axis=0)).ravel()
    power, other_power = float(one @ one), float(other @ other)
    if min(power, other_power) < least * one.size:
        return None
    return float(one @ other) / math.sqrt(power * other_power)


def _errors(reference: Looks, distorted: Looks, lag: float) -> dict[int, float]:
    """Return the squared difference of the changes, by frame number of the reference."""
    here, there = _coincident(reference, distorted, lag)
    one, other = reference.signatures[here], distorted.signatures[there]
    difference = (one - one.mean(axis=0)) - (other - other.mean(axis=0))
    squared = np.einsum("ij,ij->i", difference, difference)
    return dict(zip(here.tolist(), squared.tolist(), strict=True))


def _best_of(lags: Iterable[float], reference: Looks, distorted: Looks) -> float:
    """Return the lag with the least mean difference, using all cells."""

    def mean_error(lag: float) -> tuple[float, float]:
        errors = _errors(reference, distorted, lag)
        return sum(errors.values()) / len(errors), abs(lag)

    return min(lags, key=mean_error)


def _advantage(errors: dict[int, float], others: dict[int, float], step: float) -> float | None:
    """Return by how many standard errors the pictures agree better at one lag than at another.

    `errors` are those at the one, `others` those at the other, for frames `step` seconds apart.
    None if too few frames of the reference have a partner at one of them.
    """
    common = sorted(errors.keys() & others.keys())
    if len(common) < _MIN_FRAMES:
        return _advantage_elsewhere(*(np.array(list(found.values())) for found in (errors, others)))
    gains = np.array([others[number] - errors[number] for number in common])
    # A damaged frame is noise: it resembles none at either of them.
    least = np.array([min(others[number], errors[number]) for number in common])
    usual = float(np.median(least)) + 1e-3 * SIDE * SIDE
    gains *= 2 * usual / (usual + np.maximum(least, usual))
    size = max(min(round(_BLOCK_SECONDS / step), gains.size // _MIN_FRAMES), 1)
    blocks = np.add.reduceat(gains, np.arange(0, gains.size, size))
    # Where little happens most blocks are noise, whatever the few others show: their median gives
    # its size.
    spread = 1.4826 * float(np.median(np.abs(blocks - np.median(blocks))))
    floor = 1e-3 * SIDE * SIDE * size
    return float(blocks.sum()) / ((spread + floor) * math.sqrt(blocks.size))


def _advantage_elsewhere(errors: NDArray[np.float64], others: NDArray[np.float64]) -> float | None:
    """Return the same for two lags that have too few frames of the reference in common."""
    if min(errors.size, others.size) < _MIN_FRAMES:
        return None
    variances = errors.var() / errors.size + others.var() / others.size
    floor = (1e-3 * SIDE * SIDE) ** 2
    return float((others.mean() - errors.mean()) / math.sqrt(variances + floor))


def _resemblance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    pairs = zip(one, other, strict=True)
    known = [value for pair in pairs if (value := resemblance(*pair)) is not None]
    # A longer piece may be missing: then the others coincide with arbitrary frames.
    return float(np.quantile(known, 0.75)) if known else None


def _only_pictures(reference: Looks, distorted: Looks) -> Offset:
    """Return what can be concluded from two single pictures."""
    alike = _resemblance(reference.signatures[:1], distorted.signatures[:1])
    return Offset(seconds=0.0, confidence=0.0, resemblance=alike)
