"""When a picture of a live stream was shown, by this machine's clock.

Pictures arrive late and unevenly, and the camera's clock runs a little fast or slow. From one
picture to the next, the timestamps are trusted; the difference between the two clocks is taken from
the quickest arrivals.
"""

from fractions import Fraction

MICROSECOND = Fraction(1, 1_000_000)
"""Unit of all times here, in seconds; two pictures are at least one unit apart."""

_FOLLOWING = 60_000_000
"""Within roughly this time, the times follow pictures that arrive later and later: the camera's
clock is slow, or the delay has grown."""

_MOST_LATE = 30_000_000
"""If a picture seems later than this, its timestamps have restarted."""

_MOST_BACK = 1_000_000
"""If timestamps go back by more than this, they have restarted."""


class StreamClock:
    """Turns timestamps of a stream and their times of arrival into strictly increasing times.

    Times are those of this machine's monotonic clock, in microseconds.
    """

    def __init__(self) -> None:
        self.jumps = 0
        """How often timestamps restarted within a connection."""
        self._offset: int | None = None
        """What is added to a timestamp."""
        self._timestamp = self._arrival = 0
        self._last: int | None = None

    def reconnect(self) -> None:
        """Treat the next timestamp as the first after a restart."""
        self._offset = None

    def time(self, timestamp: Fraction | None, arrival: int) -> int:
        """Return when a picture was shown.

        Parameters
        ----------
        timestamp
            Its presentation time in seconds, by the camera's clock; None if it has none.
        arrival
            When it arrived, in microseconds by this machine's clock.
        """
        time = arrival if timestamp is None else self._estimate(timestamp, arrival)
        if self._last is not None:
            time = max(time, self._last + 1)
        self._last = time
        return time

    def _estimate(self, timestamp: Fraction, arrival: int) -> int:
        stamp = round(timestamp / MICROSECOND)
        apart = arrival - stamp
        if self._offset is None:
            self._offset = apart
        elif stamp < self._timestamp - _MOST_BACK or apart > self._offset + _MOST_LATE:
            self.jumps += 1
            self._offset = apart
        else:
            if apart < self._offset - _MOST_LATE:
                self.jumps += 1
            share = min(arrival - self._arrival, _FOLLOWING)
            behind = apart - self._offset
            self._offset += behind if behind < 0 else behind * share // _FOLLOWING
        self._timestamp, self._arrival = stamp, arrival
        return stamp + self._offset
