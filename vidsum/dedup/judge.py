"""The rule: compare each frame with the last one that was kept, keep it when it differs."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..frame import Frame, exact
from ..metrics.block8 import CELL, Block8Reference, cell_errors, empty_cells
from ..options import Thresholds
from . import prefilter
from .local import SIDE, most_dissimilar
from .plane import Reducer


class Reason(StrEnum):
    """Why a frame was kept or dropped."""

    FIRST = "first"
    """Kept: there was none to compare it with."""
    CHANGE = "change"
    """Kept: its SSIM is below the threshold."""
    HEARTBEAT = "heartbeat"
    """Kept: the last kept frame is older than the heartbeat allows."""
    PAD = "pad"
    """Kept: near an event (--pad)."""
    SAME = "same"
    """Dropped: its SSIM is not below the threshold."""
    SKIPPED = "skipped"
    """Dropped without a look, between every Nth frame."""
    SHORT = "short"
    """Dropped: its event was shorter than --min-event."""


KEEPING = frozenset({Reason.FIRST, Reason.CHANGE, Reason.HEARTBEAT, Reason.PAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided of one frame, and the scores that were computed for it.

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
    """Lowest SSIM of any neighbourhood of windows."""
    place: tuple[int, int] | None = None
    """Column and row of the centre of that neighbourhood, in samples of the stored picture."""
    prefiltered: bool = False
    """Whether the squared error alone decided."""
    doubtful: int = 0
    """Windows that the squared error left in doubt."""

    @property
    def kept(self) -> bool:
        """Whether the frame is kept."""
        return self.reason in KEEPING


class Judge:
    """Decides frame by frame, remembering only the last frame that was kept.

    Parameters
    ----------
    shape
        (height, width) of the luma of every frame.
    thresholds
        The rule.
    all_scores
        Compute every score of every frame, needed for the decision or not.
    """

    def __init__(
        self, shape: tuple[int, int], thresholds: Thresholds, *, all_scores: bool = False
    ) -> None:
        self._shape = shape
        self._thresholds = thresholds
        self._heartbeat = exact(thresholds.heartbeat)
        self._max_dissimilarity = thresholds.max_dissimilarity
        self._everywhere = all_scores or thresholds.no_prefilter
        self._reducer = Reducer(shape)
        self._candidate = self._reducer.empty()
        self._errors = empty_cells(self._candidate)
        rows, columns = self._errors.shape
        self._rows = np.empty(rows - 1, np.bool_)
        self._dissimilarity = np.empty((rows - 1, columns - 1))
        self._kept: _Kept | None = None

    @property
    def windows(self) -> int:
        """How many windows a frame has."""
        return self._dissimilarity.size

    def judge(self, frame: Frame) -> Decision:
        """Decide whether `frame` is kept; if so, the next ones are compared with it.

        Raises
        ------
        UsageError
            If its luma has another shape than those before.
        """
        if frame.luma.shape != self._shape:
            raise UsageError(
                f"frame {frame.number} has shape {frame.luma.shape}, expected {self._shape}: "
                "scale all frames to one size before they are judged"
            )
        self._reducer.reduce(frame.luma, self._candidate)
        decision = self._decide(frame)
        if decision.kept:
            self._kept = _Kept(frame, self._candidate, self._max_dissimilarity)
            self._candidate = self._reducer.empty()
        return decision

    def _decide(self, frame: Frame) -> Decision:
        kept = self._kept
        if kept is None:
            return Decision(reason=Reason.FIRST)
        error = cell_errors(kept.plane, self._candidate, self._errors)
        error -= self._reducer.padding_error(kept.plane, self._candidate)
        mse = error / (self._reducer.height * self._reducer.width)

        doubtful = self._doubtful(kept)
        proven = doubtful == 0
        heartbeat = self._heartbeat
        due = heartbeat is not None and frame.time - kept.time >= heartbeat
        unchanged = Reason.HEARTBEAT if due else Reason.SAME
        if proven and not self._everywhere:
            return Decision(reason=unchanged, reference=kept.number, mse=mse, prefiltered=True)

        if self._everywhere or self._thresholds.pool == "mean":
            self._rows[:] = True
        worst, row, column = most_dissimilar(
            self._rows,
            kept.reference.sums,
            kept.reference.squares,
            self._candidate,
            self._errors,
            *kept.reference.constants,
            self._dissimilarity,
        )
        mean = float(self._dissimilarity.mean()) if self._rows.all() else None
        deciding = worst if self._thresholds.pool == "local" else mean
        assert deciding is not None
        changed = deciding > self._max_dissimilarity
        # Where only some rows were compared, what is lowest there is the lowest of all only if it
        # is below the threshold: no other row can be.
        lowest_known = mean is not None or changed
        return Decision(
            reason=Reason.CHANGE if changed else unchanged,
            reference=kept.number,
            mse=mse,
            ssim=None if mean is None else 1 - mean,
            local_ssim=1 - worst if lowest_known else None,
            place=self._centre(row, column) if lowest_known else None,
            prefiltered=proven and not self._thresholds.no_prefilter,
            doubtful=doubtful,
        )

    def _doubtful(self, kept: "_Kept") -> int:
        """Return how many windows the squared error leaves in doubt, and mark their rows."""
        if self._thresholds.pool == "mean":
            bound = prefilter.mean_bound(self._errors, kept.weights)
            return 0 if bound <= self._max_dissimilarity else self.windows
        return prefilter.undecided(self._errors, kept.limits, self._rows)

    def _centre(self, row: int, column: int) -> tuple[int, int]:
        """Return column and row, in the stored picture, of the centre of a neighbourhood."""
        height, width = self._shape
        x, y = ((CELL * index + SIDE // 2) * self._reducer.factor for index in (column, row))
        return min(x, width - 1), min(y, height - 1)


class _Kept:
    """The last kept frame, prepared once for all candidates that are compared with it."""

    __slots__ = ("limits", "number", "plane", "reference", "time", "weights")

    def __init__(self, frame: Frame, plane: NDArray[np.uint8], max_dissimilarity: float) -> None:
        self.number = frame.number
        self.time = frame.time
        self.plane = plane
        self.reference = Block8Reference(plane)
        self.weights = np.empty(self.reference.sums.shape)
        prefilter.weigh(
            self.reference.sums, self.reference.squares, *self.reference.constants, self.weights
        )
        self.limits = prefilter.limits(self.weights, max_dissimilarity)
