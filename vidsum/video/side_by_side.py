"""The video that shows reference, distorted picture and heat map side by side, with scores."""

import math
from collections import deque
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from ..errors import UsageError, printable
from ..frame import Frame, clock
from ..options import Writing
from .codecs import find_encoder
from .condensed import CondensedVideo
from .luma import luma_of
from .panels import GAP, TICKS, Moment, Panels, Subject, draw_scale
from .pen import AMBER, PAPER, WHITE, Pen, Pixels

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")
"""Extensions of videos that are written: containers in which every frame has its own time."""

_PANEL_BOX = (624, 640)
"""Width and height that a panel must fit into: three of them make a picture 1920 pixels wide."""

_MIN_COLUMN = 470
"""Width that the text above and below a panel needs."""

_CURVE_SECONDS = 10

_CURVE_HEIGHT = 80

_BT709 = 1
"""FFmpeg's number for the colours of HD video."""

_SHOWN_SCORES = {"ssim": "SSIM", "psnr_y": "PSNR of luma"}
"""The scores that are shown as numbers."""

_OFFSETS = (120, 265, 365)
"""Their horizontal positions in the column, in pixels: current, mean and lowest."""

_ROW = 36
"""Pixels from one line of times or scores to the next."""

_AXIS = 40
"""Pixels that the numbers next to the curve need."""


def check_video_name(target: Path) -> None:
    """Raise `UsageError`, with what is allowed, if no such video can be written under this name."""
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{printable(target)}: this video needs a name ending in {', '.join(SUFFIXES)}"
        )


