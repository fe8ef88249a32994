"""Wobble: a shift of a few samples that the whole picture has in common.

A camera in the wind, or on a bridge with traffic, shakes. A shift of one sample is enough to change
every speck and edge, and it takes no place back exactly to an earlier look. To first order in a
shift s, the candidate is x = r - s . grad r; s is fitted to that by least squares, as in B. D.
Lucas and T. Kanade, "An iterative image registration technique with an application to stereo
vision", IJCAI 1981. Then the kept frame is shifted and compared again.

An object that moves in front of a plain wall fits a shift as well as a shaking camera does. So the
shift must explain the changes in nearly all parts of the picture, each on its own.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..metrics.block8 import cell_errors, empty_cells
from .light import Light, light_between, pool_under_light
from .prepared import Prepared, prepare

_BLOCK_SIDE = 16
"""Samples along each side of the blocks from which the shift is estimated."""

_ROW_STEP = 2
"""One in this many rows of blocks is used: that is enough."""

_SAMPLES = _BLOCK_SIDE * _BLOCK_SIDE // 4
"""Samples of a block that are used."""

_MIN_SHIFT = 0.25
"""Shortest shift that counts, in samples of the analysis plane."""

_MAX_SHIFT = 4
"""Longest shift that counts as shaking; beyond, the camera is moving."""

_BORDER = _MAX_SHIFT + 1
"""How many samples beyond a border an interpolated shift reads."""

_FLAT = 1.0
"""A block with a lower mean square of the gradient, in squared levels, says nothing."""

_ONE_EDGE = 0.02
"""Gradients this close to a single direction, as a share of the maximum, give the shift only across
it."""

_PARTS_PER_SIDE = 3
"""How many parts the picture is divided into, along each side."""

_MIN_AGREEING_PARTS = 7
"""How many of these parts must have the shift in common; one may be flat, and one may show
motion."""

_MAX_REMAINDER = 0.5
"""The largest share of the squared difference that may remain in a part that a shift explains."""


class Shift(NamedTuple):
    """How far a picture has moved, in samples."""

    right: float
    down: float

    @property
    def is_wobble(self) -> bool:
        """Whether it is long enough to matter, and short enough to be a wobble."""
        return _MIN_SHIFT <= math.hypot(*self) <= _MAX_SHIFT


def steady(
    kept: Prepared, candidate: Prepared, light: Light | None, pooled: NDArray[np.float64]
) -> Light | None:
    """Reduce `pooled` to what remains when the kept frame is shifted like the candidate.

    Parameters
    ----------
    kept, candidate
        The two frames.
    light
        The light of the candidate, if it differs from the kept frame's.
    pooled
        1 - SSIM of every place, -1 where it is not known to exceed anything.

    Returns
    -------
    Light or None
        The light of the candidate, if it still differs: shifted fine texture may have been mistaken
        for darkening.
    """
    shift = shift_between(kept.plane, candidate.plane)
    if shift is None:
        return light
    reference = prepare(shifted(kept.plane, shift))
    if light is not None:
        light = light_between(reference.sums, candidate.sums)
        light = None if light.is_same else light
    errors = empty_cells(reference.plane)
    cell_errors(reference.plane, candidate.plane, errors)
    pool_under_light(*(light or Light(1.0, 0.0)), reference, candidate, errors, pooled)
    return light


def shift_between(reference: NDArray[np.uint8], candidate: NDArray[np.uint8]) -> Shift | None:
    """Return the shift that nearly all parts of the picture have in common, if there is a wobble.

    The remainder of the first fit is fitted once more: gradients are exact only below one sample.
    """
    rows, columns = (length // _BLOCK_SIDE for length in reference.shape)
    terms = np.empty((6, -(-rows // _ROW_STEP), columns))
    if min(terms.shape[1:]) < _PARTS_PER_SIDE:
        return None
    _equations(reference, candidate, terms)
    shift = _fit(terms)
    if not shift.is_wobble:
        return None
    _equations(shifted(reference, Shift(-shift.right, -shift.down)), candidate, terms)
    opposite = terms[5].copy()
    _equations(shifted(reference, shift), candidate, terms)
    if not _is_common(terms[5], opposite):
        return None
    rest = _fit(terms)
    shift = Shift(shift.right + rest.right, shift.down + rest.down)
    return shift if shift.is_wobble else None


def _is_common(left: NDArray[np.float64], opposite: NDArray[np.float64]) -> bool:
    """Return whether nearly all parts resemble the candidate more under the shift.

    More than under the opposite one, which interpolates as much: noise and still parts improve no
    more under the one than under the other.
    """
    explained = _by_parts(left) < _MAX_REMAINDER * _by_parts(opposite)
    return int(explained.sum()) >= _MIN_AGREEING_PARTS


def _by_parts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums over all blocks of each part."""
    first_rows, first_columns = (
        np.arange(_PARTS_PER_SIDE) * length // _PARTS_PER_SIDE for length in values.shape
    )
    return np.add.reduceat(np.add.reduceat(values, first_rows, axis=0), first_columns, axis=1)


def _fit(terms: NDArray[np.float64]) -> Shift:
    """Return the shift to first order, from the more textured half of the blocks."""
    xx, _, yy, *_ = terms
    texture = xx + yy
    chosen = texture >= max(float(np.median(texture)), _FLAT * _SAMPLES)
    return Shift(*_fit_best(terms[:, chosen])) if chosen.any() else Shift(0.0, 0.0)


