"""People on foot and on bicycles, drawn side on with limbs that swing as they move."""

from dataclasses import dataclass

import numpy as np

from samples.draw import Colour, Point, capsule_points, ellipse_points, scaled
from samples.street_actors import Pen, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone on foot; `height` and `stride` (two steps) are metres."""

    coat: Colour
    trousers: Colour
    hair: Colour = (40, 48, 58)
    skin: Colour = (128, 156, 196)
    height: float = 1.75
    stride: float = 1.45

    def reach(self) -> tuple[float, float, float]:
        """Half length, height and depth in metres of a box around the actor."""
        return 0.75, self.height + 0.1, 0.0

    def shadow_outline(self) -> list[tuple[float, float]]:
        """Points (along, up) whose shadows on the ground enclose the actor's shadow."""
        """Points (along, up) whose shadows on the ground enclose the actor's."""
        return [
            (-0.2, 0.0),
            (0.2, 0.0),
            (0.24, 1.4),
            (0.1, self.height),
            (-0.1, self.height),
            (-0.24, 1.4),
        ]

    def draw(self, place: Place, pen: Pen) -> None:
        """Draw the shapes of the actor, from back to front."""
        _draw_person(self, place, pen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cyclist:
    """Someone on a bicycle."""

    rider: Person
    frame: Colour = (60, 60, 150)

    def reach(self) -> tuple[float, float, float]:
        """Half length, height and depth in metres of a box around the actor."""
        return 1.1, 1.85, 0.0

    def shadow_outline(self) -> list[tuple[float, float]]:
        """Points (along, up) whose shadows on the ground enclose the actor's shadow."""
        return [(-0.9, 0.0), (0.9, 0.0), (0.6, 0.9), (0.3, 1.75), (-0.1, 1.7), (-0.5, 0.9)]

    def draw(self, place: Place, pen: Pen) -> None:
        """Draw the shapes of the actor, from back to front."""
        _draw_cyclist(self, place, pen)


def _rotated(start: Point, length: float, angle: float) -> Point:
    """End of a limb hanging from `start`, swung forward by `angle`."""
    return start[0] + length * float(np.sin(angle)), start[1] - length * float(np.cos(angle))


def _limb(pen: Pen, start: Point, end: Point, radii: tuple[float, float], colour: Colour) -> None:
    pen(capsule_points(start, end, *radii), colour)


def _draw_person(person: Person, place: Place, pen: Pen) -> None:
    size = person.height / 1.75
    phase = 2 * np.pi * place.travelled / person.stride
    swing = float(np.sin(phase)) * 0.5 * place.moving
    lift = 0.025 * float(np.cos(2 * phase)) * place.moving
    hip = (0.0, (0.88 + lift) * size)
    shoulder = (0.02 * place.moving, (1.4 + lift) * size)

    def leg(angle: float, bend: float, colour: Colour) -> None:
        knee = _rotated(hip, 0.43 * size, angle)
        ankle = _rotated(knee, 0.42 * size, angle - bend)
        _limb(pen, hip, knee, (0.095 * size, 0.07 * size), colour)
        _limb(pen, knee, ankle, (0.07 * size, 0.055 * size), colour)
        toe = (ankle[0] + 0.15 * size, ankle[1] - 0.015)
        _limb(pen, ankle, toe, (0.05 * size, 0.035 * size), (38, 40, 44))

    def arm(angle: float, colour: Colour) -> None:
        elbow = _rotated(shoulder, 0.29 * size, angle)
        hand = _rotated(elbow, 0.26 * size, angle + 0.15 + 0.3 * max(angle, 0.0))
        _limb(pen, shoulder, elbow, (0.065 * size, 0.055 * size), colour)
        _limb(pen, elbow, hand, (0.055 * size, 0.045 * size), colour)
        pen(ellipse_points(hand, (0.045 * size, 0.05 * size), 12), scaled(person.skin, 0.9))

    back_bend = max(0.0, float(np.cos(phase))) * 0.7 * place.moving
    front_bend = max(0.0, -float(np.cos(phase))) * 0.7 * place.moving
    arm(swing * 0.9, scaled(person.coat, 0.7))
    leg(-swing, front_bend, scaled(person.trousers, 0.75))
    leg(swing, back_bend, person.trousers)
    chest = (shoulder[0], shoulder[1] - 0.04 * size)
    _limb(
        pen,
        chest,
        (hip[0], hip[1] - 0.06 * size),
        (0.15 * size, 0.135 * size),
        scaled(person.coat, 0.82),
    )
    # The low sun stands to the left, behind the camera.
    lit = -0.035 * place.heading * size
    _limb(
        pen,
        (chest[0] + lit, chest[1]),
        (hip[0] + lit, hip[1]),
        (0.11 * size, 0.09 * size),
        person.coat,
    )
    neck = (shoulder[0] + 0.01, shoulder[1] + 0.1 * size)
    head = (neck[0] + 0.02 * size, neck[1] + 0.12 * size)
    _limb(pen, shoulder, neck, (0.06 * size, 0.05 * size), scaled(person.skin, 0.8))
    pen(ellipse_points(head, (0.095 * size, 0.12 * size), 20), person.skin)
    hair = ellipse_points(
        (head[0] - 0.03 * size, head[1] + 0.035 * size), (0.095 * size, 0.1 * size), 20
    )
    pen(hair, person.hair)
    arm(-swing * 0.9, scaled(person.coat, 1.06))


def _ring(pen: Pen, centre: Point, radius: float, colour: Colour) -> None:
    outer = ellipse_points(centre, (radius, radius), 40)
    inner = ellipse_points(centre, (radius - 0.035, radius - 0.035), 40)
    for index in range(40):
        after = (index + 1) % 40
        pen(np.asarray([outer[index], outer[after], inner[after], inner[index]]), colour)


def _draw_cyclist(cyclist: Cyclist, place: Place, pen: Pen) -> None:
    rider = cyclist.rider
    radius, rear, front, crank = 0.34, (-0.52, 0.34), (0.52, 0.34), (-0.05, 0.3)
    seat, bars = (-0.2, 0.95), (0.4, 1.02)
    turn = -place.travelled / 1.1
    dark: Colour = (34, 34, 36)

    def leg(angle: float, colour: Colour) -> None:
        pedal = (crank[0] + 0.17 * float(np.cos(angle)), crank[1] + 0.17 * float(np.sin(angle)))
        hip = (seat[0] + 0.02, seat[1] + 0.05)
        knee = ((hip[0] + pedal[0]) / 2 + 0.24, (hip[1] + pedal[1]) / 2 + 0.1)
        _limb(pen, hip, knee, (0.09, 0.07), colour)
        _limb(pen, knee, pedal, (0.07, 0.05), colour)
        _limb(pen, pedal, (pedal[0] + 0.14, pedal[1]), (0.05, 0.035), dark)

    leg(turn + np.pi, scaled(rider.trousers, 0.7))
    for centre in (rear, front):
        _ring(pen, centre, radius, dark)
        spoke = (radius - 0.02) * np.asarray(
            (np.cos(-place.travelled / radius), np.sin(-place.travelled / radius))
        )
        _limb(pen, tuple(centre - spoke), tuple(centre + spoke), (0.008, 0.008), (120, 120, 120))
    for start, end in (
        (rear, crank),
        (crank, seat),
        (rear, (-0.17, 0.78)),
        (crank, (0.38, 0.8)),
        ((-0.17, 0.78), (0.38, 0.8)),
        (front, bars),
    ):
        _limb(pen, start, end, (0.022, 0.022), cyclist.frame)
    _limb(pen, (seat[0] - 0.12, seat[1]), (seat[0] + 0.1, seat[1]), (0.035, 0.025), dark)
    leg(turn, rider.trousers)
    shoulder = (0.12, 1.42)
    _limb(pen, (seat[0] + 0.02, seat[1] + 0.12), shoulder, (0.14, 0.15), rider.coat)
    _limb(pen, shoulder, (0.3, 1.16), (0.06, 0.05), scaled(rider.coat, 0.85))
    _limb(pen, (0.3, 1.16), (0.46, 1.05), (0.05, 0.045), rider.skin)
    pen(ellipse_points((0.24, 1.64), (0.1, 0.12), 20), rider.skin)
    helmet = [(0.1, 1.66), (0.13, 1.77), (0.22, 1.82), (0.33, 1.78), (0.38, 1.69)]
    pen(np.asarray(helmet), rider.hair)
