"""What each place of the picture usually looks like: a memory of past frames, and its lessons.

Some two frames a second are remembered. From this memory, three things are learnt about every place
(a neighbourhood of windows, see `vidsum.dedup.local`):

- **Its novelty**: how little its look resembles the most similar one remembered. Leaves in the wind
  never repeat exactly, but they resemble something seen before; a person in front of them does
  not.
- **Its usual level**: the novelty that it shows all the time, from noise, compression, leaves or
  water. That much more is allowed there before a change counts. The level follows the median of
  the place's novelty, so that things that only pass do not raise it, however many pass; only where
  the place keeps changing even over many seconds (it is restless) is it the largest novelty seen.
  It never allows a look that resembles nothing.
- **Its habits**: looks that the place has left and come back to, or that it has nearly all the
  time. Digits of a clock, a blinking lamp, a cursor, the road between two cars are habits; a car
  that stands there for the first time is not, however long it stands.

A picture that keeps turning into something unseen as a whole, as in a film or with a moving camera,
has no habits: nothing is allowed there beyond the plain rule.

The idea of comparing with samples of the past instead of a model of them is that of O. Barnich and
M. Van Droogenbroeck, "ViBe: a universal background subtraction algorithm for video sequences", IEEE
Transactions on Image Processing 20 (6), 2011; here the samples are whole frames, and resemblance is
the structural similarity that decides on frames.
"""

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .flips import Flips
from .local import POOL, pool_prepared
from .places import neighbours, widened
from .prepared import Prepared, prepare
from .recall import novelty, recall, summarize
from .remembered import STEP, Remembered
from .state import State, arrays_of, put_back

_MIN_APART_SECONDS = 0.3
"""Looks at the beginning that are closer in time than this, in seconds, are not compared."""

_LEARNT = 16
"""How many past novelties determine a place's usual level."""

_BANDS = 4
"""The picture is learnt in this many bands, one per remembered frame."""

_MIN_REMEMBERED = 4
"""Frames remembered before anything is concluded from them."""

_MARGIN = 0.2
"""A change counts when it exceeds the usual level by this."""

_VARIED = 0.1
"""From this usual level on, a place counts as varied."""

_WORTH_TELLING = 0.1
"""Where this much more is allowed, usual change counts as ignored."""

_MOST_ALLOWED = 0.45
"""The usual level allows at most this much more dissimilarity."""

_UNSEEN = 0.5
"""From this novelty on, a place resembles nothing remembered."""

_TURNED = 0.15
"""If this share of the picture resembles nothing remembered, nothing is learnt from the frame."""

_NO_HABITS = 0.08
"""If this share of the picture is unseen on average, the picture has no habits."""

_KNOWN_FRACTION = 2 / 3
"""A look resembles a remembered one when they differ by less than this fraction of the
threshold."""

_RETURN_FRACTION = 0.5
"""A change between two known looks must be larger by this fraction of the threshold."""

_MIN_NEIGHBOURS = 4
"""In varied places and near flipping ones, such a change must show in at least this many of the 3x3
places around and including it. Any sample lies in 4x4 places: an object that comes or goes changes
several of them, wavering at the edge of a habit only one."""


_LASTING = (
    "_novelty",
    "_unlike",
    "_learnt",
    "_median",
    "_largest",
    "_restless_here",
    "_level",
    "_restless",
    "allowed",
    "ignored",
)


