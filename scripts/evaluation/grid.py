"""The made grid: which objects are found under which noise, and what is kept where nothing is.

The pictures go straight into the judges, without a codec.
"""

import contextlib
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from evaluation import mpdecimate
from evaluation.objects import LEAD_IN_SECONDS, MovingObject, length_in_frames, make_objects
from evaluation.rules import Rule, make_judge
from evaluation.scene import (
    HEIGHT,
    RATE,
    SWING_SECONDS,
    WIDTH,
    Levels16,
    Sensor,
    burn_clock,
    gain_at,
    make_scene,
)
from vidsum.dedup import Decision
from vidsum.frame import Frame
from vidsum.jobs.condensing.beginning import looks

SEED = 20240517
OBJECTS = 10
"""Objects in each cell."""
QUIET_SECONDS = 120
"""Length of the clips in which nothing moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Which cells there are; each of them without and with a clock and a swinging light."""

    sizes: tuple[int, ...]
    contrasts: tuple[int, ...]
    sigmas: tuple[float, ...]


GRIDS = {
    "quick": Grid(sizes=(8, 12, 24), contrasts=(20, 40), sigmas=(0, 5, 10)),
    "full": Grid(sizes=(8, 12, 16, 24, 48, 96), contrasts=(10, 20, 40, 80), sigmas=(0, 2.5, 5, 10)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One made clip."""

    sigma: float
    """Standard deviation of the sensor's noise, in levels."""
    busy: bool
    """With a burnt-in clock and a swinging light."""
    size: int = 0
    """Longer side of the objects in pixels; 0 where nothing moves."""
    contrast: int = 0
    """How far the objects are from what is behind them, in levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """What one rule did on one made clip."""

    cell: Cell
    contender: str
    frames: int
    kept: int
    """Frames kept, without the first one."""
    kept_in_lead_in: int
    """Those of them in the first seconds, in which a rule may learn what is usual."""
    objects: int
    found: int
    """Objects of which a frame was kept because of what is at their place."""


def evaluate_grid(grid: Grid, rules: Sequence[Rule]) -> list[CellResult]:
    """Return the results of each rule in each cell."""
    cells = list(cells_of(grid))
    scene = make_scene(SEED)
    sensors = {sigma: Sensor(sigma, SEED) for sigma in grid.sigmas}
    results: dict[Cell, list[CellResult]] = {}
    # The kernels, the noise and the drawing leave the GIL, so that threads will do.
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        jobs = {
            pool.submit(evaluate_cell, cell, rules, scene, sensors[cell.sigma]): cell
            for cell in cells
        }
        for done, job in enumerate(as_completed(jobs), 1):
            results[jobs[job]] = job.result()
            if done % 10 == 0 or done == len(cells):
                print(f"made clips: {done} of {len(cells)}", file=sys.stderr)
    finally:
        pool.shutdown(cancel_futures=True)
    return [result for cell in cells for result in results[cell]]


def cells_of(grid: Grid) -> Iterator[Cell]:
    """Yield the cells, those in which nothing moves first."""
    for sigma, busy in itertools.product(grid.sigmas, (False, True)):
        yield Cell(sigma=sigma, busy=busy)
    for sigma, busy, size, contrast in itertools.product(
        grid.sigmas, (False, True), grid.sizes, grid.contrasts
    ):
        yield Cell(sigma=sigma, busy=busy, size=size, contrast=contrast)


def evaluate_cell(
    cell: Cell, rules: Sequence[Rule], scene: Levels16, sensor: Sensor
) -> list[CellResult]:
    """Show the made clip to a judge of each rule.

    Where nothing moves, mpdecimate sees it too; of objects it could not tell whether it was them
    that made it keep a frame.
    """
    objects: list[MovingObject] = []
    frames = QUIET_SECONDS * RATE
    if cell.size:
        objects = make_objects(
            scene, size=cell.size, contrast=cell.contrast, count=OBJECTS, seed=SEED
        )
        frames = length_in_frames(OBJECTS)
    judges = [make_judge((HEIGHT, WIDTH), rule) for rule in rules]
    kept: dict[str, list[int]] = {rule.label: [] for rule in rules}
    found: dict[str, set[MovingObject]] = {rule.label: set() for rule in rules}
    for rule, judge in zip(rules, judges, strict=True):
        seconds = rule.thresholds.learn_seconds
        if seconds:
            judge.learn(looks(render(cell, objects, frames, scene, sensor), seconds))
    with contextlib.ExitStack() as resources:
        pipe = None
        if mpdecimate.is_there() and not objects:
            pipe = resources.enter_context(mpdecimate.Pipe((HEIGHT, WIDTH)))
        for frame in render(cell, objects, frames, scene, sensor):
            if pipe:
                pipe.feed(frame.luma)
            for rule, judge in zip(rules, judges, strict=True):
                decision = judge.judge(frame)
                if decision.kept:
                    kept[rule.label].append(frame.number)
                    found[rule.label].update(
                        thing for thing in objects if shows(decision, frame.number, thing)
                    )
        if pipe:
            kept[mpdecimate.NAME] = pipe.kept()
    lead_in = LEAD_IN_SECONDS * RATE
    return [
        CellResult(
            cell=cell,
            contender=contender,
            frames=frames,
            kept=sum(number > 0 for number in numbers),
            kept_in_lead_in=sum(0 < number < lead_in for number in numbers),
            objects=len(objects),
            found=len(found.get(contender, ())),
        )
        for contender, numbers in kept.items()
    ]


def render(
    cell: Cell, objects: Sequence[MovingObject], frames: int, scene: Levels16, sensor: Sensor
) -> Iterator[Frame]:
    """Yield the frames of a made clip, each in the memory of the one before."""
    generator = np.random.default_rng([SEED, 4, cell.size, cell.contrast])
    light_began = generator.uniform(0, SWING_SECONDS)
    scene = scene.copy()
    picture: NDArray[np.uint8] = np.empty((HEIGHT, WIDTH), np.uint8)
    for number in range(frames):
        seconds = number / RATE
        shown = next((thing for thing in objects if thing.first <= number <= thing.last), None)
        restore: Callable[[], None] | None = shown and shown.draw(scene, number)
        gain = gain_at(light_began + seconds) if cell.busy else 1.0
        sensor.expose(scene, gain, generator, picture)
        if restore:
            restore()
        if cell.busy:
            burn_clock(picture, seconds)
        yield Frame(
            number=number, time=Fraction(number, RATE), duration=Fraction(1, RATE), luma=picture
        )


def shows(decision: Decision, number: int, thing: MovingObject) -> bool:
    """Return whether a frame was kept because of the object, which it shows.

    Where it differs most may be where the object is, or where it was in the frame that it was
    compared with. Where every frame is kept, as under noise 10, some 3 % of the objects are found
    by chance.
    """
    if decision.place is None or not thing.first <= number <= thing.last:
        return False
    compared_with = -1 if decision.reference is None else decision.reference
    return thing.is_near(decision.place, number) or thing.is_near(decision.place, compared_with)


def share_found(results: Iterable[CellResult]) -> float | None:
    """Return the share of all objects that was found; None where there were none."""
    pairs = [(result.found, result.objects) for result in results]
    objects = sum(count for _, count in pairs)
    return sum(found for found, _ in pairs) / objects if objects else None


def false_keeps_a_minute(result: CellResult) -> float:
    """Return the rate at which frames were kept after the first seconds, where nothing moved."""
    minutes = (result.frames / RATE - LEAD_IN_SECONDS) / 60
    return (result.kept - result.kept_in_lead_in) / minutes
