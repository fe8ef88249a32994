"""Local SSIM: the mean over each neighbourhood of 3x3 windows.

A single 8x8 window is at the mercy of noise; nine overlapping ones, 16x16 samples together, are
not, and still detect an object of a few samples.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..metrics.block8 import (
    CELL,
    Sums,
    add_four,
    cell_errors,
    cell_sums,
    row_dissimilarity,
    windows_dissimilarity,
)
from .prepared import C1, C2, Prepared

POOL = 3
"""Windows along each side of a neighbourhood."""

SIDE = (POOL + 1) * CELL
"""Samples along each side of a neighbourhood."""


@kernel
def pool_candidate(
    rows: NDArray[np.bool_],
    reference_sums: Sums,
    reference_squares: Sums,
    candidate: NDArray[np.uint8],
    errors: Sums,
    dissimilarity: NDArray[np.float64],
    pooled: NDArray[np.float64],
) -> None:
    """Compare the neighbourhoods that contain a window of the given rows.

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
    dissimilarity
        Is filled with 1 - SSIM of every window in such a neighbourhood; other windows are left
        unchanged.
    pooled
        Is filled with the mean of 1 - SSIM over every neighbourhood that contains such a window,
        and with -1 elsewhere.
    """
    window_rows, window_columns = dissimilarity.shape
    neighbourhoods = np.zeros(pooled.shape[0], np.bool_)
    for i in range(window_rows):
        if rows[i]:
            neighbourhoods[max(0, i - POOL + 1) : i + 1] = True
    windows, cells = held_rows(neighbourhoods)
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
                C1,
                C2,
                dissimilarity[i],
            )
    pooled[:] = -1
    _pool(neighbourhoods, dissimilarity, pooled)


@kernel
def pool_prepared(
    neighbourhoods: NDArray[np.bool_],
    a: Prepared,
    b: Prepared,
    dissimilarity: NDArray[Any],
    pooled: NDArray[Any],
) -> None:
    """Compare two pictures in the given rows of neighbourhoods.

    `dissimilarity` is scratch space for the windows; the requested rows of `pooled` are filled.
    """
    windows, cells = held_rows(neighbourhoods)
    columns = a.sums.shape[1]
    errors = np.empty((cells.size, columns + 1), a.sums.dtype)
    for i in range(cells.size):
        if cells[i]:
            band = slice(CELL * i, CELL * (i + 1))
            cell_errors(a.plane[band], b.plane[band], errors[i : i + 1])
    e = np.empty(columns, a.sums.dtype)
    for i in range(windows.size):
        if windows[i]:
            add_four(errors[i], errors[i + 1], e)
            windows_dissimilarity(
                a.sums[i], a.squares[i], b.sums[i], b.squares[i], e, C1, C2, dissimilarity[i]
            )
    _pool(neighbourhoods, dissimilarity, pooled)


@kernel
def held_rows(neighbourhoods: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows of windows, and of cells, the given rows of neighbourhoods contain."""
    windows = np.zeros(neighbourhoods.size + POOL - 1, np.bool_)
    cells = np.zeros(windows.size + 1, np.bool_)
    for i in range(neighbourhoods.size):
        if neighbourhoods[i]:
            windows[i : i + POOL] = True
            cells[i : i + POOL + 1] = True
    return windows, cells


@kernel
def _pool(
    neighbourhoods: NDArray[np.bool_], dissimilarity: NDArray[Any], pooled: NDArray[Any]
) -> None:
    columns = dissimilarity.shape[1]
    down = np.empty(columns, np.float64)
    for i in range(pooled.shape[0]):
        if not neighbourhoods[i]:
            continue
        for j in range(columns):
            down[j] = dissimilarity[i, j] + dissimilarity[i + 1, j] + dissimilarity[i + 2, j]
        for j in range(columns - POOL + 1):
            pooled[i, j] = (down[j] + down[j + 1] + down[j + 2]) / (POOL * POOL)


def find_worst(pooled: NDArray[np.float64], allowed: NDArray[np.float64]) -> tuple[int, int, int]:
    """Return how many neighbourhoods exceed what is allowed, and the place of the worst.

    The worst is the largest of those that exceed; if none does, the largest of all.
    """
    exceeds = pooled > allowed
    count = int(np.count_nonzero(exceeds))
    worst = np.argmax(np.where(exceeds, pooled, -1.0) if count else pooled)
    row, column = divmod(int(worst), pooled.shape[1])
    return count, row, column


@kernel
def least_of_neighbourhoods(allowed: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill `out`, one value per window, with the least of the neighbourhoods that contain it."""
    out[:] = np.inf
    for i in range(allowed.shape[0]):
        for j in range(allowed.shape[1]):
            value = allowed[i, j]
            for k in range(POOL):
                for m in range(POOL):
                    if value < out[i + k, j + m]:
                        out[i + k, j + m] = value
