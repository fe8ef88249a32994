"""Which frames are paired, on films without codec; and what holds for every pairing."""

import weakref
from fractions import Fraction

import numpy as np
import pytest
from helpers_arrays import with_grain
from helpers_pairs import (
    BLACK,
    RATE,
    SHAPE,
    copied,
    cuts,
    fading_in,
    flicker,
    frames,
    looks,
    loop,
    mover,
    numbers_of,
    pair_up,
    pan,
    resampled,
    standing,
    texture,
    trembling,
    unrelated,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsum.frame import Frame
from vidsum.quality.offset import find_offset
from vidsum.quality.pairing import Pair, Pairing, Unpaired
from vidsum.quality.signature import signature
from vidsum.quality.way import MOVES
from vidsum.quality.window import WINDOW

COUNT = 80
FILMS = {
    "pan": pan(COUNT),
    "cuts": cuts(COUNT),
    "unrelated": unrelated(COUNT),
    "flicker": flicker(COUNT),
    "mover": mover(COUNT),
}
COPIES = {name: copied(film) for name, film in FILMS.items()}
STILL = standing(COUNT)
STILL_COPY = copied(STILL)
PAN, PAN_COPY = FILMS["pan"], COPIES["pan"]
LONG = pan(200, seed=8)
LONG_COPY = copied(LONG)
FOREIGN = copied(pan(60, 4, seed=77))

moving = pytest.mark.parametrize("name", FILMS)


def all_pairs(count, shift=0):
    return [(number, number + shift) for number in range(count)]


def begin_of(film, copy):
    """Return the shift that a look at both finds."""
    return find_offset(looks(film), looks(copy), 3.0).seconds


# One fault each


@moving
def test_all_frames_of_a_copy_are_paired(name):
    paired = pair_up(frames(FILMS[name]), frames(COPIES[name]))
    assert paired.pairs == all_pairs(COUNT)
    assert paired.faults == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"size": (60, 90)},
        {"size": (240, 320)},
        {"gain": 0.86, "lift": 16},
        {"quality": 5, "grain": 6, "blur": 2},
        {"gain": 0.4},
    ],
    ids=["smaller", "larger", "limited range", "coarse", "dark"],
)
def test_what_a_transcode_changes_hides_no_fault(changed):
    copy = copied(PAN, **changed)
    paired = pair_up(frames(PAN), frames(copy))
    assert paired.pairs == all_pairs(COUNT)
    paired = pair_up(frames(PAN), frames(copy[:40] + copy[43:]))
    assert paired.runs == [(0, 0, 40), (43, 40, 37)]


@moving
@pytest.mark.parametrize("count", [1, 3, 9])
@pytest.mark.parametrize("closed_up", [True, False], ids=["closed up", "times kept"])
def test_dropped(name, count, closed_up):
    rest = [number for number in range(COUNT) if not 40 <= number < 40 + count]
    times = None if closed_up else [number / Fraction(RATE) for number in rest]
    copy = [COPIES[name][number] for number in rest]
    paired = pair_up(frames(FILMS[name]), frames(copy, times=times))
    assert paired.runs == [(0, 0, 40), (40 + count, 40, 40 - count)]
    assert paired.faults == {"dropped": list(range(40, 40 + count))}


@moving
@pytest.mark.parametrize("count", [1, 2, 5])
def test_repeated(name, count):
    copy = COPIES[name][:41] + COPIES[name][40:41] * count + COPIES[name][41:]
    paired = pair_up(frames(FILMS[name]), frames(copy))
    assert paired.runs == [(0, 0, 41), (41, 41 + count, 39)]
    assert paired.faults == {"repeated": list(range(41, 41 + count))}


@pytest.mark.parametrize(
    "again",
    [
        [with_grain(PAN_COPY[40], 0.4, seed=seed) for seed in range(2)],
        [with_grain(PAN_COPY[40], 8)] * 2,
    ],
    ids=["each", "once, and then repeated"],
)
def test_repeated_and_coded_anew(again):
    paired = pair_up(frames(PAN), frames(PAN_COPY[:41] + again + PAN_COPY[41:]))
    assert paired.runs == [(0, 0, 41), (41, 43, 39)]
    assert paired.faults == {"repeated": [41, 42]}


