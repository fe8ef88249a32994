"""One number for a whole video from the scores of its pairs."""

import math
from array import array
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..metrics.mse import decibels
from .scores import is_psnr, lower_is_better

POOLINGS = (
    "mean",
    "overall",
    "harmonic_mean",
    "min",
    "max",
    *("p1", "p5", "p10", "p50"),
    "worst_second",
)
"""How a score may be pooled; `overall` applies to PSNRs only."""

_PERCENTS = (1, 5, 10, 50)

_SECOND = 10**9
"""Nanoseconds; times a second apart stay so when rounded to them."""

_ROUNDING = 1e-9
"""Possible error of differences of sums, as a share of the largest score."""

_Scores: TypeAlias = NDArray[np.float64]

Pooled: TypeAlias = dict[str, dict[str, float | None]]
"""By score, then by pooling; None for infinite or undefined values."""


class Pool:
    """Collects the scores of pairs, 8 bytes each, and pools them.

    Parameters
    ----------
    peak
        The largest sample, from which PSNR was computed: 255, 1023, ...
    psnr_cap
        The limit applied to PSNR, in dB; None for no limit.
    """

    def __init__(self, *, peak: int, psnr_cap: float | None = None) -> None:
        self._peak = peak
        self._cap = math.inf if psnr_cap is None else psnr_cap
        self._times = array("q")
        self._scores: dict[str, array[float]] = {}

    def __len__(self) -> int:
        return len(self._times)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} pairs of {', '.join(self._scores) or 'nothing'})"

    def add(self, time: Fraction, values: Mapping[str, float]) -> None:
        """Take the scores of the next pair; all pairs have the same ones.

        Parameters
        ----------
        time
            Presentation time of the pair in seconds, not before that of the previous one.
        values
            Its scores by name.
        """
        if not self._times:
            self._scores = {name: array("d") for name in values}
        if values.keys() != self._scores.keys():
            raise ValueError(f"a pair has {list(values)}, those before {list(self._scores)}")
        self._times.append(round(time * _SECOND))
        for name, scores in self._scores.items():
            scores.append(values[name])

    @property
    def times(self) -> list[Fraction]:
        """Presentation times of the pairs in seconds, to a nanosecond."""
        return [Fraction(time, _SECOND) for time in self._times]

    @property
    def scores(self) -> Mapping[str, Sequence[float]]:
        """The scores of the pairs by name."""
        return self._scores

    def add_score(self, name: str, scores: Sequence[float]) -> None:
        """Take one more score for all pairs so far, in order."""
        if len(scores) != len(self):
            raise ValueError(f"{len(scores)} scores {name} for {len(self)} pairs")
        self._scores[name] = array("d", scores)

    def pooled(self) -> Pooled:
        """Return every score pooled in every way, in the order in which they were added.

        - ``mean``; of a PSNR over the pairs where it is finite.
        - ``overall``, of a PSNR: the PSNR of the mean MSE. It is lower than the mean of PSNRs where
          quality varies, and is what FFmpeg reports for a whole video.
        - ``harmonic_mean``: 0 if a score is 0, None if one is negative; an infinite PSNR adds
          nothing to the sum of reciprocals, but is counted.
        - ``min``, ``max``
        - ``p1``, ``p5``, ``p10``, ``p50``: the least score that this percentage of the pairs does
          not exceed. It is the score of a pair, never interpolated.
        - ``worst_second``: the worst mean over one second of presentation time, the lowest except
          for MSE; for a shorter video, over all of it. ``worst_second_time`` is when its first
          frame is shown, in seconds.
        - ``identical``, of a PSNR: how many pairs are identical.
        """
        if not self._times:
            return {}
        stretches = _seconds(np.array(self._times))
        return {name: self._pooled(name, *stretches) for name in self._scores}

    def _pooled(
        self, name: str, begins: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> dict[str, float | None]:
        scores = np.array(self._scores[name])
        ordered = np.sort(scores)
        pooled: dict[str, float | None] = {"mean": _mean(scores)}
        if is_psnr(name):
            errors = self._scores.get(name.replace("psnr", "mse"))
            if errors is not None:
                error = float(np.array(errors).mean())
                pooled["overall"] = _finite(min(decibels(error, self._peak), self._cap))
        pooled["harmonic_mean"] = _harmonic_mean(scores)
        pooled["min"], pooled["max"] = _finite(ordered[0]), _finite(ordered[-1])
        for percent in _PERCENTS:
            pooled[f"p{percent}"] = _finite(ordered[-(-percent * scores.size // 100) - 1])
        worst = _worst(scores, begins, ends, highest=lower_is_better(name))
        if worst is None:
            pooled |= {"worst_second": None, "worst_second_time": None}
        else:
            pooled["worst_second"] = _mean(scores[begins[worst] : ends[worst]])
            pooled["worst_second_time"] = self._times[int(begins[worst])] / _SECOND
        if is_psnr(name):
            pooled["identical"] = self._identical(name)
        return pooled

    def _identical(self, name: str) -> int:
        """Return how many pairs are identical in the planes that `name` covers."""
        errors = self._scores.get(name.replace("psnr", "mse"))
        if errors is not None:
            return int(np.count_nonzero(np.array(errors) == 0))
        return int(np.count_nonzero(np.isinf(np.array(self._scores[name]))))


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _mean(scores: _Scores) -> float | None:
    finite = scores[np.isfinite(scores)]
    return float(finite.mean()) if finite.size else None


def _harmonic_mean(scores: _Scores) -> float | None:
    least = scores.min()
    if least <= 0:
        return None if least < 0 else 0.0
    with np.errstate(divide="ignore"):
        return _finite(np.divide(scores.size, (1 / scores).sum()))


def _seconds(times: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first pair of every whole second that begins with a pair, and one past its last.

    A pair lasts until the next one, the last as long as the one before it. The last second of the
    video is included, wherever it begins; if the video is shorter than a second, all of it is one.
    """
    last = times[-1] - times[-2] if times.size > 1 else 0
    end = times[-1] + last
    before = np.searchsorted(times, end - _SECOND, "left")  # those that begin before the last one
    ends = np.searchsorted(times, times[:before] + _SECOND, "left")
    return np.arange(before + 1), np.append(ends, times.size)


def _worst(
    scores: _Scores, begins: NDArray[np.intp], ends: NDArray[np.intp], *, highest: bool
) -> int | None:
    """Return the first of the intervals whose mean is worst, or None if all are infinite."""
    is_finite = np.isfinite(scores)
    counts = np.append(0, np.cumsum(is_finite))
    counts = counts[ends] - counts[begins]
    if not counts.any():
        return None
    # Subtracting the mean keeps the sums small, and preserves the digits of their differences.
    middle = scores[is_finite].mean()
    sums = np.append(0, np.cumsum(np.where(is_finite, scores - middle, 0)))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums[ends] - sums[begins]) / counts
    means[counts == 0] = -np.inf if highest else np.inf
    worse = means if highest else -means
    # The first of those that differ by less than the rounding of the sums.
    tolerance = _ROUNDING * np.abs(scores[is_finite]).max()
    return int((worse >= worse.max() - tolerance).argmax())
