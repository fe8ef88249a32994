"""Light: a gain and an offset that the whole picture has in common are found and seen through."""

import numpy as np
import pytest
from helpers_arrays import plane, scene, to_levels, watch, with_grain, with_object

from vidsum.dedup import Reason
from vidsum.dedup.light import Light, light_between, pool_under_light
from vidsum.dedup.prepared import prepare
from vidsum.metrics import ssim
from vidsum.metrics.block8 import cell_errors, empty_cells

SHAPE = (160, 240)
DIM = to_levels(scene(SHAPE, seed=3) * 0.45 - 10)
VISITOR = with_object(DIM, 100, 60, 20, 120)


def under(light, pictures, *, since=100, seconds=1.0, rate=10):
    """Return pictures that come under another light within this many seconds, with grain."""
    gain, offset = light
    lit = []
    for number, picture in enumerate(pictures):
        share = min(1, max(0, (number - since) / (seconds * rate)))
        relit = picture * (1 + (gain - 1) * share) + offset * share
        lit.append(with_grain(relit, 1.5, seed=number))
    return lit


LIGHTS = pytest.mark.parametrize("light", [(1, 40), (0.45, 0), (2, 0), (1.5, 30)], ids=str)
SECONDS = pytest.mark.parametrize("seconds", [0.1, 1, 10])


@LIGHTS
@SECONDS
def test_another_light_is_kept_once_when_it_has_settled(light, seconds):
    pictures = under(light, [DIM] * 300, seconds=seconds)
    plain, watched = watch(pictures, preset="exact"), watch(pictures)

    assert Reason.CHANGE in plain.reasons
    assert len(watched.kept) == 2
    assert watched.decisions[watched.kept[1]].reason is Reason.LIGHT
    over = 100 + 10 * seconds
    assert over - 1 <= watched.kept[1] <= over + 30
    assert Reason.CHANGE not in watched.reasons


def test_a_light_that_has_settled_keeps_to_the_rate():
    watched = watch(under((1, 40), [DIM] * 220), max_rate=0.05)
    assert watched.kept == [0, 200]
    assert watched.decisions[200].reason is Reason.LIGHT


@LIGHTS
@SECONDS
def test_who_comes_while_the_light_changes_is_kept_as_a_change(light, seconds):
    come = 100 + round(5 * seconds)
    watched = watch(under(light, [DIM] * come + [VISITOR] * (300 - come), seconds=seconds))

    decision = watched.decisions[come]
    assert decision.reason is Reason.CHANGE
    left, top, right, bottom = decision.box
    assert 80 <= left <= 100
    assert 40 <= top <= 60
    assert 120 <= right <= 140
    assert 80 <= bottom <= 100
    assert watched.reasons.count(Reason.CHANGE) == 1


@pytest.mark.parametrize(
    ("light", "seconds"),
    [
        ((1, 40), 0.1),
        ((2, 0), 0.1),
        ((1, 40), 1),
        pytest.param(
            (2, 0), 1, marks=pytest.mark.xfail(reason="each look resembles the one before")
        ),
    ],
    ids=str,
)
def test_light_keep_keeps_it_as_any_change(light, seconds):
    watched = watch(under(light, [DIM] * 200, seconds=seconds), light="keep")
    assert len(watched.kept) == 2
    assert 100 < watched.kept[1] <= 111
    assert watched.decisions[watched.kept[1]].reason is Reason.CHANGE


@pytest.mark.parametrize("min_ssim", [None, 0.985])
def test_a_slow_swing_of_brightness_is_not_kept(min_ssim):
    """By 15 percent, within 20 seconds; a strict threshold would keep it."""
    street = to_levels(60 + 0.3 * scene(SHAPE) + 0.25 * plane("contrasty", SHAPE))
    swing = 1 + 0.15 * np.sin(2 * np.pi * np.arange(400) / 200)
    pictures = [to_levels(street * gain) for gain in swing]

    assert watch(pictures, min_ssim=min_ssim).kept == [0]
    if min_ssim is not None:
        assert len(watch(pictures, preset="exact", min_ssim=min_ssim).kept) > 4


def test_light_on_a_small_part_of_the_picture_is_a_change():
    lamplit = DIM.copy()
    lamplit[40:60, 40:60] = to_levels(lamplit[40:60, 40:60] + 60.0)
    watched = watch(under((1, 0), [DIM] * 60 + [lamplit] * 30))
    assert watched.kept == [0, 60]
    assert watched.decisions[60].reason is Reason.CHANGE


@pytest.mark.parametrize(
    ("gain", "offset"), [(1, 0), (0.6, 0), (1, 40), (1.8, -20), (0.5, 30)], ids=str
)
@pytest.mark.parametrize("hidden", [0, 0.3], ids=["bare", "partly hidden"])
def test_the_light_between_two_pictures_is_found(gain, offset, hidden):
    before = to_levels(20 + 0.8 * scene((120, 160), seed=2))
    after = with_grain(gain * before + offset, 1)
    after[:, : round(160 * hidden)] = 250
    light = light_between(prepare(before).sums, prepare(after).sums)

    assert light.gain == pytest.approx(gain, abs=0.03)
    assert light.gain * 90 + light.offset == pytest.approx(gain * 90 + offset, abs=1)
    assert light.is_same == (gain == 1 and offset == 0)


def test_flat_pictures_differ_by_an_offset_alone():
    light = light_between(*(prepare(np.full((32, 32), v, np.uint8)).sums for v in (50, 81)))
    assert light == Light(1, 31)


def test_what_is_left_under_the_light_is_the_ssim_of_the_relit_picture():
    """Held against SSIM of pictures whose samples really have been brought under that light."""
    before = to_levels(0.4 * scene((48, 64), seed=1))
    relit = 2 * before + 10
    after = with_object(with_grain(relit, 4), 20, 16, 12, 230)
    kept, candidate = prepare(before), prepare(after)
    errors = empty_cells(before)
    cell_errors(before, after, errors)
    pooled = np.full((9, 13), 2.0)
    pooled[3] = -1
    pooled[4, 5] = 0

    pool_under_light(2, 10, kept, candidate, errors, pooled)
    for row, column in np.ndindex(pooled.shape):
        tile = np.s_[4 * row : 4 * row + 16, 4 * column : 4 * column + 16]
        expected = 1 - ssim(relit[tile], after[tile])
        if row == 3:
            assert pooled[row, column] == -1
        else:
            limit = 0 if (row, column) == (4, 5) else 2
            assert pooled[row, column] == pytest.approx(min(limit, expected), abs=1e-9)
