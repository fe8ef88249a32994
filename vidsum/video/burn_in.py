"""Drawing a frame's time and number into its picture.

The glyphs are strokes on a grid of 5 by 7 points and drawn here: the font of `cv2.putText` differs
between versions of OpenCV, and FFmpeg's filter needs font files. A step of the grid is a whole
number of pixels in all but tiny pictures, so that vertical strokes fill whole pixels.
"""

import functools
import itertools
import math
import re
from typing import Any

import av
import numpy as np
from av.video.format import VideoFormat
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from ..frame import Frame, clock
from .conform import Filter

_STROKES = {
    "0": "01 10 30 41 45 36 16 05 01",
    "1": "11 20 26, 16 36",
    "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 44 45 36 16 05, 23 33",
    "4": "36 30 03 04 44",
    "5": "40 00 02 32 43 45 36 16 05",
    "6": "30 20 02 05 16 36 45 44 33 03",
    "7": "00 40 41 23 26",
    "8": "10 30 41 42 33 44 45 36 16 05 04 13 02 01 10, 13 33",
    "9": "16 26 44 41 30 10 01 02 13 43",
    ":": "11 21 22 12 11, 14 24 25 15 14",
    ".": "15 25 26 16 15",
    "#": "10 16, 30 36, 02 42, 04 44",
    "-": "13 33",
    " ": "",
}
"""The strokes of each glyph: points of column 0 to 4 and row 0 to 6, counted from the top."""

_GLYPH_HEIGHT = 7
_CELL_WIDTH = 6
_LINE_HEIGHT = 10
_PADDING = 2
"""Between the text and the edge of its box; like the others, in steps of the grid."""
_MARGIN = 4
"""Between the box and the edge of the picture, as far as there is room."""

_GLYPHS_PER_SIDE = 28
"""How many glyphs would fill the height of the picture's shorter side."""

_GAP = "  "
_NUMBER_DIGITS = 6
"""Digits reserved for the number, so that the box keeps its width for the first million frames."""

_FULL_RANGE = 2
"""FFmpeg's number for samples from 0 to 255."""

_DEEPER = "((9|10|12|14|16)le)?"
_PAINTED = re.compile(
    rf"yuvj?a?4\d\dp{_DEEPER}|gray{_DEEPER}|gbra?p{_DEEPER}|(rgb|bgr)(24|a|0)|(a|0)(rgb|bgr)"
)
"""Formats in which text is drawn directly; pictures in others are converted first."""


def stamp(frame: Frame) -> str:
    """Return the text for `frame`: its time and number in the recording.

    Examples
    --------
    >>> from fractions import Fraction
    >>> stamp(Frame(number=93, time=Fraction(31, 10), luma=np.zeros((1, 1), np.uint8)))
    '00:00:03.100  #93    '
    """
    return f"{clock(frame.time)}{_GAP}#{frame.number:<{_NUMBER_DIGITS}}"


