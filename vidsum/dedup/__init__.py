"""Which frames show something new: decisions on arrays, without any file."""

from .judge import Decision, Judge, Reason

__all__ = ["Decision", "Judge", "Reason"]
