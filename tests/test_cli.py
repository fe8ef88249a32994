"""The command line: exit codes, one line for each error, and what is left in the folder."""

import dataclasses
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from conftest import Shown, kept, table, write_clip
from PIL import Image

from vidsum import Reading, Thresholds, Writing
from vidsum.cli import main
from vidsum.cli.terminal import Terminal, print_out

pytestmark = pytest.mark.usefixtures("plain_rule")

needs_permissions = pytest.mark.skipif(
    os.geteuid() == 0, reason="permissions do not bind the superuser"
)


@pytest.fixture
def listing(tmp_path):
    """Return what is in the folder and in its files, for comparison."""
    return lambda: {
        path.relative_to(tmp_path): path.is_file() and path.read_bytes()
        for path in tmp_path.rglob("*")
    }


def audio_only(path: Path) -> None:
    with av.open(path, "w") as file:
        stream = file.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
        frame.rate, frame.pts = 48000, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def without_index(path: Path) -> None:
    write_clip(path, range(10))
    path.write_bytes(path.read_bytes()[:-500])


def nothing_decodable(path: Path) -> None:
    write_clip(path, range(10))
    content = bytearray(path.read_bytes())
    begin, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(content)


UNREADABLE = {
    "missing": (lambda path: None, "there is no such file"),
    "empty": (Path.touch, "the file is empty"),
    "directory": (Path.mkdir, "this is a folder"),
    "text": (lambda path: path.write_text("not a video\n" * 99), "not a video"),
    "random bytes": (
        lambda path: path.write_bytes(np.random.default_rng(1).bytes(50_000)),
        "not a video",
    ),
    "audio only": (audio_only, "no video in it, only audio"),
    "no moov": (without_index, "no readable index (moov)"),
    "nothing decodable": (nothing_decodable, "0 frames decoded"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_inputs_exit_3_with_one_line_and_leave_nothing(tmp_path, vidsum, listing, kind):
    make, says = UNREADABLE[kind]
    make(tmp_path / "bad.mp4")
    before = listing()
    run = vidsum("condense", "bad.mp4", "-o", "out.mp4")
    assert run.code == 3
    (line,) = run.lines
    assert line.startswith("vidsum: bad.mp4: ")
    assert says in line
    assert listing() == before


@needs_permissions
def test_an_input_without_permission_exits_3(tmp_path, vidsum):
    write_clip(tmp_path / "bad.mp4", [0]).chmod(0)
    run = vidsum("condense", "bad.mp4")
    assert run.code == 3
    assert "no permission to read it" in run.err


PLAYLISTS = {
    "HLS": b"#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n",
    "ffconcat": b"ffconcat version 1.0\nfile other.mp4\n",
    "SDP": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "DASH": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_playlists_in_disguise_exit_6_and_open_nothing(tmp_path, vidsum, listing, kind):
    write_clip(tmp_path / "other.mp4", [0])
    (tmp_path / "bad.mp4").write_bytes(PLAYLISTS[kind])
    before = listing()
    run = vidsum("condense", "bad.mp4", "-o", "out.mp4")
    assert run.code == 6
    (line,) = run.lines
    assert "bad.mp4" in line
    assert listing() == before


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://camera.example/stream",
        "https://example.com/x.mp4",
        "concat:a.mp4|b.mp4",
        "subfile:a.mp4",
        "data:video/mp4;base64,AAAA",
        "file:a.mp4",
    ],
)
def test_addresses_exit_6(tmp_path, vidsum, listing, address):
    write_clip(tmp_path / "a.mp4", [0])
    before = listing()
    run = vidsum("condense", address, "-o", "out.mp4")
    assert run.code == 6
    (line,) = run.lines
    assert address in line
    assert listing() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--codec", "vp10"], "vp10"),
        (["--crf", "20"], "--crf has no meaning for --codec mp4v"),
        (["--codec", "h264", "--crf", "52"], "--crf is 52"),
        (["--min-ssim", "1.5"], "--min-ssim is 1.5"),
        (["--min-ssim", "much"], "much"),
        (["--pool", "median"], "median"),
        (["--heartbeat", "0"], "--heartbeat is 0"),
        (["--every", "0"], "--every is 0"),
        (["--stream", "5"], "--stream is 5"),
        (["--start", "1:2:3:4"], "--start is '1:2:3:4'"),
        (["--start", "2", "--end", "1"], "--end 1"),
        (["--start", "60"], "00:00:02.000"),
        (["--hwaccel", "-i evil"], "--hwaccel"),
        (["--timing", "odd"], "odd"),
        (["--no-scores", "--all-scores"], "--no-scores"),
        (["--scores", "out.mp4"], "two outputs have this name"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_options_exit_2_with_one_line_and_leave_nothing(
    tmp_path, clip, vidsum, listing, options, says
):
    run = vidsum("condense", clip, "-o", "out.mp4", *options)
    assert run.code == 2
    (line,) = run.lines
    assert says in line
    assert listing() == {}


def test_a_command_is_needed_for_work(vidsum):
    assert vidsum("condens").code == 2
    assert vidsum("condense").code == 2


@pytest.mark.parametrize("existing", ["out.mp4", "out.csv"])
def test_an_existing_output_stays_unless_forced(tmp_path, clip, vidsum, listing, existing):
    (tmp_path / existing).write_text("mine")
    before = listing()
    run = vidsum("condense", clip, "-o", "out.mp4")
    assert run.code == 2
    (line,) = run.lines
    assert existing in line
    assert "--force" in line
    assert listing() == before
    assert vidsum("condense", clip, "-o", "out.mp4", "--force").code == 0
    assert len(table(tmp_path / "out.csv")) == 50
    assert len(Shown(tmp_path / "out.mp4").frames) == 5


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("kind", ["path", "symlink", "hard link", "dotted", "scores"])
def test_the_input_is_never_an_output(tmp_path, vidsum, listing, kind, force):
    clip = write_clip(tmp_path / "x.mp4", [0, 1])
    (tmp_path / "folder").mkdir()
    output = {"path": "x.mp4", "dotted": "folder/../x.mp4"}.get(kind, "other.mp4")
    scores = ()
    if kind == "symlink":
        (tmp_path / output).symlink_to(clip)
    elif kind == "hard link":
        os.link(clip, tmp_path / output)
    elif kind == "scores":
        scores = ("--scores", "x.mp4")
    before = listing()
    run = vidsum("condense", "x.mp4", "-o", output, *scores, *force)
    assert run.code == 2
    (line,) = run.lines
    assert "this output is the input x.mp4" in line
    assert listing() == before


COMMANDS = (
    "condense in/x.mp4 -o out.mp4 --events e.json --sheet s.png --explain 3 --clips clips "
    "--audio cut --mask in/mask.png --config in/options.toml",
    "condense in/x.mp4 in/x.mp4 -o two.mp4 --target-ratio 0.1 --start 0.5",
    "compare in/x.mp4 in/x.mp4 --scores compared.csv --worst 2 worst.png",
    "report in/x.mp4 --csv report.csv --against in/mask.png",
    "report in/scores.csv --json saved.json",
    "image in/mask.png in/mask.png",
    "preview in/x.mp4 -o preview.png",
    "events in",
    "batch in -o out --recursive",
)


@pytest.mark.usefixtures("tasks_here")
def test_inputs_are_never_modified(tmp_path, clip, vidsum):
    pytest.importorskip("duckdb")
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(clip, folder / "x.mp4")
    Image.fromarray(np.full((120, 160), 255, np.uint8)).save(folder / "mask.png")
    (folder / "options.toml").write_text("pad = 0.1\n")
    words = ("in/x.mp4", "-o", "y.mp4", "--scores", "in/scores.csv", "--events", "in/e.json")
    assert vidsum("condense", *words).code == 0

    def inputs():
        """Return what would tell of a change, to a file or to what is in the folder."""
        return {
            path.name: (
                path.is_file() and path.read_bytes(),
                *(getattr(path.stat(), f"st_{it}") for it in ("ino", "mode", "size", "mtime_ns")),
            )
            for path in (folder, *folder.rglob("*"))
        }

    before = inputs()
    for words in COMMANDS:
        assert main(words.split()) == 0
        assert inputs() == before, words


def test_a_missing_output_folder_exits_4(clip, vidsum, listing):
    run = vidsum("condense", clip, "-o", "missing/out.mp4")
    assert run.code == 4
    assert run.lines == [
        "vidsum: missing/out.mp4: there is no folder missing; create it first",
    ]
    assert listing() == {}


def test_an_output_that_is_a_folder_exits_2(tmp_path, clip, vidsum, listing):
    (tmp_path / "out.mp4").mkdir()
    run = vidsum("condense", clip, "-o", "out.mp4", "--force")
    assert run.code == 2
    assert "this is a folder" in run.err
    assert listing() == {Path("out.mp4"): False}


@needs_permissions
def test_a_read_only_folder_exits_4(tmp_path, clip, vidsum):
    (tmp_path / "fixed").mkdir(mode=0o500)
    run = vidsum("condense", clip, "-o", "fixed/out.mp4")
    assert run.code == 4
    assert "no permission to write into fixed" in run.err


def test_a_summary_tells_what_was_done_unless_quiet(tmp_path, clip, vidsum):
    said = vidsum("condense", clip, "-o", "out.mp4").err
    assert "50 frames, 5 kept (10.0%)" in said
    assert "out.mp4: 5 frames, 160x120" in said
    assert "out.csv: 50 rows" in said
    assert vidsum("condense", clip, "-o", "out.mp4", "--force", "--quiet").err == ""


def test_what_the_encoding_of_stdout_lacks_is_escaped(monkeypatch):
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding="ascii"))
    print_out("gate \N{CJK UNIFIED IDEOGRAPH-9580}")
    assert content.getvalue() == b"gate \\u9580\n"


