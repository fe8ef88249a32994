"""Frames, numbers and times that a recording yields, whatever the container does."""

import os
import shutil
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from conftest import SIZE, Shown, code_of, coded, picture, rewrite, seen, write_clip

import vidsum.video.decode
from vidsum import InputError, Reading, UsageError
from vidsum.cli import main
from vidsum.jobs.condensing.beginning import beginning
from vidsum.video import Recording

pytestmark = pytest.mark.usefixtures("plain_rule")

TEN = list(range(10))
EVEN = [Fraction(number, 25) for number in TEN]
INTRA = {"g": "1", "preset": "ultrafast"}


def milliseconds(*times: int) -> list[Fraction]:
    return [Fraction(time, 1000) for time in times]


def since_first(times: list[Fraction]) -> list[Fraction]:
    return [time - times[0] for time in times]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("x.mp4", "libx264"),
        ("x.mov", "libx264"),
        ("x.mkv", "libx264"),
        ("x.ts", "libx264"),
        ("x.avi", "libx264"),
        ("x.avi", "mpeg4"),
        ("x.nut", "ffv1"),
        ("x.webm", "libvpx-vp9"),
        ("x.mpg", "mpeg2video"),
        ("x.flv", "libx264"),
    ],
)
def test_constant_rate_yields_every_frame_in_order_at_its_time(tmp_path, name, codec):
    found = seen(write_clip(tmp_path / name, TEN, codec=codec, options={"bf": "2"}))
    assert found.codes == found.numbers == TEN
    assert since_first(found.times) == EVEN
    assert found.recording.fault_lines == ()


@pytest.mark.parametrize("name", ["x.mp4", "x.mov", "x.mkv"])
@pytest.mark.parametrize("first", [0, 5000])
def test_variable_rate_keeps_the_times_of_the_file(tmp_path, name, first):
    times = [first + time for time in (0, 40, 41, 100, 1000, 1033, 2000, 2001, 2500, 2501)]
    found = seen(write_clip(tmp_path / name, TEN, times=times))
    assert found.codes == TEN
    assert found.times == milliseconds(*times)
    assert found.recording.fault_lines == ()


@pytest.mark.parametrize("name", ["x.h264", "x.mjpeg"])
def test_raw_streams_are_timed_by_the_rate(tmp_path, name):
    codec = {"x.h264": {}, "x.mjpeg": {"codec": "mjpeg", "pixel_format": "yuvj420p"}}[name]
    found = seen(write_clip(tmp_path / name, TEN, **codec))
    assert found.codes == found.numbers == TEN
    assert found.times == EVEN
    assert not found.recording.lost_input


def test_ntsc_rate_stays_an_exact_fraction(tmp_path):
    rate = Fraction(30000, 1001)
    times = [1001 * number for number in TEN]
    clip = write_clip(tmp_path / "x.mp4", TEN, rate=rate, times=times, unit=1 / Fraction(30000))
    found = seen(clip)
    assert found.times == [number / rate for number in TEN]
    assert found.recording.info.rate == rate


@pytest.mark.parametrize(
    ("damage", "repaired"),
    [
        ({4: 120}, 1),  # duplicate
        ({4: 100, 5: 110}, 2),  # backward, and still behind
        ({4: 60}, 1),
    ],
)
def test_times_that_step_back_are_repaired_and_counted(tmp_path, damage, repaired):
    clip = write_clip(tmp_path / "good.mkv", TEN, codec="ffv1")

    def change(index, packet):
        packet.pts = damage.get(index, packet.pts)
        packet.dts = index  # Matroska stores pts alone; the muxer insists that dts grow

    found = seen(rewrite(clip, tmp_path / "bad.mkv", change))
    assert found.codes == TEN
    assert all(
        earlier < later for earlier, later in zip(found.times, found.times[1:], strict=False)
    )
    (line,) = found.recording.fault_lines
    assert f"repaired {repaired} missing or backward timestamp" in line
    assert found.recording.lost_input
    undamaged = set(TEN) - damage.keys()
    assert all(found.times[index] == EVEN[index] for index in undamaged)


