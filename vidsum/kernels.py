"""How the kernels are compiled: by numba, without the GIL, cached on disk where that is possible.

The cache is next to the installed modules or, where those are read-only, in the user's cache
directory. Where neither is writable, the kernels are compiled again in each process.
"""

import contextlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Nothing takes the address of a kernel, and a wrapper for that costs a sixth of compile time.
_HOW = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile `function` in nopython mode at its first call.

    Division follows numpy's rules: a check for zero in every step would prevent vectorisation, and
    no divisor here can be zero.
    """
    try:
        compiled = numba.njit(**_HOW, cache=True)(function)
    except RuntimeError:  # numba found no directory for its cache
        compiled = numba.njit(**_HOW)(function)
    else:
        _forgive_full_disk(compiled)
        _watch_callees(compiled, function)
    return cast("Callable[_P, _R]", compiled)


def _forgive_full_disk(compiled: Any) -> None:
    """Keep an error in writing a kernel to the cache from ending the run."""
    cache = getattr(compiled, "_cache", None)
    if cache is None:
        return
    save = cache.save_overload

    def save_if_there_is_room(*overload: Any) -> None:
        with contextlib.suppress(OSError):
            save(*overload)

    cache.save_overload = save_if_there_is_room


def _watch_callees(compiled: Any, function: Callable[..., Any]) -> None:
    """Have the cache notice changes in other files whose kernels `function` calls.

    Numba checks only the file of `function`, and would keep using the old code that it inlined.
    """
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    files = [_cache_file(one) for one in (compiled, *named)]
    stamps = [file._source_stamp for file in files if file is not None]
    if files[0] is not None:
        files[0]._source_stamp = tuple(stamps)


def _cache_file(kernel: Any) -> Any:
    return getattr(getattr(kernel, "_cache", None), "_cache_file", None)


def warm_up() -> None:
    """Have numba load everything it needs before the first kernel runs."""
    _nothing(0)


@kernel
def _nothing(value: int) -> int:
    return value
