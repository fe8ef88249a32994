"""A segment from a camera: part of its pictures as a separate recording."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ...dedup import Decision, Judge, Reason
from ...frame import Frame, VideoInfo
from ...report.entry import Entry
from ...report.schema import LIVE_COLUMNS, Row
from ...video.faults import FaultKind, FaultLog
from ...video.live import Arrival, Live
from ..condensing.tables import Further
from .change import iso, moment

_STOP_POLL_SECONDS = 0.2
"""Seconds between two checks of whether to stop."""

_GRACE_SECONDS = 5
"""Seconds after the end of a segment in which pictures of it may still arrive."""

_CLOCK_STEP_SECONDS = 1
"""UTC moves this many seconds against the monotonic clock only when it is set."""


@dataclass(slots=True)
class Counts:
    """What has become of the pictures of a camera so far; read by other threads."""

    frames: int = 0
    """Frames received."""
    kept: int = 0
    late: int = 0
    """Frames dropped because they were not decided on in time."""
    damaged: int = 0
    """Packets and frames that were damaged."""
    gaps: int = 0
    lost_seconds: float = 0.0
    """Total length of all gaps."""
    events: int = 0
    segments: int = 0
    lag: float = 0.0
    """Seconds from the arrival of the last frame to the decision on it."""
    last: float = 0.0
    """When the last frame was shown, seconds since 1970."""

    @property
    def lost_input(self) -> bool:
        """Whether part of the stream was lost."""
        return bool(self.gaps or self.late or self.damaged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What was lost before a picture."""

    gap: Fraction | None
    """Seconds, if the camera was lost."""
    late: int
    """Frames dropped because they were not decided on in time."""
    damaged_packets: int
    damaged_frames: int
    jumps: int
    """How often timestamps restarted."""


class Arrivals:
    """The pictures of a camera one after another.

    Parameters
    ----------
    live
        Their source.
    counts
        Where they are counted.
    should_stop
        Called several times a second; once it returns true, there are no more pictures.
    """

    def __init__(self, live: Live, counts: Counts, should_stop: Callable[[], bool]) -> None:
        self._live = live
        self._counts = counts
        self._should_stop = should_stop
        self._before: Arrival | None = None
        self._next: Arrival | None = None

    def peek(self, until: Fraction | None = None) -> Arrival | None:
        """Return the next picture without taking it.

        None if it is to stop, or if nothing has arrived when the clock passes `until`, seconds
        since 1970. A picture that was peeked at is available even when it is to stop: a segment
        that begins with it has a picture.
        """
        while self._next is None:
            if self._should_stop():
                return None
            self._next = self._live.get(_STOP_POLL_SECONDS)
            if self._next is None and until is not None and time.time() > until:
                return None
        return self._next

    def take(self) -> tuple[Arrival, Loss]:
        """Take the picture that was peeked at."""
        arrival, before = self._next, self._before
        assert arrival is not None
        self._next, self._before = None, arrival
        loss = _loss(arrival, before)
        counts = self._counts
        counts.frames += 1 + loss.late
        counts.late += loss.late
        counts.damaged += loss.damaged_packets + loss.damaged_frames
        counts.gaps += loss.gap is not None
        counts.lost_seconds += float(loss.gap or 0)
        counts.lag = time.monotonic() - arrival.arrived
        counts.last = float(arrival.frame.time + arrival.utc_ahead)
        return arrival, loss


