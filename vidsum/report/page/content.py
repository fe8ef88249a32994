"""The content of a page, before layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that is highlighted at the head of the page."""

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
    """An interval that can be jumped to: an event, or one of the worst moments."""

    title: str
    time: float
    """When it begins, in seconds."""
    end: float
    clock: str
    """When it begins, as human-readable text."""
    details: Sequence[str]
    picture: tuple[float, str] | None = None
    """The time of its picture, and the picture as a data URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """A list of them."""

    title: str
    note: str
    """The text before them; if there are none, the reason."""
    entries: Sequence[Moment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All content of a page."""

    title: str
    about: str
    """What the page is about, in a line below the title."""
    notices: Sequence[str]
    """What went wrong: faults of the input, a premature end."""
    figures: Sequence[Figure]
    moments: Moments
    rule_title: str
    """Title of the section with the histogram."""
    rule_note: str
    tables: Sequence[Facts]
    data: Mapping[str, object]
    """The data that the script of the page draws."""
