"""Maps of places: one value for every neighbourhood of windows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics._jit import kernel


def widened(values: NDArray[Any], reach: int) -> NDArray[Any]:
    """Return the largest value within `reach` rows and columns of each place."""
    out = np.empty_like(values)
    _widen(values, reach, np.empty_like(values), out)
    return out


def neighbours(places: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return how many of the 3x3 places round each place, itself among them, are marked."""
    padded = np.pad(places.astype(np.uint8), 1)
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    count: NDArray[np.uint8] = across[:-2] + across[1:-1] + across[2:]
    return count


@kernel
def _widen(values: NDArray[Any], reach: int, tall: NDArray[Any], out: NDArray[Any]) -> None:
    rows, columns = values.shape
    for i in range(rows):
        line, here = tall[i], values[i]
        for j in range(columns):
            line[j] = here[j]
        for k in range(max(0, i - reach), min(rows, i + reach + 1)):
            other = values[k]
            for j in range(columns):
                line[j] = max(line[j], other[j])
    for i in range(rows):
        line, wide = tall[i], out[i]
        for j in range(columns):
            wide[j] = line[j]
        for shift in range(1, min(reach, columns - 1) + 1):
            for j in range(columns - shift):
                wide[j] = max(wide[j], line[j + shift])
            for j in range(shift, columns):
                wide[j] = max(wide[j], line[j - shift])
