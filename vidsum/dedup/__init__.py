"""Which frames show something new: decisions on arrays, without files."""

from .decision import Decision, Reason
from .judge import Judge

__all__ = ["Decision", "Judge", "Reason"]
