"""The empty street: house rows, ground, sky and street furniture seen by the camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.camera import Camera, Vector
from samples.draw import FloatPicture, Picture, fill_polygon, fractal_noise
from samples.street_canvas import Canvas, draw_lamp_post, draw_tree
from samples.street_ground import (
    GROUND_PIXELS_PER_METRE,
    SIDE_PIXELS_PER_METRE,
    Road,
    main_ground,
    side_ground,
    sky,
)
from samples.street_houses import FRONT_PIXELS_PER_METRE, House, house_front, roof

ROAD = Road()
SIDE_STREET = (-1.6, 6.2)
SIDE_PAVEMENT = 1.3
SIDE_STREET_END = 86.5
END_WALL = 108.0
ALLEY = (-12.6, -11.0)

_SUPERSAMPLING = 2
_ROOF_SLOPE_DEGREES = 42.0
_ROOF_LENGTH = 6.0

_CREAM = House(
    width=9.4,
    eaves=7.6,
    floors=2,
    columns=4,
    wall=(168, 196, 208),
    trim=(206, 214, 218),
    door=(62, 78, 58),
    roof=(74, 80, 112),
)
_BRICK = House(
    width=6.6,
    eaves=8.8,
    floors=3,
    columns=3,
    wall=(88, 100, 142),
    trim=(176, 186, 194),
    door=(58, 48, 46),
    roof=(78, 78, 84),
    brick=True,
)
_SHOP = House(
    width=9.0,
    eaves=6.9,
    floors=2,
    columns=3,
    wall=(174, 182, 178),
    trim=(212, 214, 212),
    door=(98, 72, 44),
    roof=(70, 78, 104),
    shop=True,
)
_OCHRE = House(
    width=8.0,
    eaves=7.2,
    floors=2,
    columns=3,
    wall=(122, 168, 198),
    trim=(196, 206, 212),
    door=(74, 66, 92),
    roof=(66, 72, 98),
)
_WHITE = House(
    width=10.0,
    eaves=6.2,
    floors=2,
    columns=4,
    wall=(200, 206, 208),
    trim=(170, 174, 176),
    door=(70, 60, 52),
    roof=(82, 82, 88),
)
# The houses along the side street, from the corner on.
_LEFT_ROW = (_CREAM, _OCHRE, _BRICK, _WHITE, _SHOP, _OCHRE, _CREAM, _BRICK)
_RIGHT_ROW = (_OCHRE, _BRICK, _CREAM, _SHOP, _WHITE, _BRICK, _OCHRE, _CREAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The empty picture, and how far away (in metres) each pixel can hide something.

    The ground hides nothing, and neither does the sky: their distance is infinite.
    """

    picture: FloatPicture
    occluder_metres: FloatPicture


def _paint_row(
    canvas: Canvas,
    houses: Sequence[House],
    start: Vector,
    direction: Vector,
    inward: Vector,
    light: float,
    generator: np.random.Generator,
    *,
    roofs: bool = True,
) -> None:
    """Paint house after house along `direction`, fronts at `start`, roofs sloping inward."""
    slope = np.radians(_ROOF_SLOPE_DEGREES)
    position = np.asarray(start)
    for house in houses:
        down_roof = -np.asarray(inward) * np.cos(slope) - (0.0, np.sin(slope), 0.0)
        eaves = position + np.asarray((0.0, house.eaves, 0.0))
        # The roof overhangs the wall a little.
        ridge = eaves - down_roof * (_ROOF_LENGTH - 0.35)
        surfaces = [(house_front(house, generator), eaves, np.asarray((0.0, -1.0, 0.0)))]
        if roofs:
            surfaces.append((roof(house, _ROOF_LENGTH, generator), ridge, down_roof))
        for texture, corner, down in surfaces:
            homography = canvas.camera.plane_homography(
                tuple(corner), direction, tuple(down), FRONT_PIXELS_PER_METRE
            )
            canvas.paint(texture * light, homography)
        position = position + np.asarray(direction) * house.width


