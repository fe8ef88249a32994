"""An image as one more frame of a video, to compare its frames with."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError, printable
from ...frame import Frame, VideoInfo
from ...options.stills import Stills

_BT601 = (0.299, 0.114)
_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
"""Weights of red and blue in luma, by the code points of ITU-T H.273."""


def image_luma(path: Path, info: VideoInfo, like: Frame) -> NDArray[np.uint8]:
    """Return the luma that the image in `path` would have as a frame of this video.

    It has the matrix and range of `like`, in the orientation in which frames are stored. If a video
    does not specify them, they are BT.601 and limited, which FFmpeg assumes when it makes an image.

    Raises
    ------
    InputError, UnsafeInputError
        If it can't be read.
    UsageError
        If its size differs from that of the video's upright picture.
    """
    from ...stills.reading import parse_background, read_still
    from ...stills.still import Look
    from ...video.colour import full_range, matrix_of

    defaults = Stills()
    look = Look(color=True, background=parse_background(defaults.background))
    still = read_still(path, look, max_pixels=defaults.max_pixels)
    if still.size != info.upright_size:
        shown = "x".join(map(str, info.upright_size))
        found = "x".join(map(str, still.size))
        raise UsageError(
            f"--against {printable(path)}: is {found}, the upright picture of the video is "
            f"{shown}; scale the image to {shown}"
        )
    native = like.native
    stored_as_rgb = native is None or native.format.is_rgb
    grey_or_rgb = stored_as_rgb or native.format.name.startswith("gray")
    full = full_range(native) if native is not None else None
    full = grey_or_rgb if full is None else full or stored_as_rgb
    matrix = None if grey_or_rgb else matrix_of(native)
    red_weight, blue_weight = _WEIGHTS.get(matrix or 0, _BT601)

    white = np.iinfo(still.planes[0].dtype).max
    planes = still.planes if len(still.planes) == 3 else still.planes * 3
    red, green, blue = (np.asarray(plane, np.float32) for plane in planes)
    level = (red * red_weight + green * (1 - red_weight - blue_weight) + blue * blue_weight) / white
    luma = np.rint(level * 255 if full else 16 + level * 219).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(luma, -info.rotation // 90))
