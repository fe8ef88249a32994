"""The nearest match of each of many images, and groups of duplicates, without comparing all pairs.

Signatures shortlist, SSIM confirms. Of the images whose signatures are nearest, the first few are
always compared, as the nearest is asked for, and all of them if there are few images; further ones
only while they could join two groups. So the number of comparisons grows only linearly with the
number of images.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MIN_COMPARED = 3
"""How many neighbours of an image are always compared with it, at least."""

_MIN_COMPARISONS = 10_000
"""With few images, more neighbours are compared, up to this total: some 2 seconds."""

_MAX_NEIGHBOURS = 16
"""How many neighbours of an image are considered for duplicates."""

_MAX_DISTANCE = 1.0
"""Distance of signatures beyond which no images with an SSIM of 0.9 were found (of 27,000 pairs of
frames, and of their copies recompressed, scaled, and brightened: 0.93)."""

_CHUNK_IMAGES = 512
"""Images whose distances to all others are computed at a time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signature:
    """What is kept of every image."""

    vector: NDArray[np.float32]
    """Means of blocks with their common brightness and contrast removed, and the brightness:
    similar pictures are at a small distance."""

    digest: bytes
    """Digest of the reduced image: if it is the same, two images are identical when reduced."""


class Groups:
    """Numbers that are joined into groups (union-find)."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def find(self, item: int) -> int:
        """Return the number that represents the group of `item`."""
        while self._parents[item] != item:
            self._parents[item] = self._parents[self._parents[item]]
            item = self._parents[item]
        return item

    def join(self, first: int, second: int) -> None:
        """Merge two groups."""
        self._parents[self.find(second)] = self.find(first)


def neighbours_of_each(queries: int) -> int:
    """Return how many neighbours are always compared with each of this many images."""
    return max(_MIN_COMPARED, _MIN_COMPARISONS // max(queries, 1))


def match_signatures(
    vectors: NDArray[np.float32],
    queries: Sequence[int],
    candidates: Sequence[int],
    compare: Callable[[int, int], float],
    threshold: float,
    *,
    always: int = _MIN_COMPARED,
) -> tuple[dict[int, tuple[int, float]], Groups]:
    """Return the nearest candidate of each query with its SSIM, and the groups of duplicates.

    Parameters
    ----------
    vectors
        The signatures, one per row.
    queries, candidates
        Rows; one may be both, and is not compared with itself.
    compare
        Returns the SSIM of two images.
    threshold
        Images are duplicates from this SSIM on.
    always
        How many neighbours of an image are always compared with it.
    """
    known: dict[tuple[int, int], float] = {}

    def ssim(first: int, second: int) -> float:
        pair = min(first, second), max(first, second)
        if pair not in known:
            known[pair] = compare(*pair)
        return known[pair]

    groups = Groups(len(vectors))
    nearest: dict[int, tuple[int, float]] = {}
    later: list[tuple[float, int, int]] = []
    most = max(always, _MAX_NEIGHBOURS)
    for query, neighbours in _neighbours(vectors, queries, candidates, most):
        for rank, (distance, other) in enumerate(neighbours):
            if rank >= always:
                if distance <= _MAX_DISTANCE:
                    later.append((distance, query, other))
                continue
            value = ssim(query, other)
            if query not in nearest or value > nearest[query][1]:
                nearest[query] = other, value
            if value >= threshold:
                groups.join(query, other)
    for _, query, other in sorted(later):
        if groups.find(query) != groups.find(other) and ssim(query, other) >= threshold:
            groups.join(query, other)
    return nearest, groups


def _neighbours(
    vectors: NDArray[np.float32], queries: Sequence[int], candidates: Sequence[int], most: int
) -> Iterator[tuple[int, list[tuple[float, int]]]]:
    """Yield each query with its nearest candidates and their distances, the nearest first."""
    others = np.array(candidates, np.intp)
    squares = (vectors[others] ** 2).sum(axis=1)
    for begin in range(0, len(queries), _CHUNK_IMAGES):
        chunk = np.array(queries[begin : begin + _CHUNK_IMAGES], np.intp)
        own = (vectors[chunk] ** 2).sum(axis=1)
        products = vectors[chunk] @ vectors[others].T
        distances = np.sqrt(np.maximum(own[:, np.newaxis] + squares - 2 * products, 0))
        distances[chunk[:, np.newaxis] == others] = np.inf
        count = min(most, len(others))
        best = np.argpartition(distances, count - 1, axis=1)[:, :count]
        for row, query in enumerate(chunk):
            found = sorted((float(distances[row, k]), int(others[k])) for k in best[row])
            yield int(query), [pair for pair in found if pair[0] < np.inf]