@moving
@pytest.mark.parametrize("count", [1, 3])
def test_inserted(name, count):
    copy = COPIES[name][:40] + FOREIGN[:count] + COPIES[name][40:]
    paired = pair_up(frames(FILMS[name]), frames(copy))
    assert paired.runs == [(0, 0, 40), (40, 40 + count, 40)]
    assert paired.faults == {"inserted": list(range(40, 40 + count))}


@moving
def test_inserted_between_others_that_keep_their_times(name):
    times = [Fraction(number, RATE) for number in range(COUNT)]
    times.insert(40, times[39] + Fraction(1, 2 * RATE))
    copy = COPIES[name][:40] + FOREIGN[:1] + COPIES[name][40:]
    paired = pair_up(frames(FILMS[name]), frames(copy, times=times))
    assert paired.runs == [(0, 0, 40), (40, 41, 40)]
    assert paired.faults == {"inserted": [40]}


@moving
@pytest.mark.parametrize("count", [1, 3, 12])
@pytest.mark.parametrize("kind", ["freeze", "foreign"])
def test_what_stands_in_the_place_of_others_is_held_against_them(name, count, kind):
    instead = COPIES[name][39:40] * count if kind == "freeze" else FOREIGN[:count]
    copy = COPIES[name][:40] + instead + COPIES[name][40 + count :]
    paired = pair_up(frames(FILMS[name]), frames(copy), searching=True)
    assert paired.pairs == all_pairs(COUNT)
    assert paired.faults == {}


@pytest.mark.parametrize("period", [3.6, 5.3])
def test_leaves_in_the_wind_are_not_paired_past_something_foreign(period):
    film = trembling(COUNT, period)
    copy = copied(film, grain=12, quality=10)
    paired = pair_up(frames(film), frames(copy[:40] + FOREIGN[:12] + copy[52:]))
    assert paired.pairs == all_pairs(COUNT)


@pytest.mark.parametrize(("step", "lag", "quality"), [(0.1, 3, 60), (0.15, 2, 60), (0.3, 2, 15)])
def test_a_copy_that_lags_and_catches_up_keeps_its_times(step, lag, quality):
    # Little moves: a poor encoder lets it stand, and renews the picture now and then.
    film = pan(COUNT, step)
    late = [max(n - lag, n - n % 12) if 20 <= n < 60 else n for n in range(COUNT)]
    paired = pair_up(frames(film), frames(copied([film[n] for n in late], quality=quality)))
    assert paired.pairs == all_pairs(COUNT)


@moving
@pytest.mark.parametrize("place", [0, 1, 40, COUNT - 1])
def test_a_damaged_frame_keeps_its_partner(name, place):
    copy = list(COPIES[name])
    copy[place] = copy[place].copy()
    copy[place][30:70] = 40
    paired = pair_up(frames(FILMS[name]), frames(copy), searching=True)
    assert paired.pairs == all_pairs(COUNT)
    assert paired.searches == []


def test_a_frame_that_is_grey_all_over_keeps_its_partner():
    copy = list(PAN_COPY)
    copy[40] = np.full(SHAPE, 128, np.uint8)
    assert pair_up(frames(PAN), frames(copy)).pairs == all_pairs(COUNT)


# Where the copy begins and ends


@moving
@pytest.mark.parametrize("cut", [1, 20])
def test_cut_ends_are_outside(name, cut):
    film, copy = FILMS[name], COPIES[name]
    head = pair_up(frames(film), frames(copy[cut:]), shift=-cut / RATE)
    assert head.runs == [(cut, 0, COUNT - cut)]
    assert head.faults == {"reference outside": list(range(cut))}
    head = pair_up(frames(film[cut:]), frames(copy), shift=cut / RATE)
    assert head.runs == [(0, cut, COUNT - cut)]
    assert head.faults == {"copy outside": list(range(cut))}
    last = list(range(COUNT - cut, COUNT))
    tail = pair_up(frames(film), frames(copy[:-cut]))
    assert tail.runs == [(0, 0, COUNT - cut)]
    assert tail.faults == {"reference outside": last}
    tail = pair_up(frames(film[:-cut]), frames(copy))
    assert tail.faults == {"copy outside": last}


