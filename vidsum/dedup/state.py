"""What later decisions depend on, as plain values: taken at some frame, and put back behind it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = "NDArray[Any] | Fraction | int | float | str | list[Value] | State | None"
State: TypeAlias = dict[str, Value]
"""Values by their names; some are such states themselves."""


def arrays_of(owner: object, names: Iterable[str]) -> State:
    """Return the arrays that `owner` has under these names; they are its own, not copies."""
    return {name: getattr(owner, name) for name in names}


def put_back(owner: object, names: Iterable[str], state: State) -> None:
    """Fill the arrays that `owner` has under these names, which stay the same ones.

    Raises
    ------
    ValueError
        If one has another shape or type.
    """
    for name in names:
        array, saved = getattr(owner, name), state[name]
        if not isinstance(saved, np.ndarray) or (saved.shape, saved.dtype) != (
            array.shape,
            array.dtype,
        ):
            raise ValueError(f"{name} has another shape or type")
        array[...] = saved
