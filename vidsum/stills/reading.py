"""Image files, read with Pillow: only the named file, upright, at its own bit depth."""

import contextlib
import stat
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageFile, UnidentifiedImageError

from ..errors import InputError, UnsafeInputError, UsageError, VidsumError, printable
from .deep import is_cut_to_8_bits, is_deep, joined, take_bytes
from .still import Look, Samples, Still, band_rows, gather

FORMATS = (
    *("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "GIF", "BMP", "DIB", "JPEG2000", "PPM", "PSD"),
    *("QOI", "PCX"),
)
"""The formats that are opened: none that runs another program, as EPS does, and none that contains
other files with their own sizes, as ICO does."""

SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff", "avif", "gif"),
        *("bmp", "dib", "jp2", "j2k", "jpx", "ppm", "pgm", "pbm", "pnm", "psd", "qoi"),
        *("pcx", "tga"),
    )
)
"""Extensions of the files in folders that are taken for images."""

_ORIENTATION = 0x0112
"""The EXIF tag that says how an image must be turned to be upright."""


def parse_background(text: str) -> tuple[int, int, int]:
    """Return red, green and blue of a colour.

    Raises
    ------
    UsageError
        If there is no such colour.
    """
    try:
        red, green, blue = ImageColor.getrgb(text.strip())[:3]
    except ValueError:
        raise UsageError(
            f"--background is {text!r}, allowed are names of colours (white, black, magenta) and "
            "#rrggbb"
        ) from None
    return red, green, blue


def read_still(path: Path, look: Look, *, max_pixels: int, at_least: int | None = None) -> Still:
    """Return the image in `path`, or its first page.

    Parameters
    ----------
    path
        A file in one of `FORMATS`.
    look
        How it is compared: in grey or in colour, and on which background.
    max_pixels
        Images with more pixels are refused.
    at_least
        If only a small image is needed: the least length of its sides. JPEG then decodes faster.

    Raises
    ------
    InputError
        If it can't be read.
    UnsafeInputError
        If it has more pixels than `max_pixels`.
    """
    name = printable(path)
    with contextlib.ExitStack() as files, _translated(name), _pillows_limit.lifted():
        image = _open(path, max_pixels, files)
        notes = tuple(_notes(name, image, is_cut_to_8_bits(name, image)))
        deep = is_deep(image)
        if at_least is not None:
            image.draft(None, (at_least, at_least))
        if deep:
            other = _open(path, max_pixels, files)
            take_bytes(image, upper=True)
            take_bytes(other, upper=False)
            other.load()
        image.load()
        width, height = image.size
        orientation = _orientation(image)
        profile = image.info.get("icc_profile")
        dtype = np.uint16 if deep else _sample_type(name, image)
        # Pillow would look for a 16-bit colour among 8-bit samples, and in grey not at all.
        see_through = image.info.pop("transparency", None) if dtype is np.uint16 else None
        bands = _bands(image)
        if deep:
            other.info.pop("transparency", None)
            bands = joined(bands, _bands(other))
        if see_through is not None:
            bands = _with_alpha(bands, see_through)
        planes, colours = gather(bands, height, width, dtype, look)
    return Still(
        name=name,
        planes=tuple(_upright(plane, orientation) for plane in planes),
        notes=notes,
        colours=colours,
        profile=zlib.crc32(profile) if profile else None,
    )


class _Limit:
    """Pillow's own limit on pixels, which is global to the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: int | None = None

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Lift the limit; several threads may do so at the same time."""
        with self._lock:
            if self._users == 0:
                self._before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    Image.MAX_IMAGE_PIXELS = self._before


_pillows_limit = _Limit()


