"""Dates, times of day and time zones, as options take them."""

import datetime
import os
import re
from typing import TYPE_CHECKING

from ..errors import UsageError, printable

if TYPE_CHECKING:
    import zoneinfo

YEARS = range(1900, 2200)
"""Dates outside of these years are taken for mistakes, so that no arithmetic on dates overflows."""

_ZONES = "zoneinfo/"
_DAY = 86400
_BETWEEN = re.compile(r"(\d{1,2}:\d\d(?::\d\d)?)-(\d{1,2}:\d\d(?::\d\d)?)")


def parse_moment(option: str, text: str, *, is_end: bool = False) -> datetime.datetime:
    """Return the date and time that `text` names; a date alone means its beginning, or its end.

    The result has no time zone unless `text` has an offset from UTC.

    Raises
    ------
    UsageError
        If it names neither.
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
    """Return ``22:00-06:00`` as seconds of the day: start and end.

    Raises
    ------
    UsageError
        If it can't be parsed, or both times are equal.
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
        If there is none of this name.
    """
    import zoneinfo  # slow to import, and few commands need it

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"{option} is {printable(name)}, allowed are names such as Europe/Zurich and UTC; if "
            "this machine knows no such names, pip install tzdata"
        ) from None


def zone_of_machine() -> str | None:
    """Return the name of this machine's time zone; None if it is not known."""
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
