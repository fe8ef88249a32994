"""Which frame of a copy shows what a frame of the reference does.

Both videos are followed side by side, a window of some frames ahead. In the window the cheapest way
through is sought, as in sequence alignment (Needleman and Wunsch 1970), with four moves and these
costs:

- **pair** the next two frames: how much less alike they are than the best partner in the window
  that either of them has. What is common to all, compression or a logo, costs nothing;
- **skip** a frame of the reference: 1, but nothing where by time it has no partner, because the
  copy has a pause there or fewer frames;
- **skip** a frame of the copy: the same, and little where it repeats the one before it while the
  reference moves on;
- and 4 where the shift in time between the two **jumps**.

One frame's difference may be noise: that a shift by one frame makes all pairs of the window worse
is not. Where nothing moves all ways cost the same but for the time, which then decides. The first
move of the cheapest way is made, and the window slides on. A damaged frame keeps its place:
leaving out both costs more than any difference.

References
----------
S. B. Needleman, C. D. Wunsch, "A general method applicable to the search for similarities in the
amino acid sequence of two proteins", Journal of Molecular Biology 48 (3), 1970.
"""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..frame import Frame
from ..metrics._jit import kernel
from .offset import CORRELATED, Offset, correlation
from .signature import SIDE, Signature, distance, signature

WINDOW = 24
"""Frames of each video that are looked at together."""

_SKIP = 1.0
_JUMP = 2.0
_REPEAT = 0.25
"""Cost of leaving out a frame of the copy that repeats the one before it."""

_WORST = 1.9
"""The most that a pair costs: less than leaving out both of its frames."""

_UNIT = 4.0
"""Difference that costs 1, in squared levels a cell, besides a share of what is common to all."""

_UNIT_SHARE = 8.0

_COMMON = 3.0
"""A frame that differs from its best partner by more than so many times what frames usually do has
none: that difference is not common to all its pairs."""

_EARLIER = 0.02
"""Cost of a frame's difference in time: where nothing moves the nearest is the partner."""

_TOLERANCE = 0.6
"""Frames by which the shift in time varies from pair to pair: rates differ, clocks are rounded."""

_NEIGHBOURS = 1.5
"""Frames by which the times of two frames without a partner differ at the most to be a pair."""

_FOLLOW = 0.1
"""Share of such a variation that the shift follows: clocks drift."""

_STILL = 0.02
"""A repeated frame differs from the one before it by no more than this share of what the
reference's frame does."""

_MOVES = 0.02
"""Squared levels a cell by which a picture that moves differs from the one before it."""

_UNLIKE = 0.7
"""Where the difference is this share of a picture's own variance, it is another picture."""

_TROUBLE = 3.0
"""A way that costs more than this is in doubt."""

_LONGER = 4
"""Frames from which on a search is believed rather than the window."""

_DOUBTFUL = 0.25
"""Cost from which on a pair is in doubt."""

_WATCHED = 96
"""Pairs after which it is looked whether the changes of both still coincide. Before one background,
no single pair may tell that they don't."""

_SEARCH_AGAIN = 10.0
"""Seconds after a search before the next; twice as many after each that changed nothing."""

_PAIR, _SKIP_REFERENCE, _SKIP_DISTORTED = range(3)


