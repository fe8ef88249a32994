"""How a camera is watched: how it is reached, which segments are written, and who is alerted."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter

from ..errors import UsageError, printable
from .batch import ScoresFormat, VideoFormat
from .encoding import VIDEO, Encoding
from .reading import Limits, Reading
from .values import check_choice, shared_values
from .writing import Writing

Transport: TypeAlias = Literal["tcp", "udp"]
LiveTiming: TypeAlias = Literal["even", "source"]

_SEGMENT = re.compile(r"([1-9]\d{0,5})(s|m|h|d|MB|GB)")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_UNIT_BYTES = {"MB": 10**6, "GB": 10**9}
_MAX_SEGMENT_SECONDS = 7 * 86400
_MAX_SEGMENT_BYTES = 1000 * 10**9

_CAMERA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

_ADDRESS = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[^\[\]:/]*):)?(?P<port>\d{1,5})")
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting(Limits):
    """Which camera is watched, and how it is reached."""

    camera: Annotated[str | None, Parameter(metavar="NAME")] = None
    """The name of the camera in file names, events and metrics: letters, digits, dots, dashes and
    underscores. Default: its host, or webcamN"""

    timeout: Annotated[float, Parameter(metavar="SECONDS")] = 10.0
    """Reconnect when nothing has arrived for this long."""

    transport: Transport = "tcp"
    """How RTSP sends the video: tcp, or udp, which loses packets under load."""

    credentials: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Read user and password from the first line of this file, USER:PASSWORD. Default: from the
    environment, VIDSUM_USER and VIDSUM_PASSWORD, unless the address has them."""

    ca_file: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Accept rtsps and https servers only with a certificate issued by a CA in this PEM file.
    Default: the connection is encrypted, but the server's certificate is not verified, as cameras
    sign their own."""

    stream: Annotated[int | None, Parameter(metavar="N")] = None
    """Use the Nth video stream, counted from 0. Default: the one marked as default, else the
    largest."""

    every: Annotated[int, Parameter(metavar="N")] = 1
    """Look at every Nth frame only, and drop the others."""

    def __post_init__(self) -> None:
        Limits.__post_init__(self)  # super() fails in classes with slots
        for name in ("credentials", "ca_file"):  # Python may pass strings
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        if self.camera is not None and _CAMERA.fullmatch(self.camera) is None:
            raise UsageError(
                f"--camera is {printable(self.camera)}, allowed are up to 100 letters, digits, "
                "dots, dashes and underscores"
            )
        if not 0.5 <= self.timeout <= 3600:
            raise UsageError(f"--timeout is {self.timeout}, allowed are 0.5 to 3600 seconds")
        check_choice("--transport", self.transport, Transport)
        _ = self.reading

    @property
    def reading(self) -> Reading:
        """The options that cameras share with files."""
        return Reading(stream=self.stream, every=self.every, **shared_values(self, Limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFiles(Encoding):
    """Which files are written, and how long they are kept."""

    output: Annotated[Path | None, Parameter(alias="-o", metavar="DIR")] = None
    """The folder for all segments. Default: nothing is written, events are only reported."""

    segment: Annotated[str, Parameter(metavar="LENGTH")] = "1h"
    """Begin a new segment at every multiple of this time on the clock (UTC), for example 1h at
    every full hour, or once the files of the current one reach this size: 90s, 10m, 1h, 1d or
    500MB, 2GB."""

    keep_days: Annotated[float | None, Parameter(metavar="DAYS")] = None
    """Remove segments that ended more than this many days ago."""

    keep_gb: Annotated[float | None, Parameter(metavar="GB")] = None
    """Remove the oldest segments while those of this camera take more than this in total."""

    video_format: VideoFormat = "mp4"
    """The container format of the condensed videos."""

    scores_format: ScoresFormat = "csv"
    """The format of the tables with every frame's scores."""

    all_scores: bool = False
    """Fill every cell of the tables; without it, scores that were not needed for the decision are
    empty."""

    timing: Annotated[LiveTiming, VIDEO] = "even"
    """Show kept frames one after another at the camera's frame rate (even), or as far apart as they
    came (source)."""

    def __post_init__(self) -> None:
        Encoding.__post_init__(self)  # super() fails in classes with slots
        if self.output is not None:
            object.__setattr__(self, "output", Path(self.output))
        seconds, size = self.segment_seconds, self.segment_bytes
        if not (
            1 <= (seconds or 0) <= _MAX_SEGMENT_SECONDS or 1 <= (size or 0) <= _MAX_SEGMENT_BYTES
        ):
            raise UsageError(
                f"--segment is {printable(self.segment)}, allowed are times up to 7d, such as 10m "
                "or 1h, and sizes up to 1000GB, such as 500MB"
            )
        for option, value in (("--keep-days", self.keep_days), ("--keep-gb", self.keep_gb)):
            if value is None:
                continue
            if not 0 < value < float("inf"):
                raise UsageError(f"{option} is {value}, allowed are numbers above 0")
            if self.output is None:
                raise UsageError(f"{option} is for segments; name their folder with -o")
        check_choice("--video-format", self.video_format, VideoFormat)
        check_choice("--scores-format", self.scores_format, ScoresFormat)
        check_choice("--timing", self.timing, LiveTiming)

    @property
    def segment_seconds(self) -> int | None:
        """The maximum length of a segment, in seconds; None where its size decides."""
        found = _SEGMENT.fullmatch(self.segment)
        return (
            int(found[1]) * _UNIT_SECONDS[found[2]] if found and found[2] in _UNIT_SECONDS else None
        )

    @property
    def segment_bytes(self) -> int | None:
        """The size in bytes at which a segment is complete; None where time decides."""
        found = _SEGMENT.fullmatch(self.segment)
        return int(found[1]) * _UNIT_BYTES[found[2]] if found and found[2] in _UNIT_BYTES else None

    def writing(self, **files: Any) -> Writing:
        """Return what to write for a segment, with these `files`."""
        shared = shared_values(self, Encoding)
        return Writing(all_scores=self.all_scores, timing=self.timing, **shared, **files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Who is alerted while a camera is watched."""

    on_event: Annotated[str | None, Parameter(metavar="COMMAND")] = None
    """Run this program, with its arguments, when an event begins and when it ends, and pass it a
    line of JSON on standard input. No shell is involved; one runs at a time, and up to 100 wait."""

    event_timeout: Annotated[float, Parameter(metavar="SECONDS")] = 30.0
    """Kill a program of --on-event that runs longer than this."""

    metrics: Annotated[str | None, Parameter(metavar="HOST:PORT")] = None
    """Serve metrics for Prometheus on this address; a port alone means 127.0.0.1, which can't be
    reached from outside this machine. Needs prometheus-client."""

    def __post_init__(self) -> None:
        if self.on_event is not None and not self.command:
            raise UsageError("--on-event is empty; name a program")
        if not 0 < self.event_timeout <= 3600:
            raise UsageError(f"--event-timeout is {self.event_timeout}, allowed are up to 3600")
        _ = self.metrics_address

    @property
    def command(self) -> tuple[str, ...]:
        """The program of `on_event` and its arguments; empty without one."""
        try:
            return tuple(shlex.split(self.on_event or ""))
        except ValueError as error:
            raise UsageError(f"--on-event {printable(self.on_event)}: {error}") from error

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port of `metrics`; None without it."""
        if self.metrics is None:
            return None
        found = _ADDRESS.fullmatch(self.metrics)
        if found is None or int(found["port"]) > 65535:
            raise UsageError(
                f"--metrics is {printable(self.metrics)}, allowed are addresses such as "
                "127.0.0.1:9464 or [::1]:9464, and ports"
            )
        return (found["host"] or _LOOPBACK).strip("[]"), int(found["port"])
