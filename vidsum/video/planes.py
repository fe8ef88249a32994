"""The samples of pictures, a distorted one's converted to the layout of its reference."""

from dataclasses import replace
from typing import Any

import av
import numpy as np

from ..frame import Frame, Planes, VideoInfo
from .convert import Step, steps
from .differences import Side, differences
from .layout import Layout, Samples
from .luma import samples_of


def planes_of(picture: av.VideoFrame) -> Planes:
    """Return the samples of `picture` at the bit depth in which it is stored.

    For planar Y'CbCr and grey these are views of the decoder's memory, valid while they are
    referenced. Other layouts are converted to the planar one that holds all of them, losslessly
    except for RGB, which becomes full-range BT.601 at 4:4:4, rounded. Transparency is dropped.
    """
    layout = Layout.of(picture)
    samples = layout.samples
    if not samples.is_planar:
        for step in steps(layout, replace(layout, pixel_format=samples.planar)):
            picture = step(picture)
    dtype: type[Any] = np.uint8 if samples.depth == 8 else np.uint16
    if not samples.chroma:
        return Planes(y=samples_of(picture.planes[0], dtype), depth=samples.depth)
    y, u, v = (samples_of(plane, dtype) for plane in picture.planes[:3])
    return Planes(y=y, u=u, v=v, depth=samples.depth)


class Conformer:
    """Makes two pictures comparable: the distorted one is converted to the layout of the reference.

    If nothing differs, nothing is converted, and the samples are views of the decoder's memory.
    Conversions are FFmpeg's; scaling is bicubic, as its `scale` filter does by default. Both get
    the deeper of the two bit depths. Not thread-safe.

    Parameters
    ----------
    reference, distorted
        The properties of the two videos.
    first
        A picture of each, which determine the layouts.
    Width and height of the upright picture to which both are scaled. Default: those of the
    reference.
    untagged_is_limited
        Y'CbCr without a range tag is converted as limited if the other is full range. Default: it
        is taken to have the range of the other.
    """

    notes: tuple[str, ...]
    """A line for each difference, with what is done about it."""

    def __init__(
        self,
        reference: VideoInfo,
        distorted: VideoInfo,
        first: tuple[Frame, Frame],
        *,
        scale_to: tuple[int, int] | None = None,
        untagged_is_limited: bool = False,
    ) -> None:
        self._untagged_is_limited = untagged_is_limited
        one, other = (
            Side(info=info, picture=frame.native, layout=self._layout(frame.native))
            for info, frame in zip((reference, distorted), first, strict=True)
        )
        if scale_to is not None and reference.rotation in (90, 270):
            scale_to = scale_to[::-1]
        self._target = _common(one.layout, other.layout, scale_to or one.layout.size)
        turn = (distorted.rotation - reference.rotation) % 360
        self._conversions = _Conversion(self._target, 0), _Conversion(self._target, turn)
        self.notes = tuple(differences(one, other, self._target))

    @property
    def layout(self) -> Layout:
        """The layout of the samples of both."""
        return self._target

    def __call__(self, reference: Frame, distorted: Frame) -> tuple[Planes, Planes]:
        """Return the samples of both pictures, in planes of the same shapes and depth."""
        one, other = (
            self._coloured(planes_of(conversion(frame.native, self._layout(frame.native))))
            for conversion, frame in zip(self._conversions, (reference, distorted), strict=True)
        )
        return one, other

    def _layout(self, picture: av.VideoFrame) -> Layout:
        layout = Layout.of(picture)
        is_yuv = layout.samples.chroma and not layout.samples.is_rgb
        if self._untagged_is_limited and is_yuv and layout.full is None:
            return replace(layout, full=False)
        return layout

    def _coloured(self, planes: Planes) -> Planes:
        """Return `planes` with chroma if the target has it, neutral if need be, else without."""
        if not self._target.samples.chroma:
            return Planes(y=planes.y, depth=planes.depth)
        if planes.u is not None:
            return planes
        chroma = av.VideoFormat(self._target.pixel_format, *self._target.size)
        shape = chroma.chroma_height(), chroma.chroma_width()
        neutral = np.full(shape, 1 << (planes.depth - 1), planes.y.dtype)
        return Planes(y=planes.y, u=neutral, v=neutral, depth=planes.depth)


class _Conversion:
    """Converts the pictures of one video to a layout, whatever theirs is."""

    def __init__(self, target: Layout, turn: int) -> None:
        self._target, self._turn = target, turn
        self._own: Layout | None = None
        self._steps: tuple[Step, ...] = ()

    def __call__(self, picture: av.VideoFrame, own: Layout) -> av.VideoFrame:
        if own != self._own:
            target = self._target
            if bool(own.samples.chroma) != bool(target.samples.chroma):
                samples = target.samples._replace(chroma=own.samples.chroma)
                target = replace(target, pixel_format=samples.planar)
            self._own, self._steps = own, tuple(steps(own, target, self._turn))
        for step in self._steps:
            picture = step(picture)
        return picture


def _common(reference: Layout, distorted: Layout, size: tuple[int, int]) -> Layout:
    """Return the layout in which both can be compared."""
    sides = (reference, distorted)
    depth = max(layout.samples.depth for layout in sides)
    full = next((layout.full for layout in sides if layout.full is not None), None)
    if full is None and any(not layout.samples.is_rgb for layout in sides):
        # What RGB is converted to next to it; Y'CbCr of unknown range stays as it is.
        full = False
    return Layout(
        width=size[0],
        height=size[1],
        pixel_format=Samples(reference.samples.chroma, depth, is_rgb=False, is_planar=True).planar,
        full=full,
        matrix=next((layout.matrix for layout in sides if layout.matrix is not None), None),
    )