class BurnIn:
    """Draws text into the lower left corner of upright pictures, white on a black box.

    The usual pixel formats are kept, others become the nearest of those; colour tags are kept.
    """

    def __init__(self) -> None:
        self._copy = Filter(("copy", ""))
        # The picture's own reformatter may be in use in another thread.
        self._reformatter = VideoReformatter()

    def __call__(self, picture: av.VideoFrame, text: str) -> av.VideoFrame:
        """Return a copy of `picture`, maybe in the decoder's memory, with `text` drawn into it."""
        name = _painted_format(picture.format)
        unchanged = name == picture.format.name
        if unchanged:
            image = self._copy(picture)
        else:
            image = self._reformatter.reformat(picture, format=name)
        # The filter sets range and matrix where there are none: sinks would convert differently.
        image.color_range, image.colorspace = picture.color_range, picture.colorspace
        levels, grey = _levels(image.format.components[0].bits, _is_full_range(image))
        (top, left), ink = _box(text, image.width, image.height)
        bottom, right = top + ink.shape[0], left + ink.shape[1]
        box = levels[ink]
        is_rgb, channels = image.format.is_rgb, 1
        if is_rgb and not image.format.is_planar:
            channels = image.format.padded_bits_per_pixel // 8
            box = box.repeat(channels, axis=1)
        # Alpha may be drawn into as if it were a colour: no sink reads it.
        for index, plane in enumerate(image.planes):
            memory = np.frombuffer(memoryview(plane), levels.dtype)
            samples = memory.reshape(plane.height, -1)[:, : plane.width * channels]
            if index == 0 or is_rgb:
                samples[top:bottom, left * channels : right * channels] = box
            else:
                down, across = round(image.height / plane.height), round(image.width / plane.width)
                columns = slice(left // across, -(-right // across))
                samples[top // down : -(-bottom // down), columns] = grey
        return image


def _painted_format(pixel_format: VideoFormat) -> str:
    """Return `pixel_format` if it can be drawn into, else the format to which it is converted."""
    name = pixel_format.name
    for candidate in (name, re.sub("be$", "le", name)):
        if _PAINTED.fullmatch(candidate):
            return candidate
    if pixel_format.is_rgb or pixel_format.has_palette:
        return "gbrp"
    if name.startswith(("gray", "ya", "mono")):
        return "gray"
    quartered = pixel_format.chroma_width(2) == pixel_format.chroma_height(2) == 1
    return "yuv420p" if quartered else "yuv444p"


def _is_full_range(picture: av.VideoFrame) -> bool:
    return (
        picture.color_range == _FULL_RANGE
        or picture.format.is_rgb
        # FFmpeg treats both of these as full range, whatever their tag.
        or picture.format.name.startswith(("yuvj", "gray"))
    )


@functools.cache
def _levels(bits: int, full_range: bool) -> tuple[NDArray[Any], int]:
    """Return the samples for ink of 0 to 255 from black to white, and neutral chroma."""
    scale = 1 << (bits - 8)
    black, white = (0, (1 << bits) - 1) if full_range else (16 * scale, 235 * scale)
    levels = black + np.arange(256) * (white - black) // 255
    return levels.astype(np.uint8 if bits == 8 else np.uint16), 128 * scale


def _box(text: str, width: int, height: int) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """Draw `text` for a picture of this size.

    Returns
    -------
    tuple of int
        Row and column of the box. They and its sides are even as far as the picture allows, so that
        no sample of the box shares subsampled chroma with its surroundings.
    numpy.ndarray
        The box: 0 is background, 255 is ink.
    """
    step, lines = _fit(text, width, height)
    glyph_height, glyph_width = _glyph("0", step).shape
    padding = math.ceil(_PADDING * step)
    columns = max(map(len, lines))
    box_width = 2 * padding + columns * glyph_width - int(step)
    box_height = 2 * padding + int((len(lines) - 1) * _LINE_HEIGHT * step) + glyph_height
    ink = np.zeros((box_height + box_height % 2, box_width + box_width % 2), np.uint8)
    for index, line in enumerate(lines):
        y = padding + int(index * _LINE_HEIGHT * step)
        for column, character in enumerate(line):
            x = padding + column * glyph_width
            ink[y : y + glyph_height, x : x + glyph_width] = _glyph(character, step)
    ink = ink[:height, :width]
    below, beside = height - ink.shape[0], width - ink.shape[1]
    margin = int(_MARGIN * step)
    top, left = below - min(margin, below), min(margin, beside)
    return (top - top % 2, left - left % 2), ink


def _fit(text: str, width: int, height: int) -> tuple[float, list[str]]:
    """Return the step of the grid in pixels, and the lines of `text`.

    Two lines are for pictures too narrow for one; if even they don't fit, the step is below 1.
    """
    wanted = max(1, round(min(width, height) / _GLYPHS_PER_SIDE / _GLYPH_HEIGHT))
    for lines in ([text], text.split(_GAP, 1)):
        columns = max(map(len, lines))
        room = min(
            width / (2 * _PADDING + columns * _CELL_WIDTH - 1),
            height / (2 * _PADDING + (len(lines) - 1) * _LINE_HEIGHT + _GLYPH_HEIGHT),
        )
        if room >= 1:
            return min(wanted, int(room)), lines
    return room, lines


@functools.lru_cache(maxsize=128)
def _glyph(character: str, step: float) -> NDArray[np.uint8]:
    """Draw a glyph with the gap on its right: 255 is ink, slanted edges have values between.

    How much of a pixel a stroke covers is derived from the distance between their centres.
    """
    height = max(1, round(_GLYPH_HEIGHT * step))
    width = max(1, int(_CELL_WIDTH * step))
    y = (np.arange(height)[:, None] + 0.5) * _GLYPH_HEIGHT / height - 0.5
    x = (np.arange(width) + 0.5) * _CELL_WIDTH / width - 0.5
    distance = np.full((height, width), np.inf)
    for stroke in filter(None, _STROKES[character].split(", ")):
        points = [divmod(int(point), 10) for point in stroke.split()]
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            length = (x1 - x0) ** 2 + (y1 - y0) ** 2
            along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / max(1, length)
            along = along.clip(0, 1)
            apart = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
            distance = np.minimum(distance, apart)
    covered = ((0.5 - distance) * step + 0.5).clip(0, 1)
    ink: NDArray[np.uint8] = np.rint(covered * 255).astype(np.uint8)
    return ink
