"""Parts of the picture that don't count: they are covered with what they first showed."""

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from .plane import Reducer


class Cover:
    """Hides samples of analysis planes.

    A hidden sample keeps the value it had in the first plane, so that it never differs and no new
    edge appears next to it.

    Parameters
    ----------
    reducer
        How analysis planes are made.
    counted
        Which samples of the luma count; None for all. A sample of the analysis plane counts if all
        samples that it is made from do.

    Raises
    ------
    UsageError
        If none counts.
    """

    def __init__(self, reducer: Reducer, counted: NDArray[np.bool_] | None) -> None:
        self.samples = reducer.height * reducer.width
        """How many samples count."""
        self._hidden: NDArray[np.intp] | None = None
        self._first: NDArray[np.uint8] | None = None
        if counted is None:
            return
        factor = reducer.factor
        squares = counted[: reducer.height * factor, : reducer.width * factor].reshape(
            reducer.height, factor, reducer.width, factor
        )
        counts = squares.all(axis=(1, 3))
        self.samples = int(counts.sum())
        if not self.samples:
            raise UsageError(
                "--roi, --ignore and --mask leave nothing to look at: a picture of this size is "
                f"reduced by {factor}, and no whole square of {factor}x{factor} samples is left; "
                "leave more of it in"
            )
        rows, columns = reducer.empty().shape
        below, right = rows - reducer.height, columns - reducer.width
        self._hidden = np.flatnonzero(~np.pad(counts, ((0, below), (0, right)), mode="edge"))

    @property
    def first(self) -> NDArray[np.uint8] | None:
        """What the hidden samples first showed; None before the first plane."""
        return self._first

    @first.setter
    def first(self, samples: NDArray[np.uint8] | None) -> None:
        self._first = samples

    def cover(self, plane: NDArray[np.uint8]) -> None:
        """Cover the samples of `plane` that don't count."""
        if self._hidden is None:
            return
        samples = plane.reshape(-1)
        if self._first is None:
            self._first = samples[self._hidden]
        else:
            samples[self._hidden] = self._first
