"""A camera attached to this machine, read through OpenCV."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import av

from ..errors import InputError
from ..frame import VideoInfo
from .live_clock import MICROSECOND

_USUAL_RATE = Fraction(30)
_MOST_RATE = 1000


class Webcam:
    """The pictures of a camera as they arrive, without timestamps.

    Parameters
    ----------
    index
        Its number, from 0.

    Raises
    ------
    InputError
        On entering, if it can't be opened; while it is read, if no more pictures arrive.
    """

    damaged_packets = damaged_frames = 0

    def __init__(self, index: int) -> None:
        self._index = index

    def __enter__(self) -> Self:
        from .opencv import cv2

        self._capture = cv2.VideoCapture(self._index)
        if not self._capture.isOpened():
            self._capture.release()
            raise InputError(
                f"webcam {self._index}: cannot be opened; is it plugged in, in use, or not allowed "
                "to this user?"
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._rate = Fraction(rate).limit_denominator() if 0 < rate <= _MOST_RATE else _USUAL_RATE
        return self

    def __exit__(self, *error: object) -> None:
        self._capture.release()

    def describe(self, picture: av.VideoFrame) -> VideoInfo:
        """Return the properties of the camera, given one of its pictures."""
        return VideoInfo(
            path=Path(f"webcam {self._index}"),
            width=picture.width,
            height=picture.height,
            rotation=0,
            rate=self._rate,
            time_base=MICROSECOND,
            duration=None,
            codec="rawvideo",
            pixel_format=picture.format.name,
        )

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, Fraction | None]]:
        while True:
            taken, pixels = self._capture.read()
            if not taken:
                raise InputError(f"webcam {self._index}: gives no more pictures")
            picture = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            # As other videos store it: waiting pictures take half the memory.
            yield picture.reformat(format="yuv420p"), None
