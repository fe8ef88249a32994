"""Scores over time, reduced to what a plot can show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAX_POINTS = 1200
"""Points across the plot, each slightly wider than a pixel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A score over time, reduced to what a plot can show; NaN for gaps."""

    times: NDArray[np.float64]
    """In seconds; either evenly spaced, or those of the pairs."""
    lowest: NDArray[np.float64]
    mean: NDArray[np.float64] | None
    """None if every pair is shown."""


def curve_of(times: NDArray[np.float64], scores: NDArray[np.float64]) -> Curve:
    """Return what a plot shows of scores: all of them or, if there are many, one value per column.

    Infinite scores and intervals without pairs are NaN.
    """
    finite = np.where(np.isfinite(scores), scores, np.nan)
    if times.size <= _MAX_POINTS:
        times, finite = _with_gaps(times, finite)
        return Curve(times=times, lowest=finite, mean=None)
    width = (times[-1] - times[0]) / _MAX_POINTS
    column = np.minimum(((times - times[0]) / width).astype(int), _MAX_POINTS - 1)
    lowest = np.full(_MAX_POINTS, np.nan)
    np.fmin.at(lowest, column, finite)
    counts = np.bincount(column, ~np.isnan(finite), _MAX_POINTS)
    sums = np.bincount(column, np.nan_to_num(finite), _MAX_POINTS)
    mean = np.divide(sums, counts, out=np.full(_MAX_POINTS, np.nan), where=counts > 0)
    centres = times[0] + (np.arange(_MAX_POINTS) + 0.5) * width
    return Curve(times=centres, lowest=lowest, mean=mean)


def _with_gaps(
    times: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both with a NaN inserted wherever pairs are missing, which interrupts the line."""
    steps = np.diff(times)
    if not steps.size:
        return times, scores
    missing = np.flatnonzero(steps > 2.5 * np.median(steps)) + 1
    between = (times[missing - 1] + times[missing]) / 2
    return np.insert(times, missing, between), np.insert(scores, missing, np.nan)
