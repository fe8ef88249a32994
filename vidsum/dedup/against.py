"""The plain rule against a frame other than the last kept one."""

import dataclasses
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..frame import Frame
from ..options import Thresholds
from .decision import Decision
from .judge import Judge, _Kept


class SteadyJudge(Judge):
    """Compares frames with the previous one, with the first one, or with a picture.

    "Kept" frames are those that differ from it; usual changes are not ignored.

    Parameters
    ----------
    shape, thresholds, counted
        As for `Judge`; `thresholds` are those of the plain rule.
    follows
        Compare with the previous frame, instead of one for all.
    picture
        What to compare with, a luma plane of this shape; None for the first frame.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        thresholds: Thresholds,
        *,
        counted: NDArray[np.bool_] | None = None,
        follows: bool = False,
        picture: NDArray[np.uint8] | None = None,
    ) -> None:
        super().__init__(shape, thresholds, counted=counted, all_scores=True)
        self._follows = follows
        self._has_picture = picture is not None
        if picture is not None:
            frame = Frame(number=0, time=Fraction(0), luma=picture)
            self._reduce(frame, self._candidate)
            self._remember(frame)

    def judge(self, frame: Frame) -> Decision:
        """Decide whether `frame` differs."""
        self._reduce(frame, self._candidate)
        self._prepared = None
        decision = self._decide(frame)
        if self._follows or self._kept is None:
            self._remember(frame)
        return dataclasses.replace(decision, reference=None) if self._has_picture else decision

    def _remember(self, frame: Frame) -> None:
        self._kept = _Kept(frame, self._prepare())
        self._candidate = self._reducer.empty()
        self._prepared = None