@pytest.mark.parametrize("first", [Fraction(-3, 7), 0, Fraction(3600)])
def test_times_count_from_the_first_frame_of_each(first):
    copy = frames(PAN_COPY, times=[first + Fraction(number, RATE) for number in range(COUNT)])
    assert pair_up(frames(PAN), copy).pairs == all_pairs(COUNT)


@moving
@pytest.mark.parametrize("wrong", [-2, 2])
def test_a_shift_that_is_wrong_by_little_is_put_right(name, wrong):
    paired = pair_up(frames(FILMS[name]), frames(COPIES[name]), shift=wrong / RATE)
    assert paired.pairs == all_pairs(COUNT)


def test_a_black_start_is_outside():
    film, copy = frames(PAN), frames(copied([BLACK] * 30 + PAN))
    paired = pair_up(film, copy, shift=begin_of(film, copy))
    assert paired.runs == [(0, 30, COUNT)]
    assert paired.faults == {"copy outside": list(range(30))}


@pytest.mark.parametrize("film", [PAN, STILL], ids=["pan", "nothing moves"])
def test_a_fade_from_black_is_paired(film):
    faded = fading_in(film)
    reference, copy = frames(faded), frames(copied([faded[0]] * 12 + faded))
    paired = pair_up(reference, copy, shift=begin_of(reference, copy))
    assert paired.runs == [(0, 12, COUNT)]


def test_no_common_stretch_is_no_pair():
    for shift in (-100.0, -4.0, 4.0, 100.0):
        paired = pair_up(frames(PAN), frames(PAN_COPY), shift=shift)
        assert paired.pairs == []
        every = list(range(COUNT))
        assert paired.faults == {"reference outside": every, "copy outside": every}


@pytest.mark.parametrize("ones", [(1, 1), (1, 5), (5, 1)])
def test_a_single_frame_has_a_partner(ones):
    here, there = ones
    paired = pair_up(frames(PAN[:here]), frames(PAN_COPY[:there]))
    assert paired.pairs == [(0, 0)]


def test_nothing_is_paired_with_nothing():
    every = list(range(COUNT))
    assert pair_up([], []) == ([], [], 0, [])
    assert pair_up(frames(PAN), []).faults == {"reference outside": every}
    assert pair_up([], frames(PAN_COPY)).faults == {"copy outside": every}


# Where nothing tells


@pytest.mark.parametrize("shift", [-10, 0, 10])
def test_where_nothing_moves_time_decides(shift):
    paired = pair_up(frames(STILL), frames(STILL_COPY), shift=shift / RATE)
    assert paired.runs == [(max(-shift, 0), max(shift, 0), COUNT - abs(shift))]
    assert set(paired.faults) <= {"reference outside", "copy outside"}


def test_where_nothing_moves_a_gap_is_found_by_time():
    rest = [*range(40), *range(43, COUNT)]
    times = [Fraction(number, RATE) for number in rest]
    copy = frames([STILL_COPY[number] for number in rest], times=times)
    paired = pair_up(frames(STILL), copy)
    assert paired.faults == {"dropped": [40, 41, 42]}


def test_a_still_picture_does_not_move():
    still = STILL[:1] * COUNT
    assert pair_up(frames(still), frames(still)).moving <= 1
    assert pair_up(frames(PAN), frames(PAN_COPY)).moving == COUNT


def test_what_comes_again_is_paired_by_time():
    film = loop(COUNT, 25)
    copy = copied(film)
    assert pair_up(frames(film), frames(copy)).pairs == all_pairs(COUNT)
    paired = pair_up(frames(film), frames(copy[:40] + copy[43:]))
    assert paired.runs == [(0, 0, 40), (43, 40, 37)]


