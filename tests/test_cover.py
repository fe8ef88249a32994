"""Samples that don't count: they decide nothing and colour no score."""

import numpy as np
import pytest
from helpers_arrays import plane, scene, watch, with_grain, with_object

from vidsum.dedup.cover import Cover
from vidsum.dedup.plane import Reducer
from vidsum.errors import UsageError

PRESETS = pytest.mark.parametrize("preset", ["surveillance", "exact"])


def mask(shape, *hidden):
    counted = np.ones(shape, np.bool_)
    for part in hidden:
        counted[part] = False
    return counted


def with_storm(pictures, counted, *, seed=0):
    """Return the pictures with noise in place of what does not count, but for the first."""
    stormy = [pictures[0]]
    for number, picture in enumerate(pictures[1:], 1):
        noise = plane("random", picture.shape, seed=1000 * seed + number)
        stormy.append(np.where(counted, picture, noise))
    return stormy


@PRESETS
@pytest.mark.parametrize("shape", [(96, 128), (67, 91), (80, 1600)], ids=str)
def test_change_is_kept_beside_what_is_hidden_and_never_under_it(preset, shape):
    still = scene(shape, seed=1)
    hidden = np.s_[20:64, 8:60]
    counted = mask(shape, hidden)
    beside = with_object(still, shape[1] - 24, 30, 14, 220)
    pictures = [with_grain(p, 1, seed=n) for n, p in enumerate([still] * 30 + [beside] * 10)]
    stormy = with_storm(pictures, counted)

    assert watch(stormy, counted=counted, preset=preset).kept == [0, 30]
    assert len(watch(stormy, preset="exact").kept) == 40


@PRESETS
@pytest.mark.parametrize("shape", [(96, 128), (67, 91), (80, 1600)], ids=str)
def test_no_score_knows_what_is_hidden(preset, shape):
    still = scene(shape, seed=1)
    counted = mask(shape, np.s_[21:60, 9:61], np.s_[-5:, -30:])
    passing = [with_object(still, 50 + 2 * n, 30, 12, 220) for n in range(20)]
    pictures = [with_grain(p, 2, seed=n) for n, p in enumerate([still] * 40 + passing)]
    one, other = (
        watch(
            with_storm(pictures, counted, seed=seed),
            counted=counted,
            preset=preset,
            all_scores=True,
        )
        for seed in (1, 2)
    )
    assert one.decisions == other.decisions
    assert len(one.kept) > 5


@pytest.mark.parametrize("shape", [(40, 60), (41, 62), (16, 1501)], ids=str)
def test_mse_is_the_mean_over_what_counts(shape):
    still = scene(shape)
    counted = mask(shape, np.s_[:10, 20:30], np.s_[-3:, -7:])
    changed = with_grain(still, 3)
    decision = watch([still, changed], counted=counted, preset="exact", all_scores=True)

    factor = Reducer(shape).factor
    height, width = (side // factor * factor for side in shape)

    def squares(values):
        cut = values[:height, :width].astype(float)
        return cut.reshape(height // factor, factor, width // factor, factor).swapaxes(1, 2)

    reduced = [np.floor(squares(p).mean(axis=(2, 3)) + 0.5) for p in (still, changed)]
    counts = squares(counted).all(axis=(2, 3))
    expected = ((reduced[0] - reduced[1]) ** 2)[counts].mean()
    assert decision.decisions[1].mse == pytest.approx(expected, rel=1e-12)


def test_a_mask_that_counts_everything_is_none():
    pictures = [with_grain(scene((41, 62)), 8 * (n % 2), seed=n) for n in range(10)]
    options = {"preset": "exact", "min_ssim": 0.9, "all_scores": True}
    everything = np.ones((41, 62), np.bool_)
    assert (
        watch(pictures, counted=everything, **options).decisions
        == watch(pictures, **options).decisions
    )


def test_a_sample_counts_if_all_that_it_is_made_of_do():
    shape = (16, 1600)
    reducer = Reducer(shape)
    assert reducer.factor == 2
    cover = Cover(reducer, mask(shape, np.s_[5, 100]))
    planes = [np.full(reducer.empty().shape, level, np.uint8) for level in (10, 200)]
    for reduced in planes:
        cover.cover(reduced)
    assert np.argwhere(planes[1] == 10).tolist() == [[2, 50], *_padded(planes[1], 2, 50)]
    assert cover.samples == reducer.height * reducer.width - 1


def _padded(reduced, row, column):
    """Return where the padding of a plane repeats a sample."""
    height, width = 8, 800
    rows = range(height, len(reduced)) if row == height - 1 else []
    columns = range(width, reduced.shape[1]) if column == width - 1 else []
    return [[r, column] for r in rows] + [[row, c] for c in columns]


def test_the_padding_of_a_hidden_edge_is_hidden_too():
    shape = (33, 50)
    reducer = Reducer(shape)
    cover = Cover(reducer, mask(shape, np.s_[30:, :], np.s_[:, 45:]))
    first, second = np.zeros((2, 36, 52), np.uint8)
    second[:] = 255
    cover.cover(first)
    cover.cover(second)
    assert second.shape == reducer.empty().shape
    assert not second[30:].any()
    assert not second[:, 45:].any()
    assert second[:30, :45].all()
    assert cover.samples == 30 * 45


def test_an_area_too_small_for_the_reduced_picture_is_refused():
    counted = np.zeros((1078, 1918), np.bool_)
    counted[101:103, 101:103] = True  # in none of the squares of 2x2 that a picture is reduced to
    with pytest.raises(UsageError, match="no whole square of 2x2 samples"):
        Cover(Reducer(counted.shape), counted)
    counted[103, 101:104] = counted[101:104, 103] = True
    assert Cover(Reducer(counted.shape), counted).samples == 1