class Segment:
    """The frames of a segment, numbered and timed from 0, until it ends.

    Parameters
    ----------
    arrivals
        The source of the pictures; the first one has been peeked at.
    address
        The camera, as it may be shown.
    seconds
        It ends when the clock (UTC) reaches a multiple of this; None for never.
    before
        The previous segment, if there is one. The two must not overlap even if a clock is set back
        by less than a second.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        address: str,
        seconds: int | None,
        before: "Segment | None",
    ) -> None:
        first = arrivals.peek()
        assert first is not None
        self.info: VideoInfo = first.info
        self.paths = (address,)
        self.duration: Fraction | None = None
        self.faults = FaultLog()
        self.begin = first.frame.time + first.utc_ahead
        """When its first frame was shown, seconds since 1970."""
        self._ahead = first.utc_ahead
        self.end = self.begin
        """When its last frame so far ends, seconds since 1970."""
        if before is not None and abs(self._ahead - before._ahead) >= _CLOCK_STEP_SECONDS:
            self.faults.add(FaultKind.SET_CLOCK, Fraction(0))
        elif before is not None and before.end > self.begin:
            self._ahead += before.end - self.begin
            self.begin = before.end
        self._limit: Fraction | None = None
        if seconds is not None:
            self._limit = Fraction((self.begin // seconds + 1) * seconds)
        self._arrivals = arrivals
        self._losses: dict[int, Loss] = {}
        self.is_full: Callable[[], bool] = lambda: False
        """Called before every frame: whether the files are large enough."""

    def __iter__(self) -> Iterator[Frame]:
        number = 0
        while (arrival := self._arrivals.peek(self._latest)) is not None:
            if number and not self._belongs(arrival):
                # The announced rate may be wrong; the next picture ends the last one.
                self.end = min(self.end, arrival.frame.time + self._ahead)
                return
            arrival, loss = self._arrivals.take()
            time = arrival.frame.time + self._ahead - self.begin
            self._note(number, time, loss)
            self.end = self.begin + time + arrival.frame.duration
            yield dataclasses.replace(
                arrival.frame,
                number=number,
                time=time,
                source_number=arrival.frame.number,
                source_time=arrival.frame.time,
            )
            number += 1

    @property
    def fault_lines(self) -> tuple[str, ...]:
        """What was lost, one line for each kind."""
        return tuple(str(fault) for fault in self.faults)

    @property
    def lost_input(self) -> bool:
        """Whether anything was lost."""
        return self.faults.loses_input

    @property
    def columns(self) -> Further:
        """The additional columns in the table, after those of every table."""
        return Further(columns=LIVE_COLUMNS, values=self._values)

    @property
    def _latest(self) -> Fraction | None:
        """When the segment ends even if no picture arrives, seconds since 1970."""
        return None if self._limit is None else self._limit + _GRACE_SECONDS

    def _belongs(self, arrival: Arrival) -> bool:
        """Return whether a picture belongs to this segment."""
        if abs(arrival.utc_ahead - self._ahead) >= _CLOCK_STEP_SECONDS:
            return False
        if self._limit is not None and arrival.frame.time + self._ahead >= self._limit:
            return False
        return picture_of(arrival.info) == picture_of(self.info) and not self.is_full()

    def _note(self, number: int, time: Fraction, loss: Loss) -> None:
        for kind, count in (
            (FaultKind.GAP, int(loss.gap is not None)),
            (FaultKind.LATE, loss.late),
            (FaultKind.DAMAGED_PACKET, loss.damaged_packets),
            (FaultKind.DAMAGED_FRAME, loss.damaged_frames),
            (FaultKind.NEW_TIMES, loss.jumps),
        ):
            if count:
                self.faults.add(kind, time, count)
        if loss.gap is not None or loss.late:
            self._losses[number] = loss

    def _values(self, entry: Entry) -> Row:
        frame = entry.frame
        loss = self._losses.pop(frame.number, None)
        gap = None if loss is None or loss.gap is None else round(float(loss.gap), 6)
        return iso(moment(self.begin + frame.time)), gap, 0 if loss is None else loss.late


class LiveJudge:
    """Decides on the frames of segments, one after another, as on those of one recording.

    The first frame of a segment is kept in any case: its video begins with it.

    Parameters
    ----------
    judge
        Makes the decisions, across segments.
    lasting
        Whether events have a minimum length (`--min-event`), so that a change may be dropped.
    """

    def __init__(self, judge: Judge, *, lasting: bool) -> None:
        self.windows = judge.windows
        self._judge = judge
        self._lasting = lasting

    def judge(self, frame: Frame) -> Decision:
        """Decide on the next frame."""
        seen = dataclasses.replace(frame, time=frame.source_time)
        decision = self._judge.judge(seen) if frame.number else self._judge.keep(seen)
        # FFmpeg frees no picture of a closed connection while one of them is held.
        self._judge.release()
        if frame.number:
            return decision
        # The frame it was compared with is in another table.
        reason = Reason.FIRST if self._lasting else decision.reason
        return dataclasses.replace(decision, reference=None, reason=reason)


def _loss(arrival: Arrival, before: Arrival | None) -> Loss:
    if before is None:
        return Loss(
            gap=None,
            late=arrival.frame.number,
            damaged_packets=arrival.damaged_packets,
            damaged_frames=arrival.damaged_frames,
            jumps=arrival.jumps,
        )
    gap = None
    if arrival.connections != before.connections:
        end = before.frame.time + before.frame.duration
        gap = max(arrival.frame.time - end, Fraction(0))
    return Loss(
        gap=gap,
        late=arrival.frame.number - before.frame.number - 1,
        damaged_packets=arrival.damaged_packets - before.damaged_packets,
        damaged_frames=arrival.damaged_frames - before.damaged_frames,
        jumps=arrival.jumps - before.jumps,
    )


def picture_of(info: VideoInfo) -> tuple[object, ...]:
    """Return the properties that all pictures of a video must share."""
    return info.width, info.height, info.rotation, info.pixel_format
