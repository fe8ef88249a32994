"""The preview picture: one frame under a coordinate grid, and which parts of it count."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from ..errors import OutputError, UsageError, printable
from ..files import part_path, publish, write_error
from ..frame import Frame, VideoInfo, clock
from .conform import upright
from .pen import AMBER, GREY, PAPER, WHITE, Colour, Pen, Pixels

Entry: TypeAlias = tuple[Pixels | None, str]
"""A line of the legend: a sample of what it explains, if any, and its text."""

SUFFIXES: dict[str, tuple[str, int]] = {
    ".png": ("IMWRITE_PNG_COMPRESSION", 6),
    ".jpg": ("IMWRITE_JPEG_QUALITY", 92),
    ".jpeg": ("IMWRITE_JPEG_QUALITY", 92),
}
"""Extensions of pictures that are written, each with OpenCV's setting for it."""

_CAREFUL = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT

_MIN_LENGTH = 640
"""Long side in pixels below which pictures are enlarged, so that labels have room."""

_MAX_LINES = 12
"""Grid lines along the long side."""

_DARKENED = 0.35
"""Brightness factor of ignored parts."""

_NOTICEABLE = 0.05
"""Usual change below this is not shown."""

_SKY: Colour = (248, 196, 110)


def areas_picture(
    frame: Frame,
    info: VideoInfo,
    *,
    counted: NDArray[np.bool_] | None,
    usual: NDArray[np.float32] | None,
) -> Pixels:
    """Draw a frame upright, with the parts that count, a coordinate grid and a legend below.

    Small pictures are enlarged; the labels of the grid are pixels of the upright picture even so.

    Parameters
    ----------
    frame, info
        The frame, and the video that it comes from.
    counted
        Which samples are looked at, shape (info.height, info.width); None for all of them.
    usual
        How much change is ignored at each place, as stored, from 0 for none to 1, at any
        resolution.

    Returns
    -------
    Pixels
        The picture from the top left corner on, with the legend in the rows below it.
    """
    from .opencv import cv2

    width, height = info.upright_size
    image = upright(info)(frame.native).reformat(format="bgr24", interpolation=_CAREFUL)
    factor = math.ceil(_MIN_LENGTH / max(width, height))
    size = (width * factor, height * factor)
    pixels = cv2.resize(image.to_ndarray()[:height, :width], size, interpolation=cv2.INTER_NEAREST)
    pen = AreasPen.to_fit(*size)

    marks: list[Entry] = []
    looked_at = np.ones(size[::-1], np.bool_)
    if counted is None:
        marks.append((None, "all of the picture is looked at"))
    else:
        looked_at = fitted_to(counted.astype(np.uint8), info, size, cv2.INTER_NEAREST) > 0
        pen.darken(pixels, ~looked_at)
        share = _percent(1 - looked_at.mean())
        marks.append((pen.sample_of_darkened(), f"not looked at: {share} of the picture"))
    if usual is not None:
        strength = np.clip(usual, 0, 1).astype(np.float32)
        strength = fitted_to(strength, info, size, cv2.INTER_LINEAR) * looked_at
        pen.tint(pixels, strength)
        share = _percent((strength >= _NOTICEABLE).mean())
        text = f"usual change that is ignored, little to much: {share} of the picture"
        marks.append((pen.sample_of_tint(), text))
    step = _grid_step(max(width, height))
    pen.grid(pixels, step, factor)

    facts = [
        f"{width}x{height} pixels, a line every {step}",
        f"frame {frame.number} at {clock(frame.time)}",
    ]
    if factor > 1:
        facts.append(f"shown {factor} times as large")
    return pen.with_legend(pixels, [marks, [(None, fact) for fact in facts]])


def check_picture_name(target: Path) -> None:
    """Raise `UsageError`, with what is allowed, if no picture can be written under this name."""
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{printable(target)}: a picture needs a name ending in {', '.join(SUFFIXES)}"
        )


def encoded_picture(target: Path, picture: Pixels) -> bytes:
    """Return a picture as PNG or JPEG, according to the extension of `target`.

    Raises
    ------
    UsageError
        If it has a different extension.
    OutputError
        If the picture is too large for that format.
    """
    from .opencv import cv2

    check_picture_name(target)
    suffix = target.suffix.lower()
    setting, value = SUFFIXES[suffix]
    try:
        encoded, content = cv2.imencode(suffix, picture, [getattr(cv2, setting), value])
    except cv2.error:
        encoded = False
    if not encoded:
        height, width = picture.shape[:2]
        raise OutputError(
            f"{printable(target)}: a picture of {width}x{height} is too large for {suffix}"
        )
    return bytes(content.tobytes())


def write_picture(target: Path, picture: Pixels, *, force: bool) -> None:
    """Write a picture as PNG or JPEG, according to the extension of the name.

    Raises
    ------
    UsageError
        If the name has a different extension.
    OutputError
        If it can't be written, or has appeared in the meantime and `force` is not set.
    """
    content = encoded_picture(target, picture)
    part = part_path(target, target.suffix.lower())
    try:
        part.write_bytes(content)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise write_error(target, error) from error
    publish(part, target, force=force)


