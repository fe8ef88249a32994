"""The scores of one pair of pictures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import UsageError
from ..frame import Planes
from ..metrics import SsimKernel, block8, gaussian, mse, ssim, uniform7
from ..metrics.mse import decibels
from ..metrics.pair import compare
from ..options import Scoring

NAMES = (
    *("mse_y", "mse_u", "mse_v"),
    *("psnr_y", "psnr_u", "psnr_v"),
    *("ssim_y", "ssim_u", "ssim_v"),
    *("mse", "psnr", "ssim"),
    "local_ssim",
    "vmaf",
)
"""Every score that a pair can have. Those without a plane in their name cover all planes together,
each weighted by its number of samples, as FFmpeg's filters do."""

_WINDOWS = {"block8": block8.WINDOW, "uniform7": uniform7.WINDOW, "gaussian": gaussian.WINDOW}
"""Side of the windows of each kernel, in samples."""


def lower_is_better(score: str) -> bool:
    """Return whether a low value of `score` means that the pictures are alike."""
    return score.partition("_")[0] == "mse"


def is_psnr(score: str) -> bool:
    """Return whether `score` is a PSNR: infinite where pictures are identical."""
    return score.partition("_")[0] == "psnr"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """How alike two pictures are."""

    values: Mapping[str, float]
    """By name, in the order of `NAMES`; scores that were not computed are absent. PSNR is infinite
    for identical planes."""

    place: tuple[int, int]
    """Column and row, in samples of the luma as stored, of the centre of the neighbourhood whose
    SSIM is lowest: the place of `local_ssim`."""


class Scorer:
    """Scores pairs of pictures; several threads may use one at once.

    Parameters
    ----------
    scoring
        Which planes are scored, by which definition of SSIM, and how PSNR is limited. Local SSIM is
        always that of block8, of the luma.

    Examples
    --------
    >>> import numpy as np
    >>> grey = Planes(y=np.full((32, 48), 100, np.uint8))
    >>> brighter = Planes(y=grey.y + np.uint8(3))
    >>> scores = Scorer().score(grey, brighter)
    >>> round(scores.values["psnr"], 2)
    38.59
    """

    def __init__(self, scoring: Scoring | None = None) -> None:
        self.scoring = scoring = scoring or Scoring()
        """The options."""
        self._kernel: SsimKernel = scoring.ssim
        self._planes = scoring.planes
        self._most = math.inf if scoring.psnr_cap is None else scoring.psnr_cap

    def names(self, *, grey: bool = False) -> tuple[str, ...]:
        """Return the names of all scores that pictures will get, in colour or grey.

        Raises
        ------
        UsageError
            If grey pictures have none of the planes.
        """
        planes = self._planes_of(grey)
        scores = ("mse", "psnr", "ssim")
        each = {f"{score}_{plane}" for score in scores for plane in planes}
        return tuple(name for name in NAMES if name in {*each, *scores, "local_ssim"})

    def score(self, reference: Planes, distorted: Planes) -> PairScores:
        """Return the scores of two pictures with the same layout.

        Black and white are 0 and the largest sample of their depth: 255, 1023, ...

        Raises
        ------
        UsageError
            If the pictures differ in depth or in the shape of a plane, are grey when only chroma is
            scored, or have a plane smaller than a window.
        """
        _check_agree(reference, distorted)
        planes = self._planes_of(reference.u is None)
        self._check_windows(reference, planes)
        peak = 2**reference.depth - 1
        luma = compare(reference.y, distorted.y, data_range=peak, local=True)
        assert luma.lowest is not None and luma.place is not None
        mses, ssims, shares = {}, {}, {}
        samples = sum(getattr(reference, plane).size for plane in planes)
        for plane in planes:
            a, b = getattr(reference, plane), getattr(distorted, plane)
            shares[plane] = a.size / samples
            if self._kernel == "block8":
                found = luma if plane == "y" else compare(a, b, data_range=peak)
                mses[plane], ssims[plane] = found.squared_error / a.size, found.ssim
            else:
                mses[plane] = mse(a, b)
                ssims[plane] = ssim(a, b, kernel=self._kernel, data_range=peak)
        error = sum(mses[plane] * shares[plane] for plane in planes)
        return PairScores(
            values={
                **{f"mse_{plane}": mses[plane] for plane in planes},
                **{f"psnr_{plane}": self._psnr(mses[plane], peak) for plane in planes},
                **{f"ssim_{plane}": ssims[plane] for plane in planes},
                "mse": error,
                "psnr": self._psnr(error, peak),
                "ssim": 1 - sum((1 - ssims[plane]) * shares[plane] for plane in planes),
                "local_ssim": luma.lowest,
            },
            place=luma.place,
        )

    def _psnr(self, error: float, peak: int) -> float:
        return min(decibels(error, peak), self._most)

    def _planes_of(self, grey: bool) -> list[str]:
        planes = [plane for plane in "yuv" if plane in self._planes and not (grey and plane != "y")]
        if not planes:
            raise UsageError(
                f"--planes is {self._planes!r}, but the pictures are grey: only their y can be "
                "scored"
            )
        return planes

    def _check_windows(self, reference: Planes, planes: list[str]) -> None:
        """Raise `UsageError` if a plane is smaller than a window."""
        needs = [("y", "local SSIM", _WINDOWS["block8"])]
        needs += [(plane, f"SSIM {self._kernel}", _WINDOWS[self._kernel]) for plane in planes]
        for plane, what, side in needs:
            height, width = getattr(reference, plane).shape
            if min(height, width) < side:
                alone = "; score the luma alone" if plane != "y" and "y" in planes else ""
                raise UsageError(
                    f"plane {plane} of the pictures is {width}x{height}, {what} needs at least "
                    f"{side}x{side}{alone}"
                )


def _check_agree(reference: Planes, distorted: Planes) -> None:
    ours, theirs = _layout(reference), _layout(distorted)
    if ours != theirs:
        raise UsageError(
            f"the reference has {ours}, the distorted picture {theirs}: pictures that are scored "
            "must agree in depth and in the size of every plane"
        )


def _layout(picture: Planes) -> str:
    sizes = [
        f"{name} {plane.shape[1]}x{plane.shape[0]}"
        for name in "yuv"
        if (plane := getattr(picture, name)) is not None
    ]
    return f"{', '.join(sizes)} at {picture.depth} bits"
