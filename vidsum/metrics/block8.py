"""SSIM over 8x8 windows at stride 4, from integer sums: the definition of FFmpeg and x264.

A plane is cut into cells of 4x4 samples; a window is 2x2 neighbouring cells. Three sums per cell
suffice: of the samples, of their squares, and of the squared differences from the other plane. With
s and q the sums of a window's 64 samples and of their squares, and e its squared error, the two
factors of Wang et al. (2004) are

    luminance              1 - (s_r - s_x)^2 / (s_r^2 + s_x^2 + C1)
    contrast and structure 1 - (64 e - (s_r - s_x)^2) / (64 (q_r + q_x) - s_r^2 - s_x^2 + C2)

which is FFmpeg's form with the covariance written through the squared error. Both subtrahends
lie between 0 and 2, and are 0 for identical windows, so ``1 - SSIM`` loses no digits there.

References
----------
Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
visibility to structural similarity", IEEE Transactions on Image Processing 13 (4), 2004.
FFmpeg, ``libavfilter/vf_ssim.c``: window, stride, and the rounding of C1 and C2.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ._arrays import Plane, check_comparable, check_window, full_scale
from ._windows import add_to

CELL = 4
"""Side of a cell in samples; also the stride of the windows."""

WINDOW = 8
"""Side of a window in samples."""

Sums: TypeAlias = NDArray[Any]
"""Sums per cell: int32 for 8-bit planes, int64 for deeper ones."""


def constants(data_range: int) -> tuple[float, float]:
    """Return C1 and C2 for sums over 64 samples, rounded to integers as FFmpeg does."""
    c1 = int(0.01 * 0.01 * data_range * data_range * 64 + 0.5)
    c2 = int(0.03 * 0.03 * data_range * data_range * 64 * 63 + 0.5)
    return float(c1), float(c2)


class Block8Reference:
    """A plane whose window sums are computed once and used for every candidate.

    Parameters
    ----------
    plane
        2-D array of uint8 or uint16, at least 8x8. Columns and rows past the last whole cell are
        left out, as in FFmpeg.
    data_range
        The distance between black and white: 255 for uint8; to be given for uint16.
    """

    def __init__(self, plane: Plane, *, data_range: int | None = None) -> None:
        check_comparable(plane, plane)
        self.plane = np.ascontiguousarray(plane)
        check_window(plane, WINDOW, "SSIM block8")
        self.constants = constants(full_scale(plane, data_range))
        sums, squares = empty_cells(plane), empty_cells(plane)
        rows, columns = sums.shape
        self.sums, self.squares = np.empty((2, rows - 1, columns - 1), sums.dtype)
        cell_sums(self.plane, 0, rows, sums, squares)
        window_sums(sums, self.sums)
        window_sums(squares, self.squares)

    def __repr__(self) -> str:
        height, width = self.plane.shape
        return f"{type(self).__name__}({width}x{height} {self.plane.dtype})"

    def ssim(self, candidate: Plane) -> float:
        """Return the mean SSIM of `candidate` against this plane, in -1 to 1.

        May be called by several threads at once.
        """
        check_comparable(self.plane, candidate)
        candidate = np.ascontiguousarray(candidate)
        sums, squares, errors = (empty_cells(candidate) for _ in range(3))
        cell_errors(self.plane, candidate, errors)
        cell_sums(candidate, 0, errors.shape[0], sums, squares)
        totals = np.zeros(self.sums.shape[1])
        _add_dissimilarity(self.sums, self.squares, sums, squares, errors, *self.constants, totals)
        return 1 - float(totals.sum() / self.sums.size)


def empty_cells(plane: Plane) -> Sums:
    """Return an uninitialised array with one sum for each whole cell of `plane`."""
    height, width = plane.shape
    dtype = np.int32 if plane.dtype == np.uint8 else np.int64
    return np.empty((height // CELL, width // CELL), dtype)


@kernel
def cell_errors(reference: Plane, candidate: Plane, errors: Sums) -> int:
    """Fill `errors` with the sum of squared differences of every cell, and return their total."""
    rows, columns = errors.shape
    strip = np.empty(CELL * columns, errors.dtype)
    pairs = np.empty(2 * columns, errors.dtype)
    total = 0
    for i in range(rows):
        errors_down(reference, candidate, i, strip)
        total += add_across(strip, pairs, errors[i])
    return total


@kernel
def cell_sums(plane: Plane, first: int, last: int, sums: Sums, squares: Sums) -> None:
    """Fill rows `first` up to `last` of `sums` and `squares` with those of the cells."""
    columns = sums.shape[1]
    strip = np.empty(CELL * columns, sums.dtype)
    pairs = np.empty(2 * columns, sums.dtype)
    for i in range(first, last):
        sums_down(plane, i, strip)
        add_across(strip, pairs, sums[i])
        squares_down(plane, i, strip)
        add_across(strip, pairs, squares[i])


# Down the columns first, four rows at once: those loops are vectorised, and so are the two steps
# across, in pairs; adding four neighbours at once would not be.


@kernel
def sums_down(plane: Plane, i: int, strip: Sums) -> None:
    """Fill `strip` with the sum of each column of samples of the cells in row `i`."""
    y = CELL * i
    a, b, c, d = plane[y], plane[y + 1], plane[y + 2], plane[y + 3]
    for j in range(strip.size):
        strip[j] = np.int64(a[j]) + np.int64(b[j]) + np.int64(c[j]) + np.int64(d[j])


@kernel
def squares_down(plane: Plane, i: int, strip: Sums) -> None:
    """Fill `strip` with the sum of squares of each column of the cells in row `i`."""
    y = CELL * i
    a, b, c, d = plane[y], plane[y + 1], plane[y + 2], plane[y + 3]
    for j in range(strip.size):
        strip[j] = _square(a[j], 0) + _square(b[j], 0) + _square(c[j], 0) + _square(d[j], 0)


@kernel
def errors_down(reference: Plane, candidate: Plane, i: int, strip: Sums) -> None:
    """Fill `strip` with the squared error of each column of the cells in row `i`."""
    y = CELL * i
    a, b, c, d = reference[y], reference[y + 1], reference[y + 2], reference[y + 3]
    e, f, g, h = candidate[y], candidate[y + 1], candidate[y + 2], candidate[y + 3]
    for j in range(strip.size):
        strip[j] = (
            _square(a[j], e[j]) + _square(b[j], f[j]) + _square(c[j], g[j]) + _square(d[j], h[j])
        )


@kernel
def _square(a: int, b: int) -> int:
    difference = np.int64(a) - np.int64(b)
    return int(difference * difference)


@kernel
def add_across(strip: Sums, pairs: Sums, cells: Sums) -> int:
    """Fill a row of `cells` with the sums over four columns each, and return their total."""
    total = np.int64(0)
    for j in range(pairs.size):
        pairs[j] = strip[2 * j] + strip[2 * j + 1]
    for j in range(cells.size):
        cells[j] = pairs[2 * j] + pairs[2 * j + 1]
    for j in range(cells.size):
        total += cells[j]
    return int(total)


@kernel
def window_sums(cells: Sums, windows: Sums) -> None:
    """Fill `windows`, a row and a column smaller than `cells`, with the sums over 2x2 cells."""
    for i in range(windows.shape[0]):
        add_four(cells[i], cells[i + 1], windows[i])


@kernel
def row_dissimilarity(
    i: int,
    reference_sums: Sums,
    reference_squares: Sums,
    candidate_sums: Sums,
    candidate_squares: Sums,
    errors: Sums,
    scratch: Sums,
    c1: float,
    c2: float,
    dissimilarity: NDArray[np.float64],
) -> None:
    """Fill `dissimilarity` with 1 - SSIM of the windows whose upper cells are in row `i`.

    The sums of the reference are those of windows, all others those of cells; `scratch` holds three
    rows of windows. The steps are separate because the compiler vectorises a loop only if it can
    tell that its few arrays don't overlap.
    """
    s_x, q_x, e = scratch[0], scratch[1], scratch[2]
    add_four(candidate_sums[i], candidate_sums[i + 1], s_x)
    add_four(candidate_squares[i], candidate_squares[i + 1], q_x)
    add_four(errors[i], errors[i + 1], e)
    windows_dissimilarity(
        reference_sums[i], reference_squares[i], s_x, q_x, e, c1, c2, dissimilarity
    )


@kernel
def windows_dissimilarity(
    s_r: Sums,
    q_r: Sums,
    s_x: Sums,
    q_x: Sums,
    e: Sums,
    c1: float,
    c2: float,
    dissimilarity: NDArray[Any],
) -> None:
    """Fill `dissimilarity` with 1 - SSIM of a row of windows, from their sums and errors."""
    for j in range(dissimilarity.size):
        r = float(s_r[j])
        x = float(s_x[j])
        mean_square = r * r + x * x
        step = (r - x) * (r - x)
        luminance = step / (mean_square + c1)
        spread = 64 * (float(q_r[j]) + float(q_x[j])) - mean_square
        structure = (64 * float(e[j]) - step) / (spread + c2)
        dissimilarity[j] = luminance + structure - luminance * structure


@kernel
def add_four(above: Sums, below: Sums, out: Sums) -> None:
    """Fill `out`, a row of windows, with the sums over 2x2 cells of two rows."""
    for j in range(out.size):
        out[j] = above[j] + above[j + 1] + below[j] + below[j + 1]


@kernel
def _add_dissimilarity(
    reference_sums: Sums,
    reference_squares: Sums,
    candidate_sums: Sums,
    candidate_squares: Sums,
    errors: Sums,
    c1: float,
    c2: float,
    totals: NDArray[np.float64],
) -> None:
    """Add 1 - SSIM of all windows to `totals`, column by column."""
    rows, columns = reference_sums.shape
    scratch = np.empty((3, columns), errors.dtype)
    row = np.empty(columns, np.float64)
    for i in range(rows):
        row_dissimilarity(
            i,
            reference_sums,
            reference_squares,
            candidate_sums,
            candidate_squares,
            errors,
            scratch,
            c1,
            c2,
            row,
        )
        add_to(totals, row)
