"""The plot of scores: what it shows of many pairs, and the files it makes."""

import os
from fractions import Fraction

import numpy as np
import pytest
from conftest import write_clip

from vidsum import ComparisonFiles, compare
from vidsum.errors import OutputError, UsageError
from vidsum.quality.gates import parse_gate
from vidsum.quality.pooling import Pool
from vidsum.report.axes import check_plot_name
from vidsum.report.curve import curve_of
from vidsum.report.plot import scores_plot

HEADS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def plot(target, scores, *, rate=25, times=None, force=False, **options):
    count = len(next(iter(scores.values())))
    times = times or [Fraction(index, rate) for index in range(count)]
    pool = Pool(peak=255)
    for index, time in enumerate(times):
        pool.add(time, {name: values[index] for name, values in scores.items()})
    pooled = pool.pooled()
    options = {"title": "b.mp4 against a.mp4", **options}
    scores_plot(target, times=times, scores=scores, pooled=pooled, force=force, **options)
    return pooled


def words(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_of_hours_every_column_shows_its_lowest_score():
    times = np.arange(200_000) / 25
    scores = np.full(times.size, 0.97)
    scores[123_456] = 0.1
    curve = curve_of(times, scores)
    assert curve.times.size < 2000
    assert np.nanmin(curve.lowest) == 0.1
    assert abs(curve.times[np.nanargmin(curve.lowest)] - times[123_456]) < 5
    assert np.nanmin(curve.mean) > 0.9
    assert (curve.mean >= curve.lowest - 1e-9).all()


def test_few_scores_are_shown_as_they_are():
    times, scores = np.arange(50) / 25, np.linspace(0, 1, 50)
    curve = curve_of(times, scores)
    assert np.array_equal(curve.times, times)
    assert np.array_equal(curve.lowest, scores)
    assert curve.mean is None


@pytest.mark.parametrize("count", [500, 50_000])
def test_infinite_scores_and_missing_pairs_are_gaps(count):
    times = np.arange(count, dtype=float)
    scores = np.full(count, 40.0)
    scores[count // 4 : count // 2] = np.inf
    missing = (times >= 0.7 * count) & (times < 0.9 * count)
    curve = curve_of(times[~missing], scores[~missing])
    nothing = curve.times[np.isnan(curve.lowest)]
    assert ((nothing > 0.24 * count) & (nothing < 0.51 * count)).sum() > count / 5000
    assert ((nothing > 0.69 * count) & (nothing < 0.91 * count)).any()
    assert np.isfinite(curve.lowest[curve.times < 0.24 * count]).all()


@pytest.mark.parametrize("suffix", HEADS)
def test_files_are_what_their_names_say_and_appear_whole(tmp_path, suffix):
    target = tmp_path / f"scores{suffix}"
    plot(target, {"ssim": [0.9, 0.8, 0.95], "psnr": [30.0, np.inf, 31.0]})
    assert target.read_bytes().startswith(HEADS[suffix])
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(OutputError, match="appeared meanwhile"):
        plot(target, {"ssim": [0.9]})
    plot(target, {"ssim": [0.9]}, force=True)


def test_it_tells_means_worst_seconds_limits_and_identical_pairs(tmp_path, figures):
    ssim = [1.0] * 100
    ssim[50:75] = [0.6] * 25
    psnr = [np.inf] * 50 + [30.0] * 50
    gates = [parse_gate("ssim=0.95"), parse_gate("psnr.p5=32"), parse_gate("ssim_y=0.9")]
    plot(tmp_path / "x.png", {"ssim": ssim, "psnr": psnr}, gates=gates)
    above, below, *rest = figures[0].axes
    assert not rest
    assert words(above) == ["ssim: mean 0.9", "worst second: 0.6 at 0:00:02", "limit ssim=0.95"]
    assert "identical, infinite: 50 of 100 pairs" in words(below)
    assert "limit psnr.p5=32" in words(below)
    assert above.get_ylim()[1] < 1.05


def test_the_score_of_all_planes_stands_out(tmp_path, figures):
    scores = {"ssim_y": [0.9] * 60, "ssim_u": [0.8] * 60, "ssim": [0.7] * 60, "mse": [3.0] * 60}
    plot(tmp_path / "x.png", scores)
    (axes,) = figures[0].axes
    assert words(axes)[0] == "ssim: mean 0.7"
    widths = {
        line.get_label().split(":")[0]: line.get_linewidth()
        for line in axes.lines
        if line.get_label().startswith("ssim")
    }
    assert widths["ssim"] > widths["ssim_y"] == widths["ssim_u"]


def test_frames_without_a_partner_have_a_row_for_each_reason(tmp_path, figures):
    marks = {"dropped": [0.5, 0.54], "repeated": [], "inserted": [Fraction(1)]}
    plot(tmp_path / "x.png", {"ssim": [0.9] * 50, "vmaf": [90.0] * 50}, marks=marks)
    strip = figures[0].axes[-1]
    assert [text.get_text() for text in strip.get_yticklabels()] == ["dropped: 2", "inserted: 1"]
    strokes = [[segment[0][0] for segment in lines.get_segments()] for lines in strip.collections]
    assert strokes == [[0.5, 0.54], [1.0]]
    assert len(figures[0].axes) == 3


@pytest.mark.parametrize("count", [1, 2, 3, 5000])
@pytest.mark.parametrize("psnr", [30.0, np.inf])
def test_short_long_and_identical_videos_can_be_drawn(tmp_path, count, psnr):
    name = "$x_1$ \u202e日本\ud800.mp4".encode("utf-8", "replace").decode()
    plot(tmp_path / "x.png", {"ssim": [1.0] * count, "psnr": [psnr] * count}, title=name * 20)


def test_the_plot_of_a_comparison_is_called_by_both_videos_whatever_its_own_name(tmp_path, figures):
    one, other = (write_clip(tmp_path / name, [9, 8], codec="ffv1") for name in ("a.mkv", "b.mkv"))
    target = tmp_path / os.fsdecode(b"p\xff.svg")
    compare(one, other, files=ComparisonFiles(no_scores=True, plot=target))
    assert figures[0].get_suptitle() == "b.mkv against a.mkv"
    assert target.read_bytes().startswith(HEADS[".svg"])


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.pngg"])
def test_other_endings_are_refused(tmp_path, name):
    for refused in (
        lambda: check_plot_name(tmp_path / name),
        lambda: plot(tmp_path / name, {"ssim": [1.0]}),
    ):
        with pytest.raises(UsageError, match=r"--plot .* end in \.png, \.svg, \.pdf"):
            refused()
