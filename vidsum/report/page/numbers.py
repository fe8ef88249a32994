"""Numbers of all frames as embedded in a page: integers of four bytes each, compressed."""

import base64
import math
import zlib
from array import array

import numpy as np
from numpy.typing import NDArray

_MISSING = -(2**31)
_INFINITE = 2**31 - 1
_MAX_NUMBER = 2**31 - 2
"""Largest number; the page's script reads `_INFINITE` as infinity, `_MISSING` as no number."""


class Numbers:
    """One number per frame, rounded to steps.

    Parameters
    ----------
    steps
        Steps per unit: a million keeps the six digits of a table.
    """

    def __init__(self, steps: int = 1) -> None:
        self.steps = steps
        self._base: int | None = None
        """The first number, from which the others count: times may do so from 1970 on."""
        self._values = array("i")

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float | None) -> None:
        """Add the number of the next frame; None if it has none."""
        if value is None:
            self._values.append(_MISSING)
        elif math.isinf(value):
            self._values.append(_INFINITE)
        else:
            whole = round(value * self.steps)
            if self._base is None:
                self._base = whole
            self._values.append(max(-_MAX_NUMBER, min(_MAX_NUMBER, whole - self._base)))

    def values(self) -> NDArray[np.float64]:
        """Return all numbers; NaN if missing."""
        values = np.array(self._values, np.int32)
        found = (values + float(self._base or 0)) / self.steps
        found[values == _MISSING] = np.nan
        found[values == _INFINITE] = np.inf
        return found

    def packed(self) -> dict[str, object]:
        """Return all numbers in the form that the page's script unpacks.

        Counted from the base, each is the difference from the previous one; the lowest bytes of all
        come first, then the next ones. Both make compressed frame numbers, times and reasons very
        small.
        """
        values = np.array(self._values, "<i4")
        steps = np.diff(values, prepend=np.zeros(1, "<i4"))
        planes = np.ascontiguousarray(steps.view(np.uint8).reshape(-1, 4).T)
        data = deflated(planes.tobytes())
        return {"steps": self.steps, "base": self._base or 0, "data": data}


def deflated(data: bytes) -> str:
    """Return bytes compressed (zlib) and in base64."""
    return base64.b64encode(zlib.compress(data)).decode("ascii")
