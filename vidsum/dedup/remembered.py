"""The frames in a memory: when one is remembered, and in which order they are looked at."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .prepared import Prepared, empty_stack, picture, prepare
from .state import State

STEP = Fraction(2, 5)
"""Seconds from one remembered frame to the next, roughly."""

_GOLDEN = Fraction(618, 1000)
"""The fractional parts of its multiples are evenly spread. Each frame is remembered that fraction
of half a step later than at equal steps: periodic changes, such as a lamp's or keyframes, are then
not always met in the same phase."""

_PRESENT_SECONDS = 0.5
"""Remembered frames less far ahead than this say nothing about what is usual now."""


class Remembered:
    """The latest frames, in slots that are reused when all are full.

    Parameters
    ----------
    size
        How many frames it holds.
    like
        A frame of the same shape.
    """

    def __init__(self, size: int, like: Prepared) -> None:
        self.frames = empty_stack(size, like)
        """The frames, one per slot."""
        self.size = size
        """How many frames it holds."""
        self._stored = 0
        self._times = np.empty(size)
        self._planned = 0
        self._due: Fraction | None = None

    def __len__(self) -> int:
        return min(self._stored, self.size)

    @property
    def state(self) -> State:
        """Everything it holds."""
        return {
            "planes": self.frames.plane[: len(self)],
            "times": self.times,
            "stored": self._stored,
            "planned": self._planned,
            "due": self._due,
        }

    def restore(self, state: Any) -> None:
        """Restore what `state` holds."""
        for slot, plane in enumerate(state["planes"]):
            for room, part in zip(self.frames, prepare(plane), strict=True):
                room[slot] = part
        self._times[: len(state["times"])] = state["times"]
        self._stored = state["stored"]
        self._planned = state["planned"]
        self._due = state["due"]

    @property
    def times(self) -> NDArray[np.float64]:
        """The time of each frame, in seconds, in the order of the slots."""
        return self._times[: len(self)]

    def store(self, frame: Prepared, time: Fraction) -> None:
        """Remember a frame, and forget the earliest if all slots are full."""
        slot = self._stored % self.size
        for room, part in zip(self.frames, frame, strict=True):
            room[slot] = part
        self._times[slot] = float(time)
        self._stored += 1

    def is_due(self, time: Fraction) -> bool:
        """Return whether a frame at this time is to be remembered."""
        return self._due is None or time >= self._due

    def plan(self, time: Fraction) -> None:
        """Decide when the next frame is due, the last one being at `time`."""
        self._planned += 1
        phase = _GOLDEN * self._planned
        lateness = STEP * (phase - phase // 1) / 2
        steps = time // STEP + 1
        self._due = steps * STEP + lateness

    def order(self, now: Fraction) -> tuple[NDArray[np.int64], int]:
        """Return the slots in use, and how many of them are of the past, which come first.

        The past goes backwards from now. Frames known from the look at the beginning that are still
        in the future follow, except those so close that they show the present.
        """
        times, seconds = self.times, float(now)
        past = np.flatnonzero(times <= seconds)
        past = past[np.argsort(-times[past], kind="stable")]
        future = np.flatnonzero(times > seconds + _PRESENT_SECONDS)
        future = future[np.argsort(times[future], kind="stable")]
        return np.concatenate((past, future)), len(past)

    def last(self, now: Fraction) -> Prepared | None:
        """Return the last frame up to now, if there is one."""
        order, past = self.order(now)
        return picture(self.frames, order[0]) if past else None
