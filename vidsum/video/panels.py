"""Two pictures that were compared and a heat map of their differences, side by side.

The heat map shows 1 - local SSIM of the luma, place by place: of all scores, it is the one that
matches perception (blocks, blur and smear), where squared differences would show contrast. Its
scale is the same for every picture and video: black for identical, pale yellow for a local SSIM of
0 and below. Lightness grows with the square root of 1 - SSIM, as most changes by a transcode are
above 0.8; the colours ("magma") are perceptually uniform along it. Differences in colour alone show
in the two pictures, not in the heat map.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from ..errors import printable
from ..frame import Frame, Planes, VideoInfo
from ..remote import InputPath
from .convert import Reformat
from .layout import Layout
from .luma import samples_of
from .pen import GREY, WHITE, Pen, Pixels

Heat: TypeAlias = Callable[[Planes, Planes], NDArray[np.float32]]
"""Returns 1 - local SSIM; row i and column j cover the samples from row 4i and column 4j on."""

GAP = 12
"""Pixels between and around the panels."""

_STRIDE = 4
"""Samples between the places of the heat map."""

TICKS = (1.0, 0.95, 0.8, 0.5, 0.0)
"""Local SSIMs marked on the scale."""

_RING = 24
"""The panel's longer side is this many radii of the ring."""

_LOUPE_FACTOR = 4
"""Magnification of the loupe relative to the video."""

