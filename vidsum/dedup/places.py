"""Maps of places: one value for every neighbourhood of windows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def widened(values: NDArray[Any], reach: int) -> NDArray[Any]:
    """Return the largest value within `reach` rows and columns of each place."""
    return _widened_down(_widened_down(values, reach).T, reach).T


def share(places: NDArray[np.bool_]) -> float:
    """Return the share of places that are marked, nine times as fast as their mean."""
    return np.count_nonzero(places) / places.size


def neighbours(places: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return how many of the 3x3 places around and including each place are marked."""
    padded = np.pad(places.astype(np.uint8), 1)
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    count: NDArray[np.uint8] = across[:-2] + across[1:-1] + across[2:]
    return count


def _widened_down(values: NDArray[Any], reach: int) -> NDArray[Any]:
    out = values.copy(order="K")
    for shift in range(1, min(reach, len(values) - 1) + 1):
        np.maximum(out[shift:], values[:-shift], out=out[shift:])
        np.maximum(out[:-shift], values[shift:], out=out[:-shift])
    return out