class Memory:
    """The recent past of a picture.

    Parameters
    ----------
    plane_shape
        (height, width) of the analysis planes.
    seconds
        How far back the memory reaches.
    threshold
        1 - SSIM above which a change counts where nothing is usual.
    habits_only
        Whether only habits are usual: neither a level, nor something new where a place flips.
    """

    def __init__(
        self, plane_shape: tuple[int, int], seconds: float, threshold: float, *, habits_only: bool
    ) -> None:
        size = max(_MIN_REMEMBERED, round(seconds / STEP))
        blank = prepare(np.zeros(plane_shape, np.uint8))
        rows, columns = blank.sums.shape
        places = (rows - POOL + 1, columns - POOL + 1)
        self._threshold = threshold
        self._habits_only = habits_only
        self._remembered = Remembered(size, blank)

        self._novelty = np.zeros((_LEARNT, *places), np.float32)
        self._unlike = np.zeros((_LEARNT, *places), np.bool_)
        self._learnt = np.zeros(_BANDS, np.int64)
        self._next_band = 0
        self._unseen: deque[float] = deque(maxlen=size)
        self._median = np.zeros(places, np.float32)
        self._largest = np.zeros(places, np.float32)
        self._restless_here = np.zeros(places, np.bool_)

        self._flips = Flips(places)
        self._level = np.zeros(places, np.float32)
        self._restless = np.zeros(places, np.bool_)
        self.allowed = np.full(places, threshold)
        """1 - SSIM above which a change counts, for every place; always the same array."""
        self.version = 0
        """Increases whenever `allowed` changes."""
        self.ignored = np.zeros(places, np.bool_)
        """Places where change has been usual at any time so far."""

    @property
    def state(self) -> State:
        """Everything it has learnt."""
        return {
            **arrays_of(self, _LASTING),
            "remembered": self._remembered.state,
            "flips": self._flips.state,
            "next_band": self._next_band,
            "unseen": np.array(self._unseen, np.float64),
            "version": self.version,
        }

    def restore(self, state: Any) -> None:
        """Restore what `state` holds."""
        put_back(self, _LASTING, state)
        self._remembered.restore(state["remembered"])
        self._flips.restore(state["flips"])
        self._next_band = state["next_band"]
        self._unseen.extend(state["unseen"].tolist())
        self.version = state["version"]

    @property
    def has_habits(self) -> bool:
        """Whether enough is known, and the picture is one that has habits."""
        return len(self._remembered) >= _MIN_REMEMBERED and not self._is_film()

    def is_due(self, time: Fraction) -> bool:
        """Return whether a frame at this time is to be remembered."""
        return self._remembered.is_due(time)

    def remember(self, prepared: Prepared, time: Fraction) -> None:
        """Remember a frame, and learn from it what is usual."""
        if len(self._remembered) >= _MIN_REMEMBERED:
            order, _ = self._remembered.order(time)
            self._learn(prepared, order, [self._next_band])
            self._next_band = (self._next_band + 1) % _BANDS
        self._store(prepared, time)
        self._remembered.plan(time)
        self._conclude()

    def begin(self, looks: Sequence[tuple[Prepared, Fraction]]) -> None:
        """Remember frames of the beginning, with their times, before the first one is judged."""
        for prepared, time in looks[-self._remembered.size :]:
            self._store(prepared, time)
        if len(self._remembered) < _MIN_REMEMBERED:
            return
        _, end = looks[-1]
        self._remembered.plan(end)
        order, _ = self._remembered.order(end)
        times = self._remembered.times[order]
        chosen = np.unique(np.linspace(0, len(order) - 1, _LEARNT).round().astype(np.int64))
        for index in chosen:
            prepared, time = looks[-1 - index]  # the latest comes first, as in `order`
            # Closer neighbours than remembered frames ever have would make it look too familiar.
            apart = np.abs(times - float(time)) >= _MIN_APART_SECONDS
            self._learn(prepared, order[apart], range(_BANDS))
        self._conclude()

    def counts(
        self,
        kept: Prepared,
        candidate: Prepared,
        time: Fraction,
        pooled: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return `pooled` where the change counts, and -1 where it is usual.

        Parameters
        ----------
        kept, candidate
            The two frames.
        time
            When the candidate is shown.
        pooled
            1 - SSIM of every place; -1 where it is not known to exceed anything.
        """
        exceeds = pooled > self.allowed
        if not self.has_habits or not exceeds.any():
            return np.where(exceeds, pooled, -1.0)
        order, past = self._remembered.order(time)
        tolerance = self._tolerance
        # The largest differences are most often new: checking them first may save checking the
        # rest.
        row = int(np.argmax(np.where(exceeds, pooled, -1.0).max(axis=1)))
        only = np.zeros(len(pooled), np.bool_)
        only[row] = True
        nearest, _ = self._recall(candidate, only, order, past, tolerance)
        new = (exceeds & (nearest > tolerance))[row] & ~self._flips.possible[row]
        if new.any():
            counts = exceeds & ~self.ignored
            counts[row] = new
            return np.where(counts, pooled, -1.0)

        rows: NDArray[np.bool_] = np.logical_or.reduce(exceeds, axis=1)
        back = _RETURN_FRACTION * self._threshold
        nearest, habit = self._recall(candidate, rows, order, past, tolerance)
        _, kept_habit = self._recall(kept, rows, order, past, tolerance, stay=back)
        counts = exceeds & (nearest > tolerance)
        known = exceeds & ~counts
        if (counts & self._flips.possible).any():
            since = self._since_last(candidate, time)
            counts &= ~self._flips.explain(counts, since > self._threshold)
        # The look that a flipping place has left is soon forgotten, and a restless place leaves a
        # one-off look at once: a return to a habit is not an event there.
        kept_habit |= self._flips.known | self._restless
        moved = known & (pooled > self.allowed + back) & ~(habit & kept_habit)
        if not self._habits_only:
            wavers = self._restless | (self._level > _VARIED) | self._flips.possible
            moved &= ~wavers | (neighbours(moved | counts) >= _MIN_NEIGHBOURS)
        counts |= moved
        if not counts.any():
            self.ignored |= exceeds
        return np.where(counts, pooled, -1.0)

    @property
    def _tolerance(self) -> NDArray[np.float64]:
        """How much a known look may differ from a remembered one, at each place."""
        known = np.where(self._restless, self._threshold, _KNOWN_FRACTION * self._threshold)
        return known + (self.allowed - self._threshold)

    def _is_film(self) -> bool:
        return bool(self._unseen) and sum(self._unseen) / len(self._unseen) >= _NO_HABITS

    def _store(self, prepared: Prepared, time: Fraction) -> None:
        if len(self._remembered) and not self._habits_only:
            since = self._since_last(prepared, time)
            clearly = since > np.maximum(self.allowed, self._threshold * (1 + _RETURN_FRACTION))
            self._flips.note(clearly, since > self.allowed, time)
        self._remembered.store(prepared, time)

    def _since_last(self, prepared: Prepared, time: Fraction) -> NDArray[np.float32]:
        """Return 1 - SSIM of every place against the last remembered frame; infinity if none."""
        pooled = np.full(self.allowed.shape, np.inf, np.float32)
        last = self._remembered.last(time)
        if last is not None:
            everywhere = np.ones(pooled.shape[0], np.bool_)
            dissimilarity = np.empty(prepared.sums.shape, np.float32)
            pool_prepared(everywhere, last, prepared, dissimilarity, pooled)
        return pooled

    def _band(self, band: int) -> slice:
        """Return the rows of a band."""
        rows = self.allowed.shape[0]
        return slice(band * rows // _BANDS, (band + 1) * rows // _BANDS)

    def _learn(self, prepared: Prepared, order: NDArray[np.int64], bands: Sequence[int]) -> None:
        """Learn what is usual in some bands, from a frame's novelty against the slots `order`."""
        rows = np.zeros(self.allowed.shape[0], np.bool_)
        for band in bands:
            rows[self._band(band)] = True
        nearest = np.empty(self.allowed.shape, np.float32)
        unlike = np.empty(self.allowed.shape, np.bool_)
        novelty(rows, order, self._remembered.frames, prepared, nearest, unlike)
        looked = nearest[rows]
        unseen = float((looked > _UNSEEN).mean()) if looked.size else 0.0
        self._unseen.append(unseen)
        if unseen >= _TURNED:
            return
        for band in bands:
            here = self._band(band)
            slot = self._learnt[band] % _LEARNT
            self._novelty[slot, here] = nearest[here]
            self._unlike[slot, here] = unlike[here]
            self._learnt[band] += 1
            known = min(int(self._learnt[band]), _LEARNT)
            summarize(
                self._novelty[:known, here],
                self._unlike[:known, here],
                self._median[here],
                self._largest[here],
                self._restless_here[here],
            )

    def _conclude(self) -> None:
        self.version += 1
        if self._habits_only or not self.has_habits:
            self.allowed.fill(self._threshold)
            return
        self._restless = widened(self._restless_here, 1)
        level = np.where(self._restless, self._largest, np.minimum(self._largest, 2 * self._median))
        for band in range(_BANDS):
            if self._learnt[band] < _MIN_REMEMBERED:
                level[self._band(band)] = 0
        self._level = widened(level.astype(np.float32), 2)
        most = self._threshold + _MOST_ALLOWED
        np.clip(self._level + _MARGIN, self._threshold, most, out=self.allowed)
        self.ignored |= self.allowed > self._threshold + _WORTH_TELLING

    def _recall(
        self,
        prepared: Prepared,
        rows: NDArray[np.bool_],
        order: NDArray[np.int64],
        past: int,
        tolerance: NDArray[np.float64],
        *,
        stay: float = 0.0,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Compare a frame with those in the slots `order`, the first `past` of which are of the
        past.

        A look is known where it differs by at most `tolerance`.

        Returns
        -------
        tuple
            Its novelty, and where its look is a habit.
        """
        nearest = np.empty(self.allowed.shape, np.float32)
        habit = np.zeros(self.allowed.shape, np.bool_)
        recall(
            rows,
            order,
            past,
            self._remembered.frames,
            prepared,
            tolerance,
            self.allowed + stay,
            self._restless | self._flips.known,
            self._restless | (self._level > _VARIED),
            nearest,
            habit,
        )
        return nearest, habit
