"""How much the frames of two windows differ, and what it costs to pair them.

A pair costs by how much less alike the two are than the best partner that either has in the window.
Differences common to all partners, such as compression or a logo, cost nothing. The weight of the
rest depends on its direction. A poor encoder lets slow motion stand for some frames and catches up
later: its picture lags, by more the coarser it is, and a copy that seems late may only be coarse.
No encoder runs ahead. So a picture that a later frame of the reference matches better than this one
and all before it costs a lot, one that an earlier frame matches better costs little.
"""

from collections import deque
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from .window import WINDOW, Window

_MIN_PAIRS = 8
"""Pairs from which on their usual difference and the levels of both are known."""

_REMEMBERED_PAIRS = 32
"""How many of the last pairs determine how much pairs usually differ."""

_FORGOTTEN = 0.01
"""Share of the estimated levels of both videos that each pair replaces."""

_FEWEST_LEVELS = 1.0
"""Variance, in squared levels, below which pictures say nothing about contrast."""

_MOST_GAIN = 4.0
"""The most by which the contrast of the copy is raised or lowered."""

_UNLIKE = 0.7
"""Where the difference is this share of a picture's own variance, it is another picture."""

_MAX_COST = 2.0
"""The most that a pair costs for its difference."""

_LAG = 2.0
"""Difference that costs 1, in squared levels a cell: an encoder may ignore slower motion."""

_LAG_SHARE = 2.0
"""The same as a share of what is common to all partners, a measure of how coarse the copy is."""

_AHEAD = 0.25
"""Difference that costs 1 where a later frame of the reference is the more alike."""

_AHEAD_SHARE = 0.5
"""The same as a share of what is common to all partners."""

_NOISE = 0.1
"""Share of the common difference by which even matching frames vary."""

_COMMON = 3.0
"""A frame that differs from its best partner by more than this many times the usual difference of
pairs has no partner: that difference is not common to all its pairs."""

_OF_CHANGE = 0.1
"""Noise grows with motion, however: this share of the change from frame to frame is common as
well."""

_USUAL_QUANTILE = 0.2
"""Before pairs are known, this quantile of differences from the best partner counts as usual."""


class Comparison:
    """How much the frames of two windows differ, whatever the levels of the copy.

    A copy that is lighter or has less contrast differs a lot from all frames, and hardly less from
    the right one. So it is first brought to the mean and the variance of the reference.
    """

    def __init__(self, reference: Window, distorted: Window) -> None:
        self._windows = (reference, distorted)
        self._products = np.zeros((WINDOW, WINDOW))
        self._taken = (0, 0)
        self._known = (0, 0)
        self._moments = np.zeros((2, 2))
        self._weight = 0.0
        self._last: deque[float] = deque(maxlen=_REMEMBERED_PAIRS)

    @property
    def usual(self) -> float | None:
        """How much pairs usually differ; None before some are known."""
        return median(self._last) if len(self._last) >= _MIN_PAIRS else None

    @property
    def unlike(self) -> bool:
        """Whether no frame of the reference even resembles one of the copy."""
        means, powers = self._windows[0].moments[: self._windows[0].size].T
        variances = powers - means * means
        known = variances > 1.0
        apart = self.differences().min(axis=1)
        return bool((known & (apart > _UNLIKE * variances)).all())

    def differences(self) -> NDArray[np.float64]:
        """Return the mean squared difference between all frames of both, in squared levels."""
        self._update()
        reference, distorted = (window.moments[: window.size] for window in self._windows)
        gain, lift = self._levels()
        products = self._products[: len(reference), : len(distorted)]
        means, other_means = reference[:, :1], gain * distorted[:, 0]
        powers, other_powers = reference[:, 1:], gain * gain * distorted[:, 1]
        apart = powers + other_powers - 2 * gain * products
        apart += lift * (lift + 2 * (other_means - means))
        out: NDArray[np.float64] = np.maximum(apart, 0.0)
        return out

    def paired(self, difference: float) -> None:
        """Note that the first frames of both are a pair, and by how much they differ."""
        self._last.append(difference)
        self._weight += _FORGOTTEN * (1 - self._weight)
        first = np.array([window.moments[0] for window in self._windows])
        self._moments += _FORGOTTEN * (first - self._moments)

    def _levels(self) -> tuple[float, float]:
        """Return the gain and the offset that are applied to the copy's levels."""
        if len(self._last) < _MIN_PAIRS:
            return 1.0, 0.0
        (mean, power), (other_mean, other_power) = (self._moments / self._weight).tolist()
        variances = (power - mean * mean, other_power - other_mean * other_mean)
        gain = 1.0
        if min(variances) >= _FEWEST_LEVELS:
            gain = float(np.sqrt(variances[0] / variances[1]))
            gain = min(max(gain, 1 / _MOST_GAIN), _MOST_GAIN)
        return gain, mean - gain * other_mean

    def _update(self) -> None:
        """Shift what is known about the waiting frames, and compute the rest."""
        taken = tuple(window.taken for window in self._windows)
        gone = [now - before for now, before in zip(taken, self._taken, strict=True)]
        kept = [max(known - out, 0) for known, out in zip(self._known, gone, strict=True)]
        here, there = kept
        self._products[:here, :there] = self._products[
            gone[0] : gone[0] + here, gone[1] : gone[1] + there
        ].copy()
        one, other = (window.signatures[: window.size] for window in self._windows)
        m, n = len(one), len(other)
        self._products[here:m, :n] = one[here:] @ other.T / one.shape[1]
        self._products[:here, there:n] = one[:here] @ other[there:].T / one.shape[1]
        self._taken, self._known = (taken[0], taken[1]), (m, n)