def _gable(canvas: Canvas, house: House, across: float, light: float) -> None:
    """Close the side of a corner house between its two roof slopes."""
    scale = FRONT_PIXELS_PER_METRE
    slope = np.radians(_ROOF_SLOPE_DEGREES)
    depth, rise = _ROOF_LENGTH * np.cos(slope), _ROOF_LENGTH * np.sin(slope)
    mask: Picture = np.zeros((round(rise * scale), round(2 * depth * scale)), np.uint8)
    height, width = mask.shape
    fill_polygon(mask, [(0, height), (width / 2, 0), (width, height)], (255, 255, 255))
    texture = np.full((height, width, 3), house.wall, np.float32) * light
    corner = (across, house.eaves + rise, ROAD.house_line)
    homography = canvas.camera.plane_homography(corner, (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), scale)
    canvas.paint(texture, homography, mask=mask)


def _shade_ground(canvas: Canvas) -> None:
    """Darken the ground where houses and street furniture keep the low sun away."""
    shadow: Picture = np.zeros(canvas.picture.shape[:2], np.uint8)
    outlines: list[list[Vector]] = [
        [(-1.6, 0, 20.6), (2.9, 0, 25.0), (2.9, 0, 87.0), (-1.6, 0, 88.0)],
        [(-9.6, 0, 17.2), (-9.5, 0, 17.0), (-6.4, 0, 19.9), (-6.7, 0, 19.9)],
        [(3.4, 0, 9.3), (3.5, 0, 9.2), (8.0, 0, 14.2), (7.8, 0, 14.2)],
    ]
    angles = np.linspace(0, 2 * np.pi, 40)
    wobble = 1 + 0.12 * np.sin(5 * angles) + 0.08 * np.sin(11 * angles + 1)
    outlines.append(
        [
            (-3.6 + 2.3 * w * np.cos(a), 0.0, 18.9 + 1.0 * w * np.sin(a))
            for a, w in zip(angles, wobble, strict=True)
        ]
    )
    for outline in outlines:
        pixels, _ = canvas.camera.project(np.asarray(outline))
        fill_polygon(shadow, pixels, (255, 255, 255))
    soft = cv2.GaussianBlur(shadow, (0, 0), 2.2).astype(np.float32) / 255
    ground = np.isinf(canvas.occluder_metres)
    canvas.picture *= np.where(ground, 1 - 0.36 * soft, 1)[:, :, None].astype(np.float32)


def _paint_ground(canvas: Canvas, generator: np.random.Generator) -> None:
    right, towards = (1.0, 0.0, 0.0), (0.0, 0.0, -1.0)
    line = ROAD.house_line
    scale = SIDE_PIXELS_PER_METRE
    side_width = SIDE_STREET[1] - SIDE_STREET[0]
    # The side street begins a metre before the house line, under the edge of the main street.
    side = side_ground(side_width, END_WALL - line + 1.0, SIDE_PAVEMENT, generator)
    crossing = side[: round((END_WALL - SIDE_STREET_END) * scale)]
    middle = side.shape[1] // 2
    crossing[:] = crossing[:, middle : middle + 1]
    asphalt = np.repeat(crossing[:, :1], 20 * scale, axis=1)
    surfaces = (
        (side, SIDE_STREET[0], END_WALL),
        (asphalt, SIDE_STREET[0] - 20.0, END_WALL),
        (asphalt, SIDE_STREET[1], END_WALL),
        (asphalt[: 14 * scale, : 9 * scale] * 0.7, ALLEY[0] - 6.0, line + 14.0),
    )
    for texture, start, end in surfaces:
        homography = canvas.camera.plane_homography((start, 0.0, end), right, towards, scale)
        canvas.paint(texture, homography, occludes=False)
    kerbs = (SIDE_STREET[0] + SIDE_PAVEMENT, SIDE_STREET[1] - SIDE_PAVEMENT)
    ground = main_ground(ROAD, kerbs, generator)
    homography = canvas.camera.plane_homography(
        (ROAD.left, 0.0, line), right, towards, GROUND_PIXELS_PER_METRE
    )
    canvas.paint(ground, homography, occludes=False)


