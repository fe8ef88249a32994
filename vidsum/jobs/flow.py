"""The flow of frames through a run: recording → judge → selection → video, table, events."""

from collections import deque
from collections.abc import Callable
from fractions import Fraction

from ..dedup import Decision, Judge, Reason
from ..dedup.events import Event, EventBuilder, Selection
from ..errors import OutputError
from ..frame import Frame, clock, exact
from ..options import Grouping, Reading
from ..report.events import EventsFile
from ..report.scores import ScoresCsv
from ..report.subtitles import SubtitlesFile, second
from ..video import CondensedVideo, Recording
from ..video.remux import Chapter
from .cuts import Beginning
from .progress import Progress, ProgressTeller


class Flow:
    """One run, and its counts.

    Parameters
    ----------
    recording, judge
        Where frames come from, and who decides on them.
    video, table, events, subtitles
        Where they go to; None for nowhere.
    grouping, reading
        Options of the user.
    """

    def __init__(
        self,
        recording: Recording,
        judge: Judge,
        *,
        video: CondensedVideo | None,
        table: ScoresCsv | None,
        events: EventsFile | None,
        subtitles: SubtitlesFile | None,
        grouping: Grouping,
        reading: Reading,
    ) -> None:
        self.frames = self.kept = self.compared = self.prefiltered = self._doubtful = 0
        self.begin = self.end = Fraction(0)
        self.events: list[Event] = []
        """All events so far: they and their chapters are all that grows with them."""
        self.chapters: list[Chapter] = []
        """Marks in the condensed video, one for each event."""
        self.beginnings: list[Beginning] = []
        """The first frames of all inputs so far."""
        self._recording = recording
        self._judge = judge
        self._video = video
        self._table = table
        self._events_file = events
        self._subtitles = subtitles
        self._every = reading.every
        gap, least = grouping.merge_gap, grouping.min_event
        self._pad = exact(grouping.pad) or Fraction(0)
        self._lead: deque[tuple[Fraction, int]] = deque()
        """Time in the source and number in the condensed video of the frames that were written
        since the last change, if a change now would have them as its padding."""
        self._opening = 0
        """Number in the condensed video at which the event that is going on begins."""
        self._selection = Selection(pad=grouping.pad, merge_gap=gap, min_event=least)
        self._builder = EventBuilder(merge_gap=gap, min_event=least)

    def run(
        self,
        progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> bool:
        """Decide on every frame, and return whether the run was told to stop."""
        teller = ProgressTeller(progress, self._recording.duration)
        stopped = False
        for frame in self._recording:
            if should_stop is not None and self.frames and should_stop():
                stopped = True
                break
            try:
                self._take(frame)
            except OutputError as error:
                # The encoder is a little behind: what it met, it met before this frame.
                place = f"before frame {frame.number} ({clock(frame.time)})"
                raise OutputError(f"{error}; it happened {place}") from error
            teller.tell(self.frames, self.kept, self.end - self.begin)
        for row in self._selection.flush():
            self._write(*row)
        self._note(self._builder.finish())
        if self._video is not None and self._subtitles is not None:
            self._subtitles.finish(self._video.end(self.end))
        if not stopped:
            teller.tell(self.frames, self.kept, self.end - self.begin, at_once=True)
        return stopped

    @property
    def windows_decided(self) -> float:
        """Share of the windows compared that the squared error alone decided."""
        return 1 - self._doubtful / max(1, self.compared * self._judge.windows)

    def _take(self, frame: Frame) -> None:
        if not self.frames:
            self.begin = frame.time
        if not self.beginnings or self.beginnings[-1].source != frame.source:
            self.beginnings.append(
                Beginning(
                    source=frame.source,
                    time=frame.time,
                    source_time=frame.source_time,
                    source_number=frame.source_number,
                )
            )
        skipped = self.frames % self._every != 0
        decision = Decision(reason=Reason.SKIPPED) if skipped else self._judge.judge(frame)
        self.frames += 1
        self.end = frame.time + frame.duration
        self.compared += decision.reference is not None
        self.prefiltered += decision.prefiltered
        self._doubtful += decision.doubtful
        for row in self._selection.take(frame, decision):
            self._write(*row)

    def _write(self, frame: Frame, decision: Decision) -> None:
        output = None
        if decision.kept:
            self.kept += 1
            if self._video is not None:
                output = self._video.write(frame)
                if self._subtitles is not None:
                    self._subtitles.write(frame, self._video.begin_of(output))
        info = self._recording.info
        if self._table is not None:
            place = decision.place and info.upright(*decision.place)
            self._table.write(frame, decision, place, output)
        box = decision.box and info.upright_box(*decision.box)
        self._note(self._builder.add(frame, decision, box=box, output=output))
        if output is not None:
            self._open(frame, decision, output)

    def _open(self, frame: Frame, decision: Decision, output: int) -> None:
        """Take note where in the condensed video an event begins, with its padding."""
        self._lead.append((frame.time, output))
        while self._lead[0][0] < frame.time - self._pad:
            self._lead.popleft()
        event = self._builder.current
        if event is not None and event.first_frame == frame.number:
            self._opening = self._lead[0][1]
        if decision.reason is Reason.CHANGE:
            self._lead.clear()

    def _note(self, event: Event | None) -> None:
        if event is not None:
            self.events.append(event)
            if self._video is not None:
                begin = self._video.begin_of(self._opening)
                title = f"Event {event.number}, {second(event.start)}"
                self.chapters.append(Chapter(begin=begin, title=title))
            if self._events_file is not None:
                self._events_file.write(event)