@pytest.mark.parametrize("step", [0.02, 0.1, 0.3])
def test_a_slow_pan_is_paired(step):
    film = pan(COUNT, step)
    paired = pair_up(frames(film), frames(copied(film)))
    assert paired.pairs == all_pairs(COUNT)


GOOD = {"quality": 90, "grain": 0, "blur": 0.3}


@pytest.mark.parametrize(
    ("step", "count", "coded"),
    [
        (0.05, 6, GOOD),
        (0.12, 3, GOOD),
        (0.3, 3, GOOD),
        (0.15, 3, {"quality": 60}),
        (0.3, 3, {}),
    ],
)
def test_a_fault_of_a_slow_pan_is_seen_and_the_sooner_the_better_the_copy_is(step, count, coded):
    film = pan(COUNT, step)
    copy = copied(film, **coded)
    paired = pair_up(frames(film), frames(copy[:40] + copy[40 + count :]))
    assert paired.runs == [(0, 0, 40), (40 + count, 40, 40 - count)]


def test_a_lighter_copy_hides_no_fault():
    film = pan(COUNT, 0.3)
    copy = copied(film, **GOOD, lift=8)
    paired = pair_up(frames(film), frames(copy[:40] + copy[43:]))
    assert paired.runs == [(0, 0, 40), (43, 40, 37)]


def test_other_contents_are_paired_somehow():
    paired = pair_up(frames(LONG), frames(copied(pan(200, seed=5))), searching=True)
    assert len(paired.pairs) > 150


# Rates and times


@pytest.mark.parametrize("by_content", [True, False])
@pytest.mark.parametrize(
    ("rate", "other"), [(25, 30), (30, 25), (25, 24), (25, 50), (50, 25), (24, 60), (12, 30)]
)
def test_rates_may_differ(rate, other, by_content):
    film = pan(3 * rate, 75 / rate)
    shown = resampled(list(range(len(film))), rate, other)
    copy = copied(film)
    paired = pair_up(
        frames(film, rate=rate),
        frames([copy[number] for number in shown], rate=other),
        frame_seconds=1 / min(rate, other),
        by_content=by_content,
    )
    partners = dict(paired.pairs)
    if by_content:
        assert [shown[there] for there in partners.values()] == list(partners)
    assert len(partners) >= min(len(film), len(shown)) - 1
    extra = "repeated" if other > rate else "dropped"
    outside = "copy outside" if other > rate else "reference outside"
    assert set(paired.faults) <= {extra, outside}


def test_25_to_30_repeats_one_in_six():
    paired = pair_up(frames(PAN), frames(resampled(PAN_COPY, 25, 30), rate=30))
    assert len(paired.pairs) == COUNT
    assert paired.faults == {"repeated": list(range(3, 96, 6))}


def test_30_to_25_drops_one_in_six():
    film = pan(96, seed=4)
    paired = pair_up(frames(film, rate=30), frames(resampled(copied(film), 30, 25)))
    assert len(paired.pairs) == COUNT
    assert paired.faults == {"dropped": list(range(3, 96, 6))}


@pytest.mark.parametrize("other", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(26)])
def test_played_at_another_speed_each_frame_keeps_its_partner(other):
    seconds = float(1 / min(other, 25))
    paired = pair_up(frames(PAN), frames(PAN_COPY, rate=other), frame_seconds=seconds)
    assert paired.pairs == all_pairs(COUNT)


@pytest.mark.parametrize("films", [(PAN, PAN_COPY), (STILL, STILL_COPY)], ids=["pan", "still"])
@pytest.mark.parametrize("both", [True, False])
def test_times_may_waver(films, both):
    rng = np.random.default_rng(0)
    here, there = (
        [max(n + rng.uniform(-0.25, 0.25), 0) / RATE for n in range(COUNT)] for _ in "12"
    )
    paired = pair_up(frames(films[0], times=here if both else None), frames(films[1], times=there))
    assert paired.pairs == all_pairs(COUNT)


