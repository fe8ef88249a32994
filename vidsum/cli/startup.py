"""Faster loading of what the jobs need.

Most of a short run's time is spent before the first frame, in numba. Two things it does are useless
to a process that runs only vidsum's kernels, and are prevented here (measured on 2 cores, a whole
run with one frame: 1.25 s without this module, 0.9 s with it).
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
    """Keep the garbage collector from searching the objects of imports, which all stay in use."""
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
