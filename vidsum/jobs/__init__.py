"""What a user has done: each job opens files, lets frames flow, and returns a result."""

from .compare import compare
from .comparison_result import CompareResult
from .condense import CondenseResult, condense
from .preview import PreviewResult, preview
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
