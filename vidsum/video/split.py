"""A recording whose frames are decoded elsewhere, a piece at a time."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..frame import Frame, VideoInfo
from ..options import Reading
from ..remote import InputPath
from .pictures import Pictures, Undecoded
from .pieces import Piece, pieces
from .recording import Place, Recording, checksum

_PIECE_FRAMES = 250
"""Pieces have at least so many frames: beginning one costs as much as decoding some dozens, and
what is decided on of all of them may have to wait."""

Seal: TypeAlias = tuple[Fraction, int]
"""Time and checksum of a frame, by which it is known again."""


def seal_of(frame: Frame) -> Seal:
    """Return what `frame` is known by."""
    return frame.source_time, checksum(frame)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """Some frames of a piece, or its end."""

    times: tuple[Fraction, ...] = ()
    """When they are shown, in seconds; none at the end of the piece."""
    durations: tuple[Fraction, ...] = ()
    """How long each lasts, in seconds."""
    reduced: NDArray[np.uint8] | None = None
    """Their analysis planes, shape (frames, height, width)."""
    seal: Seal | None = None
    """Of the first frame of a piece, and at its end of the first one behind it, if there is any."""


Decode: TypeAlias = Callable[
    [InputPath, Reading, VideoInfo, Iterable[Piece]],
    Iterator[tuple[Piece, Iterator[Look]]],
]
"""Decodes pieces, in their order. Without an end, a piece is not sound."""


class SplitRecording(Recording):
    """A recording that is decoded in pieces by others, if it is longer than `least` seconds.

    Its frames are those of the `Recording`; those of pieces have no picture but `Pictures` give it.
    The first ones are decoded here. So is all that is not one local file with timestamps by which
    keyframes are found, and from a piece on that is damaged or lost, or does not begin with the
    frame that comes behind the piece before, all to the end: by going on from the first ones.

    Parameters
    ----------
    paths, reading
        As for `Recording`.
    least
        Seconds.
    decode
        Who decodes pieces.
    """

    def __init__(
        self, paths: Sequence[InputPath], reading: Reading, *, least: float, decode: Decode
    ) -> None:
        super().__init__(paths, reading)
        self._least = least
        self._decode = decode
        self._whole = False
        """Whether pieces gave all that is left."""

    def __iter__(self) -> Iterator[Frame]:
        planned = self._planned()
        piece: Piece | None = None
        last: int | None = None
        for frame in super().__iter__():
            if last is None:
                piece = next((piece for piece in planned if piece.start > frame.time), None)
                last = frame.number - 1
            if piece is not None and frame.time >= piece.start:
                rest, piece = itertools.chain([piece], planned), None
                if not self.fault_lines:
                    for given in self._elsewhere(rest, frame):
                        yield given
                        last = given.number
                    if self._whole:
                        return
            if frame.number > last:
                yield frame

    def place(self, last: Frame) -> Place:
        """Return the place behind `last`, the frame that was yielded last."""
        with Pictures(self.paths, self._reading, self.info) as pictures:
            return super().place(pictures.of(last))

    def _planned(self) -> Iterator[Piece]:
        """Yield the pieces into which the recording can be split."""
        path = self.paths[0]
        if (
            len(self.paths) > 1
            or not isinstance(path, Path)
            or self._reading.hwaccel is not None
            or self.duration is None
            or self.duration <= self._least
        ):
            return
        yield from pieces(path, self._reading, _PIECE_FRAMES)

    def _elsewhere(self, planned: Iterator[Piece], first: Frame) -> Iterator[Frame]:
        """Yield the frames of pieces from `first` on, as long as all is sound."""
        assert self._source is not None
        number, last = first.number, first.time
        expected: Seal | None = seal_of(first)
        for piece, looks in self._decode(self.paths[0], self._reading, self.info, planned):
            undecoded = Undecoded(keyframes=piece.keyframes)
            begun = False
            for look in looks:
                if not begun and look.seal != expected:
                    return
                begun = True
                expected = look.seal
                if not look.times:
                    break
                assert look.reduced is not None
                for index, time in enumerate(look.times):
                    if self._end is not None and time >= self._end:
                        self._whole = True
                        return
                    self._source.longest = max(self._source.longest, time - last)
                    last = time
                    yield Frame(
                        number=number,
                        time=time,
                        duration=look.durations[index],
                        luma=np.empty((0, 0), np.uint8),
                        reduced=look.reduced[index],
                        native=undecoded,
                        source_number=number,
                        source_time=time,
                    )
                    number += 1
            else:
                return
        self._whole = expected is None and not self._source.was_changed
