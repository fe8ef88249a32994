"""The analysis plane against OpenCV's area interpolation and exact means."""

import cv2
import numpy as np
import pytest
from helpers_arrays import plane

from vidsum.dedup.plane import Reducer

HALVED = [(1080, 1920), (40, 1502), (40, 1501), (41, 1504), (1503, 33)]
QUARTERED = [(24, 3000), (2160, 3840), (25, 3001), (26, 3002), (27, 3003), (3001, 19)]


def reduced(luma):
    """Return the factor and the analysis plane of `luma` without its padding."""
    reducer = Reducer(luma.shape)
    out = reducer.empty()
    out[:] = 231
    reducer.reduce(luma, out)
    return reducer.factor, out[: reducer.height, : reducer.width]


def halved(luma):
    """Halve `luma` with OpenCV, leaving out the odd column and row."""
    height, width = (side // 2 for side in luma.shape)
    even = luma[: 2 * height, : 2 * width]
    return cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(
    ("shape", "factor"),
    [
        ((1, 1), 1),
        ((240, 320), 1),
        ((576, 720), 1),
        ((720, 1280), 1),
        ((1280, 720), 1),
        ((1568, 1616), 2),
        ((1080, 1920), 2),
        ((1920, 1080), 2),
        ((1440, 2560), 2),
        ((2160, 3840), 4),
        ((2160, 4096), 4),
        ((4320, 7680), 4),
    ],
    ids=str,
)
def test_the_factor_brings_the_long_side_near_1000(shape, factor):
    assert Reducer(shape).factor == factor


@pytest.mark.parametrize("shape", HALVED, ids=str)
def test_half_the_size_equals_opencv(shape):
    luma = plane("random", shape)
    factor, small = reduced(luma)
    assert factor == 2
    np.testing.assert_array_equal(small, halved(luma))


@pytest.mark.parametrize("shape", QUARTERED, ids=str)
def test_a_quarter_of_the_size_is_halved_twice(shape):
    luma = plane("random", shape)
    factor, small = reduced(luma)
    assert factor == 4
    np.testing.assert_array_equal(small, halved(halved(luma)))

    height, width = (side // 4 for side in shape)
    means = luma[: 4 * height, : 4 * width].reshape(height, 4, width, 4).mean((1, 3))
    assert np.abs(small - means).max() <= 1


def test_a_small_picture_stays_as_it_is():
    luma = plane("random", (33, 47))
    factor, small = reduced(luma)
    assert factor == 1
    np.testing.assert_array_equal(small, luma)


@pytest.mark.parametrize("level", [0, 77, 255])
@pytest.mark.parametrize("shape", [(1, 2000), (2000, 1), (1, 4000), (2, 4000), (3, 4000)], ids=str)
def test_a_very_flat_picture_is_made_of_its_own_samples_only(shape, level):
    memory = np.full((shape[0] + 8, shape[1]), 255 - level, np.uint8)
    memory[: shape[0]] = level
    _, small = reduced(memory[: shape[0]])
    assert small.size > 0
    assert set(small.ravel()) == {level}


@pytest.mark.parametrize("shape", [(21, 30), (24, 1502), (21, 1501), (24, 3000), (23, 3003)])
@pytest.mark.parametrize(
    ("offset", "padding"), [(0, 32), (0, 7), (1, 32), (3, 7), (16, 0)], ids=str
)
def test_padded_rows_and_odd_addresses_give_the_same_plane(shape, offset, padding):
    height, width = shape
    luma = plane("random", shape)
    memory = np.full((height, offset + width + padding), 255, np.uint8)
    view = memory[:, offset : offset + width]
    view[:] = luma
    view.flags.writeable = False
    np.testing.assert_array_equal(reduced(view)[1], reduced(luma)[1])


@pytest.mark.parametrize("shape", [(21, 30), (24, 1502), (24, 3001)], ids=str)
def test_flipped_views_give_the_same_plane(shape):
    luma = plane("random", shape)
    for turn in (np.flipud, np.fliplr, np.rot90):
        view = turn(luma)
        np.testing.assert_array_equal(reduced(view)[1], reduced(view.copy())[1])
