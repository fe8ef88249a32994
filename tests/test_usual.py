"""What is usual in a picture is not kept, and what is not is: sequences under the default preset.

Where a sequence is said to hold nothing new, the plain rule is shown to keep much of it.
"""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers_arrays import scene, to_levels, watch, with_clock, with_grain, with_object
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsum import Thresholds, UsageError
from vidsum.dedup import Reason
from vidsum.options import PRESETS

SHAPE = (160, 240)
STILL = scene(SHAPE, seed=3)
GRAIN = 1.5


def grainy(pictures, sigma=GRAIN):
    return [with_grain(picture, sigma, seed=number) for number, picture in enumerate(pictures)]


def dark(shape):
    """Return a scene whose upper left part is as dark and flat as a night."""
    picture = scene(shape, seed=3)
    picture[: shape[0] // 2, : shape[1] // 2] = 18
    return picture


def within(watched, first, last):
    """Return the frames from `first` to before `last` that are kept."""
    return [number for number in watched.kept if first <= number < last]


@pytest.mark.parametrize(
    ("shape", "sigma"),
    [
        (SHAPE, 5),
        ((160, 1600), 10),
        pytest.param(
            SHAPE, 10, marks=pytest.mark.xfail(reason="noise this strong resembles nothing")
        ),
    ],
    ids=["5", "10, reduced by 2", "10"],
)
def test_noise_in_the_dark_is_usual(shape, sigma):
    noisy = grainy([dark(shape)] * 60, sigma)
    assert len(watch(noisy, preset="exact").kept) > 30
    assert watch(noisy).kept == [0]


@pytest.mark.parametrize(
    "fresh",
    [
        False,
        pytest.param(
            True, marks=pytest.mark.xfail(reason="the level follows the median, pulses are rare")
        ),
    ],
    ids=["the same blocks in each", "fresh blocks in each"],
)
@pytest.mark.parametrize("fades", [False, True], ids=["one picture", "fading"])
def test_keyframes_that_look_different_are_usual(fresh, fades):
    blurred = cv2.GaussianBlur(STILL, (0, 0), 2).astype(float)
    pictures = []
    for number in range(240):
        group, place = divmod(number, 12)
        weight = (1 - place / 11) if fades else float(place == 0)
        steps = np.random.default_rng(group * fresh).normal(0, 4, (20, 30))
        blocky = blurred + np.kron(steps, np.ones((8, 8)))
        pictures.append(STILL * (1 - weight) + blocky * weight)
    pictures = grainy(pictures, 1)

    assert len(watch(pictures, rate=12, preset="exact").kept) > 30
    assert within(watch(pictures, rate=12), 36, 240) == []


def leaves(number):
    """Return the scene before which patches of leaves have each been moved a little."""
    rng = np.random.default_rng(5)
    pattern = cv2.GaussianBlur(rng.normal(0, 1, (120, 160)), (0, 0), 2)
    foliage = to_levels(90 + 320 * pattern)
    picture = STILL.copy()
    for row in range(0, 80, 20):
        for column in range(0, 120, 20):
            down, right = np.random.default_rng([number, row, column]).integers(-3, 4, 2)
            patch = foliage[row + down + 10 :, column + right + 10 :][:20, :20]
            picture[row : row + 20, column + 60 : column + 80] = patch
    return picture


def water(number):
    """Return the scene with waves whose phases are new in every picture."""
    y, x = np.mgrid[:80, :120]
    picture = STILL.astype(float)
    for length in (10, 17):
        phase = np.random.default_rng([number, length]).uniform(0, 2 * np.pi)
        picture[:80, 60:180] += 15 * np.sin(2 * np.pi * (0.3 * x + y) / length + phase)
    return to_levels(picture)


@pytest.mark.parametrize("background", [leaves, water])
def test_a_moving_background_is_usual_and_what_moves_before_it_is_not(background):
    pictures = [background(number) for number in range(300)]
    for number in range(200, 230):
        pictures[number] = with_object(pictures[number], number - 110, 20, 24, 235)
    pictures = grainy(pictures, 1)
    watched = watch(pictures)

    assert len(watch(pictures, preset="exact").kept) > 150
    assert len(within(watched, 60, 200) + within(watched, 231, 300)) <= 0.02 * 209
    assert len(within(watched, 200, 231)) >= 5
    assert 200 <= within(watched, 200, 300)[0] <= 202


@pytest.mark.parametrize(("x", "y"), [(100, 100), (333, 401), (850, 507)])
def test_four_by_four_samples_are_seen_in_a_large_picture(x, y):
    street = scene((540, 960), seed=7)
    there = with_object(street, x, y, 4, int(street[y : y + 4, x : x + 4].mean()) + 40)
    assert watch(grainy([street] * 40 + [there] * 10)).kept == [0, 40]


def test_a_faint_object_is_seen_through_noise():
    there = STILL.astype(float)
    there[30:42, 150:162] += 20
    assert watch(grainy([STILL] * 60 + [there] * 40, 2.5)).kept == [0, 60]


def placed(column, row=60, size=10, level=200):
    """Return the scene with a square at a column between two samples."""
    whole, part = int(column), column % 1
    cover = np.zeros(SHAPE)
    cover[row : row + size, whole : whole + size + 1] = 1
    cover[row : row + size, whole] = 1 - part
    cover[row : row + size, whole + size] = part
    return STILL * (1 - cover) + level * cover


@pytest.mark.parametrize(
    ("speed", "longest"),
    [(1, 6), (0.5, 12)],
)
def test_an_object_that_creeps_is_kept_again_and_again(speed, longest):
    """It never moves further than its own 10 samples between two kept frames, but half of that."""
    creeping = [placed(30 + speed * number / 10) for number in range(600)]
    watched = watch(grainy([STILL] * 40 + creeping))
    times = [number / 10 for number in (*watched.kept[1:], 640)]

    assert times[0] == 4
    assert max(after - before for before, after in pairwise(times)) <= longest


@pytest.mark.parametrize("seconds", [6, 10, 14, 40])
@pytest.mark.parametrize("visited", [False, True], ids=["alone", "with a visitor elsewhere"])
def test_what_stays_is_kept_when_it_comes_and_when_it_goes(seconds, visited):
    """However long: longer than the memory of 16 seconds, and with another reference between."""
    come, go = 100, 100 + 10 * seconds
    pictures = [STILL] * come + [with_object(STILL, 60, 60, 24, 220)] * (go - come) + [STILL] * 60
    visit = range(130, 150) if visited else range(0)
    for number in visit:
        pictures[number] = with_object(pictures[number], 20 + number, 20, 14, 30)
    watched = watch(grainy(pictures))

    assert [n for n in watched.kept if n not in range(130, 151)] == [0, come, go]
    assert len(within(watched, 130, 151)) == (21 if visited else 0)


@pytest.mark.parametrize(
    "come",
    [
        5,
        10,
        15,
        20,
        25,
        40,
    ],
)
def test_who_is_there_for_a_moment_is_kept_in_the_first_seconds_too(come):
    """The rule has already seen them when it looked at the beginning."""
    pictures = [STILL] * come + [with_object(STILL, 60, 30, 20, 220)] * 7 + [STILL] * 60
    assert come in watch(grainy(pictures)).kept


@pytest.mark.parametrize("size", [5, 8])
def test_small_things_are_kept_when_they_go(size):
    """They make way for a look that is known; few places show it."""
    there = with_object(STILL, 62, 61, size, 240)
    watched = watch(grainy([STILL] * 100 + [there] * 60 + [STILL] * 40))
    assert watched.kept == [0, 100, 160]


def test_a_gust_is_kept_at_most_once():
    """The leaves do something new for a moment, and then what they have always done."""
    pictures = [leaves(number) for number in range(240)]
    gust = pictures[200]
    gust[:80, 60:180] = gust[:80, 60:180][::-1]
    pictures[200] = gust
    kept = within(watch(grainy(pictures, 1)), 100, 240)
    assert kept in ([], [200])


def test_what_stays_is_kept_each_time_it_moves():
    pictures = [STILL] * 100
    for stop in range(4):
        pictures += [with_object(STILL, 40 + 20 * stop, 60, 16, 220)] * 220
    assert watch(grainy(pictures)).kept == [0, 100, 320, 540, 760]


def test_no_car_of_many_is_missed():
    """One passes every 1.2 seconds for a minute: more often than anything else is seen there."""
    road = STILL.copy()
    road[90:130] = 95
    pictures = []
    for number in range(600):
        car, place = divmod(number, 12)
        left, level = max(0, 26 * place - 30), (40, 200, 235, 20, 160)[car % 5]
        picture = road.copy()
        picture[98 : 116 + 4 * (car % 2), left : max(0, 26 * place)] = level
        pictures.append(picture)
    kept = watch(grainy(pictures)).kept

    for car in range(50):
        assert len([number for number in kept if number // 12 == car]) >= 4


def textured(shape, seed, contrast=300):
    rough = np.random.default_rng(seed).normal(0, 1, shape)
    return to_levels(scene(shape, seed=seed) + contrast * cv2.GaussianBlur(rough, (0, 0), 3))


@pytest.mark.parametrize("speed", [2, 5])
def test_a_moving_camera_is_judged_by_the_plain_rule(speed):
    wide = textured((200, 900), 9)
    pictures = grainy([wide[20:180, at : at + 240] for at in range(0, 120 * speed, speed)])
    plain, watched = watch(pictures, preset="exact"), watch(pictures)

    assert len(plain.kept) > 100
    same = [
        one.kept == other.kept
        for one, other in zip(plain.decisions, watched.decisions, strict=True)
    ]
    assert np.mean(same) >= 0.97


@pytest.mark.parametrize("contrast", [150, 300])
def test_cuts_are_kept_as_by_the_plain_rule(contrast):
    pictures = grainy([textured(SHAPE, 20 + number // 25, contrast) for number in range(300)])
    assert watch(pictures).kept == watch(pictures, preset="exact").kept == list(range(0, 300, 25))


@st.composite
def sequences(draw):
    """What a camera sees in 8 seconds: noise, a clock, objects, another light, a lamp."""
    still = textured((72, 120), draw(st.integers(0, 99)), draw(st.sampled_from([0, 60, 300])))
    sigma = draw(st.sampled_from([0, 1, 3, 6]))
    gain = draw(st.sampled_from([1, 1, 0.45, 1.8]))
    has_clock, has_lamp = draw(st.booleans()), draw(st.booleans())
    come, go, size = draw(st.integers(20, 70)), draw(st.integers(30, 90)), draw(st.integers(4, 24))
    speed, level = draw(st.integers(0, 3)), draw(st.integers(0, 255))
    pictures = []
    for number in range(80):
        picture = still
        if has_clock:
            picture = with_clock(picture, 35 + number // 10, row=66, scale=0.5)
        if has_lamp and number % 6 < 3:
            picture = with_object(picture, 100, 10, 8, 240)
        if come <= number < go:
            picture = with_object(picture, 10 + speed * (number - come), 20, size, level)
        pictures.append(picture * (1 + (gain - 1) * min(1, max(0, (number - 50) / 10))))
    return grainy(pictures, sigma)


@settings(max_examples=12)
@given(sequences(), st.sampled_from([{}, {"preset": "screen"}, {"min_ssim": 0.9, "memory": 4}]))
def test_the_prefilter_and_all_scores_change_no_decision(pictures, rule):
    fast = watch(pictures, **rule)
    for slow in (
        watch(pictures, no_prefilter=True, **rule),
        watch(pictures, all_scores=True, **rule),
    ):
        assert slow.reasons == fast.reasons
        assert [d.reference for d in slow.decisions] == [d.reference for d in fast.decisions]
        for one, other in zip(fast.decisions, slow.decisions, strict=True):
            assert one.box == other.box
            assert one.place is None or not one.kept or one.place == other.place
        assert np.array_equal(slow.judge.usual, fast.judge.usual)


def test_without_a_memory_the_default_preset_is_the_plain_rule():
    pictures = [leaves(number) for number in range(40)]
    plain = watch(pictures, preset="exact")
    assert watch(pictures, memory=0, light="keep").decisions == plain.decisions


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memory": 3.9}, "--memory is 3.9, allowed are 4 to 60 seconds, or 0"),
        ({"memory": -1}, "--memory is -1, allowed"),
        ({"memory": 61}, "--memory is 61, allowed"),
        ({"memory": float("nan")}, "--memory is nan, allowed"),
        ({"memory": 16, "pool": "mean"}, "--memory knows places .* --pool local only"),
        ({"learn": -0.1}, "--learn is -0.1, allowed are 0 to 60 seconds"),
        ({"learn": 61}, "--learn is 61, allowed"),
        ({"max_rate": 0}, "--max-rate is 0, allowed are frames a second above 0"),
        ({"max_rate": float("inf")}, "--max-rate is inf, allowed"),
        ({"light": "dim"}, "--light is 'dim', allowed are ignore, keep"),
        ({"preset": "film"}, "--preset is 'film', allowed are surveillance, screen, exact"),
    ],
)
def test_options_out_of_range_are_refused_in_a_line(options, message):
    with pytest.raises(UsageError, match=message) as error:
        Thresholds(**options)
    assert "\n" not in str(error.value)


def test_an_option_overrides_its_preset_and_the_mean_needs_no_memory():
    assert Thresholds().memory_seconds == 16
    assert Thresholds(preset="exact", memory=8).memory_seconds == 8
    assert Thresholds(memory=0).learn_seconds == 0
    assert Thresholds(pool="mean").memory_seconds == 0
    assert not Thresholds(pool="mean").ignores_light
    assert Thresholds(preset="exact", light="ignore").ignores_light
    assert Thresholds(preset="screen").highest_rate == PRESETS["screen"].max_rate
    assert Thresholds(preset="screen", max_rate=10).highest_rate == 10


def passing(frames=range(40, 70), length=90):
    """Return pictures of which every one in `frames` differs from the one before."""
    return [
        with_object(STILL, 4 * number - 140, 60, 16, 220) if number in frames else STILL
        for number in range(length)
    ]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, [0, *range(40, 71)]),
        ({"max_rate": 2}, [0, *range(40, 71, 5)]),
        ({"max_rate": 2, "heartbeat": 0.3}, [*range(0, 90, 3)]),
        ({"max_rate": 0.5}, [0, 40, 60, 80]),
        ({"preset": "exact", "max_rate": 10}, [0, *range(40, 71)]),
        ({"preset": "exact", "max_rate": 15, "rate": 30}, [0, *range(40, 71, 2)]),
    ],
)
def test_max_rate_bounds_how_near_changes_are_kept(options, kept):
    watched = watch(grainy(passing()), **options)
    assert watched.kept == kept
    moving = range(41, 70)
    soon = {n for n, reason in enumerate(watched.reasons) if reason is Reason.SOON}
    if "heartbeat" not in options:
        assert soon >= {n for n in moving if n not in kept}
    if "max_rate" not in options:
        assert not soon


def test_the_screen_preset_keeps_slides_and_light_and_some_of_a_moving_picture():
    slide = np.full(SHAPE, 250, np.uint8)
    second = slide.copy()
    cv2.putText(second, "vidsum", (20, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 3)
    shown = [slide] * 30 + [second] * 30 + [second // 4] * 30
    shown += passing(range(40, 70), 70)[40:]
    watched = watch(shown, preset="screen", max_rate=4)

    assert watched.kept[:4] == [0, 30, 60, 90]
    assert {watched.decisions[number].reason for number in watched.kept[1:]} == {Reason.CHANGE}
    assert [after - before for before, after in pairwise(watched.kept[3:])] == [3] * 9
    assert Reason.SOON in watched.reasons


def test_habits_alone_leave_new_text_in_and_a_cursor_out():
    cursor = with_object(STILL, 100, 60, 8, 220)
    pictures = [cursor if number // 5 % 2 else STILL for number in range(150)]
    for line in range(4):
        written = pictures[-10:]
        for step in range(line + 1):
            written = [with_object(p, 30, 20 + 20 * step, 12, 20) for p in written]
        pictures += written * 3
    watched = watch(grainy(pictures), preset="screen")
    assert len(within(watched, 30, 150)) <= 1
    for line in range(4):
        assert within(watched, 150 + 30 * line, 155 + 30 * line)


def test_what_the_rate_dropped_is_kept_later():
    """A look that no kept frame shows must not become known."""
    first, second = (with_object(STILL, 60, 40, size, 220) for size in (16, 22))
    watched = watch(grainy([STILL] * 50 + [first] + [second] * 40), preset="screen")
    assert watched.reasons[51] is Reason.SOON
    assert within(watched, 51, 60)
