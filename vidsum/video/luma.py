"""The luma of a decoded picture as 8-bit samples, without a copy if possible.

Luma is taken as stored: limited and full range both stay as they are, so that scores are on the
scale of the file's own samples. Deeper samples are rounded to 8 bits. RGB becomes full-range BT.601
luma.
"""

import ctypes
import re
from typing import Any

import av
import numpy as np
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from ..kernels import kernel

_EIGHT_BIT = re.compile(r"yuvj?a?4\d\dp|nv\d\d|gray")
_DEEPER = re.compile(r"(?:yuva?4\d\dp|gray)(9|10|12|14|16)le")
_PACKED_422 = re.compile(r"yuyv|uyvy|yvyu|y2\d\d")


def luma_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the luma of `frame`, uint8 of shape (height, width).

    For 8-bit planar formats this is a view of the decoder's memory, valid while it is referenced.
    """
    name = frame.format.name
    if _EIGHT_BIT.fullmatch(name):
        return samples_of(frame.planes[0], np.uint8)
    if deeper := _DEEPER.fullmatch(name):
        eight_bit = np.empty((frame.height, frame.width), np.uint8)
        _round(_rows(frame.planes[0], np.uint16), int(deeper[1]) - 8, eight_bit)
        return eight_bit
    if name.endswith("be") and _DEEPER.fullmatch(f"{name[:-2]}le"):
        return luma_of(frame.reformat(format=f"{name[:-2]}le"))
    if name.startswith(("gray", "ya")):
        # Without ranges, FFmpeg would compress full-range grey into the limited range.
        grey = frame.reformat(format="gray", src_color_range="JPEG", dst_color_range="JPEG")
        return samples_of(grey.planes[0], np.uint8)
    if frame.format.is_rgb or name == "pal8":
        grey = frame.reformat(format="gray", dst_color_range="JPEG")
        return samples_of(grey.planes[0], np.uint8)
    # Packed and rarer layouts: the same luma in a separate plane. 4:2:2, whose chroma then need
    # not be scaled, takes a tenth of the time.
    planar = "yuv422p" if _PACKED_422.match(name) else "yuv444p"
    return samples_of(frame.reformat(format=planar).planes[0], np.uint8)


def samples_of(plane: VideoPlane, dtype: type[Any]) -> NDArray[Any]:
    """Return the samples of `plane`, shape (height, width), which are of type `dtype`.

    A view of the plane's memory that keeps it alive; a copy if rows run backwards.
    """
    samples = _rows(plane, dtype)[: plane.height, : plane.width]
    assert samples.shape == (plane.height, plane.width), (plane.line_size, dtype)
    return samples


def _rows(plane: VideoPlane, dtype: type[Any]) -> NDArray[Any]:
    """Return the rows of `plane` in C order, with the padding at their ends and below them."""
    line_size = plane.line_size
    if line_size < 0:
        return _bottom_up(plane, -line_size).view(dtype)
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, line_size).view(dtype)


def _bottom_up(plane: VideoPlane, stride: int) -> NDArray[np.uint8]:
    """Copy a plane whose rows are stored bottom up.

    Its address is that of the top row, the last in memory, where PyAV's buffer protocol would start
    reading forwards.
    """
    lowest = plane.buffer_ptr - stride * (plane.height - 1)
    memory = (ctypes.c_uint8 * (stride * plane.height)).from_address(lowest)
    rows: NDArray[np.uint8] = np.ctypeslib.as_array(memory).reshape(plane.height, stride)
    return rows[::-1].copy()


@kernel
def _round(rows: NDArray[np.uint16], shift: int, eight_bit: NDArray[np.uint8]) -> None:
    """Round samples to 8 bits, `shift` fewer than they have; the topmost half step is clipped."""
    half = np.int32(1) << (shift - 1)
    for y in range(eight_bit.shape[0]):
        row, rounded = rows[y], eight_bit[y]
        for x in range(rounded.size):
            rounded[x] = min((np.int32(row[x]) + half) >> shift, np.int32(255))
