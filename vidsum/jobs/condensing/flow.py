"""The flow of frames through a run: recording → judge → selection → video, reports."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from ...dedup import Decision, Reason
from ...dedup.events import Event, EventBuilder, Selection
from ...errors import OutputError
from ...frame import Frame, VideoInfo, clock
from ...options import Grouping, Reading
from ...report.entry import Entry
from ...video import CondensedVideo
from ..progress import Progress, ProgressTeller
from .cuts import Beginning


class Frames(Protocol):
    """Source of frames: a recording, or one that is replayed."""

    @property
    def info(self) -> VideoInfo:
        """The properties of the recording."""

    @property
    def duration(self) -> Fraction | None:
        """Its announced length in seconds."""

    def __iter__(self) -> Iterator[Frame]: ...


class Decider(Protocol):
    """Decides on frames."""

    @property
    def windows(self) -> int:
        """How many windows a frame has."""

    def judge(self, frame: Frame) -> Decision:
        """Decide on the next frame."""


class Flow:
    """One run, and its counts.

    Parameters
    ----------
    recording, judge
        The source of the frames, and what decides on them.
    grouping, reading
        Options of the user.
    video
        Where kept frames go; None for nowhere.
    speedup
        One of this many frames is shown between events; None for none of them.
    before
        Called with every frame before it is judged.
    on_frame
        Called with every frame, in order, once its decision is final.
    on_event
        Called with every event once it has ended, before they are called with the frame after it.
    """

    def __init__(
        self,
        recording: Frames,
        judge: Decider,
        grouping: Grouping,
        reading: Reading,
        *,
        speedup: int | None = None,
        heartbeat: float | None = None,
        video: CondensedVideo | None = None,
        before: Callable[[Frame], None] | None = None,
        on_frame: Sequence[Callable[[Entry], None]] = (),
        on_event: Sequence[Callable[[Event], None]] = (),
    ) -> None:
        self.frames = self.kept = self.compared = self.prefiltered = self._doubtful = 0
        self.begin = self.end = Fraction(0)
        self.events: list[Event] = []
        """All events so far: only these grow with the recording."""
        self.beginnings: list[Beginning] = []
        """The first frames of all inputs so far."""
        self.shifts: dict[int, list[Fraction]] = {}
        """For inputs whose timestamps restarted, the shifts of their frames in order, beginning
        with 0."""
        self._recording = recording
        self._judge = judge
        self._video = video
        self._before = before
        self._on_frame = on_frame
        self._on_event = on_event
        self._every = reading.every
        gap, least = grouping.merge_gap, grouping.min_event
        self._selection = Selection(
            pad=grouping.pad, merge_gap=gap, min_event=least, speedup=speedup, heartbeat=heartbeat
        )
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
                # The encoder lags a little: it failed at some frame before this one.
                place = f"before frame {frame.number} ({clock(frame.time)})"
                raise OutputError(f"{error}; it happened {place}") from error
            teller.tell(self.frames, self.kept, self.end - self.begin)
        for row in self._selection.flush():
            self._release(*row)
        self._note(self._builder.finish())
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
        if frame.shift:
            shifts = self.shifts.setdefault(frame.source, [Fraction(0)])
            if shifts[-1] != frame.shift:
                shifts.append(frame.shift)
        if self._before is not None:
            self._before(frame)
        skipped = self.frames % self._every != 0
        decision = Decision(reason=Reason.SKIPPED) if skipped else self._judge.judge(frame)
        self.frames += 1
        self.end = frame.time + frame.duration
        self.compared += decision.reference is not None
        self.prefiltered += decision.prefiltered
        self._doubtful += decision.doubtful
        for row in self._selection.take(frame, decision):
            self._release(*row)

    def _release(self, frame: Frame, decision: Decision) -> None:
        """Pass on a frame whose decision is final."""
        self.kept += decision.kept
        output = None
        if decision.kept and self._video is not None:
            output = self._video.write(frame)
        info = self._recording.info
        box = decision.box and info.upright_box(*decision.box)
        self._note(self._builder.add(frame, decision, box=box, output=output))
        entry = Entry(
            frame=frame,
            decision=decision,
            place=decision.place and info.upright(*decision.place),
            event=self._builder.current,
            output=output,
        )
        for tell in self._on_frame:
            tell(entry)

    def _note(self, event: Event | None) -> None:
        if event is not None:
            self.events.append(event)
            for tell in self._on_event:
                tell(event)
