"""Damaged inputs, full disks and failing systems: what is reported, and what remains."""

import contextlib
import errno
import os
import re
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from conftest import Shown, kept, rewrite, table, write_clip

import vidsum.video.sinks as vidsum_sinks
from vidsum import OutputError, Writing, condense

pytestmark = pytest.mark.usefixtures("plain_rule")

CODES = [number // 2 for number in range(100)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a function that writes a whole clip under a name, once for each name."""
    folder = tmp_path_factory.mktemp("whole")
    options = {"g": "10", "bf": "2"}

    def make(name: str) -> Path:
        path = folder / name
        if not path.exists():
            container = {"movflags": "faststart"} if name.endswith(".mp4") else {}
            codec = "mpeg4" if name.endswith(".avi") else "libx264"
            write_clip(path, CODES, codec=codec, options=options, container=container)
        return path

    return make


def check_complete(folder: Path) -> list[dict[str, str]]:
    """Check that the outputs agree, that nothing lies beside them, and return the rows."""
    rows = table(folder / "out.csv")
    assert len(Shown(folder / "out.mp4").frames) == len(kept(rows))
    assert not list(folder.glob("*.part*"))
    return rows


@pytest.mark.parametrize("name", ["x.mkv", "x.ts", "x.avi", "x.mp4"])
def test_a_file_that_is_cut_off_is_used_as_far_as_it_goes(tmp_path, vidsum, whole, name):
    content = whole(name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) * 6 // 10])
    run = vidsum("condense", name, "-o", "out.mp4")
    # Only what a header promises can be missed, and a transport stream's promises nothing.
    assert run.code == 5 or name == "x.ts"
    rows = check_complete(tmp_path)
    assert 40 < len(rows) < 75
    numbers = [int(row["frame"]) for row in rows]
    assert numbers == list(range(len(rows)))
    warnings = [line for line in run.lines if line.startswith("vidsum: warning: ")]
    assert all(name in line for line in warnings)
    if name != "x.ts":
        (early,) = (line for line in warnings if "ended early" in line)
        seconds = float(early.split(":")[-1])
        assert seconds == pytest.approx(float(rows[-1]["time"]) + 0.04, abs=0.05)
    # What the encoder makes of a picture may differ a little from frame to frame.
    codes = list(dict.fromkeys(Shown(tmp_path / "out.mp4").codes[:20]))
    assert codes == CODES[: 2 * len(codes) : 2]


@pytest.mark.parametrize("count", [20, 200])
@pytest.mark.parametrize("name", ["x.mkv", "x.ts", "x.mp4"])
def test_flipped_bytes_cost_frames_but_not_the_run(tmp_path, vidsum, whole, name, count):
    content = bytearray(whole(name).read_bytes())
    random = np.random.default_rng(4)
    # The headers stay whole: without them a file is unreadable, which is another fault.
    for position in random.integers(len(content) // 4, len(content) * 19 // 20, count):
        content[position] ^= 1 << random.integers(8)
    (tmp_path / name).write_bytes(content)
    run = vidsum("condense", name, "-o", "out.mp4")
    assert run.code == 5
    assert "part of the input was lost" in run.lines[-1]
    rows = check_complete(tmp_path)
    times = [float(row["time"]) for row in rows]
    assert times == sorted(set(times))
    lost = sum(int(count) for count in re.findall(r"(\d+) frames? lost", run.err))
    assert len(rows) + lost >= decodable(tmp_path / name) > 10


def decodable(path: Path) -> int:
    """Return how many pictures decode, one packet at a time, up to the first that can't be read."""
    count = 0
    with av.open(path) as file, contextlib.suppress(av.error.FFmpegError, IndexError):
        for packet in file.demux(video=0):
            with contextlib.suppress(av.error.FFmpegError):
                count += len(packet.decode())
    return count


def test_a_packet_that_does_not_decode_is_counted_with_its_time(tmp_path, vidsum):
    clip = write_clip(tmp_path / "good.mkv", range(50), codec="mjpeg", pixel_format="yuvj420p")

    def spoil(index, packet):
        if index in (20, 21):
            packet.update(b"\0" * packet.size)

    rewrite(clip, tmp_path / "x.mkv", spoil)
    run = vidsum("condense", "x.mkv", "-o", "out.mp4")
    assert run.code == 5
    assert "x.mkv: 2 damaged packets at 00:00:00.800 to 00:00:00.840" in run.err
    rows = check_complete(tmp_path)
    assert [row["time"] for row in rows] == [
        f"{number / 25:.6f}" for number in range(50) if number not in (20, 21)
    ]
    assert Shown(tmp_path / "out.mp4").codes == [n for n in range(50) if n not in (20, 21)]


def test_a_whole_file_is_told_nothing_of(tmp_path, vidsum, whole):
    for name in ("x.mkv", "x.ts", "x.avi", "x.mp4"):
        run = vidsum("condense", whole(name), "-o", "out.mp4", "--force")
        assert run.code == 0
        assert "warning" not in run.err


def test_sizes_that_change_in_mid_stream_are_told(tmp_path, vidsum):
    small = write_clip(tmp_path / "a.ts", range(10))
    large = write_clip(tmp_path / "b.ts", range(10), size=(240, 180))
    (tmp_path / "x.ts").write_bytes(small.read_bytes() + large.read_bytes())
    run = vidsum("condense", "x.ts", "-o", "out.mp4")
    assert run.code in (0, 5)
    assert "x.ts: size changed at 00:00:00." in run.err
    rows = check_complete(tmp_path)
    assert len(rows) == 20
    times = [float(row["time"]) for row in rows]
    assert times == sorted(set(times))


def check_failed_write(folder: Path, run: SimpleNamespace, name: str) -> None:
    assert run.code == 4, run.err
    (line,) = run.err.splitlines()
    assert line.startswith(f"vidsum: {name}")
    assert "a file may not grow to this size here" in line
    assert "free in" in line
    assert not (folder / "out.mp4").exists()
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize("codec", ["mp4v", "ffv1", "h264"])
def test_a_disk_that_fills_up_under_the_video_exits_4_and_keeps_the_part(
    tmp_path, run_limited, codec
):
    noise = np.random.default_rng(3)
    source = tmp_path / "x.mkv"
    with av.open(source, "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height = 160, 120
        stream.pix_fmt = "yuv420p"
        for _ in range(40):
            samples = noise.integers(0, 256, (180, 160), np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(samples, "yuv420p")))
        file.mux(stream.encode(None))
    run = run_limited(100_000, "condense", source, "-o", "out.mp4", "--codec", codec)
    check_failed_write(tmp_path, run, "out.mp4")
    (video,) = tmp_path.glob("*.part.mkv")
    assert video.name in run.err
    assert len(Shown(video).frames) > 0
    (scores,) = tmp_path.glob("*.part.csv")
    assert len(table(scores)) > 0


@pytest.mark.parametrize("rows", [90, 400], ids=["at the end", "on the way"])
def test_a_disk_that_fills_up_under_the_table_alone_exits_4_and_keeps_the_parts(
    tmp_path, run_limited, rows
):
    source = write_clip(tmp_path / "x.mkv", [0] * rows)
    limit = {90: 4000, 400: 8000}[rows]
    options = ("--all-scores", "--codec", "h264", "--crf", "40")
    run = run_limited(limit, "condense", source, "-o", "out.mp4", *options)
    check_failed_write(tmp_path, run, "out.csv")
    (scores,) = tmp_path.glob("*.part.csv")
    assert scores.stat().st_size <= limit
    (video,) = tmp_path.glob("*.part*.m*")
    assert len(Shown(video).frames) == 1


@pytest.mark.parametrize("name", ["link", "fsync"])
def test_a_publication_that_fails_exits_4_and_keeps_the_parts(
    tmp_path, clip, vidsum, monkeypatch, name
):
    def fail(*_, **__):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, name, fail)
    monkeypatch.setattr(Path, "replace", fail)
    run = vidsum("condense", clip, "-o", "out.mp4")
    assert run.code == 4
    (line,) = run.lines
    assert line.startswith("vidsum: out.mp4: cannot be written")
    assert not (tmp_path / "out.mp4").exists()
    assert not (tmp_path / "out.csv").exists()
    told = next(tmp_path.glob("*.part.mp4"))
    assert told.name in line
    assert len(Shown(told).frames) == 5
    assert len(table(next(tmp_path.glob("*.part.csv")))) == 50


def test_a_file_system_without_hard_links_is_no_hindrance(tmp_path, clip, vidsum, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", fail)
    assert vidsum("condense", clip, "-o", "out.mp4").code == 0
    assert len(check_complete(tmp_path)) == 50


def test_a_name_that_is_taken_meanwhile_is_not_overwritten(tmp_path, clip):
    output = tmp_path / "out.mp4"

    def take_the_name(progress):
        output.write_text("mine")

    with pytest.raises(OutputError, match="has appeared meanwhile"):
        condense(clip, writing=Writing(output=output), progress=take_the_name)
    assert output.read_text() == "mine"
    assert len(Shown(next(tmp_path.glob("*.part.mp4"))).frames) == 5


@pytest.mark.parametrize("sink", ["OpenCvSink", "PyAvSink"])
def test_a_frame_that_the_encoder_loses_is_noticed(tmp_path, clip, vidsum, monkeypatch, sink):
    owner = getattr(vidsum_sinks, sink)
    write, calls = owner.write, []

    def lose_one(self, picture, text=None):
        calls.append(picture)
        if len(calls) != 3:
            write(self, picture)

    monkeypatch.setattr(owner, "write", lose_one)
    codec = {"OpenCvSink": "mp4v", "PyAvSink": "h264"}[sink]
    run = vidsum("condense", clip, "-o", "out.mp4", "--codec", codec)
    assert run.code == 4
    assert "vidsum: out.mp4: cannot be written" in run.err
    assert not (tmp_path / "out.mp4").exists()
    assert not (tmp_path / "out.csv").exists()
    assert list(tmp_path.glob("*.part.mkv"))


def test_an_encoder_that_fails_in_mid_run_exits_4(tmp_path, clip, vidsum, monkeypatch):
    write, calls = vidsum_sinks.OpenCvSink.write, []

    def fail_once(self, picture, text=None):
        calls.append(picture)
        if len(calls) == 3:
            raise OutputError("out.mp4: the third picture is too much")
        write(self, picture)

    monkeypatch.setattr(vidsum_sinks.OpenCvSink, "write", fail_once)
    run = vidsum("condense", clip, "-o", "out.mp4")
    assert run.code == 4
    (line,) = run.lines
    assert line.startswith("vidsum: out.mp4: the third picture is too much")
    # The encoder's thread is told of late; if it is before the end, the message tells how late.
    assert "; it happened before frame " in line or line.endswith("too much")
    assert not (tmp_path / "out.mp4").exists()
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("claimed", [0, 10**9])
def test_a_wrong_frame_count_in_the_header_is_not_believed(tmp_path, vidsum, claimed):
    clip = write_clip(tmp_path / "x.avi", CODES, codec="mpeg4")
    content = bytearray(clip.read_bytes())
    for mark, offset in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        place = content.index(mark) + offset
        assert int.from_bytes(content[place : place + 4], "little") == len(CODES)
        content[place : place + 4] = claimed.to_bytes(4, "little")
    clip.write_bytes(content)
    run = vidsum("condense", "x.avi", "-o", "out.mp4")
    assert len(check_complete(tmp_path)) == len(CODES)
    assert run.code in (0, 5)


def test_an_input_that_shrinks_while_it_is_read_loses_its_end_alone(tmp_path, whole):
    clip = tmp_path / "x.mkv"
    # Far more than the demuxer reads ahead.
    write_clip(clip, [n % 256 for n in range(300)], codec="ffv1", size=(320, 240))
    size = clip.stat().st_size
    done = []

    def shrink():
        if not done:
            os.truncate(clip, size // 2)
            done.append(True)
        return False

    result = condense(clip, writing=Writing(output=tmp_path / "out.mp4"), should_stop=shrink)
    assert result.lost_input
    assert 100 < result.frames < 300
    assert len(check_complete(tmp_path)) == result.frames


def test_timestamps_that_are_repaired_are_told_and_the_output_is_monotone(tmp_path, vidsum):
    clip = write_clip(tmp_path / "good.mkv", range(20), codec="ffv1")

    def change(index, packet):
        packet.pts = 200 if index == 10 else packet.pts
        packet.dts = index

    rewrite(clip, tmp_path / "x.mkv", change)
    run = vidsum("condense", "x.mkv", "-o", "out.mp4", "--timing", "source")
    assert run.code == 5
    assert "x.mkv: repaired 1 missing or backward timestamp" in run.err
    rows = check_complete(tmp_path)
    times = [float(row["time"]) for row in rows]
    assert times == sorted(set(times))
    shown = Shown(tmp_path / "out.mp4")
    assert shown.times == sorted(set(shown.times))
    assert shown.codes == list(range(20))
    assert shown.times[15] == Fraction(15, 25)


def test_an_input_whose_name_goes_while_it_is_read_is_read_to_its_end(clip, tmp_path):
    copy = tmp_path / "gone.mp4"
    copy.write_bytes(clip.read_bytes())
    output = tmp_path / "out.mp4"
    result = condense(
        copy,
        writing=Writing(output=output),
        should_stop=lambda: copy.unlink(missing_ok=True) is not None,
    )
    assert (result.frames, result.lost_input) == (50, False)
    assert len(Shown(output).frames) == result.kept
