"""Flat pictures of house fronts and roofs, before they are put in perspective."""

from dataclasses import dataclass

import numpy as np

from samples.draw import (
    Colour,
    FloatPicture,
    Picture,
    draw_line,
    fill_polygon,
    fill_rectangle,
    fractal_noise,
    levels,
    mix,
    scaled,
)

FRONT_PIXELS_PER_METRE = 40

# Things fade towards this colour, to about two thirds over this distance.
HAZE = levels((226, 222, 214))
HAZE_METRES = 320.0

GLASS: Colour = (62, 56, 48)
REFLECTED_SKY: Colour = (176, 164, 146)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One house of a row. Lengths are metres; columns are the windows of one floor."""

    width: float
    eaves: float
    floors: int
    columns: int
    wall: Colour
    trim: Colour
    door: Colour
    roof: Colour
    brick: bool = False
    shop: bool = False


def _window(
    picture: Picture, box: tuple[float, float, float, float], house: House, lit: float
) -> None:
    left, top, right, bottom = box
    fill_rectangle(picture, left - 5, top - 6, right + 5, bottom + 3, house.trim)
    fill_rectangle(picture, left, top, right, bottom, GLASS)
    # The upper panes mirror the sky, the lower ones the houses across the street.
    for step in range(8):
        upper = top + (bottom - top) * step / 8
        level = mix(REFLECTED_SKY, GLASS, min(1.0, 0.25 + step / 7 + lit * 0.4))
        fill_rectangle(picture, left, upper, right, upper + (bottom - top) / 8, level)
    if lit > 0.55:
        curtain = mix(GLASS, (196, 204, 208), 0.55)
        fill_rectangle(picture, left, top, left + (right - left) * 0.24, bottom, curtain)
        fill_rectangle(picture, right - (right - left) * 0.24, top, right, bottom, curtain)
    frame = mix(house.trim, (235, 238, 240), 0.6)
    draw_line(
        picture, [(left, top), (right, top), (right, bottom), (left, bottom)], frame, 3, closed=True
    )
    centre = (left + right) / 2
    draw_line(picture, [(centre, top), (centre, bottom)], frame, 3)
    bar = top + (bottom - top) * 0.36
    draw_line(picture, [(left, bar), (right, bar)], frame, 2)
    # The wall is thicker than the frame: a shadow falls from the lintel and the left reveal.
    shade = scaled(GLASS, 0.55)
    fill_rectangle(picture, left, top, right, top + 5, shade)
    fill_rectangle(picture, left, top, left + 3, bottom, shade)
    fill_rectangle(picture, left - 7, bottom + 3, right + 7, bottom + 8, scaled(house.trim, 1.1))
    fill_rectangle(picture, left - 7, bottom + 8, right + 7, bottom + 12, scaled(house.wall, 0.68))


def _door(picture: Picture, left: float, floor_line: float, house: House) -> None:
    width, height = 1.1 * FRONT_PIXELS_PER_METRE, 2.3 * FRONT_PIXELS_PER_METRE
    top = floor_line - height
    fill_rectangle(picture, left - 7, top - 8, left + width + 7, floor_line, house.trim)
    fill_rectangle(picture, left, top, left + width, floor_line, house.door)
    fill_rectangle(picture, left, top, left + width, top + 18, mix(GLASS, REFLECTED_SKY, 0.3))
    fill_rectangle(picture, left, top, left + 4, floor_line, scaled(house.door, 0.5))
    for part in (0.3, 0.64):
        panel = top + height * part
        fill_rectangle(
            picture,
            left + 9,
            panel,
            left + width - 9,
            panel + height * 0.26,
            scaled(house.door, 0.8),
        )
    fill_rectangle(picture, left - 8, floor_line - 7, left + width + 8, floor_line, (150, 156, 160))


def _shop_window(
    picture: Picture, left: float, right: float, floor_line: float, house: House
) -> None:
    top = floor_line - 2.3 * FRONT_PIXELS_PER_METRE
    fill_rectangle(picture, left - 6, top - 26, right + 6, floor_line, scaled(house.door, 0.75))
    fill_rectangle(picture, left, top, right, floor_line - 18, GLASS)
    for index, part in enumerate((0.08, 0.3, 0.55, 0.74)):
        shelf = left + (right - left) * part
        goods = ((70, 96, 128), (92, 110, 84), (120, 118, 122), (60, 84, 118))[index]
        fill_rectangle(
            picture, shelf, floor_line - 48 - 6 * index, shelf + 26, floor_line - 20, goods
        )
    glint = mix(GLASS, REFLECTED_SKY, 0.45)
    fill_polygon(
        picture,
        [
            (left + 20, top),
            (left + 62, top),
            (left + 24, floor_line - 18),
            (left, floor_line - 18),
            (left, top + 40),
        ],
        glint,
    )
    draw_line(
        picture, [((left + right) / 2, top), ((left + right) / 2, floor_line - 18)], house.trim, 4
    )


def house_front(house: House, generator: np.random.Generator) -> FloatPicture:
    """Paint the wall of a house that stands towards a street."""
    scale = FRONT_PIXELS_PER_METRE
    height, width = round(house.eaves * scale), round(house.width * scale)
    picture: Picture = np.full((height, width, 3), house.wall, np.uint8)
    if house.brick:
        for course in range(0, height, 7):
            draw_line(picture, [(0, course), (width, course)], mix(house.wall, house.trim, 0.3))
    plinth = height - 0.5 * scale
    fill_rectangle(picture, 0, plinth, width, height, scaled(house.wall, 0.66))
    storey = (height - 0.6 * scale) / house.floors
    pitch = width / house.columns
    door_column = int(generator.integers(house.columns))
    for floor in range(house.floors):
        sill = height - floor * storey - 1.0 * scale
        for column in range(house.columns):
            centre = (column + 0.5) * pitch
            lit = float(generator.random())
            if floor == 0 and house.shop and column != door_column:
                _shop_window(picture, centre - pitch * 0.42, centre + pitch * 0.42, height, house)
            elif floor == 0 and column == door_column:
                _door(picture, centre - 0.55 * scale, height, house)
            else:
                box = (centre - 0.5 * scale, sill - 1.45 * scale, centre + 0.5 * scale, sill)
                _window(picture, box, house, lit)
    fill_rectangle(picture, 0, 0, width, 0.28 * scale, scaled(house.trim, 0.95))
    pipe = width - 0.25 * scale
    fill_rectangle(picture, pipe, 0, pipe + 4, height, scaled(house.trim, 0.6))
    fill_rectangle(picture, pipe + 4, 0, pipe + 7, height, scaled(house.wall, 0.6))

    painted = picture.astype(np.float32)
    grain = 0.035 if house.brick else 0.018
    painted *= 1 + grain * generator.standard_normal((height, width, 1), dtype=np.float32)
    stains = fractal_noise(generator, height, width, cell_pixels=90)
    streaks = fractal_noise(generator, width, height, cell_pixels=14, stretch=14).T
    painted *= (1 + 0.045 * stains + 0.03 * streaks)[:, :, None]
    # Eaves shade the wall below them, and dirt splashes up from the pavement.
    rows = np.arange(height, dtype=np.float32)[:, None, None] / scale
    painted *= 1 - 0.42 * np.exp(-np.square(rows / 0.5))
    painted *= 1 - 0.2 * np.exp(-(house.eaves - rows) / 0.5)
    return painted


def roof(house: House, length_metres: float, generator: np.random.Generator) -> FloatPicture:
    """Paint a tiled roof slope, the ridge at the top."""
    scale = FRONT_PIXELS_PER_METRE
    height, width = round(length_metres * scale), round(house.width * scale)
    painted = np.full((height, width, 3), house.roof, np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None] % 12 / 12
    columns = np.arange(width, dtype=np.float32)[None, :] % 10 / 10
    painted *= (0.86 + 0.2 * rows + 0.07 * np.sin(columns * 2 * np.pi))[:, :, None]
    tiles = generator.standard_normal((height // 12 + 1, width // 10 + 1), dtype=np.float32)
    spread = np.repeat(np.repeat(tiles, 12, axis=0), 10, axis=1)[:height, :width]
    moss = fractal_noise(generator, height, width, cell_pixels=120)
    painted *= (1 + 0.05 * spread + 0.06 * moss)[:, :, None]
    return painted
