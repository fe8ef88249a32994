"""What later decisions depend on, as plain values: saved after some frame, and restored later."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = "NDArray[Any] | Fraction | int | float | str | list[Value] | State | None"
State: TypeAlias = dict[str, Value]
"""Values by name; some are states themselves."""


def arrays_of(owner: object, names: Iterable[str]) -> State:
    """Return the arrays of `owner` with these names, not as copies."""
    return {name: getattr(owner, name) for name in names}


def put_back(owner: object, names: Iterable[str], state: State) -> None:
    """Fill the arrays of `owner` with these names in place.

    Raises
    ------
    ValueError
        If one has a different shape or type.
    """
    for name in names:
        array, saved = getattr(owner, name), state[name]
        if not isinstance(saved, np.ndarray) or (saved.shape, saved.dtype) != (
            array.shape,
            array.dtype,
        ):
            raise ValueError(f"{name} has another shape or type")
        array[...] = saved
