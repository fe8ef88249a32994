"""What the name of a file reveals: the camera, and when the recording began."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath

from ...options.dates import YEARS

_DATE = r"(?P<year>(?:19|20)\d\d)(?P<mark>[-_.]?)(?P<month>\d\d)(?P=mark)(?P<day>\d\d)"

NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        # Dahua's cards: 2024-05-01/001/dav/10/10.00.00-10.15.00[M][0@0][0].dav
        rf"(?:^|/){_DATE}/(?P<camera>[^/]+)/dav/\d\d/"
        r"(?P<hour>\d\d)\.(?P<minute>\d\d)\.(?P<second>\d\d)-[^/]*$",
        # Frigate, in UTC: 2024-05-01/10/front/00.10.mp4
        rf"(?:^|/){_DATE}/(?P<hour>\d\d)/(?P<camera>[^/]+)/"
        r"(?P<minute>\d\d)\.(?P<second>\d\d)\.\w+(?P<utc>$)",
        # Date and time in the name, and the camera before it: Hikvision and Dahua's exports
        # (NVR_ch1_main_20240501100000_20240501101500.dav), Reolink
        # (RecM01_20240501_100000_100515_6D28808.mp4), Blue Iris (front.20240501_100000.mp4); in UTC
        # with a Z after it, as from `vidsum watch` (front_20240501T100000Z.mp4)
        rf"(?:^|/)(?P<camera>[^/]*?)(?<!\d)(?:DST)?{_DATE}(?:[-_.T ]|_-_)?"
        r"(?P<hour>\d\d)(?P<colon>[-_.:]?)(?P<minute>\d\d)(?P=colon)(?P<second>\d\d)"
        r"(?:\d{3}|[.,]\d+)?(?P<utc>Z(?![A-Za-z]))?(?!\d)[^/]*$",
        # Seconds or milliseconds since 1970: front-1714557600.mp4
        r"(?:^|/)(?P<camera>[^/]*?)(?<![\d.])(?P<epoch>1\d{9})(?:\d{3})?(?:\.\d+)?(?!\d)[^/]*$",
    )
)
"""The usual names of segments, tried in this order."""

_DATED_FOLDER = re.compile(r"(?:19|20)\d\d(?:[-_.]?(\d\d))?(?:[-_.]?(\d\d))?")
"""A year, optionally with month and day."""

_BELOW_YEAR = 4
"""Month, day, hour and minute, for each of which a camera may create a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Camera and start in a name."""

    camera: str
    """Empty if neither the name nor the folders above it contain one."""
    start: datetime.datetime
    """In UTC if the name has it in UTC; otherwise local time, without a time zone."""


def named(below: PurePath, expression: re.Pattern[str] | None) -> Named | None:
    """Return the camera and the start in a name; None if it has no start.

    Parameters
    ----------
    below
        The path below the source.
    expression
        A regular expression that finds them, by named groups; None for the usual names.
    """
    path = below.as_posix()
    for pattern in NAMES if expression is None else (expression,):
        match = pattern.search(path)
        start = match and _time(match.groupdict())
        if match is None or start is None:
            continue
        camera = match.groupdict().get("camera")
        if expression is None:
            folders = PurePosixPath(path[: match.start()]).parts
            camera = "/".join([*_undated(folders), (camera or "").rstrip("._- ")])
        elif camera is None:
            camera = str(below.parent.as_posix())
        return Named(camera=camera, start=start)
    return None


def _undated(folders: Iterable[str]) -> Iterator[str]:
    """Yield the folders that aren't dates; numbers are dates only below a year, else cameras."""
    left = 0
    for name in folders:
        if year := _DATED_FOLDER.fullmatch(name):
            left = _BELOW_YEAR - sum(group is not None for group in year.groups())
        elif name.isdecimal() and len(name) in (1, 2, 4) and left >= len(name) / 2:
            left -= (len(name) + 1) // 2  # month and day may be one number
        else:
            yield name


def _time(groups: dict[str, str | None]) -> datetime.datetime | None:
    """Return the time in the groups of a match, if it is valid."""
    try:
        if groups.get("epoch"):
            utc = datetime.datetime.fromtimestamp(float(groups["epoch"] or 0), datetime.UTC)
            return utc if utc.year in YEARS else None
        names = ("year", "month", "day", "hour", "minute", "second")
        year, month, day, *time = (int(groups.get(name) or 0) for name in names)
        hour, minute, second = time
        full_year = year + 2000 if year < 100 else year
        if full_year not in YEARS:
            return None
        zone = None if groups.get("utc") is None else datetime.UTC
        return datetime.datetime(full_year, month, day, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError, OSError):
        return None
