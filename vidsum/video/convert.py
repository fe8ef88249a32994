"""Conversion between sample layouts, every step fully specified so that FFmpeg assumes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from .colour import MATRIX_BT601
from .conform import TURNS, Filter
from .layout import Layout
from .luma import samples_of

Step: TypeAlias = Callable[[av.VideoFrame], av.VideoFrame]
"""Takes a picture and returns it converted."""

_MATRICES = {
    1: (Colorspace.ITU709, "bt709"),
    4: (Colorspace.FCC, "fcc"),
    MATRIX_BT601: (Colorspace.ITU601, "smpte170m"),
    7: (Colorspace.SMPTE240M, "smpte240m"),
    9: (Colorspace.BT2020, "bt2020nc"),
}
"""By code point, the names of the matrices that both the scaler and the colorspace filter know."""

_EXACT_MATRIX = frozenset(
    f"yuv{chroma}p{depth}" for chroma in (420, 422, 444) for depth in ("", "10le", "12le")
)
"""The formats that the colorspace filter accepts. Others go through RGB, where colours outside its
gamut are clipped."""


_OBLONG = frozenset({"422", "411", "440"})
"""Subsamplings that become a different one when rotated by 90 degrees."""


_ONE_THREAD = 1
"""With several, each converting a band of rows, the first samples of a band may be corrupted by the
band above: 16-bit samples in rows that are not a multiple of 32 bytes, 15 of 40 pictures of
1366x768 (libswscale 9.5). It differs from run to run."""


def can_convert(matrix: int | None, to: int | None) -> bool:
    """Return whether samples of one matrix can be converted into those of another."""
    return matrix in _MATRICES and to in _MATRICES


def steps(own: Layout, target: Layout, turn: int = 0) -> Iterator[Step]:
    """Yield the steps that convert pictures from `own` layout to `target`, which is planar.

    A range or matrix that either doesn't specify is taken to be the other's. RGB has neither; it
    gets those of `target`, or full range and BT.601.

    Parameters
    ----------
    own, target
        The layouts: both with colour, or both without.
    turn
        By how many degrees pictures are turned counterclockwise: 0, 90, 180 or 270.
    """
    if not own.samples.is_planar:
        plain = replace(own, pixel_format=own.samples.planar)
        if own.samples.is_rgb:
            full = True if target.full is None else target.full
            matrix = target.matrix if target.matrix in _MATRICES else MATRIX_BT601
            plain = replace(plain, full=full, matrix=matrix)
        yield Reformat(own, plain)
        own = plain
    if own.samples.depth != target.samples.depth:
        # Separate from scaling, which would leave full-range white at 1020 of 1023.
        deeper = replace(own, pixel_format=own.samples._replace(depth=target.samples.depth).planar)
        yield Reformat(own, deeper) if own.samples.chroma else DeeperGrey(own, deeper)
        own = deeper
    if turn:
        if turn in (90, 270) and own.samples.chroma in _OBLONG:
            # Otherwise FFmpeg's transpose would choose the result, perhaps a packed layout.
            even = replace(own, pixel_format=own.samples._replace(chroma="444").planar)
            yield Reformat(own, even)
            own = even
        if turn in (90, 270):
            own = replace(own, width=own.height, height=own.width)
        yield Filter(*TURNS[turn])
    wanted = replace(target, full=_other_if_known(own.full, target.full), matrix=own.matrix)
    if not own.samples.chroma and None not in (own.full, wanted.full) and own.full != wanted.full:
        ranged = replace(own, full=wanted.full)
        yield OtherRangeGrey(own, ranged)
        own = ranged
    if (own.size, own.samples, own.full) != (wanted.size, wanted.samples, wanted.full):
        yield Reformat(own, wanted)
        own = wanted
    if own.matrix != target.matrix and can_convert(own.matrix, target.matrix):
        yield _other_matrix(own, replace(own, matrix=target.matrix))


def _other_if_known(own: bool | None, target: bool | None) -> bool | None:
    return own if own is None or target is None else target


class Reformat:
    """A conversion by FFmpeg's scaler, bicubic like its `scale` filter."""

    def __init__(self, own: Layout, to: Layout) -> None:
        self._own, self._to = own, to
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return `frame` in the target layout."""
        return self._reformatter.reformat(
            frame,
            width=self._to.width,
            height=self._to.height,
            format=self._to.pixel_format,
            src_color_range=_range(self._own),
            dst_color_range=_range(self._to),
            src_colorspace=_matrix(self._own),
            dst_colorspace=_matrix(self._to),
            interpolation=Interpolation.BICUBIC,
            threads=_ONE_THREAD,
        )


def _range(layout: Layout) -> ColorRange:
    return ColorRange.JPEG if layout.full or layout.samples.is_rgb else ColorRange.MPEG


def _matrix(layout: Layout) -> Colorspace:
    known = layout.matrix if layout.matrix in _MATRICES else MATRIX_BT601
    assert known is not None
    return _MATRICES[known][0]


class DeeperGrey:
    """Changes the bit depth of grey pictures.

    FFmpeg's scaler takes all grey for full range: white at 235 would become 943 of 1023, not 940.
    """

    def __init__(self, own: Layout, to: Layout) -> None:
        self._from, self._to = own.samples.depth, to.samples.depth
        self._format, self._full = to.pixel_format, own.full

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return `frame` with the target bit depth."""
        luma = samples_of(frame.planes[0], np.uint8 if self._from == 8 else np.uint16)
        grey = luma.astype(np.uint16)
        if self._to < self._from:
            grey = (grey >> (self._from - self._to)).astype(
                np.uint8 if self._to == 8 else np.uint16
            )
        else:
            grey <<= self._to - self._from
            if self._full:
                grey |= grey >> self._from
        deeper = av.VideoFrame.from_ndarray(grey, format=self._format)
        deeper.color_range = frame.color_range
        return deeper


class OtherRangeGrey:
    """Converts grey pictures to the other range, which FFmpeg's scaler doesn't."""

    def __init__(self, own: Layout, to: Layout) -> None:
        depth = own.samples.depth
        self._dtype: type[Any] = np.uint8 if depth == 8 else np.uint16
        self._to = to
        peak, black, span = 2**depth - 1, 16 << (depth - 8), 219 << (depth - 8)
        levels = np.arange(peak + 1)
        other = (levels - black) * peak / span if to.full else levels * span / peak + black
        self._levels = np.clip(np.rint(other), 0, peak).astype(self._dtype)

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return `frame` in the target range."""
        luma = self._levels.take(samples_of(frame.planes[0], self._dtype), mode="clip")
        picture = av.VideoFrame.from_ndarray(luma, format=self._to.pixel_format)
        picture.color_range = _range(self._to)
        return picture


def _other_matrix(own: Layout, to: Layout) -> Step:
    if own.samples.planar not in _EXACT_MATRIX or own.width % 2 or own.height % 2:
        return Reformat(own, to)
    assert own.matrix is not None and to.matrix is not None
    before, after = _MATRICES[own.matrix][1], _MATRICES[to.matrix][1]
    levels = "pc" if own.full else "tv"
    # The filter requires complete colour tags; it changes only the matrix.
    known = f"colorspace={before}:range={levels}:color_primaries=bt709:color_trc=bt709"
    wanted = f"space={after}:range={levels}:primaries=bt709:trc=bt709:fast=1"
    return Filter(("setparams", known), ("colorspace", wanted))
