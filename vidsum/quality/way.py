"""The cheapest way through a window of frames of two videos, pair by pair.

It is found as in sequence alignment (Needleman and Wunsch 1970) with affine gaps (Gotoh 1982):
either the next two frames are a pair, or the next one of either is left out.

- **A pair** costs by how much the two differ (`likeness.py`), up to a limit: one may be damaged.
- **Leaving out** frames costs little for each, and nothing where they have no partner by time
  because the other video has a pause there or fewer frames.
- **A jump** of the shift in time between both has a price that only several pairs outweigh, and a
  higher one where the copy falls behind without anything foreign in it: it may only lag.
- **A frame without a partner** costs what its pair by time would have cost. So a jump is worth what
  the pairs after it gain, not what it leaves out or doesn't reach. This is counted both over the
  frames of the reference and over those of the copy; the larger count applies.

Frames are not left out of both at once: if the copy shows something else in place of some frames,
be it damaged, foreign, or the previous frame, it is compared with them. Where nothing moves all
ways cost the same except for time, which decides. The first move of the cheapest way is made, and
the window slides on.

References
----------
S. B. Needleman, C. D. Wunsch, "A general method applicable to the search for similarities in the
amino acid sequence of two proteins", Journal of Molecular Biology 48 (3), 1970.

O. Gotoh, "An improved algorithm for matching biological sequences", Journal of Molecular Biology
162 (3), 1982.
"""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from .window import WINDOW

_SKIP = 1.0
"""Cost of leaving out a frame."""

_SKIP_NEXT = 0.1
"""Cost of each further frame left out after it."""

_REPEAT = 0.25
"""Cost of leaving out a frame of the copy that repeats the one before it."""

_JUMP = 2.0
"""Cost of a pair whose shift in time differs from that of the previous pair."""

_LAG = 4.0
"""Additional cost if the copy falls behind and shows nothing foreign."""

_EARLIER = 0.02
"""Cost of a frame's difference in time: where nothing moves, the nearest frame is the partner."""

_TOLERANCE = 0.6
"""Frames by which the shift in time varies from pair to pair: rates differ, clocks are rounded."""

_NEIGHBOURS = 1.5
"""Frames by which the times of two frames without a partner may differ for them to be a pair."""

_FOLLOW = 0.1
"""Share of such a variation that the shift follows: clocks drift."""

STILL = 0.02
"""A repeated frame differs from the previous one by at most this share of what the reference's
frame does."""

MOVES = 0.02
"""Squared levels a cell by which a moving picture differs from the previous one."""

_DOUBTFUL = 0.5
"""Cost from which on a pair is in doubt."""

_IN_DOUBT = 0.7
"""The shift is in doubt if at least this share of the window's pairs is."""

_MIN_PAIRS = 8
"""With fewer pairs nothing is concluded about the shift."""

PAIR, SKIP_REFERENCE, SKIP_DISTORTED = range(3)

# What was left out since the last pair; for the copy, whether all of it was foreign.
NOTHING, _REFERENCE, _FOREIGN, _ALIKE = range(4)
_STATES = 4


@kernel
def followed(shift: float, now: float, frame_seconds: float) -> float:
    """Return the shift in time after a pair whose own shift is `now`."""
    if abs(now - shift) > _TOLERANCE * frame_seconds:
        return now
    return shift + _FOLLOW * (now - shift)