def _paint_houses(canvas: Canvas, generator: np.random.Generator) -> None:
    along, right = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)
    towards, left = (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0)
    line = ROAD.house_line
    # Side walls are painted from their far ends, so that nearer houses cover farther ones.
    for index in reversed(range(len(_RIGHT_ROW))):
        start = line + sum(house.width for house in _LEFT_ROW[:index])
        _paint_row(
            canvas,
            [_LEFT_ROW[index]],
            (SIDE_STREET[0], 0.0, start),
            along,
            left,
            0.66,
            generator,
            roofs=False,
        )
        end = line + sum(house.width for house in _RIGHT_ROW[: index + 1])
        _paint_row(
            canvas,
            [_RIGHT_ROW[index]],
            (SIDE_STREET[1], 0.0, end),
            towards,
            right,
            0.94,
            generator,
            roofs=False,
        )
    _gable(canvas, _OCHRE, SIDE_STREET[1], 0.9)
    _gable(canvas, _CREAM, SIDE_STREET[0], 0.62)
    _paint_row(canvas, [_OCHRE], (SIDE_STREET[1], 0.0, line), right, along, 1.0, generator)
    alley_wall = replace(_BRICK, width=12.0)
    _paint_row(
        canvas, [alley_wall], (ALLEY[0], 0.0, line), along, left, 0.5, generator, roofs=False
    )
    _gable(canvas, _BRICK, ALLEY[0], 0.6)
    beyond_alley = ALLEY[0] - _SHOP.width - _BRICK.width
    _paint_row(canvas, [_SHOP, _BRICK], (beyond_alley, 0.0, line), right, along, 1.0, generator)
    _paint_row(canvas, [_CREAM], (ALLEY[1], 0.0, line), right, along, 1.0, generator)


def render_background(camera: Camera, seed: int) -> Background:
    generator = np.random.default_rng(seed)
    large = camera.enlarged(_SUPERSAMPLING)
    horizon = large.height / 2 - large.focal_pixels * np.tan(np.radians(large.pitch_down_degrees))
    canvas = Canvas(large, sky(large.height, large.width, horizon, generator))
    right, away = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    _paint_row(canvas, [_WHITE] * 6, (-26.0, 0.0, END_WALL), right, away, 0.98, generator)
    _paint_ground(canvas, generator)
    _shade_ground(canvas)
    _paint_houses(canvas, generator)
    draw_lamp_post(canvas, (-9.6, 17.1))
    draw_tree(canvas, (-5.2, 17.4), generator)
    draw_lamp_post(canvas, (6.9, 17.1))

    size = (camera.width, camera.height)
    picture = cv2.resize(canvas.picture, size, interpolation=cv2.INTER_AREA)
    occluders = cv2.resize(canvas.occluder_metres, size, interpolation=cv2.INTER_NEAREST)
    air = fractal_noise(generator, camera.height, camera.width, cell_pixels=camera.width / 4)
    picture = picture * (1 + 0.012 * air)[:, :, None]
    return Background(
        picture=np.asarray(picture, np.float32), occluder_metres=np.asarray(occluders, np.float32)
    )


def vignette(camera: Camera) -> NDArray[np.float32]:
    """Light the lens loses towards the corners of the picture."""
    columns = (np.arange(camera.width) - camera.width / 2) / (camera.width / 2)
    rows = (np.arange(camera.height) - camera.height / 2) / (camera.width / 2)
    squared = columns[None, :] ** 2 + rows[:, None] ** 2
    return (1.02 - 0.17 * squared).astype(np.float32)[:, :, None]
