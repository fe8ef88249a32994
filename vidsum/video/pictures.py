"""Pictures of single frames that have been seen before, decoded again."""

import bisect
import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from ..errors import InputError, UsageError, printable
from ..frame import Frame, VideoInfo
from ..options import Reading
from ..remote import InputPath
from .scan import Scan
from .source import VideoSource

_NEAR_SECONDS = Fraction(20)
"""Up to this many seconds ahead, continuing to decode is faster than seeking."""

_SEEK_COST_SECONDS = Fraction(1)
"""Cost of seeking to a known keyframe, as seconds of video that could be decoded instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecoded:
    """Stands in for a frame's picture, which is decoded when it is needed."""

    keyframes: tuple[tuple[Fraction, int | None], ...]
    """Time in seconds and decoding timestamp of the keyframes around the frame, in order; the first
    is not after it."""

    def keyframe(self, time: Fraction) -> tuple[Fraction, int | None]:
        """Return the last keyframe that is not after `time`."""
        behind = bisect.bisect_right(self.keyframes, time, key=lambda keyframe: keyframe[0])
        return self.keyframes[behind - 1]


class Pictures:
    """Adds pictures to frames again; fastest in order of time.

    Parameters
    ----------
    paths, reading
        The recording.
    info
        The properties of the recording.
    """

    def __init__(self, paths: Sequence[InputPath], reading: Reading, info: VideoInfo) -> None:
        self._paths = paths
        self._reading = reading
        self._size = info.width, info.height
        self._resources = contextlib.ExitStack()
        self._frames: Iterator[Frame] = iter(())
        self._source = 0
        self._last: Frame | None = None
        """The last frame found."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def of(self, frame: Frame) -> Frame:
        """Return `frame` with its picture.

        Raises
        ------
        InputError
            If the input no longer has such a frame.
        """
        if frame.native is not None and not isinstance(frame.native, Undecoded):
            return frame
        found = self._last if self._is_at(frame) else self._find(frame)
        assert found is not None
        return dataclasses.replace(frame, luma=found.luma, native=found.native)

    def _is_at(self, frame: Frame) -> bool:
        last = self._last
        return (
            last is not None
            and frame.source == self._source
            and (frame.source_number, frame.source_time) == (last.number, last.time)
        )

    def _find(self, frame: Frame) -> Frame:
        last = self._last
        near, before = _NEAR_SECONDS, None
        if isinstance(frame.native, Undecoded):
            time, keyframe = frame.native.keyframe(frame.source_time)
            near = frame.source_time - time + _SEEK_COST_SECONDS
            before = Scan(frames=frame.source_number, keyframe=keyframe)
        if (
            last is None
            or frame.source != self._source
            or not 0 < frame.source_time - last.time <= near
        ):
            self._open(frame.source, frame.source_time, before)
        if not self._go_to(frame):
            # If timestamps jump, it is only found by counting from the beginning.
            self._open(frame.source, None)
            if not self._go_to(frame):
                raise InputError(
                    f"{printable(self._paths[frame.source])}: frame {frame.source_number} is not "
                    "found again; the file was changed"
                )
        assert self._last is not None
        return self._last

    def _open(self, source: int, start: Fraction | None, before: Scan | None = None) -> None:
        self._resources.close()
        self._source, self._last, self._frames = source, None, iter(())
        path, size = self._paths[source], self._size
        opened = VideoSource(path, self._reading, start=start, before=before, size=size)
        with contextlib.suppress(UsageError):  # nothing from there on
            self._frames = iter(self._resources.enter_context(opened))

    def _go_to(self, frame: Frame) -> bool:
        reached = (found for found in self._frames if found.number >= frame.source_number)
        self._last = next(reached, None)
        return self._is_at(frame)
