"""The metrics against scikit-image and FFmpeg's own filters, and what they refuse."""

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest
from helpers_arrays import KINDS, plane, scene, to_levels, with_object
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import metrics as skimage

from vidsum import UsageError
from vidsum.metrics import Block8Reference, mse, psnr, ssim, ssim_map
from vidsum.metrics._arrays import in_rows
from vidsum.metrics.pair import SIDE, compare

KERNELS = ("block8", "uniform7", "gaussian")
SKIMAGE_OPTIONS = {
    "uniform7": {},
    "gaussian": {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False},
}
SHAPES = [(64, 96), (37, 51), (11, 11), (18, 203)]
PAIRS = [
    ("random", "random"),
    ("smooth", "noisy"),
    ("noisy", "noisy"),
    ("constant", "constant"),
    ("black", "black"),
    ("black", "dim"),
    ("black", "noisy"),
    ("black", "saturated"),
    ("saturated", "noisy"),
    ("contrasty", "contrasty"),
    ("contrasty", "random"),
]


def pair(kinds, shape, levels=256):
    """Return two planes of the given kinds that differ even where the kinds don't."""
    return tuple(plane(kind, shape, levels=levels, seed=seed) for seed, kind in enumerate(kinds, 1))


def filtered(name, reference, candidate, pixel_format):
    """Return what an FFmpeg filter that compares two pictures writes into the frame's metadata.

    Its numbers have six decimals.
    """
    graph = av.filter.Graph()
    sink, comparison = graph.add("buffersink"), graph.add(name)
    pictures = [av.VideoFrame.from_ndarray(p, format=pixel_format) for p in (candidate, reference)]
    buffers = [
        graph.add_buffer(
            width=picture.width,
            height=picture.height,
            format=picture.format,
            time_base=Fraction(1, 25),
        )
        for picture in pictures
    ]
    for port, buffer in enumerate(buffers):
        buffer.link_to(comparison, 0, port)
    comparison.link_to(sink)
    graph.configure()
    for picture, buffer in zip(pictures, buffers, strict=True):
        picture.pts = 0
        buffer.push(picture)
        buffer.push(None)
    metadata = sink.pull().metadata
    return {key.removeprefix(f"lavfi.{name}."): float(value) for key, value in metadata.items()}


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kernel", ["uniform7", "gaussian"])
def test_ssim_equals_scikit_image(kernel, shape, kinds):
    reference, candidate = pair(kinds, shape)
    expected = skimage.structural_similarity(
        reference, candidate, data_range=255, **SKIMAGE_OPTIONS[kernel]
    )
    assert ssim(reference, candidate, kernel=kernel) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("depth", [10, 12, 16])
@pytest.mark.parametrize("kernel", ["uniform7", "gaussian"])
def test_ssim_of_deep_samples_equals_scikit_image(kernel, depth):
    levels = 1 << depth
    for kinds in PAIRS:
        reference, candidate = pair(kinds, (41, 30), levels)
        expected = skimage.structural_similarity(
            reference, candidate, data_range=levels - 1, **SKIMAGE_OPTIONS[kernel]
        )
        actual = ssim(reference, candidate, kernel=kernel, data_range=levels - 1)
        assert actual == pytest.approx(expected, abs=1e-8), kinds


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
@pytest.mark.parametrize("shape", [*SHAPES, (8, 8), (9, 15)], ids=str)
def test_block8_equals_the_ssim_filter_of_ffmpeg(shape, kinds):
    reference, candidate = pair(kinds, shape)
    expected = filtered("ssim", reference, candidate, "gray")["Y"]
    assert ssim(reference, candidate) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("pixel_format", "levels"),
    [("gray10le", 1 << 10), ("gray12le", 1 << 12), ("gray16le", 1 << 16)],
)
def test_block8_of_deep_samples_equals_the_ssim_filter_of_ffmpeg(pixel_format, levels):
    for kinds in PAIRS:
        reference, candidate = pair(kinds, (38, 51), levels)
        expected = filtered("ssim", reference, candidate, pixel_format)["Y"]
        actual = ssim(reference, candidate, data_range=levels - 1)
        assert actual == pytest.approx(expected, abs=1e-6), kinds


