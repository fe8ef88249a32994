"""Analysis planes with the sums of their windows: the form in which kernels take pictures."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels import kernel
from ..metrics.block8 import Block8Reference, Sums, constants

C1, C2 = constants(255)
"""The constants of SSIM, for 8 bits: analysis planes have no more."""


class Prepared(NamedTuple):
    """A plane and its window sums, or a stack of them along the first axis of each."""

    plane: NDArray[np.uint8]
    sums: Sums
    """Of the 64 samples of every window."""
    squares: Sums
    """Of the squares of those samples."""


def prepare(plane: NDArray[np.uint8]) -> Prepared:
    """Return `plane` itself, not a copy, with its window sums."""
    reference = Block8Reference(plane)
    return Prepared(reference.plane, reference.sums, reference.squares)


def empty_stack(size: int, like: Prepared) -> Prepared:
    """Return uninitialised memory for this many pictures."""
    return Prepared(*(np.empty((size, *part.shape), part.dtype) for part in like))


@kernel
def picture(stack: Prepared, index: int) -> Prepared:
    """Return one picture of a stack, without copying."""
    return Prepared(stack.plane[index], stack.sums[index], stack.squares[index])
