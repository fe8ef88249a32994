"""Small pictures of frames."""

from fractions import Fraction

import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from ..frame import Frame, VideoInfo
from .pen import Pixels

PAGE_BOX = (240, 240)
"""Width and height that the pictures of an HTML page fit into."""

_QUALITY = 72


class Thumbnails:
    """Makes frames small, upright, and of the aspect ratio in which they are shown.

    Parameters
    ----------
    info
        The video that frames come from.
    box
        Width and height in pixels that they must fit into. They are never larger than the video.
    """

    def __init__(self, info: VideoInfo, box: tuple[int, int]) -> None:
        self._quarters = info.rotation // 90
        turned = self._quarters % 2
        width, height = info.width * info.sample_aspect_ratio, Fraction(info.height)
        across, down = box[::-1] if turned else box
        scale = min(Fraction(across) / width, Fraction(down) / height, Fraction(1))
        self._stored = max(1, round(width * scale)), max(1, round(height * scale))
        self.size = self._stored[::-1] if turned else self._stored
        """Width and height of a thumbnail in pixels."""
        self._reformatter = VideoReformatter()  # otherwise every frame would set up its own

    def draw(self, frame: Frame) -> Pixels:
        """Return the thumbnail of a frame."""
        width, height = self._stored
        picture = self._reformatter.reformat(
            frame.native,
            width=width,
            height=height,
            format="bgr24",
            interpolation=Interpolation.AREA,
            threads=1,
        )
        return np.ascontiguousarray(np.rot90(picture.to_ndarray(), self._quarters))


def small_jpeg(picture: Pixels) -> bytes:
    """Return a thumbnail as JPEG, at a quality suitable for the web."""
    from .opencv import cv2

    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(content.tobytes())
