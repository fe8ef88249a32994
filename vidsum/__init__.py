"""Finds the frames of a video that show something new.

>>> import vidsum
>>> result = vidsum.condense("recording.mp4")  # doctest: +SKIP

`condense` writes a condensed video and a table of scores; `Thresholds`, `Areas`, `Grouping`,
`Reading` and `Writing` hold its options; `metrics` compares single pictures. Nothing heavy is
loaded before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import metrics
    from .errors import (
        InputError,
        OutputError,
        UnsafeInputError,
        UsageError,
        VidsumError,
    )
    from .jobs import CondenseResult, PreviewResult, Progress, condense, preview
    from .options import Areas, Grouping, Picture, Reading, Thresholds, Writing

__version__ = "0.1.0"

__all__ = [
    "Areas",
    "CondenseResult",
    "Grouping",
    "InputError",
    "OutputError",
    "Picture",
    "PreviewResult",
    "Progress",
    "Reading",
    "Thresholds",
    "UnsafeInputError",
    "UsageError",
    "VidsumError",
    "Writing",
    "condense",
    "metrics",
    "preview",
]

_HOMES = {
    "Areas": "options",
    "CondenseResult": "jobs",
    "Grouping": "options",
    "InputError": "errors",
    "OutputError": "errors",
    "Picture": "options",
    "PreviewResult": "jobs",
    "Progress": "jobs",
    "Reading": "options",
    "Thresholds": "options",
    "UnsafeInputError": "errors",
    "UsageError": "errors",
    "VidsumError": "errors",
    "Writing": "options",
    "condense": "jobs",
    "preview": "jobs",
}


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return importlib.import_module(".metrics", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
