"""The scores of one pair of pictures."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """How alike two pictures are."""

    values: Mapping[str, float]
    """By name, in the order of `NAMES`; what was not computed is not there. PSNR is infinite for
    identical planes."""

    place: tuple[int, int]
    """Column and row, in samples of the luma as stored, of the centre of the neighbourhood whose
    SSIM is lowest: the place of `local_ssim`."""
