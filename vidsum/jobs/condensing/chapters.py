"""Chapters of the condensed video, one per event."""

from collections import deque
from fractions import Fraction

from ...dedup import Reason
from ...dedup.events import Event
from ...report.entry import Entry
from ...report.subtitles import second
from ...video import CondensedVideo
from ...video.remux import Chapter


class Chapters:
    """Finds where the events begin in the condensed video, including their padding.

    Parameters
    ----------
    video
        The condensed video.
    pad
        This many seconds before an event belong to it.
    """

    def __init__(self, video: CondensedVideo, pad: Fraction) -> None:
        self.found: list[Chapter] = []
        """The chapters of the events so far."""
        self._video = video
        self._pad = pad
        self._lead: deque[tuple[Fraction, int]] = deque()
        """Time in the source and number in the condensed video of the written frames since the last
        change that would be padding if a change came now."""
        self._opening = 0
        """Number in the condensed video at which the current event begins."""

    def add_frame(self, entry: Entry) -> None:
        """Take the next frame."""
        frame, event = entry.frame, entry.event
        if entry.output is None:
            return
        self._lead.append((frame.time, entry.output))
        while self._lead[0][0] < frame.time - self._pad:
            self._lead.popleft()
        if event is not None and event.first_frame == frame.number:
            self._opening = self._lead[0][1]
        if entry.decision.reason is Reason.CHANGE:
            self._lead.clear()

    def add_event(self, event: Event) -> None:
        """Take the event that has just ended."""
        begin = self._video.begin_of(self._opening)
        title = f"Event {event.number}, {second(event.start)}"
        self.found.append(Chapter(begin=begin, title=title))
