"""Parts of the picture as users write them: rectangles and polygons, in pixels or percent.

Coordinates are those of the upright picture, as it is shown: x runs right and y down from its top
left corner, and the pixel in column 3 reaches from x = 3 to x = 4.
"""

import re
from dataclasses import dataclass
from typing import Self

from .errors import UsageError

_NUMBER = re.compile(r"([+-]?[0-9]{1,9}(?:\.[0-9]+)?)(%?)")

_FORMS = (
    "allowed are rectangles x,y,width,height (100,50,640,360 or 10%,10%,50%,50%) and polygons of "
    "three or more points x,y ('100,50 740,50 420,410'), in pixels or percent of the picture"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The distance of a point from the left or upper edge of a picture of yet unknown size."""

    pixels: float = 0.0
    percent: float = 0.0
    """Percent of the picture's width or height, to be added to `pixels`."""

    def __add__(self, other: Self) -> "Distance":
        return Distance(pixels=self.pixels + other.pixels, percent=self.percent + other.percent)

    def within(self, length: int) -> float:
        """Return the distance in pixels in a picture of this width or height."""
        return self.pixels + self.percent * length / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A polygon on the upright picture; it may reach beyond the picture."""

    option: str
    """The option that gave it, for messages."""

    text: str
    """What the user wrote."""

    points: tuple[tuple[Distance, Distance], ...]
    """x and y of its corners; three or more."""

    def __str__(self) -> str:
        return f"{self.option} {self.text!r}"

    def corners(self, width: int, height: int) -> list[tuple[float, float]]:
        """Return x and y of its corners, in pixels of an upright picture of this size."""
        return [(x.within(width), y.within(height)) for x, y in self.points]


def parse_area(option: str, text: str) -> Area:
    """Return the area that `text` describes.

    Parameters
    ----------
    option
        The option that it was given with, for messages.
    text
        A rectangle `x,y,width,height`, or a polygon `x,y x,y x,y` of three or more points separated
        by blanks or semicolons. Each number is in pixels, or, followed by `%`, in percent of the
        upright picture's width or height.

    Raises
    ------
    UsageError
        If it is neither, or a number is out of range.

    Examples
    --------
    >>> parse_area("--roi", "10,50%,100,100").corners(640, 480)
    [(10.0, 240.0), (110.0, 240.0), (110.0, 340.0), (10.0, 340.0)]
    """
    joined = re.sub(r"\s*,\s*", ",", text.strip())
    groups = [
        [_distance(option, text, number) for number in group.split(",")]
        for group in re.split(r"[\s;]+", joined.strip("; "))
    ]
    sizes = [len(group) for group in groups]
    if sizes == [4]:
        x, y, width, height = groups[0]
        if not (width.within(100) > 0 and height.within(100) > 0):
            raise UsageError(f"{option} is {text!r}: width and height must be above 0")
        right, bottom = x + width, y + height
        return Area(
            option=option, text=text, points=((x, y), (right, y), (right, bottom), (x, bottom))
        )
    if len(sizes) < 3 or set(sizes) != {2}:
        raise _not_understood(option, text)
    return Area(option=option, text=text, points=tuple((x, y) for x, y in groups))


def _distance(option: str, text: str, number: str) -> Distance:
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise _not_understood(option, text)
    value = float(match[1])
    if value < 0:
        raise UsageError(
            f"{option} is {text!r}: {number} is negative; distances count from 0 at the left and "
            "upper edge of the picture"
        )
    if not match[2]:
        return Distance(pixels=value)
    if value > 100:
        raise UsageError(f"{option} is {text!r}: {number} is above 100%, the whole picture")
    return Distance(percent=value)


def _not_understood(option: str, text: str) -> UsageError:
    return UsageError(f"{option} is {text!r}; {_FORMS}")
