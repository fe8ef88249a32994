"""Which events are searched for in the results of many recordings, and where they are written."""

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
    """Which events are searched for, and in which order they come."""

    since: Annotated[str | None, Parameter(name="--from", metavar=_WHEN)] = None
    """Events that end after this date or time, such as 2026-05-01 or 2026-05-01T22:00:00, in the
    camera's local time; with an offset from UTC (+02:00, Z), the same instant for all cameras."""

    until: Annotated[str | None, Parameter(name="--to", metavar=_WHEN)] = None
    """Events that begin before this time, or on or before this date."""

    between: Annotated[str | None, Parameter(metavar="TIMES")] = None
    """Events between these times of any day: 02:00-04:00, or 22:00-06:00 over midnight."""

    camera: Annotated[tuple[str, ...], Parameter(metavar="NAME")] = ()
    """Events of this camera, or of cameras whose names match: `'gate*'`. May be given several
    times."""

    min_strength: Annotated[float | None, Parameter(metavar="PEAK")] = None
    """Events whose peak (their largest local dissimilarity, 1 - SSIM, 0 to 2) is at least this."""

    min_duration: Annotated[float, Parameter(metavar="SECONDS")] = 0.0
    """Events that last at least this long."""

    order: Order = "time"
    """Earliest first (time), longest first (duration), strongest first (strength), or by camera and
    then time (camera)."""

    limit: Annotated[int | None, Parameter(metavar="N")] = None
    """Only the first N in this order. Default: all; 50 in the table on the terminal."""

    time_zone: Annotated[str | None, Parameter(metavar="ZONE")] = None
    """Read and show all times in this zone, for example Europe/Zurich or UTC. Default: the zone of
    each camera."""

    def __post_init__(self) -> None:
        given = self.camera  # Python may pass one string, or a list
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
        """`since` as a time; without a time zone where each camera's own applies."""
        return None if self.since is None else parse_moment("--from", self.since)

    @property
    def end(self) -> datetime.datetime | None:
        """`until` as a time; for a date, its end."""
        return None if self.until is None else parse_moment("--to", self.until, is_end=True)

    @property
    def hours(self) -> tuple[int, int] | None:
        """`between` as seconds of the day: start and end."""
        return None if self.between is None else parse_between("--between", self.between)

    @property
    def asks_for_time(self) -> bool:
        """Whether events whose time is unknown are excluded."""
        return any(given is not None for given in (self.since, self.until, self.between))

    @property
    def text(self) -> str:
        """The search, as options of the command line."""
        words = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            option = {"since": "from", "until": "to"}.get(field.name, field.name).replace("_", "-")
            if value != field.default:
                given = value if isinstance(value, tuple) else (value,)
                words += [f"--{option} {one}" for one in given]
        return " ".join(words) or "every event"

    def wants(self, camera: str) -> bool:
        """Return whether events of this camera are searched for."""
        if not self.camera:
            return True
        return any(camera == name or fnmatch.fnmatchcase(camera, name) for name in self.camera)


_FILE = Parameter(metavar="FILE", allow_leading_hyphen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFiles:
    """Where the events found are written; - is standard output."""

    csv: Annotated[Path | None, _FILE] = None
    """Write them as CSV, - to standard output; `vidsum schema --events` describes the columns.
    Default if no file is named: a human-readable table on standard output."""

    json: Annotated[Path | None, _FILE] = None
    """Write them as JSON: an object with the list events."""

    html: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write an HTML page in one file, with a picture of each of the first 200 events and links that
    open the videos there. Needs plotly and jinja2."""

    force: bool = False
    """Replace output files that exist."""

    def __post_init__(self) -> None:
        for name in ("csv", "json", "html"):  # Python may pass strings
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        check_ending("--html", self.html, (".html", ".htm"))
        check_stdout(self.named)

    @property
    def named(self) -> dict[str, Path]:
        """The files by format."""
        paths = {"csv": self.csv, "json": self.json, "html": self.html}
        return {name: path for name, path in paths.items() if path is not None}
