"""Pieces of a recording, decoded on the nodes of a cluster, looked at where it is decided on them.

What is decided on is data; pictures stay where they were decoded unless they are kept.
"""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...dedup.plane import Reducer
from ...frame import Frame, VideoInfo
from ...options import Reading
from ...video.packed import Packed, packed
from ...video.pieces import Piece, UnsoundError, frames_of
from ...video.split import Look, seal_of

TOGETHER = 8
"""So many frames pass through the cluster together: each object costs its nodes a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceOrder:
    """A piece to decode, as it is asked for."""

    piece: Piece
    path: Path
    reading: Reading
    info: VideoInfo
    """What is known of the whole."""
    folder: Path
    """Where relative names begin."""


def looks_of(order: PieceOrder) -> Iterator[Look | list[Packed]]:
    """Yield some frames of a piece, then their pictures, and so on; at its end a `Look` at none.

    There is no such end if it is not sound.
    """
    reducer = Reducer((order.info.height, order.info.width))
    end = order.piece.end
    frames = frames_of(order.piece, order.folder / order.path, order.reading, order.info)
    begins = True
    with contextlib.suppress(UnsoundError):
        while some := list(itertools.islice(frames, TOGETHER)):
            behind = some.pop() if end is not None and some[-1].time >= end else None
            if some:
                yield _look(some, reducer, begins=begins)
                yield [packed(frame.native) for frame in some]
                begins = False
            if behind is not None:
                yield Look(seal=seal_of(behind))
                return
        yield Look()


def _look(frames: Sequence[Frame], reducer: Reducer, *, begins: bool) -> Look:
    reduced = np.stack([reducer.empty() for _ in frames])
    for frame, plane in zip(frames, reduced, strict=True):
        reducer.reduce(frame.luma, plane)
    return Look(
        times=tuple(frame.time for frame in frames),
        durations=tuple(frame.duration for frame in frames),
        reduced=reduced,
        seal=seal_of(frames[0]) if begins else None,
    )
