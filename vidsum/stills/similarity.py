"""The SSIM around every pixel of large images, in bands that are small in comparison.

The map is scikit-image's. Only windows wholly within the image, and within what is looked at, have
a value: those over which scikit-image takes its mean.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..metrics import ssim_map
from ..options.stills import WINDOWS, StillKernel
from .still import Still, band_rows

_BAND_PIXELS = 1 << 19
"""Pixels per band, roughly: larger bands don't fit into the processor's cache, smaller ones spend
their time on the rows that they share with their neighbours."""

_WORKERS = 2
"""Two bands at a time take half the time of one (12 megapixels: 0.85 s against 1.6 s)."""

Counted: TypeAlias = NDArray[np.bool_] | None
"""Which pixels are looked at, shape (height, width); None for all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """The SSIM of some rows of windows."""

    top: int
    """The row of the image that contains the centres of the first row of windows."""

    left: int
    """The column of the first window's centre."""

    values: NDArray[np.float64]
    """SSIM, shape (channels, rows, columns)."""

    valid: NDArray[np.bool_] | None
    """Which windows count, shape (rows, columns); None for all."""

    @property
    def worst(self) -> NDArray[np.float64]:
        """The SSIM of the channel in which it is lowest; infinite if a window doesn't count."""
        worst: NDArray[np.float64] = self.values.min(axis=0)
        return worst if self.valid is None else np.where(self.valid, worst, np.inf)


def local_ssim(
    a: Still, b: Still, counted: Counted, kernel: StillKernel, should_stop: Callable[[], bool]
) -> Iterator[Band]:
    """Yield the SSIM of all windows, from top to bottom, until `should_stop` returns true.

    Raises
    ------
    UsageError
        If the images are smaller than a window.
    """
    width, height = a.size
    window = WINDOWS[kernel]
    if min(width, height) < window:
        raise UsageError(
            f"{a.name} is {width}x{height}: SSIM with --kernel {kernel} needs at least "
            f"{window}x{window} pixels"
        )
    margin = window // 2
    rows = band_rows(width, _BAND_PIXELS)

    def measured(top: int) -> Band:
        held = slice(top - margin, min(top + rows, height - margin) + margin)
        here = None if counted is None else counted[held]
        maps = []
        for pair in zip(a.planes, b.planes, strict=True):
            # Sums that slide over ignored pixels would be rounded differently.
            x, y = (plane[held] if here is None else plane[held] * here for plane in pair)
            values = ssim_map(x, y, kernel=kernel, data_range=2**a.depth - 1)
            maps.append(values[margin:-margin, margin:-margin])
        valid = None if here is None else _whole_windows(here, window)
        return Band(top=top, left=margin, values=np.stack(maps), valid=valid)

    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[Future[Band]] = deque()
        for top in range(margin, height - margin, rows):
            if should_stop():
                break
            waiting.append(pool.submit(measured, top))
            if len(waiting) > _WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _whole_windows(counted: NDArray[np.bool_], window: int) -> NDArray[np.bool_]:
    """Return which windows contain only counted pixels."""
    whole = counted
    for axis in (0, 1):
        length = whole.shape[axis] - window + 1
        shifted = (np.take(whole, range(i, i + length), axis) for i in range(window))
        whole = np.logical_and.reduce(list(shifted))
    return whole
