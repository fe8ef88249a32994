"""Pictures as arrays, and the rule on lists of them: the material of tests that need no codec."""

from fractions import Fraction
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from vidsum import Thresholds
from vidsum.dedup import Judge
from vidsum.frame import Frame
from vidsum.jobs.condensing.beginning import looks

KINDS = ("random", "smooth", "noisy", "constant", "black", "dim", "saturated", "contrasty")


def plane(kind, shape, *, levels=256, seed=0):
    """Return a plane of samples from 0 up to `levels` - 1."""
    rng = np.random.default_rng(seed)
    top = levels - 1
    y, x = np.mgrid[: shape[0], : shape[1]]
    smooth = (0.5 + 0.2 * np.sin(x / 9 + seed) + 0.2 * np.cos(y / 7)) * top
    values = {
        "random": lambda: rng.integers(0, levels, shape),
        "smooth": lambda: smooth,
        "noisy": lambda: smooth + rng.normal(0, 0.03 * top, shape),
        "constant": lambda: np.full(shape, 0.4 * top + seed),
        "black": lambda: np.zeros(shape),
        "dim": lambda: np.full(shape, 0.012 * top),
        "saturated": lambda: np.full(shape, top),
        "contrasty": lambda: ((x // 3 + y // 5 + seed) % 2) * top,
    }[kind]()
    return np.clip(np.rint(values), 0, top).astype(np.uint8 if levels <= 256 else np.uint16)


def scene(shape, *, seed=0):
    """Return a still picture that resembles a street: soft shapes, edges and some grain."""
    rng = np.random.default_rng(seed)
    grain = rng.normal(0, 2, shape)
    soft = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), 12)
    y, x = np.mgrid[: shape[0], : shape[1]]
    walls = 20.0 * ((x // 90) % 2) + 15.0 * ((y // 70) % 2)
    return to_levels(90 + soft / (soft.std() + 1e-9) * 20 + walls + grain)


def with_grain(picture, sigma, *, seed=0):
    """Return `picture` with fresh noise of standard deviation `sigma`."""
    noise = _noise()
    begin = np.random.default_rng(seed).integers(len(noise) - picture.size)
    grain = noise[begin : begin + picture.size].reshape(picture.shape)
    return to_levels(picture + np.float32(sigma) * grain)


@cache
def _noise():
    """Return noise to cut grain out of: to make it anew for each picture takes far longer."""
    return np.random.default_rng(0).standard_normal(1 << 22, np.float32)


def with_object(picture, x, y, size, level):
    """Return `picture` with a square of one level whose upper left corner is at column x, row y."""
    changed = picture.copy()
    changed[y : y + size, x : x + size] = level
    return changed


def to_levels(values):
    """Round to 8-bit samples."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def with_clock(picture, seconds, *, column=8, row=140, scale=0.8, level=235):
    """Return `picture` with HH:MM:SS written into it, the lower left corner at column and row."""
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    changed = picture.copy()
    font, smooth = cv2.FONT_HERSHEY_SIMPLEX, cv2.LINE_AA
    cv2.putText(changed, text, (column, row), font, scale, level, 1, smooth)
    return changed


class Watched(NamedTuple):
    """What the rule made of a sequence of pictures."""

    decisions: list
    judge: Judge

    @property
    def kept(self):
        """Numbers of the frames that are kept."""
        return [number for number, decision in enumerate(self.decisions) if decision.kept]

    @property
    def reasons(self):
        """The reason for every decision."""
        return [decision.reason for decision in self.decisions]


def watch(pictures, *, rate=10, counted=None, all_scores=False, **options):
    """Let the rule learn from the beginning of a sequence as a run does, and judge it all.

    The rule is that of `Thresholds(**options)`: with no options, the default preset.
    """
    thresholds = Thresholds(**options)
    judge = Judge(pictures[0].shape, thresholds, counted=counted, all_scores=all_scores)
    frames = [
        Frame(number=number, time=number / Fraction(rate), luma=picture)
        for number, picture in enumerate(pictures)
    ]
    judge.learn(looks(frames, thresholds.learn_seconds))
    return Watched([judge.judge(frame) for frame in frames], judge)
