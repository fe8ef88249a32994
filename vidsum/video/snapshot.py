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

_MAX_DECODED_FRAMES = 1000
"""How many frames may be decoded on the way from the preceding keyframe."""

_ROUNDING_SECONDS = 1e-3
"""Times are rounded: a frame that begins this little before the requested time is the one."""

_EVENT = re.compile(r"Event (\d+),")


def snapshot(path: Path, time: float, box: tuple[int, int]) -> bytes:
    """Return the frame at a time on the file's own clock as a small JPEG picture.

    Parameters
    ----------
    path
        The video.
    time
        In seconds; for a time past the end, the last frame is returned.
    box
        Width and height that the picture fits into.

    Raises
    ------
    InputError, UnsafeInputError
        If the file can't be read, or nothing is found at that time.
    """
    with open_video(path, Reading()) as (container, stream):
        stream.thread_type = "AUTO"
        unit = stream.time_base or Fraction(1)
        picture = None
        try:
            container.seek(int((time - _ROUNDING_SECONDS) / unit), stream=stream)
            for picture in itertools.islice(container.decode(stream), _MAX_DECODED_FRAMES):
                if picture.pts is None or picture.pts * unit >= time - _ROUNDING_SECONDS:
                    break
        except (av.error.FFmpegError, OverflowError) as error:
            raise InputError(f"{printable(path)}: no picture at {time:.3f} s, {error}") from error
        if picture is None:
            raise InputError(f"{printable(path)}: no picture at {time:.3f} s")
        small = Thumbnails(describe(path, stream, stream, picture, None), box)
        luma = np.empty((0, 0), np.uint8)  # not needed for a thumbnail
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
