"""Loading what the jobs need, faster than by itself.

Most of a short run's time is spent before the first frame, in numba. Two habits of it are of no
use to a process that runs nothing but vidsum's kernels, and are kept from it here (measured on 2
cores, start to end with one frame: 1.25 s by itself, 0.9 s like this).
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast


def load() -> None:
    """Import the jobs and get the kernels' compiler ready."""
    with _without_collections(), _without_scipy():
        from .. import jobs  # noqa: F401
        from ..kernels import warm_up

        warm_up()


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Keep the garbage collector from searching what imports make, which all stays in use."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _without_scipy() -> Iterator[None]:
    """Hide SciPy from numba, which loads its linear algebra to find BLAS; no kernel needs that."""
    if "scipy" in sys.modules:
        yield
        return
    sys.modules["scipy"] = cast("ModuleType", None)  # makes imports of it fail
    try:
        yield
    finally:
        del sys.modules["scipy"]
