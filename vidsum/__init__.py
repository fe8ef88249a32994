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
    from .jobs.batches.batch import batch
    from .jobs.batches.progress import BatchProgress
    from .jobs.batches.result import BatchRecording, BatchResult
    from .jobs.condensing.report import ReportResult, report_scores
    from .jobs.condensing.saved import ConvertResult, convert_scores, estimate_scores
    from .jobs.finding.find import FindResult, find_events
    from .jobs.stills.folders import match_images
    from .jobs.stills.image import compare_images
    from .jobs.watching.change import Change
    from .jobs.watching.result import WatchResult
    from .jobs.watching.watch import record, watch
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
    "BatchProgress": "jobs.batches.progress",
    "BatchRecording": "jobs.batches.result",
    "BatchResult": "jobs.batches.result",
    "Change": "jobs.watching.change",
    "ClusterError": "errors",
    "CompareResult": "jobs",
    "Comparing": "options.reporting",
    "ComparisonFiles": "options",
    "CondenseResult": "jobs",
    "Connecting": "options.watching",
    "ConvertResult": "jobs.condensing.saved",
    "Estimate": "report.estimate",
    "FindResult": "jobs.finding.find",
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
    "ReportResult": "jobs.condensing.report",
    "Scoring": "options",
    "SegmentFiles": "options.watching",
    "Sources": "options.batch",
    "StillFiles": "options",
    "Stills": "options",
    "Thresholds": "options",
    "UnsafeInputError": "errors",
    "UsageError": "errors",
    "VidsumError": "errors",
    "WatchResult": "jobs.watching.result",
    "Watching": "options.batch",
    "Working": "options.batch",
    "Writing": "options",
    "batch": "jobs.batches.batch",
    "compare": "jobs",
    "compare_images": "jobs.stills.image",
    "condense": "jobs",
    "convert_scores": "jobs.condensing.saved",
    "estimate_scores": "jobs.condensing.saved",
    "find_events": "jobs.finding.find",
    "match_images": "jobs.stills.folders",
    "preview": "jobs",
    "record": "jobs.watching.watch",
    "report_scores": "jobs.condensing.report",
    "watch": "jobs.watching.watch",
}


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return importlib.import_module(".metrics", __name__)
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
