"""A pen that draws lines and text on pictures, visible on any background."""

from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""A picture in OpenCV's form: shape (height, width, 3), blue, green, red."""

Layer: TypeAlias = NDArray[np.uint8]
"""How opaque a colour is painted, from 0 to 255, shape (height, width)."""

Colour: TypeAlias = tuple[int, int, int]
"""Blue, green, red."""

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
AMBER: Colour = (0, 168, 255)
PAPER: Colour = (32, 26, 22)
GREY: Colour = (212, 206, 200)

_ELLIPSIS = "..."


class Pen:
    """Draws lines and text.

    Parameters
    ----------
    unit
        Their size; 1 suits a picture of 1200 pixels: lines one pixel wide, digits 11 high.
    """

    def __init__(self, unit: float) -> None:
        from .opencv import cv2

        self._cv2 = cv2
        self._font, self._font_scale = cv2.FONT_HERSHEY_SIMPLEX, 0.5 * unit
        self.line = max(1, round(unit))
        """Thickness of lines in pixels."""
        self.text_height = self.text_size("0")[1]
        """Height of digits in pixels."""

    @classmethod
    def to_fit(cls, width: int, height: int) -> Self:
        """Return a pen for a picture of this size in pixels."""
        # Long narrow pictures have no room for what their long side would suggest.
        return cls(max(0.85, min(max(width, height), 2 * min(width, height)) / 1200))

    def text_size(self, text: str) -> tuple[int, int]:
        """Return width and height of `text` in pixels."""
        (width, height), _ = self._cv2.getTextSize(text, self._font, self._font_scale, self.line)
        return int(width), int(height)

    def shortened(self, text: str, room: int) -> str:
        """Return `text` or, if it is wider than `room` pixels, its beginning and its end."""
        if self.text_size(text)[0] <= room:
            return text
        for left_out in range(1, len(text)):
            kept = len(text) - left_out
            shown = text[: (kept + 1) // 2] + _ELLIPSIS + text[len(text) - kept // 2 :]
            if self.text_size(shown)[0] <= room:
                return shown
        return ""

    def write(self, layer: Layer, text: str, x: int, y: int) -> None:
        """Draw `text` into `layer`, with its baseline starting at `x`, `y`."""
        font, scale, smooth = self._font, self._font_scale, self._cv2.LINE_AA
        self._cv2.putText(layer, text, (x, y), font, scale, 255, self.line, smooth)

    def label(self, pixels: Pixels, text: str, x: int, y: int, colour: Colour = GREY) -> None:
        """Write `text` on a plain background, with its baseline starting at `x`, `y`."""
        above, below = 2 * self.text_height, self.text_height
        box = pixels[max(0, y - above) : y + below, x : x + self.text_size(text)[0] + below]
        layer = np.zeros(box.shape[:2], np.uint8)
        self.write(layer, text, 0, min(y, above))
        self.paint(box, layer, colour)

    def ring(self, pixels: Pixels, x: int, y: int, radius: int, colour: Colour = WHITE) -> None:
        """Draw a circle around the pixel at `x`, `y`."""
        layer = np.zeros(pixels.shape[:2], np.uint8)
        thickness = self.line + 1
        self._cv2.circle(layer, (x, y), radius, 255, thickness, self._cv2.LINE_AA)
        self.engrave(pixels, layer, colour)

    def outline(self, pixels: Pixels, places: NDArray[np.bool_], colour: Colour) -> None:
        """Draw the border of `places`."""
        edge = self._cv2.morphologyEx(
            255 * places.astype(np.uint8), self._cv2.MORPH_GRADIENT, self._disc()
        )
        self.engrave(pixels, edge, colour)

    def engrave(
        self, pixels: Pixels, layer: Layer, colour: Colour, opacity: float = 1, rim: int = 1
    ) -> None:
        """Paint `layer` with a dark outline, `rim` lines wide, visible on any background."""
        # Doubled, up to 255: thin letters are pale, and their outline must not be.
        wider = self._cv2.dilate(self._cv2.add(layer, layer), self._disc(), iterations=rim)
        self.paint(pixels, wider, BLACK, 0.75 * opacity)
        self.paint(pixels, layer, colour, opacity)

    def paint(self, pixels: Pixels, layer: Layer, colour: Colour, opacity: float = 1) -> None:
        """Paint a colour over `pixels`, as opaque as `layer` says."""
        places = layer > 0
        weight = layer[places, np.newaxis] * np.float32(opacity / 255)
        mixed = pixels[places] * (1 - weight) + np.array(colour, np.float32) * weight
        pixels[places] = np.round(mixed).astype(np.uint8)

    def _disc(self) -> Layer:
        size = 2 * self.line + 1
        disc: Layer = np.asarray(
            self._cv2.getStructuringElement(self._cv2.MORPH_ELLIPSE, (size, size)), np.uint8
        )
        return disc
