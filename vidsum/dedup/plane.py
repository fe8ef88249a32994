"""The analysis plane: luma reduced by an exact factor, on which frames are compared."""

import math

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..metrics.block8 import CELL

LONG_SIDE = 1000
"""The factor brings the long side of the analysis plane as close to this as possible, in
samples."""

FACTORS = (1, 2, 4)

_MIN_SIDE = 4 * CELL
"""One neighbourhood of 3x3 windows; smaller pictures are padded to it."""


class Reducer:
    """Reduces luma planes of one shape to analysis planes.

    Each sample of the analysis plane is the rounded mean of a square of samples. The plane is
    padded to whole cells by repeating its last column and row, so that no strip at the border is
    missed; columns and rows that don't fill a square are left out (at most 3 samples).

    Parameters
    ----------
    shape
        (height, width) of the luma planes.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self.factor = _factor(height, width)
        self.height = height // self.factor
        self.width = width // self.factor
        self._halves = [
            np.empty((height // step, -(-width // step // 2) * 2), np.uint8)
            for step in (2, 4)
            if step < self.factor
        ]

    def empty(self) -> NDArray[np.uint8]:
        """Return an uninitialised analysis plane, padding included."""
        padded = (max(_MIN_SIDE, -(-side // CELL) * CELL) for side in (self.height, self.width))
        return np.empty(tuple(padded), np.uint8)

    def reduce(self, luma: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
        """Fill `out` with the analysis plane of `luma`."""
        if self.factor == 1:
            out[: self.height, : self.width] = luma
        else:
            rows = _rows_of_pairs(luma)
            for half in self._halves:
                _halve(rows, luma.shape[0] // 2, luma.shape[1] // 2, half)
                rows = half.view(np.uint16)
            _halve(rows, self.height, self.width, out)
        out[: self.height, self.width :] = out[: self.height, self.width - 1 : self.width]
        out[self.height :] = out[self.height - 1]

    def padding_error(self, reference: NDArray[np.uint8], candidate: NDArray[np.uint8]) -> int:
        """Return the squared error between two analysis planes that is due to their padding."""
        right = reference.shape[1] - self.width
        below = reference.shape[0] - self.height
        total = 0
        if right:
            column = (slice(0, self.height), self.width - 1)
            total += right * _squared_error(reference[column], candidate[column])
        if below:
            total += below * _squared_error(reference[self.height - 1], candidate[self.height - 1])
        return total


def _factor(height: int, width: int) -> int:
    possible = [factor for factor in FACTORS if factor <= min(height, width)]
    return min(possible, key=lambda factor: abs(math.log(max(height, width) / factor / LONG_SIDE)))


def _squared_error(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    difference = a.astype(np.int64) - b
    return int(difference @ difference)


def _rows_of_pairs(luma: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return rows of `luma`, including their padding in memory, as pairs of samples, without
    copying.

    numba makes fast code for arrays in C order only; a decoder's plane with padded rows is one if
    the padding is included as columns.
    """
    height, width = luma.shape
    stride, step = luma.strides
    if step == 1 and stride >= width and stride % 2 == 0:
        rows = luma
        if stride != width:
            rows = np.lib.stride_tricks.as_strided(luma, (height, stride), writeable=False)
        pairs = rows.view(np.uint16)
        if pairs.flags.aligned:
            return pairs
    even = np.empty((height, -(-width // 2) * 2), np.uint8)
    even[:, :width] = luma
    return even.view(np.uint16)


@kernel
def _halve(pairs: NDArray[np.uint16], height: int, width: int, out: NDArray[np.uint8]) -> None:
    """Fill `out[:height, :width]` with the rounded means of 2x2 samples.

    Reading both samples of a pair as one 16-bit value avoids the shuffles that made this 2.5 times
    slower, in cv2.resize (INTER_AREA, one thread) too.
    """
    low = np.uint16(0xFF)
    eight = np.uint16(8)
    two = np.uint16(2)
    for y in range(height):
        above = pairs[2 * y]
        below = pairs[2 * y + 1]
        row = out[y]
        for x in range(width):
            upper = np.uint16((above[x] & low) + (above[x] >> eight))
            lower = np.uint16((below[x] & low) + (below[x] >> eight))
            row[x] = np.uint8(np.uint16(upper + lower + two) >> two)
