"""A small picture of a picture, by which frames of two videos are told apart and found again.

The luma's mean over each of 32x32 cells. It doesn't depend on the size, hardly on compression, and
is not rounded: motion too small to be visible changes some cells by a fraction of a level.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel

SIDE = 32
"""Cells along each side of the picture."""

_MAX_CELL_ROWS = 8
"""Only about this many rows are read of a cell with at least twice as many: the others add
nothing."""

Signature: TypeAlias = NDArray[np.float32]


def signature(luma: NDArray[np.uint8], *, rotation: int = 0) -> Signature:
    """Return the means over the cells of an upright picture.

    Parameters
    ----------
    luma
        8-bit samples of shape (height, width), at least 1x1, as stored.
    rotation
        Counterclockwise turn that makes it upright, in degrees, a multiple of 90.

    Returns
    -------
    ndarray
        float32 of length 1024, in levels of the luma.
    """
    out = np.empty(SIDE * SIDE, np.float32)
    _cell_means(luma, out)
    # The cells are turned, not the samples: a rotated picture has as many cells.
    return np.rot90(out.reshape(SIDE, SIDE), rotation // 90).ravel() if rotation else out


def distance(one: Signature, other: Signature) -> float:
    """Return the mean squared difference of two signatures, in squared levels."""
    difference = one - other
    return float(difference @ difference) / one.size


def resemblance(one: Signature, other: Signature) -> float | None:
    """Return the correlation of two signatures over the picture, -1 to 1.

    None if one of the pictures is featureless: a black frame.
    """
    one, other = one - one.mean(), other - other.mean()
    power, other_power = float(one @ one), float(other @ other)
    if min(power, other_power) < one.size:  # a standard deviation of one level
        return None
    return float(one @ other) / math.sqrt(power * other_power)


@kernel
def _cell_means(luma: NDArray[np.uint8], out: Signature) -> None:
    height, width = luma.shape
    columns = np.empty(width, np.int32)
    for i in range(SIDE):
        top = min(i * height // SIDE, height - 1)
        bottom = max((i + 1) * height // SIDE, top + 1)
        step = max((bottom - top) // _MAX_CELL_ROWS, 1)
        columns[:] = 0
        rows = 0
        for y in range(top, bottom, step):
            row = luma[y]
            for x in range(width):
                columns[x] += row[x]
            rows += 1
        for j in range(SIDE):
            left = min(j * width // SIDE, width - 1)
            right = max((j + 1) * width // SIDE, left + 1)
            total = 0
            for x in range(left, right):
                total += columns[x]
            out[i * SIDE + j] = total / (rows * (right - left))
