"""`vidsum batch`: many recordings, one bad file, and whatever ends a run."""

import csv
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import write_clip

import vidsum
from vidsum.cli import main

EXACT = ("--preset", "exact")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """24 frames: six pictures."""
    return write_clip(tmp_path_factory.mktemp("tiny") / "x.mp4", [n // 4 for n in range(24)])


@pytest.fixture
def long(tmp_path):
    """Many seconds of work: sixty segments of 24 seconds, for --group."""
    codes = [number // 4 % 256 for number in range(600)]
    first = write_clip(tmp_path / "x.mp4", codes, options={"preset": "ultrafast"})
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(60):
        minute, second = divmod(24 * number, 60)
        os.link(first, folder / f"a_20240501_10{minute:02}{second:02}.mp4")
    first.unlink()
    return folder


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs `vidsum batch` inside `tmp_path`: exit code, table and messages."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        capsys.readouterr()
        code = main(["batch", *map(str, words), *EXACT])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


def started(*words, cwd):
    return subprocess.Popen(
        [sys.executable, "-m", "vidsum", "batch", *map(str, words), *EXACT],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manifests(out: Path) -> dict[str, dict]:
    return {
        str(path.relative_to(out)).removesuffix(".manifest.json"): json.loads(path.read_text())
        for path in out.rglob("*.manifest.json")
    }


def states(out: Path) -> dict[str, str]:
    return {name: manifest["state"] for name, manifest in manifests(out).items()}


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "batch.csv").open(newline="") as file:
        return {row["recording"]: row for row in csv.DictReader(file)}


def halted_when(process, out, condition):
    """Let a run go on until the condition holds, and halt it there; `go_on` ends that."""
    deadline = time.monotonic() + 60
    while not out.exists() or not halted(process, condition):
        assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
        time.sleep(0.02)


def halted(process, condition):
    """Halt a run if the condition holds, and return whether it does."""
    process.send_signal(signal.SIGSTOP)
    if not (holds := condition()):
        process.send_signal(signal.SIGCONT)
    return holds


def go_on(process, number):
    """Send a signal to a run that was halted, and let it go on."""
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)


def children(process):
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def fingerprint(out: Path) -> dict[str, tuple[int, int]]:
    """Return what tells whether a file was written again, of those that belong to what is over."""
    over = {name for name, state in states(out).items() if state != "running"}
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in out.iterdir()
        if path.name.split(".")[0] in over
    }


def test_a_run_that_is_interrupted_again_and_again_ends_complete(tmp_path, run, tiny):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for number in range(9):
        shutil.copy(tiny, folder / f"n{number:02}.mp4")
    broken = ["n02", "n05", "n07"]
    for name in broken:
        (folder / f"{name}.mp4").write_bytes(tiny.read_bytes()[:700])
    before: dict[str, tuple[int, int]] = {}

    def has_gone_on():
        return len(fingerprint(out)) >= len(before) + 2

    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        process = started("in", "-o", "out", "--workers", 2, cwd=tmp_path)
        halted_when(process, out, has_gone_on)
        if number == signal.SIGKILL:  # of all its processes
            for child in children(process):
                os.kill(child, number)
        go_on(process, number)
        said, told = process.communicate(timeout=60)
        assert process.returncode == code, told
        if number == signal.SIGINT:
            assert "stopped" in told and "not done" in said
            assert not [path for path in out.iterdir() if ".part" in path.name]
        after = fingerprint(out)
        assert before.items() <= after.items()
        before = after
    assert len(states(out)) < 9
    last = started("in", "-o", "out", "--workers", 2, cwd=tmp_path)
    said, told = last.communicate(timeout=60)
    assert last.returncode == 5, told
    assert before.items() <= fingerprint(out).items()

    found = states(out)
    assert len(found) == 9
    assert [name for name in sorted(found) if found[name] == "failed"] == broken
    endings = ("condensed.csv", "condensed.mp4", "events.json", "manifest.json")
    files = {path.name for path in out.iterdir()}
    assert files == {"batch.csv"} | {
        f"{name}.{ending}"
        for name in found
        for ending in endings
        if name not in broken or ending == "manifest.json"
    }
    assert len({(out / f"{name}.condensed.mp4").read_bytes() for name in {*found} - {*broken}}) == 1
    table = rows(out)
    assert [table[name]["kept"] for name in sorted(table)] == [
        "" if name in broken else "6" for name in sorted(table)
    ]
    assert len(said.splitlines()) == 10

    # Nothing is left to do.
    code, _, err = run("in", "-o", "out")
    assert code == 5
    assert "9 recordings: 6 done before, 3 failed before" in err
    assert "--retry-failed tries those again" in err


def test_results_are_those_of_condense(tmp_path, run, tiny):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    shutil.copy(tiny, tmp_path / "in" / "deep" / "a.mp4")
    # What lies in the working folder is no module of a worker's.
    (tmp_path / "av.py").write_text("raise SystemExit")
    words = ("--pad", 0.04, "--burn-in")
    code, out, err = run(
        "in", "--recursive", "-o", "out", "--workers", 1, "--subtitles", "--html", *words
    )
    assert code == 0, err
    results = {
        "-o": ("condensed.mp4", "plain.mp4"),
        "--scores": ("condensed.csv", "plain.csv"),
        "--events": ("events.json", "plain.json"),
        "--subtitles": ("condensed.vtt", "plain.vtt"),
    }
    files = [word for option, (_, plain) in results.items() for word in (option, plain)]
    words = ("condense", "in/deep/a.mp4", *files, *words)
    assert main([*map(str, words), *EXACT]) == 0
    for ending, plain in results.values():
        result = (tmp_path / "out" / "deep" / f"a.{ending}").read_bytes()
        assert result == (tmp_path / plain).read_bytes(), ending
    assert "deep/a" in out and "1 recording: 1 done" in err

    manifest = manifests(tmp_path / "out")["deep/a"]
    assert manifest["state"] == "done" and manifest["exit_code"] == 0
    (identity,) = manifest["identity"]["inputs"]
    assert identity["size"] == tiny.stat().st_size
    assert manifest["result"]["frames"] == 24
    assert manifest["files"] == [
        "a.condensed.mp4", "a.condensed.csv", "a.events.json", "a.html", "a.condensed.vtt"
    ]  # fmt: skip


def test_only_what_has_changed_is_done_again(tmp_path, run, tiny, tasks_here):
    (tmp_path / "in").mkdir()
    for name in "abc":
        shutil.copy(tiny, tmp_path / "in" / f"{name}.mp4")
    out = tmp_path / "out"
    assert run("in", "-o", "out")[0] == 0
    first = fingerprint(out)

    # The same values in other words, at another place, with --force: nothing to do.
    shutil.move(tmp_path / "in", tmp_path / "disk")
    code, _, err = run("disk", "-o", "out", "--min-ssim", "0.70", "--merge-gap", "2", "--force")
    assert code == 0 and "3 recordings: 3 done before" in err
    assert fingerprint(out) == first

    code, _, err = run("disk", "-o", "out", "--pad", "0.04")
    assert code == 2
    assert "out: 3 of 3 recordings are done with other options, --pad was 0.0, is 0.04" in err
    assert "--force does them again" in err
    assert fingerprint(out) == first

    os.utime(tmp_path / "disk" / "a.mp4", (1, 1))
    (out / "b.condensed.mp4").unlink()
    code, _, err = run("disk", "-o", "out")
    assert code == 0
    assert "a: another time of change than before; again" in err
    assert "b: b.condensed.mp4 is gone; again" in err
    assert "2 done, 1 done before" in err
    assert (out / "b.condensed.mp4").exists()
    assert {name for name, was in first.items() if fingerprint(out)[name] != was} == {
        str(path) for path in out.iterdir() if path.name[0] in "ab" and path.name != "batch.csv"
    }

    code, _, err = run("disk", "-o", "out", "--pad", "0.04", "--force")
    assert code == 0 and "3 recordings: 3 done" in err
    assert "c: --pad was 0.0, is 0.04; again" in err
    assert manifests(out)["c"]["identity"]["options"]["pad"] == 0.04


def test_what_failed_is_tried_again_where_asked_or_when_it_has_changed(
    tmp_path, run, tiny, tasks_here
):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"nothing")
    (tmp_path / "out").mkdir()
    left = tmp_path / "out" / "bad.manifest.json.0123abcd.part.json"
    left.touch()  # by a run that was killed while it wrote its first manifest
    code, out, err = run(bad, "-o", "out")
    assert code == 5 and not left.exists()
    assert "vidsum: " in err and "bad.mp4: not a video" in err
    assert out.splitlines()[1].split() == ["bad", "failed", "3", "-", "-", "-", "-"]
    assert "1 failed before" in run(bad, "-o", "out")[2]
    code, _, err = run(bad, "-o", "out", "--retry-failed")
    assert code == 5 and "1 recording: 1 failed, in" in err
    shutil.copy(tiny, bad)
    code, _, err = run(bad, "-o", "out")
    assert code == 0 and "bad: another size than before; again" in err


