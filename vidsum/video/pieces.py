"""Pieces of a video file, each of which can be decoded on its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..frame import Frame, VideoInfo
from ..options import Reading
from ..remote import InputPath
from .decode import can_seek, decoding_timestamp, has_guessed_times, packets
from .faults import FaultLog
from .opening import open_video
from .scan import Scan
from .source import VideoSource

OVERLAP = 16
"""How many frames after a piece are decoded with it, to be compared with those of the next one: a
decoder may hold back this many, and only then reveal that something was wrong before."""

_LATE_DURATIONS = Fraction(3, 2)
"""If a frame comes this many durations after the previous one, others may have been lost. How
decoders conceal that depends on what they have seen, even long before a keyframe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The frames from one keyframe to another."""

    keyframes: tuple[tuple[Fraction, int | None], ...]
    """For each of its keyframes, the first of which begins the piece: its time in seconds, and its
    decoding timestamp in the stream's own unit."""
    end: Fraction | None
    """Time of the first frame after them, in seconds; None if there is none."""

    @property
    def start(self) -> Fraction:
        """Time of the first frame, in seconds."""
        return self.keyframes[0][0]


class BrokenPieceError(Exception):
    """A piece can't be decoded exactly like the same part of the whole file."""


def pieces(path: InputPath, reading: Reading, frames: int) -> Iterator[Piece]:
    """Yield the pieces after the first one, each of at least this many frames except the last.

    The file is read only as far as pieces are requested. There are none if timestamps don't say
    when pictures are shown.
    """
    keyframes: list[tuple[Fraction, int | None]] = []
    since = 0
    with open_video(path, reading) as (container, stream):
        if not can_seek(container, stream) or has_guessed_times(container):
            return
        unit = stream.time_base or Fraction(1)
        for packet in packets(container, stream, FaultLog()):
            if packet is None:
                break
            if packet.is_keyframe and packet.pts is not None:
                keyframe = packet.pts * unit, decoding_timestamp(packet)
                if since >= frames:
                    if keyframes:
                        yield Piece(keyframes=tuple(keyframes), end=keyframe[0])
                    keyframes, since = [keyframe], 0
                elif keyframes:
                    keyframes.append(keyframe)
            since += 1
    if keyframes:
        yield Piece(keyframes=tuple(keyframes), end=None)


def frames_of(piece: Piece, path: InputPath, reading: Reading, info: VideoInfo) -> Iterator[Frame]:
    """Yield the frames of a piece, and the first ones after it.

    Their numbers start at the beginning of the piece.

    Raises
    ------
    BrokenPieceError
        As soon as anything is wrong with the piece, before a frame that it may affect.
    """
    start, keyframe = piece.keyframes[0]
    before = Scan(frames=0, keyframe=keyframe)
    size = info.width, info.height
    behind = 0
    due: Fraction | None = None
    with VideoSource(path, reading, start=start, before=before, size=size) as source:
        for frame in source:
            if source.faults or (due is not None and frame.time > due):
                raise BrokenPieceError
            due = frame.time + frame.duration * _LATE_DURATIONS
            yield frame
            behind += piece.end is not None and frame.time >= piece.end
            if behind == OVERLAP:
                return
        if source.faults or (piece.end is not None and not behind):
            raise BrokenPieceError
