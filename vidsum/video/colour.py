"""Colour tags: how the samples of a video turn into colours."""

from dataclasses import dataclass
from typing import Self

import av

_MATRIX_RGB = 0
_MATRIX_BT601 = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourTags:
    """How the samples of a video turn into colours, in the code points of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int

    @classmethod
    def of(cls, picture: av.VideoFrame) -> Self:
        """Return the tags that `picture` has once it is stored as Y'CbCr."""
        matrix = _MATRIX_BT601 if picture.colorspace == _MATRIX_RGB else picture.colorspace
        return cls(primaries=picture.color_primaries, transfer=picture.color_trc, matrix=matrix)
