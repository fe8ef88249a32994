"""Damaged files on which vidsum once failed, made again by scripts/fuzz.py."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FOUND = {
    # Streams without a decoder, and times nearer than any video's.
    0: ((57, 250, 406, 581, 626, 789), ()),
    # A raw stream that can't be searched, and a picture shown longer than MP4 can count.
    3: ((667, 848), (ROOT / "sample_videos",)),
}
"""By seed: the cases, and what was mutated besides the clips that the script makes."""


@pytest.mark.parametrize("seed", FOUND)
def test_cases_that_failed_once(seed):
    cases, others = FOUND[seed]
    command = [sys.executable, ROOT / "scripts" / "fuzz.py", *others, "--seed", str(seed)]
    command += ["--only", *map(str, cases)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(cases)} cases" in run.stdout
