"""Which frames of the input are looked at, and how large the input may be."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ..errors import UsageError
from .panels import panel
from .values import Time, parse_time

_MAX_LIMIT = 2**31 - 1
"""Largest value of a limit: FFmpeg counts pixels in 31 bits."""

_LIMIT = Parameter(metavar="N", group=panel("Limits"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large an input may be; larger ones are refused."""

    max_pixels: Annotated[int, _LIMIT] = 50_000_000
    """Refuse pictures with more pixels than this; 8K video has 33 million. Dozens are in memory at
    a time, at 1.5 bytes a pixel and more."""

    max_streams: Annotated[int, _LIMIT] = 100
    """Refuse files with more video, audio and other streams; most have a few."""

    max_metadata: Annotated[int, _LIMIT] = 1_000_000
    """Refuse files with more characters of titles, comments and other metadata."""

    def __post_init__(self) -> None:
        for name in LIMITS:
            if not 1 <= (value := getattr(self, name)) <= _MAX_LIMIT:
                option = name.replace("_", "-")
                raise UsageError(
                    f"--{option} is {value}, allowed are whole numbers from 1 to {_MAX_LIMIT}"
                )


LIMITS = tuple(field.name for field in dataclasses.fields(Limits))
"""Options that change no result, only which inputs are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Limits):
    """Which frames of the input are looked at, and how they are decoded."""

    start: Time = None
    """Begin at this time of the recording, in seconds or as HH:MM:SS.mmm. Nothing before it is
    decoded."""

    end: Time = None
    """Stop before this time of the recording, in seconds or as HH:MM:SS.mmm."""

    every: Annotated[int, Parameter(metavar="N")] = 1
    """Look at every Nth frame only, and drop the others."""

    stream: Annotated[int | None, Parameter(metavar="N")] = None
    """Use the Nth video stream, counted from 0. Default: the one that the file marks as default,
    else the largest."""

    hwaccel: Annotated[str | None, Parameter(metavar="NAME")] = None
    """Decode through the ffmpeg binary with this hardware decoder, for example cuda, vaapi,
    videotoolbox, or none for that binary's software decoders."""

    def __post_init__(self) -> None:
        Limits.__post_init__(self)  # super() fails in classes with slots
        if self.every < 1:
            raise UsageError(f"--every is {self.every}, allowed are whole numbers from 1")
        if self.stream is not None and self.stream < 0:
            raise UsageError(f"--stream is {self.stream}, allowed are whole numbers from 0")
        if self.hwaccel is not None and not re.fullmatch(r"[A-Za-z0-9_]+", self.hwaccel):
            raise UsageError(
                f"--hwaccel is {self.hwaccel!r}; `ffmpeg -hwaccels` lists the names that work"
            )
        start, end = self.start_seconds, self.end_seconds
        if start is not None and end is not None and end <= start:
            raise UsageError(f"--end {self.end} is not after --start {self.start}")

    @property
    def start_seconds(self) -> float | None:
        """`start` in seconds."""
        return parse_time("--start", self.start)

    @property
    def end_seconds(self) -> float | None:
        """`end` in seconds."""
        return parse_time("--end", self.end)