@pytest.mark.parametrize("both", [True, False])
def test_frames_that_come_in_twos_keep_their_partners(both):
    twos = [0.08 * (number // 2) + 0.001 * (number % 2) for number in range(COUNT)]
    paired = pair_up(frames(PAN, times=twos if both else None), frames(PAN_COPY, times=twos))
    assert paired.pairs == all_pairs(COUNT)


@pytest.mark.parametrize("place", [0, 10, 41])
def test_one_wrong_time_matters_to_none(place):
    times = [Fraction(number, RATE) for number in range(COUNT)]
    times[place + 1] = times[place] + Fraction(1, 1000)
    paired = pair_up(frames(PAN), frames(PAN_COPY, times=times))
    assert paired.pairs == all_pairs(COUNT)


def test_a_pause_in_both_is_none():
    times = [Fraction(number + 50 * (number >= 40), RATE) for number in range(COUNT)]
    for film, copy in ((PAN, PAN_COPY), (STILL, STILL_COPY)):
        paired = pair_up(frames(film, times=times), frames(copy, times=times))
        assert paired.pairs == all_pairs(COUNT)


# By time alone


def test_by_time_alone_pictures_are_not_looked_at():
    copy = PAN_COPY[:40] + PAN_COPY[43:]
    paired = pair_up(frames(PAN), frames(copy), by_content=False, searching=True)
    assert paired.runs == [(0, 0, COUNT - 3)]
    assert paired.faults == {"reference outside": [77, 78, 79]}
    assert paired.moving == 0
    assert paired.searches == []


@pytest.mark.parametrize("shift", [-10, 10])
def test_by_time_alone_the_shift_is_kept(shift):
    film, copy = PAN[max(shift, 0) :], PAN_COPY[max(-shift, 0) :]
    paired = pair_up(frames(film), frames(copy), by_content=False, shift=shift / RATE)
    assert paired.runs == [(max(-shift, 0), max(shift, 0), COUNT - 10)]


# Several faults, and longer ones


def test_several_faults_are_told_apart():
    copy = [
        *LONG_COPY[5:40],
        *LONG_COPY[43:80],  # 40 to 42 dropped
        *LONG_COPY[79:80] * 2,  # 79 repeated
        *LONG_COPY[80:120],
        *copied([texture(SHAPE, seed=33)]),  # something else
        *LONG_COPY[120:150],
        BLACK,  # 150 lost
        *LONG_COPY[151:190],
    ]
    paired = pair_up(frames(LONG), frames(copy), shift=-5 / RATE)
    assert paired.runs == [(5, 0, 35), (43, 35, 37), (80, 74, 40), (120, 115, 70)]
    assert paired.faults == {
        "reference outside": [0, 1, 2, 3, 4, *range(190, 200)],
        "dropped": [40, 41, 42],
        "repeated": [72, 73],
        "inserted": [114],
    }


MERGED = pytest.mark.xfail(reason="two jumps cost more than the one wrong pair between them")


@pytest.mark.parametrize("gap", [pytest.param(0, marks=MERGED), 1, 3, 10])
def test_faults_close_to_each_other_are_told_apart(gap):
    copy = LONG_COPY[:40] + LONG_COPY[43 : 44 + gap] + FOREIGN[:1] + LONG_COPY[44 + gap : 80]
    paired = pair_up(frames(LONG[:80]), frames(copy))
    assert paired.runs == [(0, 0, 40), (43, 40, gap + 1), (44 + gap, 42 + gap, 36 - gap)]
    assert paired.faults == {"dropped": [40, 41, 42], "inserted": [41 + gap]}


@pytest.mark.parametrize("closed_up", [True, False], ids=["closed up", "times kept"])
@pytest.mark.parametrize("count", [15, WINDOW + 6, 60])
def test_a_longer_piece_is_missing(count, closed_up):
    rest = [number for number in range(200) if not 70 <= number < 70 + count]
    times = None if closed_up else [Fraction(number, RATE) for number in rest]
    copy = frames([LONG_COPY[number] for number in rest], times=times)
    paired = pair_up(frames(LONG), copy, searching=True)
    assert paired.runs == [(0, 0, 70), (70 + count, 70, 130 - count)]
    assert paired.faults == {"dropped": list(range(70, 70 + count))}
    assert len(paired.searches) == (closed_up and count > WINDOW)


@pytest.mark.parametrize("count", [13, 18, 20, 23])
def test_most_of_a_window_is_missing(count):
    copy = LONG_COPY[:50] + LONG_COPY[50 + count :]
    paired = pair_up(frames(LONG), frames(copy), searching=True)
    assert paired.runs == [(0, 0, 50), (50 + count, 50, 150 - count)]


@pytest.mark.parametrize("count", [13, 18, 20, 23])
def test_most_of_a_window_comes_between(count):
    copy = LONG_COPY[:50] + FOREIGN[:count] + LONG_COPY[50:]
    paired = pair_up(frames(LONG), frames(copy), searching=True)
    assert paired.runs == [(0, 0, 50), (50, 50 + count, 150)]


def test_two_longer_pieces_are_missing_soon_after_each_other():
    copy = LONG_COPY[:40] + LONG_COPY[70:120] + LONG_COPY[150:]
    paired = pair_up(frames(LONG), frames(copy), searching=True)
    assert paired.runs == [(0, 0, 40), (70, 40, 50), (150, 90, 50)]


@pytest.mark.parametrize("count", [WINDOW + 6, 60])
def test_a_longer_piece_comes_between(count):
    copy = LONG_COPY[:70] + FOREIGN[:count] + LONG_COPY[70:]
    paired = pair_up(frames(LONG), frames(copy), searching=True)
    assert paired.runs == [(0, 0, 70), (70, 70 + count, 130)]
    assert paired.faults == {"inserted": list(range(70, 70 + count))}
    film = LONG[:70] + FOREIGN[:count] + LONG[70:]
    paired = pair_up(frames(film), frames(LONG_COPY), searching=True)
    assert paired.runs == [(0, 0, 70), (70 + count, 70, 130)]
    assert paired.faults == {"dropped": list(range(70, 70 + count))}


def test_pieces_may_add_up_to_more_than_what_is_looked_for():
    copy = LONG_COPY[:40] + LONG_COPY[70:120] + LONG_COPY[150:]
    paired = pair_up(frames(LONG), frames(copy), searching=True, max_offset=1.6)
    assert paired.runs == [(0, 0, 40), (70, 40, 50), (150, 90, 50)]


def test_where_all_is_well_nothing_is_searched():
    for name, film in FILMS.items():
        assert pair_up(frames(film), frames(COPIES[name]), searching=True).searches == []
    assert pair_up(frames(STILL), frames(STILL_COPY), searching=True).searches == []


def test_noise_that_an_encoder_makes_anew_is_no_reason_to_search():
    """Nothing moves, and what little changes in the copy is not what changes in the reference."""
    film = standing(250, grain=0.25)
    copy = film[::-1]
    looks = np.array([[signature(one) for one in pictures] for pictures in (film, copy)])
    assert 0.002 < looks.var(axis=1).mean() < MOVES
    assert pair_up(frames(film), frames(copy), searching=True).searches == []


def test_a_search_is_asked_now_and_then_and_may_find_nothing():
    asked = []

    def search(here, there):
        asked.append(here)

    film = pan(700, 3, seed=8)
    copy = copied(pan(700, 3, seed=9))
    pairing = Pairing(frames(film), frames(copy), frame_seconds=1 / RATE, search=search)
    assert sum(isinstance(one, Pair) for one in pairing) > 600
    assert 2 <= len(asked) <= 3
    assert min(np.diff(asked)) >= 10


# What holds for every pairing


@st.composite
def edits(draw):
    """Return what a copy shows, as numbers of a film's frames; None is something else."""
    shown = list(range(60))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(shown) - 1))
        count = draw(st.integers(1, 8))
        kind = draw(st.sampled_from(["drop", "repeat", "insert", "replace", "swap"]))
        if kind == "drop":
            del shown[place : place + count]
        elif kind == "repeat":
            shown[place:place] = shown[place : place + 1] * count
        elif kind == "insert":
            shown[place:place] = [None] * count
        elif kind == "replace":
            shown[place : place + count] = [None] * len(shown[place : place + count])
        else:
            shown[place : place + count] = reversed(shown[place : place + count])
        shown = shown or [0]
    return shown


