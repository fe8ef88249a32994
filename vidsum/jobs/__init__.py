"""Jobs: each opens files, runs frames through the pipeline, and returns a result."""

from .comparing.compare import compare
from .comparing.result import CompareResult
from .condensing.condense import condense
from .condensing.preview import PreviewResult, preview
from .condensing.result import CondenseResult
from .progress import Progress

__all__ = [
    "CompareResult",
    "CondenseResult",
    "PreviewResult",
    "Progress",
    "compare",
    "condense",
    "preview",
]
