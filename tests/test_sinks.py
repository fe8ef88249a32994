"""The condensed video: its pictures, times and tags, in every codec and container."""

from fractions import Fraction
from importlib import import_module
from typing import get_args

import av
import numpy as np
import pytest
from conftest import SIZE, Shown, code_of, kept, rewrite, table, write_clip

from vidsum import OutputError, Thresholds, UsageError, Writing, condense
from vidsum.options import Codec
from vidsum.video.codecs import ENCODERS, check_encoder

pytestmark = pytest.mark.usefixtures("plain_rule")

CODES = [0, 0, 1, 1, 1, 2, 3, 3, 4, 4, 5, 5]
KEPT = [0, 2, 5, 6, 8, 10]
TIMES = [0, 40, 90, 130, 170, 1000, 1041, 1082, 2000, 2040, 2500, 2540]

PAIRS = [
    ("mp4v", ".mp4"),
    ("mp4v", ".mkv"),
    ("mp4v", ".avi"),
    ("mp4v", ".mov"),
    ("mjpg", ".mp4"),
    ("mjpg", ".avi"),
    ("mjpg", ".mov"),
    ("xvid", ".avi"),
    ("xvid", ".mp4"),
    ("ffv1", ".mkv"),
    ("ffv1", ".mp4"),
    ("ffv1", ".avi"),
    ("h264", ".mp4"),
    ("h264", ".mkv"),
    ("h264", ".mov"),
    ("hevc", ".mp4"),
    ("hevc", ".mkv"),
    ("av1", ".mp4"),
    ("av1", ".webm"),
    ("av1", ".mkv"),
]
FFMPEG_NAMES = {"mp4v": "mpeg4", "xvid": "mpeg4", "mjpg": "mjpeg"}


def need(codec: str) -> None:
    """Skip the test on machines that have no encoder for `codec`."""
    try:
        check_encoder(codec)
    except OutputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("source") / "x.mkv", CODES, times=TIMES)


def run(source, output, **writing):
    thresholds = writing.pop("thresholds", None)
    condense(source, thresholds=thresholds, writing=Writing(output=output, **writing))
    return Shown(output)


@pytest.mark.parametrize(("codec", "ending"), PAIRS)
def test_every_codec_shows_the_kept_pictures_at_an_even_rate(tmp_path, source, codec, ending):
    need(codec)
    output = tmp_path / f"out{ending}"
    video = run(source, output, codec=codec)
    rows = table(tmp_path / "out.csv")
    assert kept(rows) == KEPT
    assert video.codes == [CODES[number] for number in KEPT]
    assert video.size == SIZE
    assert video.decoder.removeprefix("lib").startswith(
        FFMPEG_NAMES.get(codec, "dav1d" if codec == "av1" else codec)
    )
    tolerance = Fraction(1, 1000) if ending in (".mkv", ".webm") else 0
    for index, time in enumerate(video.times):
        assert abs(time - video.times[0] - Fraction(index, 25)) <= tolerance
    assert {path.name for path in tmp_path.iterdir()} == {output.name, "out.csv"}
    original = Shown(source)
    for luma, number in zip(video.lumas, KEPT, strict=True):
        assert np.abs(luma - original.lumas[number]).mean() < 3


def test_ffv1_keeps_the_samples(tmp_path, source):
    need("ffv1")
    video = run(source, tmp_path / "out.mkv", codec="ffv1")
    original = Shown(source)
    for luma, number in zip(video.lumas, KEPT, strict=True):
        assert np.abs(luma - original.lumas[number]).max() <= 2


def tag(matrix: int):
    def prepare(stream):
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = matrix

    return prepare


@pytest.mark.parametrize("codec", get_args(Codec))
@pytest.mark.parametrize("matrix", [1, 6], ids=["bt709", "bt601"])
def test_colours_look_the_same(tmp_path, codec, matrix):
    need(codec)
    source = write_clip(tmp_path / "x.mp4", CODES, prepare=tag(matrix))
    before, after = (
        video.frames[0].to_ndarray(format="rgb24")[SIZE[1] // 2 :].mean((0, 1))
        for video in (Shown(source), run(source, tmp_path / "out.mkv", codec=codec))
    )
    assert np.abs(before - after).max() < 3


@pytest.mark.parametrize("codec", ["mp4v", "xvid", "h264", "hevc", "av1"])
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_colour_tags_are_carried_over(tmp_path, codec, ending):
    need(codec)
    source = write_clip(tmp_path / "x.mp4", CODES, prepare=tag(1))
    first = run(source, tmp_path / f"out{ending}", codec=codec).frames[0]
    assert (first.colorspace, first.color_primaries, first.color_trc) == (1, 1, 1)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(25, 2), Fraction(60), 120])
