"""Maps of places: one value for every neighbourhood of windows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def widened(values: NDArray[Any], reach: int) -> NDArray[Any]:
    """Return the largest value within `reach` rows and columns of each place."""
    padded = np.pad(values, reach, mode="edge")
    height, width = values.shape
    tall = padded[:height].copy()
    for shift in range(1, 2 * reach + 1):
        np.maximum(tall, padded[shift : shift + height], out=tall)
    wide = tall[:, :width].copy()
    for shift in range(1, 2 * reach + 1):
        np.maximum(wide, tall[:, shift : shift + width], out=wide)
    return wide
