"""Several files as the segments of one recording: one frame count, one clock."""

import contextlib
import dataclasses
import itertools
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np

from ..errors import InputError, UsageError, printable
from ..frame import Frame, VideoInfo, clock, exact
from ..options import Reading
from ..remote import InputPath
from .faults import FaultLog
from .opening import announced_duration, open_video
from .scan import Scan, scan
from .source import VideoSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was wrong with the files before the current one."""

    lines: tuple[str, ...] = ()
    """A line for each kind and file."""
    unreadable: tuple[str, ...] = ()
    """A line for each file that could not be opened."""
    lost_input: bool = False
    """Whether part of the readable ones was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a recording from which another run can continue."""

    last: Frame
    """The frame before it, without its picture."""
    check: int
    """The CRC-32 of its luma."""
    intact: bool
    """Whether the current file has had no fault so far."""
    longest: Fraction
    """Longest time between two consecutive frames of that file so far, in seconds."""
    earlier: Earlier


class Recording:
    """The frames of a recording, from `reading.start` to `reading.end`.

    The clock of the recording is that of the first file; each further one continues where the
    previous one ended. All pictures are fitted to the size of the first.

    Parameters
    ----------
    paths
        The files in order; at least one.
    reading
        Which frames are wanted.

    Raises
    ------
    InputError, UnsafeInputError
        On entering, if a file is missing or empty, or the first one can't be read as video.
    UsageError
        On entering, if there is nothing between start and end.
    """

    info: VideoInfo
    """The properties of the first file that was opened; set on entering."""

    duration: Fraction | None
    """Length in seconds between start and end according to the headers; set on entering."""

    def __init__(self, paths: Sequence[InputPath], reading: Reading) -> None:
        if not paths:
            raise UsageError("no input: name at least one video file")
        self.paths = tuple(paths)
        self.faults: list[tuple[InputPath, FaultLog]] = []
        """What went wrong inside each file opened so far."""
        self.unreadable: list[str] = []
        """Why further files could not be opened, one line each."""
        self._reading = reading
        self._start = exact(reading.start_seconds)
        self._end = exact(reading.end_seconds)
        self._opened = 0
        self._frames_before = 0
        self._begin: Fraction | None = None
        """Where the current file begins on the recording's clock; None if it is its own clock."""
        self._source: VideoSource | None = None
        self._frames: Iterator[Frame] = iter(())
        """The frames of the current file."""
        self._count = 0
        """How many of its frames were passed, including skipped ones."""
        self._earlier = Earlier()

    def __enter__(self) -> Self:
        total = self._announced_total() if len(self.paths) > 1 else None
        self._source = self._open_next()
        if self._source is None:
            raise UsageError(
                f"--start {self._reading.start} is past the end of the recording, "
                f"{clock(self._begin or 0)}"
            )
        self.info = self._source.info
        self.duration = self._between_start_and_end(
            self.info.duration if len(self.paths) == 1 else total
        )
        try:
            self._check_end(self._source)
        except BaseException:
            self._source.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        if self._source is not None:
            self._source.__exit__(*error)

    def __iter__(self) -> Iterator[Frame]:
        while self._source is not None:
            source, index = self._source, self._opened - 1
            offset = Fraction(0) if self._begin is None else self._begin - source.first_time
            for frame in self._frames:
                self._count = frame.number + 1
                time = frame.time + offset
                if self._end is not None and time >= self._end:
                    return
                yield dataclasses.replace(
                    frame, number=frame.number + self._frames_before, time=time, source=index
                )
            self._frames_before += self._count
            self._begin = source.end_time + offset
            source.__exit__(None, None, None)
            self._source = self._open_next()

    @property
    def fault_lines(self) -> tuple[str, ...]:
        """What went wrong so far, one line for each kind and file."""
        lines = [*self._earlier.lines, *_lines(self.faults)]
        return (*lines, *self.unreadable)

    @property
    def lost_input(self) -> bool:
        """Whether part of the input was lost."""
        logs = any(log.loses_input for _, log in self.faults)
        return bool(self.unreadable) or self._earlier.lost_input or logs

    def place(self, last: Frame) -> "Place":
        """Return the place after `last`, the frame that was yielded last."""
        assert self._source is not None
        *before, (_, log) = self.faults
        return Place(
            last=last.without_picture(),
            check=checksum(last),
            intact=not log,
            longest=self._source.longest,
            earlier=Earlier(
                lines=(*self._earlier.lines, *_lines(before)),
                unreadable=tuple(self.unreadable),
                lost_input=self._earlier.lost_input or any(log.loses_input for _, log in before),
            ),
        )

    def go_on(self, place: "Place") -> None:
        """Continue after `place`, which another run reached; nothing may have been yielded here
        yet.

        Raises
        ------
        UsageError
            If the input does not decode as it did.
        """
        if self._source is not None:
            self._source.__exit__(None, None, None)
        self._source = None
        self._earlier = place.earlier
        self.unreadable = list(place.earlier.unreadable)
        last = place.last
        first_start = self._start if len(self.paths) == 1 else None
        # Starting at a keyframe is fast; after damage, the file is read from where it was begun.
        quick = place.intact and self._reaches(place, last.source_time, intact=True)
        if not quick and not self._reaches(place, first_start, intact=False):
            raise UsageError(
                f"{printable(self.paths[last.source])}: does not decode as it did before the "
                "interruption; start over with --force"
            )
        assert self._source is not None
        self._opened = last.source + 1
        self._begin = last.time - last.source_time + self._source.first_time
        self._frames_before = last.number - last.source_number
        self._source.longest = max(self._source.longest, place.longest)

    def _reaches(self, place: "Place", start: Fraction | None, *, intact: bool) -> bool:
        """Open the file of a place at `start`, and move to the place; return whether it was found.

        Parameters
        ----------
        place
            The place.
        start
            As for `VideoSource`.
        intact
            Whether there must be no fault on the way.
        """
        last = place.last
        size = self.info.width, self.info.height
        source = VideoSource(self.paths[last.source], self._reading, start=start, size=size)
        try:
            source.__enter__()
        except UsageError:  # nothing after that time
            return False
        frames = iter(source)
        found = next((frame for frame in frames if frame.number >= last.source_number), None)
        if (
            found is None
            or (found.number, found.time) != (last.source_number, last.source_time)
            or checksum(found) != place.check
            or (intact and source.faults)
        ):
            source.__exit__(None, None, None)
            return False
        self._source, self._frames, self._count = source, frames, found.number + 1
        self.faults = [(source.path, source.faults)]
        return True

    def _open_next(self) -> VideoSource | None:
        """Open the next file that reaches past the start time; None if there is none."""
        while self._opened < len(self.paths):
            path = self.paths[self._opened]
            self._opened += 1
            start = self._start
            if start is not None and self._begin is not None and self._begin >= start:
                start = None
            elif start is not None and len(self.paths) > 1:
                span = scan(path, self._reading)
                if span.first_time is None:
                    span = self._decoded_span(path) or span
                if span.first_time is not None:
                    assert span.last_time is not None and span.end_time is not None
                    begin = span.first_time if self._begin is None else self._begin
                    if begin + span.last_time - span.first_time < start:
                        self._begin = begin + span.end_time - span.first_time
                        self._frames_before += span.frames
                        continue
                    start = span.first_time + max(start - begin, Fraction(0))
            first = not self.faults
            size = None if first else (self.info.width, self.info.height)
            source = VideoSource(path, self._reading, start=start, size=size)
            try:
                source.__enter__()
            except InputError as error:
                if first:
                    raise
                self.unreadable.append(str(error))
                continue
            self.faults.append((path, source.faults))
            self._frames, self._count = iter(source), 0
            return source
        return None

    def _decoded_span(self, path: InputPath) -> Scan | None:
        """Return the span of a file without timestamps, by decoding; None if that fails."""
        with contextlib.suppress(InputError), VideoSource(path, self._reading) as source:
            (last,) = deque(source, maxlen=1)
            return Scan(
                frames=last.number + 1,
                first_time=source.first_time,
                last_time=last.time,
                end_time=source.end_time,
            )
        return None

    def _check_end(self, source: VideoSource) -> None:
        """Raise `UsageError` if the first frame is at the end time or later."""
        if self._end is None:
            return
        first = next(self._frames)
        self._frames = itertools.chain([first], self._frames)
        time = first.time if self._begin is None else first.time + self._begin - source.first_time
        if time >= self._end:
            begin = "" if self._start is None else f" from --start {self._reading.start} on"
            raise UsageError(
                f"--end {self._reading.end} is not after the first frame{begin}, {clock(time)}"
            )

    def _announced_total(self) -> Fraction | None:
        """Return the announced length; raise for files that are no videos, before decoding."""
        total: Fraction | None = Fraction(0)
        for path in self.paths:
            with open_video(path, self._reading) as (container, stream):
                length = announced_duration(container, stream)
            total = None if total is None or length is None else total + length
        return total

    def _between_start_and_end(self, total: Fraction | None) -> Fraction | None:
        if total is None or (self._end is not None and self._end < total):
            total = self._end
        return None if total is None else max(total - (self._start or 0), Fraction(0))


def checksum(frame: Frame) -> int:
    """Return the CRC-32 of a frame's luma."""
    return zlib.crc32(np.ascontiguousarray(frame.luma).data)


def _lines(faults: Iterable[tuple[InputPath, FaultLog]]) -> list[str]:
    return [f"{printable(path)}: {fault}" for path, log in faults for fault in log]
