"""What a page shows, before it is laid out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that stands out at the head of the page."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A small table, whose rows begin with a name."""

    title: str
    rows: Sequence[Sequence[str]]
    head: Sequence[str] = ()
    options: bool = False
    """Whether the names are options of the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A stretch that can be jumped to: an event, or one of the worst."""

    title: str
    time: float
    """When it begins, in seconds."""
    end: float
    clock: str
    """When it begins, for people."""
    details: Sequence[str]
    picture: tuple[float, str] | None = None
    """The time of its picture, and the picture as an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """A list of them."""

    title: str
    note: str
    """What is said before them; of none, why there is none."""
    entries: Sequence[Moment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All of it."""

    title: str
    about: str
    """What the page is of, in a line below the title."""
    notices: Sequence[str]
    """What went wrong: faults of the input, an end before its time."""
    figures: Sequence[Figure]
    moments: Moments
    rule_title: str
    """Title of the section with the histogram."""
    rule_note: str
    tables: Sequence[Facts]
    data: Mapping[str, object]
    """What the script of the page draws from."""
