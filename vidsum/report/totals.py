"""The summary of a table of scores, counted row by row."""

from dataclasses import dataclass, field

from ..dedup import Reason
from .schema import FRAME_COLUMNS, Row

PLACES = {column.name: place for place, column in enumerate(FRAME_COLUMNS)}
"""Positions in a row of the columns that every table has."""

_SCORES = {"mse": max, "ssim": min, "local_ssim": min}
"""Scores, each with the function that finds the worst of them."""


class Totals:
    """Counts and means of rows."""

    def __init__(self) -> None:
        self.frames = self.kept = 0
        self._reasons = dict.fromkeys(Reason, 0)
        self._first: float | None = None
        self._last: float | None = None
        self._scores = {name: _Score(name) for name in _SCORES}

    def add(self, row: Row) -> None:
        """Count one row."""
        self.frames += 1
        self.kept += bool(row[PLACES["kept"]])
        self._reasons[Reason(str(row[PLACES["reason"]]))] += 1
        time = row[PLACES["time"]]
        assert isinstance(time, float)
        self._first = time if self._first is None else self._first
        self._last = time
        for name, score in self._scores.items():
            value = row[PLACES[name]]
            if value is not None:
                assert isinstance(value, float)
                score.add(value, int(row[0] or 0))

    def summary(self) -> dict[str, object]:
        """Return the summary for JSON."""
        return {
            "frames": self.frames,
            "kept": self.kept,
            "reasons": {reason.value: count for reason, count in self._reasons.items() if count},
            "first_time": self._first,
            "last_time": self._last,
            "scores": {name: score.summary() for name, score in self._scores.items()},
        }


@dataclass(slots=True)
class _Score:
    name: str
    count: int = 0
    total: float = 0.0
    worst: float | None = None
    worst_frame: int | None = field(default=None)

    def add(self, value: float, frame: int) -> None:
        self.count += 1
        self.total += value
        if self.worst is None or (
            value != self.worst and _SCORES[self.name](value, self.worst) == value
        ):
            self.worst, self.worst_frame = value, frame

    def summary(self) -> dict[str, object]:
        mean = round(self.total / self.count, 6) if self.count else None
        return {
            "frames": self.count,
            "mean": mean,
            "worst": self.worst,
            "worst_frame": self.worst_frame,
        }
