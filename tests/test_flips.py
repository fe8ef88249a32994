"""Clocks, lamps and cursors: places that flip are usual, and what passes over them is not."""

import functools
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers_arrays import scene, watch, with_clock, with_grain, with_object

from vidsum.dedup.flips import Flips

SHAPE = (160, 240)
STILL = scene(SHAPE, seed=3)


def grainy(pictures, sigma=1.5):
    return [with_grain(picture, sigma, seed=number) for number, picture in enumerate(pictures)]


def within(watched, first, last):
    """Return the frames from `first` to before `last` that are kept."""
    return [number for number in watched.kept if first <= number < last]


def clock(start, *, seconds=45, rate=10, scale=0.8):
    return [
        with_clock(STILL, start + int(number / rate), scale=scale)
        for number in range(int(seconds * rate))
    ]


CLOCKS = pytest.mark.parametrize(
    ("start", "rate", "scale"),
    [
        (35, 10, 0.8),
        (2 * 3600 + 17 * 60 + 33, 12.5, 0.8),
        (12 * 3600 + 34 * 60 + 31, 10, 0.5),
        (35, 10, 0.6),
        (38, 12, 0.5),
    ],
)


@functools.cache
def ticks_kept(start, rate, scale):
    """Return what is kept of a clock's 45 seconds after the first 6."""
    pictures = grainy(clock(start, rate=rate, scale=scale))
    assert len(watch(pictures, rate=rate, preset="exact").kept) == 45
    return within(watch(pictures, rate=rate), int(6 * rate), len(pictures))


@CLOCKS
def test_hardly_a_tick_of_a_clock_is_kept(start, rate, scale):
    assert len(ticks_kept(start, rate, scale)) <= 2


def test_what_wavers_in_a_single_place_of_a_clock_is_not_kept():
    assert ticks_kept(38, 10, 0.8) == []


def test_usual_marks_where_the_clock_ticks_and_nothing_else():
    usual = watch(grainy(clock(35, seconds=20))).judge.usual
    ticks = cv2.absdiff(with_clock(STILL, 35), with_clock(STILL, 48)) > 0
    marked = cv2.resize(usual, SHAPE[::-1], interpolation=cv2.INTER_NEAREST) > 0
    around = cv2.dilate(ticks.astype(np.uint8), np.ones((49, 49))) > 0

    assert set(np.unique(usual)) == {0, 1}
    assert marked[ticks].mean() > 0.5
    assert not marked[~around].any()
    assert not watch(grainy(clock(35, seconds=20)), memory=0).judge.usual.any()


def test_an_object_that_passes_over_the_clock_is_kept_there():
    """It is as high as the digits, and moves from one end of them to the other."""
    pictures = clock(35, seconds=40)
    for number in range(240, 270):
        pictures[number] = with_object(pictures[number], 8 + 4 * (number - 240), 122, 20, 40)
    watched = watch(grainy(pictures))

    assert len(within(watched, 240, 271)) > 15
    assert len(within(watched, 260, 270)) > 3  # over the seconds
    assert len(within(watched, 60, 240)) <= 2


@pytest.mark.parametrize(("x", "y"), [(60, 118), (95, 127)], ids=["above", "beside"])
@pytest.mark.parametrize(("come", "latest"), [(124, 127), (120, 130)], ids=["between", "at a tick"])
def test_an_object_that_pops_up_near_the_clock_is_kept(x, y, come, latest):
    pictures = clock(35, seconds=15, scale=0.5)
    for number in range(come, 150):
        pictures[number] = with_object(pictures[number], x, y, 10, 30)
    assert within(watch(grainy(pictures)), come, latest)


def test_an_object_elsewhere_is_kept_while_the_clock_ticks():
    pictures = clock(35, seconds=30)
    for number in range(200, 230):
        pictures[number] = with_object(pictures[number], 120, 30 + 2 * (number - 200), 14, 220)
    watched = watch(grainy(pictures))

    assert len(within(watched, 200, 231)) > 25
    assert len(within(watched, 60, 200)) <= 2
    for number in within(watched, 200, 230):
        _, top, _, bottom = watched.decisions[number].box
        assert top <= 30 + 2 * (number - 200) + 14
        assert bottom >= 30 + 2 * (number - 200)


def blinking(period, *, seconds=30, rate=10, since=0, width=10, height=10):
    """Return a lamp that is on for the first half of each period."""
    lit = STILL.copy()
    lit[20 : 20 + height, 200 : 200 + width] = 240
    is_lit = [
        number >= since and number % (period * rate) < period * rate / 2
        for number in range(int(seconds * rate))
    ]
    return [lit if on else STILL for on in is_lit]


