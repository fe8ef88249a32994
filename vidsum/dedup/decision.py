"""The decision on a frame, and its reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Box: TypeAlias = tuple[int, int, int, int]
"""A rectangle: left and top, then right and bottom or width and height, as each use says."""


class Reason(StrEnum):
    """Why a frame was kept or dropped."""

    FIRST = "first"
    """Kept: there was no frame to compare it with, or a video begins with it."""
    CHANGE = "change"
    """Kept: its SSIM is below the threshold."""
    LIGHT = "light"
    """Kept: the light has changed, and settled."""
    HEARTBEAT = "heartbeat"
    """Kept: the last kept frame is older than the heartbeat allows."""
    PAD = "pad"
    """Kept: near an event (--pad)."""
    SPEEDUP = "speedup"
    """Kept: every Nth frame between events (--timing speedup)."""
    SAME = "same"
    """Dropped: its SSIM is not below the threshold."""
    USUAL = "usual"
    """Dropped: it differs only as this picture usually does, or by its light."""
    SOON = "soon"
    """Dropped: it differs, but the last kept frame is too recent (--max-rate)."""
    SHORT = "short"
    """Dropped: its event was shorter than --min-event."""
    SKIPPED = "skipped"
    """Dropped without being compared (--every)."""


KEEPING = frozenset(
    {Reason.FIRST, Reason.CHANGE, Reason.LIGHT, Reason.HEARTBEAT, Reason.PAD, Reason.SPEEDUP}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision on one frame, and the scores that were computed for it.

    A score is None where it was not computed. All scores are those of the analysis plane: 8-bit
    luma as stored, reduced so that its long side is near 1000 samples.
    """

    reason: Reason
    reference: int | None = None
    """Number of the frame it was compared with."""
    mse: float | None = None
    """Mean squared error, in squared 8-bit levels."""
    ssim: float | None = None
    """Mean SSIM over all windows."""
    local_ssim: float | None = None
    """Lowest SSIM of any neighbourhood of windows; for a frame kept for a change, the lowest among
    the neighbourhoods whose change counts."""
    place: tuple[int, int] | None = None
    """Column and row of the centre of that neighbourhood, in samples of the stored picture."""
    box: Box | None = None
    """The box around all places that changed: left, top, right, bottom in samples of the stored
    picture, right and bottom exclusive. None if no place changed, and with `pool` "mean"."""
    prefiltered: bool = False
    """Whether the squared error alone decided."""
    doubtful: int = 0
    """Windows that the squared error left undecided."""

    @property
    def kept(self) -> bool:
        """Whether the frame is kept."""
        return self.reason in KEEPING
