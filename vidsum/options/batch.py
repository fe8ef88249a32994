"""What a batch takes, which files it writes, and how it works."""

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
"""Stands for the usual names of segments."""

LOCAL = ""
"""Stands for a cluster of this machine that is started for the run."""

_ADDRESS = re.compile(r"|auto|(ray://)?(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}")

_START = ("year", "month", "day", "hour", "minute")


def _place(kind: object, words: Sequence[Token]) -> Path | RemotePath:
    return path_or_address(words[0].value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which recordings a batch takes."""

    recursive: bool = False
    """Take the recordings of deeper folders as well; OUT gets the same folders."""

    pattern: Annotated[tuple[str, ...], Parameter(metavar="NAME")] = ()
    """Take the files of folders whose names are like this, for example `'front_*.mp4'`. May be
    given several times. Default: those with an ending of videos."""

    group: Annotated[str | None, Parameter(metavar="REGEX")] = None
    """Join the segments of one camera, in the order of time, into one recording. auto knows the
    usual names of recorders; else a regular expression finds, in the path below the source, the
    groups year, month, day, hour, minute and maybe second, or epoch, and camera, without which
    each folder is one."""

    max_gap: Annotated[float, Parameter(metavar="SECONDS")] = 10.0
    """Segments of --group with more than this between the end of one and the start of the next
    are separate recordings."""

    start_time: Annotated[str | None, Parameter(metavar="WHEN")] = None
    """Take the date and time at which recordings begin from their names (name) or their metadata
    (metadata), from neither (none), or, for one recording, as it is given here:
    2026-05-01T22:00:00. Default: the name, else the metadata. `vidsum events` asks for it."""

    time_zone: Annotated[str | None, Parameter(metavar="ZONE")] = None
    """The time zone of the cameras, for example Europe/Zurich or UTC: names tell local time, but
    for Frigate's and those with a Z behind the time. Default: that of this machine."""

    def __post_init__(self) -> None:
        given = self.pattern  # one string, or a list, will do in Python
        object.__setattr__(self, "pattern", (given,) if isinstance(given, str) else tuple(given))
        if not 0 <= self.max_gap <= 86400:
            raise UsageError(f"--max-gap is {self.max_gap}, allowed are 0 to 86400 seconds")
        if self.time_zone is not None:
            parse_zone("--time-zone", self.time_zone)
        _ = self.expression, self.start

    @property
    def start(self) -> datetime.datetime | None:
        """The time that `start_time` gives; None where it says how to find one."""
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
    """Which files are written of each recording, and how."""

    output: Annotated[
        Path | RemotePath,
        Parameter(alias="-o", metavar="OUT", n_tokens=1, accepts_keys=False, converter=_place),
    ]
    """The folder for all results, or its address, such as s3://bucket/folder, to which they are
    uploaded."""

    video_format: VideoFormat = "mp4"
    """The container of the condensed videos."""

    scores_format: ScoresFormat = "csv"
    """The format of the tables of every frame's scores."""

    html: bool = False
    """Write a page of each recording, too: NAME.html. Needs plotly and jinja2."""

    sheet: bool = False
    """Draw a contact sheet of each recording, too: NAME.sheet.jpg"""

    subtitles: bool = False
    """Write subtitles that tell the time of the source, too: NAME.condensed.vtt"""

    all_scores: bool = False
    """Fill every cell of the tables; without it, scores that the decision didn't need are
    empty."""

    force: bool = False
    """Do again what was done with other options, and replace results of other recordings of the
    same name, and files that are no results of an earlier run. What is done and unchanged is left
    alone all the same."""

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
    """Condense so many recordings at a time, each in a process of its own. Default: one for
    every core; each takes some 400 MB at 1080p. With --ray, those of the whole cluster."""

    ray: Annotated[
        str | None, Parameter(n_tokens=-1, consume_multiple=(0, 1), metavar="[ADDRESS]")
    ] = None
    """Have the nodes of a Ray cluster condense them: HOST:PORT on one of its nodes,
    ray://HOST:PORT from elsewhere, auto for the one that runs here. Without an address, one of
    this machine is started. Every node needs the same files under the same names. Name the sources
    first. Needs ray."""

    split: Annotated[float | None, Parameter(metavar="MINUTES")] = None
    """With --ray, have recordings that are longer than this decoded by all nodes, in pieces of
    seconds. Decisions, made one after another on one of them, and results are the same. For video
    that is costly to decode, nodes of few cores, and a fast network."""

    retry_failed: bool = False
    """Try again those that failed in an earlier run."""

    scratch: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    """Write results here before they are uploaded to OUT, where that is an address. Default: a
    folder of the user's own among the temporary files."""

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
    """Whether a batch goes on with what comes later."""

    watch_folder: bool = False
    """Go on for ever, with each new or changed file once it has stopped growing; Ctrl-C ends
    it."""

    settle: Annotated[float, Parameter(metavar="SECONDS")] = 5.0
    """With --watch-folder, a file has stopped growing when it has been the same for so long."""

    rescan: Annotated[float, Parameter(metavar="SECONDS")] = 60.0
    """With --watch-folder, look into all folders at least this often: network drives and addresses
    tell nothing of new files."""

    def __post_init__(self) -> None:
        for option, value in (("--settle", self.settle), ("--rescan", self.rescan)):
            if not 0.1 <= value <= 86400:
                raise UsageError(f"{option} is {value}, allowed are 0.1 to 86400 seconds")