def test_debug_shows_where_an_error_arose(vidsum, capsys):
    assert main(["condense", "missing.mp4", "--debug"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.splitlines()[-1] == "vidsum: missing.mp4: there is no such file"


@pytest.mark.parametrize(
    "name",
    ["-dash.mp4", "a:b.mp4", "%02d.mp4", "two\nlines.mp4", "\x1b[31mred.mp4", "東門 Ü.mp4"],
)
def test_names_may_hold_anything(tmp_path, vidsum, name):
    write_clip(tmp_path / name, [0, 1])
    run = vidsum("condense", f"./{name}" if name.startswith("-") else name)
    assert run.code == 0
    assert "\x1b" not in run.err
    assert len(run.lines) == 6
    names = {path.name for path in tmp_path.iterdir()}
    stem = name.removesuffix(".mp4")
    assert names == {name, f"{stem}.condensed.mp4", f"{stem}.condensed.csv"}
    assert Shown(tmp_path / f"{stem}.condensed.mp4").codes == [0, 1]


def test_a_default_name_is_cut_to_what_a_file_may_be_called(tmp_path, vidsum):
    write_clip(tmp_path / "x.mp4", [0, 1])
    (tmp_path / "x.mp4").rename(tmp_path / ("ä" * 125 + ".mp4"))
    assert vidsum("condense", "ä" * 125 + ".mp4").code == 0
    assert sorted(len(path.suffixes) for path in tmp_path.iterdir()) == [1, 2, 2]


def test_a_mistake_of_ours_is_one_line_too(clip, vidsum, monkeypatch):
    def mistaken(*_):
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr("vidsum.dedup.judge.Judge.judge", mistaken)
    run = vidsum("condense", clip)
    assert run.code == 70
    assert run.lines == [
        "vidsum: unexpected error, ZeroDivisionError: by\\nzero (--debug shows where; please "
        "report it)"
    ]


def test_the_longest_names_work(tmp_path, vidsum):
    name = "ä" * 125 + ".mp4"  # 254 bytes
    write_clip(tmp_path / "x.mp4", [0, 1])
    assert vidsum("condense", "x.mp4", "-o", name).code == 0
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("group", [Thresholds, Reading, Writing, Terminal])
def test_help_lists_every_option(capsys, group):
    assert main(["condense", "--help"]) == 0
    said = capsys.readouterr().out
    for field in dataclasses.fields(group):
        assert f"--{field.name.replace('_', '-')}" in said


@pytest.mark.parametrize("command", ["condense", "batch", "watch", "events", "compare", "image"])
def test_options_stand_in_panels(capsys, command):
    main([command, "--help"])
    panels = re.findall("─ ([A-Z][a-z ]+) ─", capsys.readouterr().out)
    assert panels[0] == "Arguments" and panels[-1] == "General"
    assert "Output" in panels and "Parameters" not in panels


def test_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __import__("vidsum").__version__


def test_help_loads_nothing_heavy():
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "vidsum", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in run.stderr.splitlines()}
    assert "vidsum" in loaded
    assert not loaded & {"numpy", "av", "cv2", "numba", "scipy", "skimage", "tqdm"}
    assert "condense" in run.stdout


def start(clip: Path, output: Path) -> subprocess.Popen[str]:
    """Begin a long run, and return it once rows are being written."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "vidsum", "condense", *[clip] * 40),
            *("-o", output, "--all-scores", "--no-prefilter"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size for part in output.parent.glob("*.part.csv")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_what_was_kept(tmp_path, endless, number):
    process = start(endless, tmp_path / "out.mp4")
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "vidsum: stopped; what is written is complete" in said
    assert "Traceback" not in said
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "out.csv"}
    rows = table(tmp_path / "out.csv")
    assert 0 < len(rows) < 40_000
    numbers = kept(rows)
    assert Shown(tmp_path / "out.mp4").codes == [n % 1000 // 4 % 256 for n in numbers]


def test_a_second_signal_ends_the_run_at_once(tmp_path, endless):
    process = start(endless, tmp_path / "out.mp4")
    process.send_signal(signal.SIGSTOP)  # so that the run cannot end between the two
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    assert "Traceback" not in said
    assert not (tmp_path / "out.mp4").exists()
    assert list(tmp_path.glob("*.part.mkv"))


def test_a_closed_stderr_does_not_change_the_outcome(tmp_path, clip):
    command = [sys.executable, "-m", "vidsum", "condense", clip, "-o", tmp_path / "out.mp4"]
    run = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", *command], check=False)
    assert run.returncode == 0
    assert len(table(tmp_path / "out.csv")) == 50


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        ("condense x.mp4 --sheet-size 3x3", "--sheet"),
        ("condense x.mp4 --sheet_size=3x3 --resume", "--sheet"),
        ("condense x.mp4 --speedup 9 --timing source", "--timing speedup"),
        ("report x.mp4 --usual habits --preset exact", "--memory, which is 0"),
        ("report x.mp4 --learn 2 --memory 0", "--memory, which is 0"),
        ("preview x.mp4 --light ignore --pool mean", "--pool local"),
        ("batch x.mp4 -o out --max-gap 3", "--group"),
        ("batch x.mp4 -o out --settle 3", "--watch-folder"),
        ("batch x.mp4 -o out --rescan 3", "--watch-folder"),
        ("compare x.mp4 x.mp4 --max-offset 3 --align none", "--align auto"),
        ("image x.png x.png --max-memory 2G", "--isolate"),
    ],
)
def test_an_option_that_does_nothing_is_refused(vidsum, words, needs):
    (line,) = (run := vidsum(*words.split())).lines
    assert (run.code, f" does nothing without {needs}" in line) == (2, True), line


def test_an_option_that_does_nothing_may_stand_in_a_config_file(clip, tmp_path, vidsum):
    words = 'speedup = 9\nsheet-size = "3x3"\npreset = "exact"\nusual = "all"\nlearn = 2.0\n'
    (tmp_path / "all.toml").write_text(words)
    assert vidsum("condense", clip, "--config", "all.toml").code == 0
    used = ("--timing", "speedup", "--speedup", "9", "--sheet", "x.png", "--sheet-size", "2x2")
    assert vidsum("condense", clip, "-o", "other.mp4", *used).code == 0
