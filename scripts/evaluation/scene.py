"""The synthetic scene in front of a fixed camera: its picture, its light, its sensor, its clock.

Levels are held in sixteenths until the sensor has added its noise, so that a slow change of the
light does not go in steps.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from samples.draw import draw_cells, fractal_noise

from vidsum.kernels import kernel

WIDTH, HEIGHT = 1920, 1080
RATE = 10
"""Frames per second."""

FRACTION_BITS = 4
ONE_LEVEL = 1 << FRACTION_BITS
BLACK, WHITE = 16, 235

DARKEST, BRIGHTEST = 24, 216
"""The levels of scene and objects; the brightest stays below white in the strongest light."""

SWING = 0.075
"""The amplitude of the swinging light."""
SWING_SECONDS = 30

CLOCK_HEIGHT, CLOCK_WIDTH = 56, 420
"""The burnt-in clock is in the upper left corner."""

_GAIN_BITS = 12
_NOISE_FIELDS = 6

Levels16 = NDArray[np.int16]
"""Levels in sixteenths."""


def make_scene(seed: int) -> Levels16:
    """Return a smooth scene of dark and bright, flat and textured parts."""
    generator = np.random.default_rng([seed, 1])
    base = _smooth(generator.uniform(DARKEST + 6, BRIGHTEST - 6, (6, 9)))
    for _ in range(12):
        _add_panel(base, generator)
    # Large blotches, and leaves or gravel: each in some parts, so that others stay flat.
    for cell_pixels in (64, 8):
        strength = _smooth(generator.uniform(-6, 8, (6, 9))).clip(0)
        base += strength * fractal_noise(generator, HEIGHT, WIDTH, cell_pixels=cell_pixels)
    scene = np.clip(base, DARKEST, BRIGHTEST)
    return np.rint(scene * ONE_LEVEL).astype(np.int16)


def _smooth(coarse: NDArray[np.float64]) -> NDArray[np.float32]:
    return cv2.resize(coarse.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _add_panel(picture: NDArray[np.float32], generator: np.random.Generator) -> None:
    """Draw a wall, a window or a door: a plain area with straight edges."""
    width, height = generator.integers(60, 420), generator.integers(60, 320)
    left, top = generator.integers(0, WIDTH - width), generator.integers(0, HEIGHT - height)
    area = picture[top : top + height, left : left + width]
    area *= 0.6
    area += 0.4 * generator.uniform(DARKEST, BRIGHTEST)


class Sensor:
    """Turns a scene into the pictures of a camera, each with noise of its own.

    Noise comes from a few fields that are shifted at random: making it anew would take longer
    than all the rest.
    """

    def __init__(self, sigma: float, seed: int) -> None:
        self._fields: NDArray[np.int16] | None = None
        if sigma:
            generator = np.random.default_rng([seed, 2])
            fields = generator.standard_normal((_NOISE_FIELDS, WIDTH * HEIGHT), np.float32)
            fields *= sigma * ONE_LEVEL
            self._fields = np.rint(fields).astype(np.int16)

    def expose(
        self, scene: Levels16, gain: float, generator: np.random.Generator, out: NDArray[np.uint8]
    ) -> None:
        """Fill `out` with a picture of the scene."""
        fixed_gain = round(gain * (1 << _GAIN_BITS))
        if self._fields is None:
            _expose(scene.ravel(), fixed_gain, out.ravel())
            return
        field = self._fields[generator.integers(_NOISE_FIELDS)]
        shift = int(generator.integers(field.size))
        scene, picture, turn = scene.ravel(), out.ravel(), field.size - shift
        _expose_noisy(scene[:turn], fixed_gain, field[shift:], picture[:turn])
        _expose_noisy(scene[turn:], fixed_gain, field[:shift], picture[turn:])


@kernel
def _expose(scene: Levels16, gain: int, out: NDArray[np.uint8]) -> None:
    black = np.int32(BLACK * ONE_LEVEL)
    fixed_gain = np.int32(gain)
    for i in range(scene.size):
        level = ((np.int32(scene[i]) - black) * fixed_gain >> np.int32(_GAIN_BITS)) + black
        level = (level + np.int32(ONE_LEVEL // 2)) >> np.int32(FRACTION_BITS)
        out[i] = min(max(level, np.int32(0)), np.int32(255))


@kernel
def _expose_noisy(
    scene: Levels16, gain: int, noise: NDArray[np.int16], out: NDArray[np.uint8]
) -> None:
    black = np.int32(BLACK * ONE_LEVEL)
    fixed_gain = np.int32(gain)
    for i in range(scene.size):
        level = ((np.int32(scene[i]) - black) * fixed_gain >> np.int32(_GAIN_BITS)) + black
        level = (level + np.int32(noise[i]) + np.int32(ONE_LEVEL // 2)) >> np.int32(FRACTION_BITS)
        out[i] = min(max(level, np.int32(0)), np.int32(255))


def gain_at(seconds: float) -> float:
    """Return the gain of the swinging light."""
    return 1 + SWING * float(np.sin(2 * np.pi * seconds / SWING_SECONDS))


def burn_clock(picture: NDArray[np.uint8], seconds: float) -> None:
    """Write the time into the upper left corner."""
    picture[:CLOCK_HEIGHT, :CLOCK_WIDTH] = _clock(int(seconds))


@lru_cache(maxsize=256)
def _clock(seconds: int) -> NDArray[np.uint8]:
    total = 13 * 3600 + 59 * 60 + 41 + seconds
    text = f"CAM 1 {total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"
    plate = np.full((CLOCK_HEIGHT, CLOCK_WIDTH), BLACK, np.uint8)
    white = (WHITE, WHITE, WHITE)
    draw_cells(plate, text, (16, 42), cell_pixels=26, scale=1.2, colour=white, thickness=2)
    return plate
