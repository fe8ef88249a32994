"""SSIM over an 11x11 Gaussian window, sigma 1.5, population covariance: Wang et al. (2004).

Equal to scikit-image with ``gaussian_weights=True, sigma=1.5, use_sample_covariance=False``; the
mean leaves out the 5 samples at each border, where windows stand over.
"""

import numpy as np
from numpy.typing import NDArray

from ._arrays import Plane, check_window
from ._jit import kernel

RADIUS = 5
WINDOW = 2 * RADIUS + 1
SIGMA = 1.5


def ssim(reference: Plane, candidate: Plane, data_range: int) -> float:
    """Return the mean SSIM of two planes in C order, at least 11x11."""
    check_window(reference, WINDOW, "SSIM gaussian")
    offsets = np.arange(-RADIUS, RADIUS + 1)
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    return _mean_ssim(
        reference, candidate, weights, (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    )


@kernel
def _mean_ssim(
    reference: Plane, candidate: Plane, weights: NDArray[np.float64], c1: float, c2: float
) -> float:
    height, width = reference.shape
    windows = width - WINDOW + 1
    # The filter is separable: down the columns into these four, then across.
    down = np.empty((4, width), np.float64)
    across = np.empty((4, windows), np.float64)
    total = 0.0
    for y in range(height - WINDOW + 1):
        down[:] = 0
        for k in range(WINDOW):
            weight = weights[k]
            reference_row = reference[y + k]
            candidate_row = candidate[y + k]
            for x in range(width):
                r = float(reference_row[x])
                c = float(candidate_row[x])
                down[0, x] += weight * r
                down[1, x] += weight * c
                down[2, x] += weight * (r * r + c * c)
                down[3, x] += weight * (r * c)
        for q in range(4):
            column = down[q]
            out = across[q]
            for x in range(windows):
                weighted = weights[RADIUS] * column[x + RADIUS]
                for k in range(RADIUS):
                    weighted += weights[k] * (column[x + k] + column[x + WINDOW - 1 - k])
                out[x] = weighted
        row = 0.0
        for x in range(windows):
            mean_r = across[0, x]
            mean_x = across[1, x]
            product = mean_r * mean_x
            mean_square = mean_r * mean_r + mean_x * mean_x
            numerator = (2 * product + c1) * (2 * (across[3, x] - product) + c2)
            denominator = (mean_square + c1) * (across[2, x] - mean_square + c2)
            row += numerator / denominator
        total += row
    return float(total / (windows * (height - WINDOW + 1)))
