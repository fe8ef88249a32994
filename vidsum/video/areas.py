"""Which samples of the picture count: the user's areas and masks on the sample grid."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..areas import Area
from ..errors import UsageError, printable
from ..frame import VideoInfo

_GREY_WEIGHTS = np.array([0.114, 0.587, 0.299], np.float32)
"""Weights of blue, green and red in the luma of ITU-R BT.601."""


def counted_samples(
    roi: Sequence[Area], ignore: Sequence[Area], mask: Path | None, info: VideoInfo
) -> NDArray[np.bool_] | None:
    """Return which samples of the stored picture count, or None if all of them do.

    Samples count that lie in one of `roi`, if there are any, in none of `ignore`, and where the
    mask is white. A sample lies in an area if its centre does; on an edge, it belongs to the area
    to the right or below, so that each sample is in one of two adjacent areas.

    Parameters
    ----------
    roi, ignore
        Areas of the upright picture; parts beyond it are cut off.
    mask
        A picture as large as the upright one.
    info
        Size and rotation of the video.

    Returns
    -------
    NDArray[np.bool_] or None
        Shape (height, width), as stored.

    Raises
    ------
    UsageError
        If an area covers no part of the picture, the mask can't be read, has a different size or no
        white, or nothing is left.
    """
    width, height = info.upright_size
    counted = np.full((height, width), not roi)
    for area in roi:
        counted |= _covered(area, width, height)
    for area in ignore:
        counted &= ~_covered(area, width, height)
    if mask is not None:
        counted &= _white(mask, info)
    if counted.all():
        return None
    if not counted.any():
        given = {"--roi": roi, "--ignore": ignore, "--mask": mask}
        options = " and ".join(option for option, value in given.items() if value)
        raise UsageError(
            f"{options}: nothing of the {width}x{height} picture is left to look at; leave some of "
            "it in"
        )
    return np.ascontiguousarray(np.rot90(counted, -info.rotation // 90))


def _covered(area: Area, width: int, height: int) -> NDArray[np.bool_]:
    """Return the samples of the upright picture inside `area`, whether it crosses itself or not."""
    corners = area.corners(width, height)
    if np.linalg.matrix_rank(np.subtract(corners, corners[0])) < 2:
        raise UsageError(f"{area}: its points lie on one line and enclose nothing")
    # Going right along a row, every edge crossed leads further into or out of the area.
    turns = np.zeros((height, width + 1), np.int16)
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        # An edge must be the same for the areas on both sides: it is always computed downwards.
        (upper_x, upper_y), (lower_x, lower_y) = sorted((start, end), key=lambda point: point[1])
        if upper_y == lower_y:
            continue
        first, last = (min(max(math.ceil(y - 0.5), 0), height) for y in (upper_y, lower_y))
        rows = np.arange(first, last)
        slope = (lower_x - upper_x) / (lower_y - upper_y)
        crossings = upper_x + (rows + 0.5 - upper_y) * slope
        columns = np.clip(np.ceil(crossings - 0.5), 0, width).astype(np.intp)
        turns[rows, columns] += 1 if start[1] < end[1] else -1
    covered: NDArray[np.bool_] = np.cumsum(turns, axis=1, out=turns)[:, :width] != 0
    if not covered.any():
        raise UsageError(f"{area}: covers no pixel of the picture, which is {width}x{height}")
    return covered


def _white(path: Path, info: VideoInfo) -> NDArray[np.bool_]:
    """Return where the picture in `path` is white and opaque."""
    from .opencv import cv2

    name = f"--mask {printable(path)}"
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read, {error.strerror}") from error
    except cv2.error:  # an empty file, or more pixels than OpenCV takes
        image = None
    if image is None:
        raise UsageError(f"{name}: is no picture that OpenCV reads; allowed are PNG, JPEG and BMP")
    height, width = image.shape[:2]
    shown_width, shown_height = info.upright_size
    if (width, height) != (shown_width, shown_height):
        turned = (width, height) == (info.width, info.height)
        remedy = (
            f"turn it by {info.rotation} degrees counterclockwise, as the video is"
            if turned
            else f"scale the mask to {shown_width}x{shown_height}"
        )
        raise UsageError(
            f"{name}: is {width}x{height}, the upright picture is {shown_width}x{shown_height}; "
            f"{remedy}"
        )
    level = _brightness(image)
    white: NDArray[np.bool_] = level >= 0.5
    if not white.any():
        raise UsageError(
            f"{name}: has no white, its brightest level is {255 * level.max():.0f} of 255; paint "
            "white (128 to 255) what counts"
        )
    return white


def _brightness(image: NDArray[Any]) -> NDArray[np.float32]:
    """Return the brightness of a grey or colour picture from 0 to 1; transparent pixels are 0."""
    white = np.iinfo(image.dtype).max if image.dtype.kind in "iu" else 1
    planes: NDArray[np.float32] = np.divide(np.atleast_3d(image), white, dtype=np.float32)
    if planes.shape[2] < 3:
        return planes[..., 0]
    level: NDArray[np.float32] = planes[..., :3] @ _GREY_WEIGHTS
    return level * planes[..., 3] if planes.shape[2] == 4 else level
