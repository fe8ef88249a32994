"""States as bytes: a digest, a header in JSON, and the arrays one after another.

Nothing in them is ever executed: type names are looked up among the known ones.
"""

import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dedup.state import State

_MAGIC = b"vidsum state 1\n"
_DIGEST = 32

_DTYPES = {
    dtype.str: dtype
    for dtype in map(np.dtype, (np.bool_, np.uint8, np.int32, np.int64, np.float32, np.float64))
}


def packed(state: State) -> list[bytes | memoryview]:
    """Return a state as bytes, in pieces; those of arrays are views of their memory."""
    arrays: list[NDArray[Any]] = []
    header = json.dumps(_plain(state, arrays), separators=(",", ":")).encode()
    pieces: list[bytes | memoryview] = [len(header).to_bytes(8, "little"), header]
    pieces += [array.reshape(-1).view(np.uint8).data for array in arrays]
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for piece in pieces:
        digest.update(piece)
    return [_MAGIC, digest.digest(), *pieces]


def unpacked(content: bytes) -> Any:
    """Return the state from which `packed` made these bytes.

    Raises
    ------
    ValueError
        If `packed` did not make them.
    """
    begin = len(_MAGIC) + _DIGEST
    rest = memoryview(content)[begin:]
    digest = hashlib.blake2b(rest, digest_size=_DIGEST).digest()
    if content[:begin] != _MAGIC + digest:
        raise ValueError("its digest is wrong")
    length = int.from_bytes(rest[:8], "little")
    arrays = rest[8 + length :]

    def taken(dtype: str, shape: list[int]) -> NDArray[Any]:
        nonlocal arrays
        array = np.empty(shape, _DTYPES[dtype])
        array.reshape(-1).view(np.uint8)[:] = np.frombuffer(arrays[: array.nbytes], np.uint8)
        arrays = arrays[array.nbytes :]
        return array

    return _full(json.loads(bytes(rest[8 : 8 + length])), taken)


def _plain(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Return a value as JSON stores it, and put its arrays into `arrays`."""
    if isinstance(value, np.ndarray):
        arrays.append(np.ascontiguousarray(value))
        return ["array", _DTYPES[value.dtype.str].str, list(value.shape)]
    if isinstance(value, Fraction):
        return ["fraction", value.numerator, value.denominator]
    if isinstance(value, dict):
        return {name: _plain(each, arrays) for name, each in value.items()}
    if isinstance(value, list):
        return ["list", *(_plain(each, arrays) for each in value)]
    return value


def _full(value: Any, taken: Callable[[str, list[int]], NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        return {name: _full(each, taken) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    kind, *rest = value
    if kind == "array":
        return taken(*rest)
    if kind == "fraction":
        return Fraction(*rest)
    return [_full(each, taken) for each in rest]
