"""What a page shows of a comparison: its worst moments, and the frames without a partner."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...quality.pairing import Unpaired

APART = 1.0
"""Minimum seconds between the moments that are listed."""

_MAX_MOMENTS = 12
"""How many moments are listed."""


def worst(
    times: NDArray[np.float64], scores: NDArray[np.float64], count: int = _MAX_MOMENTS
) -> Iterator[int]:
    """Yield the moments with the lowest scores, the lowest first, at least a second apart."""
    left = np.where(np.isfinite(scores), scores, np.inf)
    for _ in range(count):
        at = int(left.argmin())
        if np.isinf(left[at]):
            return
        yield at
        first, last = np.searchsorted(times, [times[at] - APART, times[at] + APART])
        left[first:last] = np.inf


def marks_of(
    pairing: Mapping[str, Any], values: Mapping[str, NDArray[np.float64]]
) -> list[dict[str, object]]:
    """Return the frames without a partner, at their times in the reference."""
    marks = []
    for why in Unpaired:
        singles = pairing[why.value]
        if singles:
            own = np.array([single["time"] for single in singles], float)
            is_copy = np.array([single["video"] != "reference" for single in singles])
            shifted = _in_reference(own, values["distorted_time"], values["time"])
            marks.append(
                {"label": why.value, "times": np.where(is_copy, shifted, own).round(3).tolist()}
            )
    return marks


def _in_reference(
    times: NDArray[np.float64], distorted: NDArray[np.float64], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Convert times of the copy to those of the reference; outside, the nearest shift applies."""
    inside = np.clip(times, distorted[0], distorted[-1])
    found: NDArray[np.float64] = np.interp(inside, distorted, reference) + (times - inside)
    return found


def label(score: str) -> str:
    """Return the display name of a score.

    Examples
    --------
    >>> label("psnr_y"), label("local_ssim"), label("vmaf")
    ('PSNR Y', 'local SSIM', 'VMAF')
    """
    if score == "local_ssim":
        return "local SSIM"
    return score.replace("_", " ").upper()