def pair_costs(
    differences: NDArray[np.float64],
    changes_r: NDArray[np.float64],
    changes_d: NDArray[np.float64],
    usual: float | None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what the difference of each pair costs, and which frames of the copy are foreign.

    Parameters
    ----------
    differences
        Mean squared difference of each frame of the reference from each of the copy.
    changes_r, changes_d
        How much each frame differs from the previous one.
    usual
        How much pairs usually differ; None if that is not known.

    Returns
    -------
    costs
        Of the same shape, up to `_MAX_COST`.
    foreign
        Which frames of the copy resemble no frame of the reference.
    """
    lagging = _lagging(differences)
    if usual is None:
        best = lagging[0][:, 0], lagging[1][-1]
        usual = max(float(np.quantile(differences, _USUAL_QUANTILE)) for differences in best)
    return _pair_costs(differences, *lagging, changes_r, changes_d, usual)


@kernel
def _lagging(
    differences: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least difference of each frame from this partner and from those of a lagging copy.

    In a lagging copy, a frame looks like an earlier one of the reference, which has a later
    partner.
    """
    m, n = differences.shape
    lagging_r, lagging_d = differences.copy(), differences.copy()
    for i in range(m):
        for j in range(n - 2, -1, -1):
            lagging_r[i, j] = min(lagging_r[i, j], lagging_r[i, j + 1])
    for i in range(1, m):
        for j in range(n):
            lagging_d[i, j] = min(lagging_d[i, j], lagging_d[i - 1, j])
    return lagging_r, lagging_d


@kernel
def _pair_costs(
    differences: NDArray[np.float64],
    lagging_r: NDArray[np.float64],
    lagging_d: NDArray[np.float64],
    changes_r: NDArray[np.float64],
    changes_d: NDArray[np.float64],
    usual: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    m, n = differences.shape
    best_r, best_d = lagging_r[:, 0].copy(), lagging_d[m - 1].copy()
    most_r, most_d = _most(changes_r, usual), _most(changes_d, usual)
    costs = np.empty((m, n))
    for i in range(m):
        for j in range(n):
            common_r, common_d = min(best_r[i], most_r[i]), min(best_d[j], most_d[j])
            common = max(common_r, common_d)
            noise = _NOISE * common
            lag = (differences[i, j] - common - noise) / (_LAG + _LAG_SHARE * common)
            ahead = min(lagging_r[i, j] - common_r, lagging_d[i, j] - common_d) - noise
            ahead /= _AHEAD + _AHEAD_SHARE * common
            costs[i, j] = min(max(lag, ahead, 0.0), _MAX_COST)
    return costs, best_d > most_d + _LAG


@kernel
def _most(changes: NDArray[np.float64], usual: float) -> NDArray[np.float64]:
    """Return the most by which each frame may differ from its partner."""
    most = np.empty(changes.size)
    for k in range(changes.size):
        # After a cut, the next change shows how much moves.
        moves = min(changes[k], changes[min(k + 1, changes.size - 1)])
        most[k] = max(_COMMON * usual, _OF_CHANGE * moves)
    return most
