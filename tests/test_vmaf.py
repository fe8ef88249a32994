"""VMAF by an ffmpeg binary: a stand-in shows what is sent and what may go wrong, and where there is
a real one with libvmaf, its scores are those that it gives for two files."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from helpers_arrays import plane

from vidsum.errors import CrashError, UsageError
from vidsum.frame import Planes
from vidsum.video.vmaf import Vmaf, check_vmaf

STAND_IN = r"""
import json, os, re, signal, sys
from pathlib import Path

HERE, MODE = Path(__file__).parent, os.environ.get("STAND_IN", "")
if "-filters" in sys.argv:
    if MODE == "cannot start":
        sys.exit("error while loading shared libraries: libvmaf.so.3")
    print(" .. libplacebo  N->V  x" if MODE == "no filter" else " .. libvmaf  VV->V  x")
    sys.exit()

def after(option):
    return sys.argv[sys.argv.index(option) + 1]

width, height = map(int, after("-video_size").split("x"))
name = after("-pixel_format")
rows, columns = {"420": (2, 2), "422": (1, 2), "444": (1, 1)}[name[3:6]]
luma, chroma = width * height, -(-width // columns) * -(-height // rows)
size = (luma + 2 * chroma) * (1 if name.endswith("p") else 2)
if MODE == "a chatterbox":
    sys.stderr.write("nothing much\n" * 100_000)
sent, numbers = (HERE / "sent").open("wb"), []
while picture := sys.stdin.buffer.read(size):
    sent.write(picture)
    numbers.append(picture[0])
    if MODE == "dies" or (MODE == "dies later" and len(numbers) == 4):
        sys.stderr.write("first line\n[libvmaf] problem\nConversion failed!\n\n")
        sys.exit(187)
    if MODE == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if MODE == "is stuck":
        (HERE / "started").write_text(f"{os.getpid()} {os.getcwd()}")
        signal.pause()
(HERE / "command").write_text(" ".join(sys.argv))

graph = after("-filter_complex")
filters = {
    out: (into, what)
    for into, what, out in re.findall(r"\[(\w+)\](\w+=[^;[]+)\[(\w+)\]", graph)
}

def first(label):
    into, what = filters[label]
    chosen = re.fullmatch(r"select=eq\(mod\(n\\,2\)\\,([01])\)", what)
    return int(chosen[1]) if chosen else first(into)

distorted, reference = map(first, re.search(r"\[(\w+)\]\[(\w+)\]libvmaf=", graph).groups())
pairs = zip(numbers[reference::2], numbers[distorted::2], strict=True)
scores = [a - b for a, b in pairs]
if MODE == "loses one":
    scores.pop()
if MODE == "leaves a gap":
    scores[0] = float("nan")
frames = [
    {"frameNum": number, "metrics": {"integer_adm2": 0.5, "vmaf": float(score)}}
    for number, score in enumerate(scores)
]
log = json.dumps({"version": "3", "frames": frames, "pooled_metrics": {"vmaf": {"mean": 1}}})
if MODE != "writes nothing":
    Path(re.search("log_path=([^:[]+)", graph)[1]).write_text(
        log[:40] if MODE == "writes half" else log
    )
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """The folder of an `ffmpeg`, first on the PATH, that notes what it gets and scores a pair by
    the first sample of what the graph makes the reference, less that of the other."""
    binary = tmp_path / "bin" / "ffmpeg"
    binary.parent.mkdir()
    binary.write_text(f"#!{sys.executable} -IS{STAND_IN}")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(binary.parent))
    return binary.parent


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where temporary folders are made, under a name that a filter graph could not hold."""
    folder = tmp_path / "a b:c'd,[e];%d\\=f"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def flat(level, shape=(18, 20)):
    return Planes(y=np.full(shape, level, np.uint8))


def textured(seed, *, shape=(143, 175), ratio=(2, 2), depth=8):
    """Return a picture of an odd size; `ratio` is rows and columns for one of chroma, or None."""
    levels = 2**depth
    y = plane("noisy", shape, levels=levels, seed=seed)
    if ratio is None:
        return Planes(y=y, depth=depth)
    small = tuple(-(-side // part) for side, part in zip(shape, ratio, strict=True))
    u, v = (plane("random", small, levels=levels, seed=seed + other) for other in (50, 90))
    return Planes(y=y, u=u, v=v, depth=depth)


def scores_of(pairs, binary=None):
    with Vmaf(binary or check_vmaf()) as vmaf:
        for pair in pairs:
            vmaf.write(*pair)
        return vmaf.finish()


def test_pairs_are_scored_in_their_order(stand_in, folders):
    pairs = [(flat(100 + number), flat(90 - number)) for number in range(5)]
    assert scores_of(pairs) == [10, 12, 14, 16, 18]
    assert (stand_in / "sent").read_bytes()[:: 18 * 20 * 3 // 2] == bytes(
        [100, 90, 101, 89, 102, 88, 103, 87, 104, 86]
    )
    assert list(folders.iterdir()) == []


def test_no_pairs_no_scores(stand_in, folders):
    with Vmaf(check_vmaf()) as vmaf:
        assert vmaf.finish() == []
    assert list(folders.iterdir()) == []


@pytest.mark.parametrize(
    ("ratio", "depth", "name", "shift"),
    [
        ((2, 2), 8, "yuv420p", 0),
        ((1, 2), 8, "yuv422p", 0),
        ((1, 1), 8, "yuv444p", 0),
        ((2, 2), 9, "yuv420p10le", 1),
        ((1, 2), 10, "yuv422p10le", 0),
        ((1, 1), 12, "yuv444p12le", 0),
        ((2, 2), 14, "yuv420p16le", 2),
        ((2, 2), 16, "yuv420p16le", 0),
    ],
)
def test_samples_are_sent_as_they_are_or_shifted(stand_in, ratio, depth, name, shift):
    pair = [textured(seed, ratio=ratio, depth=depth) for seed in (0, 1)]
    padded = np.zeros((143, 192), pair[0].y.dtype)
    padded[:, :175] = pair[0].y
    pair[0] = Planes(y=padded[:, :175], u=pair[0].u, v=pair[0].v, depth=depth)
    scores_of([pair])
    assert f" -video_size 175x143 -pixel_format {name} " in (stand_in / "command").read_text()
    assert (stand_in / "sent").read_bytes() == b"".join(
        (samples << shift).tobytes()
        for planes in pair
        for samples in (planes.y, planes.u, planes.v)
    )


@pytest.mark.parametrize("ratio", [None, (1, 4), (2, 1)])
@pytest.mark.parametrize("depth", [8, 10])
def test_where_libvmaf_has_no_such_colour_the_luma_is_sent_with_neutral_one(stand_in, ratio, depth):
    pair = [textured(seed, ratio=ratio, depth=depth) for seed in (0, 1)]
    scores_of([pair])
    assert " -pixel_format yuv420p" in (stand_in / "command").read_text()
    neutral = np.full(2 * 72 * 88, 1 << (depth - 1), pair[0].y.dtype).tobytes()
    sent = b"".join(planes.y.tobytes() + neutral for planes in pair)
    assert (stand_in / "sent").read_bytes() == sent


def test_without_an_ffmpeg_binary_the_way_out_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=r"--vmaf needs .*--enable-libvmaf first on the PATH"):
        check_vmaf()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("no filter", "has no libvmaf; put .*--enable-libvmaf first on the PATH"),
        ("cannot start", r"cannot be run \(error while .*libvmaf.so.3\); put .*--enable-libvmaf"),
        ("dies", "not even a grey picture is scored: .*: Conversion failed!; put"),
    ],
)
def test_a_binary_that_cannot_score_is_named_before_any_work(
    stand_in, folders, monkeypatch, mode, said
):
    monkeypatch.setenv("STAND_IN", mode)
    with pytest.raises(UsageError, match=said) as raised:
        check_vmaf()
    assert str(stand_in / "ffmpeg") in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert list(folders.iterdir()) == []


def test_a_binary_for_another_machine_is_named(stand_in):
    (stand_in / "ffmpeg").write_bytes(b"\x7fELF nonsense")
    with pytest.raises(UsageError, match=r"/ffmpeg cannot be run .Exec format error"):
        check_vmaf()


def test_a_relative_path_of_the_binary_holds_in_another_folder(stand_in, monkeypatch):
    monkeypatch.chdir(stand_in.parent)
    monkeypatch.setenv("PATH", "bin")
    assert scores_of([(flat(9), flat(4))]) == [5]


@pytest.mark.parametrize("count", [1, 500])
@pytest.mark.parametrize(
    ("mode", "said"),
    [("dies", "128x96.*8 bits: Conversion failed!$"), ("is killed", ": ended by SIGKILL, no mess")],
)
def test_ffmpeg_that_ends_in_mid_run_is_told_in_its_last_words(
    stand_in, folders, monkeypatch, count, mode, said
):
    binary = check_vmaf()
    monkeypatch.setenv("STAND_IN", mode)
    with pytest.raises(CrashError, match=said) as error:
        scores_of([(flat(1, (96, 128)), flat(2, (96, 128)))] * count, binary)
    assert error.value.exit_code == 7
    assert list(folders.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("loses one", "the VMAF of 2 pairs instead of 3"),
        ("leaves a gap", "a score in its log is no number"),
        ("writes nothing", "left no VMAF that can be read: .*scores.json"),
        ("writes half", "left no VMAF that can be read: "),
        ("dies later", "Conversion failed!$"),
    ],
)
def test_what_is_no_score_of_every_pair_is_an_error(stand_in, monkeypatch, mode, said):
    binary = check_vmaf()
    monkeypatch.setenv("STAND_IN", mode)
    with pytest.raises(CrashError, match=said):
        scores_of([(flat(1), flat(2))] * 3, binary)


def test_ffmpeg_may_say_more_than_a_pipe_holds(stand_in, monkeypatch):
    monkeypatch.setenv("STAND_IN", "a chatterbox")
    assert scores_of([(flat(7), flat(4))] * 3) == [3, 3, 3]


def test_a_run_that_is_stopped_leaves_neither_process_nor_folder(stand_in, folders, monkeypatch):
    binary = check_vmaf()
    monkeypatch.setenv("STAND_IN", "is stuck")
    with pytest.raises(KeyboardInterrupt), Vmaf(binary) as vmaf:
        vmaf.write(flat(1), flat(2))
        while not (started := stand_in / "started").exists() or not started.read_text():
            time.sleep(0.01)
        number, _, folder = started.read_text().partition(" ")
        assert Path(folder).parent == folders
        assert os.getpgid(int(number)) != os.getpgrp(), "Ctrl-C would reach it"
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)
    assert list(folders.iterdir()) == []


def test_all_pictures_must_have_one_layout(stand_in):
    with Vmaf(check_vmaf()) as vmaf:
        vmaf.write(flat(1), flat(2))
        for other in (flat(1, (18, 22)), textured(0, shape=(18, 20)), Planes(y=flat(1).y, depth=9)):
            with pytest.raises(UsageError, match=r"has .*, the first one 20x18, grey, 8 bits"):
                vmaf.write(flat(1), other)
        vmaf.write(flat(9), flat(1))
        assert vmaf.finish() == [-1, 8]


@pytest.mark.parametrize("shape", [(16, 400), (400, 16)])
def test_pictures_in_which_libvmaf_crashes_are_refused(stand_in, shape):
    with pytest.raises(UsageError, match=r"VMAF needs at least 17x17"):
        scores_of([(flat(1, shape), flat(1, shape))])


@pytest.fixture(scope="module")
def libvmaf():
    """The path of a real ffmpeg binary with libvmaf."""
    try:
        return check_vmaf()
    except UsageError as error:
        pytest.skip(str(error))


def y4m(path, pictures, name):
    height, width = pictures[0].y.shape
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C{name}\n".encode())
        for planes in pictures:
            file.write(b"FRAME\n")
            file.writelines(samples.tobytes() for samples in (planes.y, planes.u, planes.v))


@pytest.mark.parametrize(
    ("ratio", "depth", "name"),
    [((2, 2), 8, "420jpeg"), ((1, 2), 10, "422p10"), ((1, 1), 12, "444p12"), (None, 8, "420jpeg")],
)
def test_scores_are_those_of_the_binary_for_two_files(
    libvmaf, tmp_path, folders, ratio, depth, name
):
    pairs = []
    for number in range(7):
        reference = textured(number // 3, ratio=ratio, depth=depth)
        y = (reference.y >> min(number, 4)) << min(number, 4)
        pairs.append((reference, Planes(y=y, u=reference.u, v=reference.v, depth=depth)))
    grey = np.full((72, 88), 128, np.uint8)
    for side, file in enumerate(("reference.y4m", "distorted.y4m")):
        pictures = [pair[side] for pair in pairs]
        if ratio is None:
            pictures = [Planes(y=planes.y, u=grey, v=grey) for planes in pictures]
        y4m(tmp_path / file, pictures, name)
    subprocess.run(
        [
            *(libvmaf, "-v", "error", "-i", "distorted.y4m", "-i", "reference.y4m"),
            *("-lavfi", "[0][1]libvmaf=log_fmt=json:log_path=log.json", "-f", "null", "-"),
        ],
        cwd=tmp_path,
        check=True,
    )
    frames = json.loads((tmp_path / "log.json").read_text())["frames"]
    expected = [frame["metrics"]["vmaf"] for frame in frames]
    assert len(set(expected)) > 4
    assert scores_of(pairs, libvmaf) == expected


def test_one_pair_and_the_smallest_pictures_are_scored(libvmaf):
    small = textured(3, shape=(17, 17))
    (score,) = scores_of([(small, small)], libvmaf)
    assert 80 < score <= 100
