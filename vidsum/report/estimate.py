"""What another threshold would keep, estimated from the scores in a table."""

from collections.abc import Iterable, Mapping

from ..dedup import Reason
from .schema import Row, Value
from .totals import PLACES

_MAX_LISTED_RUNS = 20
"""How many runs of frame numbers are listed."""

_DECIDED_BY_SCORE = frozenset({Reason.CHANGE, Reason.SAME})
"""Reasons of frames for which the threshold decides."""

_REFERENCES = frozenset({Reason.FIRST, Reason.CHANGE, Reason.LIGHT, Reason.SHORT})
"""Reasons of frames that become the reference for the following ones."""


class Stretches:
    """Frames with the same outcome, as runs of frame numbers."""

    def __init__(self) -> None:
        self.frames = self.stretches = 0
        self._last: int | None = None
        self._listed: list[tuple[int, int]] = []

    def add(self, frame: int) -> None:
        """Add a frame; frames come in order."""
        self.frames += 1
        follows = self._last is not None and frame == self._last + 1
        self.stretches += not follows
        if follows and self.stretches == len(self._listed):
            self._listed[-1] = self._listed[-1][0], frame
        elif not follows and len(self._listed) < _MAX_LISTED_RUNS:
            self._listed.append((frame, frame))
        self._last = frame

    def __str__(self) -> str:
        shown = [f"{one}-{last}" if last > one else f"{one}" for one, last in self._listed]
        return ", ".join(shown) + (", ..." if self.stretches > len(self._listed) else "")


def threshold_of(header: Mapping[str, object], rows: Iterable[Row], score: str) -> float:
    """Return the threshold with which a table was made.

    If no header contains it, it is the highest score of a frame that was kept for a change: the
    threshold is not lower, and no row indicates a higher one.
    """
    highest = -1.0
    for row in rows:
        value = row[PLACES[score]]
        if value is not None and row[PLACES["reason"]] == Reason.CHANGE:
            highest = max(highest, float(value))
    options = header.get("options")
    told = options.get("min_ssim") if isinstance(options, Mapping) else None
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(told)
    # Scores are rounded to the sixth digit.
    return highest + 1e-6 if highest > -1 else highest


class Estimate:
    """Counts what `min_ssim` would change.

    The threshold decides only on frames with the reasons `change` and `same`; frames dropped as
    usual, or kept for another reason, stay so. So do frames that are `same` with a score below the
    threshold of the table: that much change is usual there.

    Parameters
    ----------
    min_ssim
        The other threshold.
    before
        The threshold of the table.
    score
        The column that decides: `local_ssim`, or `ssim` with `--pool mean`.
    """

    def __init__(self, min_ssim: float, before: float, score: str) -> None:
        self.kept_before = self.kept = self.unknown = 0
        self.more = Stretches()
        """Frames that would be kept in addition."""
        self.fewer = Stretches()
        """Frames that would no longer be kept."""
        self._min_ssim = min_ssim
        self._before = before
        self._place = PLACES[score]
        self._references: set[Value] = set()
        """The next frame's reference, if it is the last kept one: not a heartbeat in place of
        events that were too short."""
        self._against_kept = True

    def add(self, row: Row) -> None:
        """Take the next row."""
        frame, kept = int(row[0] or 0), bool(row[PLACES["kept"]])
        reason, reference = Reason(str(row[PLACES["reason"]])), row[PLACES["reference"]]
        value = row[self._place]
        self.kept_before += kept
        if row[PLACES["mse"]] is not None:
            self._against_kept &= reference in self._references
            self._references = {reference}
        if reason is Reason.HEARTBEAT:
            self._references.add(frame)
        elif reason in _REFERENCES:
            self._references = {frame}
        if reason in _DECIDED_BY_SCORE:
            if value is None:
                self.unknown += not kept and self._min_ssim > self._before
            elif kept and float(value) >= self._min_ssim:
                self.fewer.add(frame)
                kept = False
            elif not kept and self._before <= float(value) < self._min_ssim:
                self.more.add(frame)
                kept = True
        self.kept += kept

    @property
    def is_exact(self) -> bool:
        """Whether each frame would have the same reference: it was not the last kept one."""
        return not self._against_kept

    def text(self) -> str:
        """Return the estimate as human-readable text."""
        lines = [
            f"--min-ssim {self._min_ssim:g}: {self.kept} instead of "
            f"{self.kept_before} frames kept: {self.more.frames} more, {self.fewer.frames} fewer"
        ]
        if self.more.frames:
            lines.append(f"  kept as well: {self.more}")
        if self.fewer.frames:
            lines.append(f"  not kept any more: {self.fewer}")
        if self.unknown:
            lines.append(
                f"  {self.unknown} frames have no score and are taken as they are; "
                "`vidsum report` and --all-scores compute them all"
            )
        if not self.is_exact:
            lines.append(
                "  an estimate: frames are compared with the last kept one, which would often be "
                "another"
            )
        return "\n".join(lines)
