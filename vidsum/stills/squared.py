"""The squared errors of two images, in bands that are small in comparison."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .similarity import Counted
from .still import Still, band_rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorBand:
    """The squared errors of some rows."""

    top: int
    """The row of the image that is the first one here."""

    errors: NDArray[np.int64]
    """Squared differences, shape (channels, rows, width); 0 where pixels don't count."""

    squares: tuple[int, ...]
    """The sum of the squared samples of the first image, by channel."""

    counted: NDArray[np.bool_] | None
    """Which pixels count, shape (rows, width); None for all."""


def squared_errors(a: Still, b: Still, counted: Counted) -> Iterator[ErrorBand]:
    """Yield the squared errors of all pixels that count, from top to bottom."""
    width, height = a.size
    rows = band_rows(width)
    for top in range(0, height, rows):
        part = slice(top, top + rows)
        first = np.stack([plane[part] for plane in a.planes]).astype(np.int64)
        second = np.stack([plane[part] for plane in b.planes]).astype(np.int64)
        here = None if counted is None else counted[part]
        if here is not None:
            first *= here
            second *= here
        yield ErrorBand(
            top=top,
            errors=(first - second) ** 2,
            squares=tuple(int(square) for square in (first**2).sum(axis=(1, 2))),
            counted=here,
        )
