"""Wobble: a short shift that the whole picture has in common is found and seen through."""

import cv2
import numpy as np
import pytest
from helpers_arrays import scene, to_levels, watch, with_grain, with_object

from vidsum.dedup import Reason
from vidsum.dedup.wobble import Shift, shift_between, shifted

SHAPE = (160, 240)


def rough(shape, seed=5):
    """Return a street with cracks and gravel, finer than which a lens shows nothing."""
    gravel = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, shape), (0, 0), 1.5)
    return to_levels(scene(shape, seed=seed) + 60 * gravel)


WIDE = rough((200, 280))


def seen(right=0.0, down=0.0):
    """Return the street as a camera sees it that has turned a little: moved by another program."""
    move = np.array([[1, 0, right], [0, 1, down]], np.float32)
    turned = cv2.warpAffine(WIDE, move, WIDE.shape[::-1], flags=cv2.INTER_CUBIC)
    return turned[20:180, 20:260]


def grainy(pictures, sigma=1.5):
    return [with_grain(picture, sigma, seed=number) for number, picture in enumerate(pictures)]


SHIFTS = pytest.mark.parametrize(
    "shift", [(0.3, 0), (0, -0.5), (1, 1), (-1.4, 0.6), (2, -1), (-2, 2)], ids=str
)


@SHIFTS
@pytest.mark.parametrize("hidden", [0, 0.15], ids=["bare", "partly hidden"])
@pytest.mark.parametrize("light", [(1, 0), (0.8, 30)], ids=["same light", "another light"])
def test_the_shift_between_two_pictures_is_found(shift, hidden, light):
    gain, offset = light
    after = with_grain(gain * seen(*shift) + offset, 1)
    after[:50, : round(240 * hidden)] = 250
    found = shift_between(seen(), after)
    assert np.hypot(found.right - shift[0], found.down - shift[1]) < 0.1


def test_a_faint_texture_tells_the_shift_through_noise():
    """Half a sample changes it by hardly more than noise does; the opposite shift, by more."""
    before, after = (128 + 0.2 * (view.astype(float) - 128) for view in (seen(), seen(0.5, 0.5)))
    found = shift_between(with_grain(before, 1, seed=3), with_grain(after, 1, seed=4))
    assert np.hypot(found.right - 0.5, found.down - 0.5) < 0.1


def before_a_wall(at, level=150):
    """Return a board of rough texture, half as wide as the picture, before a plain wall."""
    picture = np.full(SHAPE, level, np.uint8)
    picture[20:150, at : at + 130] = rough((130, 130), seed=8)
    return picture


EDGE = np.where(np.arange(240) < 120, 90, 150).astype(np.uint8) * np.ones((160, 1), np.uint8)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (np.full(SHAPE, 90, np.uint8), np.full(SHAPE, 90, np.uint8)),
        (EDGE, np.roll(EDGE, 1, axis=1)),
        (before_a_wall(40), before_a_wall(42)),
        (seen()[:40, :240], seen(1)[:40, :240]),
    ],
    ids=["nothing to see", "one edge", "one thing moves before a wall", "small picture"],
)
@pytest.mark.parametrize("sigma", [0, 1, 5])
def test_no_shift_is_found_where_the_picture_as_a_whole_does_not_tell_it(before, after, sigma):
    assert shift_between(with_grain(before, sigma, seed=1), with_grain(after, sigma)) is None


@SHIFTS
def test_a_shifted_picture_is_that_of_opencv(shift):
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved = cv2.warpAffine(
        WIDE, move, WIDE.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    difference = shifted(WIDE, Shift(*shift)).astype(int) - moved
    assert np.abs(difference).max() <= 3  # to 1/16 of a sample here, to 1/32 there


@pytest.mark.parametrize("shift", [(1, 1), (-1.4, 0.6), (-2, 2)], ids=str)
def test_a_camera_that_is_pushed_a_little_is_usual(shift):
    pictures = grainy([seen()] * 50 + [seen(*shift)] * 20)
    assert watch(pictures).kept == [0]
    assert watch(pictures, preset="exact").kept == [0, 50]
    assert watch(pictures, preset="screen").kept == [0, 50]


def test_a_camera_that_is_pushed_far_is_kept():
    pictures = grainy([seen()] * 50 + [seen(8)] * 20)
    assert watch(pictures).kept == [0, 50]


@pytest.mark.parametrize("size", [6, 40])
def test_who_comes_while_the_camera_shakes_is_kept(size):
    swing = [1.5 * np.sin(number / 3) for number in range(160)]
    pictures = [seen(right, right / 2) for right in swing]
    for number in range(100, 130):
        pictures[number] = with_object(pictures[number], number, 60, size, 230)
    watched = watch(grainy(pictures))

    assert not [n for n in watched.kept if 0 < n < 100 or n > 131]
    assert watched.decisions[100].reason is Reason.CHANGE
    left, _, right, _ = watched.decisions[100].box
    assert left >= 80
    assert right <= 100 + size + 20


def test_what_moves_alone_is_no_wobble():
    """A board that fills much of the picture is moved by two samples; what is behind it stays."""
    street, wall = seen(), before_a_wall(40)
    moved = street.copy()
    street[30:120, 30:130] = moved[30:120, 32:132] = rough((90, 100), seed=8)
    for before, after in ((street, moved), (wall, before_a_wall(42))):
        assert watch(grainy([before] * 60 + [after] * 30)).kept == [0, 60]
