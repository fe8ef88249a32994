"""Whole processes against each other: who takes part, taking turns, the best run of each."""

import dataclasses
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av

_LAUNCH = """
import json, os, sys, time
nothing = os.open(os.devnull, os.O_WRONLY)
begun = time.perf_counter()
child = os.posix_spawnp(
    sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nothing, 1)]
)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - begun
print(json.dumps([os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss]))
"""
"""Starts the command it is given. Linux counts the size of the process that starts another among
the largest sizes of that one, so it has to be a small one."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of one contender."""

    seconds: float
    megabytes: float
    """Largest resident size of the process."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A way to do what is timed."""

    name: str
    command: Callable[[Path, Path], list[str]]
    """Makes the command from the clip and a folder to write into."""
    frames: int | None = None
    """How many frames it looks at; None for all."""


def best_runs(
    contenders: Sequence[Contender], clip: Path, out: Path, runs: int, warm: int
) -> dict[str, Measured]:
    """Run all contenders in turn and return the best run of each, by name.

    The last `warm` of them run once beforehand, which fills caches of files and kernels.
    """
    for contender in contenders[-warm:]:
        run(contender.command(clip, out))
    best: dict[str, Measured] = {}
    for _ in range(runs):
        for contender in contenders:
            measured = run(contender.command(clip, out))
            before = best.get(contender.name)
            if before is None or measured.seconds < before.seconds:
                best[contender.name] = measured
    return best


def run(command: list[str]) -> Measured:
    """Run a command to its end and measure the whole process."""
    launched = subprocess.run(
        [sys.executable, "-S", "-c", _LAUNCH, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    code, seconds, kilobytes = json.loads(launched.stdout)
    if code:
        sys.exit(f"{' '.join(command)}: exit code {code}")
    return Measured(seconds=seconds, megabytes=kilobytes / 1024)


def machine() -> str:
    """Describe the machine and the versions in one line."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(": ")[1] for line in lines if line.startswith("model name")), model
        )
    versions = [f"Python {platform.python_version()}", f"PyAV {av.__version__}"]
    if ffmpeg := shutil.which("ffmpeg"):
        said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True)
        versions.append("ffmpeg " + said.stdout.split()[2])
    return f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({model}), {', '.join(versions)}"
