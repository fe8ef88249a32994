"""Where two pictures differ: held against the score, which another kernel computes."""

import numpy as np
import pytest
from helpers_arrays import plane

from vidsum import Scoring
from vidsum.frame import Planes
from vidsum.quality.heat import local_dissimilarity
from vidsum.quality.scores import Scorer


@pytest.mark.parametrize("depth", [8, 10, 16])
@pytest.mark.parametrize("shape", [(64, 96), (45, 59), (9, 130)], ids=str)
@pytest.mark.parametrize("kind", ["random", "noisy", "dim"])
def test_the_worst_place_and_its_value_are_those_of_the_score(shape, depth, kind):
    levels = 2**depth
    a, b = (Planes(y=plane(kind, shape, levels=levels, seed=s), depth=depth) for s in (1, 2))
    if kind == "dim":
        b.y[shape[0] // 2, shape[1] // 3] = levels - 1
    heat = local_dissimilarity(a, b)
    found = Scorer(Scoring(planes="y")).score(a, b)
    assert heat.max() == pytest.approx(1 - found.values["local_ssim"], abs=1e-6)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    height, width = shape
    centre = min(4 * column + 8, width - 1), min(4 * row + 8, height - 1)
    assert centre == found.place


def test_identical_pictures_are_zero_everywhere():
    a = Planes(y=plane("random", (64, 96)))
    assert local_dissimilarity(a, Planes(y=a.y.copy())).max() == 0


def test_a_change_is_seen_where_it_is_and_nowhere_else():
    a = plane("smooth", (160, 240))
    b = a.copy()
    b[100:108, 40:48] += 60
    heat = local_dissimilarity(Planes(y=a), Planes(y=b))
    rows, columns = np.nonzero(heat)
    assert (4 * rows + 16 > 100).all()
    assert (4 * rows < 108).all()
    assert (4 * columns + 16 > 40).all()
    assert (4 * columns < 48).all()
    assert heat[100 // 4 - 1, 40 // 4 - 1] > 0.5
