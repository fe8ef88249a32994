"""`--isolate`: what ends the process that decodes does not end the caller's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import Shown, kept, table, write_clip

pytestmark = [
    pytest.mark.usefixtures("plain_rule"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc"),
]


def command(*words):
    return [sys.executable, "-m", "vidsum", *map(str, words)]


def child_of(process: subprocess.Popen[str]) -> int:
    """Return the process that decodes, once it is there."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    while not (found := path.read_text().split()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    return int(found[0])


@pytest.fixture
def running(tmp_path, endless):
    """A long isolated run, and the process that decodes, which has written rows."""
    words = ("condense", *[endless] * 40, "-o", tmp_path / "out.mp4", "--all-scores", "--isolate")
    process = subprocess.Popen(command(*words), stderr=subprocess.PIPE, text=True)
    child = child_of(process)
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size for part in tmp_path.glob("*.part.csv")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    yield process, child
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_the_result_is_that_of_any_other_run(tmp_path, clip, vidsum):
    assert vidsum("condense", clip, "-o", tmp_path / "a.mp4").code == 0
    words = ("condense", clip, "-o", tmp_path / "b.mp4", "--isolate", "--preset", "exact")
    run = subprocess.run(command(*words), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "50 frames" in run.stderr
    for ending in ("csv", "mp4"):
        first, second = ((tmp_path / f"{name}.{ending}").read_bytes() for name in "ab")
        assert first == second


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_is_one_line_and_exit_code_7(tmp_path, running, number):
    process, child = running
    os.kill(child, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 7
    (line,) = said.splitlines()
    assert "x.mp4: the process that decoded it was ended by " + number.name in line
    assert not (tmp_path / "out.mp4").exists()
    assert list(tmp_path.glob("*.part.mkv"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_what_was_kept(tmp_path, running, number):
    process, _ = running
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "stopped; what is written is complete" in said
    assert Shown(tmp_path / "out.mp4").codes == [
        n % 1000 // 4 % 256 for n in kept(table(tmp_path / "out.csv"))
    ]


def test_it_does_not_outlive_its_caller(tmp_path, running):
    process, child = running
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{child}").exists():
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (tmp_path / "out.mp4").exists()  # it ended in good order


def test_too_little_memory_is_exit_code_7_and_leaves_nothing_under_the_name(tmp_path):
    size = (8160, 6120)
    greys = [np.full(size[::-1], level, np.uint8) for level in (40, 90, 140, 190)]
    large = {"size": size, "codec": "mjpeg", "pixel_format": "yuvj420p"}
    clip = write_clip(tmp_path / "large.mkv", greys, **large)
    words = ("condense", clip, "-o", tmp_path / "o.mp4", "--isolate", "--max-memory", "1G")
    run = subprocess.run(command(*words), capture_output=True, text=True, check=False)
    assert run.returncode == 7, run.stderr
    (line,) = [line for line in run.stderr.splitlines() if "memory" in line]
    assert "--max-memory allows more" in line or "want of memory" in line
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "o.mp4").exists()


@pytest.mark.parametrize("size", ["1", "900M", "-4G", "8GB", "0G", ""])
def test_sizes_that_mean_nothing_are_refused(vidsum, clip, size):
    result = vidsum("condense", clip, "--isolate", f"--max-memory={size}")
    assert result.code == 2
    assert "--max-memory is" in result.err and "such as 1500M or 8G" in result.err


@pytest.mark.parametrize(
    ("words", "code"),
    [(("condense", "missing.mp4"), 3), (("condense", "a.mp4", "--pad", "-1"), 2)],
)
def test_other_exit_codes_pass_through(words, code):
    run = subprocess.run(command(*words, "--isolate"), capture_output=True, text=True, check=False)
    assert run.returncode == code
    assert len(run.stderr.splitlines()) == 1
