"""The exact prefilter: where the squared error alone proves that a window has not changed.

For the sums of `vidsum.metrics.block8`, with e the squared error of a window's 64 samples, leaving
the candidate's share out of the divisors can only make both terms of 1 - SSIM larger:

    1 - SSIM  <=  (s_r - s_x)^2 / (s_r^2 + C1)  +  (64 e - (s_r - s_x)^2) / (64 q_r - s_r^2 + C2)
              <=  64 e / min(s_r^2 + C1, 64 q_r - s_r^2 + C2)

The second line holds because both numerators are at least 0 and add up to 64 e. The divisor depends
on the kept frame alone, so each window has one number, computed once per kept frame, that its
squared error must exceed before 1 - SSIM can exceed a threshold. A neighbourhood pooled by its mean
can't exceed a threshold that none of its windows exceeds.
"""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..metrics.block8 import Sums
from .prepared import C1, C2

_MARGIN = 1 - 1e-9
"""Wider than any rounding of the float64 divisions, so that the bound always holds."""


@kernel
def weigh(sums: Sums, squares: Sums, weights: NDArray[np.float64]) -> None:
    """Fill `weights` so that 1 - SSIM of a window <= its weight times its squared error."""
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            s = float(sums[i, j])
            mean_square = s * s
            spread = 64 * float(squares[i, j]) - mean_square
            weights[i, j] = 64 / min(mean_square + C1, spread + C2)


def limits(
    weights: NDArray[np.float64], max_dissimilarity: float | NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return for every window the squared error up to which 1 - SSIM <= `max_dissimilarity`."""
    largest = np.iinfo(np.int32).max
    return np.minimum(max_dissimilarity * _MARGIN / weights, largest).astype(np.int32)


@kernel
def undecided(errors: Sums, limits: NDArray[np.int32], rows: NDArray[np.bool_]) -> int:
    """Mark the rows with a window that exceeds its limit, and return how many windows do."""
    total = 0
    for i in range(limits.shape[0]):
        above, below, limit = errors[i], errors[i + 1], limits[i]
        count = 0
        for j in range(limit.size):
            error = above[j] + above[j + 1] + below[j] + below[j + 1]
            count += error > limit[j]
        rows[i] = count > 0
        total += count
    return total


@kernel
def mean_bound(errors: Sums, weights: NDArray[np.float64]) -> float:
    """Return an upper bound of the mean of 1 - SSIM over all windows."""
    total = 0.0
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            error = errors[i, j] + errors[i, j + 1] + errors[i + 1, j] + errors[i + 1, j + 1]
            total += weights[i, j] * error
    return total / (weights.size * _MARGIN)
