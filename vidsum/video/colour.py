"""Colour tags: how the samples of a video are converted to colours."""

from dataclasses import dataclass
from typing import Self

import av
from av.video.reformatter import ColorRange

_MATRIX_RGB = 0
MATRIX_BT601 = 6
_MATRIX_BT601_625 = 5

MATRICES = {
    1: "BT.709",
    4: "FCC",
    MATRIX_BT601: "BT.601",
    7: "SMPTE 240M",
    8: "YCgCo",
    9: "BT.2020",
    10: "BT.2020 constant luminance",
    14: "ICtCp",
}
"""Names of the matrices of Y'CbCr, by their code points."""

TRANSFERS = {
    1: "BT.709",
    4: "gamma 2.2",
    5: "gamma 2.8",
    8: "linear",
    13: "sRGB",
    16: "PQ",
    18: "HLG",
}
"""Names of transfer characteristics, by their code points."""

_SAME_TRANSFER = frozenset({1, 6, 14, 15})
"""Code points of the curve that BT.709, BT.601 and BT.2020 share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourTags:
    """How the samples of a video are converted to colours, in the code points of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int

    @classmethod
    def of(cls, picture: av.VideoFrame) -> Self:
        """Return the tags that `picture` has once it is stored as Y'CbCr."""
        matrix = MATRIX_BT601 if picture.colorspace == _MATRIX_RGB else picture.colorspace
        return cls(primaries=picture.color_primaries, transfer=picture.color_trc, matrix=matrix)


def full_range(picture: av.VideoFrame) -> bool | None:
    """Return whether the samples of `picture` use the full range; None if it doesn't say."""
    if picture.format.name.startswith("yuvj") or picture.color_range == ColorRange.JPEG:
        return True
    return False if picture.color_range == ColorRange.MPEG else None


def matrix_of(picture: av.VideoFrame) -> int | None:
    """Return the code point of the matrix of `picture`; None if it doesn't say.

    The two of BT.601, for 525 and 625 lines, are the same matrix.
    """
    matrix = int(picture.colorspace)
    if matrix == _MATRIX_BT601_625:
        return MATRIX_BT601
    return matrix if matrix in MATRICES else None


def transfer_of(picture: av.VideoFrame) -> int | None:
    """Return the code point of the transfer characteristic; None if `picture` has no tag."""
    transfer = int(picture.color_trc)
    if transfer in (0, 2, 3):
        return None
    return 1 if transfer in _SAME_TRANSFER else transfer