def test_lost_input_is_exit_code_5_and_done(tmp_path, run, tiny, tasks_here):
    cut = write_clip(tmp_path / "cut.avi", [n // 10 for n in range(250)], codec="mpeg4")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    code, _, err = run(cut, "-o", "out")
    assert code == 5, err
    assert rows(tmp_path / "out")["cut"]["exit_code"] == "5"
    assert "cut.avi" in rows(tmp_path / "out")["cut"]["message"]
    assert "1 done before" in run(cut, "-o", "out", "--retry-failed")[2]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")
def test_a_crash_costs_one_recording(tmp_path, tiny, long):
    out = tmp_path / "out"
    shutil.copy(tiny, long / "b.mp4")
    process = started("in", "-o", "out", "--workers", 1, "--group", "auto", cwd=tmp_path)
    halted_when(process, out, lambda: list(out.glob("a/*.condensed.mp4.*.part*")))
    (child,) = children(process)
    os.kill(child, signal.SIGSTOP)
    # Of two runs on one folder, the second does nothing.
    second = started("in", "-o", "out", cwd=tmp_path)
    _, told = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "out: another run writes into this folder" in told
    os.kill(child, signal.SIGSEGV)
    os.kill(child, signal.SIGCONT)
    process.send_signal(signal.SIGCONT)
    said, told = process.communicate(timeout=60)
    assert process.returncode == 5, told
    assert "a_20240501_100000.mp4: the process that decoded it was ended by SIGSEGV" in told
    assert [line.split()[:3] for line in said.splitlines()[1:]] == [
        [str(Path("a", "20240501_100000")), "failed", "7"],
        ["b", "done", "0"],
    ]
    (manifest,) = (out / "a").iterdir()
    assert json.loads(manifest.read_text())["exit_code"] == 7


def test_workers_that_cannot_work_end_the_run(tmp_path, run, tiny, monkeypatch):
    monkeypatch.setattr("vidsum.jobs.batches.crew._CODE", "raise SystemExit(3)")
    code, out, err = run(tiny, "-o", "out")
    assert (code, out) == (7, "")
    assert "--workers: a process ended before it could work (exit code 3)" in err


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")
def test_workers_do_not_outlive_the_run(tmp_path, long):
    out = tmp_path / "out"
    process = started(long, "-o", "out", "--group", "auto", cwd=tmp_path)
    halted_when(process, out, lambda: list(out.glob("a/*.condensed.mp4.*.part*")))
    (child,) = children(process)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    stat = Path(f"/proc/{child}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # So that the folder is free at once.
    folder = os.open(out, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)
    assert states(out) == {"a/20240501_100000": "running"}


def test_results_of_another_recording_of_the_same_name_are_not_replaced(
    tmp_path, run, tiny, tasks_here
):
    for folder, count in (("a", 24), ("b", 4)):
        (tmp_path / folder).mkdir()
        write_clip(tmp_path / folder / "001.mp4", [n // 4 for n in range(count)])
    assert run("a", "-o", "out")[0] == 0
    before = fingerprint(tmp_path / "out")
    code, _, err = run("b", "-o", "out")
    assert code == 2
    told = (
        f"b/001.mp4: its results would replace those of {tmp_path}/a/001.mp4, which have the same"
    )
    assert told in err
    assert fingerprint(tmp_path / "out") == before
    assert run("b", "-o", "out", "--force")[0] == 0
    shutil.rmtree(tmp_path / "b")  # what has moved, and changed, is the same recording
    assert "001: another size than before; again" in run("a", "-o", "out")[2]


def test_files_of_others_are_not_replaced(tmp_path, run, tiny, tasks_here):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x.events.json").write_text("mine")
    code, _, err = run(tiny, "-o", "out")
    assert code == 2 and "out/x.events.json: this file exists; replace it with --force" in err
    (out / "batch.csv").write_text("mine")
    code, _, err = run(tiny, "-o", "out")
    assert code == 2 and "out/batch.csv: this file exists and is no table of a batch" in err
    assert (out / "x.events.json").read_text() == (out / "batch.csv").read_text() == "mine"
    assert {path.name for path in out.iterdir()} == {"x.events.json", "batch.csv"}
    assert run(tiny, "-o", "out", "--force")[0] == 0
    assert json.loads((out / "x.events.json").read_text())["events"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["-o", "out", "--codec", "mjpg", "--video-format", "webm"], 2, "mjpg needs a name ending"),
        (["-o", "out", "--mask", "none.png"], 3, "none.png"),
        (["-o", "out", "--workers", "0"], 2, "--workers is 0, allowed are 1 to 1000"),
        (["-o", "out", "--crf", "3"], 2, "--crf has no meaning for --codec mp4v"),
        (["-o", "file/out"], 4, "file/out: this folder cannot be made"),
        ([], 2, "--output"),
        (["missing.mp4", "-o", "out"], 3, "missing.mp4: there is no such file or folder"),
    ],
)
def test_what_would_fail_for_all_is_told_before_any_work(tmp_path, run, tiny, words, code, says):
    (tmp_path / "file").touch()
    found, out, err = run(tiny, *words)
    assert (found, out) == (code, "")
    assert says in err and len(err.splitlines()) == 1
    assert not list(tmp_path.rglob("*.json"))


def test_segments_become_one_recording(tmp_path, run, tasks_here):
    for second in range(2):
        write_clip(tmp_path / f"front_20240501_10000{second}.mp4", [second] * 25)
    words = (".", "--pattern", "*.mp4", "-o", "out", "--group", "auto")
    assert run(*words)[0] == 0
    (row,) = rows(tmp_path / "out").values()
    assert (row["recording"], row["segments"]) == ("front/20240501_100000", "2")
    assert (row["frames"], row["kept"], row["duration"]) == ("50", "2", "2.0")
    write_clip(tmp_path / "front_20240501_100002.mp4", [2] * 25)
    code, _, err = run(*words)
    assert code == 0
    assert "front/20240501_100000: had 2 segments, has 3; again" in err
    assert rows(tmp_path / "out")["front/20240501_100000"]["kept"] == "3"
    told = json.loads((tmp_path / "out/front/20240501_100000.manifest.json").read_text())
    assert told["result"]["segments"] == [[second, 0, 0] for second in range(3)]


def test_python_is_told_of_progress(tmp_path, tiny):
    (tmp_path / "bad.mp4").write_bytes(b"bad")
    told, seen = [], []
    result = vidsum.batch(
        [tiny, tmp_path / "bad.mp4"],
        files=vidsum.BatchFiles(output=tmp_path / "out"),
        working=vidsum.Working(workers=1),
        thresholds=vidsum.Thresholds(preset="exact"),
        progress=seen.append,
        tell=told.append,
    )
    assert [recording.name for recording in result.failed] == ["bad"]
    assert (result.count("done"), result.incomplete, result.stopped) == (1, True, False)
    assert seen[-1].done == seen[-1].size == tiny.stat().st_size + 3
    assert (seen[-1].finished, seen[-1].failed, seen[-1].current) == (2, 1, ())
    assert ("x",) in [progress.current for progress in seen]
    (line,) = told
    assert "bad.mp4" in line


def test_a_folder_in_use_is_waited_for_a_moment(tmp_path, run, tiny, monkeypatch):
    monkeypatch.setattr("vidsum.jobs.lock._LOCK_SECONDS", 0.01)
    (tmp_path / "out").mkdir()
    folder = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    code, _, err = run(tiny, "-o", "out")
    os.close(folder)
    assert code == 2 and "out: another run writes into this folder; wait for its end" in err


KILLED = """
import os, signal
from vidsum.jobs.condensing import journal
from vidsum.jobs.batches import worker
from vidsum.jobs.batches.batch import batch
from vidsum.options import Thresholds
from vidsum.options.batch import BatchFiles, Working

journal.SAVE_SECONDS = journal._WAIT_PER_SAVE_TIME = 0
noted = journal._values

def noting(frame):
    if frame.number == 15:
        os.kill(os.getpid(), signal.SIGKILL)
    return noted(frame)

def run_here(tasks, settings, **others):
    for task in tasks:
        worker.condense_task(task, settings, lambda progress: None)

journal._values = noting
batch.__globals__["run_tasks"] = run_here
batch("x.mp4", files=BatchFiles(output="out"), thresholds=Thresholds(preset="exact"))
"""
"""A run that works in its own process, saves its state after every frame, and is killed."""


def test_a_killed_recording_goes_on_where_it_was(tmp_path, run, tiny, tasks_here):
    shutil.copy(tiny, tmp_path / "x.mp4")
    assert run("x.mp4", "-o", "plain")[0] == 0
    process = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert process.returncode == -signal.SIGKILL
    assert states(tmp_path / "out") == {"x": "running"}
    shutil.copytree(tmp_path / "out", tmp_path / "other")

    code, _, err = run("x.mp4", "-o", "out")
    assert code == 0 and "x: was interrupted, is resumed" in err
    assert manifests(tmp_path / "out")["x"]["result"]["resumed"] == 15
    files = {path.name for path in (tmp_path / "plain").iterdir()}
    assert {path.name for path in (tmp_path / "out").iterdir()} == files
    for ending in ("condensed.mp4", "condensed.csv", "events.json"):
        both = [tmp_path / out / f"x.{ending}" for out in ("plain", "out")]
        assert both[0].read_bytes() == both[1].read_bytes(), ending

    # With another file, the run starts over, and nothing is left of the first.
    os.utime(tmp_path / "x.mp4", (1, 1))
    assert run("x.mp4", "-o", "other")[0] == 0
    assert manifests(tmp_path / "other")["x"]["result"]["resumed"] is None
    assert {path.name for path in (tmp_path / "other").iterdir()} == files