@kernel
def first_move(
    costs: NDArray[np.float64],
    foreign: NDArray[np.bool_],
    times_r: NDArray[np.float64],
    times_d: NDArray[np.float64],
    changes_r: NDArray[np.float64],
    changes_d: NDArray[np.float64],
    past_r: NDArray[np.float64],
    past_d: NDArray[np.float64],
    shift: float,
    frame_seconds: float,
    skipped: int,
) -> tuple[int, int, bool]:
    """Return the first move of the cheapest way, and whether the shift is in doubt.

    Between them is what was left out since the last pair, to be passed as `skipped` next time. The
    shift is in doubt if the move is a pair of frames that differ, and most pairs by time differ.
    """
    m, n = costs.shape
    line_r = np.concatenate((past_r, times_r)) + shift
    line_d = np.concatenate((past_d, times_d))
    free_r = _without_partner(line_r, m, line_d, n, frame_seconds)
    free_d = _without_partner(line_d, n, line_r, m, frame_seconds)
    by_time_r = _by_time(costs, free_r, times_r + shift, times_d, frame_seconds)
    by_time_d = _by_time(costs.T, free_d, times_d, times_r + shift, frame_seconds)
    # For each place, and what was left out last: what the best way to it owes, what it costs by the
    # frames of the reference and by those of the copy, and the shift. Ways to one place are
    # compared including what they owe: postponing a jump saves nothing.
    ways = np.full((m + 1, n + 1, _STATES, 4), np.inf)
    first = np.full((m + 1, n + 1, _STATES), -1)
    _put(ways[0, 0, skipped], 0.0, by_time_r.sum(), by_time_d.sum(), shift)
    best, begin = np.inf, -1
    for i in range(m + 1):
        for j in range(n + 1):
            for last in range(_ALIKE, -1, -1):
                owed, by_r, by_d, kept = ways[i, j, last]
                if owed == np.inf:
                    continue
                begun = first[i, j, last]
                if i == m or j == n:
                    if max(by_r, by_d) < best:
                        best, begin = max(by_r, by_d), begun
                    continue
                now = times_d[j] - times_r[i]
                off = abs(now - kept) / frame_seconds
                # Two neighbours without a partner by time belong together: their times are wrong.
                both = free_r[i] and free_d[j] and off < _NEIGHBOURS

                cost = costs[i, j] + _EARLIER * min(off, 1.0)
                if off > _TOLERANCE and not both:
                    cost += _jump(last)
                after = kept if both else followed(kept, now, frame_seconds)
                saved_r, saved_d = by_time_r[i], by_time_d[j]
                if abs(now - shift) <= _TOLERANCE * frame_seconds:
                    # Of two frames at about the time of one, either may be its partner.
                    saved_r = by_time_d[j] if free_r[i] else saved_r
                    saved_d = by_time_r[i] if free_d[j] else saved_d
                to_r, to_d = by_r + cost - saved_r, by_d + cost - saved_d
                owed = max(to_r, to_d)
                owed += _due(times_r[i + 1 :], times_d[j + 1 :], after, frame_seconds, NOTHING)
                if owed < ways[i + 1, j + 1, NOTHING, 0]:
                    _put(ways[i + 1, j + 1, NOTHING], owed, to_r, to_d, after)
                    first[i + 1, j + 1, NOTHING] = begun if begun >= 0 else PAIR * _STATES + NOTHING

                free = free_r[i] and not both
                if free or last <= _REFERENCE:
                    then, cost = last, 0.0
                    if not free:
                        then = _REFERENCE
                        cost = _SKIP if last == NOTHING else _SKIP_NEXT
                    owed = max(by_r, by_d) + cost
                    owed += _due(times_r[i + 1 :], times_d[j:], kept, frame_seconds, then)
                    if owed < ways[i + 1, j, then, 0]:
                        _put(ways[i + 1, j, then], owed, by_r + cost, by_d + cost, kept)
                        begun_here = SKIP_REFERENCE * _STATES + then
                        first[i + 1, j, then] = begun if begun >= 0 else begun_here

                free = free_d[j] and not both
                if free or last != _REFERENCE:
                    then, cost = last, 0.0
                    if not free:
                        then = _FOREIGN if foreign[j] and last != _ALIKE else _ALIKE
                        repeats = changes_r[i] > MOVES and changes_d[j] <= STILL * changes_r[i]
                        cost = _REPEAT if repeats and off <= _TOLERANCE else _SKIP
                        if last != NOTHING:
                            cost = _SKIP_NEXT
                    owed = max(by_r, by_d) + cost
                    owed += _due(times_r[i:], times_d[j + 1 :], kept, frame_seconds, then)
                    if owed < ways[i, j + 1, then, 0]:
                        _put(ways[i, j + 1, then], owed, by_r + cost, by_d + cost, kept)
                        begun_here = SKIP_DISTORTED * _STATES + then
                        first[i, j + 1, then] = begun if begun >= 0 else begun_here
    move, skipped = divmod(begin, _STATES)
    pairs, in_doubt = 0, 0
    for j in range(n):
        if not free_d[j]:
            pairs += 1
            in_doubt += by_time_d[j] > _DOUBTFUL
    doubtful = move == PAIR and costs[0, 0] > _DOUBTFUL and pairs >= _MIN_PAIRS
    return move, skipped, doubtful and in_doubt >= _IN_DOUBT * pairs


@kernel
def _put(way: NDArray[np.float64], owed: float, by_r: float, by_d: float, kept: float) -> None:
    """Fill `way`. (A tuple assigned to it would do the same, but takes seconds to compile.)"""
    way[0], way[1], way[2], way[3] = owed, by_r, by_d, kept


@kernel
def _jump(skipped: int) -> float:
    """Return the cost of a jump of the shift, by what was left out."""
    return _JUMP + _LAG if skipped == _ALIKE else _JUMP


@kernel
def _due(
    times_r: NDArray[np.float64],
    times_d: NDArray[np.float64],
    shift: float,
    frame_seconds: float,
    skipped: int,
) -> float:
    """Return what the next pair will cost in addition if its shift in time jumps."""
    if times_r.size == 0 or times_d.size == 0:
        return 0.0
    jumps = abs(times_d[0] - times_r[0] - shift) > _TOLERANCE * frame_seconds
    return _jump(skipped) if jumps else 0.0


@kernel
def _by_time(
    costs: NDArray[np.float64],
    alone: NDArray[np.bool_],
    times: NDArray[np.float64],
    others: NDArray[np.float64],
    frame_seconds: float,
) -> NDArray[np.float64]:
    """Return what each frame costs with its partner by time; nothing if it has none."""
    out = np.zeros(times.size)
    for i in range(times.size):
        j = _nearest(others, times[i])
        if not alone[i] and abs(others[j] - times[i]) <= _TOLERANCE * frame_seconds:
            out[i] = costs[i, j]
    return out


@kernel
def _without_partner(
    times: NDArray[np.float64],
    waiting: int,
    others: NDArray[np.float64],
    others_waiting: int,
    frame_seconds: float,
) -> NDArray[np.bool_]:
    """Return which of the waiting frames have no partner by time.

    Partners by time are each other's nearest, including frames already taken: the waiting frames
    are the last of the times of both videos.
    """
    alone = np.zeros(waiting, np.bool_)
    begin = times.size - waiting
    for i in range(waiting):
        time = times[begin + i]
        nearest = _nearest(others, time)
        is_last = nearest == others.size - 1 and others_waiting == WINDOW
        if is_last and time > others[nearest]:
            continue  # its partner may be yet to come
        apart = abs(others[nearest] - time)
        far = apart > _TOLERANCE * frame_seconds
        alone[i] = far or _nearest(times, others[nearest]) != begin + i
    return alone


@kernel
def _nearest(times: NDArray[np.float64], time: float) -> int:
    """Return the index of the time nearest to `time`; `times` are increasing."""
    best = 0
    for k in range(1, times.size):
        if abs(times[k] - time) < abs(times[best] - time):
            best = k
    return best
