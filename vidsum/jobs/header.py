"""The header of a table or a page, which describes all its rows."""

import dataclasses
import importlib.metadata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..errors import printable
from ..frame import VideoInfo
from ..options import Thresholds
from ..remote.path import InputPath
from ..report.events import event_values
from ..report.totals import Totals
from ..spreadsheet import source_name
from .condensing.flow import Flow


class Described(Protocol):
    """What a header describes: a recording, or a segment from a camera."""

    @property
    def info(self) -> VideoInfo:
        """What is known of the video."""

    @property
    def paths(self) -> Sequence[InputPath | str]:
        """Names of the inputs."""

    @property
    def fault_lines(self) -> tuple[str, ...]:
        """What was wrong with them, one line each."""

    @property
    def lost_input(self) -> bool:
        """Whether part of them was lost."""


def header_of(
    recording: Described, flow: Flow, summary: dict[str, object], options: dict[str, object]
) -> dict[str, object]:
    """Return the header of a run that has ended."""
    return {
        "vidsum": importlib.metadata.version("vidsum"),
        "input": {
            "files": [source_name(path) for path in recording.paths],
            **described(recording.info),
        },
        "options": options,
        "summary": summary,
        "events": [event_values(event) for event in flow.events],
    }


def summary_of(
    recording: Described, flow: Flow, totals: Totals, *, stopped: bool
) -> dict[str, object]:
    """Return the header's summary of all rows and of how the run went."""
    return totals.summary() | {
        "seconds": round(float(flow.end - flow.begin), 6),
        "events": len(flow.events),
        "complete": not stopped,
        "lost_input": recording.lost_input,
        "faults": list(recording.fault_lines),
    }


def options_of(thresholds: Thresholds, *groups: Any) -> dict[str, object]:
    """Return the options that have a value, including those from the preset."""
    values: dict[str, object] = {}
    for group in (thresholds, *groups):
        values |= {field.name: getattr(group, field.name) for field in dataclasses.fields(group)}
    values |= thresholds.resolved
    return dict(_plain(values))


def described(info: VideoInfo) -> dict[str, object]:
    """Return the header's description of a video file."""
    width, height = info.upright_size
    return {
        "width": width,
        "height": height,
        "rotation": info.rotation,
        "frames_per_second": round(float(info.rate), 6),
        "codec": info.codec,
        "pixel_format": info.pixel_format,
    }


def _plain(values: dict[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if value is not None and value != ():
            is_name = isinstance(value, Path) or name == "against"
            yield name, printable(value) if is_name else value
