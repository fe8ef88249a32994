"""When a picture of a live stream was shown, by the clock of this machine.

Pictures arrive late and unevenly, and the camera's own clock runs a little fast or slow. What a
picture's timestamp says is trusted from one picture to the next; how far the two clocks are apart
is what the quickest arrivals tell.
"""

from fractions import Fraction

MICROSECOND = Fraction(1, 1_000_000)
"""Unit of all times here, in seconds; two pictures are apart by at least one."""

_FOLLOWING = 60_000_000
"""Within about so long the times follow pictures that come later and later: a camera's clock that
is slow, or a longer way."""

_MOST_LATE = 30_000_000
"""A picture that seems later than this has timestamps of another beginning."""

_MOST_BACK = 1_000_000
"""Timestamps that go back by more begin anew."""


class StreamClock:
    """Turns timestamps of a stream and the times of their arrival into times that grow strictly.

    Times are those of the monotonic clock of this machine, in microseconds.
    """

    def __init__(self) -> None:
        self.jumps = 0
        """How often timestamps began anew within a connection."""
        self._offset: int | None = None
        """What is to be added to a timestamp."""
        self._timestamp = self._arrival = 0
        self._last: int | None = None

    def reconnect(self) -> None:
        """Take the next timestamp as one of another beginning."""
        self._offset = None

    def time(self, timestamp: Fraction | None, arrival: int) -> int:
        """Return when a picture was shown.

        Parameters
        ----------
        timestamp
            Its presentation time in seconds, by the camera's clock; None if it has none.
        arrival
            When it was there, in microseconds by this machine's.
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
