"""SSIM over an 11x11 Gaussian window, sigma 1.5, population covariance: Wang et al. (2004).

Equal to scikit-image with ``gaussian_weights=True, sigma=1.5, use_sample_covariance=False``; the
mean leaves out the 5 samples at each border, where windows reach beyond the plane.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ._arrays import Plane, check_window, largest
from ._windows import add_to, windows_ssim

RADIUS = 5
WINDOW = 2 * RADIUS + 1
SIGMA = 1.5

Row: TypeAlias = NDArray[Any]
"""A row of numbers: float32 where that is exact, float64 elsewhere."""

_MOST_IN_FLOAT32 = 2047
"""Up to this sample, the sum of four squares is exact in float32: 4 * 2047^2 < 2^24."""


def ssim(reference: Plane, candidate: Plane, data_range: int) -> float:
    """Return the mean SSIM of two planes in C order, at least 11x11."""
    check_window(reference, WINDOW, "SSIM gaussian")
    offsets = np.arange(-RADIUS, RADIUS + 1)
    weights = np.exp(-(offsets**2) / (2 * SIGMA**2))
    weights /= weights.sum()
    exact = np.float32 if largest(reference, candidate) <= _MOST_IN_FLOAT32 else np.float64
    recent = np.empty((WINDOW, 4, reference.shape[1]), exact)
    return _mean_ssim(
        reference, candidate, weights, recent, (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    )


@kernel
def _mean_ssim(
    reference: Plane,
    candidate: Plane,
    weights: NDArray[np.float64],
    recent: NDArray[Any],
    c1: float,
    c2: float,
) -> float:
    """Return the mean SSIM.

    `recent` is scratch space for the filter inputs of the rows in a window: both planes, the sum of
    their squares, and their product. Float32 halves the memory that is read for each row.
    """
    height, width = reference.shape
    windows = width - WINDOW + 1
    # The filter is separable: down the columns into these four, then across.
    down = np.empty((4, width), np.float64)
    across = np.empty((4, windows), np.float64)
    values = np.empty(windows, np.float64)
    totals = np.zeros(windows, np.float64)
    for y in range(height):
        _expand(reference[y], candidate[y], recent[y % WINDOW])
        if y < WINDOW - 1:
            continue
        for q in range(4):
            _filter(
                weights,
                # The oldest row follows the newest.
                recent[(y + 1) % WINDOW, q],
                recent[(y + 2) % WINDOW, q],
                recent[(y + 3) % WINDOW, q],
                recent[(y + 4) % WINDOW, q],
                recent[(y + 5) % WINDOW, q],
                recent[(y + 6) % WINDOW, q],
                recent[(y + 7) % WINDOW, q],
                recent[(y + 8) % WINDOW, q],
                recent[(y + 9) % WINDOW, q],
                recent[(y + 10) % WINDOW, q],
                recent[y % WINDOW, q],
                down[q],
            )
            column = down[q]
            _filter(
                weights,
                column,
                column[1:],
                column[2:],
                column[3:],
                column[4:],
                column[5:],
                column[6:],
                column[7:],
                column[8:],
                column[9:],
                column[10:],
                across[q],
            )
        windows_ssim(across[0], across[1], across[2], across[3], 1.0, c1, c2, values)
        add_to(totals, values)
    return float(totals.sum() / (windows * (height - WINDOW + 1)))


@kernel
def _expand(reference: NDArray[np.uint8], candidate: NDArray[np.uint8], out: Row) -> None:
    """Fill `out` with the filter inputs of a row."""
    r, x, squares, products = out[0], out[1], out[2], out[3]
    # Separate loops: over all arrays at once, the compiler doesn't vectorise.
    for i in range(r.size):
        r[i] = float(reference[i])
    for i in range(x.size):
        x[i] = float(candidate[i])
    for i in range(squares.size):
        a, b = np.int64(reference[i]), np.int64(candidate[i])
        squares[i] = float(a * a + b * b)
    for i in range(products.size):
        products[i] = float(np.int64(reference[i]) * np.int64(candidate[i]))


@kernel
def _filter(
    weights: NDArray[np.float64],
    a: Row,
    b: Row,
    c: Row,
    d: Row,
    e: Row,
    middle: Row,
    f: Row,
    g: Row,
    h: Row,
    i: Row,
    j: Row,
    out: NDArray[np.float64],
) -> None:
    """Fill `out` with the weighted sum of eleven rows; the weights are symmetric."""
    w0, w1, w2, w3, w4, w5 = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for x in range(out.size):
        out[x] = (
            w5 * middle[x]
            + w4 * (e[x] + f[x])
            + w3 * (d[x] + g[x])
            + w2 * (c[x] + h[x])
            + w1 * (b[x] + i[x])
            + w0 * (a[x] + j[x])
        )
