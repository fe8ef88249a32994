"""The frames that a memory holds: when one is remembered, and in which order they are looked at."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .prepared import Prepared, empty_stack, picture, prepare
from .state import State

STEP = Fraction(2, 5)
"""Seconds from one remembered frame to the next, by and large."""

_GOLDEN = Fraction(618, 1000)
"""The fractional parts of its multiples spread evenly. Each frame is remembered later than at equal
steps by such a part of half a step: what comes back at equal times, as a lamp or a keyframe does,
is not always met in the same phase."""

_NOW = 0.5
"""What is remembered of a time so near ahead tells nothing of what is usual now."""


class Remembered:
    """The latest frames, in slots that are used again when all are full.

    Parameters
    ----------
    size
        How many frames there is room for.
    like
        A frame of the same shape.
    """

    def __init__(self, size: int, like: Prepared) -> None:
        self.frames = empty_stack(size, like)
        """The frames, a slot each."""
        self.size = size
        """How many frames there is room for."""
        self._stored = 0
        self._times = np.empty(size)
        self._planned = 0
        self._due: Fraction | None = None

    def __len__(self) -> int:
        return min(self._stored, self.size)

    @property
    def state(self) -> State:
        """All that it knows."""
        return {
            "planes": self.frames.plane[: len(self)],
            "times": self.times,
            "stored": self._stored,
            "planned": self._planned,
            "due": self._due,
        }

    def restore(self, state: Any) -> None:
        """Know what `state` knew."""
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
        """Remember a frame, and forget the earliest where there is no room."""
        slot = self._stored % self.size
        for room, part in zip(self.frames, frame, strict=True):
            room[slot] = part
        self._times[slot] = float(time)
        self._stored += 1

    def is_due(self, time: Fraction) -> bool:
        """Return whether a frame of this time is to be remembered."""
        return self._due is None or time >= self._due

    def plan(self, time: Fraction) -> None:
        """Settle when the next frame is due, the last one being of `time`."""
        self._planned += 1
        phase = _GOLDEN * self._planned
        lateness = STEP * (phase - phase // 1) / 2
        steps = time // STEP + 1
        self._due = steps * STEP + lateness

    def order(self, now: Fraction) -> tuple[NDArray[np.int64], int]:
        """Return the slots in use, and how many of them are of the past, which come first.

        The past goes back from now. What a look at the beginning knows of the future follows,
        without what is so near that it shows what there is now.
        """
        times, seconds = self.times, float(now)
        past = np.flatnonzero(times <= seconds)
        past = past[np.argsort(-times[past], kind="stable")]
        future = np.flatnonzero(times > seconds + _NOW)
        future = future[np.argsort(times[future], kind="stable")]
        return np.concatenate((past, future)), len(past)

    def last(self, now: Fraction) -> Prepared | None:
        """Return the last frame up to now, if there is one."""
        order, past = self.order(now)
        return picture(self.frames, order[0]) if past else None