@kernel
def _fit_best(terms: NDArray[np.float64]) -> tuple[float, float]:
    """Return the shift to first order, or zero if it can't be determined.

    It is fitted to all blocks, and then three times to the half of them that the previous fit
    explains best: objects that move on their own don't matter.
    """
    blocks = terms.shape[1]
    left = np.zeros(blocks)
    most = 0.0
    right, down = 0.0, 0.0
    for _ in range(4):
        a, b, c, d, e = 0.0, 0.0, 0.0, 0.0, 0.0
        for k in range(blocks):
            if left[k] <= most:
                a += terms[0, k]
                b += terms[1, k]
                c += terms[2, k]
                d += terms[3, k]
                e += terms[4, k]
        determinant = a * c - b * b
        if determinant <= _ONE_EDGE * (a + c) ** 2:
            return 0.0, 0.0
        right, down = (b * e - c * d) / determinant, (b * d - a * e) / determinant
        for k in range(blocks):
            xx, xy, yy = terms[0, k], terms[1, k], terms[2, k]
            xt, yt, tt = terms[3, k], terms[4, k], terms[5, k]
            moved = right * right * xx + 2 * right * down * xy + down * down * yy
            left[k] = (tt + 2 * (right * xt + down * yt) + moved) / (xx + yy)
        most = np.median(left)
    return right, down


@kernel
def _equations(
    reference: NDArray[np.uint8], candidate: NDArray[np.uint8], terms: NDArray[np.float64]
) -> None:
    """Fill, for every block, the sums of gx gx, gx gy, gy gy, gx t, gy t and t t.

    g is the gradient of the mean of both pictures, t the difference in time; the mean over the
    block is subtracted from each: light doesn't matter.
    """
    width = reference.shape[1]
    strips = np.empty((9, width), np.int32)
    sums = np.empty(9)
    for i in range(terms.shape[1]):
        strips[:] = 0
        sx, sy, st, xx, xy, yy, xt, yt, tt = strips
        top = _BLOCK_SIDE * _ROW_STEP * i
        # The gradient needs the rows above and below; every fourth row is enough.
        for y in range(top + 2, top + _BLOCK_SIDE, 4):
            above, below = reference[y - 1], reference[y + 1]
            above_x, below_x = candidate[y - 1], candidate[y + 1]
            r, x = reference[y], candidate[y]
            for k in range(1, width - 1):
                gx = np.int32(r[k + 1]) - r[k - 1] + x[k + 1] - x[k - 1]
                gy = np.int32(below[k]) - above[k] + below_x[k] - above_x[k]
                t = np.int32(x[k]) - r[k]
                sx[k] += gx
                sy[k] += gy
                st[k] += t
                xx[k] += gx * gx
                xy[k] += gx * gy
                yy[k] += gy * gy
                xt[k] += gx * t
                yt[k] += gy * t
                tt[k] += t * t
        for j in range(terms.shape[2]):
            for n in range(9):
                total = np.int32(0)
                for k in range(_BLOCK_SIDE * j, _BLOCK_SIDE * (j + 1)):
                    total += strips[n, k]
                sums[n] = total
            # The gradients here are four times too large.
            x1, y1, t1 = sums[0] / 4, sums[1] / 4, sums[2]
            terms[0, i, j] = sums[3] / 16 - x1 * x1 / _SAMPLES
            terms[1, i, j] = sums[4] / 16 - x1 * y1 / _SAMPLES
            terms[2, i, j] = sums[5] / 16 - y1 * y1 / _SAMPLES
            terms[3, i, j] = sums[6] / 4 - x1 * t1 / _SAMPLES
            terms[4, i, j] = sums[7] / 4 - y1 * t1 / _SAMPLES
            terms[5, i, j] = sums[8] - t1 * t1 / _SAMPLES


def shifted(plane: NDArray[np.uint8], shift: Shift) -> NDArray[np.uint8]:
    """Return `plane` shifted by at most `_MAX_SHIFT`; the border is repeated into the gap.

    The interpolation is bilinear, to 1/16 of a sample, so that everything fits into 16 bits.
    """
    out = np.empty_like(plane)
    _shift(plane, round(-16 * shift.down), round(-16 * shift.right), out)
    return out


@kernel
def _shift(plane: NDArray[np.uint8], down: int, right: int, out: NDArray[np.uint8]) -> None:
    """Fill `out` from this many sixteenths of a sample further down and to the right."""
    height, width = plane.shape
    low, after = np.uint16(down % 16), np.uint16(right % 16)
    high, before = np.uint16(16 - low), np.uint16(16 - after)
    half, eight = np.uint16(128), np.uint16(8)
    first = right // 16 + _BORDER
    line = np.empty(width + 2 * _BORDER, np.uint16)
    mixed = np.empty((2, width), np.uint16)
    for y in range(height + 1):
        source = plane[min(max(down // 16 + y, 0), height - 1)]
        for x in range(_BORDER):
            line[x], line[_BORDER + width + x] = source[0], source[width - 1]
        for x in range(width):
            line[_BORDER + x] = source[x]
        a, b = line[first : first + width], line[first + 1 : first + 1 + width]
        lower, upper = mixed[y % 2], mixed[(y + 1) % 2]
        for x in range(width):
            lower[x] = np.uint16(a[x] * before) + np.uint16(b[x] * after)
        if y > 0:
            row = out[y - 1]
            for x in range(width):
                total = np.uint16(upper[x] * high) + np.uint16(lower[x] * low)
                row[x] = np.uint8(np.uint16(np.uint16(total) + half) >> eight)
