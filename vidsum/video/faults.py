"""Faults inside a stream that don't end the job: counted, timed, reported."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from ..frame import clock

_MAX_SPANS = 8
"""Intervals remembered per kind; later ones only extend the last."""

_SPAN_GAP = Fraction(1)
"""Faults of a kind closer than this, in seconds, are reported as one interval."""


class FaultKind(Enum):
    """A kind of fault: how it is reported, and whether part of the input was lost."""

    READ_ERROR = ("{n} read error{s}", True)
    DAMAGED_PACKET = ("{n} damaged packet{s}", True)
    LOST_FRAME = ("{n} frame{s} lost", True)
    DAMAGED_FRAME = ("{n} frame{s} decoded with damage", True)
    DECODER_ERROR = ("{n} error{s} of ffmpeg", True)
    TIMESTAMP = ("repaired {n} missing or backward timestamp{s}", True)
    ENDED_EARLY = ("ended early", True)
    CHANGED = ("the file was changed while it was read", True)
    GAP = ("{n} gap{s}, the camera was lost", True)
    LATE = ("{n} frame{s} dropped, this machine was too slow", True)
    MISFIT = ("the areas don't fit, the whole picture was looked at", False)
    SIZE_CHANGE = ("size changed", False)
    NEW_TIMES = ("timestamps restarted {n} time{s}", False)
    SET_CLOCK = ("the clock of this machine was set", False)
    UNTIMED = ("no timestamps, times counted from the frame rate", False)

    def __init__(self, text: str, loses_input: bool) -> None:
        self.text = text
        self.loses_input = loses_input


@dataclass(slots=True)
class Fault:
    """All faults of one kind."""

    kind: FaultKind
    count: int = 0
    spans: list[list[Fraction]] = field(default_factory=list)
    """First and last time of each interval with faults, in seconds."""

    def __str__(self) -> str:
        places = ", ".join(
            clock(first) if first == last else f"{clock(first)} to {clock(last)}"
            for first, last in self.spans
        )
        text = self.kind.text.format(n=self.count, s="" if self.count == 1 else "s")
        return f"{text} at {places}" if places else text


class FaultLog:
    """Collects faults; its size does not grow with their number."""

    def __init__(self) -> None:
        self._faults: dict[FaultKind, Fault] = {}

    def add(self, kind: FaultKind, time: Fraction | None, count: int = 1) -> None:
        """Count faults of `kind` at `time`, in seconds, if that is known."""
        fault = self._faults.setdefault(kind, Fault(kind))
        fault.count += count
        if time is None:
            return
        spans = fault.spans
        if spans and (time - spans[-1][1] <= _SPAN_GAP or len(spans) == _MAX_SPANS):
            spans[-1][1] = max(time, spans[-1][1])
        else:
            spans.append([time, time])

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def __bool__(self) -> bool:
        return bool(self._faults)

    @property
    def loses_input(self) -> bool:
        """Whether any part of the input was lost."""
        return any(kind.loses_input for kind in self._faults)
