"""The street scene: a fixed surveillance camera, its events and its labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from samples.camera import Camera
from samples.draw import FloatPicture, Picture, draw_cells, levels
from samples.labels import Json, LabelledObject, clip_labels
from samples.street_actors import Actor, Place, paint_actor
from samples.street_background import Background, render_background, vignette
from samples.street_people import Cyclist, Person
from samples.street_vehicles import delivery_van, hatchback, saloon
from samples.video import Encoding, to_yuv420

WIDTH, HEIGHT = 960, 540
RATE = 12
DURATION_SECONDS = 68.0
SEED = 20260314
SIZE = (WIDTH, HEIGHT)
ENCODING = Encoding(quality=28.5, preset="slow", tune="grain", keyframe_interval=10 * RATE)

CAMERA = Camera(
    width=WIDTH,
    height=HEIGHT,
    focal_pixels=0.703 * WIDTH,
    height_metres=5.0,
    yaw_left_degrees=12.0,
    pitch_down_degrees=9.0,
)
NOISE_LEVELS = 2.5
_LENS_BLUR_PIXELS = 0.55
_GRAIN_PIXELS = 1.3
# An actor counts as visible when it and its shadow change at least this many pixels.
_VISIBLE_PIXELS = 4
_CLOCK_START = np.datetime64("2026-03-14T08:15:42")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """Where on the ground (in metres) an actor is at one moment."""

    seconds: float
    x: float
    z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """An actor and the path it takes; two waypoints at one place make it stand still."""

    name: str
    actor: Actor
    path: tuple[Waypoint, ...]

    def standing(self) -> tuple[float, float] | None:
        """First stretch of seconds in which the actor does not move."""
        for before, after in pairwise(self.path):
            if (before.x, before.z) == (after.x, after.z):
                return before.seconds, after.seconds
        return None

    def place(self, seconds: float) -> Place | None:
        """Where the actor is, or None before and after its path."""
        travelled, heading = 0.0, 1
        for before, after in pairwise(self.path):
            length = float(np.hypot(after.x - before.x, after.z - before.z))
            if abs(after.x - before.x) > 1e-9:
                heading = 1 if after.x > before.x else -1
            if before.seconds <= seconds < after.seconds:
                part = (seconds - before.seconds) / (after.seconds - before.seconds)
                return Place(
                    x=before.x + (after.x - before.x) * part,
                    z=before.z + (after.z - before.z) * part,
                    travelled=travelled + length * part,
                    heading=heading,
                    moving=1.0 if length > 0 else 0.0,
                )
            travelled += length
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """A cloud before the sun: the picture darkens smoothly and brightens again.

    The tone curve takes back a little of the darkening.
    """

    start_seconds: float = 24.0
    end_seconds: float = 32.0
    darkening: float = 0.165

    def light(self, seconds: float) -> float:
        """Factor by which the picture is darkened."""
        part = (seconds - self.start_seconds) / (self.end_seconds - self.start_seconds)
        if not 0 < part < 1:
            return 1.0
        return 1.0 - self.darkening * float(np.sin(np.pi * part) ** 2)


def _path(start_seconds: float, speed: float, *points: tuple[float, float]) -> tuple[Waypoint, ...]:
    """Waypoints of a walk at constant speed (metres per second)."""
    seconds = start_seconds
    path = [Waypoint(seconds=seconds, x=points[0][0], z=points[0][1])]
    for before, after in pairwise(points):
        seconds += float(np.hypot(after[0] - before[0], after[1] - before[1])) / speed
        path.append(Waypoint(seconds=seconds, x=after[0], z=after[1]))
    return tuple(path)


def _waiting_path(
    start_seconds: float, speed: float, stand_seconds: float, edge: float, stop: float, z: float
) -> tuple[Waypoint, ...]:
    """Walk in from an edge, stand, and walk back out."""
    arrive = _path(start_seconds, speed, (edge, z), (stop, z))
    leave = _path(arrive[-1].seconds + stand_seconds, speed, (stop, z), (edge, z))
    return arrive + leave


CLOUD = Cloud()
APPEARANCES = (
    Appearance(
        name="near car",
        actor=hatchback((112, 66, 46)),
        path=_path(2.5, 8.5, (-13.0, 10.6), (10.0, 10.6)),
    ),
    Appearance(
        name="pedestrian from the alley",
        actor=Person(coat=(72, 58, 132), trousers=(88, 74, 62), height=1.68),
        path=_path(8.0, 1.45, (-11.6, 23.5), (-11.9, 18.9), (-23.0, 18.4)),
    ),
    Appearance(
        name="pedestrian to the alley",
        actor=Person(
            coat=(64, 70, 62), trousers=(60, 56, 54), hair=(60, 80, 110), height=1.82, stride=1.5
        ),
        path=_path(8.6, 1.55, (-22.4, 17.5), (-12.0, 18.2), (-11.6, 23.5)),
    ),
    Appearance(
        name="saloon car",
        actor=saloon((196, 200, 200)),
        path=_path(20.0, 12.0, (12.0, 13.9), (-22.0, 13.9)),
    ),
    Appearance(
        name="far person",
        actor=Person(
            coat=(70, 66, 66), trousers=(62, 60, 60), hair=(52, 54, 60), skin=(110, 124, 150)
        ),
        path=_path(32.4, 0.88, (-3.2, 97.0), (8.4, 97.0)),
    ),
    Appearance(
        name="cyclist",
        actor=Cyclist(rider=Person(coat=(66, 150, 196), trousers=(76, 60, 50), hair=(70, 66, 60))),
        path=_path(46.3, 6.4, (9.0, 14.8), (-19.0, 14.8)),
    ),
    Appearance(
        name="waiting person",
        actor=Person(coat=(120, 84, 60), trousers=(66, 62, 64), hair=(36, 40, 50), height=1.78),
        path=_waiting_path(52.6, 1.5, 5.5, -9.5, -4.2, 9.2),
    ),
    Appearance(
        name="delivery van",
        actor=delivery_van((206, 208, 206), (96, 62, 172)),
        path=_path(56.9, 10.0, (13.0, 13.8), (-23.0, 13.8)),
    ),
)
PARKED = ((saloon((92, 88, 84)), Place(x=-14.6, z=15.3, travelled=0.4, heading=-1, moving=0.0)),)


def _with_parked_cars(background: Background) -> Background:
    picture, occluders = background.picture.copy(), background.occluder_metres.copy()
    for actor, place in PARKED:
        coverage = paint_actor(picture, occluders, CAMERA, actor, place)
        _, depth = CAMERA.project(np.asarray([(place.x, 0.0, place.z)]))
        occluders[coverage.body] = depth[0]
    return Background(picture=picture, occluder_metres=occluders)


def _clock_text(seconds: float) -> str:
    moment = _CLOCK_START + np.timedelta64(int(seconds), "s")
    return f"CAM 03  {str(moment).replace('T', ' ')}"


def _burn_in_clock(picture: Picture, seconds: float) -> None:
    text, cell, left, baseline = _clock_text(seconds), 12, 16, 32
    right = left + cell * len(text)
    box = picture[baseline - 20 : baseline + 8, left - 6 : right + 6]
    box[:] = (box * 0.35).astype(np.uint8)
    draw_cells(
        picture, text, (left, baseline), cell_pixels=cell, scale=0.55, colour=(238, 238, 238)
    )


def _tone(picture: FloatPicture) -> FloatPicture:
    """Paler colours and softer highlights, as small cameras give them."""
    grey = picture @ levels((0.0722, 0.7152, 0.2126))
    pale = picture + (grey[:, :, None] - picture) * np.float32(0.18)
    part = np.clip(pale / 255, 0, 1.2)
    curved = part + 0.16 * part * (1 - part) * (2 * part - 0.85)
    return np.asarray(curved * 255, np.float32)


def _sensor_noise(generator: np.random.Generator) -> FloatPicture:
    """Noise as a camera's own processing leaves it: its grains are a few pixels wide."""
    white = generator.standard_normal((HEIGHT, WIDTH), dtype=np.float32)
    grain = cv2.GaussianBlur(white, (0, 0), _GRAIN_PIXELS)
    return np.asarray(grain * (NOISE_LEVELS / grain.std()), np.float32)


