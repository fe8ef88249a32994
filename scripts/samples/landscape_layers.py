"""The strips of landscape that the camera of the reference clip pans over."""

from dataclasses import dataclass

import cv2
import numpy as np

from samples.draw import (
    Colour,
    FloatPicture,
    Picture,
    ellipse_points,
    fill_polygon,
    fill_rectangle,
    fractal_noise,
    levels,
    mix,
    scaled,
    vertical_gradient,
)

WIDTH, HEIGHT = 960, 540
PAN_PIXELS = 620.0
_SHORE_ROW = 318
RAILWAY_ROW = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A strip of landscape that moves by `nearness` of the pan of the nearest one."""

    colour: FloatPicture
    alpha: FloatPicture
    nearness: float


def _layer_width(nearness: float) -> int:
    return WIDTH + int(PAN_PIXELS * nearness) + 4


def _ridge(generator: np.random.Generator, width: int, roughness_pixels: float) -> FloatPicture:
    """Heights of a skyline, about -1 to 1."""
    noise = fractal_noise(generator, 1, width, cell_pixels=1, stretch=roughness_pixels, octaves=1)
    total = noise[0].copy()
    for octave in range(1, 6):
        finer = fractal_noise(
            generator,
            1,
            width,
            cell_pixels=1,
            stretch=max(roughness_pixels / 2**octave, 1.0),
            octaves=1,
        )
        total += finer[0] * 0.5**octave
    return np.asarray(total / np.abs(total).max(), np.float32)


def _below(skyline: FloatPicture) -> FloatPicture:
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    return np.asarray(np.clip(rows - skyline[None, :] + 0.5, 0, 1), np.float32)


def sky_layer(generator: np.random.Generator) -> Layer:
    nearness = 0.12
    width = _layer_width(nearness)
    colour = vertical_gradient(HEIGHT, width, (206, 150, 92), (236, 220, 204))
    clouds = fractal_noise(generator, HEIGHT, width, cell_pixels=90, stretch=2.4, octaves=6)
    cover = np.clip(0.1 + 0.55 * clouds, 0, 0.9)[:, :, None]
    colour += (levels((244, 244, 242)) - colour) * cover
    return Layer(colour=colour, alpha=np.ones((HEIGHT, width), np.float32), nearness=nearness)


def mountain_layer(
    generator: np.random.Generator,
    *,
    nearness: float,
    base: float,
    rise: float,
    colour: Colour,
    haze: float,
    roughness_pixels: float,
) -> Layer:
    width = _layer_width(nearness)
    skyline = np.asarray(
        base - rise * (0.55 + 0.45 * _ridge(generator, width, roughness_pixels)), np.float32
    )
    relief = fractal_noise(generator, HEIGHT, width, cell_pixels=40, stretch=0.7, octaves=5)
    light = cv2.GaussianBlur(relief, (0, 0), 1.0)
    slope = np.asarray(light - np.roll(light, 3, axis=1), np.float32)
    body = levels(colour) * (1 + 0.3 * slope + 0.06 * relief)[:, :, None]
    body += (levels((226, 212, 196)) - body) * np.float32(haze)
    return Layer(colour=body.astype(np.float32), alpha=_below(skyline), nearness=nearness)


def shore_layer(generator: np.random.Generator) -> Layer:
    """Fields with a railway embankment, and the lake below them."""
    nearness = 0.55
    width = _layer_width(nearness)
    hills = np.asarray(276 - 16 * _ridge(generator, width, 240.0), np.float32)
    colour = np.empty((HEIGHT, width, 3), np.float32)
    colour[:] = (74, 132, 118)
    fields = fractal_noise(generator, HEIGHT, width, cell_pixels=26, stretch=5.0, octaves=5)
    colour *= (1 + 0.13 * fields)[:, :, None]
    canvas: Picture = np.clip(colour, 0, 255).astype(np.uint8)
    for _ in range(70):
        x = float(generator.uniform(0, width))
        y = float(generator.uniform(272, 292))
        size = float(generator.uniform(5, 12))
        tree = (44, float(generator.uniform(78, 106)), 66.0)
        fill_polygon(canvas, ellipse_points((x, y - size * 0.7), (size * 0.7, size)), tree)
        fill_polygon(
            canvas,
            ellipse_points((x - size * 0.2, y - size), (size * 0.4, size * 0.5)),
            scaled(tree, 1.25),
        )
    for index in range(9):
        x = 120 + index * 137 + float(generator.uniform(-30, 30))
        wall = mix((210, 220, 226), (150, 178, 206), float(generator.random()))
        fill_rectangle(canvas, x, 276, x + 24, 292, wall)
        fill_polygon(canvas, [(x - 3, 277), (x + 12, 265), (x + 27, 277)], (62, 72, 132))
        for pane in (4, 14):
            fill_rectangle(canvas, x + pane, 281, x + pane + 5, 287, (74, 66, 60))
    fill_rectangle(canvas, 0, RAILWAY_ROW - 2, width, RAILWAY_ROW + 6, (92, 102, 112))
    fill_rectangle(canvas, 0, RAILWAY_ROW - 2, width, RAILWAY_ROW - 1, (60, 64, 70))
    fill_rectangle(canvas, 0, RAILWAY_ROW + 6, width, _SHORE_ROW, (64, 112, 100))
    colour = canvas.astype(np.float32)
    ripples = fractal_noise(generator, HEIGHT, width, cell_pixels=7, stretch=6.0, octaves=3)
    depth = np.clip((np.arange(HEIGHT, dtype=np.float32) - _SHORE_ROW) / 160, 0, 1)[:, None, None]
    water = levels((198, 172, 138)) * (1 - depth) + levels((132, 96, 58)) * depth
    lake = water * (1 + 0.055 * ripples)[:, :, None]
    colour[_SHORE_ROW:] = lake[_SHORE_ROW:]
    return Layer(colour=colour, alpha=_below(hills), nearness=nearness)


def meadow_layer(generator: np.random.Generator) -> Layer:
    nearness = 1.0
    width = _layer_width(nearness)
    edge = np.asarray(470 - 18 * _ridge(generator, width, 260.0), np.float32)
    colour = np.empty((HEIGHT, width, 3), np.float32)
    colour[:] = (48, 112, 96)
    grass = fractal_noise(generator, HEIGHT, width, cell_pixels=12, stretch=0.45, octaves=4)
    patches = fractal_noise(generator, HEIGHT, width, cell_pixels=60, stretch=2.0)
    colour *= (1 + 0.14 * grass + 0.1 * patches)[:, :, None]
    canvas: Picture = np.clip(colour, 0, 255).astype(np.uint8)
    alpha = _below(edge)
    mask: Picture = (alpha * 255).astype(np.uint8)
    for centre in (300.0, 980.0, 1440.0):
        fill_polygon(
            canvas,
            [(centre - 7, 380), (centre + 6, 380), (centre + 12, 500), (centre - 12, 500)],
            (46, 62, 78),
        )
        fill_polygon(
            mask,
            [(centre - 7, 380), (centre + 6, 380), (centre + 12, 500), (centre - 12, 500)],
            (255, 255, 255),
        )
        for _ in range(260):
            angle, reach = generator.uniform(0, 2 * np.pi), np.sqrt(generator.random())
            x = centre + reach * 78 * np.cos(angle)
            y = 330 + reach * 92 * np.sin(angle)
            light = 0.95 - 0.5 * (y - 330) / 92 * 0.6 + float(generator.normal(0, 0.12))
            size = float(generator.uniform(5, 12))
            leaf = ellipse_points((x, y), (size, size * 0.7), 10)
            fill_polygon(canvas, leaf, scaled((38, 94, 78), max(light, 0.4)))
            fill_polygon(mask, leaf, (255, 255, 255))
    return Layer(
        colour=canvas.astype(np.float32),
        alpha=np.asarray(mask / 255, np.float32),
        nearness=nearness,
    )
