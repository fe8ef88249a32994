"""The next frames of a video, and what is compared of them."""

from collections import deque
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from ..frame import Frame
from .signature import SIDE, distance, signature

WINDOW = 24
"""Frames of each video that are examined together."""

_MID_GREY = 128.0
"""Signatures are relative to this: sums of their products then lose little to rounding."""


class Window:
    """The next frames of a video, and what is compared of them."""

    def __init__(
        self,
        frames: Iterable[Frame],
        by_content: bool,
        *,
        first_change: float,
        rotation: int = 0,
    ) -> None:
        self._coming = iter(frames)
        self._by_content = by_content
        self._first_change = first_change
        self._rotation = rotation
        self._begin: Fraction | None = None
        self._frames: deque[Frame] = deque()
        self.taken = 0
        """How many frames have been taken out so far."""
        self.times = np.zeros(WINDOW)
        """Seconds since the first frame of the video."""
        self.signatures = np.zeros((WINDOW, SIDE * SIDE), np.float32)
        """Relative to medium grey."""
        self.changes = np.zeros(WINDOW)
        """How much each differs from the previous frame, in squared levels a cell."""
        self.moments = np.zeros((WINDOW, 2))
        """Mean and mean square of each signature."""
        self.past = np.zeros(0)
        """Times of the last frames taken, as many as the window holds."""

    @property
    def size(self) -> int:
        """How many frames are in the window."""
        return len(self._frames)

    def fill(self) -> bool:
        """Fetch frames until the window is full; return whether it contains any."""
        while self.size < WINDOW and (frame := next(self._coming, None)) is not None:
            place = self.size
            if self._begin is None:
                self._begin = frame.time
            self.times[place] = frame.time - self._begin
            if self._by_content:
                seen = signature(frame.luma, rotation=self._rotation) - np.float32(_MID_GREY)
                # After the first frame of a video, a window is never filled from its beginning.
                change = distance(seen, self.signatures[place - 1]) if place else self._first_change
                self.changes[place] = change
                self.signatures[place] = seen
                self.moments[place] = seen.mean(), np.dot(seen, seen) / seen.size
            self._frames.append(frame)
        return bool(self._frames)

    def forget(self) -> None:
        """Forget the times of the frames that were taken."""
        self.past = np.zeros(0)

    def take(self) -> Frame:
        """Remove the first frame and return it."""
        self.past = np.append(self.past[-WINDOW + 1 :], self.times[0])
        for values in (self.times, self.signatures, self.changes, self.moments):
            values[:-1] = values[1:]
        self.taken += 1
        return self._frames.popleft()
