"""Finds the frames of a video that show something new.

>>> import vidsum
>>> result = vidsum.condense("recording.mp4")  # doctest: +SKIP

`condense` writes a condensed video and a table of scores; `Thresholds`, `Areas`, `Grouping`,
`Reading` and `Writing` hold its options. `batch` condenses many, with `Sources`, `BatchFiles`,
`Working` and `Watching`; `find_events` looks through their events, with `Finding` and `FoundFiles`.
`watch` yields what changes before a camera, `record` condenses it until it is told to stop, with
`SegmentFiles`, `Connecting` and `Alerts`. `compare` scores a copy against its reference, with
`Alignment`, `Scoring` and `ComparisonFiles`; `compare_images` two images. `report_scores` writes
the scores of every frame, with `Comparing` and `ReportFiles`. `metrics` has the scores of single
planes. Nothing heavy is loaded before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import metrics
    from .errors import (
        ClusterError,
        InputError,
        OutputError,
        UnsafeInputError,
        UsageError,
        VidsumError,
    )
    from .jobs import (
        CompareResult,
        CondenseResult,
        PreviewResult,
        Progress,
        compare,
        condense,
        preview,
    )
    from .jobs.batch import batch
    from .jobs.batch_progress import BatchProgress
    from .jobs.batch_result import BatchRecording, BatchResult
    from .jobs.change import Change
    from .jobs.find import FindResult, find_events
    from .jobs.image import compare_images
    from .jobs.image_folders import match_images
    from .jobs.report import ReportResult, report_scores
    from .jobs.saved import ConvertResult, convert_scores, estimate_scores
    from .jobs.watch import record, watch
    from .jobs.watch_result import WatchResult
    from .options import (
        Alignment,
        Areas,
        ComparisonFiles,
        Grouping,
        Limits,
        Picture,
        Reading,
        Scoring,
        StillFiles,
        Stills,
        Thresholds,
        Writing,
    )
    from .options.batch import BatchFiles, Sources, Watching, Working
    from .options.finding import Finding, FoundFiles
    from .options.reporting import Comparing, ReportFiles
    from .options.watching import Alerts, Connecting, SegmentFiles
    from .report.estimate import Estimate
    from .report.found import FoundEvent, FoundRecording
    from .stills.comparison import ImageComparison
    from .stills.matches import ImageMatches

__version__ = "0.1.0"

__all__ = [
    "Alerts",
    "Alignment",
    "Areas",
    "BatchFiles",
    "BatchProgress",
    "BatchRecording",
    "BatchResult",
    "Change",
    "ClusterError",
    "CompareResult",
    "Comparing",
    "ComparisonFiles",
    "CondenseResult",
    "Connecting",
    "ConvertResult",
    "Estimate",
    "FindResult",
    "Finding",
    "FoundEvent",
    "FoundFiles",
    "FoundRecording",
    "Grouping",
    "ImageComparison",
    "ImageMatches",
    "InputError",
    "Limits",
    "OutputError",
    "Picture",
    "PreviewResult",
    "Progress",
    "Reading",
    "ReportFiles",
    "ReportResult",
    "Scoring",
    "SegmentFiles",
    "Sources",
    "StillFiles",
    "Stills",
    "Thresholds",
    "UnsafeInputError",
    "UsageError",
    "VidsumError",
    "WatchResult",
    "Watching",
    "Working",
    "Writing",
    "batch",
    "compare",
    "compare_images",
    "condense",
    "convert_scores",
    "estimate_scores",
    "find_events",
    "match_images",
    "metrics",
    "preview",
    "record",
    "report_scores",
    "watch",
]

_HOMES = {
    "Alerts": "options.watching",
    "Alignment": "options",
    "Areas": "options",
    "BatchFiles": "options.batch",
    "BatchProgress": "jobs.batch_progress",
    "BatchRecording": "jobs.batch_result",
    "BatchResult": "jobs.batch_result",
    "Change": "jobs.change",
    "ClusterError": "errors",
    "CompareResult": "jobs",
    "Comparing": "options.reporting",
    "ComparisonFiles": "options",
    "CondenseResult": "jobs",
    "Connecting": "options.watching",
    "ConvertResult": "jobs.saved",
    "Estimate": "report.estimate",
    "FindResult": "jobs.find",
    "Finding": "options.finding",
    "FoundEvent": "report.found",
    "FoundFiles": "options.finding",
    "FoundRecording": "report.found",
    "Grouping": "options",
    "ImageComparison": "stills.comparison",
    "ImageMatches": "stills.matches",
    "InputError": "errors",
    "Limits": "options",
    "OutputError": "errors",
    "Picture": "options",
    "PreviewResult": "jobs",
    "Progress": "jobs",
    "Reading": "options",
    "ReportFiles": "options.reporting",
    "ReportResult": "jobs.report",
    "Scoring": "options",
    "SegmentFiles": "options.watching",
    "Sources": "options.batch",
    "StillFiles": "options",
    "Stills": "options",
    "Thresholds": "options",
    "UnsafeInputError": "errors",
    "UsageError": "errors",
    "VidsumError": "errors",
    "WatchResult": "jobs.watch_result",
    "Watching": "options.batch",
    "Working": "options.batch",
    "Writing": "options",
    "batch": "jobs.batch",
    "compare": "jobs",
    "compare_images": "jobs.image",
    "condense": "jobs",
    "convert_scores": "jobs.saved",
    "estimate_scores": "jobs.saved",
    "find_events": "jobs.find",
    "match_images": "jobs.image_folders",
    "preview": "jobs",
    "record": "jobs.watch",
    "report_scores": "jobs.report",
    "watch": "jobs.watch",
}


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return importlib.import_module(".metrics", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
