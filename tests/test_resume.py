"""Runs that are killed, and continued: the result is that of a run without interruption."""

import dataclasses
import json
import os
import random
import re
import signal
import subprocess
import sys
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import Shown, table, write_clip

from vidsum import Reading, Thresholds
from vidsum.cli import main
from vidsum.dedup import Judge
from vidsum.dedup.light import Lights
from vidsum.dedup.prepared import prepare
from vidsum.frame import Frame
from vidsum.jobs.condensing import journal
from vidsum.jobs.condensing.packing import packed, unpacked
from vidsum.video import Recording

SERVER = """
import json, os, signal, sys, tempfile
from vidsum.cli import main
from vidsum.cli.startup import load
from vidsum.jobs.condensing import journal
from vidsum.options import PRESETS

load()
# Kernels are loaded once for all; without OpenCV, which doesn't survive being forked.
with tempfile.TemporaryDirectory() as folder:
    for preset in ("exact", "surveillance"):
        table = f"{folder}/{preset}.csv"
        assert main(["report", sys.argv[1], "--csv", table, "--quiet", "--preset", preset]) == 0
assert "cv2" not in sys.modules
noted, save = journal._values, journal.Journal._save

def run(folder, words, plain, kill_at, save_every):
    os.chdir(folder)
    error = os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(error, 2)
    os.fsync = lambda descriptor: None  # processes are killed here, no power fails
    journal.SAVE_SECONDS = journal._WAIT_PER_SAVE_TIME = 0
    if plain:
        PRESETS["surveillance"] = PRESETS["exact"]
    seen = 0

    def noting(frame):
        nonlocal seen
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1
        return noted(frame)

    def saving(self, place):
        if self.frames % save_every == 0:
            save(self, place)

    journal._values, journal.Journal._save = noting, saving
    return main(words)

for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 99
        try:
            code = run(**json.loads(line))
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""
"""Runs the command line as often as requested, each time in its own process."""


@pytest.fixture(scope="module")
def server(clip):
    command = [sys.executable, "-W", "error", "-c", SERVER, clip]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def vidsum(server, tmp_path):
    """Runs `vidsum condense` in `tmp_path`, killed when `kill_at` new frames were decoded."""

    def run(*words, kill_at=None, save_every=7, plain=True, folder=tmp_path):
        call = {
            "folder": str(folder),
            "words": ["condense", *map(str, words)],
            "plain": plain,
            "kill_at": kill_at,
            "save_every": save_every,
        }
        server.stdin.write(json.dumps(call) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        err = (folder / "stderr").read_text()
        assert "Traceback" not in err
        assert (code == -signal.SIGKILL) == (kill_at is not None), err
        return SimpleNamespace(code=code, err=err)

    return run


@pytest.fixture
def resumed_here(tmp_path, monkeypatch, capsys, plain_rule):
    """Runs `vidsum condense --resume` in this process; returns exit code and the line it says."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = main(["condense", *map(str, words), "--resume"])
        (line,) = capsys.readouterr().err.splitlines()
        return code, line

    return run


