"""The progress bar."""

import sys
import time

from tqdm import tqdm

from ..frame import clock
from ..jobs import Progress

_WITH_LENGTH = "{percentage:3.0f}% {bar} {desc}, {remaining} left"
_WITHOUT_LENGTH = "{desc}"


class ProgressBar:
    """A line on stderr that shows how far a job has come, and how fast.

    Parameters
    ----------
    duration
        Total length of the recording in seconds; None if its header doesn't say.
    """

    def __init__(self, duration: float | None) -> None:
        self._begun = time.monotonic()
        self._bar = tqdm(
            total=duration or None,
            file=sys.stderr,
            leave=False,
            dynamic_ncols=True,
            bar_format=_WITH_LENGTH if duration else _WITHOUT_LENGTH,
        )

    def show(self, progress: Progress) -> None:
        """Show the state that `progress` describes."""
        elapsed = max(time.monotonic() - self._begun, 1e-9)
        text = (
            f"{clock(progress.time)[:-4]}, {progress.frames / elapsed:.0f} frames/s, "
            f"{progress.time / elapsed:.1f} x real time"
        )
        if progress.kept is not None:
            text += f", {progress.kept} kept"
        if progress.completed is not None:
            text = f"{progress.kept} frames kept, completing the video: {progress.completed:.0%}"
        self._bar.set_description_str(text, refresh=False)
        # A header may announce less than the video contains.
        reached = progress.time if self._bar.total is None else min(progress.time, self._bar.total)
        self._bar.update(reached - self._bar.n)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()
