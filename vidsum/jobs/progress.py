"""Reports of how far a job has come."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

_REPORT_SECONDS = 0.1
"""Seconds between two reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job has come."""

    frames: int
    """Frames processed so far."""
    kept: int | None
    """Frames kept so far; None for jobs that keep none."""
    time: float
    """Seconds of the recording that have been processed."""
    duration: float | None
    """Total length of the recording in seconds, according to its header; None if it doesn't say."""
    completed: float | None = None
    """Share of the condensed video, 0 to 1, that has been written to its final file, sound
    included; None while frames are still processed."""


class ProgressTeller:
    """Calls `listener` about ten times a second, if there is one.

    Parameters
    ----------
    listener
        Called with the progress.
    duration
        Total length of the recording in seconds, if known.
    """

    def __init__(
        self, listener: Callable[[Progress], None] | None, duration: Fraction | None
    ) -> None:
        self._listener = listener
        self._duration = None if duration is None else float(duration)
        self._told = time.monotonic()

    def tell(
        self,
        frames: int,
        kept: int | None,
        seconds: Fraction,
        *,
        completed: float | None = None,
        at_once: bool = False,
    ) -> None:
        """Report how far the job has come, if it is time to, or `at_once`."""
        if self._listener is None:
            return
        now = time.monotonic()
        if at_once or now - self._told > _REPORT_SECONDS:
            self._told = now
            self._listener(
                Progress(
                    frames=frames,
                    kept=kept,
                    time=float(seconds),
                    duration=self._duration,
                    completed=completed,
                )
            )
