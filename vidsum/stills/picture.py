"""The difference picture: the second image in pale grey, differences in colour and in boxes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..errors import OutputError, UsageError, printable
from ..files import saving
from .cells import Cells
from .regions import Region
from .still import Still, band_rows, brightness

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""Extensions of pictures that are written, each with Pillow's name of the format."""

_LONGEST_JPEG = 65500
"""Pixels along a side of the largest JPEG picture."""

_PALE = 0.5
"""Contrast that remains where nothing differs."""

_MARK = np.array([255, 80, 0], np.float32)
_BOX = (214, 0, 70)
_RIM = (255, 255, 255)
_EDGE = (40, 0, 12)

_MIN_LABELLED_SIDE = 320
"""Long side in pixels below which boxes have no number: it would hide what is in them."""

_MAX_NUMBERED_BOXES = 99
"""How many boxes have a number; the others are small in comparison."""


def check_name(option: str, target: Path, suffixes: tuple[str, ...]) -> None:
    """Raise `UsageError` unless the name of an output ends in one of `suffixes`."""
    if target.suffix.lower() not in suffixes:
        raise UsageError(
            f"{option} {printable(target)}: its name has to end in {', '.join(suffixes)}"
        )


def write_difference(
    target: Path, b: Still, cells: Cells, regions: tuple[Region, ...], *, force: bool
) -> None:
    """Write the difference picture as PNG or JPEG, according to the name's extension.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    kind = SUFFIXES[target.suffix.lower()]
    width, height = b.size
    if kind == "JPEG" and max(b.size) > _LONGEST_JPEG:
        raise OutputError(
            f"{printable(target)}: a picture of {width}x{height} is too large for JPEG; name a .png"
        )
    picture = difference_picture(b, cells, regions)
    with saving(target, force=force) as part:
        picture.save(part, kind, quality=92, compress_level=3)


def difference_picture(b: Still, cells: Cells, regions: tuple[Region, ...]) -> Image.Image:
    """Draw `b` at its own size with the differences marked."""
    width, height = b.size
    picture = Image.new("RGB", b.size)
    rows = band_rows(width)
    for top in range(0, height, rows):
        picture.paste(Image.fromarray(_marked(b, cells, top, min(top + rows, height))), (0, top))
    pen = ImageDraw.Draw(picture)
    line = max(1, round(max(b.size) / 800))
    for region in reversed(regions):  # the largest on top
        _draw_box(pen, region, b.size, line)
    if max(b.size) >= _MIN_LABELLED_SIDE:
        for number, region in reversed(list(enumerate(regions[:_MAX_NUMBERED_BOXES], 1))):
            _draw_number(pen, str(number), region, b.size, line)
    return picture


def _marked(b: Still, cells: Cells, top: int, bottom: int) -> NDArray[np.uint8]:
    """Return rows of `b` in pale grey, and in colour where it differs."""
    planes = [plane[top:bottom] for plane in b.planes]
    level = brightness(np.stack(planes, axis=-1)) if len(planes) == 3 else planes[0]
    grey = (level >> (b.depth - 8)).astype(np.float32)[..., np.newaxis]
    width = grey.shape[1]
    rows = np.arange(top, bottom) // cells.side
    columns = np.arange(width) // cells.side
    differs = (cells.differing[rows] > 0)[:, columns, np.newaxis]
    pale = 255 - _PALE * (255 - grey)
    marked = 0.45 * grey + 0.55 * _MARK
    return np.where(differs, marked, pale).astype(np.uint8)


def _draw_box(pen: ImageDraw.ImageDraw, region: Region, size: tuple[int, int], line: int) -> None:
    """Draw a frame around a region, dark, light and coloured, so that it is visible on anything."""
    bands = ((_EDGE, 1), (_RIM, line), (_BOX, 2 * line), (_RIM, line))
    outside = sum(width for _, width in bands)
    left, top = max(region.x - outside, 0), max(region.y - outside, 0)
    right = min(region.x + region.width + outside, size[0]) - 1
    bottom = min(region.y + region.height + outside, size[1]) - 1
    for colour, width in bands:
        if right - left < width or bottom - top < width:
            break
        pen.rectangle((left, top, right, bottom), outline=colour, width=width)
        left, top, right, bottom = left + width, top + width, right - width, bottom - width


def _draw_number(
    pen: ImageDraw.ImageDraw, text: str, region: Region, size: tuple[int, int], line: int
) -> None:
    """Write a number on a tag above the upper left corner of a region's box, or inside it."""
    font = ImageFont.load_default(max(11, round(max(size) / 75)))
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    pad = 2 * line
    width, height = int(right - left) + 2 * pad, int(bottom - top) + 2 * pad
    x = min(max(region.x - 2 * line, 0), size[0] - width)
    y = region.y - 3 * line - height
    if y < 0:
        y = max(region.y, 0)
    pen.rectangle((x, y, x + width - 1, y + height - 1), fill=_BOX, outline=_RIM, width=1)
    pen.text((x + pad - left, y + pad - top), text, fill=_RIM, font=font)
