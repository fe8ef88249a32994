"""Objects that move through the synthetic scene, one after another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.scene import (
    BRIGHTEST,
    CLOCK_HEIGHT,
    DARKEST,
    HEIGHT,
    ONE_LEVEL,
    RATE,
    WIDTH,
    Levels16,
)

LEAD_IN_SECONDS = 10
VISIBLE_SECONDS = 1.5
PAUSE_SECONDS = 2.0

_EDGE = 2.0
"""Pixels over which an outline fades."""
_NEAR = 24
"""A kept frame's place belongs to an object if it is this near to its bounding box, in pixels: the
place is the centre of a neighbourhood of 32x32 pixels of which the object may touch a corner."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MovingObject:
    """One passage through the scene."""

    first: int
    """Number of the first frame that shows it."""
    last: int
    start: tuple[float, float]
    """Column and row of its centre in the first frame."""
    step: tuple[float, float]
    """How far it moves from frame to frame."""
    radii: tuple[float, float]
    roundness: float
    """2 for an ellipse; the higher, the more of a rectangle."""
    level: float
    """How much brighter it is than what it hides, in the mean."""
    waves: NDArray[np.float64]
    """Its texture: a row with column and row frequency and phase for each wave."""

    def centre(self, number: int) -> tuple[float, float]:
        """Return where it is in a frame."""
        steps = number - self.first
        return self.start[0] + steps * self.step[0], self.start[1] + steps * self.step[1]

    def is_near(self, place: tuple[int, int], number: int) -> bool:
        """Return whether a place is on it or close by, in a frame that shows it."""
        if not self.first <= number <= self.last:
            return False
        return all(
            abs(here - centre) <= radius + _NEAR
            for here, centre, radius in zip(place, self.centre(number), self.radii, strict=True)
        )

    def draw(self, scene: Levels16, number: int) -> Callable[[], None]:
        """Draw it into the scene and return what takes it away again."""
        (x, y), (a, b) = self.centre(number), self.radii
        left, right = int(x - a - _EDGE), int(x + a + _EDGE) + 2
        top, bottom = int(y - b - _EDGE), int(y + b + _EDGE) + 2
        columns = np.arange(left, right)[None, :] - x
        rows = np.arange(top, bottom)[:, None] - y
        distance = (np.abs(columns / a) ** self.roundness + np.abs(rows / b) ** self.roundness) ** (
            1 / self.roundness
        )
        opacity = np.clip((1 - distance) * min(a, b) / _EDGE + 0.5, 0, 1)
        texture = sum(
            np.sin(across * columns + down * rows + phase) for across, down, phase in self.waves
        )
        part = (slice(top, bottom), slice(left, right))
        before = scene[part].copy()
        hidden = before / ONE_LEVEL
        mean = float((hidden * opacity).sum() / opacity.sum())
        level = mean + self.level * (1 + 0.1 * texture)
        mixed = np.clip(hidden + (level - hidden) * opacity, DARKEST, BRIGHTEST)
        scene[part] = np.rint(mixed * ONE_LEVEL)
        return lambda: scene.__setitem__(part, before)


def make_objects(
    scene: Levels16, *, size: int, contrast: int, count: int, seed: int
) -> list[MovingObject]:
    """Return objects of one size and contrast, in the order in which they come.

    The same size and contrast gives the same objects, whatever else is in the picture.
    """
    generator = np.random.default_rng([seed, 3, size, contrast])
    period = round((VISIBLE_SECONDS + PAUSE_SECONDS) * RATE)
    return [
        _make_object(
            scene, generator, size, contrast, first=LEAD_IN_SECONDS * RATE + index * period
        )
        for index in range(count)
    ]


def length_in_frames(count: int) -> int:
    """Return how many frames `count` objects take."""
    return round((LEAD_IN_SECONDS + count * (VISIBLE_SECONDS + PAUSE_SECONDS)) * RATE)


def _make_object(
    scene: Levels16, generator: np.random.Generator, size: int, contrast: int, *, first: int
) -> MovingObject:
    visible = round(VISIBLE_SECONDS * RATE)
    radii = (size / 2, size / 2 * generator.uniform(0.6, 1))
    if generator.random() < 0.5:
        radii = radii[::-1]
    while True:
        length = generator.uniform(40, 500)
        angle = generator.uniform(0, 2 * np.pi)
        way = (length * np.cos(angle), length * np.sin(angle))
        start = (generator.uniform(0, WIDTH), generator.uniform(0, HEIGHT))
        ends = np.array([start, np.add(start, way)])
        border = size / 2 + 8
        low, high = (border, CLOCK_HEIGHT + border + 2 * _NEAR), (WIDTH - border, HEIGHT - border)
        if (ends < low).any() or (ends > high).any():
            continue
        sign = _sign(scene, ends, size, contrast, generator)
        if sign:
            break
    frequencies = generator.uniform(1.5, 5, (2, 2)) / size * generator.choice([-1, 1], (2, 2))
    return MovingObject(
        first=first,
        last=first + visible - 1,
        start=start,
        step=(way[0] / (visible - 1), way[1] / (visible - 1)),
        radii=radii,
        roundness=float(generator.choice([2, 2, 3, 8])),
        level=float(sign * contrast),
        waves=np.column_stack((frequencies, generator.uniform(0, 2 * np.pi, 2))),
    )


def _sign(
    scene: Levels16,
    ends: NDArray[np.float64],
    size: int,
    contrast: int,
    generator: np.random.Generator,
) -> int:
    """Return whether the object can be brighter or darker all along its way; 0 if neither."""
    radius = size // 2
    means = []
    for x, y in np.linspace(*ends, 12).astype(int):
        here = scene[y - radius : y + radius + 1, x - radius : x + radius + 1]
        means.append(here.mean() / ONE_LEVEL)
    reach = 1.2 * contrast
    signs = []
    if max(means) + reach <= BRIGHTEST:
        signs.append(1)
    if min(means) - reach >= DARKEST:
        signs.append(-1)
    return int(generator.choice(signs)) if signs else 0
