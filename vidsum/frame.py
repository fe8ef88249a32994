"""What passes through the pipeline: frames, and what is known of the video they come from."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .remote import InputPath

MAX_ROUNDING = Fraction(2, 1000)
"""Frames that follow each other may seem this many seconds apart: Matroska and others store times
and durations in whole milliseconds."""


def exact(seconds: float | None) -> Fraction | None:
    """Return `seconds` as the fraction that its decimal digits mean: 0.1 is 1/10.

    Times of frames are fractions; the binary value of 0.1 lies just above them.
    """
    return None if seconds is None else Fraction(repr(float(seconds)))


def clock(seconds: Fraction | float) -> str:
    """Return `seconds` as HH:MM:SS.mmm, the form that `--start` and `--end` take.

    Examples
    --------
    >>> clock(3725.5)
    '01:02:05.500'
    """
    milliseconds = round(seconds * 1000)
    sign = "-" if milliseconds < 0 else ""
    rest, milliseconds = divmod(abs(milliseconds), 1000)
    minutes, second = divmod(rest, 60)
    hours, minute = divmod(minutes, 60)
    return f"{sign}{hours:02}:{minute:02}:{second:02}.{milliseconds:03}"


_NO_LUMA: NDArray[np.uint8] = np.empty((0, 0), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture."""

    number: int
    """Counts from 0 in presentation order, across all segments of a recording."""

    time: Fraction
    """Presentation time in seconds; strictly increasing from frame to frame."""

    duration: Fraction = Fraction(0)
    """How long it is shown, in seconds, as far as the file says."""

    luma: NDArray[np.uint8]
    """Luma as stored, shape (height, width), before any rotation. Valid while the frame is
    referenced; for 8-bit planar video it is the decoder's own memory."""

    reduced: NDArray[np.uint8] | None = None
    """The luma reduced to the analysis plane, where `luma` itself is not available."""

    native: Any = field(default=None, repr=False)
    """The decoder's own frame, or a handle to it, for the video package only."""

    source: int = 0
    """Which of several inputs it comes from, from 0."""

    source_number: int = 0
    """Its number within that input."""

    source_time: Fraction = Fraction(0)
    """Its presentation time within that input, in seconds."""

    shift: Fraction = Fraction(0)
    """How many seconds that is after its timestamp: above 0 once the input's timestamps have
    restarted, while times continue."""

    def without_picture(self) -> "Frame":
        """Return the frame without its pixels: luma is often a view of the decoder's memory."""
        return replace(self, native=None, luma=_NO_LUMA, reduced=None)

    def __repr__(self) -> str:
        height, width = self.luma.shape
        return f"Frame(number={self.number}, time={float(self.time):.6f}, {width}x{height})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """The samples of one picture at the bit depth in which they are stored.

    `y` has the picture's shape, (height, width); `u` and `v` have their own, and are None where
    there is no colour. All are uint8, or uint16 from 9 bits on.
    """

    y: NDArray[Any]
    u: NDArray[Any] | None = None
    v: NDArray[Any] | None = None
    depth: int = 8
    """Bits per sample."""

    def __repr__(self) -> str:
        height, width = self.y.shape
        return f"Planes({width}x{height}, {self.depth} bits)"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """The properties of a video. Lengths and rates are claims of its header, not measurements."""

    path: InputPath
    width: int
    """Width of the stored picture in samples."""
    height: int
    """Height of the stored picture in samples."""
    rotation: int
    """By how many degrees the stored picture must be turned counterclockwise to be upright: 0, 90,
    180 or 270."""
    rate: Fraction
    """Frames per second; for variable rates, the rate in the header."""
    time_base: Fraction
    """Unit of its timestamps, in seconds."""
    duration: Fraction | None
    """Length in seconds, if the header has one."""
    codec: str
    pixel_format: str
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width of a stored sample divided by its height."""

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of the picture as it is shown."""
        if self.rotation in (90, 270):
            return self.height, self.width
        return self.width, self.height

    def upright(self, x: int, y: int) -> tuple[int, int]:
        """Return where the sample at column `x`, row `y` of the stored picture is shown."""
        right, bottom = self.width - 1, self.height - 1
        turned = {
            0: (x, y),
            90: (y, right - x),
            180: (right - x, bottom - y),
            270: (bottom - y, x),
        }
        return turned[self.rotation]

    def upright_box(
        self, left: int, top: int, right: int, bottom: int
    ) -> tuple[int, int, int, int]:
        """Return where a box of the stored picture is shown; right and bottom are just outside."""
        corners = self.upright(left, top), self.upright(right - 1, bottom - 1)
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        return x0, y0, x1 + 1, y1 + 1
