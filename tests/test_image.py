"""Two images: their scores against scikit-image's, and where they differ."""

import math

import numpy as np
import pytest
from helpers_arrays import plane, scene, to_levels, with_grain
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import metrics as skimage

from vidsum import Areas, UsageError
from vidsum.jobs.stills.image import compare_images
from vidsum.options.stills import Stills
from vidsum.stills import cells, similarity, still
from vidsum.stills.comparison import Stopped

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def colours(shape, seed=0):
    """Return an RGB picture."""
    return np.dstack([scene(shape, seed=seed + channel) for channel in range(3)])


@pytest.fixture
def small_bands(monkeypatch):
    """Cuts even small images into many bands."""
    monkeypatch.setattr(similarity, "_BAND_PIXELS", 500)
    monkeypatch.setattr(still, "_BAND_PIXELS", 700)


@pytest.mark.parametrize("shape", [(61, 83), (200, 40), (7, 7), (11, 300)], ids=str)
@pytest.mark.parametrize("levels", [256, 65536])
def test_scores_of_grey_images_are_those_of_scikit_image(small_bands, shape, levels):
    a, b = plane("noisy", shape, levels=levels), plane("smooth", shape, levels=levels, seed=3)
    peak = levels - 1
    result = compare_images(a, b)
    assert result.mse == pytest.approx(skimage.mean_squared_error(a, b), rel=1e-12)
    assert result.psnr == pytest.approx(
        skimage.peak_signal_noise_ratio(a, b, data_range=peak), abs=1e-9
    )
    assert result.nrmse == pytest.approx(skimage.normalized_root_mse(a, b), rel=1e-9)
    assert result.ssim == pytest.approx(
        skimage.structural_similarity(a, b, data_range=peak), abs=1e-9
    )
    assert (result.width, result.height, result.depth) == (*shape[::-1], 8 if peak == 255 else 16)


@pytest.mark.parametrize("kernel, options", [("uniform7", {}), ("gaussian", GAUSSIAN)])
def test_scores_of_colours_are_those_of_scikit_image(small_bands, kernel, options):
    a, b = colours((50, 70)), colours((50, 70), seed=5)
    result = compare_images(a, b, stills=Stills(color=True, kernel=kernel))
    assert list(result.channels) == ["red", "green", "blue"]
    assert result.mse == pytest.approx(skimage.mean_squared_error(a, b))
    assert result.nrmse == pytest.approx(skimage.normalized_root_mse(a, b))
    assert result.ssim == pytest.approx(
        skimage.structural_similarity(a, b, channel_axis=-1, **options), abs=1e-9
    )
    green = result.channels["green"]
    assert green.mse == pytest.approx(skimage.mean_squared_error(a[..., 1], b[..., 1]))
    assert green.ssim == pytest.approx(
        skimage.structural_similarity(a[..., 1], b[..., 1], **options), abs=1e-9
    )


def test_percent_similar_and_the_lowest_place_are_those_of_the_map(small_bands):
    a = scene((60, 80))
    b = with_grain(a, 12)
    _, values = skimage.structural_similarity(a, b, full=True)
    inner = values[3:-3, 3:-3]
    result = compare_images(a, b, stills=Stills(min_ssim=0.5))
    assert 5 < result.percent_similar < 95
    assert result.percent_similar == pytest.approx(100 * (inner >= 0.5).mean())
    assert result.local_ssim == pytest.approx(inner.min())
    x, y = result.place
    assert values[y, x] == pytest.approx(inner.min())


def test_in_colour_a_place_is_as_similar_as_its_least_similar_channel():
    a = np.repeat(scene((60, 80))[..., np.newaxis], 3, axis=2)
    b = a.copy()
    b[10:30, 10:40, 2] = 255 - b[10:30, 10:40, 2]
    result = compare_images(a, b, stills=Stills(color=True))
    alone = compare_images(a[..., 2], b[..., 2])
    assert result.percent_similar == alone.percent_similar < 100
    assert result.regions == alone.regions
    assert result.channels["red"].ssim == 1


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from(["random", "noisy", "black", "saturated"]))
def test_identical_images_score_0_and_1(seed, kind):
    image = plane(kind, (30, 41), seed=seed)
    result = compare_images(image, image.copy())
    assert result.identical
    assert (result.mse, result.ssim, result.nrmse) == (0.0, 1.0, 0.0)
    assert result.psnr == math.inf
    assert result.percent_similar == 100
    assert result.regions == ()