class StreetScene:
    """Renders the frames one after the other and notes who is visible in each."""

    def __init__(self) -> None:
        self._background = _with_parked_cars(render_background(CAMERA, SEED))
        self._vignette = vignette(CAMERA)
        self._seen: dict[str, list[int]] = {item.name: [] for item in APPEARANCES}
        self.frames = round(DURATION_SECONDS * RATE)

    def _paint_appearances(self, picture: FloatPicture, number: int) -> None:
        seconds = number / RATE
        present = [
            (item, place) for item in APPEARANCES if (place := item.place(seconds)) is not None
        ]
        for item, place in sorted(present, key=lambda pair: -pair[1].z):
            coverage = paint_actor(
                picture, self._background.occluder_metres, CAMERA, item.actor, place
            )
            if coverage.pixels() >= _VISIBLE_PIXELS:
                self._seen[item.name].append(number)

    def picture(self, number: int) -> Picture:
        """The picture of one frame as the lens sees it, without noise."""
        scene = self._background.picture.copy()
        self._paint_appearances(scene, number)
        scene *= self._vignette * np.float32(CLOUD.light(number / RATE))
        soft = cv2.GaussianBlur(scene, (0, 0), _LENS_BLUR_PIXELS)
        picture = np.clip(np.rint(_tone(np.asarray(soft, np.float32))), 0, 255).astype(np.uint8)
        _burn_in_clock(picture, number / RATE)
        return picture

    def render(self) -> Iterator[tuple[int, Picture]]:
        """Yield each frame's timestamp (in frame durations) and noisy planar picture."""
        generator = np.random.default_rng(SEED + 1)
        for number in range(self.frames):
            yield number, to_yuv420(self.picture(number), _sensor_noise(generator))

    def labels(self) -> dict[str, Json]:
        """Labels of all frames rendered so far."""
        objects = []
        for item in APPEARANCES:
            seen = self._seen[item.name]
            standing = item.standing()
            still = None
            if standing is not None:
                still = (int(np.ceil(standing[0] * RATE)), int(np.ceil(standing[1] * RATE)) - 1)
            objects.append(
                LabelledObject(name=item.name, first=seen[0], last=seen[-1], still=still)
            )
        cloud = (round(CLOUD.start_seconds * RATE), round(CLOUD.end_seconds * RATE))
        return clip_labels(
            rate=RATE,
            frames=self.frames,
            objects=objects,
            note=(
                "An event lasts while a moving object or its shadow is visible, also while it "
                "stands still ('still' gives those frames). The burnt-in clock ticks every "
                f"second and a cloud darkens frames {cloud[0]} to {cloud[1]}; neither is an event."
            ),
        )
