"""The kernels of the memory: a frame compared with all remembered ones, place by place."""

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from .local import pool_prepared
from .prepared import Prepared, picture

UNLIKE = 0.15
"""Two looks of a place that differ by more than this are different looks, as regards
restlessness."""

_RESTLESS = 0.3
"""The share of the past in which a restless place moved away from most of its remembered looks."""

_MOVED = 0.25
"""A place that differs less than this from its look half a second ago may show slow drift."""

_LIKELY = 0.05
"""Novelty too small to be looked at more closely."""

_MOSTLY = 0.6
"""A look that a place had in this share of the memory is a habit, whether it ever left it or
not."""


@kernel
def novelty(
    rows: NDArray[np.bool_],
    order: NDArray[np.int64],
    remembered: Prepared,
    candidate: Prepared,
    nearest: NDArray[np.float32],
    unlike: NDArray[np.bool_],
) -> None:
    """Compute how new a frame is in the given rows, and where it is unlike half of the memory.

    Rows in which every place is already likely are compared further only with every fourth
    remembered frame.
    """
    window_rows, window_columns = candidate.sums.shape
    dissimilarity = np.empty((window_rows, window_columns), np.float32)
    pooled = np.empty(nearest.shape, np.float32)
    open_rows = rows.copy()
    times_unlike = np.zeros(nearest.shape, np.int16)
    moved = np.zeros(nearest.shape, np.bool_)
    asked = 0
    nearest[:] = np.inf
    for index in range(order.size):
        fourth = index % 4 == 3
        looked = rows if fourth else open_rows
        asked += fourth
        pool_prepared(looked, picture(remembered, order[index]), candidate, dissimilarity, pooled)
        for i in range(nearest.shape[0]):
            if not looked[i]:
                continue
            largest = np.float32(0)
            for j in range(nearest.shape[1]):
                value = pooled[i, j]
                nearest[i, j] = min(nearest[i, j], value)
                largest = max(largest, nearest[i, j])
                times_unlike[i, j] += fourth and value > UNLIKE
                if index == 0:
                    moved[i, j] = value > _MOVED
            if largest <= _LIKELY:
                open_rows[i] = False
    for i in range(nearest.shape[0]):
        for j in range(nearest.shape[1]):
            unlike[i, j] = moved[i, j] and 2 * times_unlike[i, j] > asked


@kernel
def summarize(
    novelty: NDArray[np.float32],
    unlike: NDArray[np.bool_],
    median: NDArray[np.float32],
    largest: NDArray[np.float32],
    restless: NDArray[np.bool_],
) -> None:
    """Fill in the median and the largest novelty of every place, and whether it is restless."""
    count = novelty.shape[0]
    values = np.empty(count, np.float32)
    for i in range(median.shape[0]):
        for j in range(median.shape[1]):
            apart = 0
            most = np.float32(0)
            for k in range(count):
                most = max(most, novelty[k, i, j])
                apart += unlike[k, i, j]
            largest[i, j] = most
            median[i, j] = most
            if most > _LIKELY:
                for k in range(count):
                    value = novelty[k, i, j]
                    m = k
                    while m > 0 and values[m - 1] > value:
                        values[m] = values[m - 1]
                        m -= 1
                    values[m] = value
                median[i, j] = values[count // 2]
            restless[i, j] = apart >= _RESTLESS * count


@kernel
def recall(
    rows: NDArray[np.bool_],
    order: NDArray[np.int64],
    past: int,
    remembered: Prepared,
    candidate: Prepared,
    tolerance: NDArray[np.float64],
    stay: NDArray[np.float64],
    restless: NDArray[np.bool_],
    varied: NDArray[np.bool_],
    nearest: NDArray[np.float32],
    habit: NDArray[np.bool_],
) -> None:
    """Look up a frame's looks in the memory, in the given rows.

    A look is a habit if the place had it, lost it, and had it before; the current stay does not
    count, except in restless places, where looks don't stay. It also is one if the place had it at
    the far end of the memory and for most of it. Future looks, as far as they are known, count only
    in varied places: elsewhere, the beginning would excuse what happens in it.
    """
    window_rows, window_columns = candidate.sums.shape
    dissimilarity = np.empty((window_rows, window_columns), np.float32)
    pooled = np.empty(nearest.shape, np.float32)
    stays = ~restless
    had = np.zeros(nearest.shape, np.int16)
    had_long_ago = np.zeros(nearest.shape, np.bool_)
    nearest[:] = np.inf
    for index in range(order.size):
        pool_prepared(rows, picture(remembered, order[index]), candidate, dissimilarity, pooled)
        for i in range(nearest.shape[0]):
            if not rows[i]:
                continue
            for j in range(nearest.shape[1]):
                if index >= past and not varied[i, j]:
                    continue
                value = pooled[i, j]
                if value > stay[i, j]:
                    stays[i, j] = False
                nearest[i, j] = min(nearest[i, j], value)
                alike = value <= tolerance[i, j]
                had[i, j] += alike
                had_long_ago[i, j] |= alike and past - 2 <= index < past
                if alike and not stays[i, j]:
                    habit[i, j] = True
    for i in range(nearest.shape[0]):
        if rows[i]:
            for j in range(nearest.shape[1]):
                if had_long_ago[i, j] and had[i, j] >= _MOSTLY * order.size:
                    habit[i, j] = True
