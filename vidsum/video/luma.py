"""The luma of a decoded picture as 8-bit samples, without a copy where that is possible.

Luma is taken as stored: limited and full range both stay what they are, so that scores are on the
scale of the file's own samples. Deeper samples are rounded to 8 bits. RGB becomes full-range
BT.601 luma.
"""

import ctypes
import re
from typing import Any

import av
import numpy as np
from av.video.plane import VideoPlane
from numpy.typing import NDArray

_EIGHT_BIT = re.compile(r"yuvj?a?4\d\dp|nv\d\d|gray")
_DEEPER = re.compile(r"(?:yuva?4\d\dp|gray)(9|10|12|14|16)le")


def luma_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the luma of `frame`, uint8 of shape (height, width).

    For 8-bit planar formats this is a view of the decoder's memory, valid while it is held.
    """
    name = frame.format.name
    if _EIGHT_BIT.fullmatch(name):
        return samples_of(frame.planes[0], np.uint8)
    if deeper := _DEEPER.fullmatch(name):
        return _to_8_bit(samples_of(frame.planes[0], np.uint16), int(deeper[1]))
    if name.endswith("be") and _DEEPER.fullmatch(f"{name[:-2]}le"):
        return luma_of(frame.reformat(format=f"{name[:-2]}le"))
    if name.startswith(("gray", "ya")):
        # Without ranges, FFmpeg would squeeze full-range grey into the limited range.
        grey = frame.reformat(format="gray", src_color_range="JPEG", dst_color_range="JPEG")
        return samples_of(grey.planes[0], np.uint8)
    if frame.format.is_rgb or name == "pal8":
        grey = frame.reformat(format="gray", dst_color_range="JPEG")
        return samples_of(grey.planes[0], np.uint8)
    # Packed and rarer layouts: the same luma in a plane of its own.
    return samples_of(frame.reformat(format="yuv444p").planes[0], np.uint8)


def samples_of(plane: VideoPlane, dtype: type[Any]) -> NDArray[Any]:
    """Return the samples of `plane`, shape (height, width), which are of type `dtype`.

    A view of the plane's memory that keeps it alive; a copy where rows run backward.
    """
    line_size = plane.line_size
    if line_size < 0:
        rows = _bottom_up(plane, -line_size)
    else:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, line_size)
    samples: NDArray[Any] = rows.view(dtype)[: plane.height, : plane.width]
    assert samples.shape == (plane.height, plane.width), (line_size, dtype)
    return samples


def _bottom_up(plane: VideoPlane, stride: int) -> NDArray[np.uint8]:
    """Copy a plane whose rows lie in memory from the bottom up.

    Its address is that of the top row, the last in memory, where the buffer protocol of PyAV
    would start reading forward.
    """
    lowest = plane.buffer_ptr - stride * (plane.height - 1)
    memory = (ctypes.c_uint8 * (stride * plane.height)).from_address(lowest)
    rows: NDArray[np.uint8] = np.ctypeslib.as_array(memory).reshape(plane.height, stride)
    return rows[::-1].copy()


def _to_8_bit(samples: NDArray[np.uint16], depth: int) -> NDArray[np.uint8]:
    """Round samples of `depth` bits to 8; the topmost half step is clipped."""
    shift = depth - 8
    half = np.uint16(1 << (shift - 1))
    # Saturating before the addition keeps 16-bit samples from wrapping round.
    rounded = (np.minimum(samples, np.uint16(0xFFFF) - half) + half) >> np.uint16(shift)
    eight_bit: NDArray[np.uint8] = np.minimum(rounded, 255).astype(np.uint8)
    return eight_bit
