"""SSIM over 7x7 uniform windows with sample covariance: the default of scikit-image.

Every sum is an exact integer: columns of seven samples slide down the picture, and seven of them
are added across. The mean leaves out the 3 samples at each border, where windows stand over.
"""

import numpy as np
from numpy.typing import NDArray

from ._arrays import Plane, check_window
from ._jit import kernel

WINDOW = 7


def ssim(reference: Plane, candidate: Plane, data_range: int) -> float:
    """Return the mean SSIM of two planes in C order, at least 7x7."""
    check_window(reference, WINDOW, "SSIM uniform7")
    sums = np.int32 if reference.dtype == np.uint8 else np.int64
    columns = np.zeros((4, reference.shape[1]), sums)
    return _mean_ssim(
        reference, candidate, columns, (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    )


@kernel
def _mean_ssim(
    reference: Plane, candidate: Plane, columns: NDArray[np.int32], c1: float, c2: float
) -> float:
    height, width = reference.shape
    windows = width - WINDOW + 1
    across = np.empty((4, windows), columns.dtype)
    # The sums stay sums: with n samples, n^2 C1 and n (n-1) C2 take the place of C1 and C2.
    n = float(WINDOW * WINDOW)
    c1 *= n * n
    c2 *= n * (n - 1)
    for y in range(WINDOW - 1):
        _slide(columns, reference[y], candidate[y], 1)
    total = 0.0
    for y in range(height - WINDOW + 1):
        _slide(columns, reference[y + WINDOW - 1], candidate[y + WINDOW - 1], 1)
        for k in range(4):
            _add_seven(columns[k], across[k])
        row = 0.0
        for x in range(windows):
            s_r = float(across[0, x])
            s_x = float(across[1, x])
            product = s_r * s_x
            mean_square = s_r * s_r + s_x * s_x
            numerator = (2 * product + c1) * (2 * (n * across[3, x] - product) + c2)
            denominator = (mean_square + c1) * (n * across[2, x] - mean_square + c2)
            row += numerator / denominator
        total += row
        _slide(columns, reference[y], candidate[y], -1)
    return float(total / (windows * (height - WINDOW + 1)))


@kernel
def _slide(
    columns: NDArray[np.int32],
    reference: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    sign: int,
) -> None:
    """Add a row of both planes to the column sums, or take it away."""
    s_r, s_x, squares, products = columns[0], columns[1], columns[2], columns[3]
    for x in range(reference.size):
        r = np.int64(reference[x])
        c = np.int64(candidate[x])
        s_r[x] += sign * r
        s_x[x] += sign * c
        squares[x] += sign * (r * r + c * c)
        products[x] += sign * r * c


@kernel
def _add_seven(columns: NDArray[np.int32], out: NDArray[np.int32]) -> None:
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
