"""Stretches of a video file, each of which can be decoded by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..frame import Frame, VideoInfo
from ..options import Reading
from ..remote import InputPath
from .decode import can_seek, decoding_timestamp, has_guessed_times, packets
from .faults import FaultLog
from .opening import open_video
from .packed import can_pack
from .scan import Scan
from .source import VideoSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The frames from one keyframe to another."""

    start: Fraction
    """Time of the first, in seconds."""
    keyframe: int | None
    """Its decoding timestamp, in the stream's own unit."""
    end: Fraction | None
    """Time of the first behind them, in seconds; None if there is none."""


def pieces(path: InputPath, reading: Reading, frames: int) -> Iterator[Piece]:
    """Yield the pieces behind the first one, of at least so many frames; none where times are bad.

    The file is read only as far as they are asked for.
    """
    start: Fraction | None = None
    keyframe: int | None = None
    since = 0
    with open_video(path, reading) as (container, stream):
        if not can_seek(container, stream) or has_guessed_times(container):
            return
        unit = stream.time_base or Fraction(1)
        for packet in packets(container, stream, FaultLog()):
            if packet is None:
                continue
            if packet.is_keyframe and packet.pts is not None and since >= frames:
                time = packet.pts * unit
                if start is not None and time > start:
                    yield Piece(start=start, keyframe=keyframe, end=time)
                start, keyframe = time, decoding_timestamp(packet)
                since = 0
            since += 1
    if start is not None:
        yield Piece(start=start, keyframe=keyframe, end=None)


class UnsoundError(Exception):
    """A piece can't be decoded as the same part of the whole would be."""


def frames_of(piece: Piece, path: InputPath, reading: Reading, info: VideoInfo) -> Iterator[Frame]:
    """Yield the frames of a piece, and the first one behind it.

    Their numbers count from its own beginning.

    Raises
    ------
    UnsoundError
        Before the first frame behind which anything is wrong with the piece.
    """
    before = Scan(frames=0, first_time=None, end_time=None, last_time=None, keyframe=piece.keyframe)
    size = info.width, info.height
    with VideoSource(path, reading, start=piece.start, before=before, size=size) as source:
        for frame in source:
            if any(True for _ in source.faults) or not can_pack(frame.native):
                raise UnsoundError
            yield frame
            if piece.end is not None and frame.time >= piece.end:
                return
        if piece.end is not None or any(True for _ in source.faults):
            raise UnsoundError