def test_contrast_raises_mse_more_than_a_logo_but_ssim_stays_higher():
    original = scene((300, 400))
    contrast = to_levels((original.astype(float) - 90) * 1.6 + 90)
    logo = original.copy()
    logo[60:220, 80:300] = 100
    logo[100:180, 120:260:20] = 130
    changed, pasted = compare_images(original, contrast), compare_images(original, logo)
    assert changed.mse > 1.2 * pasted.mse
    assert changed.ssim > pasted.ssim + 0.03


def test_nrmse_against_black_is_unknown():
    black = np.zeros((20, 20), np.uint8)
    assert compare_images(black, black + np.uint8(1)).nrmse is None
    assert compare_images(black, black).nrmse == 0


def test_regions_are_where_something_was_changed(small_bands):
    a = scene((240, 320))
    b = a.copy()
    b[40:80, 60:120] = 255 - b[40:80, 60:120]
    b[180:200, 250:270] = 255 - b[180:200, 250:270]
    large, small = compare_images(a, b).regions
    for region, (x, y, width, height) in ((large, (60, 40, 60, 40)), (small, (250, 180, 20, 20))):
        # A window reaches 3 pixels to each side.
        assert 0 <= x - region.x <= 3
        assert 0 <= y - region.y <= 3
        assert 0 <= region.width - width <= 6
        assert 0 <= region.height - height <= 6
    assert large.area > small.area > 0
    assert large.ssim < 0.2


def test_regions_of_images_with_many_pixels_in_a_cell(monkeypatch):
    a = scene((240, 320))
    b = a.copy()
    b[40:80, 60:120] = 255 - b[40:80, 60:120]
    (exact,) = compare_images(a, b).regions
    monkeypatch.setattr(cells, "_MAX_CELLS", 64)
    (coarse,) = compare_images(a, b).regions
    assert coarse.area == exact.area
    assert coarse.ssim == exact.ssim
    for fine, rough in zip(exact.box, coarse.box, strict=True):
        assert abs(fine - rough) < 5
        assert rough % 5 == 0


def test_a_pixel_that_changed_is_found_and_what_is_smaller_is_left_out():
    a = np.full((100, 100), 120, np.uint8)
    b = a.copy()
    b[50, 60] = 255
    (region,) = compare_images(a, b).regions
    assert region.box == (57, 47, 64, 54)
    assert region.area == 49
    assert compare_images(a, b, stills=Stills(min_area=50)).regions == ()


