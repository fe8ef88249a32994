"""A recording whose frames are decoded elsewhere, piece by piece."""

import itertools
import operator
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
from .pieces import OVERLAP, Piece, pieces
from .recording import Place, Recording, checksum

_PIECE_FRAMES = 250
"""The least number of frames in a piece: starting one costs as much as decoding some dozens, and
all frames of a piece may have to wait for their decisions."""

Seals: TypeAlias = tuple[tuple[Fraction, int], ...]
"""Time and checksum of frames, by which they are recognised."""


def seals_of(frames: Iterable[Frame]) -> Seals:
    """Return the seals of `frames`."""
    return tuple((frame.source_time, checksum(frame)) for frame in frames)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """Some frames of a piece, or its end."""

    times: tuple[Fraction, ...] = ()
    """When they are shown, in seconds."""
    durations: tuple[Fraction, ...] = ()
    """How long each lasts, in seconds."""
    reduced: NDArray[np.uint8] | None = None
    """Their analysis planes, shape (frames, height, width); None at the end of the piece."""
    seals: Seals = ()
    """Of the first frames of the piece, and at its end of the first ones after it, if there are
    any."""


Decode: TypeAlias = Callable[
    [InputPath, Reading, VideoInfo, Iterable[Piece]],
    Iterator[tuple[Piece, Iterator[Look]]],
]
"""Decodes pieces, in order. A piece without an end counts as damaged."""


class SplitRecording(Recording):
    """A recording that others decode in pieces, if it is longer than `least` seconds.

    Its frames are those of the `Recording`; frames of pieces come without their picture, which
    `Pictures` can add. The first frames are decoded here. So is the whole recording unless it is a
    single local file whose timestamps allow seeking to keyframes; and so is the rest, continuing
    after the first frames, from a piece on that is damaged, lost, or does not begin with the frames
    decoded after the previous piece.

    Parameters
    ----------
    paths, reading
        As for `Recording`.
    least
        Seconds.
    decode
        Decodes the pieces.
    """

    def __init__(
        self, paths: Sequence[InputPath], reading: Reading, *, least: float, decode: Decode
    ) -> None:
        super().__init__(paths, reading)
        self._least = least
        self._decode = decode
        self._whole = False
        """Whether the pieces included all remaining frames."""

    def __iter__(self) -> Iterator[Frame]:
        frames = super().__iter__()
        first = next(frames, None)
        if first is None:
            return
        planned = (piece for piece in self._planned() if piece.start > first.time)
        piece = next(planned, None)
        held: list[Frame] = []
        for frame in itertools.chain([first], frames):
            if piece is not None and frame.time >= piece.start:
                held = [frame, *itertools.islice(frames, OVERLAP - 1)]
                break
            yield frame
        last = -1
        if piece is not None and len(held) == OVERLAP and not self.fault_lines:
            for given in self._elsewhere(itertools.chain([piece], planned), held):
                yield given
                last = given.number
            if self._whole:
                return
        yield from (frame for frame in itertools.chain(held, frames) if frame.number > last)

    def place(self, last: Frame) -> Place:
        """Return the place after `last`, the frame that was yielded last."""
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

    def _elsewhere(self, planned: Iterator[Piece], held: Sequence[Frame]) -> Iterator[Frame]:
        """Yield the frames of pieces, the first of which are `held`, until one is damaged."""
        assert self._source is not None
        number, last = held[0].number, held[0].time
        expected = seals_of(held)
        for piece, looks in self._decode(self.paths[0], self._reading, self.info, planned):
            undecoded = Undecoded(keyframes=piece.keyframes)
            ended = False
            for index, look in enumerate(looks):
                if index == 0 and not _agree(look.seals, expected):
                    return
                if look.reduced is None:
                    expected, ended = look.seals, True
                    break
                for time, duration, reduced in zip(
                    look.times, look.durations, look.reduced, strict=True
                ):
                    if self._end is not None and time >= self._end:
                        self._whole = True
                        return
                    self._source.longest = max(self._source.longest, time - last)
                    last = time
                    yield Frame(
                        number=number,
                        time=time,
                        duration=duration,
                        luma=np.empty((0, 0), np.uint8),
                        reduced=reduced,
                        native=undecoded,
                        source_number=number,
                        source_time=time,
                    )
                    number += 1
            if not ended:
                return
        self._whole = not expected and not self._source.was_changed


def _agree(some: Seals, others: Seals) -> bool:
    """Return whether both begin with the same frames, as far as both go."""
    return bool(some and others) and all(map(operator.eq, some, others))
