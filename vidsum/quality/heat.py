"""Where two pictures differ: local SSIM of all places, not only the lowest."""

import itertools

import numpy as np
from numpy.typing import NDArray

from ..frame import Planes
from ..metrics._arrays import Plane
from ..metrics.block8 import (
    CELL,
    cell_errors,
    cell_sums,
    constants,
    empty_cells,
    row_dissimilarity,
    window_sums,
)
from ..metrics.pair import POOL, SIDE


def local_dissimilarity(reference: Planes, distorted: Planes) -> NDArray[np.float32]:
    """Return 1 - local SSIM of the luma, place by place.

    Its largest value is 1 - ``local_ssim`` of the pair, at the place found there.

    Parameters
    ----------
    reference, distorted
        Two pictures of one size and depth.

    Returns
    -------
    NDArray
        0 for identical places; at most 2. Row i and column j cover the 16x16 samples from row 4i
        and column 4j on; a border that doesn't fill a cell of 4x4 is padded as for the score.

    Examples
    --------
    >>> grey = Planes(y=np.full((32, 48), 100, np.uint8))
    >>> local_dissimilarity(grey, grey).shape
    (5, 9)
    """
    sides = (max(SIDE, -(-side // CELL) * CELL) for side in reference.y.shape)
    margins = [(0, side - own) for side, own in zip(sides, reference.y.shape, strict=True)]
    a, b = (np.pad(picture.y, margins, "edge") for picture in (reference, distorted))
    windows = _windows(a, b, constants(2**reference.depth - 1))
    rows, columns = (length - POOL + 1 for length in windows.shape)
    pooled = np.zeros((rows, columns))
    for i, j in itertools.product(range(POOL), repeat=2):
        pooled += windows[i : i + rows, j : j + columns]
    return (pooled / POOL**2).astype(np.float32)


def _windows(a: Plane, b: Plane, scales: tuple[float, float]) -> NDArray[np.float64]:
    """Return 1 - SSIM of every window."""
    errors, sums, squares = (empty_cells(a) for _ in range(3))
    rows, columns = errors.shape
    reference_sums, reference_squares = np.empty((2, rows - 1, columns - 1), errors.dtype)
    cell_sums(a, 0, rows, sums, squares)
    window_sums(sums, reference_sums)
    window_sums(squares, reference_squares)
    cell_sums(b, 0, rows, sums, squares)
    cell_errors(a, b, errors)
    dissimilarity = np.empty((rows - 1, columns - 1))
    scratch = np.empty((3, columns - 1), errors.dtype)
    of_reference = reference_sums, reference_squares
    for i, row in enumerate(dissimilarity):
        row_dissimilarity(i, *of_reference, sums, squares, errors, scratch, *scales, row)
    return dissimilarity
