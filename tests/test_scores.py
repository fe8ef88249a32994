"""Scores of pairs of pictures against FFmpeg's own filters, scikit-image, and the judge."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest
from helpers_arrays import plane, scene, watch, with_object
from skimage import metrics as skimage

from vidsum import Scoring, UsageError
from vidsum.frame import Planes
from vidsum.quality.scores import NAMES, Scorer

FORMATS = {
    "yuv420p": (8, 2, 2),
    "yuv422p": (8, 1, 2),
    "yuv444p": (8, 1, 1),
    "yuv420p10le": (10, 2, 2),
    "yuv444p10le": (10, 1, 1),
    "yuv420p12le": (12, 2, 2),
    "gray": (8, 0, 0),
}
"""Depth, and how many rows and columns of luma a sample of chroma covers."""
KINDS = [("smooth", "noisy"), ("noisy", "noisy"), ("contrasty", "random"), ("dim", "saturated")]


def picture(kind, shape, pixel_format="yuv420p", seed=0):
    """Return a picture whose planes are of the given kind, and differ from one another."""
    depth, down, right = FORMATS[pixel_format]
    shapes = [shape, *([(-(-shape[0] // down), -(-shape[1] // right))] * 2 if down else [])]
    planes = [plane(kind, s, levels=2**depth, seed=seed + 7 * n) for n, s in enumerate(shapes)]
    return Planes(**dict(zip("yuv", planes, strict=False)), depth=depth)


def frame_of(planes, pixel_format):
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for target, name in zip(frame.planes, "yuv", strict=False):
        samples = getattr(planes, name)
        rows = np.zeros((target.height, target.line_size // samples.itemsize), samples.dtype)
        rows[:, : samples.shape[1]] = samples
        target.update(rows)
    return frame


def filtered(name, pairs, pixel_format):
    """Return what a filter of FFmpeg tells of every pair, with six decimals, as it runs on."""
    graph = av.filter.Graph()
    sink, comparison = graph.add("buffersink"), graph.add(name)
    height, width = pairs[0][0].y.shape
    buffers = [
        graph.add_buffer(width=width, height=height, format=pixel_format, time_base=Fraction(1, 25))
        for _ in range(2)
    ]
    for port, buffer in enumerate(buffers):
        buffer.link_to(comparison, 0, port)
    comparison.link_to(sink)
    graph.configure()
    for number, pair in enumerate(pairs):
        for buffer, planes in zip(buffers, pair, strict=True):
            frame = frame_of(planes, pixel_format)
            frame.pts = number
            buffer.push(frame)
    for buffer in buffers:
        buffer.push(None)
    start = f"lavfi.{name}."
    return [
        {key.removeprefix(start): float(value) for key, value in sink.pull().metadata.items()}
        for _ in pairs
    ]


@pytest.mark.parametrize("shape", [(38, 52), (37, 51), (16, 203)], ids=str)
@pytest.mark.parametrize("pixel_format", FORMATS)
def test_scores_equal_the_filters_of_ffmpeg_frame_by_frame(pixel_format, shape):
    pairs = [
        tuple(picture(kind, shape, pixel_format, seed) for seed, kind in enumerate(kinds, 1))
        for kinds in KINDS
    ]
    scores = [Scorer().score(*pair).values for pair in pairs]
    planes = "y" if pixel_format == "gray" else "yuv"

    for expected, values in zip(filtered("ssim", pairs, pixel_format), scores, strict=True):
        for name in planes:
            assert values[f"ssim_{name}"] == pytest.approx(expected[name.upper()], abs=2e-6)
        assert values["ssim"] == pytest.approx(expected["All"], abs=2e-6)
    for expected, values in zip(filtered("psnr", pairs, pixel_format), scores, strict=True):
        for name in planes:
            assert values[f"psnr_{name}"] == pytest.approx(expected[f"psnr.{name}"], abs=1e-5)
            assert values[f"mse_{name}"] == pytest.approx(expected[f"mse.{name}"], rel=1e-6)
        assert values["psnr"] == pytest.approx(expected["psnr_avg"], abs=1e-5)
        assert values["mse"] == pytest.approx(expected["mse_avg"], rel=1e-6)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p10le"])
@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        ("uniform7", {}),
        ("gaussian", {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}),
    ],
)
def test_other_kernels_equal_scikit_image_on_every_plane(kernel, options, pixel_format):
    a, b = (picture("noisy", (37, 51), pixel_format, seed) for seed in (1, 2))
    values = Scorer(Scoring(ssim=kernel)).score(a, b).values
    plain = Scorer().score(a, b).values
    total = samples = 0
    for name in "yuv":
        reference, distorted = getattr(a, name), getattr(b, name)
        expected = skimage.structural_similarity(
            reference, distorted, data_range=2**a.depth - 1, **options
        )
        assert values[f"ssim_{name}"] == pytest.approx(expected, abs=1e-6)
        total += expected * reference.size
        samples += reference.size
    assert values["ssim"] == pytest.approx(total / samples, abs=1e-6)
    assert {name for name in values if values[name] != plain[name]} == {
        name for name in values if name.startswith("ssim")
    }


@pytest.mark.parametrize("shape", [(120, 160), (118, 163), (240, 317), (9, 40), (13, 11)], ids=str)
def test_local_ssim_and_its_place_are_those_of_the_judge(shape):
    first = scene(shape)
    second = with_object(first, shape[1] - 5, shape[0] // 2, 4, 250)
    decision = watch([first, second], preset="exact", all_scores=True).decisions[1]
    scores = Scorer().score(Planes(y=first), Planes(y=second))

    assert scores.values["local_ssim"] == decision.local_ssim
    assert scores.values["local_ssim"] < 0.9
    assert scores.place == decision.place


def test_names_come_in_their_order_and_only_of_the_planes_that_are_scored():
    colour = tuple(picture("noisy", (32, 40), seed=seed) for seed in (1, 2))
    grey = tuple(Planes(y=planes.y) for planes in colour)
    for planes in ("yuv", "y", "uv", "vy"):
        scorer = Scorer(Scoring(planes=planes))
        values = scorer.score(*colour).values
        assert tuple(values) == scorer.names()
        assert list(values) == [name for name in NAMES if name in values]
        assert {name[-1] for name in values if name[-2] == "_"} == set(planes)
    for planes in ("yuv", "y"):
        scorer = Scorer(Scoring(planes=planes))
        assert tuple(scorer.score(*grey).values) == scorer.names(grey=True)
        assert scorer.score(*grey) == Scorer(Scoring(planes="y")).score(*colour)
    for way in (
        lambda: Scorer(Scoring(planes="uv")).names(grey=True),
        lambda: Scorer(Scoring(planes="u")).score(*grey),
    ):
        with pytest.raises(UsageError, match="pictures are grey: only their y"):
            way()


def test_all_planes_together_are_those_that_are_scored():
    a, b = (picture("noisy", (32, 40), seed=seed) for seed in (1, 2))
    values = Scorer(Scoring(planes="uv")).score(a, b).values
    assert values["mse"] == pytest.approx((values["mse_u"] + values["mse_v"]) / 2)
    assert values["ssim"] == pytest.approx((values["ssim_u"] + values["ssim_v"]) / 2)
    assert values["psnr"] == pytest.approx(10 * math.log10(255**2 / values["mse"]))


def test_identical_pictures_have_no_error_and_infinite_psnr_unless_it_is_capped():
    a = picture("noisy", (33, 41))
    values = Scorer().score(a, a).values
    for name, value in values.items():
        expected = {"mse": 0, "psnr": math.inf}.get(name.partition("_")[0], 1)
        assert value == expected, name

    capped = Scorer(Scoring(psnr_cap=60)).score(a, a).values
    assert {capped[name] for name in capped if name.startswith("psnr")} == {60}
    b = picture("noisy", (33, 41), seed=1)
    plain = Scorer().score(a, b).values
    middle = (plain["psnr_u"] + plain["psnr_v"]) / 2
    cut = Scorer(Scoring(psnr_cap=middle)).score(a, b).values
    assert cut == {
        name: min(value, middle) if name.startswith("psnr") else value
        for name, value in plain.items()
    }
    assert cut != plain


def test_several_threads_score_at_once():
    pictures = [picture("noisy", (97, 131), seed=seed) for seed in range(4)]
    pairs = list(itertools.permutations(pictures, 2)) * 4
    scorer = Scorer()
    expected = [scorer.score(*pair) for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda pair: scorer.score(*pair), pairs)) == expected


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        (picture("noisy", (32, 38)), "y 38x32, u 19x16, v 19x16 at 8 bits"),
        (picture("noisy", (32, 40), "yuv444p"), "u 40x32"),
        (picture("noisy", (32, 40), "yuv420p10le"), "at 10 bits"),
        (picture("noisy", (32, 40), "gray"), "picture y 40x32 at 8"),
    ],
    ids=["size", "chroma", "depth", "grey"],
)
def test_pictures_of_two_layouts_are_refused_with_both_named(other, shown):
    with pytest.raises(UsageError, match="y 40x32, u 20x16, v 20x16 at 8 bits") as error:
        Scorer().score(picture("noisy", (32, 40)), other)
    assert shown in str(error.value)


@pytest.mark.parametrize(
    ("kernel", "shape", "message"),
    [
        ("block8", (14, 40), r"plane u .* is 20x7, SSIM block8 .* 8x8; score the luma alone"),
        ("gaussian", (21, 20), r"plane u .* is 10x11, SSIM gaussian .* 11x11; score the luma"),
        ("gaussian", (40, 10), r"plane y .* is 10x40, SSIM gaussian .* 11x11$"),
        ("uniform7", (40, 7), r"plane y .* is 7x40, local SSIM needs at least 8x8$"),
    ],
)
def test_a_plane_smaller_than_a_window_is_refused(kernel, shape, message):
    small = picture("noisy", shape)
    with pytest.raises(UsageError, match=message):
        Scorer(Scoring(ssim=kernel)).score(small, small)


def test_a_plane_that_is_not_scored_may_be_small():
    small = picture("noisy", (14, 40))
    assert Scorer(Scoring(planes="y")).score(small, small).values["ssim"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ssim": "block7"}, "'block7', allowed are block8, uniform7, gaussian"),
        ({"planes": ""}, "'', allowed are yuv, y, u"),
        ({"planes": "yy"}, "'yy'"),
        ({"planes": "rgb"}, "'rgb'"),
        ({"psnr_cap": 0}, "0, allowed are decibels above 0"),
        ({"psnr_cap": math.inf}, "inf, allowed are"),
        ({"psnr_cap": math.nan}, "nan, allowed are"),
    ],
)
def test_an_impossible_option_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        Scorer(Scoring(**options))
