"""The data on each frame that reports receive."""

from dataclasses import dataclass

from ..dedup import Decision
from ..dedup.events import Event
from ..frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """A frame, the final decision on it, and where it went."""

    frame: Frame
    decision: Decision
    place: tuple[int, int] | None = None
    """Column and row of where it differs most, in pixels of the upright picture."""
    event: Event | None = None
    """The current event, as far as it has come; this frame may be its last one."""
    output: int | None = None
    """Its number in the condensed video, if it was written."""
