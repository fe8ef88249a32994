"""Telling whoever started a job how far it has come."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

_SECONDS = 0.1
"""Progress is told this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job has come."""

    frames: int
    kept: int | None
    """Frames kept so far, where frames are kept."""
    time: float
    """Seconds of the recording that have been looked at."""
    duration: float | None
    """Seconds of the recording in all, as its header says."""
    completed: float | None = None
    """Share of the condensed video, 0 to 1, that stands in its final file, sound included; None
    while frames are looked at."""


class ProgressTeller:
    """Calls `listener` about ten times a second, if there is one.

    Parameters
    ----------
    listener
        Is told the progress.
    duration
        Seconds of the recording in all, if they are known.
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
        """Tell how far the job has come, if it is time to or to be told `at_once`."""
        if self._listener is None:
            return
        now = time.monotonic()
        if at_once or now - self._told > _SECONDS:
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
