"""Damaged files on which vidsum once failed, made again by scripts/fuzz.py."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "scripts" / "fuzz.py"

FOUND = (57, 250, 406, 581, 626, 789)
"""Cases of seed 0: streams without a decoder, and times nearer than any video's."""


def test_cases_that_failed_once():
    command = [sys.executable, SCRIPT, "--seed", "0", "--only", *map(str, FOUND)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(FOUND)} cases" in run.stdout
