"""Small grey versions of images, which show which of many images may be alike."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .matching import Signature
from .reading import read_still
from .still import Look, reduced

SIDE = 256
"""Images are reduced to this many pixels along both sides, whatever their shape."""

_BLOCKS = 16
"""Blocks along both sides from which a signature is made."""

_MIN_SPREAD = 4.0
"""Flatter images are not stretched: their noise would count as much as their content."""


def read_reduced(path: Path, look: Look, max_pixels: int) -> NDArray[np.uint8]:
    """Return an image in grey, `SIDE` x `SIDE`.

    Raises
    ------
    InputError, UnsafeInputError
        As for `read_still`.
    """
    still = read_still(path, look, max_pixels=max_pixels, at_least=2 * SIDE)
    return np.ascontiguousarray(reduced(still, (SIDE, SIDE))[..., 0])


def sign(image: NDArray[np.uint8]) -> Signature:
    """Return the signature of a reduced image."""
    side = SIDE // _BLOCKS
    means = image.reshape(_BLOCKS, side, _BLOCKS, side).mean(axis=(1, 3)).ravel()
    mean, spread = means.mean(), means.std()
    shape = (means - mean) / (max(spread, _MIN_SPREAD) * _BLOCKS)
    return Signature(
        vector=np.append(shape, mean / 128).astype(np.float32),
        digest=hashlib.blake2b(image.tobytes(), digest_size=16).digest(),
    )