@pytest.mark.parametrize(("pixel_format", "levels"), [("yuv420p", 256), ("yuv420p10le", 1024)])
def test_metrics_equal_the_filters_of_ffmpeg_on_every_component(pixel_format, levels):
    height, width = 38, 52
    # The component planes of a yuv420p picture one after another, as PyAV takes them.
    stacked = [plane("noisy", (height * 3 // 2, width), levels=levels, seed=s) for s in (1, 2)]
    ssims = filtered("ssim", *stacked, pixel_format)
    psnrs = filtered("psnr", *stacked, pixel_format)

    area, quarter = height * width, height * width // 4
    for name, start, shape in (
        ("Y", 0, (height, width)),
        ("U", area, (height // 2, width // 2)),
        ("V", area + quarter, (height // 2, width // 2)),
    ):
        two = [p.reshape(-1)[start : start + math.prod(shape)].reshape(shape) for p in stacked]
        assert ssim(*two, data_range=levels - 1) == pytest.approx(ssims[name], abs=1e-6)
        assert mse(*two) == pytest.approx(psnrs[f"mse.{name.lower()}"], rel=1e-6)
        expected = psnrs[f"psnr.{name.lower()}"]
        assert psnr(*two, data_range=levels - 1) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
@pytest.mark.parametrize(
    ("shape", "pixel_format", "levels"),
    [((37, 51), "gray", 256), ((1, 1), "gray", 256), ((5, 1029), "gray10le", 1024)],
    ids=["odd", "one sample", "10 bits"],
)
def test_mse_and_psnr_equal_ffmpeg_and_scikit_image(shape, pixel_format, levels, kinds):
    reference, candidate = pair(kinds, shape, levels)
    expected = filtered("psnr", reference, candidate, pixel_format)
    decibels = psnr(reference, candidate, data_range=levels - 1)

    assert mse(reference, candidate) == pytest.approx(expected["mse.y"], rel=1e-6)
    assert mse(reference, candidate) == skimage.mean_squared_error(reference, candidate)
    assert decibels == pytest.approx(expected["psnr.y"], abs=2e-6)


def test_mse_sums_the_largest_differences_without_overflow():
    black, white = (np.full((300, 70_000), level, np.uint16) for level in (0, 65535))
    assert mse(black, white) == 65535**2


@pytest.mark.parametrize("kernel", ["uniform7", "gaussian"])
@pytest.mark.parametrize("levels", [256, 1024])
def test_the_mean_of_the_map_inside_the_border_is_the_ssim(kernel, levels):
    reference, candidate = pair(("smooth", "noisy"), (40, 53), levels)
    values = ssim_map(reference, candidate, kernel=kernel, data_range=levels - 1)
    border = {"uniform7": 3, "gaussian": 5}[kernel]
    expected = ssim(reference, candidate, kernel=kernel, data_range=levels - 1)

    assert values.shape == reference.shape
    assert values.dtype == np.float64
    inside = values[border:-border, border:-border]
    assert inside.mean() == pytest.approx(expected, abs=1e-9)


def test_the_map_is_low_where_the_pictures_differ():
    picture = scene((60, 80))
    values = ssim_map(picture, with_object(picture, 50, 20, 12, 255))
    y, x = np.unravel_index(values.argmin(), values.shape)
    assert 45 <= x <= 67
    assert 15 <= y <= 37
    assert values[:, :30].min() > 0.999999


@pytest.mark.parametrize("levels", [256, 1024])
def test_a_prepared_reference_serves_many_candidates(levels):
    shape = (43, 62)
    picture = plane("smooth", shape, levels=levels)
    prepared = Block8Reference(picture, data_range=levels - 1)
    candidates = [plane(kind, shape, levels=levels, seed=3) for kind in KINDS]
    expected = [ssim(picture, candidate, data_range=levels - 1) for candidate in candidates]

    assert [prepared.ssim(candidate) for candidate in candidates] == expected
    assert [prepared.ssim(c) for c in reversed(candidates)] == expected[::-1]
    assert prepared.ssim(picture) == 1


def test_threads_may_share_a_prepared_reference():
    shape = (512, 640)
    prepared = Block8Reference(plane("smooth", shape))
    candidates = [plane("noisy", shape, seed=seed) for seed in range(4)] * 5
    expected = [prepared.ssim(candidate) for candidate in candidates]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(prepared.ssim, candidates)) == expected


def test_a_prepared_reference_shows_its_size_not_its_samples():
    assert repr(Block8Reference(np.zeros((16, 24), np.uint8))) == "Block8Reference(24x16 uint8)"


@pytest.mark.parametrize("kernel", KERNELS)
def test_metrics_take_any_layout_in_memory(kernel):
    reference, candidate = (plane("noisy", (40, 64), seed=s) for s in (1, 2))
    expected = ssim(reference, candidate, kernel=kernel), mse(reference, candidate)

    padded = np.full((40, 80), 255, np.uint8)
    padded[:, 3:67] = candidate
    read_only = candidate.copy()
    read_only.flags.writeable = False
    for other in (padded[:, 3:67], np.asfortranarray(candidate), read_only):
        assert (ssim(reference, other, kernel=kernel), mse(reference, other)) == expected


@pytest.mark.parametrize("levels", [256, 1024, 1 << 12, 1 << 16])
@pytest.mark.parametrize("shape", [(48, 64), (37, 51), (16, 16), (8, 9)], ids=str)
def test_all_of_two_planes_at_once_is_each_alone(shape, levels):
    for kinds in PAIRS:
        reference, candidate = pair(kinds, shape, levels)
        for local in (False, True):
            found = compare(reference, candidate, data_range=levels - 1, local=local)
            assert found.squared_error == mse(reference, candidate) * reference.size, kinds
            expected = Block8Reference(reference, data_range=levels - 1).ssim(candidate)
            assert found.ssim == expected, kinds


@pytest.mark.parametrize("levels", [256, 1024, 1 << 16])
def test_local_ssim_is_the_ssim_of_the_worst_square_by_itself(levels):
    for kinds in PAIRS:
        reference, candidate = pair(kinds, (44, 60), levels)
        found = compare(reference, candidate, data_range=levels - 1, local=True)
        squares = {
            (x + SIDE // 2, y + SIDE // 2): ssim(
                reference[y : y + SIDE, x : x + SIDE],
                candidate[y : y + SIDE, x : x + SIDE],
                data_range=levels - 1,
            )
            for y in range(0, 44 - SIDE + 1, 4)
            for x in range(0, 60 - SIDE + 1, 4)
        }
        assert found.lowest == pytest.approx(min(squares.values()), abs=1e-9), kinds
        assert squares[found.place] == pytest.approx(found.lowest, abs=1e-9), kinds


def test_the_first_of_equally_low_places_is_told():
    black = np.zeros((64, 96), np.uint8)
    for first, second in (((24, 24), (56, 24)), ((56, 8), (24, 40))):
        two = with_object(with_object(black, *second, 8, 255), *first, 8, 255)
        assert compare(black, two, local=True).place == (first[0] + 4, first[1] + 4)
    assert compare(black, black, local=True).place == (8, 8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_padded_rows_are_compared_without_a_copy_and_padding_is_not_looked_at(dtype):
    top = np.iinfo(dtype).max
    a, b = (plane("noisy", (40, 61), levels=int(top) + 1, seed=s) for s in (1, 2))
    memory = np.full((40, 80), top, dtype)
    padded = memory[:, 3:64]
    padded[:] = b
    expected = compare(a, b, data_range=int(top), local=True)
    turned = np.flipud(np.flipud(b).copy())
    for other in (padded, turned, np.asfortranarray(b), np.repeat(b, 2, 1)[:, ::2]):
        assert compare(a, other, data_range=int(top), local=True) == expected
    assert np.shares_memory(in_rows(padded), memory)
    assert in_rows(padded).flags.c_contiguous


def test_samples_beyond_their_depth_overflow_no_sum():
    reference, candidate = (
        plane(kind, (40, 53), levels=1 << 16, seed=1) for kind in ("random", "saturated")
    )
    expected = ((reference.astype(object) - candidate.astype(object)) ** 2).sum()
    assert compare(reference, candidate, data_range=1023).squared_error == expected
    for kernel, options in SKIMAGE_OPTIONS.items():
        value = skimage.structural_similarity(reference, candidate, data_range=1023, **options)
        assert ssim(reference, candidate, kernel=kernel, data_range=1023) == pytest.approx(
            value, abs=1e-8
        )


planes = hnp.arrays(
    np.uint8, st.tuples(st.integers(11, 24), st.integers(11, 24)), elements=st.integers(0, 255)
)


@settings(max_examples=40)
@given(planes, st.sampled_from(KERNELS))
def test_a_plane_is_identical_to_itself(picture, kernel):
    assert mse(picture, picture) == 0
    assert psnr(picture, picture) == math.inf
    assert ssim(picture, picture, kernel=kernel) == pytest.approx(1, abs=1e-12)


@settings(max_examples=40)
@given(planes, st.integers(0, 2**32 - 1), st.sampled_from(KERNELS))
def test_metrics_are_symmetric_and_in_range(picture, seed, kernel):
    other = plane("random", picture.shape, seed=seed)
    value = ssim(picture, other, kernel=kernel)
    assert -1 <= value < 1
    assert value == pytest.approx(ssim(other, picture, kernel=kernel), abs=1e-12)
    assert mse(picture, other) == mse(other, picture) > 0


@pytest.mark.parametrize("kernel", KERNELS)
def test_ssim_forgives_contrast_and_sees_a_logo_while_mse_does_not(kernel):
    """The known strength of SSIM over MSE: structure counts, not the size of the difference."""
    picture = scene((240, 320))
    contrast = to_levels(128 + (picture.astype(float) - 128) * 1.2)
    logo = picture.copy()
    logo[20:68, 20:68] = picture[20:68, 20:68] // 2 + plane("contrasty", (48, 48)) // 5

    assert mse(picture, contrast) > mse(picture, logo)
    assert ssim(picture, contrast, kernel=kernel) > ssim(picture, logo, kernel=kernel)


GREY = np.zeros((20, 20), np.uint8)
DEEP = np.zeros((20, 20), np.uint16)


def calls():
    """Return every way to compare two planes, by name."""
    ways = {"mse": mse, "psnr": psnr, "map": ssim_map}
    for kernel in KERNELS:
        ways[kernel] = lambda a, b, kernel=kernel: ssim(a, b, kernel=kernel)
    return [pytest.param(way, id=name) for name, way in ways.items()]


@pytest.mark.parametrize("call", calls())
@pytest.mark.parametrize(
    "plane",
    [
        np.zeros((20, 20, 3), np.uint8),
        np.zeros(400, np.uint8),
        np.zeros((20, 20)),
        np.zeros((20, 20), np.int16),
    ],
    ids=["colour", "flat", "float", "signed"],
)
def test_what_is_no_plane_is_refused(plane, call):
    with pytest.raises(UsageError, match=f"2-D array of uint8 or uint16, not {plane.ndim}-D"):
        call(plane, plane)
    with pytest.raises(UsageError, match=r"2-D array of uint8 or uint16|must agree in both"):
        call(GREY, plane)


@pytest.mark.parametrize("call", calls())
@pytest.mark.parametrize("other", [GREY[:-1], GREY[:, :-1], DEEP], ids=["rows", "columns", "depth"])
def test_planes_that_do_not_agree_are_refused_with_both_named(other, call):
    with pytest.raises(UsageError, match=r"reference is \(20, 20\) uint8") as error:
        call(GREY, other)
    assert f"{other.shape} {other.dtype}" in str(error.value)


@pytest.mark.parametrize("call", calls())
def test_an_empty_plane_is_refused(call):
    empty = np.zeros((0, 20), np.uint8)
    with pytest.raises(UsageError, match=r"empty|at least"):
        call(empty, empty)


@pytest.mark.parametrize(("kernel", "window"), [("block8", 8), ("uniform7", 7), ("gaussian", 11)])
def test_a_plane_smaller_than_a_window_is_refused(kernel, window):
    for shape in ((window - 1, 30), (30, window - 1)):
        small = np.zeros(shape, np.uint8)
        with pytest.raises(
            UsageError, match=rf"{kernel}.*{window}x{window}.*{shape[1]}x{shape[0]}"
        ):
            ssim(small, small, kernel=kernel)
    fitting = np.zeros((window, window), np.uint8)
    assert ssim(fitting, fitting, kernel=kernel) == 1


@pytest.mark.parametrize("call", [c for c in calls() if c.id != "mse"])
def test_deep_samples_need_a_data_range(call):
    with pytest.raises(UsageError, match=r"data_range must be given.*1023"):
        call(DEEP, DEEP)


@pytest.mark.parametrize("data_range", [0, -1, 65536])
def test_an_impossible_data_range_is_refused(data_range):
    for function in (psnr, ssim, ssim_map):
        with pytest.raises(UsageError, match=rf"{data_range}, allowed are 1 to 65535"):
            function(DEEP, DEEP, data_range=data_range)


@pytest.mark.parametrize(("function", "name"), [(ssim, "block7"), (ssim_map, "block8")])
def test_an_unknown_kernel_is_refused(function, name):
    with pytest.raises(UsageError, match=rf"{name}.*allowed are.*uniform7"):
        function(GREY, GREY, kernel=name)
