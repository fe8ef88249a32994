"""The map of SSIM on a grid that stays small however large the images are."""

import numpy as np
from numpy.typing import NDArray

from .similarity import Band

_MAX_CELLS = 1024
"""Cells along the long side; a smaller image has one for each pixel."""


class Cells:
    """The lowest SSIM in each square of pixels, and how many of them differ.

    Parameters
    ----------
    size
        Width and height of the images.
    min_ssim
        A pixel differs when the SSIM of the window around it is below this.
    """

    def __init__(self, size: tuple[int, int], min_ssim: float) -> None:
        width, height = size
        self.size = size
        self.min_ssim = min_ssim
        self.side = -(-max(width, height) // _MAX_CELLS)
        """Pixels along the side of a cell."""
        shape = -(-height // self.side), -(-width // self.side)
        self.lowest: NDArray[np.float64] = np.ones(shape)
        self.differing: NDArray[np.int32] = np.zeros(shape, np.int32)

    def add(self, band: Band) -> None:
        """Add a band of the map; if channels differ, the least similar one counts."""
        values = band.worst
        rows, columns = (
            (first + np.arange(length)) // self.side
            for first, length in zip((band.top, band.left), values.shape, strict=True)
        )
        starts = np.flatnonzero(np.diff(columns, prepend=-1))
        lowest = np.minimum.reduceat(values, starts, axis=1)
        differing = np.add.reduceat((values < self.min_ssim).astype(np.int32), starts, axis=1)
        reached = slice(columns[0], columns[-1] + 1)
        np.minimum.at(self.lowest[:, reached], rows, lowest)
        np.add.at(self.differing[:, reached], rows, differing)
