"""Images as planes of samples, and how two of them are made comparable."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError

Samples: TypeAlias = NDArray[Any]
"""uint8 or uint16."""

GREY = ("grey",)
COLOURS = ("red", "green", "blue")

_WEIGHTS = (19595, 38470, 7471)
"""Red, green and blue in the luma of ITU-R BT.601, in 65536ths, as in Pillow."""

_BAND_PIXELS = 1 << 20
"""Pixels in the bands in which large images are read and converted."""

_MORE_IN_16_BITS = 257
"""65535 / 255: the factor that keeps white white."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """An image in the form in which it is compared."""

    name: str
    """Its name in messages."""

    planes: tuple[Samples, ...]
    """Brightness only, or red, green and blue; uint8 or uint16, upright."""

    notes: tuple[str, ...] = ()
    """How the image was converted, and what was left out."""

    colours: int | None = field(default=None, repr=False)
    """Checksum of the colours if the planes contain only the brightness."""

    profile: int | None = field(default=None, repr=False)
    """Checksum of the colour profile."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.planes[0].shape
        return width, height

    @property
    def depth(self) -> int:
        """Bits of a sample, 8 or 16."""
        return 8 * self.planes[0].itemsize

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the planes."""
        return GREY if len(self.planes) == 1 else COLOURS

    def __repr__(self) -> str:
        width, height = self.size
        return f"Still({self.name!r}, {width}x{height}, {'/'.join(self.channels)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an image is compared."""

    color: bool
    """Red, green and blue; otherwise brightness only."""

    background: tuple[int, int, int]
    """The colour behind transparent pixels, in 8 bits."""


def gather(
    bands: Iterable[Samples], height: int, width: int, dtype: type, look: Look
) -> tuple[tuple[Samples, ...], int | None]:
    """Return the planes of an image, and the checksum of their colours.

    Parameters
    ----------
    bands
        The image from top to bottom, each of shape (rows, width, channels): grey, grey and alpha,
        RGB, or RGBA.
    height, width, dtype
        Those of the whole image.
    look
        How it is compared.
    """
    planes: tuple[Samples, ...] = ()
    checksum: int | None = None
    top = 0
    for band in bands:
        pixels = _laid_on(band, look)
        bottom = top + len(pixels)
        channels = pixels.shape[2]
        if channels == 3 and not look.color:
            checksum = zlib.crc32(pixels.tobytes(), checksum or 0)
            pixels = brightness(pixels)[..., np.newaxis]
            channels = 1
        if not planes:
            planes = tuple(np.empty((height, width), dtype) for _ in range(channels))
        for channel, plane in enumerate(planes):
            plane[top:bottom] = pixels[..., channel]
        top = bottom
    return planes, checksum


def from_array(name: str, array: NDArray[Any], look: Look) -> Still:
    """Return an array as a still.

    Raises
    ------
    UsageError
        If it is not an image.
    """
    pixels = array[..., np.newaxis] if array.ndim == 2 else array
    shape = "x".join(map(str, array.shape))
    if (
        pixels.dtype not in (np.uint8, np.uint16)
        or pixels.ndim != 3
        or not 1 <= pixels.shape[2] <= 4
        or pixels.size == 0
    ):
        raise UsageError(
            f"{name}: is an array of {shape or 'one'} {array.dtype}; allowed are uint8 and uint16 "
            "in the shape (height, width), or (height, width, channels) with 1 channel (grey), 2 "
            "(grey, alpha), 3 (RGB) or 4 (RGBA)"
        )
    height, width = pixels.shape[:2]
    planes, colours = gather(
        in_bands(pixels, height, width), height, width, pixels.dtype.type, look
    )
    return Still(name=name, planes=planes, colours=colours)


def in_bands(pixels: Samples, height: int, width: int) -> Iterable[Samples]:
    """Yield the rows of an image in bands that are small in comparison."""
    rows = band_rows(width)
    for top in range(0, height, rows):
        yield pixels[top : top + rows]


