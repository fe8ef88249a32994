"""The sheet of the worst moments: which are taken, what is held, and what is drawn."""

import gc
import weakref
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_panels import grey, subject

from vidsum.errors import OutputError, UsageError
from vidsum.frame import Planes
from vidsum.video.panels import Moment
from vidsum.video.worst import WorstMoments

SIZE = (64, 48)
PICTURE = grey(*SIZE)


def moment(time, ssim, *, planes=(PICTURE, PICTURE), **scores):
    return Moment(
        number=round(time * 10),
        time=Fraction(time),
        distorted_number=round(time * 10),
        distorted_time=Fraction(time),
        planes=planes,
        scores={"ssim": ssim, **scores},
        place=(20, 20),
    )


def worst(count, ssims, *, rate=10, apart=1.0, begin=Fraction(0)):
    found = WorstMoments(count, subject(*SIZE, pixel_format="gray"), apart=apart)
    for index, ssim in enumerate(ssims):
        found.see(moment(begin + Fraction(index, rate), ssim))
    return found


def expected(count, ssims, *, rate=10, apart=1):
    """Return the same by looking at all at once."""
    stretches = {}
    for index, ssim in enumerate(ssims):
        time = Fraction(index, rate)
        key = time // Fraction(apart)
        stretches[key] = min(stretches.get(key, (ssim, time)), (ssim, time))
    chosen = []
    for _, time in sorted(stretches.values()):
        if all(abs(time - other) >= apart for other in chosen):
            chosen.append(time)
    return sorted(chosen[:count])


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.8, 0.9, 1.0]), min_size=1, max_size=150),
    st.integers(1, 4),
)
def test_the_lowest_are_found_in_one_sweep(ssims, count):
    assert worst(count, ssims).times() == expected(count, ssims)


def test_a_steady_decline_gives_a_moment_each_second():
    ssims = np.linspace(1, 0.1, 100)
    assert worst(3, ssims).times() == [Fraction(79, 10), Fraction(89, 10), Fraction(99, 10)]


def test_an_event_across_the_border_of_two_stretches_is_one_moment():
    ssims = [0.9] * 40
    ssims[19], ssims[20], ssims[35] = 0.3, 0.2, 0.5
    assert worst(2, ssims).times() == [Fraction(20, 10), Fraction(35, 10)]


def test_times_count_from_the_first_pair():
    ssims = [0.9] * 40
    ssims[17] = 0.2
    assert worst(1, ssims, begin=Fraction(-1, 3)).times() == [Fraction(17, 10) - Fraction(1, 3)]


def test_pictures_of_one_stretch_alone_are_held():
    held = []
    found = WorstMoments(3, subject(*SIZE, pixel_format="gray"))
    for index in range(200):
        planes = Planes(y=np.full(SIZE[::-1], 50, np.uint8))
        held.append(weakref.ref(planes.y))
        found.see(moment(Fraction(index, 10), 1 - index / 300, planes=(planes, planes)))
        del planes
    gc.collect()
    assert sum(reference() is not None for reference in held) == 1


def test_the_sheet_has_a_row_for_each_moment_in_order_of_time():
    found = WorstMoments(3, subject(*SIZE, pixel_format="gray", full=True))
    for index, (ssim, level) in enumerate([(0.7, 60), (0.5, 140), (0.6, 220)]):
        planes = grey(*SIZE, level), grey(*SIZE, level - 10)
        found.see(moment(Fraction(index), ssim, planes=planes, psnr=np.inf, local_ssim=-0.2))
    sheet = found.sheet()
    assert sheet.shape[1] <= 1920
    # The pictures are plain: their levels stand one below the other, the rest is dark or white.
    for level in (60, 140, 220):
        for offset in (0, -10):
            assert (sheet == level + offset).all(2).sum() > 10_000
    tops = [np.nonzero((sheet == level).all(2))[0].min() for level in (60, 140, 220)]
    assert tops == sorted(tops)


def test_sheets_are_as_wide_as_a_screen():
    found = WorstMoments(1, subject(1920, 1080, pixel_format="gray"))
    found.see(
        Moment(
            number=1,
            time=Fraction(5),
            distorted_number=1,
            distorted_time=Fraction(5),
            planes=(grey(1920, 1080),) * 2,
            scores={"ssim": 0.9, "psnr": 33.0, "local_ssim": 0.5},
            place=(1900, 1000),
        )
    )
    assert found.sheet().shape[1] == 1920


def test_the_sheet_is_written_whole_under_its_name(tmp_path):
    found = worst(2, [0.9] * 30)
    target = tmp_path / "worst.png"
    found.write(target, force=False)
    assert np.array_equal(cv2.imread(str(target)), found.sheet())
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(OutputError, match="appeared meanwhile"):
        found.write(target, force=False)
    with pytest.raises(UsageError, match=r"ending in \.png"):
        found.write(Path("worst.gif"), force=False)


def test_long_and_odd_names_fit():
    about = subject(*SIZE, pixel_format="gray")
    about = type(about)(
        reference=about.reference,
        distorted=Path("x" * 200 + "\n\u202eé" + "y" * 40 + ".mp4"),
        layout=about.layout,
        heat=about.heat,
    )
    found = WorstMoments(1, about)
    found.see(moment(0, 0.5))
    plain = worst(1, [0.5]).sheet()
    assert found.sheet().shape == plain.shape
