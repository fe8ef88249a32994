"""Several files as the segments of one recording: one count of frames, one clock."""

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import InputError, UsageError, printable
from ..frame import Frame, VideoInfo, clock, exact
from ..options import Reading
from .faults import FaultLog
from .opening import announced_duration, open_input, pick_stream
from .scan import scan
from .source import VideoSource


class Recording:
    """The frames of a recording, from `reading.start` to `reading.end`.

    The clock of the recording is that of the first file; each further one goes on where the one
    before it ended. All pictures are fitted into the size of the first.

    Parameters
    ----------
    paths
        The files in their order; at least one.
    reading
        Which frames are wanted.

    Raises
    ------
    InputError, UnsafeInputError
        On entering, if a file is missing or empty, or the first one can't be read as video.
    UsageError
        On entering, if nothing lies between start and end.
    """

    info: VideoInfo
    """What the first file that was opened says of itself; set on entering."""

    duration: Fraction | None
    """Length in seconds between start and end as the headers announce it; set on entering."""

    def __init__(self, paths: Sequence[Path], reading: Reading) -> None:
        if not paths:
            raise UsageError("no input: name at least one video file")
        self.paths = tuple(paths)
        self.faults: list[tuple[Path, FaultLog]] = []
        """What went wrong inside each file that was opened so far."""
        self.unreadable: list[InputError] = []
        """Why further files could not be opened at all."""
        self._reading = reading
        self._start = exact(reading.start_seconds)
        self._end = exact(reading.end_seconds)
        self._opened = 0
        self._frames_before = 0
        self._begin: Fraction | None = None
        """Where the current file begins on the recording's clock; None is its own clock."""
        self._source: VideoSource | None = None

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
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._source is not None:
            self._source.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Frame]:
        while self._source is not None:
            source, index = self._source, self._opened - 1
            offset = Fraction(0) if self._begin is None else self._begin - source.first_time
            count = 0
            for frame in source:
                count = frame.number + 1
                time = frame.time + offset
                if self._end is not None and time >= self._end:
                    return
                yield dataclasses.replace(
                    frame, number=frame.number + self._frames_before, time=time, source=index
                )
            self._frames_before += count
            self._begin = source.end_time + offset
            source.__exit__(None, None, None)
            self._source = self._open_next()

    @property
    def fault_lines(self) -> tuple[str, ...]:
        """What went wrong so far, a line for each kind and file."""
        lines = [f"{printable(path)}: {fault}" for path, log in self.faults for fault in log]
        return (*lines, *(str(error) for error in self.unreadable))

    @property
    def lost_input(self) -> bool:
        """Whether part of the input was lost."""
        return bool(self.unreadable) or any(log.loses_input for _, log in self.faults)

    def _open_next(self) -> VideoSource | None:
        """Open the next file that reaches past the start time; None if there is no more."""
        while self._opened < len(self.paths):
            path = self.paths[self._opened]
            self._opened += 1
            start = self._start
            if start is not None and self._begin is not None and self._begin >= start:
                start = None
            elif start is not None and len(self.paths) > 1:
                span = scan(path, self._reading.stream)
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
                self.unreadable.append(error)
                continue
            self.faults.append((path, source.faults))
            return source
        return None

    def _announced_total(self) -> Fraction | None:
        """Return the announced length; raise for a file that is no video before any is decoded."""
        total: Fraction | None = Fraction(0)
        for path in self.paths:
            with open_input(path) as container:
                stream = pick_stream(container, self._reading.stream, path)
                length = announced_duration(container, stream)
            total = None if total is None or length is None else total + length
        return total

    def _between_start_and_end(self, total: Fraction | None) -> Fraction | None:
        if total is None or (self._end is not None and self._end < total):
            total = self._end
        return None if total is None else max(total - (self._start or 0), Fraction(0))
