"""Which of many images are alike: the result, and how it is derived from their signatures."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .matching import Signature, match_signatures, neighbours_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMatch:
    """The nearest match of an image."""

    image: Path
    nearest: Path | None
    """None if there is no other image."""

    ssim: float | None
    """SSIM of the two, in grey and reduced to 256x256."""

    group: int | None
    """Number of its group of duplicates, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An image that could not be read."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMatches:
    """The nearest match of each image, and groups of duplicates."""

    matches: tuple[ImageMatch, ...]
    """For each image of A that could be read."""

    groups: tuple[tuple[Path, ...], ...]
    """Images that are duplicates of each other, directly or through others in the group."""

    duplicates: float
    """The SSIM from which images are duplicates."""

    unreadable: tuple[Unreadable, ...]
    """Images that could not be read."""

    other_files: int
    """Files in the folders that don't have the extension of an image."""

    compared: int
    """How often an SSIM was computed."""

    files: tuple[Path, ...] = ()
    """The files that were written."""

    @property
    def lost_input(self) -> bool:
        """Whether any image could not be read."""
        return bool(self.unreadable)


def find_matches(
    signatures: Mapping[Path, Signature],
    a: Sequence[Path],
    b: Sequence[Path],
    ssim_of: Callable[[Path, Path], float],
    threshold: float,
) -> tuple[tuple[ImageMatch, ...], tuple[tuple[Path, ...], ...]]:
    """Return the nearest match in B for each image of A, and the groups of duplicates.

    Parameters
    ----------
    signatures
        The signatures of all images that could be read.
    a, b
        The images of both sides; one may be on both.
    ssim_of
        Returns the SSIM of two images.
    threshold
        Images are duplicates from this SSIM on.
    """
    side_a, side_b = (dict.fromkeys(path for path in side if path in signatures) for side in (a, b))
    # Images that are identical when reduced are merged first: thousands of copies of a picture
    # would fill each other's shortlists.
    alike: dict[bytes, list[Path]] = defaultdict(list)
    for path, signature in signatures.items():
        alike[signature.digest].append(path)
    kinds = list(alike.values())
    number = {path: kind for kind, members in enumerate(kinds) for path in members}
    queries = sorted({number[path] for path in side_a})
    nearest, joined = match_signatures(
        np.array([signatures[members[0]].vector for members in kinds]),
        queries,
        sorted({number[path] for path in side_b}),
        lambda first, second: ssim_of(kinds[first][0], kinds[second][0]),
        threshold,
        always=neighbours_of_each(len(queries)),
    )

    gathered: dict[int, list[Path]] = defaultdict(list)
    for path in signatures:
        gathered[joined.find(number[path])].append(path)
    groups = tuple(
        tuple(members)
        for members in gathered.values()
        if len(members) > 1
        and any(path in side_a for path in members)
        and any(path in side_b for path in members)
    )
    group_of = {path: index for index, members in enumerate(groups, 1) for path in members}

    def match_of(path: Path) -> ImageMatch:
        kind = number[path]
        same = [other for other in kinds[kind] if other in side_b and other != path]
        found: tuple[Path | None, float | None] = (None, None)
        if same:
            found = same[0], 1.0
        elif kind in nearest:
            other, ssim = nearest[kind]
            found = next(member for member in kinds[other] if member in side_b), ssim
        return ImageMatch(image=path, nearest=found[0], ssim=found[1], group=group_of.get(path))

    return tuple(match_of(path) for path in side_a), groups
