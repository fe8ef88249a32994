"""What the kernels that process one row of windows at a time have in common."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel


@kernel
def add_to(totals: NDArray[np.float64], row: NDArray[np.float64]) -> None:
    """Add `row` to `totals`, vectorised, unlike a sum over all, which must keep its order."""
    for j in range(totals.size):
        totals[j] += row[j]


@kernel
def windows_ssim(
    sums_r: NDArray[Any],
    sums_x: NDArray[Any],
    squares: NDArray[Any],
    products: NDArray[Any],
    n: float,
    c1: float,
    c2: float,
    values: NDArray[np.float64],
) -> None:
    """Fill `values` with the SSIM of windows, from sums over their `n` samples.

    The sums are those of each plane, of the squares of both together, and of the products. They are
    not divided: pass n^2 C1 and n^2 C2 as C1 and C2, or n (n - 1) C2 for the sample covariance. For
    weighted means, n is 1.
    """
    for x in range(values.size):
        s_r = float(sums_r[x])
        s_x = float(sums_x[x])
        product = s_r * s_x
        mean_square = s_r * s_r + s_x * s_x
        numerator = (2 * product + c1) * (2 * (n * products[x] - product) + c2)
        denominator = (mean_square + c1) * (n * squares[x] - mean_square + c2)
        values[x] = numerator / denominator
