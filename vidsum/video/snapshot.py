"""One small picture of a video, found by its time."""

import itertools
import re
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np

from ..errors import InputError, printable
from ..frame import Frame
from ..options import Reading
from .opening import open_input, open_video
from .source import describe
from .thumbnails import Thumbnails, small_jpeg

_MOST = 1000
"""Frames that are decoded on the way from the keyframe before."""

_EARLY = 1e-3
"""Times are rounded: a frame that begins so little before the one that is wanted is it."""

_EVENT = re.compile(r"Event (\d+),")


def snapshot(path: Path, time: float, box: tuple[int, int]) -> bytes:
    """Return the frame at a time on the file's own clock as a small JPEG picture.

    Parameters
    ----------
    path
        The video.
    time
        In seconds; of a time behind the end, it is the last frame.
    box
        Width and height in which the picture fits.

    Raises
    ------
    InputError, UnsafeInputError
        If the file can't be read, or nothing is found there.
    """
    with open_video(path, Reading()) as (container, stream):
        stream.thread_type = "AUTO"
        unit = stream.time_base or Fraction(1)
        picture = None
        try:
            container.seek(int((time - _EARLY) / unit), stream=stream)
            for picture in itertools.islice(container.decode(stream), _MOST):
                if picture.pts is None or picture.pts * unit >= time - _EARLY:
                    break
        except (av.error.FFmpegError, OverflowError) as error:
            raise InputError(f"{printable(path)}: no picture at {time:.3f} s, {error}") from error
        if picture is None:
            raise InputError(f"{printable(path)}: no picture at {time:.3f} s")
        small = Thumbnails(describe(path, stream, stream, picture, None), box)
        luma = np.empty((0, 0), np.uint8)  # which a thumbnail has no use for
        frame = Frame(number=0, time=Fraction(time), luma=luma, native=picture)
        return small_jpeg(small.draw(frame))


def event_chapters(path: Path) -> dict[int, tuple[float, float]]:
    """Return when the chapters of events in a condensed video begin and end, by event, in seconds.

    Raises
    ------
    InputError, UnsafeInputError
        If the file can't be read.
    """
    found = {}
    with open_input(path, Reading()) as container:
        for chapter in container.chapters():
            match = _EVENT.match(chapter["metadata"].get("title", ""))
            if match is not None:
                unit = chapter["time_base"] or 1
                found[int(match[1])] = float(chapter["start"] * unit), float(chapter["end"] * unit)
    return found
