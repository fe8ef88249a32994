"""What a user has done: each job opens files, lets frames flow, and returns a result."""

from .condense import CondenseResult, Progress, condense

__all__ = ["CondenseResult", "Progress", "condense"]
