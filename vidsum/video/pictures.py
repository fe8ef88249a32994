"""Pictures of single frames that have been seen before, decoded once more."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Self

from ..errors import InputError, UsageError, printable
from ..frame import Frame, VideoInfo
from ..options import Reading
from ..remote import InputPath
from .packed import Elsewhere
from .source import VideoSource

_NEAR = Fraction(20)
"""Up to so many seconds ahead, decoding on is quicker than looking for the keyframe before."""


class Pictures:
    """Gives frames back their pictures; quickest in the order of time.

    Parameters
    ----------
    paths, reading
        The recording.
    info
        What it says of itself.
    """

    def __init__(self, paths: Sequence[InputPath], reading: Reading, info: VideoInfo) -> None:
        self._paths = paths
        self._reading = reading
        self._size = info.width, info.height
        self._resources = contextlib.ExitStack()
        self._frames: Iterator[Frame] = iter(())
        self._source = 0
        self._last: Frame | None = None
        """The last one found."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def of(self, frame: Frame) -> Frame:
        """Return `frame` with its picture.

        Raises
        ------
        InputError
            If the input has no such frame any more.
        """
        if isinstance(frame.native, Elsewhere):
            frame = frame.native.brought_to(frame)
        if frame.native is not None:
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
        if (
            last is None
            or frame.source != self._source
            or not 0 < frame.source_time - last.time <= _NEAR
        ):
            self._open(frame.source, frame.source_time)
        if not self._go_to(frame):
            # Where timestamps jump, only counting from the beginning finds it.
            self._open(frame.source, None)
            if not self._go_to(frame):
                raise InputError(
                    f"{printable(self._paths[frame.source])}: frame {frame.source_number} is not "
                    "found again; the file was changed"
                )
        assert self._last is not None
        return self._last

    def _open(self, source: int, start: Fraction | None) -> None:
        self._resources.close()
        self._source, self._last, self._frames = source, None, iter(())
        opened = VideoSource(self._paths[source], self._reading, start=start, size=self._size)
        with contextlib.suppress(UsageError):  # nothing from there on
            self._frames = iter(self._resources.enter_context(opened))

    def _go_to(self, frame: Frame) -> bool:
        reached = (found for found in self._frames if found.number >= frame.source_number)
        self._last = next(reached, None)
        return self._is_at(frame)
