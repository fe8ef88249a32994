"""What a batch processes, which files it writes, and how it works."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter, Token

from ..errors import UsageError, printable
from ..remote import RemotePath, path_or_address
from .dates import parse_moment, parse_zone
from .encoding import Editing
from .values import check_choice, shared_values
from .writing import Writing

VideoFormat: TypeAlias = Literal["mp4", "mov", "mkv", "avi", "webm"]
ScoresFormat: TypeAlias = Literal["csv", "json", "jsonl", "parquet"]

AUTO = "auto"
"""Stands for the usual file names of segments."""

LOCAL = ""
"""Stands for a cluster on this machine, started for the run."""

_ADDRESS = re.compile(r"|auto|(ray://)?(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}")

_START = ("year", "month", "day", "hour", "minute")


def _place(kind: object, words: Sequence[Token]) -> Path | RemotePath:
    return path_or_address(words[0].value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which recordings a batch processes."""

    recursive: bool = False
    """Process the recordings in subfolders as well; OUT gets the same subfolders."""

    pattern: Annotated[tuple[str, ...], Parameter(metavar="NAME")] = ()
    """Process the files whose names match this, for example `'front_*.mp4'`. May be given several
    times. Default: those with the extension of a video."""

    group: Annotated[str | None, Parameter(metavar="REGEX")] = None
    """Join the segments of one camera, in order of time, into one recording. auto knows the usual
    file names of recorders; otherwise give a regular expression that is searched for in the path
    below the source, with the groups year, month, day, hour, minute and optionally second, or
    epoch; and optionally camera, without which each folder is a camera."""

    max_gap: Annotated[float, Parameter(metavar="SECONDS")] = 10.0
    """Segments of --group that are further apart than this, from the end of one to the start of the
    next, become separate recordings."""

    start_time: Annotated[str | None, Parameter(metavar="WHEN")] = None
    """Where the date and time at which a recording begins come from: its name (name), its metadata
    (metadata), neither (none), or, for a single recording, given here: 2026-05-01T22:00:00.
    Default: the name, else the metadata. `vidsum events` needs it."""

    time_zone: Annotated[str | None, Parameter(metavar="ZONE")] = None
    """The time zone of the cameras, for example Europe/Zurich or UTC: names hold local time,
    except Frigate's and those with a Z after the time. Default: that of this machine."""

    def __post_init__(self) -> None:
        given = self.pattern  # Python may pass one string, or a list
        object.__setattr__(self, "pattern", (given,) if isinstance(given, str) else tuple(given))
        if not 0 <= self.max_gap <= 86400:
            raise UsageError(f"--max-gap is {self.max_gap}, allowed are 0 to 86400 seconds")
        if self.time_zone is not None:
            parse_zone("--time-zone", self.time_zone)
        _ = self.expression, self.start

    @property
    def start(self) -> datetime.datetime | None:
        """The time given as `start_time`; None where it says how to find one."""
        if self.start_time is None or self.start_time in ("name", "metadata", "none"):
            return None
        return parse_moment("--start-time", self.start_time)

    @property
    def expression(self) -> re.Pattern[str] | None:
        """The regular expression of `group`; None where it is `AUTO` or not given."""
        if self.group is None or self.group == AUTO:
            return None
        try:
            expression = re.compile(self.group)
        except re.error as error:
            raise UsageError(
                f"--group {printable(self.group)}: no regular expression, {error}"
            ) from error
        missing = [name for name in _START if name not in expression.groupindex]
        if missing and "epoch" not in expression.groupindex:
            raise UsageError(
                f"--group {printable(self.group)}: has no group {', '.join(missing)}; the start of "
                "a segment is found by (?P<year>...), month, day, hour, minute and maybe second, "
                "or by (?P<epoch>...)"
            )
        return expression


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFiles(Editing):
    """Which files are written for each recording, and how."""

    output: Annotated[
        Path | RemotePath,
        Parameter(alias="-o", metavar="OUT", n_tokens=1, accepts_keys=False, converter=_place),
    ]
    """The folder for all results, or an address, such as s3://bucket/folder, to which they are
    uploaded."""

    video_format: VideoFormat = "mp4"
    """The container format of the condensed videos."""

    scores_format: ScoresFormat = "csv"
    """The format of the tables with every frame's scores."""

    html: bool = False
    """Also write an HTML page for each recording: NAME.html. Needs plotly and jinja2."""

    sheet: bool = False
    """Also draw a contact sheet of each recording: NAME.sheet.jpg"""

    subtitles: bool = False
    """Also write subtitles that show the time in the source: NAME.condensed.vtt"""

    all_scores: bool = False
    """Fill every cell of the tables; without it, scores that were not needed for the decision are
    empty."""

    force: bool = False
    """Redo what was done with other options, and replace results of other recordings with the same
    name, and files that are not results of an earlier run. Results that are up to date are left
    alone even so."""

    def __post_init__(self) -> None:
        Editing.__post_init__(self)  # super() fails in classes with slots
        object.__setattr__(self, "output", path_or_address(self.output))
        check_choice("--video-format", self.video_format, VideoFormat)
        check_choice("--scores-format", self.scores_format, ScoresFormat)

    def writing(self, **files: Any) -> Writing:
        """Return what `condense` is to write, with these `files`."""
        return Writing(all_scores=self.all_scores, **shared_values(self, Editing), **files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """How a batch works."""

    workers: Annotated[int | None, Parameter(metavar="N")] = None
    """Condense this many recordings at a time, each in its own process. Default: one per core; each
    takes some 400 MB at 1080p. With --ray, one per core of the whole cluster."""

    ray: Annotated[
        str | None, Parameter(n_tokens=-1, consume_multiple=(0, 1), metavar="[ADDRESS]")
    ] = None
    """Let the nodes of a Ray cluster condense them: HOST:PORT on one of its nodes, ray://HOST:PORT
    from elsewhere, auto for the one that runs here. Without an address, one is started on this
    machine. Every node needs the same files under the same names. Name the sources first. Needs
    ray."""

    split: Annotated[float | None, Parameter(metavar="MINUTES")] = None
    """With --ray, have all nodes decode recordings longer than this, in pieces of a few seconds.
    One node makes the decisions, one after another; results are the same. For video that is costly
    to decode, nodes with few cores, and a fast network."""

    retry_failed: bool = False
    """Retry the recordings that failed in an earlier run."""

    scratch: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    """Write results here before they are uploaded to OUT, where that is an address. Default: a
    folder of the user's own in the directory for temporary files."""

    def __post_init__(self) -> None:
        if self.scratch is not None:
            object.__setattr__(self, "scratch", Path(self.scratch))
        if self.workers is not None and not 1 <= self.workers <= 1000:
            raise UsageError(f"--workers is {self.workers}, allowed are 1 to 1000")
        if self.ray is not None and _ADDRESS.fullmatch(self.ray) is None:
            raise UsageError(
                f"--ray {printable(self.ray)}: no address of a cluster; allowed are HOST:PORT, "
                "ray://HOST:PORT, auto and nothing, and sources are named before it"
            )
        if self.split is not None and self.ray is None:
            raise UsageError("--split spreads a recording over a cluster; name that with --ray")
        if self.split is not None and not 0 <= self.split <= 10000:
            raise UsageError(f"--split is {self.split}, allowed are 0 to 10000 minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Whether a batch keeps running and processes new files."""

    watch_folder: bool = False
    """Keep running, and process each new or changed file once it has stopped growing; Ctrl-C ends
    the run."""

    settle: Annotated[float, Parameter(metavar="SECONDS")] = 5.0
    """With --watch-folder, a file has stopped growing when it has not changed for this long."""

    rescan: Annotated[float, Parameter(metavar="SECONDS")] = 60.0
    """With --watch-folder, scan all folders at least this often: network drives and addresses send
    no notice of new files."""

    def __post_init__(self) -> None:
        for option, value in (("--settle", self.settle), ("--rescan", self.rescan)):
            if not 0.1 <= value <= 86400:
                raise UsageError(f"{option} is {value}, allowed are 0.1 to 86400 seconds")
