"""The cheapest way through a window of frames of two videos, pair by pair.

It is sought as in sequence alignment (Needleman and Wunsch 1970), with four moves and these costs:

- **pair** the next two frames: how much less alike they are than the best partner in the window
  that either of them has. What is common to all, compression or a logo, costs nothing;
- **skip** a frame of the reference: 1, but nothing where by time it has no partner, because the
  copy has a pause there or fewer frames;
- **skip** a frame of the copy: the same, and little where it repeats the one before it while the
  reference moves on;
- and 2 where the shift in time between the two **jumps**.

One frame's difference may be noise: that a shift by one frame makes all pairs of the window worse
is not. Where nothing moves all ways cost the same but for the time, which then decides. The first
move of the cheapest way is made, and the window slides on. A damaged frame keeps its place:
leaving out both costs more than any difference.

References
----------
S. B. Needleman, C. D. Wunsch, "A general method applicable to the search for similarities in the
amino acid sequence of two proteins", Journal of Molecular Biology 48 (3), 1970.
"""

import numpy as np
from numpy.typing import NDArray

from ..metrics._jit import kernel
from .window import WINDOW

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

STILL = 0.02
"""A repeated frame differs from the one before it by no more than this share of what the
reference's frame does."""

MOVES = 0.02
"""Squared levels a cell by which a picture that moves differs from the one before it."""

_UNLIKE = 0.7
"""Where the difference is this share of a picture's own variance, it is another picture."""

_TROUBLE = 3.0
"""A way that costs more than this is in doubt."""

_DOUBTFUL = 0.25
"""Cost from which on a pair is in doubt."""

PAIR, SKIP_REFERENCE, SKIP_DISTORTED = range(3)


@kernel
def followed(shift: float, now: float, frame_seconds: float) -> float:
    """Return the shift in time after a pair whose own is `now`."""
    if abs(now - shift) > _TOLERANCE * frame_seconds:
        return now
    return shift + _FOLLOW * (now - shift)


@kernel
def first_move(
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
    best, move = np.inf, PAIR
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
            after = kept if both else followed(kept, now, frame_seconds)
            owed = cost + _due(times_r[i + 1 :], times_d[j + 1 :], after, frame_seconds)
            if owed < owing[i + 1, j + 1]:
                owing[i + 1, j + 1] = owed
                way[i + 1, j + 1] = cost
                shifts[i + 1, j + 1] = after
                first[i + 1, j + 1] = PAIR if first[i, j] < 0 else first[i, j]
            cost = here + (_SKIP if both else skip_r[i])
            owed = cost + _due(times_r[i + 1 :], times_d[j:], kept, frame_seconds)
            if owed < owing[i + 1, j]:
                owing[i + 1, j] = owed
                way[i + 1, j] = cost
                shifts[i + 1, j] = kept
                first[i + 1, j] = SKIP_REFERENCE if first[i, j] < 0 else first[i, j]
            cost = here + (_SKIP if both else skip_d[j])
            moves = changes_r[i] > MOVES and changes_d[j] <= STILL * changes_r[i]
            if moves and off <= _TOLERANCE:
                cost = here + min(skip_d[j], _REPEAT)
            owed = cost + _due(times_r[i:], times_d[j + 1 :], kept, frame_seconds)
            if owed < owing[i, j + 1]:
                owing[i, j + 1] = owed
                way[i, j + 1] = cost
                shifts[i, j + 1] = kept
                first[i, j + 1] = SKIP_DISTORTED if first[i, j] < 0 else first[i, j]
    if move == PAIR:
        doubtful = unlike or costs[0, 0] > 1
    else:
        doubtful = (skip_r[0] if move == SKIP_REFERENCE else skip_d[0]) > 0
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