def test_a_clock_that_begins_again_goes_on(tmp_path):
    times = [1000 + 40 * number for number in range(75)]
    clip = write_clip(tmp_path / "good.mkv", [0] * 75, codec="ffv1", times=times)

    def change(index, packet):
        packet.pts, packet.dts = times[index] if index < 50 else times[index - 50], index

    found = seen(rewrite(clip, tmp_path / "bad.mkv", change))
    assert found.times == milliseconds(*times)
    assert "repaired 1 missing" in found.recording.fault_lines[0]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_is_told_and_places_are_upright(tmp_path, rotation):
    clip = write_clip(
        tmp_path / "x.mp4",
        [0b10110001],
        turned=-rotation // 90,
        prepare=lambda stream: rotation and stream.set_display_rotation(rotation),
    )
    with Recording([clip], Reading()) as recording:
        (frame,) = recording
    info = recording.info
    assert info.upright_size == SIZE
    upright = np.rot90(frame.luma, info.rotation // 90)
    assert code_of(upright) == 0b10110001
    height, width = frame.luma.shape
    for x, y in [(0, 0), (width - 1, 3), (5, height - 1)]:
        column, row = info.upright(x, y)
        assert upright[row, column] == frame.luma[y, x]


@pytest.mark.parametrize(
    ("pixel_format", "codec"),
    [
        ("yuv420p", "ffv1"),
        ("yuv422p", "ffv1"),
        ("yuv420p10le", "ffv1"),
        ("yuv444p16le", "ffv1"),
        ("yuvj420p", "mjpeg"),
        ("gray", "ffv1"),
        ("gray16le", "ffv1"),
        ("bgr0", "ffv1"),
        ("gbrp10le", "ffv1"),
        ("yuva420p", "ffv1"),
        ("rgba", "png"),
        ("yuyv422", "rawvideo"),
    ],
)
def test_every_pixel_format_shows_the_picture(tmp_path, pixel_format, codec):
    clip = write_clip(tmp_path / "x.nut", TEN, codec=codec, pixel_format=pixel_format)
    with Recording([clip], Reading()) as recording:
        lumas = [frame.luma.copy() for frame in recording]
    assert [code_of(luma) for luma in lumas] == TEN
    assert lumas[0].dtype == np.uint8
    if pixel_format.startswith(("yuv4", "yuva", "yuy")):  # stored luma, not a converted one
        assert np.abs(lumas[3].astype(int) - coded(3)).max() <= 1


@pytest.mark.parametrize("size", [(161, 121), (1, 1), (16, 1), (33, 7)])
def test_odd_and_tiny_sizes_are_read_whole(tmp_path, size):
    luma = np.arange(size[0] * size[1], dtype=np.uint8).reshape(size[::-1])
    with av.open(tmp_path / "x.mkv", "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "gray"
        file.mux(stream.encode(picture(luma, "gray")))
        file.mux(stream.encode(None))
    with Recording([tmp_path / "x.mkv"], Reading()) as recording:
        (frame,) = recording
        assert np.array_equal(frame.luma, luma)


def several_streams(path: Path, *codes: int, cover: int | None = None) -> Path:
    """Write one stream per code, and one disposed as a cover picture."""
    with av.open(path, "w") as file:
        streams = [file.add_stream("mjpeg", rate=25) for _ in codes]
        for number, stream in enumerate(streams):
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p"
            if number == cover:
                stream.disposition = Disposition.attached_pic
        for index in range(5):
            for number, (stream, code) in enumerate(zip(streams, codes, strict=True)):
                if number == cover and index:
                    continue
                frame = picture(coded(code), "yuvj420p")
                frame.pts, frame.time_base = index, Fraction(1, 25)
                file.mux(stream.encode(frame))
        for stream in streams:
            file.mux(stream.encode(None))
    return path


def test_stream_chooses_among_several(tmp_path):
    clip = several_streams(tmp_path / "x.mkv", 11, 22, 33)
    for number, code in enumerate((11, 22, 33)):
        assert seen(clip, stream=number).codes == [code] * 5
    with pytest.raises(UsageError, match=r"x\.mkv: --stream is 3, but it has 3 video streams"):
        seen(clip, stream=3)


@pytest.mark.parametrize("stream", [None, 0])
def test_a_cover_picture_is_not_the_video(tmp_path, stream):
    clip = several_streams(tmp_path / "x.mp4", 11, 22, cover=0)
    with av.open(clip) as file:
        assert any(s.disposition & Disposition.attached_pic for s in file.streams.video)
    assert seen(clip, stream=stream).codes == [22] * 5


def test_a_cover_picture_alone_is_no_video(tmp_path):
    with pytest.raises(InputError, match="no video in it"):
        seen(several_streams(tmp_path / "x.mp4", 11, cover=0))


def test_a_change_of_size_is_told_and_the_frames_are_fitted(tmp_path):
    wide = write_clip(tmp_path / "wide.ts", TEN)
    tall = write_clip(tmp_path / "tall.ts", TEN, size=(240, 180))
    both = tmp_path / "both.ts"
    both.write_bytes(wide.read_bytes() + tall.read_bytes())
    with Recording([both], Reading()) as recording:
        frames = [(frame.luma.shape, code_of(frame.luma)) for frame in recording]
    assert [code for _, code in frames] == TEN + TEN
    assert {shape for shape, _ in frames} == {SIZE[::-1]}
    assert any("size changed" in line for line in recording.fault_lines)


LONG = [number % 256 for number in range(120)]
LONG_CLIPS = {
    "mp4": ("x.mp4", {"options": {"g": "250", "bf": "3"}}),
    "mp4, short gops": ("x.mp4", {"options": {"g": "7", "bf": "3"}}),
    "mp4, open gops": ("x.mp4", {"options": {"g": "20", "bf": "3", "x264-params": "open-gop=1"}}),
    "mp4, late": ("x.mp4", {"options": {"g": "20"}, "times": [7000 + 40 * n for n in LONG]}),
    "mp4, intra": ("x.mp4", {"options": INTRA}),
    "mov": ("x.mov", {"options": {"g": "20", "bf": "3"}}),
    "mkv": ("x.mkv", {"options": {"g": "20", "bf": "3"}}),
    "mkv, variable": (
        "x.mkv",
        {"options": {"g": "20", "bf": "3"}, "times": [40 * n + 7 * (n % 3) for n in LONG]},
    ),
    "ts": ("x.ts", {"options": {"g": "20", "bf": "3"}}),
    "ts, long gops": ("x.ts", {"options": {"g": "250", "bf": "3"}}),
    "avi": ("x.avi", {"codec": "mpeg4", "options": {"g": "20"}}),
    "avi, B-frames": ("x.avi", {"codec": "mpeg4", "options": {"g": "20", "bf": "2"}}),
    "mpg": ("x.mpg", {"codec": "mpeg2video", "options": {"g": "12", "bf": "2"}}),
    "webm": ("x.webm", {"codec": "libvpx", "options": {"g": "20"}}),
    "raw h264": ("x.h264", {"options": {"g": "20", "bf": "3"}}),
}


@pytest.mark.parametrize("rate", [Fraction(12), Fraction(25, 2), Fraction(30000, 1001)])
def test_raw_h264_has_the_rate_that_its_header_tells(tmp_path, rate):
    clip = write_clip(tmp_path / "x.h264", range(3), rate=rate)
    assert [row[1] for row in seen(clip).rows] == [0, 1 / rate, 2 / rate]


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """Return a function that writes each of LONG_CLIPS once and returns it with all its frames."""
    made = {}

    def make(kind: str):
        if kind not in made:
            name, options = LONG_CLIPS[kind]
            clip = write_clip(tmp_path_factory.mktemp("long") / name, LONG, **options)
            made[kind] = clip, seen(clip).rows
        return made[kind]

    return make


@pytest.mark.parametrize("window", [(1.0, 3.0), (0.5, 0.6), (2.99, None), (4.72, None), (None, 2)])
@pytest.mark.parametrize("kind", LONG_CLIPS)
def test_a_window_holds_the_frames_and_numbers_of_the_whole(long_clip, kind, window):
    clip, rows = long_clip(kind)
    begin = rows[0][1]
    start, end = (None if side is None else float(begin) + side for side in window)
    expected = [
        row
        for row in rows
        if (start is None or row[1] >= Fraction(repr(start)))
        and (end is None or row[1] < Fraction(repr(end)))
    ]
    assert expected
    assert seen(clip, start=start, end=end).rows == expected


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi", "mp4, short gops"])
def test_what_lies_before_the_keyframe_is_not_decoded(tmp_path, monkeypatch, kind):
    name, options = LONG_CLIPS[kind]
    options = options | {"options": options["options"] | {"g": "20", "bf": "0"}}
    clip = write_clip(tmp_path / name, LONG, **options)
    begin = seen(clip).times[0]
    decoded = []
    decode = vidsum.video.source.decode

    def watched(*arguments, **options):
        for found in decode(*arguments, **options):
            decoded.append(found)
            yield found

    monkeypatch.setattr(vidsum.video.source, "decode", watched)
    found = seen(clip, start=float(begin) + 115 / 25)
    assert found.codes == LONG[115:]
    assert len(decoded) <= 20  # the last keyframe is that of frame 100


@pytest.mark.parametrize("files", [1, 2])
def test_a_start_past_the_end_is_an_error_that_tells_the_end(clip, files):
    with pytest.raises(UsageError, match=f"00:00:0{2 * files}.000"):
        seen(*[clip] * files, start=4.01)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("x.ts", {"codec": "mpeg2video", "options": {"g": "12", "bf": "2"}}),
        (
            "x.mkv",
            {"codec": "libx265", "options": {"x265-params": "open-gop=1:keyint=12:log-level=none"}},
        ),
    ],
)
def test_nothing_is_lost_by_beginning_at_a_keyframe(tmp_path, name, options):
    """Pictures in front of it need those before it, and are not asked for."""
    clip = write_clip(tmp_path / name, range(40), **options)
    whole = seen(clip)
    found = seen(clip, start=float(whole.times[30]))
    assert found.rows == whole.rows[30:]
    assert found.recording.fault_lines == ()


