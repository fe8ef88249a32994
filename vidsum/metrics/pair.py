"""All scores of two planes at once: squared error, block8 SSIM, and the lowest local SSIM.

One sweep over the rows of cells, in which a row is summed, becomes windows, and is forgotten, so
that the data stays in the cache. The sums, the windows and the formula are those of `block8`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ._arrays import Plane, check_comparable, check_window, full_scale, in_rows, largest
from ._windows import add_to
from .block8 import (
    CELL,
    WINDOW,
    Sums,
    add_across,
    add_four,
    constants,
    errors_down,
    squares_down,
    sums_down,
    windows_dissimilarity,
)

POOL = 3
"""Windows along each side of a neighbourhood, over which local SSIM is the mean."""

SIDE = (POOL + 1) * CELL
"""Samples along each side of a neighbourhood."""

_MOST_IN_32_BITS = 4095
"""Up to this sample, the sums over a window fit into 32 bits: 64 * 4095^2 < 2^31."""


class Comparison(NamedTuple):
    """How alike two planes are."""

    squared_error: int
    """Sum of squared differences over all samples."""
    ssim: float
    """Mean SSIM over all windows."""
    lowest: float | None = None
    """Lowest mean SSIM of any neighbourhood of 3x3 windows, if requested."""
    place: tuple[int, int] | None = None
    """Column and row of the centre of that neighbourhood, in samples."""


def compare(
    reference: Plane, candidate: Plane, *, data_range: int | None = None, local: bool = False
) -> Comparison:
    """Compare two planes, each with rows at any distance in memory, without a copy.

    Parameters
    ----------
    reference, candidate
        2-D arrays of the same shape and type, uint8 or uint16, at least 8x8.
    data_range
        The distance between black and white: 255 for uint8; required for uint16.
    local
        Also find the lowest local SSIM. Only for this, the planes are padded to whole cells and to
        at least one neighbourhood by repeating their last column and row, so that no strip at the
        border is missed. Of equally low neighbourhoods the first in reading order is returned.

    Raises
    ------
    UsageError
        If the planes differ in shape or type, are smaller than a window, or `data_range` is
        missing for uint16 or out of range.
    """
    check_comparable(reference, candidate)
    check_window(reference, WINDOW, "SSIM block8")
    c1, c2 = constants(full_scale(reference, data_range))
    height, width = reference.shape
    rows, columns = height // CELL, width // CELL
    margin = _margin_error(reference, candidate)
    lanes = np.int32 if largest(reference, candidate) <= _MOST_IN_32_BITS else np.int64
    a, b = (_padded(plane) if local else plane for plane in (reference, candidate))
    padded_rows, padded_columns = (side // CELL for side in a.shape)
    totals = np.zeros(padded_columns - 1)
    worst = np.full(padded_columns - POOL if local else 0, -1.0)
    found = np.zeros(worst.size, np.int64)
    error = _sweep(
        in_rows(a),
        in_rows(b),
        padded_rows,
        rows,
        columns,
        np.empty(CELL * padded_columns, lanes),
        c1,
        c2,
        totals,
        worst,
        found,
    )
    mean = float(totals[: columns - 1].sum() / ((rows - 1) * (columns - 1)))
    if not local:
        return Comparison(error + margin, 1 - mean)
    most = worst.max()
    row, column = min((int(found[j]), int(j)) for j in np.flatnonzero(worst == most))
    x, y = (CELL * index + SIDE // 2 for index in (column, row))
    place = min(x, width - 1), min(y, height - 1)
    return Comparison(error + margin, 1 - mean, 1 - float(most / POOL**2), place)


def _margin_error(reference: Plane, candidate: Plane) -> int:
    """Return the squared error of the columns and rows past the last whole cell."""
    height, width = (side // CELL * CELL for side in reference.shape)
    total = 0
    for strip in (np.s_[:, width:], np.s_[height:, :width]):
        if reference[strip].size:
            difference = (reference[strip].astype(np.int64) - candidate[strip]).ravel()
            total += int(difference @ difference)
    return total


def _padded(plane: Plane) -> Plane:
    """Return `plane`, or a padded copy if its sides are not whole cells or are too short."""
    height, width = plane.shape
    sides = tuple(max(SIDE, -(-side // CELL) * CELL) for side in plane.shape)
    if sides == plane.shape:
        return plane
    padded = np.empty(sides, plane.dtype)
    padded[:height, :width] = plane
    padded[:height, width:] = plane[:, width - 1 :]
    padded[height:] = padded[height - 1]
    return padded


@kernel
def _sweep(
    reference: Plane,
    candidate: Plane,
    padded_rows: int,
    rows: int,
    columns: int,
    strip: Sums,
    c1: float,
    c2: float,
    totals: NDArray[np.float64],
    worst: NDArray[np.float64],
    found: NDArray[np.int64],
) -> int:
    """Compare two planes, and return the squared error of the first `rows` x `columns` cells.

    Parameters
    ----------
    reference, candidate
        Planes in C order; samples in a row beyond the strip are ignored.
    padded_rows
        Rows of cells in all; only local SSIM sees those past `rows` and `columns`.
    strip
        Scratch space for the samples of a row of all cells; its type is that of all sums.
    c1, c2
        The constants of SSIM.
    totals
        1 - SSIM of the windows of the first `rows` rows is added to it, column by column.
    worst, found
        For every column of neighbourhoods the largest sum of 1 - SSIM and its row; of size 0 if
        local SSIM is not requested.
    """
    cells = strip.size // CELL
    pairs = np.empty(2 * cells, strip.dtype)
    sums = np.empty((2, 5, cells), strip.dtype)
    windows = np.empty((5, cells - 1), strip.dtype)
    dissimilarity = np.empty((POOL, cells - 1), np.float64)
    down = np.empty(cells - 1, np.float64)
    total = 0
    for i in range(padded_rows):
        above, here = sums[(i + 1) % 2], sums[i % 2]
        sums_down(reference, i, strip)
        add_across(strip, pairs, here[0])
        squares_down(reference, i, strip)
        add_across(strip, pairs, here[1])
        sums_down(candidate, i, strip)
        add_across(strip, pairs, here[2])
        squares_down(candidate, i, strip)
        add_across(strip, pairs, here[3])
        errors_down(reference, candidate, i, strip)
        error = add_across(strip, pairs, here[4])
        if i < rows:
            total += error
            for j in range(columns, cells):
                total -= here[4, j]
        if i == 0:
            continue
        for k in range(5):
            add_four(above[k], here[k], windows[k])
        row = dissimilarity[i % POOL]
        windows_dissimilarity(
            windows[0], windows[1], windows[2], windows[3], windows[4], c1, c2, row
        )
        if i < rows:
            add_to(totals, row)
        if i >= POOL and worst.size:
            first, second = dissimilarity[(i - 2) % POOL], dissimilarity[(i - 1) % POOL]
            _pool_row(first, second, row, down, i - POOL, worst, found)
    return total


@kernel
def _pool_row(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    third: NDArray[np.float64],
    down: NDArray[Any],
    row: int,
    worst: NDArray[np.float64],
    found: NDArray[np.int64],
) -> None:
    """Sum the neighbourhoods formed by three rows of windows, and note the worst."""
    for j in range(down.size):
        down[j] = first[j] + second[j] + third[j]
    for j in range(worst.size):
        pooled = down[j] + down[j + 1] + down[j + 2]
        exceeds = pooled > worst[j]
        worst[j] = pooled if exceeds else worst[j]
        found[j] = row if exceeds else found[j]
