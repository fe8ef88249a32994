"""Which events are looked for in the results of many recordings, and where they are written."""

import dataclasses
import datetime
import fnmatch
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from ..errors import UsageError, printable
from .dates import parse_between, parse_moment, parse_zone
from .reporting import check_stdout
from .values import check_choice, check_ending

Order: TypeAlias = Literal["time", "duration", "strength", "camera"]

_WHEN = "WHEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Which events are looked for, and in which order they come."""

    since: Annotated[str | None, Parameter(name="--from", metavar=_WHEN)] = None
    """Events that last until after this date or time, such as 2026-05-01 or 2026-05-01T22:00:00,
    as the clock of the camera shows it; with an offset from UTC (+02:00, Z), everywhere at once."""

    until: Annotated[str | None, Parameter(name="--to", metavar=_WHEN)] = None
    """Events that begin before this time, or on this date or before."""

    between: Annotated[str | None, Parameter(metavar="TIMES")] = None
    """Events of these hours of every day: 02:00-04:00, or 22:00-06:00 over midnight."""

    camera: Annotated[tuple[str, ...], Parameter(metavar="NAME")] = ()
    """Events of this camera, or of those whose names are like this: `'gate*'`. May be given several
    times."""

    min_strength: Annotated[float | None, Parameter(metavar="PEAK")] = None
    """Events whose peak, the largest local dissimilarity (1 - SSIM, 0 to 2), is at least this."""

    min_duration: Annotated[float, Parameter(metavar="SECONDS")] = 0.0
    """Events that last at least so long."""

    order: Order = "time"
    """Earliest first (time), longest first (duration), strongest first (strength), or by camera and
    then time (camera)."""

    limit: Annotated[int | None, Parameter(metavar="N")] = None
    """The first so many in this order. Default: all; of the table on the terminal, 50."""

    time_zone: Annotated[str | None, Parameter(metavar="ZONE")] = None
    """Tell and take all times as clocks of this zone show them, for example Europe/Zurich or UTC.
    Default: that of each camera."""

    def __post_init__(self) -> None:
        given = self.camera  # one string, or a list, will do in Python
        object.__setattr__(self, "camera", (given,) if isinstance(given, str) else tuple(given))
        check_choice("--order", self.order, Order)
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"--limit is {self.limit}, allowed are whole numbers from 1")
        for option, value, most in (
            ("--min-strength", self.min_strength or 0.0, 2.0),
            ("--min-duration", self.min_duration, math.inf),
        ):
            if not 0 <= value <= most or math.isinf(value):
                end = "" if math.isinf(most) else f" to {most:g}"
                raise UsageError(f"{option} is {value}, allowed are numbers from 0{end}")
        if self.time_zone is not None:
            parse_zone("--time-zone", self.time_zone)
        begin, stop, _ = self.begin, self.end, self.hours
        if begin and stop and (begin.tzinfo is None) == (stop.tzinfo is None) and begin >= stop:
            raise UsageError(f"--to {printable(self.until)} is not after --from {self.since}")

    @property
    def begin(self) -> datetime.datetime | None:
        """`since` as a time; without a time zone where that of each camera holds."""
        return None if self.since is None else parse_moment("--from", self.since)

    @property
    def end(self) -> datetime.datetime | None:
        """`until` as a time, of a date its end."""
        return None if self.until is None else parse_moment("--to", self.until, is_end=True)

    @property
    def hours(self) -> tuple[int, int] | None:
        """`between` as seconds of the day: from, and to."""
        return None if self.between is None else parse_between("--between", self.between)

    @property
    def asks_for_time(self) -> bool:
        """Whether an event of which nobody knows the time is none that is looked for."""
        return any(given is not None for given in (self.since, self.until, self.between))

    @property
    def text(self) -> str:
        """What is looked for, as options of the command line."""
        words = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            option = {"since": "from", "until": "to"}.get(field.name, field.name).replace("_", "-")
            if value != field.default:
                given = value if isinstance(value, tuple) else (value,)
                words += [f"--{option} {one}" for one in given]
        return " ".join(words) or "every event"

    def wants(self, camera: str) -> bool:
        """Return whether events of this camera are looked for."""
        if not self.camera:
            return True
        return any(camera == name or fnmatch.fnmatchcase(camera, name) for name in self.camera)


_FILE = Parameter(metavar="FILE", allow_leading_hyphen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFiles:
    """Where events that were found are written; - is standard output."""

    csv: Annotated[Path | None, _FILE] = None
    """Write them as CSV, - to standard output; `vidsum schema --events` tells the columns. Default
    if no file is named: a table for people, on standard output."""

    json: Annotated[Path | None, _FILE] = None
    """Write them as JSON: an object with the list events."""

    html: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write a page to look at in a browser: one file with a picture of each of the first 200, and
    links that open the videos there. Needs plotly and jinja2."""

    force: bool = False
    """Replace output files that exist."""

    def __post_init__(self) -> None:
        for name in ("csv", "json", "html"):  # strings will do in Python
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        check_ending("--html", self.html, (".html", ".htm"))
        check_stdout(self.named)

    @property
    def named(self) -> dict[str, Path]:
        """The files by format."""
        paths = {"csv": self.csv, "json": self.json, "html": self.html}
        return {name: path for name, path in paths.items() if path is not None}