@pytest.mark.parametrize(
    "period",
    [
        0.4,
        0.5,
        0.7,
        1,
        3,
    ],
)
def test_a_blinking_lamp_is_usual(period):
    pictures = grainy(blinking(period))
    assert len(watch(pictures, preset="exact").kept) > 15
    assert len(within(watch(pictures), max(30, int(20 * period)), 300)) <= 1


def test_a_lamp_that_begins_to_blink_is_kept_at_first_only():
    watched = watch(grainy(blinking(1, since=100, seconds=24)))
    assert watched.kept[1] == 100
    assert within(watched, 130, 240) == []


def test_a_blinking_cursor_is_usual():
    pictures = grainy(blinking(1.06, seconds=20, rate=12.5, width=2, height=14), 0)
    assert len(watch(pictures, rate=12.5, preset="exact").kept) > 30
    assert within(watch(pictures, rate=12.5), 60, 250) == []


PLACES = (10, 40)


def shown(looks, *, step=0.5):
    """Return what is known of places of which one row shows `looks`, a dictionary a look."""
    flips = Flips(PLACES)
    maps = []
    for look in looks:
        maps.append(np.zeros(PLACES, int))
        for column, value in look.items():
            maps[-1][4, column] = value
    for number, (before, after) in enumerate(pairwise(maps)):
        flips.note(before != after, before != after, Fraction(step) * number)
    return flips


def columns(places):
    return sorted({int(column) for column in np.nonzero(places)[1]})


def marked(*numbers):
    places = np.zeros(PLACES, np.bool_)
    places[4, list(numbers)] = True
    return places


@pytest.mark.parametrize(
    ("looks", "flips"),
    [
        ([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], True),
        ([1, 1, 2, 2, 1, 1, 2, 2, 1, 1], True),
        ([1, 1, 1, 1, 2, 2, 2, 2], False),
        ([1, 1, 1, 1, 2, 2, 1, 1, 1, 1], False),
        ([1, 1, 2, 3, 4, 5, 6, 1, 1], False),
        ([1, 1, 2, 3, 1, 1, 4, 5, 1, 1, 6, 7, 1, 1], False),
        ([1, 1, 2, 2, 3, 3] + 40 * [3], False),
    ],
    ids=[
        "digits",
        "lamp",
        "one step",
        "comes and goes",
        "passing",
        "passing again and again",
        "long ago",
    ],
)
def test_a_place_flips_when_each_look_stays_and_is_followed_at_once_by_another(looks, flips):
    assert columns(shown([{7: look} for look in looks]).known) == ([7] if flips else [])


def test_what_changes_beside_a_flip_at_the_same_instant_belongs_to_it():
    """Columns 4 and 5 flip, 6 and 7 have been still, 9 moves, 30 is still and far away."""
    flips = shown([{4: n // 2, 5: n // 2, 9: n} for n in range(12)])
    assert columns(flips.known) == [4, 5]

    new = marked(4, 5, 6, 7, 9, 30)
    assert columns(flips.explain(new, new)) == [4, 5, 6, 7]
    assert columns(flips.known) == [4, 5, 6, 7]


def test_what_changes_while_nothing_flips_is_not_explained():
    flips = shown([{4: n // 2, 5: n // 2} for n in range(12)])
    new = marked(6, 7)
    assert columns(flips.explain(new, new)) == []


def test_what_is_larger_than_all_that_flips_does_not_join_it():
    flips = shown([{4: n // 2, 5: n // 2} for n in range(12)])
    new = marked(*range(12))
    assert columns(flips.explain(new, new)) == [4, 5]


def test_what_changes_as_usual_with_a_flip_makes_room_for_more_to_join_it():
    """Columns 2 and 3 have shown so many looks already that they pass for noise."""
    flips = shown([{4: n // 2, 5: n // 2} for n in range(12)])
    new = marked(4, 5, *range(6, 12))
    assert columns(flips.explain(new, new)) == [4, 5]
    assert columns(flips.explain(new, new | marked(2, 3))) == [*range(4, 12)]


@pytest.mark.parametrize(("row", "joins"), [(5, True), (6, False), (0, False)])
def test_what_joins_a_flip_stands_in_a_line_with_it(row, joins):
    flips = shown([{4: n // 2, 5: n // 2} for n in range(12)])
    new = marked(4, 5, 6)
    new[row, 7] = True
    assert columns(flips.explain(new, new)) == ([4, 5, 6, 7] if joins else [4, 5])
