"""Which frame of a copy shows the same as a frame of the reference.

Both videos are followed side by side, with a window of some frames ahead. The first move of the
cheapest way through the window (`way.py`) is made, and the window slides on. Where most pairs of
the window are in doubt, or the changes of both no longer coincide, the shift between the two is
searched for again (`offset.py`).
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..frame import Frame
from .likeness import Comparison, pair_costs
from .offset import CORRELATED, Offset, correlation
from .signature import Signature
from .way import (
    MOVES,
    NOTHING,
    SKIP_DISTORTED,
    SKIP_REFERENCE,
    STILL,
    first_move,
    followed,
)
from .window import WINDOW, Window

_MIN_TRUSTED_FRAMES = 4
"""Frames from which on a search is trusted over the window."""

_WATCHED_PAIRS = 96
"""Pairs after which to check whether the changes of both still coincide. In front of a constant
background, no single pair may reveal that they don't."""

_SEARCH_AGAIN = 10.0
"""Seconds from a search that changed nothing to the next; doubled after each further one."""

_SEARCH_SOON = 2 * WINDOW
"""Frames after a search that changed something before the next."""


class Unpaired(Enum):
    """Why a frame has no partner."""

    DROPPED = "dropped"
    """A frame of the reference that the copy leaves out."""
    REPEATED = "repeated"
    """A frame of the copy that shows the previous picture again."""
    INSERTED = "inserted"
    """A frame of the copy that the reference doesn't have."""
    OUTSIDE = "outside"
    """A frame of either, before or after the interval that both have in common."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """A frame of the reference and the frame of the copy that shows the same."""

    reference: Frame
    distorted: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """A frame without a partner."""

    number: int
    time: Fraction
    """Presentation time in seconds."""
    in_reference: bool
    """Whether it belongs to the reference."""
    why: Unpaired


class Pairing:
    """Pairs the frames of two videos in one sweep, with a few frames of each in memory.

    Parameters
    ----------
    reference, distorted
        Their frames in order of time.
    shift
        How many seconds later a picture comes in the distorted video than in the reference, each
        counted from its own first frame.
    frame_seconds
        How long a frame lasts in the slower of the two.
    by_content
        Whether the pictures are compared; otherwise, time alone decides.
    rotations
        Counterclockwise turns that make the pictures of both upright, in degrees.
    search
        Searches for the shift again from the two given times on, in seconds since the first frames.
        Called when most pairs of the window are in doubt: a longer piece may be missing.
    """

    def __init__(
        self,
        reference: Iterable[Frame],
        distorted: Iterable[Frame],
        *,
        shift: float = 0.0,
        frame_seconds: float,
        by_content: bool = True,
        rotations: tuple[int, int] = (0, 0),
        search: Callable[[float, float], Offset | None] | None = None,
    ) -> None:
        # The copy's first frame repeats nothing, whatever the reference begins with.
        self._reference = Window(reference, by_content, first_change=0.0, rotation=rotations[0])
        self._distorted = Window(distorted, by_content, first_change=np.inf, rotation=rotations[1])
        self._comparison = Comparison(self._reference, self._distorted)
        self._differences = np.zeros((0, 0))
        self._by_content = by_content
        self._shift = float(shift)
        self._skipped = NOTHING
        self._frame_seconds = frame_seconds
        self._search = search if by_content else None
        self._search_after = -np.inf
        self._search_wait = _SEARCH_AGAIN / 2
        self._watched: list[tuple[Signature, Signature]] = []
        self._apart = False
        self.moving = 0
        """Pairs at which the picture moved, so that its content could decide."""

    def __iter__(self) -> Iterator[Pair | Single]:
        # Whether unpaired frames lie between pairs or outside is known at the next pair.
        singles: list[Single] = []
        paired = False
        while self._reference.fill() and self._distorted.fill():
            move = self._next_move()
            if move == SKIP_REFERENCE:
                frame = self._reference.take()
                singles.append(_single(frame, in_reference=True, why=Unpaired.DROPPED))
            elif move == SKIP_DISTORTED:
                repeats = self._repeats()
                frame = self._distorted.take()
                why = Unpaired.REPEATED if repeats else Unpaired.INSERTED
                singles.append(_single(frame, in_reference=False, why=why))
            else:
                yield from singles if paired else _outside(singles)
                singles.clear()
                paired = True
                yield self._pair()
        yield from _outside(singles)
        for window in (self._reference, self._distorted):
            while window.fill():
                frame = window.take()
                yield _single(frame, in_reference=window is self._reference, why=Unpaired.OUTSIDE)

    def _next_move(self) -> int:
        reference, distorted = self._reference, self._distorted
        m, n = reference.size, distorted.size
        costs, foreign = self._pair_costs(m, n)
        move, skipped, lost = first_move(
            costs,
            foreign,
            reference.times[:m],
            distorted.times[:n],
            reference.changes[:m],
            distorted.changes[:n],
            reference.past,
            distorted.past,
            self._shift,
            self._frame_seconds,
            self._skipped,
        )
        if (lost or self._apart) and self._finds_another_shift():
            return self._next_move()
        self._skipped = skipped
        return move

    def _finds_another_shift(self) -> bool:
        now = float(self._reference.times[0])
        if self._search is None or now < self._search_after:
            return False
        self._apart = False
        self._search_wait *= 2
        self._search_after = now + self._search_wait
        found = self._search(now, float(self._distorted.times[0]))
        if (
            found is None
            or abs(found.seconds - self._shift) < _MIN_TRUSTED_FRAMES * self._frame_seconds
        ):
            return False
        if found.ambiguous and not (found.looks_alike and self._comparison.unlike):
            return False
        self._shift = found.seconds
        self._skipped = NOTHING
        self._search_wait = _SEARCH_AGAIN / 2
        self._search_after = now + _SEARCH_SOON * self._frame_seconds
        # The frames taken so far were paired with another shift.
        self._reference.forget()
        self._distorted.forget()
        return True

    def _pair_costs(self, m: int, n: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return what the difference of each pair costs; nothing if time alone decides."""
        if not self._by_content:
            return np.zeros((m, n)), np.zeros(n, np.bool_)
        self._differences = self._comparison.differences()
        return pair_costs(
            self._differences,
            self._reference.changes[:m],
            self._distorted.changes[:n],
            self._comparison.usual,
        )

    def _pair(self) -> Pair:
        reference, distorted = self._reference, self._distorted
        if self._by_content:
            self._comparison.paired(self._differences[0, 0])
        if self._search is not None:
            self._watch(reference.signatures[0], distorted.signatures[0])
        self.moving += bool(max(reference.changes[0], distorted.changes[0]) > MOVES)
        shift = float(distorted.times[0] - reference.times[0])
        self._shift = followed(self._shift, shift, self._frame_seconds)
        return Pair(reference=reference.take(), distorted=distorted.take())

    def _watch(self, reference: Signature, distorted: Signature) -> None:
        """Check at intervals whether the changes of both still coincide."""
        self._watched.append((reference.copy(), distorted.copy()))
        if len(self._watched) == _WATCHED_PAIRS:
            one, other = (np.array(looks) for looks in zip(*self._watched, strict=True))
            # Smaller variations may be noise, which the encoder replaces by its own.
            known = correlation(one, other, least=MOVES)
            self._apart = known is not None and known < CORRELATED
            self._watched.clear()

    def _repeats(self) -> bool:
        """Return whether the next frame of the copy resembles the one before or after it."""
        still = STILL * max(float(self._reference.changes[0]), MOVES)
        return bool(self._distorted.changes[: min(2, self._distorted.size)].min() <= still)


def _single(frame: Frame, *, in_reference: bool, why: Unpaired) -> Single:
    return Single(number=frame.number, time=frame.time, in_reference=in_reference, why=why)


def _outside(singles: list[Single]) -> list[Single]:
    return [dataclasses.replace(single, why=Unpaired.OUTSIDE) for single in singles]
