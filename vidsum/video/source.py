"""One video file as a stream of frames."""

import contextlib
import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import av.container
import av.error
from av.video.stream import VideoStream

from ..errors import InputError, UsageError, printable
from ..frame import Frame, VideoInfo, clock
from ..options import Reading
from ..remote import InputPath
from .clock import Clock
from .conform import fit
from .decode import can_seek, decode, first_decoding_time, has_guessed_times
from .faults import FaultKind, FaultLog
from .luma import luma_of
from .opening import (
    FALLBACK_RATE,
    announced_duration,
    decoder_limit,
    file_state,
    frame_rate,
    is_cut_off,
    open_video,
    was_written_to,
)
from .pipe import open_pipe
from .scan import Scan, scan

_UNINDEXED = frozenset({"mpegts", "mpeg"})
"""Formats in which the ffmpeg program may fail to find a time."""

_LEAD_SECONDS = Fraction(1)
"""How many seconds before a time the ffmpeg program seeks: where seeking uses decoding times, it
may land after its target, and the pictures in between would be missing."""

_EARLY_SECONDS = Fraction(1)
"""Seconds, in addition to the longest frame so far, that a video may end before its announced end:
more than rounding explains."""


class VideoSource:
    """The frames of one video file.

    Entering decodes one frame: only a frame reveals its rotation, and a file of which none can be
    decoded is not an input.

    Parameters
    ----------
    path
        The file.
    reading
        Which stream is read, and how it is decoded. Its times are those of the recording and are
        ignored here.
    start
        Time in seconds, on the file's own clock, before which nothing is yielded. Nothing before
        the preceding keyframe is decoded.
    before
        The result of scanning what is before `start`, if available.
    size
        (width, height) as stored, to which all pictures are scaled. Default: that of the first.

    Raises
    ------
    InputError
        On entering, if the file can't be read as video.
    UnsafeInputError
        On entering, if opening the file could reach others.
    UsageError
        On entering, if it has no such stream, or nothing from `start` on.
    """

    info: VideoInfo
    """The properties of the file; set on entering."""

    first_time: Fraction
    """Time of the file's first frame, yielded or not, on its own clock; set on entering."""

    end_time: Fraction
    """When the last frame yielded so far ends, on the file's own clock."""

    def __init__(
        self,
        path: InputPath,
        reading: Reading,
        *,
        start: Fraction | None = None,
        before: Scan | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.path = path
        self.faults = FaultLog()
        self.longest = Fraction(0)
        """Longest time between two consecutive frames so far, in seconds."""
        self._reading = reading
        self._start = start
        self._before = before
        self._size = size
        self._zero: Fraction | None = None
        """When the first picture is shown, in seconds, if the decoder's timestamp is a guess."""
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as resources:
            self._open(resources)
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def _open(self, resources: contextlib.ExitStack) -> None:
        self._state = file_state(self.path)
        container, stream = resources.enter_context(open_video(self.path, self._reading))
        duration = announced_duration(container, stream)
        self._announced_end = _announced_end(container, stream, duration)
        before = self._before
        if before is None and self._start:
            before = scan(self.path, self._reading, until=self._start)
        frame_duration = 1 / frame_rate(stream)
        if self._reading.hwaccel is not None:
            if not isinstance(self.path, Path):
                raise UsageError(
                    f"{printable(self.path)}: --hwaccel reads local files alone; leave it out, or "
                    "copy the file"
                )
            skip = self._start
            if skip is not None:
                skip -= Fraction(container.start_time or 0, av.time_base) + _LEAD_SECONDS
                skip = max(skip, Fraction(0))
            lost = before is not None and before.keyframe is None
            if container.format.name in _UNINDEXED or lost or not can_seek(container, stream):
                skip = None
                if has_guessed_times(container):
                    self._zero = first_decoding_time(container, stream)
            container = resources.enter_context(
                open_pipe(
                    self.path,
                    stream.index,
                    self._reading.hwaccel,
                    start=skip,
                    max_pixels=decoder_limit(stream, self._reading),
                    log=self.faults,
                )
            )
            decoded = container.streams.video[0]
        else:
            decoded = stream
        self._timed = self._decoded(container, decoded, frame_duration, before)
        try:
            first = next(self._timed, None)
        except av.error.FFmpegError as error:  # damage is counted; this is from seeking
            raise InputError(
                f"{printable(self.path)}: cannot be searched for {clock(self._start or 0)}, its "
                "index is damaged; look at all of it"
            ) from error
        if first is None:
            raise self._nothing_decoded()
        self._timed = itertools.chain([first], self._timed)
        if before is not None and before.first_time is not None:
            self.first_time = before.first_time
        self.info = describe(self.path, stream, decoded, first[0], duration)

    def _decoded(
        self,
        container: av.container.InputContainer,
        stream: VideoStream,
        frame_duration: Fraction,
        before: Scan | None,
    ) -> Iterator[tuple[av.VideoFrame, int, Fraction, Fraction]]:
        """Yield each picture with its number, time and duration, from the start time on."""
        unit = stream.time_base or Fraction(1)
        self._clock = Clock(unit, frame_duration, self.faults)
        number = 0
        keyframe = None
        sought = before is not None and before.keyframe is not None
        if self._reading.hwaccel is None and before is not None:
            keyframe = before.keyframe if can_seek(container, stream) else None
            sought = keyframe is not None
        later = 0
        piped: int | None = None
        for picture, timestamp in decode(container, stream, self.faults, keyframe=keyframe):
            if timestamp is not None:
                if self._zero is not None:
                    later, self._zero = timestamp - round(self._zero / unit), None
                timestamp -= later
            if self._reading.hwaccel is not None and timestamp is not None:
                # After a restart, ffmpeg puts the previous timestamp plus one in place of each.
                lost = piped is not None and timestamp == piped + 1 and 4 * unit < frame_duration
                piped, timestamp = timestamp, None if lost else timestamp
            time = self._clock.time(timestamp)
            if not hasattr(self, "first_time"):
                self.first_time = time
            duration = max(picture.duration or 0, 0) * unit or frame_duration
            self.end_time = time + duration
            if self._start is not None and time < self._start:
                number += not sought
                continue
            if sought and before is not None:
                number, sought = before.frames, False
            yield picture, number, time, duration
            number += 1

    def __iter__(self) -> Iterator[Frame]:
        size = self._size or (self.info.width, self.info.height)
        previous: Fraction | None = None
        fitted = fit(*size, self.info.pixel_format)
        seen = size
        for picture, number, time, duration in self._timed:
            if (picture.width, picture.height) != size:
                if (picture.width, picture.height) != seen:
                    self.faults.add(FaultKind.SIZE_CHANGE, time)
                seen = (picture.width, picture.height)
                picture = fitted(picture)
            self.longest = max(self.longest, time - (time if previous is None else previous))
            previous = time
            yield Frame(
                number=number,
                time=time,
                duration=duration,
                luma=luma_of(picture),
                native=picture,
                source_number=number,
                source_time=time,
                shift=self._clock.shift,
            )
        announced = self.end_time if self._announced_end is None else self._announced_end
        if announced - self.end_time > _EARLY_SECONDS + self.longest or is_cut_off(self.path):
            self.faults.add(FaultKind.ENDED_EARLY, self.end_time)
        if self.was_changed:
            self.faults.add(FaultKind.CHANGED, None)

    @property
    def was_changed(self) -> bool:
        """Whether the file was written to since it was opened."""
        return was_written_to(self.path, self._state)

    def _nothing_decoded(self) -> InputError | UsageError:
        name = printable(self.path)
        if self._start and hasattr(self, "end_time"):
            return UsageError(
                f"{name}: nothing at or after {clock(self._start)}; the video ends at "
                f"{clock(self.end_time)}"
            )
        found = "; ".join(str(fault) for fault in self.faults)
        return InputError(f"{name}: 0 frames decoded" + (f" ({found})" if found else ""))


def describe(
    path: InputPath,
    stream: VideoStream,
    decoded: VideoStream,
    picture: av.VideoFrame,
    duration: Fraction | None,
) -> VideoInfo:
    """Return the properties of a stream, given its first picture."""
    return VideoInfo(
        path=path,
        width=picture.width,
        height=picture.height,
        rotation=picture.rotation % 360 // 90 * 90,
        rate=frame_rate(stream),
        time_base=decoded.time_base or 1 / FALLBACK_RATE,
        duration=duration,
        codec=stream.codec_context.name,
        pixel_format=picture.format.name,
        sample_aspect_ratio=stream.sample_aspect_ratio or Fraction(1),
    )


def _announced_end(
    container: av.container.InputContainer, stream: VideoStream, duration: Fraction | None
) -> Fraction | None:
    """Return when the header says that this stream ends, in seconds of its clock.

    None if only the container's length is known and other streams may be longer.
    """
    if duration is None:
        return None
    if stream.duration is not None:
        return duration + (stream.start_time or 0) * (stream.time_base or 0)
    if len(container.streams) == 1:
        # Matroska counts its duration from 0, MPEG from the first timestamp; the earlier end
        # applies.
        return duration
    return None
