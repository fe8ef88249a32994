"""Signatures against plain means, and what they don't depend on."""

import cv2
import numpy as np
import pytest
from helpers_arrays import plane, scene, to_levels
from helpers_pairs import copied, pan
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsum.quality.signature import SIDE, distance, resemblance, signature


def means(luma):
    """Return the means over 32x32 cells by numpy."""
    edges = [[k * side // SIDE for k in range(SIDE + 1)] for side in luma.shape]
    (rows, columns) = edges
    return np.array(
        [
            luma[rows[i] : rows[i + 1], columns[j] : columns[j + 1]].mean()
            for i in range(SIDE)
            for j in range(SIDE)
        ]
    )


@pytest.mark.parametrize("shape", [(32, 32), (96, 128), (90, 161), (270, 481)])
@pytest.mark.parametrize("kind", ["random", "smooth", "saturated", "contrasty"])
def test_a_signature_is_the_mean_of_each_cell(shape, kind):
    luma = plane(kind, shape)
    assert signature(luma) == pytest.approx(means(luma), abs=1e-4)


def test_of_large_cells_some_rows_are_read():
    luma = scene((1080, 1920))
    found = signature(luma)
    assert found.shape == (SIDE * SIDE,)
    assert found.dtype == np.float32
    assert found == pytest.approx(means(luma), abs=2)
    rows = np.zeros((1080, 64), np.uint8)
    rows[::4] = 200
    assert len(set(signature(rows).round())) > 1  # the rows between were not read


@settings(max_examples=40)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 255))
def test_any_size_has_a_signature(height, width, level):
    assert signature(np.full((height, width), level, np.uint8)) == pytest.approx(level)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_picture_that_is_stored_turned_has_the_signature_of_the_upright_one(rotation):
    upright = plane("random", (96, 128))
    stored = np.rot90(upright, -rotation // 90).copy()
    assert signature(stored, rotation=rotation) == pytest.approx(signature(upright), abs=1e-3)


def test_a_view_has_the_signature_of_its_copy():
    luma = plane("random", (180, 250))
    view = luma[7:167, 5:245:2]
    assert not view.flags.c_contiguous
    assert np.array_equal(signature(view), signature(view.copy()))
    flipped = luma[::-1]
    assert np.array_equal(signature(flipped), signature(flipped.copy()))


def test_a_distance_is_the_mean_squared_difference():
    one, other = signature(plane("random", (96, 128))), signature(plane("smooth", (96, 128)))
    expected = np.mean((one.astype(float) - other) ** 2)
    assert distance(one, other) == pytest.approx(expected, rel=1e-5)
    assert distance(one, one) == 0


def test_a_copy_of_another_size_is_nearer_than_the_next_frame():
    film = pan(12, 2)
    seen = [signature(picture) for picture in film]
    for size in ((48, 64), (120, 90), (240, 320)):
        for number, copy in enumerate(copied(film, size=size)):
            found = signature(copy)
            assert np.argmin([distance(found, one) for one in seen]) == number


def test_motion_too_small_to_be_seen_is_told():
    wide = cv2.GaussianBlur(scene((360, 640)), (0, 0), 2).astype(np.float32)
    moved = cv2.warpAffine(wide, np.array([[1, 0, 0.05], [0, 1, 0.0]]), (640, 360))
    still, moved = to_levels(wide), to_levels(moved)
    assert 0 < distance(signature(still), signature(moved)) < 0.1


def test_resemblance_is_the_correlation():
    one, other = signature(scene((96, 128))), signature(scene((96, 128), seed=1))
    expected = np.corrcoef(one, other)[0, 1]
    assert resemblance(one, other) == pytest.approx(expected, abs=1e-5)
    assert resemblance(one, 0.5 * one + 20) == pytest.approx(1, abs=1e-5)
    assert resemblance(one, 255 - one) == pytest.approx(-1, abs=1e-5)


def test_nothing_resembles_a_picture_without_anything_in_it():
    one, grey = signature(scene((96, 128))), signature(np.full((96, 128), 16, np.uint8))
    faint = grey + np.float32(0.9) * (np.arange(grey.size) % 2 * 2 - 1).astype(np.float32)
    assert resemblance(one, grey) is None
    assert resemblance(faint, one) is None
    assert resemblance(1.2 * (faint - grey) + grey, one) is not None
