"""How changes form events."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ..errors import UsageError

MAX_PAD = 30
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How changed frames form events, and what is kept around them."""

    merge_gap: Annotated[float, Parameter(metavar="SECONDS")] = 2.0
    """Changes closer together than this form one event."""

    pad: Annotated[float, Parameter(metavar="SECONDS")] = 0.0
    """Keep every frame within this time of a change. Up to 30; the frames wait in memory, 3 MB each
    at 1080p."""

    min_event: Annotated[float, Parameter(metavar="SECONDS")] = 0.0
    """Drop events shorter than this, from their first to their last change. A change that happens
    in one frame and stays counts as short."""

    def __post_init__(self) -> None:
        for option, value, most in (
            ("--merge-gap", self.merge_gap, 3600),
            ("--pad", self.pad, MAX_PAD),
            ("--min-event", self.min_event, 3600),
        ):
            if not 0 <= value <= most:
                raise UsageError(f"{option} is {value}, allowed are 0 to {most} seconds")
