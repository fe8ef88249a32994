"""What a user has done: each job opens files, lets frames flow, and returns a result."""

from .condense import CondenseResult, condense
from .preview import PreviewResult, preview
from .progress import Progress

__all__ = ["CondenseResult", "PreviewResult", "Progress", "condense", "preview"]
