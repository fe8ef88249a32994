"""Presentation times that increase from frame to frame, whatever the timestamps do."""

from fractions import Fraction

from .faults import FaultKind, FaultLog

RESET = Fraction(1)
"""A step back by more than this, in seconds, is a restart; a smaller one is a glitch."""

_SMALLEST_STEP = Fraction(1, 1_000_000)
"""Times of two frames differ by at least this, in seconds: the last digit of the scores table."""


class Clock:
    """Turns timestamps into strictly increasing times in seconds.

    Parameters
    ----------
    time_base
        Unit of the timestamps, in seconds.
    frame_duration
        How long a frame lasts if no timestamp says, in seconds.
    log
        Where repairs are counted.
    """

    def __init__(self, time_base: Fraction, frame_duration: Fraction, log: FaultLog) -> None:
        self._time_base = time_base
        self._frame_duration = frame_duration
        self._log = log
        self.shift = Fraction(0)
        """How many seconds times are currently ahead of the timestamps, which have restarted."""
        self._last: Fraction | None = None
        self._timed = False

    def time(self, timestamp: int | None) -> Fraction:
        """Return the time of the next frame in presentation order, in seconds."""
        if timestamp is None:
            time = self._next()
            if self._timed:
                self._log.add(FaultKind.TIMESTAMP, time)
            elif self._last is None:
                self._log.add(FaultKind.UNTIMED, time)
        else:
            time = self._repaired(timestamp * self._time_base + self.shift)
            self._timed = True
        self._last = time
        return time

    def _repaired(self, time: Fraction) -> Fraction:
        if self._last is None or time >= self._last + _SMALLEST_STEP:
            return time
        repaired = self._last + _SMALLEST_STEP
        if self._last - time > RESET:
            repaired = self._next()
            self.shift += repaired - time
        self._log.add(FaultKind.TIMESTAMP, repaired)
        return repaired

    def _next(self) -> Fraction:
        return Fraction(0) if self._last is None else self._last + self._frame_duration
