"""Frames and decisions of a run, noted as they come, and told again when the run goes on.

All else that a run finds out, and all that its reports say, follows from them: another run is told
of the frames that the interrupted one has seen, without their pictures, and of what was decided of
them, and has thereby come as far as that one was.
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
"""So often what is needed to go on is saved: a crash costs as much."""

_MOST = 100
"""Saving may take one in so many parts of the time, or it is done less often."""

_UNSEEN = np.empty((0, 0), np.uint8)


class Journal:
    """A recording and its judge, who are asked through it.

    Parameters
    ----------
    recording, judge
        Where frames come from, and who decides on them.
    checkpoint
        Where they are noted.
    state
        What an interrupted run has saved; None to begin at the beginning.
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
        """How many frames are told again."""
        self.frames = 0
        """How many frames were told so far."""
        self._recording = recording
        self._judge = judge
        self._checkpoint = checkpoint
        self._state = state
        self._others = others
        self._saved = time.monotonic()
        self._wait = SAVE_SECONDS

    @property
    def info(self) -> VideoInfo:
        """What the recording says of itself."""
        return self._recording.info

    @property
    def duration(self) -> Fraction | None:
        """Length of the recording as it is announced."""
        return self._recording.duration

    @property
    def windows(self) -> int:
        """How many windows a frame has."""
        return self._judge.windows

    @property
    def is_telling(self) -> bool:
        """Whether frames are told again that were seen before."""
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
        """Return `should_stop`, but as long as frames are told again, there is no stopping.

        What the interrupted run had done would be lost.
        """
        return lambda: should_stop is not None and not self.is_telling and should_stop()

    def judge(self, frame: Frame) -> Decision:
        """Return what is decided of a frame, or was."""
        if self.is_telling:
            return _decision(self._checkpoint.next_note())
        decision = self._judge.judge(frame)
        self._checkpoint.note(_told(decision))
        return decision

    def _restore(self, last: Frame) -> None:
        """Be where the interrupted run was behind `last`."""
        state, self._state = self._state, None
        assert state is not None
        place = _place(state["place"], last)
        try:
            self._judge.restore(state["judge"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{self._checkpoint.path}: cannot be continued ({error}); start anew with --force"
            ) from error
        self._recording.go_on(place)
        self._checkpoint.go_on()
        # From now on, the files of this run are those to go on with.
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
        self._wait = max(SAVE_SECONDS, _MOST * (self._saved - begun))


def _values(frame: Frame) -> list[int]:
    """Return a frame as a note; what can be told from the rest is left out."""
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
    """Return a decision as a note, without what is as by default at its end."""
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
