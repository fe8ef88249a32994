"""MSE and SSIM of every block of two images.

The SSIM of a block is that of the two blocks cut out: the mean over the windows that are wholly
inside. Differences next to a block don't affect its scores.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .similarity import Band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """The scores of square blocks, truncated at the right and lower edge.

    A score that could not be computed is NaN: the SSIM of a block smaller than a window, or both if
    no pixel of the block is looked at.
    """

    side: int
    """Pixels along the side of a block."""

    size: tuple[int, int]
    """Width and height of the images."""

    mse: NDArray[np.float64]
    """Shape (rows, columns)."""

    ssim: NDArray[np.float64]
    """Shape (rows, columns)."""

    def __repr__(self) -> str:
        rows, columns = self.mse.shape
        return f"Grid({columns}x{rows} blocks of {self.side}x{self.side})"


class GridSums:
    """The sums from which the scores of blocks are computed.

    Parameters
    ----------
    size
        Width and height of the images.
    side
        Pixels along the side of a block.
    window
        Pixels along the side of an SSIM window.
    """

    def __init__(self, size: tuple[int, int], side: int, window: int) -> None:
        self._size = size
        self._side = side
        width, height = size
        shape = -(-height // side), -(-width // side)
        self._errors, self._pixels, self._ssim, self._windows = np.zeros((4, *shape))
        self._rows, self._columns = (
            _within(length, side, window // 2) for length in (height, width)
        )

    def add_errors(
        self, top: int, errors: NDArray[np.float64], counted: NDArray[np.bool_] | None
    ) -> None:
        """Add rows of squared errors, 0 where a pixel doesn't count."""
        pixels = np.ones(errors.shape) if counted is None else counted
        self._gather(top, errors, self._errors)
        self._gather(top, pixels, self._pixels)

    def add_ssim(self, band: Band) -> None:
        """Add a band of the map of SSIM."""
        rows, columns = (
            slice(first, first + length)
            for first, length in zip((band.top, band.left), band.values.shape[1:], strict=True)
        )
        taken = self._rows[rows, np.newaxis] & self._columns[columns]
        if band.valid is not None:
            taken &= band.valid
        for target, values in (
            (self._ssim, band.values.mean(axis=0)),
            (self._windows, np.ones(taken.shape)),
        ):
            whole = np.zeros((len(taken), self._size[0]))
            whole[:, columns] = np.where(taken, values, 0)
            self._gather(band.top, whole, target)

    def scores(self) -> Grid:
        """Return the scores of all blocks."""
        with np.errstate(invalid="ignore"):
            return Grid(
                side=self._side,
                size=self._size,
                mse=self._errors / self._pixels,
                ssim=self._ssim / self._windows,
            )

    def _gather(self, top: int, values: NDArray[np.generic], target: NDArray[np.float64]) -> None:
        starts = range(0, self._size[0], self._side)
        sums = np.add.reduceat(values, starts, axis=1, dtype=np.float64)
        np.add.at(target, (top + np.arange(len(values))) // self._side, sums)


def _within(length: int, side: int, margin: int) -> NDArray[np.bool_]:
    """Return at which of `length` positions a window lies within the block of its centre."""
    places = np.arange(length)
    begin = places // side * side
    end = np.minimum(begin + side, length)
    within: NDArray[np.bool_] = (places - margin >= begin) & (places + margin < end)
    return within