def test_changes_close_together_are_one_region():
    a = np.full((300, 600), 120, np.uint8)
    b = a.copy()
    for x in (100, 114, 128, 300):
        b[100:108, x : x + 6] = 255
    assert [region.x for region in compare_images(a, b).regions] == [97, 297]


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("side", [20, 7, 33, 500])
def test_blocks_score_as_if_they_were_cut_out(small_bands, side, color):
    a, b = colours((65, 90)), colours((65, 90), seed=1)
    grid = compare_images(a, b, stills=Stills(grid=side, color=color)).grid
    if not color:
        a, b = (np.asarray(Image.fromarray(image).convert("L")) for image in (a, b))
    assert grid.mse.shape == grid.ssim.shape == (-(-65 // side), -(-90 // side))
    for (row, column), mse in np.ndenumerate(grid.mse):
        place = np.s_[side * row : side * (row + 1), side * column : side * (column + 1)]
        assert mse == pytest.approx(skimage.mean_squared_error(a[place], b[place]))
        if min(a[place].shape[:2]) < 7:
            assert math.isnan(grid.ssim[row, column])
            continue
        expected = skimage.structural_similarity(
            a[place], b[place], data_range=255, channel_axis=-1 if color else None
        )
        assert grid.ssim[row, column] == pytest.approx(expected, abs=1e-9)


def test_what_is_ignored_never_influences_a_score(small_bands):
    a = scene((120, 160))
    b = with_grain(a, 3)
    spoilt = b.copy()
    spoilt[30:70, 40:90] = 255 - spoilt[30:70, 40:90]
    options = {"areas": Areas(ignore="40,30,50,40"), "stills": Stills(grid=20)}
    plain, ignored = (compare_images(a, image, **options) for image in (b, spoilt))
    for name in ("mse", "psnr", "ssim", "nrmse", "percent_similar", "regions", "local_ssim"):
        assert getattr(plain, name) == getattr(ignored, name)
    for name in ("mse", "ssim"):
        assert np.array_equal(
            getattr(plain.grid, name), getattr(ignored.grid, name), equal_nan=True
        )
    assert math.isnan(ignored.grid.mse[2, 3])
    assert compare_images(a, spoilt).ssim < ignored.ssim - 0.05


def test_a_region_of_interest_scores_as_if_it_were_cut_out(small_bands):
    a, b = scene((120, 160)), scene((120, 160), seed=1)
    inside = compare_images(a, b, areas=Areas(roi="20,10,60,50"))
    cut = compare_images(a[10:60, 20:80], b[10:60, 20:80])
    assert inside.ssim == pytest.approx(cut.ssim, abs=1e-9)
    assert inside.mse == pytest.approx(cut.mse)
    assert inside.nrmse == pytest.approx(cut.nrmse)
    assert inside.percent_similar == pytest.approx(cut.percent_similar)


def test_a_mask_counts_where_it_is_white(tmp_path):
    a, b = scene((60, 80)), scene((60, 80), seed=1)
    mask = np.zeros((60, 80), np.uint8)
    mask[10:40, 20:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    masked = compare_images(a, b, areas=Areas(mask=tmp_path / "mask.png"))
    assert masked.mse == compare_images(a, b, areas=Areas(roi="20,10,40,30")).mse


def test_an_area_in_which_no_window_fits_is_refused():
    image = scene((60, 80))
    with pytest.raises(UsageError, match=r"nowhere as large as a window of SSIM, 7x7 pixels"):
        compare_images(image, image, areas=Areas(roi="10,10,6,40"))


def test_other_sizes_are_refused_or_scaled():
    a = scene((120, 160))
    b = np.asarray(Image.fromarray(a).resize((80, 60), Image.Resampling.LANCZOS))
    with pytest.raises(UsageError, match=r"a is 160x120, b is 80x60; --resize"):
        compare_images(a, b)
    result = compare_images(a, b, stills=Stills(resize=True))
    assert (result.width, result.height) == (160, 120)
    assert result.notes == ("b is scaled from 80x60 to 160x120",)
    expected = np.asarray(Image.fromarray(b).resize((160, 120), Image.Resampling.LANCZOS))
    assert result.mse == pytest.approx(skimage.mean_squared_error(a, expected))
    (note,) = compare_images(a, b[:40], stills=Stills(resize=True)).notes
    assert note.endswith("which stretches it")


def test_deep_images_are_scaled_at_their_depth():
    a = plane("smooth", (120, 160), levels=65536)
    half = a[::2, ::2]
    deep = compare_images(half, a, stills=Stills(resize=True))
    shallow = compare_images(
        (half >> 8).astype(np.uint8), (a >> 8).astype(np.uint8), stills=Stills(resize=True)
    )
    assert deep.depth == 16
    assert deep.psnr == pytest.approx(shallow.psnr, abs=3)
    levels = np.unique(still.scaled(a, (80, 60)) % 256)
    assert len(levels) > 200


def test_8_and_16_bits_are_compared_as_16():
    a = scene((40, 50))
    result = compare_images(a, a.astype(np.uint16) * 257)
    assert result.depth == 16
    assert result.identical
    assert "compared as 16" in result.notes[0]


def test_a_grey_image_is_compared_with_each_colour():
    grey, coloured = scene((40, 50)), colours((40, 50), seed=4)
    result = compare_images(grey, coloured, stills=Stills(color=True))
    assert result.channels["blue"].mse == pytest.approx(
        skimage.mean_squared_error(grey, coloured[..., 2])
    )
    both = compare_images(grey, grey, stills=Stills(color=True))
    assert list(both.channels) == ["grey"]


def test_brightness_is_that_of_pillow():
    pixels = np.random.default_rng(2).integers(0, 256, (300, 400, 3), np.uint8)
    assert np.array_equal(still.brightness(pixels), Image.fromarray(pixels).convert("L"))


def test_colours_of_one_brightness_are_told():
    a = np.full((20, 20, 3), (10, 0, 0), np.uint8)
    b = np.full((20, 20, 3), (0, 5, 0), np.uint8)
    assert np.array_equal(still.brightness(a), still.brightness(b))
    result = compare_images(a, b)
    assert result.identical
    assert "--color compares them" in result.notes[0]
    assert compare_images(a, a.copy()).notes == ()
    assert not compare_images(a, b, stills=Stills(color=True)).identical


@pytest.mark.parametrize("background, expected", [("black", 100), ("white", 227), ("#ff0000", 138)])
def test_transparency_is_laid_over_a_colour(background, expected):
    pixels = np.full((20, 20, 4), 200, np.uint8)
    pixels[..., 3] = 128
    opaque = np.full((20, 20), 0, np.uint8)
    result = compare_images(pixels, opaque, stills=Stills(background=background))
    assert math.sqrt(result.mse) == pytest.approx(expected, abs=1)
    deep = compare_images(
        pixels.astype(np.uint16) * 257, opaque, stills=Stills(background=background)
    )
    assert math.sqrt(deep.mse) / 257 == pytest.approx(expected, abs=1)


def test_transparency_of_grey_images_takes_the_background_too():
    pixels = np.zeros((20, 20, 2), np.uint8)
    black = np.zeros((20, 20, 3), np.uint8)
    result = compare_images(pixels, black, stills=Stills(background="lime", color=True))
    assert [scores.mse for scores in result.channels.values()] == [0, 255**2, 0]
    assert math.sqrt(compare_images(pixels, black).mse) == 255


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((20, 20), np.float64),
        np.zeros((20, 20), bool),
        np.zeros((20, 20, 5), np.uint8),
        np.zeros((0, 20), np.uint8),
        np.zeros(20, np.uint8),
    ],
    ids=lambda array: f"{array.shape} {array.dtype}",
)
def test_arrays_that_are_no_images_are_refused(array):
    with pytest.raises(UsageError, match="allowed are uint8 and uint16 in the shape"):
        compare_images(np.zeros((20, 20), np.uint8), array)


def test_images_smaller_than_a_window_are_refused():
    tiny = np.zeros((6, 40), np.uint8)
    with pytest.raises(UsageError, match=r"40x6: SSIM with --kernel uniform7 needs at least 7x7"):
        compare_images(tiny, tiny)
    with pytest.raises(UsageError, match="11x11"):
        compare_images(tiny.T, tiny.T, stills=Stills(kernel="gaussian"))


def test_gates_name_the_scores_below_their_limits():
    a = scene((60, 80))
    b = with_grain(a, 6)
    result = compare_images(a, b, stills=Stills(fail_under=["ssim=0.99", "psnr=10"]))
    (line,) = result.failed
    assert line.startswith(f"ssim is {result.ssim:.10g}, below the 0.99")
    both = Stills(fail_under=["ssim=0.99", "ssim=-1"])  # the last one given is not the only one
    assert compare_images(a, b, stills=both).failed == result.failed
    assert compare_images(a, a, stills=Stills(fail_under="psnr=inf")).failed == ()
    assert compare_images(a, b, stills=Stills(fail_under="percent_similar=100")).failed


@pytest.mark.parametrize(
    "gate, says",
    [
        ("ssim", "ssim, psnr, percent_similar with a limit"),
        ("vmaf=3", "ssim, psnr, percent_similar with a limit"),
        ("mse=3", "mse is better when lower; use psnr"),
        ("ssim=high", "'high' is no number"),
        ("ssim=95", "ssim lies between -1 and 1"),
        ("ssim=nan", "ssim lies between -1 and 1"),
    ],
)
def test_gates_that_make_no_sense_are_refused(gate, says):
    with pytest.raises(UsageError, match=says):
        Stills(fail_under=gate)


@pytest.mark.parametrize(
    "options, says",
    [
        ({"grid": 6}, "--grid is 6, allowed are whole numbers from 7"),
        ({"grid": 10, "kernel": "gaussian"}, "--grid is 10, allowed are whole numbers from 11"),
        ({"kernel": "block8"}, "--kernel is 'block8', allowed are uniform7, gaussian"),
        ({"min_ssim": 1.5}, "--min-ssim is 1.5"),
        ({"duplicates": -2}, "--duplicates is -2"),
        ({"min_area": -1}, "--min-area is -1"),
        ({"max_pixels": 0}, "--max-pixels is 0"),
    ],
)
def test_options_out_of_range_are_refused(options, says):
    with pytest.raises(UsageError, match=says):
        Stills(**options)


def test_a_comparison_can_be_stopped(small_bands):
    image = scene((60, 80))
    asked = iter([False, False, *[True] * 99])
    with pytest.raises(Stopped, match="nothing was written"):
        compare_images(image, image, should_stop=lambda: next(asked))
