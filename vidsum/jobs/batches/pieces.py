"""Pieces of a recording, decoded on the nodes of a cluster for the one that makes the decisions.

Only the data for the decisions crosses the network. The pictures of kept frames are decoded again
where they are written: if many are kept, writing takes longer than decoding.
"""

import contextlib
import functools
import itertools
import pickle
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...dedup.plane import Reducer
from ...errors import InputError, UsageError, VidsumError
from ...frame import Frame, VideoInfo
from ...options import Reading
from ...remote import InputPath
from ...video.pieces import BrokenPieceError, Piece, frames_of
from ...video.split import Look, Seals, SplitRecording, seals_of
from ..condensing.condense import OpenRecording
from .node import other_version_error

TOGETHER = 16
"""How many frames pass through the cluster together: each object costs its nodes a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceOrder:
    """A piece to decode, as requested."""

    piece: Piece
    path: InputPath
    reading: Reading
    info: VideoInfo
    """The properties of the whole."""
    folder: Path
    """The folder to which relative names refer."""


def split_by(ray: Any, looking: Any, *, least: float, ahead: int) -> OpenRecording:
    """Return an opener of recordings that a task of a cluster decodes in pieces.

    Parameters
    ----------
    ray
        The module.
    looking
        Takes a pickled `PieceOrder`, and yields what `looks_of` does, or which other version the
        node has.
    least
        Recordings longer than this, in seconds, are decoded in pieces.
    ahead
        How many pieces are decoded at a time.
    """

    def looks(references: Iterator[Any]) -> Iterator[Look]:
        try:
            for reference in references:
                look = ray.get(reference)
                if isinstance(look, str):
                    raise other_version_error(look)
                yield look
        except ray.exceptions.RayError as error:
            if isinstance(cause := getattr(error, "cause", None), VidsumError):
                raise cause from error
            # No other node is left to decode it: it is done here.

    def decode(
        path: InputPath, reading: Reading, info: VideoInfo, pieces: Iterable[Piece]
    ) -> Iterator[tuple[Piece, Iterator[Look]]]:
        asked: deque[tuple[Piece, Iterator[Look]]] = deque()
        for piece in pieces:
            order = PieceOrder(
                piece=piece, path=path, reading=reading, info=info, folder=Path.cwd()
            )
            asked.append((piece, looks(looking.remote(pickle.dumps(order)))))
            if len(asked) > ahead:
                yield asked.popleft()
        yield from asked

    return functools.partial(SplitRecording, least=least, decode=decode)


def looks_of(order: PieceOrder) -> Iterator[Look]:
    """Yield what the decisions on a piece need, and its end, unless something is wrong with it."""
    reducer = Reducer((order.info.height, order.info.width))
    end = order.piece.end
    frames = frames_of(order.piece, order.path, order.reading, order.info)
    begins = True
    behind: list[Frame] = []
    with contextlib.suppress(BrokenPieceError, InputError, UsageError):
        while some := list(itertools.islice(frames, TOGETHER)):
            own = [frame for frame in some if end is None or frame.time < end]
            behind += some[len(own) :]
            if own:
                yield _look(own, reducer, seals_of(own) if begins else ())
                begins = False
        yield Look(seals=seals_of(behind))


def _look(frames: Sequence[Frame], reducer: Reducer, seals: Seals) -> Look:
    reduced = np.empty((len(frames), *reducer.empty().shape), np.uint8)
    for frame, plane in zip(frames, reduced, strict=True):
        reducer.reduce(frame.luma, plane)
    return Look(
        times=tuple(frame.time for frame in frames),
        durations=tuple(frame.duration for frame in frames),
        reduced=reduced,
        seals=seals,
    )
