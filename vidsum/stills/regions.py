"""Where two images differ: differences close together form one region."""

from dataclasses import dataclass

import numpy as np

from .cells import Cells

_REACH_SHARE = 1 / 150
"""Differences at most twice this share of the long side apart form one region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of the image in which the two differ."""

    x: int
    """Column of its left edge."""

    y: int
    """Row of its upper edge."""

    width: int
    height: int

    area: int
    """How many of its pixels differ."""

    ssim: float
    """The lowest SSIM in it."""

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom; right and bottom are exclusive."""
        return self.x, self.y, self.x + self.width, self.y + self.height


def find_regions(cells: Cells, *, min_area: int) -> tuple[Region, ...]:
    """Return the regions that differ, the largest first.

    Patches of fewer than `min_area` pixels are left out before patches close together are joined:
    specks of noise are close together everywhere.
    """
    from skimage.measure import label, regionprops
    from skimage.morphology import isotropic_dilation

    patches = label(cells.differing > 0, connectivity=2)
    areas = np.bincount(patches.ravel(), weights=cells.differing.ravel())
    areas[0] = 0
    differs = (areas >= max(min_area, 1))[patches]
    if not differs.any():
        return ()
    side = cells.side
    width, height = cells.size
    wider = isotropic_dilation(differs, max(width, height) * _REACH_SHARE / side)
    joined = np.where(differs, label(wider, connectivity=2), 0)
    found = []
    for part in regionprops(joined, intensity_image=cells.lowest):
        top, left, bottom, right = part.bbox
        x, y = left * side, top * side
        found.append(
            Region(
                x=x,
                y=y,
                width=min(right * side, width) - x,
                height=min(bottom * side, height) - y,
                area=int(cells.differing[part.slice][part.image].sum()),
                ssim=float(part.intensity_min),
            )
        )
    return tuple(sorted(found, key=lambda region: (-region.area, region.y, region.x)))
