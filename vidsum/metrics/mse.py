"""Mean squared error and peak signal-to-noise ratio of two planes."""

import math

import numpy as np

from ..kernels import kernel
from ._arrays import Plane, comparable, full_scale


def mse(reference: Plane, candidate: Plane) -> float:
    """Return the mean squared error of two planes, in squared levels of their own depth.

    Parameters
    ----------
    reference, candidate
        2-D arrays of the same shape and type, uint8 or uint16.

    Returns
    -------
    float
        At least 0; 0 only for identical planes.

    Raises
    ------
    UsageError
        If the planes differ in shape or type, are empty, or are not 2-D uint8 or uint16.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((4, 4), 100, np.uint8)
    >>> mse(grey, grey + np.uint8(3))
    9.0
    """
    reference, candidate = comparable(reference, candidate)
    return float(_squared_error(reference, candidate) / reference.size)


def psnr(reference: Plane, candidate: Plane, *, data_range: int | None = None) -> float:
    """Return the peak signal-to-noise ratio of two planes in decibels.

    ``10 log10(data_range**2 / mse)``, as FFmpeg's ``psnr`` filter computes it per plane.

    Parameters
    ----------
    reference, candidate
        2-D arrays of the same shape and type, uint8 or uint16.
    data_range
        The distance between black and white: 255 for uint8; required for uint16 (1023 for 10-bit
        samples).

    Returns
    -------
    float
        Infinite for identical planes.

    Raises
    ------
    UsageError
        As for `mse`, and if `data_range` is missing for uint16 or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((4, 4), 100, np.uint8)
    >>> round(psnr(grey, grey + np.uint8(3)), 2)
    38.59
    """
    return decibels(mse(reference, candidate), full_scale(reference, data_range))


def decibels(mse: float, peak: int) -> float:
    """Return the PSNR for a mean squared error, where `peak` is white."""
    return math.inf if mse == 0 else 10 * math.log10(peak**2 / mse)


@kernel
def _squared_error(reference: Plane, candidate: Plane) -> np.int64:
    height, width = reference.shape
    total = np.int64(0)
    for y in range(height):
        # A sum per row keeps the inner loop in 32-bit lanes for 8-bit planes.
        row = np.int64(0)
        for x in range(width):
            difference = np.int64(reference[y, x]) - np.int64(candidate[y, x])
            row += difference * difference
        total += row
    return total