def _open(path: Path, max_pixels: int, files: contextlib.ExitStack) -> ImageFile.ImageFile:
    """Open an image file, to be closed with `files`; only its header is read."""
    name = printable(path)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{name}: this is a folder; name an image in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{name}: this is no regular file; copy it into one")
    if status.st_size == 0:
        raise InputError(f"{name}: the file is empty")
    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    if path.suffix.lower() == ".tga":  # its files have no signature
        formats.append("TGA")
    # Given a path, Pillow maps files into memory, which corrupts rotated TIFF images.
    image = Image.open(files.enter_context(path.open("rb")), formats=formats)
    files.enter_context(image)
    width, height = image.size
    if width * height > max_pixels:
        raise UnsafeInputError(
            f"{name}: {width}x{height} are {width * height} pixels, more than --max-pixels "
            f"{max_pixels}; raise that if you trust the file"
        )
    return image


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn Pillow's errors into ours."""
    try:
        yield
    except VidsumError:
        raise
    except PermissionError:
        raise InputError(f"{name}: no permission to read it") from None
    except UnidentifiedImageError:
        raise InputError(f"{name}: no image, or in no format that vidsum reads") from None
    except Image.DecompressionBombError as error:
        raise UnsafeInputError(f"{name}: {printable(error)}") from error
    except MemoryError as error:
        raise InputError(f"{name}: too large for the memory of this machine") from error
    except Exception as error:  # its decoders raise any exception on damaged data
        raise InputError(f"{name}: cannot be decoded, {printable(error)}") from error


def _notes(name: str, image: ImageFile.ImageFile, is_cut: bool) -> Iterator[str]:
    # Photoshop's layers are not a sequence of pictures: the file also contains them merged.
    if getattr(image, "is_animated", False) and image.format != "PSD":
        yield f"{name} holds several pictures; the first one is compared"
    if is_cut:
        yield f"{name}: only 8 of its 16 bits a sample are read"


def _sample_type(name: str, image: ImageFile.ImageFile) -> type:
    if image.mode == "F":
        raise InputError(
            f"{name}: its samples are floating-point numbers, which have no white; save it with 8 "
            "or 16 bits"
        )
    if image.mode != "I":
        return np.uint16 if image.mode.startswith("I;16") else np.uint8
    lowest, highest = image.getextrema()
    if not (isinstance(lowest, int) and lowest >= 0 and highest <= 65535):
        raise InputError(
            f"{name}: its samples reach from {lowest} to {highest}; save it with 8 or 16 bits"
        )
    return np.uint16


def _bands(image: ImageFile.ImageFile) -> Iterator[Samples]:
    """Yield a loaded image in bands: grey, grey and alpha, RGB, or RGBA."""
    mode = _plain_mode(image)
    width, height = image.size
    rows = band_rows(width)
    for top in range(0, height, rows):
        part = image.crop((0, top, width, min(top + rows, height)))
        pixels = np.asarray(part if part.mode == mode else part.convert(mode))
        yield pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def _with_alpha(bands: Iterator[Samples], see_through: Any) -> Iterator[Samples]:
    """Add alpha to bands of 16 bits: a single level or colour is transparent."""
    for pixels in bands:
        opaque = (pixels != np.array(see_through)).any(axis=2, keepdims=True)
        yield np.concatenate([pixels, opaque * 65535], axis=2).astype(np.uint16)


def _plain_mode(image: ImageFile.ImageFile) -> str:
    if image.mode.startswith("I") or image.mode in ("LA", "RGBA"):
        return image.mode
    if image.mode == "La":
        return "LA"
    if image.has_transparency_data:
        return "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def _orientation(image: ImageFile.ImageFile) -> int:
    """Return 1 to 8: by how many quarter turns, and whether mirrored, the image is stored."""
    with contextlib.suppress(Exception):  # a damaged tag is no reason to refuse the image
        return int(image.getexif().get(_ORIENTATION, 1))
    return 1


def _upright(plane: Samples, orientation: int) -> Samples:
    turned = {
        2: lambda: plane[:, ::-1],
        3: lambda: plane[::-1, ::-1],
        4: lambda: plane[::-1],
        5: lambda: plane.T,
        6: lambda: np.rot90(plane, -1),
        7: lambda: plane[::-1, ::-1].T,
        8: lambda: np.rot90(plane),
    }
    return np.ascontiguousarray(turned[orientation]()) if orientation in turned else plane
