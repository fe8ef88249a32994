"""Colours of 16 bits per sample, of which Pillow's own modes keep only the upper 8.

Pillow unpacks such samples by taking one of their two bytes, chosen by the raw mode: the first, as
if they were big-endian (``;16B``), or the second (``;16L``). Unpacked both ways, they are complete.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import ImageFile

from ..errors import InputError
from .still import Samples

_DEEP = re.compile(r"(RGB|RGBA|RGBX);16[BLN]")
_TWO_BYTES = re.compile(r";16[BLN]$")

_BITS_PER_SAMPLE = 258
_PLANAR_CONFIGURATION = 284
"""Tags of TIFF."""


def is_deep(image: ImageFile.ImageFile) -> bool:
    """Return whether an opened image has colours of 16 bits that can be read completely."""
    modes = _raw_modes(image)
    return bool(modes) and all(map(_DEEP.fullmatch, modes)) and not _has_planes(image)


def is_cut_to_8_bits(name: str, image: ImageFile.ImageFile) -> bool:
    """Return whether Pillow returns only the upper 8 bits of the samples of the image `name`.

    Raises
    ------
    InputError
        If Pillow would take each byte of a sample for a sample.
    """
    if is_deep(image) or image.mode.startswith(("I", "F")):
        return False
    modes = _raw_modes(image)
    halved = bool(modes) and all(map(_TWO_BYTES.search, modes))
    bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,))
    if max(bits) > 8 and (_has_planes(image) or not halved):
        raise InputError(
            f"{name}: its samples of {max(bits)} bits are stored in a way "
            "that Pillow reads wrongly; save it as PNG"
        )
    deep_ppm = any(
        part[0] == "ppm" and isinstance(part[3], tuple) and part[3][-1] > 255 for part in image.tile
    )
    return halved or deep_ppm


def take_bytes(image: ImageFile.ImageFile, *, upper: bool) -> None:
    """Have an opened image decode to the upper, or the lower, bytes of its samples."""
    tile: list[Any] = []
    for part, raw in zip(image.tile, _raw_modes(image), strict=True):
        arguments = part[3]
        order = raw[-1].replace("N", "L" if sys.byteorder == "little" else "B")
        wanted = order if upper else {"B": "L", "L": "B"}[order]
        mode = f"{raw[:-1]}{wanted}"
        changed = (mode, *arguments[1:]) if isinstance(arguments, tuple) else mode
        replaced = *part[:3], changed
        # Since Pillow 11 its parts are named tuples.
        tile.append(replaced if type(part) is tuple else type(part)(*replaced))
    image.tile = tile


def joined(upper: Iterator[Samples], lower: Iterator[Samples]) -> Iterator[Samples]:
    """Yield bands of 16-bit samples from bands of their upper and lower bytes."""
    for high, low in zip(upper, lower, strict=True):
        yield high.astype(np.uint16) << 8 | low


def _has_planes(image: ImageFile.ImageFile) -> bool:
    """Return whether colours are in separate planes, which Pillow supports only with 8 bits."""
    return bool(getattr(image, "tag_v2", {}).get(_PLANAR_CONFIGURATION, 1) == 2)


def _raw_modes(image: ImageFile.ImageFile) -> list[str]:
    """Return the raw mode of each part of the file; empty if that is not known."""
    modes = []
    for part in image.tile:
        arguments = part[3]
        raw = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
        if not isinstance(raw, str):
            return []
        modes.append(raw)
    return modes