def band_rows(width: int, pixels: int | None = None) -> int:
    """Return how many rows of this width make a band of roughly this many pixels."""
    return max(1, (pixels or _BAND_PIXELS) // width)


def match(a: Still, b: Still, *, resize: bool) -> tuple[Still, Still, tuple[str, ...]]:
    """Return both stills with the same size, depth and number of planes, and what was done for it.

    Raises
    ------
    UsageError
        If the sizes differ and `resize` is not set.
    """
    notes = []
    (width, height), (other_width, other_height) = a.size, b.size
    if a.size != b.size:
        sizes = f"{a.name} is {width}x{height}, {b.name} is {other_width}x{other_height}"
        if not resize:
            raise UsageError(
                f"the sizes differ: {sizes}; --resize scales the second to the size of the first"
            )
        stretched = abs(width * other_height / (height * other_width) - 1) > 0.01
        notes.append(
            f"{b.name} is scaled from {other_width}x{other_height} to {width}x{height}"
            + (", which stretches it" if stretched else "")
        )
        b = replace(b, planes=tuple(scaled(plane, a.size) for plane in b.planes), colours=None)
    if a.depth != b.depth:
        shallow = a if a.depth < b.depth else b
        notes.append(f"{shallow.name} has 8 bits a sample, the other 16: both are compared as 16")
        a, b = _deep(a), _deep(b)
    if a.profile is not None and b.profile is not None and a.profile != b.profile:
        notes.append("their colour profiles differ, and are not applied")
    if len(a.planes) != len(b.planes):
        grey = a if len(a.planes) == 1 else b
        notes.append(f"{grey.name} is grey, and compared with each colour of the other")
        a, b = (replace(still, planes=(still.planes * 3)[:3]) for still in (a, b))
    return a, b, tuple(notes)


def scaled(plane: Samples, size: tuple[int, int]) -> Samples:
    """Return a plane scaled to a size (width, height) with an antialiasing Lanczos filter."""
    from PIL import Image

    if plane.dtype == np.uint8:
        image = Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS)
        return np.asarray(image)
    deep = Image.fromarray(plane.astype(np.float32)).resize(size, Image.Resampling.LANCZOS)
    levels: Samples = np.clip(np.rint(np.asarray(deep)), 0, 65535).astype(np.uint16)
    return levels


def reduced(still: Still, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a still at another, smaller size with 8 bits, shape (height, width, channels)."""
    from PIL import Image

    small = []
    for plane in still.planes:
        image = Image.fromarray((plane >> (still.depth - 8)).astype(np.uint8))
        small.append(np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=3)))
    return np.stack(small, axis=-1)


def _deep(still: Still) -> Still:
    if still.depth == 16:
        return still
    planes = (plane.astype(np.uint16) for plane in still.planes)
    deep = tuple(plane * np.uint16(_MORE_IN_16_BITS) for plane in planes)
    return replace(still, planes=deep, colours=None)


def _laid_on(pixels: Samples, look: Look) -> Samples:
    """Return pixels without alpha: grey, or RGB."""
    channels = pixels.shape[2]
    if channels in (1, 3):
        return pixels
    white = np.iinfo(pixels.dtype).max
    background = np.array(look.background, np.uint32) * (white // 255)
    if channels == 2 and len(set(look.background)) == 1:
        background = background[:1]
    alpha = pixels[..., -1:].astype(np.uint32)
    mixed = pixels[..., :-1] * alpha + background * (white - alpha)
    return ((mixed + white // 2) // white).astype(pixels.dtype)


def brightness(pixels: Samples) -> Samples:
    """Return the brightness of RGB pixels."""
    level = np.full(pixels.shape[:2], 1 << 15, np.uint32)
    for channel, weight in enumerate(_WEIGHTS):
        level += pixels[..., channel] * np.uint32(weight)
    brightest: Samples = (level >> 16).astype(pixels.dtype)
    return brightest
