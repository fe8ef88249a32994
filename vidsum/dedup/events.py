"""Events: the intervals of a recording in which something changed, and the frames that show them.

`Selection` turns the decisions on single frames into the frames that are written; the frames that
it releases go to an `EventBuilder`, which groups them into events.
"""

import dataclasses
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from ..frame import MAX_ROUNDING, Frame, exact
from .decision import KEEPING, Box, Decision, Reason

Row: TypeAlias = tuple[Frame, Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An interval in which something changed: from its first changed frame to its last."""

    number: int
    """Counts from 1."""
    start: Fraction
    """Time of its first changed frame, in seconds."""
    end: Fraction
    """When its last changed frame ends, in seconds."""
    first_frame: int
    """Number of its first changed frame."""
    last_frame: int
    """Number of its last changed frame."""
    peak: float | None
    """Largest local dissimilarity, 1 - SSIM, of its changed frames."""
    peak_frame: int | None
    """Number of the first frame with that dissimilarity."""
    peak_time: Fraction | None
    """Time of that frame, in seconds."""
    box: Box | None
    """Left, top, width and height of the box around all places that changed, in pixels of the
    upright picture."""
    frames_kept: int
    """Frames kept from its first changed frame to its last, for any reason."""
    first_output: int | None
    """Number of its first changed frame in the condensed video; None without a video."""
    last_output: int | None
    """Number of its last changed frame in the condensed video."""

    @property
    def duration(self) -> Fraction:
        """Seconds from start to end."""
        return self.end - self.start


class EventBuilder:
    """Groups changed frames into events, remembering only the current event.

    Parameters
    ----------
    merge_gap
        A frame that changes within this many seconds of the end of an event belongs to it.
    min_event
        Events shorter than this many seconds are dropped and not counted.
    """

    def __init__(self, *, merge_gap: float, min_event: float) -> None:
        self.current: Event | None = None
        """The current event, as far as it has come."""
        self._merge_gap = exact(merge_gap) or Fraction(0)
        self._min_event = exact(min_event) or Fraction(0)
        self._finished = 0
        self._kept = 0

    def add(
        self,
        frame: Frame,
        decision: Decision,
        *,
        box: Box | None = None,
        output: int | None = None,
    ) -> Event | None:
        """Take the next frame, changed or not.

        Parameters
        ----------
        frame, decision
            The frame and the decision on it; only the reason `change` makes events.
        box
            The box around all places that changed: left, top, right, bottom in pixels of the
            upright picture, right and bottom exclusive.
        output
            Its number in the condensed video, if it is written.

        Returns
        -------
        Event
            The event that ended before this frame; None if none has ended.
        """
        current = self.current
        finished = None
        gap = self._merge_gap + MAX_ROUNDING
        if current is not None and frame.time > current.end + gap:
            finished, current = self.finish(), None
        self._kept = (0 if current is None else self._kept) + decision.kept
        if decision.reason is Reason.CHANGE:
            alone = self._event_of(frame, decision, box, output)
            self.current = alone if current is None else _joined(current, alone, self._kept)
        return finished

    def finish(self) -> Event | None:
        """End the current event, and return it unless it is too short."""
        event, self.current = self.current, None
        if event is None or event.duration < self._min_event:
            return None
        self._finished += 1
        return event

    def _event_of(
        self, frame: Frame, decision: Decision, box: Box | None, output: int | None
    ) -> Event:
        known = decision.local_ssim is not None
        return Event(
            number=self._finished + 1,
            start=frame.time,
            end=frame.time + frame.duration,
            first_frame=frame.number,
            last_frame=frame.number,
            peak=None if decision.local_ssim is None else 1 - decision.local_ssim,
            peak_frame=frame.number if known else None,
            peak_time=frame.time if known else None,
            box=None if box is None else (box[0], box[1], box[2] - box[0], box[3] - box[1]),
            frames_kept=1,
            first_output=output,
            last_output=output,
        )


class Selection:
    """Decides which frames are written, where that depends on the frames around them.

    A frame is written if the decision on it keeps it, with these differences:

    - With `min_event`, changed frames of an event that ends up shorter are not written (reason
      `short`). If `heartbeat` seconds have then passed without a written frame, the next frame that
      was compared is written (reason `heartbeat`).
    - With `pad`, every frame within that many seconds of a changed frame that is written, before or
      after, is written too (reason `pad`), including skipped ones. This also applies inside an
      event: only what is further than `pad` from all its changed frames stays condensed.
    - With `speedup`, every Nth of the frames that would not be written is (reason `speedup`),
      counted from the last written frame.

    Without the first two, every frame is released at once. Otherwise frames wait until it is
    certain whether they are written: never longer than `pad` + `min_event` + `merge_gap` seconds.
    Only frames that may still be written hold their picture meanwhile (3 MB for 1920x1080): the
    frames of the last `pad` seconds, and, while an event is shorter than `min_event`, its changed
    frames and those within `pad` of them; with `speedup`, all. The others wait without their
    pictures.

    Parameters
    ----------
    pad
        Seconds.
    merge_gap, min_event
        Seconds, as for `EventBuilder`.
    speedup
        One of this many frames is shown where nothing changes; None for none of them.
    heartbeat
        Seconds, as for the decisions; None for none.
    """

    def __init__(
        self,
        *,
        pad: float,
        merge_gap: float,
        min_event: float,
        speedup: int | None = None,
        heartbeat: float | None = None,
    ) -> None:
        self._pad = exact(pad) or Fraction(0)
        self._min_event = exact(min_event) or Fraction(0)
        self._heartbeat = exact(heartbeat) if min_event else None
        self._speedup = speedup
        self._dropped = 0
        """Frames released since the last written one."""
        self._events = EventBuilder(merge_gap=merge_gap, min_event=0)
        self._rows: deque[Row] = deque()
        self._beyond = 0
        """How many of the waiting frames are out of reach of all future changes."""
        self._open: list[Fraction] = []
        """Times of the waiting changes, whose event isn't long enough yet."""
        self._written: Fraction | None = None
        """Time of the last change that is written."""
        self._shown: Fraction | None = None
        """Time of the last written frame among those released."""
        self._beat: Fraction | None = None
        """Time of the last written frame, waiting ones included, if no waiting change is."""

    def take(self, frame: Frame, decision: Decision) -> list[Row]:
        """Take the next frame, and return those that are now decided, in order.

        Each comes with the decision on it, whose `kept` says whether it is written.
        """
        if not self._pad and not self._min_event:
            return [self._settled(frame, decision)]
        if self._events.add(frame, decision) is not None:
            self._pass_over()
        self._rows.append((frame, decision))
        if decision.reason is Reason.CHANGE:
            self._open.append(frame.time)
            event = self._events.current
            if event is not None and event.duration >= self._min_event:
                return self._release_all()
        return self._release(frame.time)

    def flush(self) -> list[Row]:
        """Return all frames that are still waiting, after the last one of the recording."""
        self._pass_over()
        return self._release_all()

    def _pass_over(self) -> None:
        """Drop the waiting changes: their event was too short."""
        for index, (frame, decision) in enumerate(self._rows):
            if decision.reason is Reason.CHANGE:
                short = dataclasses.replace(decision, reason=Reason.SHORT)
                self._rows[index] = frame, short
        self._open.clear()

    def _release_all(self) -> list[Row]:
        """Release every frame; any waiting changes will be written."""
        rows = [self._settled(*row) for row in self._rows]
        if self._open:
            self._written = self._open[-1]
        self._rows.clear()
        self._open.clear()
        self._beyond = 0
        self._beat = self._shown
        return rows

    def _release(self, now: Fraction) -> list[Row]:
        """Release the frames that no change after `now` can reach, until one is undecided."""
        rows = []
        while self._rows and self._is_certain(*self._rows[0], now):
            rows.append(self._settled(*self._rows.popleft()))
        self._beyond = max(0, self._beyond - len(rows))
        while self._beyond < len(self._rows):
            frame, decision = self._rows[self._beyond]
            if frame.time + self._pad > now:
                break
            beats = self._beats(frame, decision)
            if not (beats or decision.kept or self._speedup or self._is_near(frame.time)):
                self._rows[self._beyond] = frame.without_picture(), decision
            self._beyond += 1
        return rows

    def _is_certain(self, frame: Frame, decision: Decision, now: Fraction) -> bool:
        if decision.kept:
            return decision.reason is not Reason.CHANGE
        if self._is_behind(frame.time):
            return True
        return frame.time + self._pad <= now and not self._is_near(frame.time)

    def _settled(self, frame: Frame, decision: Decision) -> Row:
        reason = decision.reason
        self._dropped += 1
        if not decision.kept and self._is_near(frame.time):
            reason = Reason.PAD
        elif not decision.kept and self._is_due(frame, decision, self._shown):
            reason = Reason.HEARTBEAT
        elif self._dropped == self._speedup and not decision.kept:
            reason = Reason.SPEEDUP
        if reason in KEEPING:
            self._dropped = 0
            self._shown = frame.time
            self._beat = frame.time if self._beat is None else max(self._beat, frame.time)
        if reason is decision.reason:
            return frame, decision
        return frame, dataclasses.replace(decision, reason=reason)

    def _beats(self, frame: Frame, decision: Decision) -> bool:
        """Return whether the next waiting frame is written if no waiting change is."""
        is_sure = decision.kept and decision.reason is not Reason.CHANGE
        if is_sure or self._is_behind(frame.time) or self._is_due(frame, decision, self._beat):
            self._beat = frame.time
            return True
        return False

    def _is_due(self, frame: Frame, decision: Decision, last: Fraction | None) -> bool:
        """Return whether the heartbeat requires a frame if the previous one was at `last`."""
        if self._heartbeat is None or last is None or decision.reason is Reason.SKIPPED:
            return False
        return frame.time - last >= self._heartbeat

    def _is_near(self, time: Fraction) -> bool:
        """Return whether `time` is within `pad` of a change that is or may be written."""
        if self._is_behind(time):
            return True
        index = bisect_left(self._open, time - self._pad)
        return index < len(self._open) and self._open[index] <= time + self._pad

    def _is_behind(self, time: Fraction) -> bool:
        """Return whether `time` is within `pad` after the last change that is written."""
        return self._written is not None and time <= self._written + self._pad


def _joined(event: Event, last: Event, frames_kept: int) -> Event:
    """Return `event` extended by a further changed frame, given as an event."""
    higher = event
    if last.peak is not None and (event.peak is None or last.peak > event.peak):
        higher = last
    return dataclasses.replace(
        event,
        end=max(event.end, last.end),
        last_frame=last.last_frame,
        peak=higher.peak,
        peak_frame=higher.peak_frame,
        peak_time=higher.peak_time,
        box=_union(event.box, last.box),
        frames_kept=frames_kept,
        last_output=last.last_output,
    )


def _union(one: Box | None, other: Box | None) -> Box | None:
    """Return the smallest box, as left, top, width and height, that contains both."""
    if one is None or other is None:
        return other if one is None else one
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right = max(one[0] + one[2], other[0] + other[2])
    bottom = max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
