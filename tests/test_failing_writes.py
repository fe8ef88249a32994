"""Every write of a run fails in turn, by whichever library: Python, FFmpeg, or FFmpeg inside
OpenCV."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_clip
from fault_table import TABLE, right_codes
from test_kill import CODES, EXACT, check_names

LIBRARY = Path(__file__).with_name("failing_writes.c")

SERVER = """
import ctypes, json, os, sys, tempfile
from vidsum.cli import main
from vidsum.cli.startup import load

load()
# Kernels are loaded once for all; without OpenCV, which doesn't survive being forked.
with tempfile.TemporaryDirectory() as folder:
    main(["report", "x.mkv", "--csv", f"{folder}/x.csv", "--quiet", "--preset", "exact"])
assert "cv2" not in sys.modules
library = ctypes.CDLL(None)
for line in sys.stdin:
    words, number, error = json.loads(line)
    child = os.fork()
    if not child:
        code = 99
        try:
            os.dup2(os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            library.fail_write(os.fsencode(os.path.abspath("out")), number, error)
            code = main(words)
            print(library.count_writes(), flush=True)
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Runs the command line as often as requested, each time in its own process."""

NONE = 10**6
"""The number of a write that never comes."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs vidsum with one write to the folder `out` failing.

    Returns the exit code, how many writes there were, what was said, and the folder.
    """
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs a C compiler, for a library that is loaded before that of the system")
    folder = tmp_path_factory.mktemp("writes")
    library = folder / "failing_writes.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-o", library, LIBRARY], check=True)
    write_clip(folder / "x.mkv", CODES)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=folder,
        env=os.environ | {"LD_PRELOAD": os.fspath(library)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:

        def run(words, number=NONE, error=errno.EIO):
            shutil.rmtree(folder / "out", ignore_errors=True)
            (folder / "out").mkdir()
            for name in ("out.mp4", "out.csv"):
                (folder / "out" / name).write_bytes(b"old")
            server.stdin.write(json.dumps([words, number, error]) + "\n")
            server.stdin.flush()
            count, code = (int(server.stdout.readline()) for _ in range(2))
            return code, count, (folder / "stderr").read_text(), folder / "out"

        yield run
        server.stdin.close()


COMMANDS = {
    "h264": ["condense", "x.mkv", "-o", "out/out.mp4", "--codec", "h264", *EXACT],
    "mp4v": ["condense", "x.mkv", "-o", "out/out.mp4", *EXACT],
    "report": ["report", "x.mkv", "--csv", "out/out.csv", "--json", "out/out.json", *EXACT],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_any_write_may_fail(run, words):
    fault = "the Nth write or truncation fails, for every N"
    code, writes, said, _ = run([*words, "--force"])
    assert code == 0, said
    assert writes > 3
    for number in range(writes):
        error = (errno.EIO, errno.ENOSPC)[number % 2]
        code, count, said, folder = run([*words, "--force"], number, error)
        # OpenCV's encoder may be asked for its bytes in fewer pieces: then no write has failed.
        assert code in ({0} if count <= number else right_codes(fault, words[0])), (number, said)
        if code:
            (line,) = said.splitlines()
            assert TABLE[fault].says in line
        check_names(folder, old=b"old")
