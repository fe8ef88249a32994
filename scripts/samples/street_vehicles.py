"""Cars and vans, drawn as solid shapes whose faces are shaded by the way they point."""

from dataclasses import dataclass

import numpy as np

from samples.draw import Colour, ellipse_points, mix, scaled
from samples.street_actors import Pen, Place
from samples.street_houses import GLASS, REFLECTED_SKY


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A body extruded from its side outline.

    Outline points are (metres from the rear, metres up, metres inwards from the side); the
    edges listed in `glass_edges` (by their first point) are panes across the whole width.
    """

    paint: Colour
    width: float
    outline: tuple[tuple[float, float, float], ...]
    glass_edges: tuple[int, ...]
    windows: tuple[tuple[tuple[float, float, float], ...], ...]
    wheels: tuple[float, float]
    wheel_radius: float = 0.32
    doors: tuple[float, ...] = ()
    stripe: Colour | None = None

    @property
    def length(self) -> float:
        """Metres from the rear to the front."""
        return max(point[0] for point in self.outline)

    @property
    def height(self) -> float:
        """Metres from the ground to the roof."""
        return max(point[1] for point in self.outline)

    def reach(self) -> tuple[float, float, float]:
        """Half length, height and depth in metres of a box around the actor."""
        return self.length / 2 + 0.1, self.height + 0.1, self.width

    def shadow_outline(self) -> list[tuple[float, float]]:
        """Points (along, up) whose shadows on the ground enclose the actor's shadow."""
        half = self.length / 2
        return [
            (-half, 0.0),
            (half, 0.0),
            (half - 0.6, self.height * 0.7),
            (half * 0.4, self.height),
            (-half * 0.8, self.height),
        ]

    def draw(self, place: Place, pen: Pen) -> None:
        """Draw the shapes of the actor, from back to front."""
        _draw_shell(self, pen)
        _draw_side(self, pen)
        for along in self.wheels:
            _draw_wheel(self, along, place.travelled, pen)


def _draw_shell(vehicle: Vehicle, pen: Pen) -> None:
    """Draw the faces that run across the vehicle, and its underside in shadow."""
    middle = vehicle.length / 2
    near = np.asarray(vehicle.outline) - (middle, 0.0, 0.0)
    far = near * (1.0, 1.0, -1.0) + (0.0, 0.0, vehicle.width)
    pen(
        [
            (-middle + 0.2, 0.12, 0.1),
            (middle - 0.2, 0.12, 0.1),
            (middle - 0.1, 0.5, 0.1),
            (-middle + 0.1, 0.5, 0.1),
        ],
        (26, 26, 28),
    )
    for index in range(len(near) - 1):
        face = np.asarray([near[index], near[index + 1], far[index + 1], far[index]])
        along, up = near[index + 1, :2] - near[index, :2]
        # Faces turned upwards mirror the sky, steep ones the street.
        skyward = abs(float(along)) / float(np.hypot(along, up))
        colour = scaled(vehicle.paint, 0.78 + 0.4 * skyward)
        if index in vehicle.glass_edges:
            pen(face, scaled(vehicle.paint, 0.7), facing=True)
            centre = face.mean(axis=0)
            face = centre + (face - centre) * (0.94, 0.94, 0.9)
            colour = mix(GLASS, REFLECTED_SKY, 0.25 + 0.45 * skyward)
        pen(face, colour, facing=True)
        if index in vehicle.glass_edges:
            # A band of reflected sky across the pane.
            low, high = face[0] + (face[1] - face[0]) * 0.62, face[0] + (face[1] - face[0]) * 0.9
            low_far = face[3] + (face[2] - face[3]) * 0.5
            high_far = face[3] + (face[2] - face[3]) * 0.78
            pen([low, high, high_far, low_far], mix(colour, REFLECTED_SKY, 0.35), facing=True)


def _draw_side(vehicle: Vehicle, pen: Pen) -> None:
    middle = vehicle.length / 2
    shift = (middle, 0.0, 0.0)
    outline = np.asarray(vehicle.outline) - shift
    pen(outline, vehicle.paint)
    front, rear = float(outline[-1, 0]), float(outline[0, 0])
    sill = float(outline[0, 1])
    # The lower side turns towards the dark road, the shoulder towards the sky.
    for up, height, shade in ((sill, 0.16, 0.6), (sill + 0.16, 0.14, 0.82)):
        pen(
            [(rear, up), (front, up), (front - 0.02, up + height), (rear - 0.03, up + height)],
            scaled(vehicle.paint, shade),
        )
    pen(
        [(rear + 0.05, 0.8), (front - 0.45, 0.72), (front - 0.45, 0.76), (rear + 0.05, 0.86)],
        mix(scaled(vehicle.paint, 1.15), REFLECTED_SKY, 0.3),
    )
    if vehicle.stripe is not None:
        pen(
            [(rear + 0.25, 1.25), (rear + 3.2, 1.25), (rear + 3.0, 1.75), (rear + 0.25, 1.75)],
            vehicle.stripe,
        )
        for letter in range(7):
            start = rear + 0.5 + letter * 0.32
            pen(
                [(start, 1.38), (start + 0.2, 1.38), (start + 0.2, 1.62), (start, 1.62)],
                (226, 230, 232),
            )
    for window in vehicle.windows:
        pane = np.asarray(window) - shift
        pen(pane, mix(GLASS, REFLECTED_SKY, 0.12))
        lower = pane.mean(axis=0) + (pane - pane.mean(axis=0)) * (0.9, 0.84, 1.0)
        pen(lower, scaled(GLASS, 0.85))
        left, top = float(lower[:, 0].min()), float(lower[:, 1].max())
        bottom = float(lower[:, 1].min())
        inward = float(lower[:, 2].mean())
        pen(
            [
                (left + 0.2, bottom, inward),
                (left + 0.38, bottom, inward),
                (left + 0.5, top - 0.04, inward),
                (left + 0.36, top - 0.04, inward),
            ],
            mix(GLASS, REFLECTED_SKY, 0.3),
        )
    for door in vehicle.doors:
        start = door - middle
        pen(
            [(start, 0.42), (start + 0.018, 0.42), (start + 0.018, 0.95), (start, 0.95)],
            scaled(vehicle.paint, 0.55),
        )
        pen(
            [(start - 0.28, 0.84), (start - 0.1, 0.84), (start - 0.1, 0.87), (start - 0.28, 0.87)],
            scaled(vehicle.paint, 0.45),
        )
    pen(
        [(front - 0.42, 0.6), (front - 0.06, 0.56), (front - 0.12, 0.7), (front - 0.46, 0.74)],
        (222, 226, 226),
    )
    pen(
        [(rear - 0.02, 0.66), (rear + 0.2, 0.68), (rear + 0.22, 0.84), (rear + 0.02, 0.84)],
        (48, 44, 176),
    )


