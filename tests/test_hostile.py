"""Inputs that are damaged, or want to harm: every row of the table of inputs in docs/faults.md."""

import os
import re
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from conftest import Shown, kept, rewrite, table, write_clip
from fault_table import COMMANDS, DOCUMENT, TABLE, right_codes
from test_cli import audio_only, without_index
from test_faults import decodable

from vidsum import ReportFiles, VidsumError, Writing, condense, report_scores
from vidsum.video.codecs import ENCODERS

pytestmark = pytest.mark.usefixtures("plain_rule")

CODES = [number // 2 for number in range(50)]


def clip(path: Path, **options: object) -> bytes:
    options.setdefault("options", {"g": "10"})
    return write_clip(path, CODES, **options).read_bytes()


def intra(path: Path, change) -> None:
    """Write a clip of pictures that stand alone, its packets changed."""
    good = write_clip(path.with_name("intra.mkv"), CODES, codec="mjpeg", pixel_format="yuvj420p")
    rewrite(good, path, change)
    good.unlink()


def cut(path: Path, **options: object) -> None:
    content = clip(path, **options)
    path.write_bytes(content[: len(content) * 6 // 10])


def flipped(path: Path, count: int) -> None:
    content = bytearray(clip(path))
    random = np.random.default_rng(4)
    for position in random.integers(len(content) // 4, len(content) * 19 // 20, count):
        content[position] ^= 1 << random.integers(8)
    path.write_bytes(content)


def dropped(path: Path) -> None:
    content = clip(path)
    packets = [content[at : at + 188] for at in range(0, len(content), 188)]
    path.write_bytes(b"".join(one for at, one in enumerate(packets) if at < 9 or at % 10))


def joined(path: Path, first: dict[str, object], then: dict[str, object]) -> None:
    one, other = (clip(path, **options) for options in (first, then))
    path.write_bytes(one + other)


def bad_packets(index: int, packet: av.Packet) -> None:
    packet.update(b"\xff" * packet.size)


def timed(change):
    """Return what gives each packet the time in milliseconds that `change` makes of its number."""

    def apply(index: int, packet: av.Packet) -> None:
        packet.pts = packet.dts = change(index)

    return apply


def backward(index: int, packet: av.Packet) -> None:
    packet.pts = 40 * (index - 3 * (index % 10 == 9))
    packet.dts = index


def wrapped(path: Path) -> None:
    clip(path)
    with av.open(path) as file:
        first = next(file.demux(video=0)).dts
    content = bytearray(path.read_bytes())
    shift = 2**33 - 90_000 - first
    for at in range(0, len(content), 188):
        packet = content[at : at + 188]
        begin = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if not packet[1] & 0x40 or packet[begin : begin + 3] != b"\0\0\1":
            continue
        for place in range(begin + 9, begin + 9 + packet[begin + 8] - 4, 5):
            content[at + place : at + place + 5] = shifted(packet[place : place + 5], shift)
    path.write_bytes(content)


def shifted(field: bytes, shift: int) -> bytes:
    """Return a time of an MPEG-TS packet, 33 bits among markers, later by `shift`."""
    high, middle, low = field[0] >> 1 & 7, int.from_bytes(field[1:3]) >> 1, field[3:5]
    time = (high << 30 | middle << 15 | int.from_bytes(low) >> 1) + shift & 2**33 - 1
    return bytes([field[0] & 0xF0 | time >> 30 << 1 | 1]) + b"".join(
        ((time >> down & 0x7FFF) << 1 | 1).to_bytes(2) for down in (15, 0)
    )


def claiming(path: Path, count: int) -> None:
    content = bytearray(clip(path, codec="mpeg4"))
    for mark, offset in ((b"avih", 24), (b"strh", 40)):
        place = content.index(mark) + offset
        content[place : place + 4] = count.to_bytes(4, "little")
    path.write_bytes(content)


def flat(path: Path, size: tuple[int, int], frames: int = 2) -> bytes:
    with av.open(path, "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height = size
        frame = av.VideoFrame(*size, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([100]) * plane.buffer_size)
        for number in range(frames):
            frame.pts = number
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path.read_bytes()


def growing(path: Path) -> None:
    small = clip(path)
    path.write_bytes(small + flat(path, (7200, 7000), 3))


def crowded(path: Path, streams: int) -> None:
    with av.open(path, "w") as file:
        added = [file.add_stream("mpeg4", rate=25) for _ in range(streams)]
        for stream in added:
            stream.width, stream.height = 16, 16
        for stream in added:
            frame = av.VideoFrame(16, 16, "yuv420p")
            frame.pts = 0
            file.mux(stream.encode(frame))


def talkative(path: Path) -> None:
    with av.open(path, "w", options={"movflags": "use_metadata_tags"}) as file:
        file.metadata["title"] = "x" * 1_000_001
        stream = file.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 16, 16
        file.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        file.mux(stream.encode(None))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def reference_movie(path: Path, where: str = "file:///x.mp4") -> None:
    address = f"{where}\0".encode()
    place = box(b"rdrf", bytes(4) + b"url " + len(address).to_bytes(4) + address)
    path.write_bytes(
        box(b"ftyp", b"qt  \0\0\2\0qt  ") + box(b"moov", box(b"rmra", box(b"rmda", place)))
    )


def samples_elsewhere(path: Path, where: str = "http://127.0.0.1:8/x") -> None:
    content = clip(path)
    old = box(b"dref", bytes(7) + b"\1" + box(b"url ", b"\0\0\0\1"))
    assert content.count(old) == 1
    new = box(b"dref", bytes(7) + b"\1" + box(b"url ", f"\0\0\0\0{where}\0".encode()))
    for kind in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = content.index(kind) - 4
        size = int.from_bytes(content[at : at + 4]) + len(new) - len(old)
        content = content[:at] + size.to_bytes(4) + content[at + 4 :]
    path.write_bytes(content.replace(old, new))


def text(content: str):
    return lambda path: path.write_text(content)


INPUTS = {
    "missing": ("mp4", lambda path: None),
    "empty": ("mp4", Path.touch),
    "a folder": ("mp4", Path.mkdir),
    "a pipe that stalls": ("mp4", os.mkfifo),
    "a device": ("mp4", lambda path: path.symlink_to("/dev/zero")),
    "text": ("mp4", text("no video\n" * 99)),
    "random bytes": ("mp4", lambda path: path.write_bytes(np.random.default_rng(1).bytes(50_000))),
    "audio alone": ("mp4", audio_only),
    "MP4 without moov": ("mp4", without_index),
    "MP4 cut off, moov in front": (
        "mp4",
        lambda path: cut(path, container={"movflags": "faststart"}),
    ),
    "MKV cut off": ("mkv", cut),
    "AVI cut off": ("avi", lambda path: cut(path, codec="mpeg4")),
    "TS cut off, which announces no length": ("ts", cut),
    "20 flipped bytes": ("mkv", lambda path: flipped(path, 20)),
    "200 flipped bytes": ("mkv", lambda path: flipped(path, 200)),
    "TS packets dropped": ("ts", dropped),
    "all packets bad": ("mkv", lambda path: intra(path, bad_packets)),
    "size changes in mid-stream": ("ts", lambda path: joined(path, {}, {"size": (240, 180)})),
    "size changes, the first one odd": (
        "ts",
        lambda path: joined(
            path,
            {"size": (161, 121), "codec": "mpeg2video"},
            {"size": (240, 180), "codec": "mpeg2video"},
        ),
    ),
    "codec changes in mid-stream": ("ts", lambda path: joined(path, {}, {"codec": "mpeg2video"})),
    "pixel format changes in mid-stream": (
        "ts",
        lambda path: joined(path, {}, {"pixel_format": "yuv444p"}),
    ),
    "timestamps twice": ("mkv", lambda path: intra(path, timed(lambda n: n // 2 * 80))),
    "timestamps run backward": ("mkv", lambda path: intra(path, backward)),
    "timestamps begin again": ("ts", lambda path: joined(path, {}, {})),
    "timestamps wrap round": ("ts", wrapped),
    "timestamps jump by two hours, which the table shows": (
        "mkv",
        lambda path: intra(path, timed(lambda n: n * 40 + 7_200_000 * (n > 30))),
    ),
    "no timestamps": ("h264", clip),
    "header claims 0 frames": ("avi", lambda path: claiming(path, 0)),
    "header claims 10^9 frames": ("avi", lambda path: claiming(path, 10**9)),
    "variable frame rate": (
        "mkv",
        lambda path: clip(path, times=[40 * n + n * n % 31 for n in range(len(CODES))]),
    ),
    "turned by 90 degrees": (
        "mp4",
        lambda path: clip(path, turned=-1, prepare=lambda stream: stream.set_display_rotation(90)),
    ),
    "10 bits": ("mkv", lambda path: clip(path, codec="ffv1", pixel_format="yuv420p10le")),
    "grey": ("mkv", lambda path: clip(path, codec="ffv1", pixel_format="gray")),
    "alpha": ("mkv", lambda path: clip(path, codec="ffv1", pixel_format="yuva420p")),
    "RGB": ("mkv", lambda path: clip(path, codec="ffv1", pixel_format="bgr0")),
    "full range": ("mkv", lambda path: clip(path, codec="mjpeg", pixel_format="yuvj420p")),
    "a single frame": ("mp4", lambda path: write_clip(path, [0])),
    "all frames identical": ("mp4", lambda path: write_clip(path, [7] * 50)),
    "a copy that begins later, ends earlier, and is smaller": (
        "mkv",
        lambda path: write_clip(path, CODES[4:46], size=(120, 90)),
    ),
    "1x1": ("mkv", lambda path: clip(path, size=(1, 1), codec="ffv1", options={})),
    "odd size": ("mkv", lambda path: clip(path, size=(161, 121), codec="ffv1", options={})),
    "wider than 8191, which mp4v does not hold": ("mkv", lambda path: flat(path, (8200, 16))),
    "pictures of more than 50 million pixels": ("mp4", lambda path: flat(path, (8000, 8000), 1)),
    "such pictures in mid-stream": ("ts", growing),
    "more than 100 streams": ("mkv", lambda path: crowded(path, 101)),
    "more than a million characters of metadata": ("mp4", talkative),
    "HLS playlist": ("mp4", text("\n#EXTM3U\n#EXTINF:1,\ngood.mp4\n#EXT-X-ENDLIST\n")),
    "HLS playlist after a byte order mark": ("mp4", text("\ufeff#EXTM3U\ngood.mp4\n")),
    "concat script": ("mp4", text("ffconcat version 1.0\nfile good.mp4\n")),
    "concat script after a comment": ("mp4", text("# a\nffconcat version 1.0\nfile good.mp4\n")),
    "SDP": ("mp4", text("v=0\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n")),
    "XML, such as DASH and ASX": ("mp4", text("<ASX><entry><ref href='good.mp4'/></entry></ASX>")),
    "list of addresses": ("mp4", text("http://127.0.0.1:8/x.mp4\n")),
    "reference movie": ("mov", reference_movie),
    "movie with samples in another file": ("mp4", samples_elsewhere),
}


def listing(folder: Path) -> dict[str, bytes | None]:
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def command_line(command: str, bad: str) -> tuple[tuple[str, ...], set[str]]:
    """Return the arguments that run a command on a file, and what it writes."""
    return {
        "condense": (("condense", bad, "-o", "out.mp4"), {"out.mp4", "out.csv"}),
        "compare": (("compare", "good.mp4", bad, "--scores", "out.csv"), {"out.csv"}),
        "report": (("report", bad, "--csv", "out.csv"), {"out.csv"}),
        "preview": (("preview", bad, "-o", "out.png"), {"out.png"}),
    }[command]


def check(fault: str, command: str, folder: Path, arguments, outputs, capsys, main) -> None:
    row = TABLE[fault]
    before = listing(folder)
    code = main(arguments)
    said = capsys.readouterr().err
    assert code in row.codes[command], said
    assert "Traceback" not in said
    if code:
        assert row.says in said
    after = listing(folder)
    assert before.items() <= after.items()
    new = after.keys() - before.keys()
    assert new == (outputs if code in (0, 5) else set())
    assert "F" in row.left if new else "N" in row.left
    if code not in (0, 5):
        assert len(said.splitlines()) == 1
    elif command == "condense":
        rows = table(folder / "out.csv")
        assert len(Shown(folder / "out.mp4").frames) == len(kept(rows))
        # Exit code 0 means that every frame was seen.
        assert code == 5 or len(rows) == decodable(folder / arguments[1])
        times = [float(one["time"]) for one in rows]
        assert times == sorted(set(times))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command in `tmp_path` and holds its outcome against the table."""
    from vidsum.cli import main

    monkeypatch.chdir(tmp_path)

    def check_row(fault, command, arguments, outputs):
        check(fault, command, tmp_path, arguments, outputs, capsys, main)

    return check_row


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a function that makes an input, once for all commands."""
    folder = tmp_path_factory.mktemp("inputs")

    def make(fault: str) -> Path:
        suffix, maker = INPUTS[fault]
        place = folder / str(list(INPUTS).index(fault))
        if not place.exists():
            place.mkdir()
            maker(place / f"bad.{suffix}")
        return place / f"bad.{suffix}"

    return make


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A reference without a fault."""
    return write_clip(tmp_path_factory.mktemp("good") / "good.mp4", CODES)


@pytest.mark.parametrize(
    ("fault", "command"), [(fault, command) for fault in INPUTS for command in TABLE[fault].codes]
)
def test_inputs(tmp_path, run, made, good, fault, command):
    source = made(fault)
    bad = tmp_path / source.name
    if source.is_file():
        os.link(source, bad)
    elif os.path.lexists(source):
        INPUTS[fault][1](bad)
    if command == "compare":
        os.link(good, tmp_path / "good.mp4")
    run(fault, command, *command_line(command, bad.name))


ADDRESSES = {
    "`concat:`": "concat:good.mp4|good.mp4",
    "`subfile,,start,0,end,0,,:`": "subfile,,start,0,end,0,,:good.mp4",
    "`data:`": "data:video/mp4;base64,AAAA",
    "address with a password": "rtsp://admin:hunter2@127.0.0.1/live?user=a&password=hunter2",
    "signed address": "https://127.0.0.1/a.mp4?X-Amz-Date=1&X-Amz-Signature=hunter2&sig=hunter2",
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", ADDRESSES)
def test_addresses(tmp_path, run, fault, command):
    write_clip(tmp_path / "good.mp4", [0])
    run(fault, command, *command_line(command, ADDRESSES[fault]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("preview", "{}"),
        ("image", "{}", "x.png"),
        ("condense", "good.mp4", "-o", "{}"),
        ("condense", "good.mp4", "-o", "out.mp4", "--mask", "{}"),
        ("condense", "good.mp4", "-o", "out.mp4", "--min-ssim", "{}"),
        ("condense", "good.mp4", "-o", "out.mp4", "--config", "{}"),
        ("report", "good.mp4", "--csv", "out.csv", "--against", "{}"),
        ("condense", "{}", "--debug"),
        ("{}",),
    ],
)
def test_no_password_is_told(tmp_path, vidsum, arguments):
    write_clip(tmp_path / "good.mp4", [0])
    address = ADDRESSES["address with a password"]
    try:
        run = vidsum(*(argument.format(address) for argument in arguments))
    except AssertionError as error:  # --debug shows a traceback
        assert "hunter2" not in str(error)
        return
    assert run.code in (2, 3, 4, 6)
    assert "hunter2" not in run.err


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.ts", "x.avi"])
@pytest.mark.parametrize("command", ["condense", "report"])
def test_a_file_may_be_cut_at_any_byte(tmp_path, name, command):
    path, scores, video = tmp_path / name, tmp_path / "out.csv", tmp_path / "out.mp4"
    run = {
        "condense": lambda: condense(path, writing=Writing(output=video, scores=scores)),
        "report": lambda: report_scores(path, files=ReportFiles(csv=scores)),
    }[command]
    codec = "mpeg4" if name == "x.avi" else "libx264"
    content = write_clip(path, CODES[:12], codec=codec).read_bytes()
    for end in np.linspace(1, len(content) - 1, 25).astype(int):
        path.write_bytes(content[:end])
        try:
            code = 5 if run().lost_input else 0
        except VidsumError as error:
            code = error.exit_code
        assert code in right_codes("cut at any byte", command), end
        assert not list(tmp_path.glob("*.part*"))
        scores.unlink(missing_ok=True)
        video.unlink(missing_ok=True)


@pytest.mark.parametrize("command", ["condense", "report"])
def test_an_index_may_lead_nowhere(tmp_path, run, command):
    """AVI: after the first one, the keyframes are claimed to be beyond the end of the file."""
    content = bytearray(clip(tmp_path / "bad.avi", codec="mpeg4"))
    first = content.rindex(b"idx1") + 8
    for number in range(10, len(CODES), 10):
        place = first + 16 * number + 8
        content[place : place + 4] = (2**31 - 1).to_bytes(4, "little")
    (tmp_path / "bad.avi").write_bytes(content)
    words, outputs = command_line(command, "bad.avi")
    run("AVI whose index leads nowhere, with `--start`", command, (*words, "--start", "1"), outputs)


@pytest.mark.parametrize(
    ("command", "option"), [("condense", ("--hwaccel", "none")), ("compare", ("--vmaf",))]
)
def test_there_may_be_no_ffmpeg_binary(tmp_path, run, monkeypatch, command, option):
    write_clip(tmp_path / "good.mp4", [0])
    monkeypatch.setenv("PATH", "")
    words, outputs = command_line(command, "good.mp4")
    run("no ffmpeg binary, where an option wants one", command, (*words, *option), outputs)


def test_there_may_be_no_such_encoder(tmp_path, run, monkeypatch):
    write_clip(tmp_path / "good.mp4", [0])
    monkeypatch.setitem(ENCODERS, "hevc", ("libnothing",))
    words, outputs = command_line("condense", "good.mp4")
    run("a codec without an encoder", "condense", (*words, "--codec", "hevc"), outputs)


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("written to while it is read", lambda path: path.write_bytes(path.read_bytes() + b"x")),
        ("shrinks while it is read", lambda path: os.truncate(path, path.stat().st_size // 2)),
        ("its name goes while it is read", Path.unlink),
    ],
)
def test_an_input_that_is_written_to_while_it_is_read(tmp_path, fault, change):
    source = write_clip(tmp_path / "x.mkv", [n % 256 for n in range(200)], codec="ffv1")
    done = []

    def once():
        if not done:
            change(source)
            done.append(True)
        return False

    output = tmp_path / "out.mp4"
    result = condense(source, writing=Writing(output=output), should_stop=once)
    assert (5 if result.lost_input else 0) in right_codes(fault)
    assert TABLE[fault].says in "\n".join(result.faults)
    assert len(Shown(output).frames) == result.kept


def test_every_row_names_tests_that_are_there_and_hold_its_codes():
    folder = Path(__file__).parent
    for file, name in re.findall(r"`(test_\w+\.py)::(\w+)`", DOCUMENT.read_text("utf-8")):
        assert f"def {name}(" in (folder / file).read_text("utf-8"), f"{file}::{name}"
    assert len(TABLE) > 70
    assert set(INPUTS) | set(ADDRESSES) <= TABLE.keys()
    for fault, row in TABLE.items():
        assert row.tests, fault
        for test in row.tests:
            file, name = test.split("::")
            source = (folder / file).read_text(encoding="utf-8")
            found = re.search(rf"^def {name}\(.*?(?=^[^\s)]|\Z)", source, re.MULTILINE | re.DOTALL)
            assert found, f"{fault}: {test}"
            if "fault_table" in source:
                assert fault in INPUTS or fault in ADDRESSES or fault in source, f"{fault}: {test}"
                continue
            # Tests that do not read the table must name the codes that it names.
            helpers = re.findall(r"^def check_\w+\(.*?(?=^[^\s)]|\Z)", source, re.M | re.S)
            body = found[0] + "".join(one for one in helpers if one[4:].split("(")[0] in found[0])
            for code in row.codes.get("condense", frozenset().union(*row.codes.values())):
                signals = {130: "128 + signal.SIGINT", 143: "128 + signal.SIGTERM"}
                told = [rf"\b{code}\b", re.escape(signals.get(code, "-")), r"128 \+ number"]
                assert any(re.search(one, body) for one in told[: 3 if code > 128 else 1]), (
                    f"{fault}: {test} says nothing of {code}"
                )
