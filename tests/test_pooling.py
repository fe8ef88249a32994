"""Pooling against numpy, the statistics module, FFmpeg, and plain loops."""

import math
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsum.quality.pooling import POOLINGS, Pool

EVERY = Fraction(1, 25)


def pooled(values, *, name="ssim", times=None, peak=255, psnr_cap=None, **others):
    """Pool the scores of one name; `others` are the scores of other names."""
    pool = Pool(peak=peak, psnr_cap=psnr_cap)
    for index, value in enumerate(values):
        time = index * EVERY if times is None else times[index]
        pool.add(time, {name: value, **{other: others[other][index] for other in others}})
    return pool.pooled()[name]


def decibels(mse, peak=255):
    return 10 * math.log10(peak**2 / mse) if mse else math.inf


def worst_by_loops(values, times, *, highest=False):
    """Return the worst mean of a second and its start: by every second that begins with a pair."""
    end = times[-1] + (times[-1] - times[-2])
    begins = [time for time in times if time + 1 <= end]
    if end - 1 >= times[0]:
        begins.append(end - 1)
    stretches = [[i for i, time in enumerate(times) if b <= time < b + 1] for b in begins]
    means = [
        (statistics.fmean(values[i] for i in stretch), times[stretch[0]])
        for stretch in stretches or [range(len(times))]
        if stretch
    ]
    worst = (max if highest else min)(mean for mean, _ in means)
    return worst, next(time for mean, time in means if abs(mean - worst) < 1e-9)


scores = st.lists(st.floats(0.01, 1), min_size=1, max_size=300)


@settings(max_examples=60)
@given(scores)
def test_poolings_equal_numpy_and_statistics(values):
    result = pooled(values)
    assert result["mean"] == pytest.approx(statistics.fmean(values))
    assert result["harmonic_mean"] == pytest.approx(statistics.harmonic_mean(values))
    assert (result["min"], result["max"]) == (min(values), max(values))
    for percent in (1, 5, 10, 50):
        expected = np.percentile(values, percent, method="inverted_cdf")
        assert result[f"p{percent}"] == expected


@settings(max_examples=60)
@given(st.data(), st.booleans())
def test_the_worst_second_is_the_one_that_loops_find(data, highest):
    steps = data.draw(st.lists(st.integers(1, 700), min_size=2, max_size=80))
    times = [Fraction(sum(steps[:index]), 1000) for index in range(len(steps))]
    values = data.draw(st.lists(st.integers(0, 9), min_size=len(times), max_size=len(times)))
    result = pooled(values, name="mse_y" if highest else "vmaf", times=times)

    expected, start = worst_by_loops(values, times, highest=highest)
    assert result["worst_second"] == pytest.approx(expected)
    assert result["worst_second_time"] == pytest.approx(float(start))


@pytest.mark.parametrize("rate", [25, Fraction(30000, 1001), 60, 3], ids=str)
def test_a_second_holds_as_many_pairs_as_the_rate_says(rate):
    count = math.ceil(rate)
    values = [1.0] * (6 * count)
    for index in range(2 * count, 3 * count):
        values[index] = 0.5
    times = [5 + index / Fraction(rate) for index in range(len(values))]
    result = pooled(values, times=times)
    assert result["worst_second"] == 0.5
    assert result["worst_second_time"] == pytest.approx(float(times[2 * count]), abs=1e-9)


def test_a_bad_end_counts_for_a_whole_second():
    values = [1.0] * 60 + [0.0] * 5
    result = pooled(values)
    assert result["worst_second"] == pytest.approx(20 / 25)
    assert result["worst_second_time"] == pytest.approx(40 / 25)


def test_a_video_shorter_than_a_second_is_its_worst_second():
    result = pooled([0.25, 0.75, 0.5])
    assert result["worst_second"] == 0.5
    assert result["worst_second_time"] == 0
    single = pooled([0.25], times=[Fraction(7, 2)])
    assert (single["worst_second"], single["worst_second_time"]) == (0.25, 3.5)


