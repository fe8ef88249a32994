"""Pictures as arrays: the material of the tests that need no codec."""

import cv2
import numpy as np

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
    return to_levels(picture + np.random.default_rng(seed).normal(0, sigma, picture.shape))


def with_object(picture, x, y, size, level):
    """Return `picture` with a square of one level whose upper left corner is at column x, row y."""
    changed = picture.copy()
    changed[y : y + size, x : x + size] = level
    return changed


def to_levels(values):
    """Round to 8-bit samples."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
