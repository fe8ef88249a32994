"""Local SSIM: the mean over each neighbourhood of 3x3 windows, and where it is lowest.

A single 8x8 window is at the mercy of noise; nine that overlap, 16x16 samples together, are not,
and still see an object of a few samples.
"""

import numpy as np
from numpy.typing import NDArray

from ..metrics._jit import kernel
from ..metrics.block8 import CELL, Sums, cell_sums, row_dissimilarity

POOL = 3
"""Windows along each side of a neighbourhood."""

SIDE = (POOL + 1) * CELL
"""Samples along each side of a neighbourhood."""


@kernel
def most_dissimilar(
    rows: NDArray[np.bool_],
    reference_sums: Sums,
    reference_squares: Sums,
    candidate: NDArray[np.uint8],
    errors: Sums,
    c1: float,
    c2: float,
    dissimilarity: NDArray[np.float64],
) -> tuple[float, int, int]:
    """Compare the neighbourhoods that hold a window of the given rows.

    Parameters
    ----------
    rows
        Which rows of windows matter.
    reference_sums, reference_squares
        Window sums of the reference.
    candidate
        The candidate plane.
    errors
        Squared error of every cell.
    c1, c2
        The constants of SSIM.
    dissimilarity
        Is filled with 1 - SSIM of every window that such a neighbourhood holds; the other windows
        keep what stands there.

    Returns
    -------
    tuple
        The largest mean of 1 - SSIM over a neighbourhood, and the row and column of its first
        window; -1 everywhere where `rows` marks none.
    """
    window_rows, window_columns = dissimilarity.shape
    neighbourhood_rows = window_rows - POOL + 1
    pooled = np.zeros(neighbourhood_rows, np.bool_)
    windows = np.zeros(window_rows, np.bool_)
    cells = np.zeros(window_rows + 1, np.bool_)
    for i in range(window_rows):
        if rows[i]:
            pooled[max(0, i - POOL + 1) : min(i + 1, neighbourhood_rows)] = True
    for i in range(neighbourhood_rows):
        if pooled[i]:
            windows[i : i + POOL] = True
            cells[i : i + POOL + 1] = True

    sums = np.empty(errors.shape, errors.dtype)
    squares = np.empty(errors.shape, errors.dtype)
    for i in range(window_rows + 1):
        if cells[i]:
            cell_sums(candidate, i, i + 1, sums, squares)
    scratch = np.empty((3, window_columns), errors.dtype)
    for i in range(window_rows):
        if windows[i]:
            row_dissimilarity(
                i,
                reference_sums,
                reference_squares,
                sums,
                squares,
                errors,
                scratch,
                c1,
                c2,
                dissimilarity[i],
            )

    worst, worst_row, worst_column = -1.0, -1, -1
    down = np.empty(window_columns, np.float64)
    for i in range(neighbourhood_rows):
        if not pooled[i]:
            continue
        for j in range(window_columns):
            down[j] = dissimilarity[i, j] + dissimilarity[i + 1, j] + dissimilarity[i + 2, j]
        for j in range(window_columns - POOL + 1):
            mean = (down[j] + down[j + 1] + down[j + 2]) / (POOL * POOL)
            if mean > worst:
                worst, worst_row, worst_column = mean, i, j
    return worst, worst_row, worst_column
