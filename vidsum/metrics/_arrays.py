"""What the metrics accept, and the form in which the kernels take it."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError

Plane: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Samples of one component: a 2-D array of uint8 or uint16."""


def comparable(reference: Plane, candidate: Plane) -> tuple[Plane, Plane]:
    """Return both planes, read-only and in C order, after checking that they can be compared.

    Raises
    ------
    UsageError
        As for `check_comparable`.
    """
    check_comparable(reference, candidate)
    return _contiguous(reference), _contiguous(candidate)


def check_comparable(reference: Plane, candidate: Plane) -> None:
    """Raise `UsageError` unless two planes can be compared.

    They can't if they are not two-dimensional, are empty, differ in shape or type, or are not 8- or
    16-bit unsigned integers.
    """
    for name, plane in (("reference", reference), ("candidate", candidate)):
        if plane.ndim != 2 or plane.dtype not in (np.uint8, np.uint16):
            raise UsageError(
                f"{name}: a plane is a 2-D array of uint8 or uint16, not {plane.ndim}-D "
                f"{plane.dtype}; pass the planes of a colour picture one at a time"
            )
    if reference.shape != candidate.shape or reference.dtype != candidate.dtype:
        raise UsageError(
            f"the reference is {reference.shape} {reference.dtype}, the candidate "
            f"{candidate.shape} {candidate.dtype}: planes that are compared must agree in both"
        )
    if reference.size == 0:
        raise UsageError("the planes are empty: at least one pixel is needed to compare them")


def in_rows(plane: Plane) -> Plane:
    """Return a read-only array in C order whose rows begin with those of `plane`.

    It is copied only if necessary. numba makes fast code for arrays in C order only. A decoder's
    plane with padded rows is one if the padding is included as columns; no kernel may read it, as
    past the last row it may be somebody else's memory.
    """
    (height, width), (stride, step) = plane.shape, plane.strides
    size = plane.itemsize
    if plane.flags.c_contiguous or not plane.flags.aligned:
        return _contiguous(plane)
    if step != size or stride < width * size or stride % size:
        return _contiguous(plane)
    return np.lib.stride_tricks.as_strided(plane, (height, stride // size), writeable=False)


def _contiguous(plane: Plane) -> Plane:
    """Return `plane` in C order, read-only: numba compiles kernels anew for writable arrays."""
    out = np.ascontiguousarray(plane).view()
    out.flags.writeable = False
    return out


def largest(reference: Plane, candidate: Plane) -> int:
    """Return a value that no sample of either plane exceeds: it decides how wide sums must be."""
    if reference.dtype == np.uint8:
        return 255
    return max(int(reference.max()), int(candidate.max()))


def full_scale(plane: Plane, data_range: int | None) -> int:
    """Return the distance between black and white: `data_range`, or 255 for 8-bit planes.

    Raises
    ------
    UsageError
        If `data_range` is not positive, or not given for a 16-bit plane, whose samples may have
        any depth from 9 to 16 bits.
    """
    if data_range is None:
        if plane.dtype != np.uint8:
            raise UsageError(
                "data_range must be given for uint16 planes: 1023 for 10-bit samples, "
                "4095 for 12-bit, 65535 for 16-bit"
            )
        return 255
    if not 0 < data_range <= 65535:
        raise UsageError(f"data_range is {data_range}, allowed are 1 to 65535")
    return data_range


def check_window(plane: NDArray[Any], size: int, name: str) -> None:
    """Raise `UsageError` unless a window of `size` x `size` fits into `plane`."""
    if min(plane.shape) < size:
        raise UsageError(
            f"{name} needs planes of at least {size}x{size}, got "
            f"{plane.shape[1]}x{plane.shape[0]} (width x height)"
        )