@pytest.mark.parametrize("codec", ["mp4v", "h264"])
def test_even_times_are_the_index_over_the_rate_exactly(tmp_path, codec, rate):
    need(codec)
    source = write_clip(tmp_path / "x.mp4", CODES, rate=rate)
    video = run(source, tmp_path / "out.mp4", codec=codec)
    assert video.times == [index / Fraction(rate) for index in range(len(KEPT))]
    assert video.rate == rate
    assert video.duration == len(KEPT) / Fraction(rate)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("first", [0, 1_746_057_600_000], ids=["0", "since 1970"])
def test_source_times_are_those_of_the_kept_frames_from_the_first_on(tmp_path, ending, first):
    times = [first + time for time in TIMES]
    source = write_clip(tmp_path / "x.mkv", CODES, times=times)
    subtitles = tmp_path / "out.vtt"
    video = run(source, tmp_path / f"out{ending}", timing="source", subtitles=subtitles)
    assert video.times == [Fraction(TIMES[number], 1000) for number in KEPT]
    rows = [row for row in table(tmp_path / "out.csv") if row["kept"] == "1"]
    told = [Fraction(row["time"]) - Fraction(first, 1000) for row in rows]
    assert told == video.times
    assert subtitles.read_text().startswith(
        f"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n{first // 3_600_000:02}:00:00\n"
    )


def test_speedup_shows_an_event_whole_whatever_its_frame_rate(tmp_path):
    """Two changes sixty frames apart are one event: at 29.97, 1.001 s lie between them and it."""
    codes = [1] * 60 + [5] * 60 + [9] * 40
    source = write_clip(tmp_path / "x.mp4", codes, rate=Fraction(30000, 1001))
    run(source, tmp_path / "out.mp4", timing="speedup")
    assert {*range(60, 121)} <= {*kept(table(tmp_path / "out.csv"))}


def test_speedup_refuses_a_merge_gap_that_no_padding_spans(clip, vidsum):
    run = vidsum("condense", clip, "--timing", "speedup", "--merge-gap", "61")
    (line,) = run.lines
    assert (run.code, "--merge-gap is 61, allowed with --timing speedup" in line) == (2, True)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_source_times_before_zero_begin_at_zero(tmp_path, ending):
    def earlier(index, packet):
        packet.pts, packet.dts = packet.pts - 1050, packet.dts - 1050

    source = write_clip(tmp_path / "x.mkv", range(40), codec="mpeg4")
    source = rewrite(source, tmp_path / "y.mkv", earlier, {"avoid_negative_ts": "disabled"})
    video = run(source, tmp_path / f"out{ending}", timing="source")
    assert table(tmp_path / "out.csv")[0]["time"] == "-1.050000"
    assert video.times == [Fraction(number, 25) for number in range(40)]


def test_a_rate_of_a_frame_in_weeks_fits_into_an_mp4(tmp_path):
    """A damaged AVI has such rates."""
    rate = Fraction(12, 16_777_217)
    jpeg = {"codec": "mjpeg", "pixel_format": "yuvj420p"}
    source = write_clip(tmp_path / "x.avi", range(3), rate=rate, **jpeg)
    video = run(source, tmp_path / "out.mp4", timing="source", codec="h264")
    assert [time * rate for time in video.times] == [0, 1, 2]


@pytest.mark.parametrize(
    ("ending", "days", "tolerance"), [(".mp4", 10, 0), (".mkv", 30, 0), (".mp4", 30, 0.5)]
)
def test_a_picture_may_be_shown_for_longer_than_mp4_counts(tmp_path, ending, days, tolerance):
    later = days * 24 * 3600 * 1000
    times = [*(40 * number for number in range(6)), *(later + 40 * n for n in range(6))]
    source = write_clip(tmp_path / "x.mkv", [1] * 6 + [0, 1] * 3, times=times)
    video = run(source, tmp_path / f"out{ending}", timing="source")
    expected = [Fraction(time, 1000) for time in (0, *times[6:])]
    assert len(video.times) == len(expected)
    for time, right in zip(video.times, expected, strict=True):
        assert abs(time - right) <= tolerance


