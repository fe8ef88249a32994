"""Reports of events and problems while a camera is watched."""

from collections.abc import Callable

from ...dedup.events import Event
from ...report.entry import Entry
from .change import Change, change_of
from .segment import Counts, Segment


class Teller:
    """Counts, and reports events, across all segments."""

    def __init__(
        self,
        camera: str,
        counts: Counts,
        listeners: list[Callable[[Change], None]],
        tell: Callable[[str], None],
    ) -> None:
        self._camera = camera
        self._counts = counts
        self._listeners = listeners
        self.tell = tell
        """Called with a line about each problem."""

    def begin(self, segment: Segment, stem: str) -> None:
        """Assign everything that follows to this segment."""
        self._segment, self._stem, self._event = segment, stem, 0
        self._counts.segments += 1

    def finish(self) -> None:
        """Report what was lost of the segment."""
        for line in self._segment.fault_lines:
            self.tell(f"{self._stem}: {line}")

    def add_frame(self, entry: Entry) -> None:
        """Take the next frame."""
        self._counts.kept += entry.decision.kept
        if entry.event is not None and entry.event.number > self._event:
            self._event = entry.event.number
            self._say(entry.event, changed=True)

    def add_event(self, event: Event) -> None:
        """Take the event that has just ended."""
        self._counts.events += 1
        self._say(event, changed=False)

    def _say(self, event: Event, *, changed: bool) -> None:
        change = change_of(
            event,
            changed=changed,
            camera=self._camera,
            segment=self._stem,
            begin=self._segment.begin,
        )
        for listener in self._listeners:
            listener(change)