def test_an_end_stops_the_reading(clip):
    found = seen(clip, end="00:00:01")
    assert found.numbers == list(range(25))
    assert found.recording.fault_lines == ()


@pytest.mark.parametrize(
    ("files", "reading", "first"),
    [
        (1, {"end": 0}, "the first frame, 00:00:00.000"),
        (1, {"start": 1.01, "end": 1.03}, "from --start 1.01 on, 00:00:01.040"),
        (2, {"start": 2.01, "end": 2.03}, "from --start 2.01 on, 00:00:02.040"),
    ],
)
def test_an_end_before_the_first_frame_is_an_error(clip, files, reading, first):
    with pytest.raises(UsageError, match=f"--end .*{first}"):
        seen(*[clip] * files, **reading)


@pytest.fixture(scope="module")
def segments(tmp_path_factory):
    """Three segments of ten frames each, in different containers, on clocks of their own."""
    folder = tmp_path_factory.mktemp("segments")
    return [
        write_clip(folder / "a.mp4", TEN, options={"bf": "2"}),
        write_clip(folder / "b.mkv", range(10, 20), times=[9000 + 40 * n for n in TEN]),
        write_clip(folder / "c.ts", range(20, 30)),
    ]


def test_segments_are_one_recording(segments):
    found = seen(*segments)
    assert found.codes == found.numbers == list(range(30))
    assert [round(time * 25, 3) for time in found.times] == list(range(30))
    with Recording(segments, Reading()) as recording:
        own = [(frame.source, frame.source_number, frame.source_time) for frame in recording]
    assert [source for source, _, _ in own] == [0] * 10 + [1] * 10 + [2] * 10
    assert [number for _, number, _ in own] == TEN * 3
    assert [time for source, _, time in own if source == 1] == [9 + time for time in EVEN]