@pytest.mark.parametrize("codec", ["mp4v", "h264"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_sources_come_out_upright(tmp_path, codec, rotation):
    need(codec)
    source = write_clip(
        tmp_path / "x.mp4",
        CODES,
        turned=-rotation // 90,
        prepare=lambda stream: rotation and stream.set_display_rotation(rotation),
    )
    video = run(source, tmp_path / "out.mp4", codec=codec, all_scores=True)
    assert video.codes == [CODES[number] for number in KEPT]
    assert video.size == SIZE
    assert video.frames[0].rotation == 0
    # Code 1 differs from 0 in the leftmost block at the top alone, 2 from 1 in the two leftmost.
    row = table(tmp_path / "out.csv")[2]
    assert int(row["x"]) < 40
    assert int(row["y"]) < 60


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize(
    ("codec", "ending"),
    [("mp4v", ".mp4"), ("ffv1", ".mp4"), ("h264", ".mov"), ("h264", ".mkv"), ("hevc", ".mkv")],
)
def test_the_sample_aspect_ratio_is_kept(tmp_path, codec, ending, rotation):
    need(codec)

    def prepare(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        if rotation:
            stream.set_display_rotation(rotation)

    source = write_clip(tmp_path / "x.mp4", CODES, prepare=prepare)
    video = run(source, tmp_path / f"out{ending}", codec=codec)
    assert video.aspect == (Fraction(3, 4) if rotation else Fraction(4, 3))


@pytest.mark.parametrize("codec", ["mp4v", "ffv1", "h264", "hevc", "av1"])
@pytest.mark.parametrize("size", [(161, 121), (1, 1)])
def test_odd_sizes_are_padded_to_even_ones(tmp_path, codec, size):
    need(codec)
    if codec in ("hevc", "av1") and size == (1, 1):
        pytest.skip("the encoder has a smallest size")
    source = write_clip(tmp_path / "x.mkv", [3] * 3, size=size, codec="ffv1", pixel_format="gray")
    video = run(source, tmp_path / "out.mkv", codec=codec)
    assert video.size == tuple(side + side % 2 for side in size)
    if size != (1, 1):
        assert code_of(video.lumas[0][: size[1], : size[0]]) == 3


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_a_size_that_the_encoder_does_not_take_is_told_in_one_line(tmp_path, capfd, codec):
    need(codec)
    source = write_clip(tmp_path / "x.mkv", [3], size=(1, 1), codec="ffv1", pixel_format="gray")
    capfd.readouterr()
    with pytest.raises(
        OutputError, match=r"out.mkv: .* no pictures of 2x2 .*--codec ffv1"
    ) as error:
        run(source, tmp_path / "out.mkv", codec=codec)
    assert error.value.exit_code == 4
    assert capfd.readouterr().err == ""
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    "pixel_format",
    ["yuv420p10le", "yuv444p", "yuvj420p", "gray", "gray16le", "bgr0", "gbrp10le", "yuva420p"],
)
@pytest.mark.parametrize("codec", ["mp4v", "h264"])
def test_every_pixel_format_looks_the_same(tmp_path, codec, pixel_format):
    need(codec)
    source = write_clip(
        tmp_path / "x.mkv",
        CODES,
        codec="mjpeg" if pixel_format == "yuvj420p" else "ffv1",
        pixel_format=pixel_format,
    )
    video = run(source, tmp_path / "out.mp4", codec=codec)
    assert video.codes == [CODES[number] for number in KEPT]
    assert np.abs(video.lumas[0] - Shown(source).lumas[0]).mean() < 3


@pytest.mark.parametrize("codec", ENCODERS)
def test_a_higher_crf_makes_a_smaller_file(tmp_path, source, codec):
    need(codec)
    sizes = []
    for crf in (10, 50):
        output = tmp_path / f"{crf}.mkv"
        run(source, output, codec=codec, crf=crf)
        sizes.append(output.stat().st_size)
    assert sizes[1] < 0.9 * sizes[0]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("ffv1", "out.mov"),
        ("h264", "out.avi"),
        ("hevc", "out.avi"),
        ("av1", "out.avi"),
        ("av1", "out.mov"),
        ("mp4v", "out.webm"),
        ("h264", "out.webm"),
        ("mp4v", "out.gif"),
        ("mp4v", "out"),
    ],
)
def test_a_container_that_does_not_hold_the_codec_is_refused(tmp_path, source, codec, name):
    with pytest.raises(UsageError, match=rf"{name}.*needs a name ending in .*\.mp4"):
        run(source, tmp_path / name, codec=codec)
    assert not list(tmp_path.iterdir())


def test_a_missing_encoder_is_told_before_decoding_with_those_that_work(
    tmp_path, source, monkeypatch
):
    monkeypatch.setitem(ENCODERS, "hevc", ("libnothing",))
    monkeypatch.setattr(import_module("vidsum.jobs.condensing.condense"), "Recording", None)
    with pytest.raises(OutputError, match=r"--codec hevc.*those that work here: .*mp4v"):
        run(source, tmp_path / "out.mp4", codec="hevc")
    assert not list(tmp_path.iterdir())


def test_the_final_mp4_has_its_index_in_front(tmp_path, source):
    run(source, tmp_path / "out.mp4")
    content = (tmp_path / "out.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_long_outputs_can_be_sought(tmp_path):
    """A keyframe comes every two seconds, so that players can jump."""
    codes = [number % 256 for number in range(101)]
    source = write_clip(tmp_path / "x.mp4", codes)
    output = tmp_path / "out.mp4"
    run(source, output, codec="h264", thresholds=Thresholds(heartbeat=0.04))
    with av.open(output) as video:
        packets = [packet for packet in video.demux(video=0) if packet.size]
    keyframes = [float(packet.pts * packet.time_base) for packet in packets if packet.is_keyframe]
    assert keyframes[:3] == [0, 2, 4]