def edited(film, shown):
    others = iter(FOREIGN * 2)
    return [next(others) if number is None else film[number] for number in shown]


@settings(max_examples=30)
@given(
    edits(),
    st.sampled_from(["pan", "mover", "flicker"]),
    st.floats(-0.5, 0.5),
    st.booleans(),
    st.sampled_from([24, 25, 30]),
)
def test_every_frame_is_told_once_in_order_and_twice_the_same(shown, name, shift, searching, rate):
    reference = frames(FILMS[name][:60])
    copy = frames(edited(COPIES[name], shown), rate=rate)
    options = {"shift": shift, "searching": searching}
    paired = pair_up(reference, copy, **options)  # holds that each is told once, and in order
    here, there = (
        (list(side) for side in zip(*paired.pairs, strict=True)) if paired.pairs else ([], [])
    )
    assert len(set(here)) == len(here)
    assert len(set(there)) == len(there)
    assert here == sorted(here)
    assert there == sorted(there)
    for single in paired.singles:
        if single.why is Unpaired.DROPPED:
            assert single.in_reference
        if single.why in (Unpaired.REPEATED, Unpaired.INSERTED):
            assert not single.in_reference
        numbers = here if single.in_reference else there
        is_between = bool(numbers) and numbers[0] < single.number < numbers[-1]
        if single.why is not Unpaired.OUTSIDE:
            assert is_between
    assert pair_up(reference, copy, **options) == paired


