"""Light: a gain and an offset that the whole picture has in common.

An auto-exposure, a cloud or a lamp changes all samples of a picture in much the same way. The
reference is transformed to the candidate's light, r -> gain r + offset, and compared again; the
sums that SSIM is computed from follow from those of the reference, without its samples:

    s -> gain s + 64 offset,   q -> gain^2 q + 2 gain offset s + 64 offset^2

and the squared error from those of both and sum(r x) = (q_r + q_x - e) / 2.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..metrics.block8 import Sums, add_four, windows_dissimilarity
from .local import POOL, held_rows
from .prepared import C1, C2, Prepared
from .state import State

_MIN_EXAMINED_SHARE = 0.001
"""A change in less of the picture than this is not examined for a change of light."""

_MIN_SETTLED_SHARE = 0.02
"""A change of light that shows in less of the picture than this is not worth a frame."""

_SETTLING_SECONDS = Fraction(1)
"""Seconds that the light must stay the same to have settled."""


class Light(NamedTuple):
    """How the samples of one picture follow from those of another."""

    gain: float
    offset: float

    @property
    def is_same(self) -> bool:
        """Whether there is no difference to speak of."""
        return abs(self.gain - 1) <= 0.03 and abs(self.offset) <= 3


class Lights:
    """Ignores changes of light, and detects when the light has settled."""

    def __init__(self) -> None:
        self._earlier: tuple[Sums, Fraction] | None = None

    @property
    def state(self) -> State:
        """What it compares with; empty if it has just begun."""
        if self._earlier is None:
            return {}
        sums, time = self._earlier
        return {"sums": sums, "time": time}

    def restore(self, state: Any) -> None:
        """Restore what `state` holds."""
        self._earlier = (state["sums"], state["time"]) if state else None

    def forget(self) -> None:
        """Start over, with another frame to compare with."""
        self._earlier = None

    def explain(
        self,
        kept: Prepared,
        candidate: Prepared,
        errors: Sums,
        share: float,
        pooled: NDArray[np.float64],
    ) -> Light | None:
        """Reduce `pooled` to the differences that remain under the candidate's light.

        Parameters
        ----------
        kept, candidate
            The two frames.
        errors
            Squared error between them, of every cell.
        share
            How much of the picture exceeds what is allowed there.
        pooled
            1 - SSIM of every place, -1 where it is not known to exceed anything.

        Returns
        -------
        Light or None
            The candidate's light, if it differs from that of the kept frame.
        """
        if share < _MIN_EXAMINED_SHARE:
            return None
        light = light_between(kept.sums, candidate.sums)
        if light.is_same:
            return None
        pool_under_light(*light, kept, candidate, errors, pooled)
        return light

    def has_settled(self, candidate: Prepared, time: Fraction, share: float) -> bool:
        """Return whether the light has changed enough, `share` of the picture, and settled."""
        if share < _MIN_SETTLED_SHARE:
            return False
        if self._earlier is None:
            self._earlier = candidate.sums, time
            return False
        before, then = self._earlier
        if time - then < _SETTLING_SECONDS:
            return False
        if light_between(before, candidate.sums).is_same:
            return True
        self._earlier = candidate.sums, time
        return False


def light_between(reference: Sums, candidate: Sums) -> Light:
    """Return the light that most of the picture has in common, from the sums of windows.

    It is fitted to the means of the windows by least squares, four times, each time to the half of
    them that the previous fit explains best: moving objects don't matter.
    """
    a, b = reference[::2, ::2].ravel() / 64, candidate[::2, ::2].ravel() / 64
    light = Light(1.0, _median(b - a))
    for _ in range(4):
        error = np.abs(b - light.gain * a - light.offset)
        light = Light(*_fit(a, b, error <= _median(error) + 0.5))
    return light


def _median(values: NDArray[np.float64]) -> float:
    """Return the median, five times as fast as `numpy.median`.

    `numpy.partition` is vectorised only for a single position.
    """
    half = values.size // 2
    divided = np.partition(values, half)
    if values.size % 2:
        return float(divided[half])
    return float(divided[:half].max() + divided[half]) / 2


@kernel
def _fit(
    a: NDArray[np.float64], b: NDArray[np.float64], explained: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the gain and the offset that turn `a` into `b`, over the `explained` windows."""
    n, mean_a, mean_b = 0, 0.0, 0.0
    for k in range(a.size):
        if explained[k]:
            n += 1
            mean_a += a[k]
            mean_b += b[k]
    mean_a, mean_b = mean_a / n, mean_b / n
    squares, products = 0.0, 0.0
    for k in range(a.size):
        if explained[k]:
            squares += (a[k] - mean_a) ** 2
            products += (a[k] - mean_a) * (b[k] - mean_b)
    gain = 1.0
    if squares >= 4 * n:
        gain = min(max(products / squares, 0.25), 4.0)
    return gain, mean_b - gain * mean_a


@kernel
def pool_under_light(
    gain: float,
    offset: float,
    reference: Prepared,
    candidate: Prepared,
    errors: Sums,
    pooled: NDArray[Any],
) -> None:
    """Reduce `pooled`, where it isn't -1, to 1 - SSIM under the candidate's light.

    `errors` are those of cells.
    """
    asked = np.zeros(pooled.shape[0], np.bool_)
    for i in range(asked.size):
        for value in pooled[i]:
            if value >= 0:
                asked[i] = True
                break
    windows, _ = held_rows(asked)
    columns = reference.sums.shape[1]
    dissimilarity = np.empty((windows.size, columns), np.float64)
    e = np.empty(columns, errors.dtype)
    s_r, q_r, lit = np.empty(columns), np.empty(columns), np.empty(columns)
    for i in range(windows.size):
        if not windows[i]:
            continue
        add_four(errors[i], errors[i + 1], e)
        for j in range(columns):
            s, q = float(reference.sums[i, j]), float(reference.squares[i, j])
            x, q_x = float(candidate.sums[i, j]), float(candidate.squares[i, j])
            cross = (q + q_x - e[j]) / 2
            s_r[j] = gain * s + 64 * offset
            q_r[j] = gain * gain * q + 2 * gain * offset * s + 64 * offset * offset
            lit[j] = q_r[j] + q_x - 2 * (gain * cross + offset * x)
        windows_dissimilarity(
            s_r, q_r, candidate.sums[i], candidate.squares[i], lit, C1, C2, dissimilarity[i]
        )
    for i in range(pooled.shape[0]):
        for j in range(pooled.shape[1]):
            if pooled[i, j] >= 0:
                total = 0.0
                for k in range(POOL):
                    for m in range(POOL):
                        total += dissimilarity[i + k, j + m]
                pooled[i, j] = min(pooled[i, j], total / (POOL * POOL))