@pytest.mark.parametrize(("name", "start"), [("psnr_y", 1), ("mse_y", 3), ("local_ssim", 1)])
def test_the_worst_second_is_the_highest_of_mse_and_the_lowest_of_all_others(name, start):
    values = [5.0] * 125
    values[25:50] = [1.0] * 25
    values[75:100] = [9.0] * 25
    assert pooled(values, name=name)["worst_second_time"] == start


def test_the_first_of_equally_bad_seconds_is_told():
    values = [0.7 + 0.1 * (index % 3) for index in range(7500)]
    assert pooled(values, times=[Fraction(index, 3) for index in range(7500)])[
        "worst_second_time"
    ] == pytest.approx(0)


def test_identical_pairs_make_no_psnr_a_nan():
    errors = [0.0, 4.0, 0.0, 16.0, 0.0, 0.0]
    values = [decibels(error) for error in errors]
    result = pooled(values, name="psnr_y", mse_y=errors)
    finite = [decibels(4), decibels(16)]

    assert result["identical"] == 4
    assert result["mean"] == pytest.approx(statistics.fmean(finite))
    assert result["overall"] == pytest.approx(decibels(20 / 6))
    assert result["harmonic_mean"] == pytest.approx(6 / (1 / finite[0] + 1 / finite[1]))
    assert result["min"] == result["p1"] == result["p10"] == min(finite)
    assert result["max"] is None
    assert result["p50"] is None
    assert result["worst_second"] == pytest.approx(statistics.fmean(finite))


def test_a_second_of_identical_pairs_is_not_the_worst():
    errors = [1.0] * 25 + [0.0] * 50 + [4.0] * 25
    result = pooled([decibels(error) for error in errors], name="psnr", mse=errors)
    assert result["worst_second_time"] == 2.04  # one pair of the bad second suffices
    assert result["worst_second"] == pytest.approx(decibels(4))


def test_where_all_is_identical_psnr_is_none_but_the_number_of_pairs():
    result = pooled([math.inf] * 40, name="psnr", mse=[0.0] * 40)
    assert result.pop("identical") == 40
    assert set(result.values()) == {None}


def test_a_cap_holds_for_the_overall_psnr_too():
    errors = [0.0, 0.0, 4.0]
    capped = [min(decibels(error), 40) for error in errors]
    result = pooled(capped, name="psnr", mse=errors, psnr_cap=40)
    assert result["identical"] == 2
    assert result["overall"] == result["mean"] == result["max"] == 40
    assert pooled([60.0] * 3, name="psnr", mse=[0.0] * 3, psnr_cap=60)["overall"] == 60


def test_the_overall_psnr_takes_the_peak():
    errors = [3.0, 5.0]
    values = [decibels(error, 1023) for error in errors]
    result = pooled(values, name="psnr_v", mse_v=errors, peak=1023)
    assert result["overall"] == pytest.approx(decibels(4, 1023))
    assert result["overall"] < result["mean"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.5, 0.0, 1.0], 0.0), ([0.5, -0.1, 1.0], None), ([0.0, -0.1], None), ([0.5, 0.25], 1 / 3)],
)
def test_the_harmonic_mean_of_what_is_not_positive(values, expected):
    result = pooled(values)["harmonic_mean"]
    assert result == (None if expected is None else pytest.approx(expected))


def test_every_score_is_pooled_in_the_ways_that_it_has_in_their_order():
    pool = Pool(peak=255)
    assert pool.pooled() == {}
    values = {"mse_y": 4.0, "psnr_y": decibels(4), "ssim_y": 0.5, "vmaf": 70.0}
    for index in range(3):
        pool.add(index * EVERY, values)
    result = pool.pooled()
    plain = [name for name in POOLINGS if name != "overall"]

    assert list(result) == list(values)
    assert list(result["vmaf"]) == list(result["mse_y"]) == [*plain, "worst_second_time"]
    assert list(result["psnr_y"]) == [*POOLINGS, "worst_second_time", "identical"]
    assert len(pool) == 3


def test_a_pair_with_other_scores_than_those_before_is_refused():
    pool = Pool(peak=255)
    pool.add(Fraction(0), {"ssim": 0.5})
    with pytest.raises(ValueError, match=r"\['psnr'\].*\['ssim'\]"):
        pool.add(Fraction(1), {"psnr": 30.0})
