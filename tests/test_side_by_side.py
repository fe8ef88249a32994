"""The side-by-side video, read back by PyAV."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from conftest import Shown
from test_panels import grey, subject

from vidsum.errors import OutputError, UsageError
from vidsum.video import side_by_side
from vidsum.video.panels import GAP, Moment
from vidsum.video.side_by_side import SideBySide, check_video_name

SIZE = (640, 360)
ABOUT = subject(*SIZE, pixel_format="gray", full=True)


def moment(number, time, a, b, **scores):
    return Moment(
        number=number,
        time=time,
        distorted_number=number,
        distorted_time=time,
        planes=(a, b),
        scores={"ssim": 0.9, "psnr_y": np.inf, **scores},
        place=(20, 20),
    )


def written(target, moments, about=ABOUT):
    with SideBySide(target, about) as video:
        for each in moments:
            video.write(each)
        video.complete()
        assert not target.exists()
        video.publish(force=False)
    return Shown(target)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_every_pair_is_shown_at_the_time_of_the_reference(tmp_path, monkeypatch, suffix, codec):
    if codec == "mpeg4":
        monkeypatch.setattr(side_by_side, "find_encoder", lambda codec: None)
    times = [Fraction(k, 25) for k in (0, 1, 2, 5, 6)]
    levels = [40, 80, 120, 160, 200]
    moments = [
        moment(index, time, grey(*SIZE, level), grey(*SIZE, level + 30))
        for index, (time, level) in enumerate(zip(times, levels, strict=True))
    ]
    video = written(tmp_path / f"side{suffix}", moments)
    assert video.decoder == codec
    assert [time - video.times[0] for time in video.times] == times
    assert video.size[0] <= 1920
    assert not video.size[0] % 2 and not video.size[1] % 2
    width, height = 624, 351
    for frame, level in zip(video.frames, levels, strict=True):
        shown = frame.to_ndarray(format="rgb24").astype(int)
        row = shown[GAP + 60 + height // 2]
        one, other = (row[GAP + k * (width + GAP) + width // 2] for k in range(2))
        assert np.abs(one - level).max() <= 8
        assert np.abs(other - level - 30).max() <= 8
    assert [path.name for path in tmp_path.iterdir()] == [f"side{suffix}"]


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("size", [(176, 144), (31, 57), (1081, 611), (555, 300)], ids=str)
def test_sizes_are_even_and_fit_a_screen(tmp_path, size, rotation):
    about = subject(*size, pixel_format="gray", rotation=rotation)
    pair = moment(0, Fraction(0), grey(*size), grey(*size))
    video = written(tmp_path / "side.mp4", [pair, pair], about)
    assert video.size[0] <= 1920
    assert video.size[1] <= 1080
    assert len(video.frames) == 2


def test_scores_and_the_curve_run_with_the_video():
    canvas = side_by_side._Canvas(ABOUT)
    still = grey(*SIZE), grey(*SIZE)
    first = canvas.draw(moment(0, Fraction(0), *still, ssim=1.0))
    second = canvas.draw(moment(1, Fraction(5), *still, ssim=0.2, psnr_y=30.0))
    later = canvas.draw(moment(2, Fraction(20), *still, ssim=1.0))
    strip = np.s_[canvas._strip :, canvas._lefts[2] :]

    def curve(picture):
        amber = np.abs(picture[strip].astype(int) - side_by_side.AMBER).max(2) < 30
        rows, columns = np.nonzero(amber)
        return np.ptp(rows), np.ptp(columns), rows.mean()

    assert curve(first)[0] < 12
    assert curve(second)[0] > 60  # it falls from 1 to 0.2
    assert curve(second)[1] > 250  # over half of its ten seconds
    assert curve(later)[:2] == curve(first)[:2]  # what is longer ago has gone
    assert canvas._scores["ssim"].lowest == 0.2
    assert canvas._scores["ssim"].mean == pytest.approx(2.2 / 3)
    assert canvas._scores["psnr_y"].mean == 30


def test_scores_that_were_not_computed_are_not_shown(tmp_path):
    pair = moment(0, Fraction(0), grey(*SIZE), grey(*SIZE))
    pair = dataclasses.replace(pair, scores={"ssim": 0.5})
    assert len(written(tmp_path / "side.mp4", [pair]).frames) == 1


@pytest.mark.parametrize("name", ["x.avi", "x.webm", "x.gif", "x"])
def test_other_containers_are_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"ending in \.mp4"):
        check_video_name(tmp_path / name)
    with pytest.raises(UsageError, match=r"ending in \.mp4"):
        SideBySide(tmp_path / name, ABOUT)


def test_a_folder_that_is_gone_is_an_error(tmp_path):
    pair = moment(0, Fraction(0), grey(*SIZE), grey(*SIZE))
    with pytest.raises(OutputError, match=r"none/x\.mp4: cannot be written"):
        written(tmp_path / "none" / "x.mp4", [pair])


def test_what_was_written_before_an_error_is_kept(tmp_path):
    pair = moment(0, Fraction(0), grey(*SIZE), grey(*SIZE))
    with pytest.raises(KeyError), SideBySide(tmp_path / "x.mp4", ABOUT) as video:
        video.write(pair)
        raise KeyError
    assert [path.suffixes[-2:] for path in tmp_path.iterdir()] == [[".part", ".mkv"]]
    assert len(Shown(video.part).frames) == 1
