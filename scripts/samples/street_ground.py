"""Road, pavements and sky as flat pictures, before they are put in perspective."""

from dataclasses import dataclass

import cv2
import numpy as np

from samples.draw import (
    Colour,
    FloatPicture,
    Picture,
    draw_line,
    ellipse_points,
    fill_polygon,
    fill_rectangle,
    fractal_noise,
    levels,
    vertical_gradient,
)

GROUND_PIXELS_PER_METRE = 50
SIDE_PIXELS_PER_METRE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """The street across the picture: distances of its edges from the camera in metres."""

    kerb_near: float = 9.7
    kerb_far: float = 16.6
    house_line: float = 20.0
    left: float = -34.0
    right: float = 16.0
    near: float = 6.0


def _paint_slabs(
    painted: FloatPicture, first_row: int, last_row: int, generator: np.random.Generator
) -> None:
    slab = GROUND_PIXELS_PER_METRE // 2
    width = painted.shape[1]
    part = painted[first_row:last_row]
    part[:] = (138, 146, 150)
    height = last_row - first_row
    tone = generator.standard_normal((height // slab + 1, width // slab + 1), dtype=np.float32)
    spread = np.repeat(np.repeat(tone, slab, axis=0), slab, axis=1)[:height, :width]
    part *= (1 + 0.035 * spread)[:, :, None]
    part[::slab] *= 0.86
    part[1::slab] *= 0.93
    part[:, ::slab] *= 0.88


def main_ground(
    road: Road, side_street: tuple[float, float], generator: np.random.Generator
) -> FloatPicture:
    """Paint carriageway and pavements from above, the house line at the top."""
    scale = GROUND_PIXELS_PER_METRE
    height = round((road.house_line - road.near) * scale)
    width = round((road.right - road.left) * scale)

    def row(distance: float) -> int:
        return round((road.house_line - distance) * scale)

    def column(across: float) -> int:
        return round((across - road.left) * scale)

    far, near = row(road.kerb_far), row(road.kerb_near)
    marks: Picture = np.full((height, width, 3), (97, 95, 92), np.uint8)
    # Repaired trenches, a manhole and tar in the cracks keep the asphalt from looking new.
    fill_rectangle(marks, column(-9), far, column(-6.6), near, (84, 82, 80))
    fill_rectangle(marks, column(3.4), row(12.4), column(5.6), near, (106, 104, 101))
    fill_polygon(marks, ellipse_points((column(1.0), row(14.6)), (17, 17)), (70, 70, 70))
    for start in np.arange(road.left, road.right, 1.0):
        wander = np.cumsum(generator.normal(0.0, 0.3, 7))
        begin = generator.uniform(road.kerb_near, road.kerb_far - 2)
        if generator.random() < 0.3:
            along = [(column(start + w), row(begin + 0.4 * i)) for i, w in enumerate(wander)]
            draw_line(marks, along, (80, 78, 76), 1)
    painted = marks.astype(np.float32)

    white: Colour = (196, 200, 200)
    lines: Picture = np.zeros((height, width, 3), np.uint8)
    centre = (road.kerb_near + road.kerb_far) / 2
    for start in np.arange(road.left, road.right, 4.0):
        fill_rectangle(
            lines, column(start), row(centre + 0.07), column(start + 2.2), row(centre - 0.07), white
        )
    for part in np.arange(side_street[0] + 0.8, side_street[1] - 0.8, 0.9):
        fill_rectangle(
            lines,
            column(part),
            row(road.kerb_far - 0.05),
            column(part + 0.55),
            row(road.kerb_far - 0.4),
            white,
        )
    fine = generator.standard_normal((height, width), dtype=np.float32)
    worn = fractal_noise(generator, height, width, cell_pixels=20)
    share = (lines[:, :, :1] > 0) * np.clip(0.82 + 0.22 * worn, 0.2, 1.0)[:, :, None]
    painted += (lines.astype(np.float32) - painted) * share.astype(np.float32)

    patches = fractal_noise(generator, height, width, cell_pixels=200, stretch=2.5)
    painted *= (1 + 0.05 * fine + 0.045 * patches)[:, :, None]
    distances = road.house_line - np.arange(height, dtype=np.float32) / scale
    for lane in (centre - 1.75, centre + 1.75):
        for wheel in (lane - 0.75, lane + 0.75):
            track = 1 - 0.07 * np.exp(-np.square((distances - wheel) / 0.28))
            painted *= track[:, None, None].astype(np.float32)

    before = painted.copy()
    _paint_slabs(painted, 0, far, generator)
    _paint_slabs(painted, near, height, generator)
    # The mouth of the side street is carriageway up to the kerbs of its own pavements.
    mouth = slice(column(side_street[0]), column(side_street[1]))
    painted[:far, mouth] = before[:far, mouth]
    kerb = round(0.16 * scale)
    for top, columns in (
        (far - kerb, slice(0, mouth.start)),
        (far - kerb, slice(mouth.stop, width)),
        (near, slice(0, width)),
    ):
        painted[top : top + kerb, columns] = (164, 170, 172)
    painted[far : far + 5, : mouth.start] *= 0.6
    painted[far : far + 5, mouth.stop :] *= 0.6
    painted[near - 4 : near] *= 0.75
    for edge in (mouth.start - kerb, mouth.stop):
        painted[:far, edge : edge + kerb] = (160, 166, 168)
    dirt = fractal_noise(generator, height, width, cell_pixels=70)
    painted *= (1 + 0.03 * dirt + 0.02 * fine)[:, :, None]
    # Houses keep light from the ground at their feet.
    painted *= 1 - 0.35 * np.exp(-(road.house_line - distances) / 0.35)[:, None, None]
    return painted


def side_ground(
    width_metres: float,
    length_metres: float,
    pavement_metres: float,
    generator: np.random.Generator,
) -> FloatPicture:
    """Paint the side street from above, its far end at the top."""
    scale = SIDE_PIXELS_PER_METRE
    height, width = round(length_metres * scale), round(width_metres * scale)
    painted = np.full((height, width, 3), (98, 97, 94), np.float32)
    pavement = round(pavement_metres * scale)
    for columns in (slice(0, pavement), slice(width - pavement, width)):
        painted[:, columns] = (140, 147, 150)
    for edge in (pavement, width - pavement - 4):
        painted[:, edge : edge + 4] = (166, 171, 173)
    fine = generator.standard_normal((height, width), dtype=np.float32)
    patches = fractal_noise(generator, height, width, cell_pixels=90)
    painted *= (1 + 0.04 * fine + 0.05 * patches)[:, :, None]
    return painted


def sky(height: int, width: int, horizon: float, generator: np.random.Generator) -> FloatPicture:
    painted = vertical_gradient(height, width, (226, 196, 164), (236, 232, 222))
    clouds = fractal_noise(generator, height, width, cell_pixels=height / 5, stretch=2.6, octaves=6)
    cover = np.clip(0.45 + 0.5 * clouds, 0, 1)[:, :, None]
    painted += (levels((240, 238, 235)) - painted) * cover * 0.8
    blurred = cv2.GaussianBlur(painted, (0, 0), height / 180)
    fade = np.clip(np.arange(height, dtype=np.float32) / max(horizon, 1.0), 0, 1)
    blurred += (levels((236, 235, 230)) - blurred) * (0.55 * fade**2)[:, None, None]
    return np.asarray(blurred, np.float32)