class SideBySide:
    """Writes the compared pictures as a video, at the rate and times of the reference.

    H.264 if PyAV can encode it, else MPEG-4. `complete` makes the final file, once at least one
    pair was written, and `publish` gives it its name.

    Parameters
    ----------
    target
        The file to write; its extension determines the container.
    subject
        The two videos.

    Raises
    ------
    UsageError
        If the name has an extension other than `SUFFIXES`.
    OutputError
        From every method, once writing has failed.
    """

    def __init__(self, target: Path, subject: Subject) -> None:
        check_video_name(target)
        self._canvas = _Canvas(subject)
        height, width = self._canvas.empty.shape[:2]
        self._rate = subject.reference.rate
        self._info = replace(
            subject.reference,
            width=width,
            height=height,
            rotation=0,
            sample_aspect_ratio=Fraction(1),
            pixel_format="yuv420p",
        )
        writing = Writing(codec="h264" if find_encoder("h264") else "mp4v", timing="source")
        self._video = CondensedVideo(target, self._info, writing)
        self._last = Fraction(0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self._video.size

    @property
    def part(self) -> Path:
        """The part file that is written before it is complete."""
        return self._video.part

    def __enter__(self) -> Self:
        self._video.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._video.__exit__(*error)

    def write(self, moment: Moment) -> None:
        """Add a pair, the next in order of time."""
        picture = _as_video(self._canvas.draw(moment))
        self._last = moment.time
        self._video.write(
            Frame(number=moment.number, time=moment.time, luma=luma_of(picture), native=picture)
        )

    def complete(self) -> None:
        """Make the final file, still under another name, and check it."""
        self._video.complete(self._last + 1 / self._rate)

    def publish(self, *, force: bool) -> None:
        """Give the file its final name, replacing an existing one if `force` is set."""
        self._video.publish(force=force)


class _Canvas:
    """Draws the pictures of the video: titles, panels, and below them times, scores and a curve."""

    def __init__(self, subject: Subject) -> None:
        from .opencv import cv2

        self._cv2 = cv2
        self._panels = Panels(subject, _PANEL_BOX)
        self._small, self._pen, self._large = Pen(1), Pen(1.2), Pen(1.6)
        self._scores = {name: _Running() for name in _SHOWN_SCORES}
        self._recent: deque[tuple[Fraction, float]] = deque()
        width, height = self._panels.size
        self._column = max(width, _MIN_COLUMN)
        self._lefts = [GAP + index * (self._column + GAP) for index in range(3)]
        self._line = 2 * self._pen.text_height
        self._top = GAP + 2 * self._line
        self._strip = self._top + height + GAP
        full_height = self._strip + _CURVE_HEIGHT + 2 * GAP
        full_width = 3 * (self._column + GAP) + GAP
        self.empty = np.full((full_height, full_width, 3), PAPER, np.uint8)
        """What all pictures have in common."""
        self._draw_head(subject)
        self._draw_grid()

    def draw(self, moment: Moment) -> Pixels:
        """Return the picture of a pair, the next in order of time."""
        canvas = self.empty.copy()
        width, height = self._panels.size
        for panel, x in zip(self._panels.draw(moment.planes), self._lefts, strict=True):
            canvas[self._top : self._top + height, x : x + width] = panel
        self._draw_times(canvas, moment)
        self._draw_scores(canvas, moment)
        self._draw_curve(canvas, moment)
        return canvas

    def _draw_head(self, subject: Subject) -> None:
        half = self._column // 2
        baseline = GAP + self._line
        for title, x in zip(subject.titles, self._lefts, strict=True):
            room = half if x == self._lefts[2] else self._column
            self._pen.label(self.empty, self._pen.shortened(title, room), x, baseline, WHITE)
        draw_scale(self.empty, self._small, self._lefts[2] + half, GAP, self._column - half)
        x, y = self._lefts[1], self._strip + self._small.text_height
        for text, offset in zip(("now", "mean", "lowest"), _OFFSETS, strict=True):
            self._small.label(self.empty, text, x + offset, y)
        for index, name in enumerate(_SHOWN_SCORES.values(), 1):
            self._small.label(self.empty, name, x, y + index * _ROW)

    def _draw_times(self, canvas: Pixels, moment: Moment) -> None:
        x, y = self._lefts[0], self._strip + self._large.text_height
        self._large.label(canvas, clock(moment.time), x, y, WHITE)
        texts = (
            f"frame {moment.number}",
            f"distorted: {clock(moment.distorted_time)}, frame {moment.distorted_number}",
        )
        for index, text in enumerate(texts, 1):
            self._small.label(canvas, text, x, y + index * _ROW)

    def _draw_scores(self, canvas: Pixels, moment: Moment) -> None:
        x, y = self._lefts[1], self._strip + self._small.text_height
        for index, (name, running) in enumerate(self._scores.items(), 1):
            if name not in moment.scores:
                continue
            running.add(moment.scores[name])
            values = moment.scores[name], running.mean, running.lowest
            pens = self._large, self._pen, self._pen
            for value, offset, pen in zip(values, _OFFSETS, pens, strict=True):
                pen.label(canvas, _value(name, value), x + offset, y + index * _ROW, WHITE)

    def _draw_grid(self) -> None:
        """Draw the scale of the curve, which is that of the heat map."""
        left = self._lefts[2] + _AXIS
        right = self._lefts[2] + self._column
        for tick in TICKS:
            y = self._height_of(tick)
            self.empty[y, left:right] = 70
            across, high = self._small.text_size(f"{tick:g}")
            self._small.label(self.empty, f"{tick:g}", left - across - 6, y + high // 2)
        text = f"SSIM, last {_CURVE_SECONDS} s"
        self._small.label(self.empty, text, left + 6, self._height_of(0.0) - 6)

    def _draw_curve(self, canvas: Pixels, moment: Moment) -> None:
        self._recent.append((moment.time, moment.scores["ssim"]))
        while moment.time - self._recent[0][0] > _CURVE_SECONDS:
            self._recent.popleft()
        right = self._lefts[2] + self._column - 1
        per_second = (self._column - _AXIS) / _CURVE_SECONDS
        points = [
            (right - round(float(moment.time - time) * per_second), self._height_of(ssim))
            for time, ssim in self._recent
        ]
        smooth = self._cv2.LINE_AA
        self._cv2.polylines(canvas, [np.array(points, np.int32)], False, AMBER, 2, smooth)
        self._cv2.circle(canvas, points[-1], 4, AMBER, -1, smooth)

    def _height_of(self, ssim: float) -> int:
        """Return the row in which the curve shows `ssim`."""
        down = math.sqrt(min(1.0, max(0.0, 1 - ssim)))
        return self._strip + GAP // 2 + round(down * _CURVE_HEIGHT)


class _Running:
    """The mean and the lowest of a score so far; the mean of the finite ones."""

    def __init__(self) -> None:
        self._total, self._count = 0.0, 0
        self.lowest = math.inf

    def add(self, value: float) -> None:
        self.lowest = min(self.lowest, value)
        if math.isfinite(value):
            self._total += value
            self._count += 1

    @property
    def mean(self) -> float:
        return self._total / self._count if self._count else math.inf


def _value(name: str, value: float) -> str:
    if math.isinf(value):
        return "infinite"
    return f"{value:.2f} dB" if name.startswith("psnr") else f"{value:.4f}"


def _as_video(canvas: Pixels) -> av.VideoFrame:
    """Return the picture in limited-range BT.709, and tagged so."""
    picture = av.VideoFrame.from_ndarray(canvas, format="bgr24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
    )
    picture.color_range = ColorRange.MPEG
    picture.colorspace = picture.color_primaries = picture.color_trc = _BT709
    return picture