def _draw_wheel(vehicle: Vehicle, along: float, travelled: float, pen: Pen) -> None:
    radius = vehicle.wheel_radius
    centre = (along - vehicle.length / 2, radius)

    def disc(size: float, colour: Colour) -> None:
        pen(ellipse_points(centre, (size, size), 32), colour)

    disc(radius * 1.2, scaled(vehicle.paint, 0.25))
    disc(radius, (34, 34, 36))
    disc(radius * 0.64, (150, 152, 152))
    for spoke in range(5):
        angle = -travelled / radius + spoke * 2 * np.pi / 5
        start = (
            centre[0] + radius * 0.34 * np.cos(angle - 0.38),
            centre[1] + radius * 0.34 * np.sin(angle - 0.38),
        )
        sides = [
            (
                centre[0] + radius * 0.56 * np.cos(angle + turn),
                centre[1] + radius * 0.56 * np.sin(angle + turn),
            )
            for turn in (-0.4, 0.4)
        ]
        pen([start, *sides], (70, 72, 74))
    disc(radius * 0.14, (90, 92, 94))


def hatchback(paint: Colour) -> Vehicle:
    return Vehicle(
        paint=paint,
        width=1.75,
        outline=(
            (0.06, 0.26, 0.0),
            (0.0, 0.55, 0.0),
            (0.08, 0.92, 0.03),
            (0.42, 1.38, 0.2),
            (0.8, 1.46, 0.22),
            (2.0, 1.45, 0.22),
            (2.95, 0.95, 0.05),
            (3.8, 0.8, 0.05),
            (4.08, 0.62, 0.03),
            (4.15, 0.28, 0.0),
        ),
        glass_edges=(2, 5),
        windows=(
            ((0.62, 0.96, 0.05), (0.78, 1.33, 0.19), (1.5, 1.37, 0.2), (1.5, 0.96, 0.05)),
            ((1.6, 0.96, 0.05), (1.6, 1.37, 0.2), (2.0, 1.36, 0.2), (2.68, 0.98, 0.05)),
        ),
        wheels=(0.75, 3.35),
        doors=(1.55, 2.75),
    )


def saloon(paint: Colour) -> Vehicle:
    return Vehicle(
        paint=paint,
        width=1.8,
        outline=(
            (0.05, 0.28, 0.0),
            (0.0, 0.6, 0.0),
            (0.1, 0.95, 0.05),
            (0.75, 0.98, 0.05),
            (1.35, 1.4, 0.22),
            (2.35, 1.43, 0.22),
            (3.25, 0.96, 0.05),
            (4.2, 0.82, 0.05),
            (4.48, 0.62, 0.03),
            (4.55, 0.3, 0.0),
        ),
        glass_edges=(3, 5),
        windows=(
            ((1.1, 0.98, 0.05), (1.42, 1.31, 0.19), (1.85, 1.34, 0.2), (1.85, 0.98, 0.05)),
            ((1.95, 0.98, 0.05), (1.95, 1.34, 0.2), (2.33, 1.34, 0.2), (2.98, 0.99, 0.05)),
        ),
        wheels=(0.85, 3.65),
        doors=(1.9, 3.05),
    )


def delivery_van(paint: Colour, stripe: Colour) -> Vehicle:
    return Vehicle(
        paint=paint,
        width=2.0,
        outline=(
            (0.0, 0.38, 0.0),
            (0.0, 1.2, 0.0),
            (0.04, 2.35, 0.08),
            (0.3, 2.45, 0.12),
            (3.7, 2.45, 0.12),
            (4.65, 1.35, 0.08),
            (5.2, 1.1, 0.06),
            (5.35, 0.75, 0.03),
            (5.4, 0.36, 0.0),
        ),
        glass_edges=(4,),
        windows=(((3.55, 1.3, 0.02), (3.55, 2.0, 0.08), (3.95, 2.0, 0.08), (4.45, 1.36, 0.04)),),
        wheels=(1.0, 4.4),
        wheel_radius=0.36,
        doors=(3.45, 4.55),
        stripe=stripe,
    )
