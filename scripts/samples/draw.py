"""Small drawing helpers shared by the sample scenes.

Colours are (blue, green, red) levels from 0 to 255, points are (x, y) pixels that may be
fractional.
"""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Colour: TypeAlias = tuple[float, float, float]
Point: TypeAlias = tuple[float, float]
Picture: TypeAlias = NDArray[np.uint8]
FloatPicture: TypeAlias = NDArray[np.float32]
Points: TypeAlias = NDArray[np.floating] | Sequence[Point]

_SUBPIXEL_BITS = 4


def smoothstep(value: float, start: float, end: float) -> float:
    """Rise from 0 at `start` to 1 at `end` without a kink at either."""
    part = min(max((value - start) / (end - start), 0.0), 1.0)
    return part * part * (3.0 - 2.0 * part)


def mix(first: Colour, second: Colour, part: float) -> Colour:
    blue, green, red = (a + (b - a) * part for a, b in zip(first, second, strict=True))
    return blue, green, red


def scaled(colour: Colour, factor: float) -> Colour:
    blue, green, red = (min(level * factor, 255.0) for level in colour)
    return blue, green, red


def levels(colour: Colour) -> FloatPicture:
    """The colour as an array that can be calculated with."""
    return np.asarray(colour, np.float32)


def fractal_noise(
    generator: np.random.Generator,
    height: int,
    width: int,
    *,
    cell_pixels: float,
    stretch: float = 1.0,
    octaves: int = 4,
) -> FloatPicture:
    """Sum smooth random grids, each twice as fine and half as strong as the one before.

    `stretch` makes the blobs that many times wider than high. The result has mean 0 and
    standard deviation 1.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cell = max(cell_pixels / 2**octave, 1.0)
        rows = int(height / cell) + 3
        columns = int(width / (cell * stretch)) + 3
        grid = generator.standard_normal((rows, columns), dtype=np.float32)
        size = (int(columns * cell * stretch) + 1, int(rows * cell) + 1)
        smooth = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
        total += smooth[:height, :width] * 0.5**octave
    total -= total.mean()
    return np.asarray(total / max(float(total.std()), 1e-6), np.float32)


def vertical_gradient(height: int, width: int, top: Colour, bottom: Colour) -> FloatPicture:
    part = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    column = levels(top) * (1 - part) + levels(bottom) * part
    return np.repeat(column, width, axis=1).astype(np.float32)


def _fixed_point(points: Points) -> NDArray[np.int32]:
    scaled_points = np.asarray(points, np.float64) * 2**_SUBPIXEL_BITS
    return np.asarray(np.rint(scaled_points), np.int32)


def fill_polygon(picture: Picture, points: Points, colour: Colour) -> None:
    cv2.fillPoly(picture, [_fixed_point(points)], colour, cv2.LINE_AA, _SUBPIXEL_BITS)


def draw_line(
    picture: Picture, points: Points, colour: Colour, thickness: int = 1, *, closed: bool = False
) -> None:
    fixed = _fixed_point(points)
    cv2.polylines(picture, [fixed], closed, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def fill_rectangle(
    picture: Picture, left: float, top: float, right: float, bottom: float, colour: Colour
) -> None:
    fill_polygon(picture, [(left, top), (right, top), (right, bottom), (left, bottom)], colour)


def fill_circle(picture: Picture, centre: Point, radius: float, colour: Colour) -> None:
    column, row, size = (round(part * 2**_SUBPIXEL_BITS) for part in (*centre, radius))
    cv2.circle(picture, (column, row), size, colour, -1, cv2.LINE_AA, _SUBPIXEL_BITS)


def ellipse_points(centre: Point, radii: Point, count: int = 32) -> NDArray[np.float64]:
    angles = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    return np.column_stack(
        (centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles))
    )


def capsule_points(
    start: Point, end: Point, start_radius: float, end_radius: float
) -> NDArray[np.float64]:
    """Outline of a limb: a thick line with round ends that may taper."""
    angle = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
    turns = np.linspace(np.pi / 2, 3 * np.pi / 2, 9)
    first = [
        (start[0] + start_radius * np.cos(angle + t), start[1] + start_radius * np.sin(angle + t))
        for t in turns
    ]
    second = [
        (end[0] - end_radius * np.cos(angle + t), end[1] - end_radius * np.sin(angle + t))
        for t in turns
    ]
    return np.asarray(first + second)


def text_width(text: str, scale: float, thickness: int = 1) -> int:
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    return int(width)


def draw_text(
    picture: Picture,
    text: str,
    left_baseline: tuple[int, int],
    *,
    scale: float,
    colour: Colour,
    thickness: int = 1,
) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(picture, text, left_baseline, font, scale, colour, thickness, cv2.LINE_AA)


def draw_cells(
    picture: Picture,
    text: str,
    left_baseline: tuple[int, int],
    *,
    cell_pixels: int,
    scale: float,
    colour: Colour,
    thickness: int = 1,
) -> None:
    """Draw text with one cell per character, as terminals and burnt-in clocks do."""
    left, baseline = left_baseline
    for index, character in enumerate(text):
        margin = (cell_pixels - text_width(character, scale, thickness)) // 2
        origin = (left + index * cell_pixels + margin, baseline)
        draw_text(picture, character, origin, scale=scale, colour=colour, thickness=thickness)