def test_a_start_behind_a_segment_without_durations_keeps_times(tmp_path):
    first = write_clip(tmp_path / "a.ts", TEN, times=[40 * number for number in TEN])
    second = write_clip(tmp_path / "b.mp4", range(10, 20))
    whole, part = seen(first, second), seen(first, second, start=0.6)
    assert (part.numbers, part.times) == (whole.numbers[13:], whole.times[13:])


def test_the_beginning_is_looked_at_in_whatever_segments_it_lies(segments):
    codes = [code_of(look.luma) for look in beginning(segments, Reading(start=0.6), 1)]
    assert codes == [15, 21, 28]
    assert [code_of(look.luma) for look in beginning(segments, Reading(), 0.6)] == [0, 6, 13]


@pytest.mark.parametrize("start", [0.0, 0.2, 0.38, 0.4, 0.52, 0.8, 1.0, 1.16])
def test_start_in_any_segment_keeps_numbers_and_times(segments, start):
    whole = seen(*segments).rows
    expected = [row for row in whole if row[1] >= Fraction(repr(start))]
    assert seen(*segments, start=start).rows == expected
    assert seen(*segments, start=start, end=start + 0.1).rows == [
        row for row in expected if row[1] < Fraction(repr(start + 0.1))
    ]


def test_segments_of_other_sizes_are_fitted_into_the_first(tmp_path, segments):
    other = write_clip(tmp_path / "big.mp4", TEN, size=(240, 180))
    found = seen(segments[0], other)
    assert found.codes == TEN + TEN


needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="no ffmpeg binary on the PATH"
)


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("constant.mp4", None),
        ("b.mkv", None),
        ("variable.mp4", [0, 40, 41, 100, 1000, 1033, 2000, 2001, 2500, 2501]),
        ("variable.mkv", [0, 40, 41, 100, 1000, 1033, 2000, 2001, 2500, 2501]),
        ("late.mp4", [5000 + 40 * number for number in TEN]),
        ("late.ts", [5000 + 40 * number for number in TEN]),
        ("-dash.mp4", None),
        ("a:b.mp4", None),
        ("%03d.mp4", None),
        ("two\nlines.mp4", None),
        ("Überwachung 東門.mp4", None),
    ],
)
def test_the_ffmpeg_binary_gives_the_same_frames(tmp_path, name, times):
    clip = write_clip(tmp_path / name, TEN, times=times)

    def read(**reading):
        with Recording([clip], Reading(**reading)) as recording:
            return [(frame.number, frame.time, frame.luma.tobytes()) for frame in recording]

    whole = read()
    assert read(hwaccel="none") == whole
    start = float(whole[6][1])
    assert read(hwaccel="none", start=start) == whole[6:]


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "codec", "options", "container"),
    [
        # FFmpeg guesses when an AVI shows its pictures, and searches fragments by decoding times.
        ("b.avi", "mpeg4", {"bf": "2", "g": "12"}, {}),
        ("b.mp4", "libx264", {"bf": "3", "g": "12"}, {"movflags": "frag_keyframe+empty_moov"}),
        ("raw.h264", "libx264", {"bf": "2", "g": "12"}, {}),
    ],
)
def test_the_ffmpeg_binary_gives_the_same_frames_where_times_are_guessed(
    tmp_path, name, codec, options, container
):
    clip = write_clip(tmp_path / name, range(40), codec=codec, options=options, container=container)

    def read(**reading):
        with Recording([clip], Reading(**reading)) as recording:
            return [(frame.number, float(frame.time), code_of(frame.luma)) for frame in recording]

    whole = read()
    assert read(hwaccel="none") == whole
    for number in (13, 23):
        assert read(hwaccel="none", start=whole[number][1]) == whole[number:]


@pytest.mark.parametrize("hwaccel", [None, pytest.param("none", marks=needs_ffmpeg)])
@pytest.mark.parametrize("name", ["anew.ts", "raw.h264"])
def test_a_start_where_timestamps_tell_no_place(tmp_path, name, hwaccel):
    one = write_clip(tmp_path / name, range(40), options={"g": "12", "bf": "2"})
    if name == "anew.ts":  # its timestamps begin anew behind 40 frames
        one.write_bytes(one.read_bytes() * 2)
    paths = [one, write_clip(tmp_path / f"other.{name}", range(80, 120))]

    def read(**reading):
        with Recording(paths, Reading(hwaccel=hwaccel, **reading)) as recording:
            return [(frame.number, frame.time, code_of(frame.luma)) for frame in recording]

    whole = read()
    assert len(whole) == (120 if name == "anew.ts" else 80)
    steps = {later[1] - earlier[1] for earlier, later in pairwise(whole)}
    assert max(steps) - min(steps) < Fraction(1, 1000)
    for number in (20, 50, 70):
        assert read(start=float(whole[number][1]) - 0.001) == whole[number:]


def test_without_an_ffmpeg_binary_hwaccel_tells_how_to_get_it(clip, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="apt install ffmpeg"):
        seen(clip, hwaccel="none")


@needs_ffmpeg
def test_a_hardware_decoder_that_is_not_there_is_told_in_the_words_of_ffmpeg(clip):
    with pytest.raises(InputError, match="ffmpeg -hwaccel nothing_like_it gave no picture"):
        seen(clip, hwaccel="nothing_like_it")


@needs_ffmpeg
def test_an_ffmpeg_binary_that_crashes_is_told(tmp_path, clip, monkeypatch, capsys):
    crashing = tmp_path / "ffmpeg"
    crashing.write_text(f'#!/bin/sh\n{shutil.which("ffmpeg")} "$@" && kill -SEGV $$\n')
    crashing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert main(["condense", str(clip), "--hwaccel", "none", "--dry-run"]) == 5
    said = capsys.readouterr().err
    assert "five.mp4: 1 error of ffmpeg\n" in said and "50 frames" in said


@needs_ffmpeg
def test_the_ffmpeg_binary_reads_the_chosen_stream(tmp_path):
    clip = several_streams(tmp_path / "x.mkv", 11, 22)
    assert seen(clip, hwaccel="none", stream=1).codes == [22] * 5


def test_luma_stays_valid_while_a_frame_is_held(clip):
    with Recording([clip], Reading()) as recording:
        frames = list(recording)
    assert [code_of(frame.luma) for frame in frames] == Shown(clip).codes


def test_segments_behind_the_start_are_not_searched_for_it(clip, monkeypatch):
    searched = []
    scan = vidsum.video.recording.scan
    monkeypatch.setattr(
        vidsum.video.recording,
        "scan",
        lambda path, *arguments, **options: (
            searched.append(path) or scan(path, *arguments, **options)
        ),
    )
    found = seen(clip, clip, clip, start=1.0)
    assert len(found.codes) == 3 * 50 - 25
    assert len(searched) == 1