CODES = [3 * (number // 4) % 256 for number in range(24)] + [7] * 40
CODES += [11 * (number // 2) % 256 for number in range(36)] + [9] * 30


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """130 frames: changes, a quiet stretch, changes, a quiet stretch; a keyframe every second."""
    folder = tmp_path_factory.mktemp("clip")
    return write_clip(folder / "x.mp4", CODES, options={"g": "25"})


def files(folder):
    return {
        path.name: path.read_bytes()
        for path in folder.glob("out*")
        if path.suffix not in (".mp4", ".mkv", ".avi", ".webm")
    }


def check_same(whole, resumed, output, *, pictures=True):
    """Check that the results in two folders are the same, and that nothing else is left."""
    assert {path.name for path in resumed.glob("out*")} == {
        path.name for path in whole.glob("out*")
    }
    assert files(resumed) == files(whole)
    one, other = Shown(whole / output), Shown(resumed / output)
    assert other.times == one.times
    assert other.rate == one.rate
    assert other.duration == one.duration
    for luma, wanted in zip(other.lumas, one.lumas, strict=True):
        # Another keyframe codes what lies round it a little otherwise.
        assert np.abs(luma - wanted).mean() < (2 if pictures else 0.001)


def check_interrupted(vidsum, tmp_path, inputs, options, kills, *, output="out.mkv", **how):
    """Check that a run that is killed again and again ends as one that is not."""
    words = [*inputs, "-o", output, *options]
    assert vidsum(*words, **how).code in (0, 5)
    whole = tmp_path / "whole"
    whole.mkdir()
    for path in tmp_path.glob("out*"):
        path.rename(whole / path.name)
    for kill in kills:
        vidsum(*words, "--resume", kill_at=kill, **how)
        assert (tmp_path / f"{output}.checkpoint").exists()
    done = vidsum(*words, "--resume", **how)
    assert done.code in (0, 5), done.err
    for path in tmp_path.glob("out*.part*"):
        path.unlink()  # of runs killed before they had saved anything
    check_same(whole, tmp_path, output, pictures="ffv1" not in options)
    return done


OPTIONS = {
    "plain": [],
    "reports": ["--events", "out.json", "--subtitles", "out.vtt", "--edl", "out.edl"],
    "all tables": ["--scores", "out.jsonl", "--all-scores", "--no-prefilter"],
    "pad": ["--pad", "0.3"],
    "min-event": ["--min-event", "0.5", "--merge-gap", "0.4", "--pad", "0.2"],
    "every": ["--every", "3", "--pad", "0.2"],
    "start and end": ["--start", "0.6", "--end", "4.4"],
    "mean": ["--pool", "mean", "--heartbeat", "0.5"],
    "areas": ["--roi", "0,0,80,120", "--max-rate", "5"],
    "source": ["--timing", "source", "--burn-in"],
    "speedup": ["--timing", "speedup", "--speedup", "5"],
    "target": ["--target-ratio", "0.1"],
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_what_is_killed_and_resumed_is_as_if_never_killed(vidsum, tmp_path, clip, options):
    kills = [random.Random(str(options)).randrange(8, 60), 30]
    check_interrupted(vidsum, tmp_path, [clip], [*options, "--codec", "ffv1"], kills)


def test_what_is_usual_is_still_known(vidsum, tmp_path, samples):
    options = ["--start", "22", "--end", "29", "--codec", "mjpg", "--ignore", "0,0,99,99"]
    street = samples / "street.mp4"
    check_interrupted(vidsum, tmp_path, [street], options, [65], plain=False, save_every=30)
    reasons = {row["reason"] for row in table(tmp_path / "out.csv")}
    assert {"usual", "change", "same"} <= reasons


def test_a_judge_goes_on_from_a_state(samples):
    """The same decisions to the bit, with leaves and a clock."""
    with Recording([samples / "street.mp4"], Reading(start=22, end=40)) as recording:
        frames = [
            dataclasses.replace(frame, native=None, luma=frame.luma.copy()) for frame in recording
        ]
    shape = frames[0].luma.shape
    counted = np.ones(shape, np.bool_)
    counted[:99, :99] = False
    judge = Judge(shape, Thresholds(), counted=counted)
    states, decisions = {}, []
    for index, frame in enumerate(frames):
        if index in (1, 70, 150):
            states[index] = b"".join(packed(judge.state))
        decisions.append(judge.judge(frame))
    assert {"usual", "change"} <= {decision.reason for decision in decisions}
    for begin, state in states.items():
        other = Judge(shape, Thresholds(), counted=counted)
        other.restore(unpacked(state))
        assert [other.judge(frame) for frame in frames[begin:]] == decisions[begin:]
        assert b"".join(packed(other.state)) == b"".join(packed(judge.state))


def test_a_light_that_has_yet_to_settle_is_remembered():
    prepared = prepare(np.arange(32 * 64, dtype=np.uint8).reshape(32, 64))
    lights, other = Lights(), Lights()
    assert not lights.has_settled(prepared, Fraction(0), 0.5)
    other.restore(unpacked(b"".join(packed(lights.state))))
    assert other.has_settled(prepared, Fraction(1), 0.5)


@pytest.mark.parametrize(
    ("codec", "ending"),
    [
        *(("mp4v", ending) for ending in ("mp4", "mkv", "avi")),
        *((codec, "mkv") for codec in ("mjpg", "xvid", "h264", "hevc", "av1")),
    ],
)
def test_every_codec_goes_on(vidsum, tmp_path, clip, codec, ending):
    output = f"out.{ending}"
    kills = [60, 50] if ending == "mkv" else [60]
    check_interrupted(vidsum, tmp_path, [clip], ["--codec", codec], kills, output=output)


def test_pictures_of_page_and_sheet_are_kept(vidsum, tmp_path, clip):
    pytest.importorskip("plotly")
    options = ["--codec", "ffv1", "--sheet", "out.png", "--sheet-size", "3x2"]
    check_interrupted(vidsum, tmp_path, [clip], options, [100, 20], save_every=3)
    options = ["--html", "page.html", "--force"]
    vidsum(clip, "-o", "out.mkv", *options)
    wanted = pictures_in(tmp_path / "page.html")
    assert len(wanted) == 26
    vidsum(clip, "-o", "out.mkv", *options, kill_at=110)
    assert vidsum(clip, "-o", "out.mkv", *options, "--resume").code == 0
    assert pictures_in(tmp_path / "page.html") == wanted


def test_no_part_of_table_or_video_is_left(vidsum, tmp_path, clip):
    pytest.importorskip("pyarrow")
    words = [clip, "-o", "out.mkv", "--scores", "out.parquet"]
    vidsum(*words, kill_at=60)
    assert len([*tmp_path.glob("out.parquet.*")]) == 1
    vidsum(*words, "--resume", kill_at=20)
    assert vidsum(*words, "--resume").code == 0
    assert {path.name for path in tmp_path.glob("out*")} == {"out.mkv", "out.parquet"}


def pictures_in(page):
    """Return the JPEG files in a page."""
    return re.findall(r"/9j/[A-Za-z0-9+/=]+", page.read_text())


def test_several_inputs_and_what_is_wrong_with_them(vidsum, tmp_path, clip):
    stream = write_clip(tmp_path / "s.ts", CODES[:60], options={"g": "25"}).read_bytes()
    broken = tmp_path / "broken.ts"
    broken.write_bytes(stream + stream)  # time jumps back
    inputs = [clip, broken, clip]
    for kills in ([200], [140, 130]):
        folder = tmp_path / str(kills[0])
        folder.mkdir()
        done = check_interrupted(
            lambda *words, folder=folder, **how: vidsum(*words, folder=folder, **how),
            folder,
            inputs,
            ["--codec", "ffv1", "--scores", "out.json", "--audio", "cut"],
            kills,
        )
        assert done.code == 5
        assert json.loads((folder / "out.json").read_text())["summary"]["faults"]


def test_times_that_vary_and_files_that_cannot_be_searched(vidsum, tmp_path):
    times = [
        40 * number + (number * number) % 31 + 900 * (number > 50) for number in range(len(CODES))
    ]
    varied = write_clip(tmp_path / "v.mkv", CODES, times=times, options={"g": "25"})
    stream = write_clip(tmp_path / "s.ts", CODES, options={"g": "25"})
    for source in (varied, stream):
        folder = tmp_path / source.stem
        folder.mkdir()
        check_interrupted(
            lambda *words, folder=folder, **how: vidsum(*words, folder=folder, **how),
            folder,
            [source],
            ["--codec", "ffv1", "--timing", "source", "--pad", "0.2"],
            [90],
        )


OUT = ("-o", "out.mkv")


@pytest.fixture
def killed(vidsum, tmp_path, clip):
    """A folder in which a run was killed; its input."""
    source = tmp_path / "x.mp4"
    source.write_bytes(clip.read_bytes())
    vidsum(source, *OUT, kill_at=60)
    return source


def test_what_is_refused_names_what_has_changed(vidsum, resumed_here, killed):
    for options, told in (
        (("--pad", "0.5"), "--resume: --pad was 0.0, is 0.5"),
        (("--codec", "ffv1"), "--codec was mp4v, is ffv1"),
        (("--roi", "0,0,9,9"), "--roi was not set, is"),
        (("--sheet", "out.png"), "--sheet was not set, is out.png"),
    ):
        code, line = resumed_here(killed, *OUT, *options)
        assert code == 2 and told in line
    code, line = resumed_here(killed, killed, *OUT)
    assert code == 2 and "inputs" in line
    content, status = killed.read_bytes(), killed.stat()
    for changed, told in (
        (content + b"1", "its size is another"),
        (bytes([*content[:-9], content[-9] ^ 1, *content[-8:]]), "its content is another"),
        (content, "its time of change is another"),
    ):
        killed.write_bytes(changed)
        if changed != content:
            os.utime(killed, ns=(status.st_atime_ns, status.st_mtime_ns))
        code, line = resumed_here(killed, *OUT)
        assert code == 2 and told in line
    os.utime(killed, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert vidsum(killed, *OUT, "--resume").code == 0


def test_without_resume_it_is_asked_what_to_do(vidsum, tmp_path, killed):
    run = vidsum(killed, *OUT)
    assert run.code == 2
    assert "resume it with --resume, or start over with --force" in run.err
    assert vidsum(killed, *OUT, "--force").code == 0
    assert not list(tmp_path.glob("*.checkpoint*"))


def test_resume_may_always_be_given(vidsum, tmp_path, clip):
    run = vidsum(clip, *OUT, "--resume")
    assert run.code == 0
    assert "begun at the beginning" in run.err
    assert not list(tmp_path.glob("*.checkpoint*"))
    again = vidsum(clip, *OUT, "--resume")
    assert (again.code, "this file exists" in again.err) == (2, True)


def test_what_was_interrupted_is_told(vidsum, killed):
    run = vidsum(killed, *OUT, "--resume")
    assert "resumed after the 56 frames of an interrupted run" in run.err


def test_no_state_no_question(vidsum, tmp_path, clip):
    vidsum(clip, *OUT, kill_at=5, save_every=1000)
    assert (tmp_path / "out.mkv.checkpoint").exists()
    assert vidsum(clip, *OUT).code == 0
    assert not (tmp_path / "out.mkv.checkpoint").exists()


def test_damage_anywhere_is_refused(vidsum, resumed_here, tmp_path, killed):
    moments = random.Random(1)
    notes, state = tmp_path / "out.mkv.checkpoint", tmp_path / "out.mkv.checkpoint.state"
    whole = {path: path.read_bytes() for path in (notes, state)}
    used = [whole[notes].rindex(b'\n["') - 300, len(whole[state])]
    for path, size in zip((notes, state), used, strict=True):
        content = whole[path]
        cuts = [0, 1, 20, size - 1, *(moments.randrange(size) for _ in range(4))]
        changes = [content[:cut] for cut in cuts]
        for place in (0, 30, *(moments.randrange(size) for _ in range(6))):
            changes.append(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        for changed in changes:
            path.write_bytes(changed)
            code, line = resumed_here(killed, *OUT)
            assert code == 2 and ("damaged" in line or "no checkpoint" in line)
        path.write_bytes(content)
    assert vidsum(killed, *OUT, "--resume").code == 0


def test_the_part_video_may_be_damaged_or_gone(vidsum, tmp_path, clip):
    for change in (lambda part: part.unlink(), lambda part: os.truncate(part, 9000)):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        vidsum(clip, *OUT, "--codec", "ffv1", folder=folder)
        wanted = Shown(folder / "out.mkv").codes
        vidsum(clip, *OUT, "--codec", "ffv1", "--force", kill_at=120, folder=folder)
        (part,) = folder.glob("*.part.mkv")
        change(part)
        run = vidsum(clip, *OUT, "--codec", "ffv1", "--force", "--resume", folder=folder)
        assert run.code == 0, run.err
        assert Shown(folder / "out.mkv").codes == wanted


def test_frames_are_told_again_as_they_were():
    nothing = np.empty((0, 0), np.uint8)
    plain = Frame(
        number=7, time=Fraction(7, 25), luma=nothing, source_number=7, source_time=Fraction(7, 25)
    )
    own = dataclasses.replace(plain, source=1, source_number=2, source_time=Fraction(1, 3))
    for frame in (plain, own, dataclasses.replace(plain, shift=Fraction(5, 2))):
        told = journal._frame(journal._values(frame))
        for name in ("number", "time", "source", "source_number", "source_time", "shift"):
            assert getattr(told, name) == getattr(frame, name)
