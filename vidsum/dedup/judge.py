"""The rule: compare each frame with the last kept one, and keep it when it differs."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..frame import Frame, exact
from ..metrics.block8 import CELL, cell_errors, empty_cells
from ..options import Thresholds
from . import prefilter
from .cover import Cover
from .decision import KEEPING, Box, Decision, Reason
from .light import Lights
from .local import POOL, SIDE, find_worst, least_of_neighbourhoods, pool_candidate
from .memory import Memory
from .plane import Reducer
from .prepared import Prepared, prepare
from .state import State
from .wobble import steady


class Judge:
    """Decides frame by frame, remembering the last kept frame and what is usual.

    Parameters
    ----------
    shape
        (height, width) of the luma of every frame.
    thresholds
        The rule.
    counted
        Which samples of the luma count; None for all.
    all_scores
        Compute every score of every frame, even if the decision doesn't need it.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        thresholds: Thresholds,
        *,
        counted: NDArray[np.bool_] | None = None,
        all_scores: bool = False,
    ) -> None:
        self._shape = shape
        self._thresholds = thresholds
        self._heartbeat = exact(thresholds.heartbeat)
        rate = exact(thresholds.highest_rate)
        self._shortest_gap = None if rate is None else 1 / rate
        self._max_dissimilarity = thresholds.max_dissimilarity
        self._everywhere = all_scores or thresholds.no_prefilter
        self._reducer = Reducer(shape)
        self._cover = Cover(self._reducer, counted)
        self._candidate = self._reducer.empty()
        self._prepared: Prepared | None = None
        self._errors = empty_cells(self._candidate)
        rows, columns = self._errors.shape
        self._rows = np.empty(rows - 1, np.bool_)
        self._dissimilarity = np.empty((rows - 1, columns - 1))
        self._pooled = np.empty((rows - POOL, columns - POOL))
        self._allowed = np.full(self._pooled.shape, self._max_dissimilarity)
        self._memory: Memory | None = None
        if thresholds.memory_seconds:
            self._memory = Memory(
                self._candidate.shape,
                thresholds.memory_seconds,
                self._max_dissimilarity,
                habits_only=thresholds.habits_only,
            )
            self._allowed = self._memory.allowed
        self._lights = Lights() if thresholds.ignores_light else None
        self._kept: _Kept | None = None

    @property
    def windows(self) -> int:
        """How many windows a frame has."""
        return self._dissimilarity.size

    @property
    def usual(self) -> NDArray[np.float32]:
        """How usual change has been at each place of the picture, so far: 0 or 1.

        The array is a coarse picture of the whole frame as stored.
        """
        if self._memory is None:
            return np.zeros(self._pooled.shape, np.float32)
        return self._memory.ignored.astype(np.float32)

    @property
    def allowed(self) -> NDArray[np.float64]:
        """The local dissimilarity, 1 - SSIM, above which a place counts as changed, at present.

        The centre of the neighbourhood in row i and column j is (i + 2) and (j + 2) times `spacing`
        away from the upper left corner of the stored picture.
        """
        return self._allowed

    @property
    def state(self) -> State:
        """Everything that later decisions depend on; its arrays are not copies."""
        kept = self._kept
        return {
            "covered": self._cover.first,
            "kept": None
            if kept is None
            else {
                "number": kept.frame.number,
                "time": kept.frame.time,
                "plane": kept.prepared.plane,
            },
            "memory": None if self._memory is None else self._memory.state,
            "lights": None if self._lights is None else self._lights.state,
        }

    def restore(self, state: Any) -> None:
        """Continue as the judge from which `state` was taken, which had the same rule.

        Frames judged then are not judged again; the picture of the last kept one is not available.
        """
        self._cover.first = state["covered"]
        if (kept := state["kept"]) is not None:
            unseen = np.empty((0, 0), np.uint8)
            frame = Frame(number=kept["number"], time=kept["time"], luma=unseen)
            self._kept = _Kept(frame, prepare(kept["plane"]))
        if self._memory is not None:
            self._memory.restore(state["memory"])
        if self._lights is not None:
            self._lights.restore(state["lights"])

    @property
    def spacing(self) -> int:
        """Distance between the places that are compared, in samples of the stored picture."""
        return CELL * self._reducer.factor

    @property
    def reference(self) -> Frame | None:
        """The frame that the next one will be compared with: the last kept one."""
        return None if self._kept is None else self._kept.frame

    def dissimilarity(self, frame: Frame) -> NDArray[np.float64] | None:
        """Return 1 - local SSIM of all places of a frame, if there is a frame to compare it with.

        Nothing is decided: the frame may still be judged.
        """
        if self._kept is None:
            return None
        reference, candidate = self._kept.prepared, self._reducer.empty()
        self._reduce(frame, candidate)
        errors, everywhere = empty_cells(candidate), np.ones_like(self._rows)
        cell_errors(reference.plane, candidate, errors)
        windows, pooled = np.empty_like(self._dissimilarity), np.empty_like(self._pooled)
        pool_candidate(
            everywhere, reference.sums, reference.squares, candidate, errors, windows, pooled
        )
        return pooled

    def learn(self, frames: Iterable[Frame]) -> None:
        """Look at frames of the beginning, in order, before the first one is judged."""
        if self._memory is None:
            return
        looks = []
        for frame in frames:
            plane = self._reducer.empty()
            self._reduce(frame, plane)
            looks.append((prepare(plane), frame.time))
        self._memory.begin(looks)

    def judge(self, frame: Frame) -> Decision:
        """Decide whether `frame` is kept; if so, the next ones are compared with it.

        Raises
        ------
        UsageError
            If its luma has a different shape from the frames before.
        """
        return self._judge(frame)

    def keep(self, frame: Frame) -> Decision:
        """Decide as `judge` does, but keep `frame` in any case: a video begins with it."""
        return self._judge(frame, always=True)

    def release(self) -> None:
        """Release the picture of the last kept frame; decisions don't need it."""
        if self._kept is not None:
            self._kept.frame = self._kept.frame.without_picture()

    def _judge(self, frame: Frame, *, always: bool = False) -> Decision:
        self._reduce(frame, self._candidate)
        self._prepared = None
        decision = self._decide(frame)
        if always and not decision.kept:
            soon = decision.reason is Reason.SOON
            decision = replace(decision, reason=Reason.CHANGE if soon else Reason.FIRST)
        memory = self._memory
        # A frame dropped only by the rate must not be learnt as usual: no kept frame would show it.
        soon = decision.reason is Reason.SOON
        if memory is not None and not soon and memory.is_due(frame.time):
            memory.remember(self._prepare(), frame.time)
        if decision.kept:
            self._kept = _Kept(frame, self._prepare())
            if self._lights is not None:
                self._lights.forget()
            self._candidate = self._reducer.empty()
        return decision

    def _reduce(self, frame: Frame, plane: NDArray[np.uint8]) -> None:
        if frame.reduced is not None:
            plane[:] = frame.reduced
        elif frame.luma.shape != self._shape:
            raise UsageError(
                f"frame {frame.number} has shape {frame.luma.shape}, expected {self._shape}: "
                "scale all frames to one size before they are judged"
            )
        else:
            self._reducer.reduce(frame.luma, plane)
        self._cover.cover(plane)

    def _prepare(self) -> Prepared:
        if self._prepared is None:
            self._prepared = prepare(self._candidate)
        return self._prepared

    def _decide(self, frame: Frame) -> Decision:
        kept = self._kept
        if kept is None:
            return Decision(reason=Reason.FIRST)
        reference = kept.prepared.plane
        error = cell_errors(reference, self._candidate, self._errors)
        error -= self._reducer.padding_error(reference, self._candidate)
        mse = error / self._cover.samples

        doubtful = self._doubtful(kept)
        heartbeat = self._heartbeat
        due = heartbeat is not None and frame.time - kept.frame.time >= heartbeat
        unchanged = Reason.HEARTBEAT if due else Reason.SAME
        if doubtful == 0:
            return Decision(
                reason=unchanged, reference=kept.frame.number, mse=mse, prefiltered=True
            )

        pool_candidate(
            self._rows,
            kept.prepared.sums,
            kept.prepared.squares,
            self._candidate,
            self._errors,
            self._dissimilarity,
            self._pooled,
        )
        mean = float(self._dissimilarity.mean()) if self._rows.all() else None
        if self._thresholds.pool == "mean":
            assert mean is not None
            _, row, column = find_worst(self._pooled, self._allowed)
            reason = Reason.CHANGE if mean > self._max_dissimilarity else unchanged
            box = None
            known = True
        else:
            reason, row, column, box = self._judge_places(kept, frame.time, unchanged)
            # If only some rows were compared, their lowest value is the lowest of all only if it is
            # below the threshold: in no other row can it be.
            known = mean is not None or reason not in (Reason.SAME, Reason.HEARTBEAT)
        gap = self._shortest_gap
        is_new = reason in (Reason.CHANGE, Reason.LIGHT)
        if is_new and gap is not None and frame.time - kept.frame.time < gap:
            reason = Reason.SOON
        return Decision(
            reason=Reason.HEARTBEAT if due and reason not in KEEPING else reason,
            reference=kept.frame.number,
            mse=mse,
            ssim=None if mean is None else 1 - mean,
            local_ssim=1 - float(self._pooled[row, column]) if known else None,
            place=self._centre(row, column) if known else None,
            box=box if reason is Reason.CHANGE else None,
            doubtful=doubtful,
        )

    def _judge_places(
        self, kept: "_Kept", time: Fraction, unchanged: Reason
    ) -> tuple[Reason, int, int, Box | None]:
        """Return the reason for the exceeding places, the worst of them, and a box around all."""
        lights, memory = self._lights, self._memory
        exceeding, row, column = find_worst(self._pooled, self._allowed)
        if not exceeding:
            return unchanged, row, column, None
        share = exceeding / self._pooled.size
        changed = self._pooled.copy()  # reported scores are those of the plain pictures
        light = None
        if lights is not None:
            light = lights.explain(kept.prepared, self._prepare(), self._errors, share, changed)
        if memory is not None and (changed > self._allowed).any():
            if memory.has_habits and not self._thresholds.habits_only:
                light = steady(kept.prepared, self._prepare(), light, changed)
            changed = memory.counts(kept.prepared, self._prepare(), time, changed)
        counting, worst_row, worst_column = find_worst(changed, self._allowed)
        if counting:
            return Reason.CHANGE, worst_row, worst_column, self._box(changed > self._allowed)
        if lights and light and lights.has_settled(self._prepare(), time, share):
            return Reason.LIGHT, row, column, None
        return Reason.USUAL, row, column, None

    def _doubtful(self, kept: "_Kept") -> int:
        """Return how many windows the squared error leaves undecided, and mark their rows."""
        if self._everywhere:
            self._rows[:] = True
            return self.windows
        if self._thresholds.pool == "mean":
            self._rows[:] = True
            bound = prefilter.mean_bound(self._errors, kept.weights)
            return 0 if bound <= self._max_dissimilarity else self.windows
        version = 0 if self._memory is None else self._memory.version
        if kept.limits_version != version:
            kept.set_limits(self._allowed, version)
        return prefilter.undecided(self._errors, kept.limits, self._rows)

    def _centre(self, row: int, column: int) -> tuple[int, int]:
        """Return column and row, in the stored picture, of the centre of a neighbourhood."""
        height, width = self._shape
        x, y = ((CELL * index + SIDE // 2) * self._reducer.factor for index in (column, row))
        return min(x, width - 1), min(y, height - 1)

    def _box(self, places: NDArray[np.bool_]) -> Box:
        """Return the box around `places`."""
        rows, columns = (np.flatnonzero(places.any(axis=axis)) for axis in (1, 0))
        height, width = self._shape
        unit = CELL * self._reducer.factor
        side = SIDE * self._reducer.factor
        return (
            int(columns[0]) * unit,
            int(rows[0]) * unit,
            min(int(columns[-1]) * unit + side, width),
            min(int(rows[-1]) * unit + side, height),
        )


class _Kept:
    """The last kept frame, prepared once for all candidates that are compared with it."""

    __slots__ = ("frame", "limits", "limits_version", "prepared", "weights")

    def __init__(self, frame: Frame, prepared: Prepared) -> None:
        self.frame = frame
        self.prepared = prepared
        self.weights = np.empty(prepared.sums.shape)
        prefilter.weigh(prepared.sums, prepared.squares, self.weights)
        self.limits_version = -1

    def set_limits(self, allowed: NDArray[np.float64], version: int) -> None:
        """Compute the limits for what is allowed at each place."""
        least = np.empty_like(self.weights)
        least_of_neighbourhoods(allowed, least)
        self.limits = prefilter.limits(self.weights, least)
        self.limits_version = version