_LOUPE_SHARE = 0.42
"""The loupe's side, as a share of the panel's shorter one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """Two pictures that were compared."""

    number: int
    """Number of the reference's frame."""
    time: Fraction
    """Its presentation time in seconds."""
    distorted_number: int
    distorted_time: Fraction
    planes: tuple[Planes, Planes]
    """The samples that were compared, stored as in the reference."""
    scores: Mapping[str, float]
    place: tuple[int, int]
    """Column and row of the lowest local SSIM, in samples of the luma as stored."""

    @classmethod
    def of(
        cls,
        frames: tuple[Frame, Frame],
        planes: tuple[Planes, Planes],
        scores: Mapping[str, float],
        place: tuple[int, int],
    ) -> Self:
        """Return the moment at which two frames, reference and distorted, were compared."""
        reference, distorted = frames
        return cls(
            number=reference.number,
            time=reference.time,
            distorted_number=distorted.number,
            distorted_time=distorted.time,
            planes=planes,
            scores=scores,
            place=place,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The two videos, and how their samples are converted to pictures."""

    reference: VideoInfo
    distorted: InputPath
    layout: Layout
    """The layout of the samples that are compared."""
    heat: Heat

    @property
    def titles(self) -> tuple[str, str, str]:
        """The titles above the three panels."""
        one, other = (printable(path.name) for path in (self.reference.path, self.distorted))
        return f"reference: {one}", f"distorted: {other}", "local SSIM of the luma"


class Panels:
    """Draws reference, distorted picture and heat map, upright and all of the same size.

    Parameters
    ----------
    subject
        The two videos.
    box
        Width and height in pixels that a panel must fit into. Large pictures are reduced, small
        ones enlarged by a whole factor.
    """

    def __init__(self, subject: Subject, box: tuple[int, int]) -> None:
        self._heat = subject.heat
        info, layout = subject.reference, _with_chroma(subject.layout)
        self._layout = layout
        self._quarters = info.rotation // 90
        if self._quarters % 2:
            box = box[::-1]
        shape = Fraction(info.width, info.height) * info.sample_aspect_ratio
        width, height = layout.height * shape, Fraction(layout.height)
        scale = min(Fraction(box[0]) / width, Fraction(box[1]) / height)
        self._factor = max(1, int(scale))
        shown = min(Fraction(1), scale)
        self._fitted = max(1, round(width * shown)), max(1, round(height * shown))
        self._shrink = _to_bgr(layout, self._fitted)
        self._stored = self._fitted[0] * self._factor, self._fitted[1] * self._factor
        self.size = self._stored[:: -1 if self._quarters % 2 else 1]
        """Width and height of a panel in pixels."""
        self._pen = Pen(1)
        self._loupe = self._make_loupe()

    @property
    def has_loupe(self) -> bool:
        """Whether `draw_marked` shows an enlarged part: not if the panel itself is as large."""
        return self._loupe is not None

    def draw(self, planes: tuple[Planes, Planes]) -> list[Pixels]:
        """Return the three panels."""
        return [self._upright(panel) for panel in self._drawn(planes)]

    def draw_marked(self, planes: tuple[Planes, Planes], place: tuple[int, int]) -> list[Pixels]:
        """Return the three panels with a ring around `place`, and an enlarged view of it."""
        x, y = (
            round((at + 0.5) * shown / length - 0.5)
            for at, shown, length in zip(place, self._stored, self._layout.size, strict=True)
        )
        panels = self._drawn(planes)
        for panel in panels:
            self._pen.ring(panel, x, y, max(self._stored) // _RING)
        panels = [self._upright(panel) for panel in panels]
        if self._loupe is not None:
            top = 2 * y < self._stored[1]
            left = 2 * x < self._stored[0]
            # Which half of the upright panel the ring is in: a corner rotates with the picture.
            half = np.zeros((2, 2), np.bool_)
            half[int(not top), int(not left)] = True
            ((row, column),) = np.argwhere(np.rot90(half, self._quarters))
            for panel, picture in zip(panels, planes, strict=False):
                self._put_loupe(panel, picture, place, (1 - row, 1 - column))
        return panels

    def _drawn(self, planes: tuple[Planes, Planes]) -> list[Pixels]:
        """Return the panels in the orientation in which the reference is stored."""
        pictures = [
            _enlarged(self._shrink(_picture(each, self._layout)), self._factor) for each in planes
        ]
        return [*pictures, self._heat_map(self._heat(*planes))]

    def _heat_map(self, heat: NDArray[np.float32]) -> Pixels:
        return draw_heat(heat, self._stored, self._layout.size, _STRIDE)

    def _upright(self, pixels: Pixels) -> Pixels:
        return np.ascontiguousarray(np.rot90(pixels, self._quarters))

    def _make_loupe(self) -> tuple[int, Reformat] | None:
        """Return the side of the loupe's content, in samples, and what converts it to pixels."""
        side = int(_LOUPE_SHARE * min(self._stored)) // _LOUPE_FACTOR // 4 * 4
        shown_at = self._stored[0] / self._layout.width
        if not side or 2 * side > min(self._layout.size) or 2 * shown_at >= _LOUPE_FACTOR:
            return None
        return side, _to_bgr(replace(self._layout, width=side, height=side), (side, side))

    def _put_loupe(
        self, panel: Pixels, planes: Planes, place: tuple[int, int], corner: tuple[int, int]
    ) -> None:
        assert self._loupe is not None
        side, to_bgr = self._loupe
        # A multiple of 4 is the start of a chroma sample, whatever the subsampling.
        left, top = (
            min(max(0, at - side // 2), length - side) // 4 * 4
            for at, length in zip(place, self._layout.size, strict=True)
        )
        cut = _cut(planes, left, top, side)
        picture = to_bgr(_picture(cut, replace(self._layout, width=side, height=side)))
        turned = self._upright(_enlarged(picture, _LOUPE_FACTOR))
        framed = np.full((turned.shape[0] + 4, turned.shape[1] + 4, 3), WHITE, np.uint8)
        framed[2:-2, 2:-2] = turned
        height, width = framed.shape[:2]
        y, x = (
            slice(length - size, length) if end else slice(0, size)
            for end, length, size in zip(corner, panel.shape, (height, width), strict=False)
        )
        panel[y, x] = framed


def draw_heat(
    heat: NDArray[np.floating[Any]], size: tuple[int, int], samples: tuple[int, int], spacing: int
) -> Pixels:
    """Return a map of 1 - local SSIM at the size of a drawing.

    Parameters
    ----------
    heat
        The map.
    size
        Width and height of the drawing in pixels.
    samples
        Width and height of the picture in samples.
    spacing
        Samples between the places of the map; the first is centred twice as far from the corner.
    """
    from .opencv import cv2

    # Pixel p shows the samples around (p + 1/2) * across; place j is centred on (j + 2) * spacing.
    across, down = (length / shown for length, shown in zip(samples, size, strict=True))
    to_place = np.array(
        [
            [across / spacing, 0, across / 2 / spacing - 2],
            [0, down / spacing, down / 2 / spacing - 2],
        ]
    )
    fitted = cv2.warpAffine(
        heat.astype(np.float32, copy=False),
        to_place,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return heat_colours(np.asarray(fitted, np.float32))


def heat_colours(dissimilarity: NDArray[np.float32]) -> Pixels:
    """Return the colours of 1 - local SSIM."""
    from .opencv import cv2

    strength = np.sqrt(np.clip(dissimilarity, 0, 1))
    levels = np.rint(strength * 255).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_MAGMA), np.uint8)


def draw_scale(pixels: Pixels, pen: Pen, x: int, y: int, width: int) -> None:
    """Draw the scale of the heat map, its bar `width` pixels wide, its upper left corner at x, y.

    The numbers are below it.
    """
    height = pen.text_height
    strength = np.linspace(0, 1, width, dtype=np.float32)
    pixels[y : y + height, x : x + width] = heat_colours(strength[np.newaxis] ** 2)
    edge = pixels[y - 1 : y + height + 1, x - 1 : x + width + 1]
    edge[[0, -1]] = edge[:, [0, -1]] = GREY
    for tick in TICKS:
        at = round((1 - tick) ** 0.5 * (width - 1))
        pixels[y + height : y + height + 4, x + at] = GREY
        text = f"{tick:g}"
        across = pen.text_size(text)[0]
        # The outer numbers stay within the bar's width.
        begin = min(max(x + at - across // 2, x), x + width - across)
        pen.label(pixels, text, begin, y + 2 * height + 8)


def _with_chroma(layout: Layout) -> Layout:
    """Return `layout`, with chroma added to grey: FFmpeg takes all grey for full range."""
    if layout.samples.chroma:
        return layout
    return replace(layout, pixel_format=layout.samples._replace(chroma="420").planar)


def _to_bgr(layout: Layout, size: tuple[int, int]) -> Reformat:
    return Reformat(layout, replace(layout, width=size[0], height=size[1], pixel_format="bgr24"))


def _picture(planes: Planes, layout: Layout) -> av.VideoFrame:
    """Return a copy of `planes` as a picture for FFmpeg; grey gets neutral chroma."""
    picture = av.VideoFrame(layout.width, layout.height, layout.pixel_format)
    dtype: type[Any] = np.uint8 if layout.samples.depth == 8 else np.uint16
    for plane, samples in zip(picture.planes, (planes.y, planes.u, planes.v), strict=False):
        neutral = 1 << (planes.depth - 1)
        samples_of(plane, dtype)[:] = neutral if samples is None else samples
    return picture


def _enlarged(picture: av.VideoFrame, factor: int) -> Pixels:
    """Return the pixels of a picture, each repeated this many times in both directions."""
    pixels: Pixels = np.asarray(picture.to_ndarray(), np.uint8)
    return pixels if factor == 1 else pixels.repeat(factor, 0).repeat(factor, 1)


def _cut(planes: Planes, left: int, top: int, side: int) -> Planes:
    """Return a square part of a picture."""
    height, width = planes.y.shape

    def part(plane: NDArray[Any] | None) -> NDArray[Any] | None:
        if plane is None:
            return None
        across, down = round(width / plane.shape[1]), round(height / plane.shape[0])
        rows = slice(top // down, (top + side) // down)
        return plane[rows, left // across : (left + side) // across]

    return replace(
        planes,
        y=planes.y[top : top + side, left : left + side],
        u=part(planes.u),
        v=part(planes.v),
    )