class AreasPen(Pen):
    """Draws which parts of a picture count and which don't."""

    def darken(self, pixels: Pixels, places: NDArray[np.bool_]) -> None:
        """Mark ignored places: dark, grey, hatched and outlined."""
        cv2 = self._cv2
        grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        pixels[places] = (grey[places] * _DARKENED).astype(np.uint8)[:, np.newaxis]
        height, width = places.shape
        period = 7 * self.line + self.text_height
        across = np.abs(np.arange(width + height) % period - period // 2) / math.sqrt(2)
        hatch = 255 * np.clip(self.line / 2 + 0.5 - across, 0, 1)
        lines = np.lib.stride_tricks.sliding_window_view(hatch.astype(np.uint8), width)[:height]
        self.paint(pixels, np.where(places, lines, 0), _SKY, 0.3)
        self.outline(pixels, places, _SKY)

    def tint(self, pixels: Pixels, strength: NDArray[np.float32]) -> None:
        """Mark usual change, the more of it, the stronger."""
        places = strength >= _NOTICEABLE
        self.paint(pixels, np.where(places, 50 + 130 * strength, 0).astype(np.uint8), AMBER)
        self.outline(pixels, places, AMBER)

    def grid(self, pixels: Pixels, step: int, factor: int) -> None:
        """Draw a line every `step` source pixels, which are `factor` pixels here, and labels."""
        line, gap = self.line, 3 * self.line
        height, width = pixels.shape[:2]
        lines, ticks, labels = (np.zeros((height, width), np.uint8) for _ in range(3))
        # Transposed, a column is a row: both directions are drawn by the same code.
        for turned in (lines, lines.T):
            for at in range(step, turned.shape[1] // factor + 1, step):
                turned[:, _thick(at * factor, line)] = 255
        for turned in (ticks, ticks.T):
            for index in range(1, 5 * turned.shape[1] // (factor * step) + 1):
                length = 2 * gap if index % 5 == 0 else gap
                turned[:length, _thick(index * step * factor // 5, line)] = 255
        for at in range(0, width // factor, step):
            across, high = self.text_size(f"{at}")
            if at * factor + gap + across <= width:
                self.write(labels, f"{at}", at * factor + gap, 2 * gap + high)
        for at in range(step, height // factor, step):
            if at * factor + gap + self.text_height <= height:
                self.write(labels, f"{at}", 2 * gap, at * factor + gap + self.text_height)
        self.engrave(pixels, lines, WHITE, 0.3)
        self.engrave(pixels, ticks, WHITE, 0.8)
        self.engrave(pixels, labels, WHITE, rim=2)

    def with_legend(self, pixels: Pixels, groups: Sequence[Sequence[Entry]]) -> Pixels:
        """Return `pixels` with a strip of entries below, each group starting a new row."""
        gap = self.text_height
        row_height = 2 * gap + gap // 4

        def size(entry: Entry) -> int:
            swatch, text = entry
            return self.text_size(text)[0] + (0 if swatch is None else swatch.shape[1] + gap)

        height, width = pixels.shape[:2]
        room = max(width, 2 * gap + max(size(entry) for group in groups for entry in group))
        rows: list[list[tuple[int, Entry]]] = []
        for group in groups:
            x = room
            for entry in group:
                if x + size(entry) > room - gap:
                    rows.append([])
                    x = gap
                rows[-1].append((x, entry))
                x += size(entry) + 3 * gap
        sheet = np.full((height + len(rows) * row_height + gap, room, 3), PAPER, np.uint8)
        sheet[:height, :width] = pixels
        strip = sheet[height:]
        letters = np.zeros(strip.shape[:2], np.uint8)
        for index, row in enumerate(rows):
            middle = gap // 2 + index * row_height + row_height // 2
            for x, (swatch, text) in row:
                if swatch is not None:
                    top = middle - swatch.shape[0] // 2
                    strip[top : top + swatch.shape[0], x : x + swatch.shape[1]] = swatch
                    x += swatch.shape[1] + gap
                self.write(letters, text, x, middle + gap // 2)
        self.paint(strip, letters, GREY)
        return sheet

    def sample_of_darkened(self) -> Pixels:
        """Return a sample of what `darken` does, for the legend."""
        sample, strength = self._sample()
        self.darken(sample, strength > 0)
        return sample

    def sample_of_tint(self) -> Pixels:
        """Return a sample of what `tint` does, for the legend, from little to much."""
        sample, strength = self._sample()
        self.tint(sample, strength)
        return sample

    def _sample(self) -> tuple[Pixels, NDArray[np.float32]]:
        """Return a grey picture, and a strength that increases across it within an empty border."""
        height, width, border = self.text_height * 3 // 2, self.text_height * 5, self.line
        strength = np.zeros((height, width), np.float32)
        inner = strength[border:-border, border:-border]
        inner[:] = np.linspace(_NOTICEABLE, 1, inner.shape[1])
        return np.full((height, width, 3), 128, np.uint8), strength


def _thick(at: int, thickness: int) -> slice:
    return slice(at - thickness // 2, at - thickness // 2 + thickness)


def _grid_step(length: int) -> int:
    """Return the smallest of 1, 2, 5, 10, 20... with at most `_MAX_LINES` lines in `length`."""
    fields = _MAX_LINES + 1
    power = int(10 ** max(0, math.ceil(math.log10(length / fields)) - 1))
    return next(digit * power for digit in (1, 2, 5, 10) if length <= fields * digit * power)


def fitted_to(
    field: NDArray[Any], info: VideoInfo, size: tuple[int, int], interpolation: int
) -> NDArray[Any]:
    """Return properties of the stored picture, upright and at the size of the drawing."""
    from .opencv import cv2

    turned = np.ascontiguousarray(np.rot90(field, info.rotation // 90))
    fitted: NDArray[Any] = cv2.resize(turned, size, interpolation=interpolation)
    return fitted


def _percent(share: float) -> str:
    return "under 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"
