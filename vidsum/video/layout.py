"""How the samples of a decoded picture are laid out, and what they mean."""

import functools
import re
from dataclasses import dataclass
from typing import NamedTuple, Self

import av

from .colour import full_range, matrix_of

_PLANAR = re.compile(r"(?:yuv[aj]?(4\d\d)p|gray)(?:(9|10|12|14|16)le)?")

_DEPTHS = (8, 9, 10, 12, 14, 16)
"""Bit depths for which FFmpeg has planar layouts."""

_SUBSAMPLINGS = {
    (1, 1): "444",
    (2, 1): "422",
    (2, 2): "420",
    (4, 1): "411",
    (4, 4): "410",
    (1, 2): "440",
}
"""How many samples of luma, horizontally and vertically, share one of chroma."""


class Samples(NamedTuple):
    """What a pixel format stores of a picture, regardless of how."""

    chroma: str
    """Subsampling as in "420"; "" if there is no colour."""
    depth: int
    """Bits per sample, one of those for which there are planar layouts."""
    is_rgb: bool
    is_planar: bool
    """Each component has its own plane, in native byte order."""

    @property
    def planar(self) -> str:
        """Name of the planar pixel format that holds all of it.

        4:1:1, 4:1:0 and 4:4:0 become 4:4:4 if FFmpeg doesn't have them at this depth.
        """
        suffix = "" if self.depth == 8 else f"{self.depth}le"
        if not self.chroma:
            return f"gray{suffix}"
        name = f"yuv{self.chroma}p{suffix}"
        return name if _exists(name) else f"yuv444p{suffix}"


@functools.cache
def samples_in(pixel_format: str) -> Samples:
    """Return what `pixel_format` stores, disregarding transparency."""
    if planar := _PLANAR.fullmatch(pixel_format):
        return Samples(planar[1] or "", int(planar[2] or 8), is_rgb=False, is_planar=True)
    layout = av.VideoFormat(pixel_format, 16, 16)
    colours = [component for component in layout.components if not component.is_alpha]
    bits = max(component.bits for component in colours)
    if layout.is_bayer:
        bits = layout.bits_per_pixel
    depth = next((depth for depth in _DEPTHS if depth >= bits), _DEPTHS[-1])
    if layout.is_rgb or layout.has_palette or pixel_format.startswith("xyz"):
        return Samples("444", depth, is_rgb=True, is_planar=False)
    if len(colours) == 1:
        return Samples("", depth, is_rgb=False, is_planar=False)
    ratio = (16 // layout.chroma_width(16), 16 // layout.chroma_height(16))
    return Samples(_SUBSAMPLINGS[ratio], depth, is_rgb=False, is_planar=False)


def _exists(pixel_format: str) -> bool:
    try:
        av.VideoFormat(pixel_format, 16, 16)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the samples of a picture are laid out, and what they mean."""

    width: int
    height: int
    pixel_format: str
    full: bool | None
    """Full range or limited; None if the picture doesn't say, and for RGB."""
    matrix: int | None
    """Matrix of Y'CbCr in the code points of ITU-T H.273; None if the picture doesn't say, and for
    RGB and grey."""

    @classmethod
    def of(cls, picture: av.VideoFrame) -> Self:
        """Return the layout of `picture`."""
        name = picture.format.name
        samples = samples_in(name)
        has_matrix = samples.chroma and not samples.is_rgb
        return cls(
            width=picture.width,
            height=picture.height,
            pixel_format=name,
            full=None if samples.is_rgb else full_range(picture),
            matrix=matrix_of(picture) if has_matrix else None,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def samples(self) -> Samples:
        """What is stored of the picture."""
        return samples_in(self.pixel_format)
