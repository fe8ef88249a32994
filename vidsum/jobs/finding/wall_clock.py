"""What clocks show during a recording, whose own times are seconds."""

import datetime
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_DAY = 86400.0
_SECOND = 1_000_000
_DAY_LONG = 86400 * _SECOND
_MAX_SEARCHED_SECONDS = 400 * _DAY
"""Changes of the clock are looked for in at most this much of one segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a recording during which clocks run without a jump."""

    begin: float
    """Its beginning in the recording, in seconds."""
    utc: int
    """The same as microseconds since 1970."""
    offset: int
    """Seconds by which clocks there are ahead of UTC."""


def stretches_of(
    starts: Sequence[tuple[float, datetime.datetime]], zone: datetime.tzinfo, end: float | None
) -> Iterator[Stretch]:
    """Yield the intervals of a recording in order.

    A new one begins with every segment, and when clocks are put forward or back.

    Parameters
    ----------
    starts
        The seconds of the recording at which segments start, each with its date and time.
    zone
        The time zone of the clocks.
    end
        When the recording ends, in its seconds; None if unknown.
    """
    for (begin, start), following in itertools.zip_longest(starts, starts[1:]):
        if following and following[0] <= begin:  # nothing of this segment was seen
            continue
        utc = microseconds(start)
        last = following[0] if following else begin + _DAY if end is None else end
        offset = _offset(utc, zone)
        yield Stretch(begin=begin, utc=utc, offset=offset)
        stop = utc + round(min(last - begin, _MAX_SEARCHED_SECONDS) * 1e6)
        for day in range(utc, stop, _DAY_LONG):
            after = _offset(day + _DAY_LONG, zone)
            if after != offset:
                change = _change(day, zone, offset)
                if change >= stop:
                    break
                offset = after
                yield Stretch(begin=begin + (change - utc) / 1e6, utc=change, offset=offset)


def microseconds(moment: datetime.datetime) -> int:
    """Return a time as microseconds since 1970; one without a time zone as if it were UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(utc: int, zone: datetime.tzinfo) -> datetime.datetime:
    """Return the time this many microseconds after the beginning of 1970, in that time zone."""
    return (_EPOCH + utc * _MICROSECOND).astimezone(zone)


def _offset(utc: int, zone: datetime.tzinfo) -> int:
    offset = moment_of(utc, zone).utcoffset() or datetime.timedelta()
    return round(offset.total_seconds())


def _change(utc: int, zone: datetime.tzinfo, before: int) -> int:
    """Return when, within a day after `utc`, clocks cease to be `before` seconds ahead."""
    low = utc // _SECOND
    high = low + _DAY_LONG // _SECOND + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle * _SECOND, zone) == before else (low, middle)
    return high * _SECOND