class Unpaired(Enum):
    """Why a frame has no partner."""

    DROPPED = "dropped"
    """A frame of the reference that the copy leaves out."""
    REPEATED = "repeated"
    """A frame of the copy that shows the picture before it once more."""
    INSERTED = "inserted"
    """A frame of the copy that the reference doesn't have."""
    OUTSIDE = "outside"
    """A frame of either, before or behind the stretch that both have in common."""


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
    """Whether it is one of the reference's."""
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
        How long a frame of the slower of the two lasts.
    by_content
        Whether the pictures are looked at; without, time alone decides.
    search
        Finds the shift anew from the two given times on, in seconds since the first frames. It is
        asked where no cheap way leads through the window: a longer piece may be missing.
    """

    def __init__(
        self,
        reference: Iterable[Frame],
        distorted: Iterable[Frame],
        *,
        shift: float = 0.0,
        frame_seconds: float,
        by_content: bool = True,
        search: Callable[[float, float], Offset | None] | None = None,
    ) -> None:
        # The first frame of the copy repeats nothing, whatever the reference's begins with.
        self._reference = _Window(reference, by_content, first_change=0.0)
        self._distorted = _Window(distorted, by_content, first_change=np.inf)
        self._shift = shift
        self._frame_seconds = frame_seconds
        self._search = search if by_content else None
        self._search_after = -np.inf
        self._search_wait = _SEARCH_AGAIN / 2
        self._watched: list[tuple[Signature, Signature]] = []
        self._apart = False
        self.moving = 0
        """Pairs at which the picture moved, so that it could tell its partner."""

    def __iter__(self) -> Iterator[Pair | Single]:
        # Whether what has no partner lies between pairs or outside is known at the next pair.
        singles: list[Single] = []
        paired = False
        while self._reference.fill() and self._distorted.fill():
            move = self._next_move()
            if move == _SKIP_REFERENCE:
                frame = self._reference.take()
                singles.append(_single(frame, in_reference=True, why=Unpaired.DROPPED))
            elif move == _SKIP_DISTORTED:
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
        move, lost, unlike = _cheapest(
            reference.signatures[: reference.size],
            distorted.signatures[: distorted.size],
            reference.times[: reference.size],
            distorted.times[: distorted.size],
            reference.changes[: reference.size],
            distorted.changes[: distorted.size],
            reference.past,
            distorted.past,
            self._shift,
            self._frame_seconds,
        )
        now = float(reference.times[0])
        lost = lost or self._apart
        if self._search is None or now < self._search_after or not lost:
            return move
        self._apart = False
        self._search_wait *= 2
        self._search_after = now + self._search_wait
        found = self._search(now, float(distorted.times[0]))
        if found is None or (found.ambiguous and not (unlike and found.looks_alike)):
            return move
        if abs(found.seconds - self._shift) < _LONGER * self._frame_seconds:
            return move
        self._shift = found.seconds
        self._search_wait = _SEARCH_AGAIN
        # What was taken had its partners, or none, by another shift.
        reference.forget()
        distorted.forget()
        return self._next_move()

    def _pair(self) -> Pair:
        reference, distorted = self._reference, self._distorted
        if self._search is not None:
            self._watch(reference.signatures[0], distorted.signatures[0])
        self.moving += bool(max(reference.changes[0], distorted.changes[0]) > _MOVES)
        shift = float(distorted.times[0] - reference.times[0])
        self._shift = _followed(self._shift, shift, self._frame_seconds)
        return Pair(reference=reference.take(), distorted=distorted.take())

    def _watch(self, reference: Signature, distorted: Signature) -> None:
        """Look whether the changes of both still coincide, every so many pairs."""
        self._watched.append((reference.copy(), distorted.copy()))
        if len(self._watched) == _WATCHED:
            one, other = (np.array(looks) for looks in zip(*self._watched, strict=True))
            known = correlation(one, other)
            self._apart = known is not None and known < CORRELATED
            self._watched.clear()

    def _repeats(self) -> bool:
        """Return whether the next frame of the copy is like the one before or behind it."""
        still = _STILL * max(float(self._reference.changes[0]), _MOVES)
        return bool(self._distorted.changes[: min(2, self._distorted.size)].min() <= still)


class _Window:
    """The next frames of a video, and what is compared of them."""

    def __init__(self, frames: Iterable[Frame], by_content: bool, *, first_change: float) -> None:
        self._coming = iter(frames)
        self._by_content = by_content
        self._first_change = first_change
        self._begin: Fraction | None = None
        self._frames: deque[Frame] = deque()
        self.times = np.zeros(WINDOW)
        """Seconds since the first frame of the video."""
        self.signatures = np.zeros((WINDOW, SIDE * SIDE), np.float32)
        self.changes = np.zeros(WINDOW)
        """By how much each differs from the frame before it, in squared levels a cell."""
        self.past = np.zeros(0)
        """When the last frames came that were taken, as many as the window holds."""
        self._last_signature = np.zeros(SIDE * SIDE, np.float32)

    @property
    def size(self) -> int:
        """How many frames are in the window."""
        return len(self._frames)

    def fill(self) -> bool:
        """Fetch frames until the window is full; return whether there is any in it."""
        while self.size < WINDOW and (frame := next(self._coming, None)) is not None:
            place = self.size
            first = self._begin is None
            if self._begin is None:
                self._begin = frame.time
            self.times[place] = frame.time - self._begin
            if self._by_content:
                before = self.signatures[place - 1] if place else self._last_signature
                seen = signature(frame.luma)
                self.changes[place] = self._first_change if first else distance(seen, before)
                self.signatures[place] = seen
            self._frames.append(frame)
        return bool(self._frames)

    def forget(self) -> None:
        """Forget when the frames came that were taken."""
        self.past = np.zeros(0)

    def take(self) -> Frame:
        """Remove the first frame and return it."""
        self.past = np.append(self.past[-WINDOW + 1 :], self.times[0])
        self._last_signature[:] = self.signatures[0]
        for values in (self.times, self.signatures, self.changes):
            values[:-1] = values[1:]
        return self._frames.popleft()


def _single(frame: Frame, *, in_reference: bool, why: Unpaired) -> Single:
    return Single(number=frame.number, time=frame.time, in_reference=in_reference, why=why)


def _outside(singles: list[Single]) -> list[Single]:
    return [dataclasses.replace(single, why=Unpaired.OUTSIDE) for single in singles]


@kernel
def _followed(shift: float, now: float, frame_seconds: float) -> float:
    """Return the shift in time after a pair whose own is `now`."""
    if abs(now - shift) > _TOLERANCE * frame_seconds:
        return now
    return shift + _FOLLOW * (now - shift)


@kernel
def _cheapest(
    signatures_r: NDArray[np.float32],
    signatures_d: NDArray[np.float32],
    times_r: NDArray[np.float64],
    times_d: NDArray[np.float64],
    changes_r: NDArray[np.float64],
    changes_d: NDArray[np.float64],
    past_r: NDArray[np.float64],
    past_d: NDArray[np.float64],
    shift: float,
    frame_seconds: float,
) -> tuple[int, bool, bool]:
    """Return the first move of the cheapest way, whether it is in doubt, and whether all is unlike.

    It is in doubt where the move is no pair of frames that are alike and what follows is dear.
    """
    m, n = times_r.size, times_d.size
    costs, unlike = _pair_costs(signatures_r, signatures_d)
    line_r = np.concatenate((past_r, times_r)) + shift
    line_d = np.concatenate((past_d, times_d))
    skip_r = _skip_costs(line_r, m, line_d, n, frame_seconds)
    skip_d = _skip_costs(line_d, n, line_r, m, frame_seconds)
    way = np.full((m + 1, n + 1), np.inf)
    # Ways to one place are compared with what each owes: a jump that is yet to come is not saved.
    owing = np.full((m + 1, n + 1), np.inf)
    shifts = np.empty((m + 1, n + 1))
    first = np.full((m + 1, n + 1), -1)
    way[0, 0] = 0.0
    shifts[0, 0] = shift
    best, move = np.inf, _PAIR
    for i in range(m + 1):
        for j in range(n + 1):
            here = way[i, j]
            if i == m or j == n:
                if here < best:
                    best, move = here, first[i, j]
                continue
            now = times_d[j] - times_r[i]
            off = abs(now - shifts[i, j]) / frame_seconds
            # Two neighbours that have no partner by time are each other's: their times are wrong.
            both = skip_r[i] == 0 and skip_d[j] == 0 and off < _NEIGHBOURS
            cost = here + costs[i, j] + _EARLIER * min(off, 1.0)
            if off > _TOLERANCE and not both:
                cost += _JUMP
            kept = shifts[i, j]
            after = kept if both else _followed(kept, now, frame_seconds)
            owed = cost + _due(times_r[i + 1 :], times_d[j + 1 :], after, frame_seconds)
            if owed < owing[i + 1, j + 1]:
                owing[i + 1, j + 1] = owed
                way[i + 1, j + 1] = cost
                shifts[i + 1, j + 1] = after
                first[i + 1, j + 1] = _PAIR if first[i, j] < 0 else first[i, j]
            cost = here + (_SKIP if both else skip_r[i])
            owed = cost + _due(times_r[i + 1 :], times_d[j:], kept, frame_seconds)
            if owed < owing[i + 1, j]:
                owing[i + 1, j] = owed
                way[i + 1, j] = cost
                shifts[i + 1, j] = kept
                first[i + 1, j] = _SKIP_REFERENCE if first[i, j] < 0 else first[i, j]
            cost = here + (_SKIP if both else skip_d[j])
            moves = changes_r[i] > _MOVES and changes_d[j] <= _STILL * changes_r[i]
            if moves and off <= _TOLERANCE:
                cost = here + min(skip_d[j], _REPEAT)
            owed = cost + _due(times_r[i:], times_d[j + 1 :], kept, frame_seconds)
            if owed < owing[i, j + 1]:
                owing[i, j + 1] = owed
                way[i, j + 1] = cost
                shifts[i, j + 1] = kept
                first[i, j + 1] = _SKIP_DISTORTED if first[i, j] < 0 else first[i, j]
    if move == _PAIR:
        doubtful = unlike or costs[0, 0] > 1
    else:
        doubtful = (skip_r[0] if move == _SKIP_REFERENCE else skip_d[0]) > 0
    return move, doubtful and (unlike or best > _TROUBLE), unlike


@kernel
def _due(
    times_r: NDArray[np.float64],
    times_d: NDArray[np.float64],
    shift: float,
    frame_seconds: float,
) -> float:
    """Return what the next pair will cost besides, if its shift in time jumps."""
    if times_r.size == 0 or times_d.size == 0:
        return 0.0
    jumps = abs(times_d[0] - times_r[0] - shift) > _TOLERANCE * frame_seconds
    return _JUMP if jumps else 0.0


@kernel
def _pair_costs(
    signatures_r: NDArray[np.float32],
    signatures_d: NDArray[np.float32],
) -> tuple[NDArray[np.float64], bool]:
    """Return what each pair costs for its difference, and whether all pictures are unlike."""
    m, n = len(signatures_r), len(signatures_d)
    costs = np.empty((m, n))
    for i in range(m):
        for j in range(n):
            costs[i, j] = _distance(signatures_r[i], signatures_d[j])
    best_r = np.empty(m)
    best_d = np.full(n, np.inf)
    unlike = m == WINDOW and n == WINDOW
    for i in range(m):
        best_r[i] = costs[i].min()
        best_d = np.minimum(best_d, costs[i])
        unlike = unlike and best_r[i] > _UNLIKE * signatures_r[i].var() > 1.0
    best_r = np.minimum(best_r, _COMMON * np.median(best_r))
    best_d = np.minimum(best_d, _COMMON * np.median(best_d))
    for i in range(m):
        for j in range(n):
            common = max(best_r[i], best_d[j])
            cost = (costs[i, j] - common) / (_UNIT + _UNIT_SHARE * common)
            costs[i, j] = min(max(cost, 0.0), _WORST)
    return costs, unlike


@kernel
def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    total = np.float32(0.0)
    for k in range(one.size):
        difference = one[k] - other[k]
        total += difference * difference
    return float(total) / one.size


@kernel
def _skip_costs(
    times: NDArray[np.float64],
    waiting: int,
    others: NDArray[np.float64],
    others_waiting: int,
    frame_seconds: float,
) -> NDArray[np.float64]:
    """Return what it costs to leave out each waiting frame.

    Nothing, where by time it has no partner. Partners by time are each other's nearest, those
    included that were taken already: of the times of both videos, the last are those that wait.
    """
    costs = np.full(waiting, _SKIP)
    begin = times.size - waiting
    for i in range(waiting):
        time = times[begin + i]
        nearest = _nearest(others, time)
        is_last = nearest == others.size - 1 and others_waiting == WINDOW
        if is_last and time > others[nearest]:
            continue  # its partner may be to come
        apart = abs(others[nearest] - time)
        if apart > _TOLERANCE * frame_seconds or _nearest(times, others[nearest]) != begin + i:
            costs[i] = 0.0
    return costs


@kernel
def _nearest(times: NDArray[np.float64], time: float) -> int:
    """Return the index of the time nearest to `time`; `times` grow."""
    best = 0
    for k in range(1, times.size):
        if abs(times[k] - time) < abs(times[best] - time):
            best = k
    return best
