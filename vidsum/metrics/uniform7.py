"""SSIM over 7x7 uniform windows with sample covariance: the default of scikit-image.

Every sum is an exact integer: columns of seven samples slide down the picture, and seven of them
are added across. The mean leaves out the 3 samples at each border, where windows reach beyond the
plane.
"""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ._arrays import Plane, check_window, largest
from ._windows import add_to, windows_ssim
from .block8 import Sums

WINDOW = 7

_MOST_IN_32_BITS = 4095
"""Up to this sample, the sums over a window fit into 32 bits: 2 * 49 * 4095^2 < 2^31."""


def ssim(reference: Plane, candidate: Plane, data_range: int) -> float:
    """Return the mean SSIM of two planes in C order, at least 7x7."""
    check_window(reference, WINDOW, "SSIM uniform7")
    sums = np.int32 if largest(reference, candidate) <= _MOST_IN_32_BITS else np.int64
    columns = np.zeros((4, reference.shape[1]), sums)
    return _mean_ssim(
        reference, candidate, columns, (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    )


@kernel
def _mean_ssim(reference: Plane, candidate: Plane, columns: Sums, c1: float, c2: float) -> float:
    height, width = reference.shape
    windows = width - WINDOW + 1
    across = np.empty((4, windows), columns.dtype)
    values = np.empty(windows, np.float64)
    totals = np.zeros(windows, np.float64)
    nothing = np.zeros(width, reference.dtype)
    n = float(WINDOW * WINDOW)
    c1 *= n * n
    c2 *= n * (n - 1)
    for y in range(height):
        above = y - WINDOW
        _slide(
            columns,
            reference[y],
            candidate[y],
            reference[above] if above >= 0 else nothing,
            candidate[above] if above >= 0 else nothing,
        )
        if y >= WINDOW - 1:
            for k in range(4):
                _add_seven(columns[k], across[k])
            windows_ssim(across[0], across[1], across[2], across[3], n, c1, c2, values)
            add_to(totals, values)
    return float(totals.sum() / (windows * (height - WINDOW + 1)))


@kernel
def _slide(
    columns: Sums,
    reference: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    reference_above: NDArray[np.uint8],
    candidate_above: NDArray[np.uint8],
) -> None:
    """Add a row of both planes to the column sums, and subtract the row that leaves them.

    Separate loops for the sums: over more arrays at once, the compiler doesn't vectorise.
    """
    _slide_sum(columns[0], reference, reference_above)
    _slide_sum(columns[1], candidate, candidate_above)
    squares, products = columns[2], columns[3]
    for x in range(squares.size):
        r, c = np.int64(reference[x]), np.int64(candidate[x])
        p, q = np.int64(reference_above[x]), np.int64(candidate_above[x])
        squares[x] += r * r + c * c - p * p - q * q
    for x in range(products.size):
        r, c = np.int64(reference[x]), np.int64(candidate[x])
        p, q = np.int64(reference_above[x]), np.int64(candidate_above[x])
        products[x] += r * c - p * q


@kernel
def _slide_sum(sums: Sums, row: NDArray[np.uint8], above: NDArray[np.uint8]) -> None:
    for x in range(sums.size):
        sums[x] += np.int64(row[x]) - np.int64(above[x])


@kernel
def _add_seven(columns: Sums, out: Sums) -> None:
    for x in range(out.size):
        out[x] = (
            columns[x]
            + columns[x + 1]
            + columns[x + 2]
            + columns[x + 3]
            + columns[x + 4]
            + columns[x + 5]
            + columns[x + 6]
        )
