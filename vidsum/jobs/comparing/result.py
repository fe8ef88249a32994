"""What a comparison found, and what the header of its JSON and its page says of it."""

import dataclasses
import importlib.metadata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...errors import printable
from ...options import Alignment, Scoring
from ...quality.gates import Failure
from ...quality.offset import Offset
from ...quality.pairing import Single, Unpaired
from ...quality.pooling import Pooled
from ...video import Recording
from ..header import described

_SAME_RATE = Fraction(1, 100_000)
"""Rates that differ by a smaller share are one, rounded by a container: 30000/1001 and 29.97."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareResult:
    """What a comparison found."""

    pairs: int
    """Frames of the reference that were compared with one of the copy."""
    offset: Offset | None
    """By how much the copy is late at its beginning; None where it wasn't looked for."""
    unpaired: tuple[Single, ...]
    """Frames of either video without a partner, in their order."""
    moving: float
    """Share of the pairs, 0 to 1, at which the picture moved, so that it could tell its partner."""
    pooled: Pooled
    """Every score pooled in every way, by score and pooling; None for what is infinite."""
    failures: tuple[Failure, ...]
    """The limits of `Scoring.fail_under` that are not reached."""
    too_many_dropped: bool
    """Whether more frames are dropped than `Scoring.max_dropped` allows."""
    notes: tuple[str, ...]
    """What differs between the two videos but the pictures, and what was done about it."""
    files: tuple[Path, ...]
    """The files that were written."""
    duration: float
    """Seconds of the reference that were compared."""
    elapsed: float
    """Seconds that the run took."""
    faults: tuple[str, ...]
    """What was wrong inside the inputs, a line each."""
    lost_input: bool
    """Whether part of an input was lost."""
    stopped: bool
    """Whether the run was told to stop before the end; the files hold what was compared so far."""

    @property
    def passed(self) -> bool:
        """Whether all limits are reached."""
        return not self.failures and not self.too_many_dropped

    def count(self, why: Unpaired) -> int:
        """Return how many frames have no partner for this reason."""
        return sum(single.why is why for single in self.unpaired)


def rate_notes(videos: Sequence[Recording]) -> Iterator[str]:
    """Yield a line if the frame rates differ."""
    one, other = (video.info.rate for video in videos)
    if abs(one / other - 1) > _SAME_RATE:
        yield (
            f"frame rates differ: {float(one):.6g} and {float(other):.6g} frames/s; frames are "
            "paired by time, each once"
        )


def comparison_header(
    videos: Sequence[Recording], alignment: Alignment, scoring: Scoring, result: CompareResult
) -> dict[str, object]:
    """Return what JSON holds of a comparison besides its pairs."""
    offset = result.offset
    return {
        "vidsum": importlib.metadata.version("vidsum"),
        "reference": {"file": printable(videos[0].info.path), **described(videos[0].info)},
        "distorted": {"file": printable(videos[1].info.path), **described(videos[1].info)},
        "options": {**dataclasses.asdict(alignment), **dataclasses.asdict(scoring)},
        "pairing": {
            "pairs": result.pairs,
            "offset": alignment.offset if offset is None else round(offset.seconds, 6),
            "confidence": None if offset is None else round(offset.confidence, 4),
            "ambiguous": None if offset is None else offset.ambiguous,
            "moving": round(result.moving, 4),
            **{why.value: _listed(result.unpaired, why) for why in Unpaired},
        },
        "notes": result.notes,
        "scores": result.pooled,
        "failed": [
            *(str(failure.gate) for failure in result.failures),
            *([f"max_dropped={scoring.max_dropped}"] if result.too_many_dropped else []),
        ],
        "passed": result.passed,
        "faults": result.faults,
        "complete": not result.stopped,
    }


def _listed(unpaired: Sequence[Single], why: Unpaired) -> list[dict[str, object]]:
    return [
        {
            "video": "reference" if single.in_reference else "distorted",
            "frame": single.number,
            "time": round(float(single.time), 6),
        }
        for single in unpaired
        if single.why is why
    ]


def drops_too_many(unpaired: Sequence[Single], scoring: Scoring) -> bool:
    """Return whether more frames are dropped than the limit allows."""
    dropped = sum(single.why is Unpaired.DROPPED for single in unpaired)
    return scoring.max_dropped is not None and dropped > scoring.max_dropped