@settings(max_examples=25)
@given(
    st.dictionaries(st.sampled_from((4, 24, 44)), st.integers(1, 3)),
    st.sampled_from(["pan", "unrelated"]),
)
def test_whatever_frames_are_dropped_is_told(runs, name):
    dropped = {begin + index for begin, count in runs.items() for index in range(count)}
    # So close to the end that too few come behind it, a frame is not missed.
    rest = [number for number in range(60) if number not in dropped]
    copy = frames([COPIES[name][number] for number in rest])
    paired = pair_up(frames(FILMS[name][:60]), copy)
    assert paired.pairs == [(number, place) for place, number in enumerate(rest)]


def test_few_frames_are_in_memory():
    film = pan(3 * WINDOW)
    alive = [weakref.WeakSet(), weakref.WeakSet()]
    most = [0, 0]

    class Luma(np.ndarray):
        """An array that a WeakSet takes."""

        __hash__ = object.__hash__

    def coming(which, pictures):
        for number, picture in enumerate(pictures):
            luma = picture.copy().view(Luma)
            alive[which].add(luma)
            most[which] = max(most[which], len(alive[which]))
            yield Frame(number=number, time=Fraction(number, RATE), luma=luma)

    copy = film[:30] + film[33:50] + FOREIGN[:3] + film[50:]
    told = 0
    for _ in Pairing(coming(0, film), coming(1, copy), frame_seconds=1 / RATE):
        told += 1
    assert told >= len(film)
    assert min(most) >= WINDOW
    # The window, the frame that the reader holds, and here the one that is being made.
    assert max(most) <= WINDOW + 2


def test_a_pairing_asks_for_no_more_than_a_window_ahead():
    taken = []

    def coming(pictures):
        for frame in frames(pictures):
            taken.append(frame.number)
            yield frame

    for place, one in enumerate(Pairing(coming(LONG), frames(LONG_COPY), frame_seconds=1 / RATE)):
        assert isinstance(one, Pair)
        assert len(taken) <= place + WINDOW


def test_the_order_of_what_is_told_follows_the_videos():
    reference, copy = frames(LONG[:80]), frames(LONG_COPY[:40] + LONG_COPY[43:80])
    told = list(Pairing(reference, copy, frame_seconds=1 / RATE))
    assert list(numbers_of(told, "reference")) == list(range(80))
    place = next(n for n, one in enumerate(told) if not isinstance(one, Pair))
    assert place == 40
    assert told[place].time == Fraction(40, RATE)
