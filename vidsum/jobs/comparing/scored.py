"""The flow of a comparison: pairs of frames in, pairs with their scores out, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ...cores import cores
from ...frame import Planes
from ...quality.pairing import Pair, Single
from ...quality.scores import PairScores, Scorer

_PAIRS_PER_THREAD = 2
"""Pairs per thread that are held until they are scored."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredPair:
    """A pair, the samples that were compared, and its scores."""

    pair: Pair
    planes: tuple[Planes, Planes]
    scores: PairScores


def scored(
    pairs: Iterable[Pair | Single],
    conform: Callable[[Pair], tuple[Planes, Planes]],
    scorer: Scorer,
) -> Iterator[ScoredPair | Single]:
    """Score `pairs` in separate threads, while the following ones are decoded.

    Parameters
    ----------
    pairs
        Pairs, and frames without a partner, which are passed through in their place.
    conform
        Makes comparable planes of a pair; called from this thread, pair by pair.
    scorer
        Compares the planes.
    """
    threads = cores()
    waiting: deque[tuple[Pair, tuple[Planes, Planes], Future[PairScores]] | Single] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="vidsum-score")
    try:
        for item in pairs:
            if isinstance(item, Single):
                waiting.append(item)
            else:
                planes = conform(item)
                waiting.append((item, planes, pool.submit(scorer.score, *planes)))
            while len(waiting) > _PAIRS_PER_THREAD * threads:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _result(
    item: tuple[Pair, tuple[Planes, Planes], Future[PairScores]] | Single,
) -> ScoredPair | Single:
    if isinstance(item, Single):
        return item
    pair, planes, future = item
    return ScoredPair(pair=pair, planes=planes, scores=future.result())
