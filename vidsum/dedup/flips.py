"""Places that flip: each of their looks stays for a moment, and is followed at once by another.

The digits of a clock, a counter and a blinking lamp do so. Passing objects don't: they move through
a place, with no two looks alike in succession. A place that flips again and again may flip to
something that it never showed.

Digits flip together: a place right next to a flipping one, which was still and changes at the same
instant, belongs to it, and is remembered as such. So the minute is known before it has changed
twice. It must be in line with what flips, and not much larger: something that pops up above or
below a clock is not one of its digits.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .places import share, widened
from .state import State, arrays_of, put_back

_FADE_SECONDS = 8
"""Flips count less the longer ago they were, decaying with this time constant."""

_MIN_FLIPS = 2.5
"""Flips, after decay, that make a place a flipping one: three within 3 seconds, or four within 8.
Something that comes and goes once makes two."""

_MAX_SHARE_AT_ONCE = 0.03
"""The largest share of the picture that may flip at one instant; more is a new slide."""

_MAX_SHARE = 0.2
"""If a larger share of the picture than this seems to flip over time, it is a slide show."""

_STAYED_FRAMES = 2
"""A look that was remembered this many times in succession has stayed."""

_REACH_PLACES = 4
"""Places this close to each other may flip together."""

_MAX_STEPS = 8
"""How far a flip may spread in all, in steps of that size."""

_MAX_GROWTH = 2
"""What joins a flip may be this many times as large as everything that flips."""


_LASTING = ("_run", "_flips", "_stayed_before", "_joined", "possible")

_MAX_ROWS_BEYOND = 1
"""Digits form a line: what joins a flip extends at most this many rows of places beyond it."""


class Flips:
    """Which places flip.

    Parameters
    ----------
    shape
        Rows and columns of places.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._run = np.zeros(shape, np.int32)
        self._flips = np.zeros(shape, np.float32)
        self._stayed_before = np.zeros(shape, np.bool_)
        self._joined = np.zeros(shape, np.bool_)
        self._time: Fraction | None = None
        self.possible = np.zeros(shape, np.bool_)
        """Places that may have flipped since the last remembered frame."""

    @property
    def state(self) -> State:
        """Everything it has learnt."""
        return {**arrays_of(self, _LASTING), "time": self._time}

    def restore(self, state: Any) -> None:
        """Restore what `state` holds."""
        put_back(self, _LASTING, state)
        self._time = state["time"]

    @property
    def known(self) -> NDArray[np.bool_]:
        """The places that flip."""
        flips: NDArray[np.bool_] = self._joined | (self._flips >= _MIN_FLIPS)
        return flips if share(flips) <= _MAX_SHARE else np.zeros_like(flips)

    def note(self, clearly: NDArray[np.bool_], differs: NDArray[np.bool_], time: Fraction) -> None:
        """Note where a remembered frame differs from the one remembered before it.

        Differences with no clear difference nearby are slow drift, not flips.
        """
        changed = differs & widened(clearly, _REACH_PLACES)
        if self._time is not None:
            self._flips *= math.exp(-float(time - self._time) / _FADE_SECONDS)
        self._time = time
        stayed = self._run >= _STAYED_FRAMES
        # A place that changes before its look has stayed shows motion, not flips.
        self._flips[changed & ~stayed] = 0
        self._stayed_before[changed] = stayed[changed]
        self._run += 1
        self._run[changed] = 1
        flipped = (self._run == _STAYED_FRAMES) & self._stayed_before
        if share(flipped) <= _MAX_SHARE_AT_ONCE:
            self._flips += flipped
        known = self.known
        if known.any():
            self.possible = widened(known, _REACH_PLACES * _MAX_STEPS) & (
                self._run >= _STAYED_FRAMES
            )
        else:
            self.possible = known

    def explain(self, new: NDArray[np.bool_], differs: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the places that show something new have only flipped.

        Parameters
        ----------
        new
            Places that show something new.
        differs
            Places that differ from the frame that was remembered last.
        """
        was_still = self._run >= _STAYED_FRAMES
        flipped = self.known & was_still & differs
        if share(flipped) > _MAX_SHARE_AT_ONCE:
            return np.zeros_like(flipped)
        # Of a digit that flips all the time, most places vary too much to be known to flip.
        together = self.known | (differs & ~new & widened(flipped, _REACH_PLACES))
        line = widened(together.any(axis=1)[:, np.newaxis], _MAX_ROWS_BEYOND)
        beside = new & was_still & ~flipped
        grown = flipped
        for _ in range(_MAX_STEPS):
            wider = flipped | (beside & widened(grown, _REACH_PLACES))
            if np.array_equal(wider, grown):
                break
            grown = wider
        joined = grown & ~flipped
        in_line = not (joined & ~line).any()
        if in_line and joined.sum() <= _MAX_GROWTH * together.sum():
            self._joined |= joined
            flipped = flipped | joined
        return flipped & new
