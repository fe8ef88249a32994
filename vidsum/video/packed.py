"""Pictures as plain data, for other processes."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from ..frame import Frame
from .luma import luma_of

_TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")
"""What tells how samples become colours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packed:
    """A decoded picture."""

    size: tuple[int, int]
    """Width and height."""
    pixel_format: str
    planes: tuple[NDArray[np.uint8], ...]
    """The bytes of each plane in rows, their padding included; views of what was packed."""
    tags: tuple[int, ...]

    def unpacked(self) -> av.VideoFrame:
        """Return the picture."""
        picture = av.VideoFrame(*self.size, self.pixel_format)
        for plane, rows in zip(picture.planes, self.planes, strict=True):
            own = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            used = min(own.shape[1], rows.shape[1])
            own[: plane.height, :used] = rows[: plane.height, :used]
        for name, value in zip(_TAGS, self.tags, strict=True):
            setattr(picture, name, value)
        return picture


def can_pack(picture: av.VideoFrame) -> bool:
    """Return whether a picture is no more than its planes, and these lie in order."""
    return picture.format.name != "pal8" and all(plane.line_size > 0 for plane in picture.planes)


def packed(picture: av.VideoFrame) -> Packed:
    """Return `picture`, which `can_pack` allows, as plain data."""
    return Packed(
        size=(picture.width, picture.height),
        pixel_format=picture.format.name,
        planes=tuple(
            np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            for plane in picture.planes
        ),
        tags=tuple(int(getattr(picture, name)) for name in _TAGS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Takes the place of a frame's picture while another process holds it."""

    fetch: Callable[[], Packed | None]
    """Returns it; None if it is lost."""

    def brought_to(self, frame: Frame) -> Frame:
        """Return `frame` with its picture, or without any if that is lost."""
        found = self.fetch()
        if found is None:
            return frame.without_picture()
        native: Any = found.unpacked()
        return dataclasses.replace(frame, native=native, luma=luma_of(native))
