"""Dates, times of day and time zones, as options have them."""

import datetime
import os
import re
from typing import TYPE_CHECKING

from ..errors import UsageError, printable

if TYPE_CHECKING:
    import zoneinfo

YEARS = range(1900, 2200)
"""Outside of these, a date is taken for a mistake: no arithmetic with it ever overflows."""

_ZONES = "zoneinfo/"
_DAY = 86400
_BETWEEN = re.compile(r"(\d{1,2}:\d\d(?::\d\d)?)-(\d{1,2}:\d\d(?::\d\d)?)")


def parse_moment(option: str, text: str, *, is_end: bool = False) -> datetime.datetime:
    """Return the date and time that `text` names; a date is its beginning, or its end.

    Without an offset from UTC in it, what is returned has no time zone.

    Raises
    ------
    UsageError
        If it names none.
    """
    given = text.strip()
    try:
        moment = datetime.datetime.fromisoformat(given)
        if is_end and len(given) <= len("2026-05-01"):
            moment += datetime.timedelta(days=1)
        if moment.year not in YEARS:
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} is {printable(text)}, allowed are dates (2026-05-01) and times "
            "(2026-05-01T22:00:00), with an offset from UTC (+02:00, Z) if it is not local time"
        ) from None
    return moment


def parse_between(option: str, text: str) -> tuple[int, int]:
    """Return the seconds of the day that ``22:00-06:00`` stands for: from, and to.

    Raises
    ------
    UsageError
        If it stands for none, or for no time at all.
    """
    match = _BETWEEN.fullmatch(text.strip())
    begin, end = (None, None) if match is None else map(_second_of_day, match.groups())
    if begin is None or end is None or begin % _DAY == end % _DAY:
        raise UsageError(
            f"{option} is {printable(text)}, allowed are two times of the day, such as 02:00-04:00 "
            "or, over midnight, 22:00-06:00"
        )
    return begin % _DAY, end % _DAY


def parse_zone(option: str, name: str) -> "zoneinfo.ZoneInfo":
    """Return the time zone of this name.

    Raises
    ------
    UsageError
        If there is none.
    """
    import zoneinfo  # which takes a while, and few commands need it

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"{option} is {printable(name)}, allowed are names such as Europe/Zurich and UTC; if "
            "this machine knows no such names, pip install tzdata"
        ) from None


def zone_of_machine() -> str | None:
    """Return the name of this machine's time zone; None if it tells none."""
    import zoneinfo

    told = os.environ.get("TZ") or os.path.realpath("/etc/localtime")
    name = told.removeprefix(":").rpartition(_ZONES)[2]
    try:
        return zoneinfo.ZoneInfo(name).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _second_of_day(text: str) -> int | None:
    hour, minute, second = (*map(int, text.split(":")), 0)[:3]
    seconds = hour * 3600 + minute * 60 + second
    return seconds if minute < 60 and second < 60 and seconds <= _DAY else None
