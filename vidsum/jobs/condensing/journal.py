"""Frames and decisions of a run, noted as they come, and replayed when the run is resumed.

Everything else that a run finds out, and everything in its reports, follows from them: the resuming
run is given the frames that the interrupted one has seen, without their pictures, and its
decisions, and is then where that one was.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...dedup import Decision, Judge, Reason
from ...dedup.state import State
from ...errors import UsageError
from ...frame import Frame, VideoInfo
from ...video import Recording
from ...video.recording import Earlier, Place
from .checkpoint import Checkpoint

SAVE_SECONDS = 30.0
"""Seconds between saves: this much work is lost in a crash."""

_WAIT_PER_SAVE_TIME = 100
"""Saving takes at most 1/100 of the run time; otherwise it is done less often."""

_UNSEEN = np.empty((0, 0), np.uint8)


class Journal:
    """A recording and its judge, both used through this class.

    Parameters
    ----------
    recording, judge
        The source of the frames, and what decides on them.
    checkpoint
        Where they are noted.
    state
        What an interrupted run has saved; None to start from the beginning.
    others
        Returns what else is to be saved.
    """

    def __init__(
        self,
        recording: Recording,
        judge: Judge,
        checkpoint: Checkpoint,
        state: Any | None,
        others: Callable[[], State],
    ) -> None:
        self.resumed = 0 if state is None else int(state["frames"])
        """How many frames are replayed."""
        self.frames = 0
        """How many frames were returned so far."""
        self._recording = recording
        self._judge = judge
        self._checkpoint = checkpoint
        self._state = state
        self._others = others
        self._saved = time.monotonic()
        self._wait = SAVE_SECONDS

    @property
    def info(self) -> VideoInfo:
        """The properties of the recording."""
        return self._recording.info

    @property
    def duration(self) -> Fraction | None:
        """The announced length of the recording."""
        return self._recording.duration

    @property
    def windows(self) -> int:
        """How many windows a frame has."""
        return self._judge.windows

    @property
    def is_telling(self) -> bool:
        """Whether frames that were seen before are being replayed."""
        return self.frames < self.resumed

    def __iter__(self) -> Iterator[Frame]:
        last = None
        while self.is_telling:
            last = _frame(self._checkpoint.next_note())
            yield last
            self.frames += 1
        if last is not None:
            self._restore(last)
        for frame in self._recording:
            self._checkpoint.note(_values(frame))
            yield frame
            self.frames += 1
            if time.monotonic() - self._saved >= self._wait:
                self._save(self._recording.place(frame))

    def gate(self, should_stop: Callable[[], bool] | None) -> Callable[[], bool]:
        """Return `should_stop`, except that a replay can't be stopped.

        The work of the interrupted run would be lost.
        """
        return lambda: should_stop is not None and not self.is_telling and should_stop()

    def judge(self, frame: Frame) -> Decision:
        """Return the decision on a frame, new or replayed."""
        if self.is_telling:
            return _decision(self._checkpoint.next_note())
        decision = self._judge.judge(frame)
        self._checkpoint.note(_told(decision))
        return decision

    def _restore(self, last: Frame) -> None:
        """Restore the state of the interrupted run after `last`."""
        state, self._state = self._state, None
        assert state is not None
        place = _place(state["place"], last)
        try:
            self._judge.restore(state["judge"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{self._checkpoint.path}: cannot be continued ({error}); start over with --force"
            ) from error
        self._recording.go_on(place)
        self._checkpoint.go_on()
        # From now on, the files of this run are the ones to resume from.
        self._save(place)

    def _save(self, place: Place) -> None:
        begun = time.monotonic()
        self._checkpoint.save(
            {
                "frames": self.frames,
                "judge": self._judge.state,
                "place": _place_state(place),
                **self._others(),
            }
        )
        self._saved = time.monotonic()
        self._wait = max(SAVE_SECONDS, _WAIT_PER_SAVE_TIME * (self._saved - begun))


def _values(frame: Frame) -> list[int]:
    """Return a frame as a note, without what follows from the rest."""
    values = [frame.number, *frame.time.as_integer_ratio(), *frame.duration.as_integer_ratio()]
    own = (frame.source, frame.source_number, frame.source_time, frame.shift)
    if own != (0, frame.number, frame.time, Fraction(0)):
        values += [frame.source, frame.source_number, *frame.source_time.as_integer_ratio()]
    if frame.shift:
        values += frame.shift.as_integer_ratio()
    return values


def _frame(values: Sequence[int]) -> Frame:
    number, time_over, time_under, duration_over, duration_under, *source = values
    moment = Fraction(time_over, time_under)
    index, source_number, over, under, *shift = source or (0, number, time_over, time_under)
    return Frame(
        number=number,
        time=moment,
        duration=Fraction(duration_over, duration_under),
        luma=_UNSEEN,
        source=index,
        source_number=source_number,
        source_time=Fraction(over, under),
        shift=Fraction(*shift),
    )


def _told(decision: Decision) -> list[object]:
    """Return a decision as a note, without trailing defaults."""
    values: list[object] = [
        decision.reason,
        decision.reference,
        decision.mse,
        decision.doubtful,
        int(decision.prefiltered),
        decision.local_ssim,
        decision.place,
        decision.ssim,
        decision.box,
    ]
    while values[-1] is None:
        values.pop()
    return values


def _decision(values: Sequence[Any]) -> Decision:
    padded = [*values, *[None] * (9 - len(values))]
    reason, reference, mse, doubtful, prefiltered, local_ssim, place, ssim, box = padded
    return Decision(
        reason=Reason(reason),
        reference=reference,
        mse=mse,
        ssim=ssim,
        local_ssim=local_ssim,
        place=None if place is None else (place[0], place[1]),
        box=None if box is None else (box[0], box[1], box[2], box[3]),
        prefiltered=bool(prefiltered),
        doubtful=doubtful,
    )


def _place_state(place: Place) -> State:
    return {
        "check": place.check,
        "intact": place.intact,
        "longest": place.longest,
        "lines": list(place.earlier.lines),
        "unreadable": list(place.earlier.unreadable),
        "lost_input": place.earlier.lost_input,
    }


def _place(state: Any, last: Frame) -> Place:
    return Place(
        last=last,
        check=state["check"],
        intact=state["intact"],
        longest=state["longest"],
        earlier=Earlier(
            lines=tuple(state["lines"]),
            unreadable=tuple(state["unreadable"]),
            lost_input=state["lost_input"],
        ),
    )
