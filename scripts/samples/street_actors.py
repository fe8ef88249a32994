"""Putting moving things into the street picture: perspective, shadows and hiding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.camera import Camera
from samples.draw import Colour, FloatPicture, Picture, Points, fill_polygon
from samples.street_houses import HAZE, HAZE_METRES

Outline: TypeAlias = Points | Sequence[NDArray[np.float64]] | Sequence[tuple[float, float, float]]

_SUPERSAMPLING = 4
# Where the shadow of a point one metre above the ground falls, seen from its foot (x, z).
_SHADOW_PER_METRE = (0.55, 0.5)
_SHADOW_DARKNESS = 0.36


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an actor is: `travelled` metres of its path turn wheels and swing legs.

    `heading` is 1 to the right and -1 to the left, `moving` 0 for an actor that stands.
    """

    x: float
    z: float
    travelled: float
    heading: int
    moving: float


class Pen(Protocol):
    """Fills an outline given in metres as (along, up) or (along, up, inwards).

    `facing` leaves out faces whose outline, seen by the camera, shows them from behind.
    """

    def __call__(
        self,
        points: Outline,
        colour: Colour,
        *,
        facing: bool = False,
    ) -> None:
        """Fill one outline."""


class Actor(Protocol):
    """Something that moves through the street."""

    def reach(self) -> tuple[float, float, float]:
        """Half length, height and depth in metres of a box around the actor."""

    def shadow_outline(self) -> list[tuple[float, float]]:
        """Points (along, up) whose shadows on the ground enclose the actor's shadow."""

    def draw(self, place: Place, pen: Pen) -> None:
        """Draw the shapes of the actor, from back to front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The pixels at least half covered by an actor, and those in its shadow."""

    body: NDArray[np.bool_]
    shadow: NDArray[np.bool_]

    def pixels(self) -> int:
        """Number of pixels the actor or its shadow changes."""
        return int(np.count_nonzero(self.body | self.shadow))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The part of the picture an actor can touch."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the window."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def _window_around(camera: Camera, points: NDArray[np.float64]) -> _Window | None:
    pixels, depths = camera.project(points)
    if depths.min() <= 0.5:
        return None
    margin = 3
    left, top = np.floor(pixels.min(axis=0)).astype(int) - margin
    right, bottom = np.ceil(pixels.max(axis=0)).astype(int) + margin
    left, right = max(left, 0), min(right, camera.width)
    top, bottom = max(top, 0), min(bottom, camera.height)
    if left >= right or top >= bottom:
        return None
    return _Window(left=int(left), top=int(top), right=int(right), bottom=int(bottom))


def _world(points: NDArray[np.float64], place: Place) -> NDArray[np.float64]:
    inwards = points[:, 2] if points.shape[1] == 3 else np.zeros(len(points))
    return np.column_stack(
        (place.x + place.heading * points[:, 0], points[:, 1], place.z + inwards)
    )


def _signed_area(points: NDArray[np.float64]) -> float:
    after = np.roll(points, -1, axis=0)
    return float(np.sum(points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1]) / 2)


def _cast_shadow(
    picture: FloatPicture,
    visible: NDArray[np.bool_],
    window: _Window,
    camera: Camera,
    actor: Actor,
    place: Place,
) -> NDArray[np.bool_]:
    """Darken the ground in the actor's shadow and return where it is darkened by half."""
    _, _, depth = actor.reach()
    foot = np.asarray(actor.shadow_outline())
    ground = []
    for inwards in (0.0, depth):
        for along, up in foot:
            ground.append(
                (
                    place.x + place.heading * along + up * _SHADOW_PER_METRE[0],
                    0.0,
                    place.z + inwards + up * _SHADOW_PER_METRE[1],
                )
            )
    pixels, _ = camera.project(np.asarray(ground))
    hull = cv2.convexHull(pixels.astype(np.float32))[:, 0] - (window.left, window.top)
    rows, columns = window.slices
    shade: Picture = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    fill_polygon(shade, hull, (255, 255, 255))
    softness = 0.05 * camera.focal_pixels / place.z
    soft = cv2.GaussianBlur(shade, (0, 0), max(softness, 0.4)).astype(np.float32) / 255
    shaded = soft * visible
    picture[window.slices] *= (1 - _SHADOW_DARKNESS * shaded)[:, :, None]
    return np.asarray(shaded >= 0.5, np.bool_)


def _drawn(
    camera: Camera, window: _Window, actor: Actor, place: Place
) -> tuple[FloatPicture, FloatPicture]:
    """Colours (already multiplied by the coverage) and coverage of an actor in its window."""
    rows, columns = window.slices
    size = (columns.stop - columns.start, rows.stop - rows.start)
    large = (size[1] * _SUPERSAMPLING, size[0] * _SUPERSAMPLING)
    colours: Picture = np.zeros((*large, 3), np.uint8)
    mask: Picture = np.zeros(large, np.uint8)

    def pen(
        points: Outline,
        colour: Colour,
        *,
        facing: bool = False,
    ) -> None:
        pixels, _ = camera.project(_world(np.asarray(points, np.float64), place))
        # Outlines turn anticlockwise in the picture when seen from outside, unless mirrored.
        if facing and _signed_area(pixels) * place.heading >= 0:
            return
        local = (pixels - (window.left, window.top)) * _SUPERSAMPLING - 0.5
        fill_polygon(colours, local, colour)
        fill_polygon(mask, local, (255, 255, 255))

    actor.draw(place, pen)
    alpha = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    colour = cv2.resize(colours, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(colour, np.float32), np.asarray(alpha, np.float32)


def paint_actor(
    picture: FloatPicture,
    occluder_metres: FloatPicture,
    camera: Camera,
    actor: Actor,
    place: Place,
) -> Coverage:
    """Paint an actor and its shadow into the picture."""
    body, shadow = (np.zeros(picture.shape[:2], np.bool_) for _ in range(2))
    half, height, depth = actor.reach()
    box = [
        (along, up, inwards)
        for along in (-half, half)
        for up in (0.0, height)
        for inwards in (0.0, depth)
    ]
    corners = _world(np.asarray(box), place)
    fallen = np.asarray(
        [(x + _SHADOW_PER_METRE[0] * y, 0.0, z + _SHADOW_PER_METRE[1] * y) for x, y, z in corners]
    )
    window = _window_around(camera, np.vstack((corners, fallen)))
    if window is None:
        return Coverage(body=body, shadow=shadow)
    _, depths = camera.project(corners)
    distance = float(depths.min())
    visible = occluder_metres[window.slices] > distance
    # The shadow lies on the ground, which has an infinite occluding distance, or not at all.
    on_ground = np.isinf(occluder_metres[window.slices])
    shadow[window.slices] = _cast_shadow(picture, on_ground, window, camera, actor, place)
    colour, alpha = _drawn(camera, window, actor, place)
    haze = float(1 - np.exp(-distance / HAZE_METRES))
    colour += (HAZE * alpha[:, :, None] - colour) * haze
    alpha *= visible
    part = picture[window.slices]
    part *= 1 - alpha[:, :, None]
    part += colour * visible[:, :, None]
    body[window.slices] = alpha >= 0.5
    return Coverage(body=body, shadow=shadow)
