"""How alike two images are."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ExitCode, UsageError, VidsumError
from ..options.stills import WINDOWS, Stills
from .cells import Cells
from .grid import Grid, GridSums
from .regions import Region, find_regions
from .similarity import Band, Counted, local_ssim
from .squared import squared_errors
from .still import Still


class Stopped(VidsumError):
    """The comparison was told to stop before its end; nothing was written."""

    exit_code = ExitCode.INTERRUPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelScores:
    """How alike one channel of two images is."""

    mse: float
    """Mean squared error, in squared levels of the images' depth."""

    psnr: float
    """Peak signal-to-noise ratio in dB; infinite for identical channels."""

    ssim: float
    """Mean SSIM, in -1 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageComparison:
    """How alike two images are, and where they differ.

    Scores are those of grey, or the mean over red, green and blue.
    """

    width: int
    height: int

    depth: int
    """Bits per sample, 8 or 16: levels go up to 2^depth - 1."""

    mse: float
    """Mean squared error, in squared levels; 0 for identical images."""

    psnr: float
    """Peak signal-to-noise ratio in dB; infinite for identical images."""

    ssim: float
    """Mean SSIM of all windows, in -1 to 1; 1 for identical images."""

    nrmse: float | None
    """Root of the MSE, divided by the root of the mean square of the first image's samples; None if
    that image is black and the other is not."""

    percent_similar: float
    """Percentage of the windows whose SSIM is at least `min_ssim`, 0 to 100; in colour, the channel
    with the lowest SSIM counts. There is a window around each pixel except at the edge of what is
    looked at."""

    min_ssim: float
    """The SSIM from which a place counts as similar."""

    local_ssim: float
    """The lowest SSIM of any window."""

    place: tuple[int, int]
    """Column and row of that window's centre."""

    channels: Mapping[str, ChannelScores]
    """The scores of grey, or of red, green and blue."""

    regions: tuple[Region, ...]
    """Where the images differ, the largest first."""

    grid: Grid | None = None
    """The scores of blocks, if requested."""

    notes: tuple[str, ...] = ()
    """How the images were made comparable."""

    failed: tuple[str, ...] = ()
    """Which scores are below their limits, one line each."""

    files: tuple[Path, ...] = ()
    """The files that were written."""

    cells: Cells = field(repr=False)
    """The map of SSIM, reduced."""

    @property
    def identical(self) -> bool:
        """Whether no sample that was looked at differs."""
        return self.mse == 0


def compare(
    a: Still,
    b: Still,
    stills: Stills,
    *,
    counted: Counted = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImageComparison:
    """Compare two stills of the same size, depth and channels.

    Parameters
    ----------
    a, b
        The images; A is the reference.
    stills
        How they are compared.
    counted
        Which pixels are looked at; None for all.
    should_stop
        Called after each band.

    Raises
    ------
    UsageError
        If no window of SSIM fits into the images, or into what is looked at.
    Stopped
        If `should_stop` returned true.
    """
    cells = Cells(a.size, stills.min_ssim)
    grid = None
    if stills.grid is not None:
        grid = GridSums(a.size, stills.grid, WINDOWS[stills.kernel])
    similarity = _Similarity(stills.min_ssim)
    for band in local_ssim(a, b, counted, stills.kernel, should_stop):
        cells.add(band)
        similarity.add(band)
        if grid is not None:
            grid.add_ssim(band)
    if should_stop():
        raise Stopped(f"{a.name}: stopped before the comparison was complete; nothing was written")
    if similarity.windows == 0:
        raise UsageError(
            f"{a.name}: what is looked at is nowhere as large as a window of SSIM, "
            f"{WINDOWS[stills.kernel]}x{WINDOWS[stills.kernel]} pixels; leave more of it in"
        )

    samples = a.planes[0].size if counted is None else int(counted.sum())
    squares = 0
    errors = np.zeros(len(a.planes), np.int64)
    for rows in squared_errors(a, b, counted):
        errors += rows.errors.sum(axis=(1, 2))
        squares += sum(rows.squares)
        if grid is not None:
            grid.add_errors(rows.top, rows.errors.mean(axis=0), rows.counted)
    mses = [int(error) / samples for error in errors]
    mse = int(errors.sum()) / (samples * len(mses))

    peak = 2**a.depth - 1
    ssims = similarity.sums / similarity.windows
    return ImageComparison(
        width=a.size[0],
        height=a.size[1],
        depth=a.depth,
        mse=mse,
        psnr=_psnr(mse, peak),
        ssim=float(ssims.mean()),
        nrmse=_nrmse(mse, squares / (samples * len(mses))),
        percent_similar=100 * (1 - similarity.differing / similarity.windows),
        min_ssim=stills.min_ssim,
        local_ssim=similarity.lowest,
        place=similarity.place,
        channels={
            name: ChannelScores(mse=error, psnr=_psnr(error, peak), ssim=float(ssim))
            for name, error, ssim in zip(a.channels, mses, ssims, strict=True)
        },
        regions=find_regions(cells, min_area=stills.min_area),
        grid=None if grid is None else grid.scores(),
        cells=cells,
    )


class _Similarity:
    """The similarity of the images as a whole, from the map of SSIM."""

    def __init__(self, min_ssim: float) -> None:
        self._min_ssim = min_ssim
        self.sums: NDArray[np.float64] = np.zeros(1)
        """The sum of SSIM, by channel."""
        self.windows = 0
        self.differing = 0
        """How many windows are below the SSIM from which a place counts as similar."""
        self.lowest = math.inf
        self.place = (0, 0)
        """The centre of the window whose SSIM is lowest."""

    def add(self, band: Band) -> None:
        worst = band.worst
        valid = True if band.valid is None else band.valid
        self.sums = self.sums + band.values.sum(axis=(1, 2), where=valid)
        self.windows += worst.size if band.valid is None else int(band.valid.sum())
        self.differing += int((worst < self._min_ssim).sum())
        row, column = divmod(int(worst.argmin()), worst.shape[1])
        if worst[row, column] < self.lowest:
            self.lowest = float(worst[row, column])
            self.place = band.left + column, band.top + row


def _psnr(mse: float, peak: int) -> float:
    return math.inf if mse == 0 else 10 * math.log10(peak**2 / mse)


def _nrmse(mse: float, mean_square: float) -> float | None:
    if mse == 0:
        return 0.0
    return None if mean_square == 0 else math.sqrt(mse / mean_square)
