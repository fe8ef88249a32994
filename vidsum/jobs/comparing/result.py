"""The result of a comparison, and its description in the header of JSON and the page."""

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
"""Rates that differ by less are the same, rounded by a container: 30000/1001 and 29.97."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany:
    """More frames of the reference without a partner than a limit allows."""

    limit: str
    """The field of `Scoring` with the limit that is exceeded."""
    allowed: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareResult:
    """The result of a comparison."""

    pairs: int
    """Frames of the reference that were compared with one of the copy."""
    offset: Offset | None
    """How late the copy is at its beginning; None if that was not determined."""
    unpaired: tuple[Single, ...]
    """Frames of either video without a partner, in order."""
    moving: float
    """Share of the pairs, 0 to 1, at which the picture moved, so that its content could decide."""
    pooled: Pooled
    """Every score pooled in every way, by score and pooling; None for infinite values."""
    failures: tuple[Failure, ...]
    """The limits of `Scoring.fail_under` that are not reached."""
    too_many: tuple[TooMany, ...]
    """The limits `Scoring.max_dropped` and `max_outside` that are exceeded."""
    notes: tuple[str, ...]
    """The differences between the two videos other than the pictures, and what was done about
    them."""
    files: tuple[Path, ...]
    """The files that were written."""
    duration: float
    """Seconds of the reference that were compared."""
    elapsed: float
    """Seconds that the run took."""
    faults: tuple[str, ...]
    """What was wrong inside the inputs, one line each."""
    lost_input: bool
    """Whether part of an input was lost."""
    stopped: bool
    """Whether the run was told to stop before the end; the files hold what was compared so far."""

    @property
    def passed(self) -> bool:
        """Whether all limits are reached."""
        return not self.failures and not self.too_many


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
    """Return what the JSON of a comparison contains apart from its pairs."""
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
            *(f"{excess.limit}={excess.allowed}" for excess in result.too_many),
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


def exceeded_limits(unpaired: Sequence[Single], scoring: Scoring) -> Iterator[TooMany]:
    """Yield the limits of frames without a partner that are exceeded."""
    for limit, allowed, why in (
        ("max_dropped", scoring.max_dropped, Unpaired.DROPPED),
        ("max_outside", scoring.max_outside, Unpaired.OUTSIDE),
    ):
        found = sum(single.why is why and single.in_reference for single in unpaired)
        if allowed is not None and found > allowed:
            yield TooMany(limit=limit, allowed=allowed, found=found)
