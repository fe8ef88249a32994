"""One case: a mutated file, a command on it in a process of its own, and what must hold then."""

import csv
import itertools
import os
import re
import resource
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random

from .clips import PICTURES, content_of
from .mutations import mutated

ALLOWED = (0, 3, 5, 6, 7)
"""Exit codes that an input may lead to."""

MAX_SECONDS = 60
MAX_BYTES = 6 << 30
"""Of addresses, which are claimed far more freely than memory is used."""

MAX_RESIDENT = 1 << 30
"""Of memory in use."""

_REFUSED = {
    2: re.compile(r"nothing at or after|--start \S+ is past the end"),
    4: re.compile(r"takes no pictures of|holds pictures up to"),
}
"""The messages when a video ends before --start, or has pictures too large for --codec."""

_TOLD = re.compile(r"vidsum: |  |bad\.|good\.|out\.")
"""How lines on stderr begin: messages, and the summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is done; the same for the same seed, number and clips."""

    seed: int
    number: int
    clip: Path
    damage: str
    content: bytes
    arguments: tuple[str, ...]
    """Of vidsum, inside the folder of the case."""
    outputs: frozenset[str]
    """Names of the files that it writes."""

    def __str__(self) -> str:
        return f"{self.number}: {self.clip.name} ({self.damage}): vidsum {' '.join(self.arguments)}"

    @property
    def input(self) -> str:
        """Name of the mutated file."""
        return f"bad{self.clip.suffix}"


def make_case(seed: int, number: int, clips: list[Path]) -> Case:
    """Return a case."""
    random = Random(f"{seed}:{number}")
    clip = random.choice(clips)
    others = [content_of(random.choice(clips)) for _ in range(2)]
    damage, content = mutated(content_of(clip), random, others)
    bad = f"bad{clip.suffix}"
    if clip.suffix in PICTURES:
        command = ("image", *random.sample([bad, "good.png"], 2), "--resize", "--json", "out.json")
        outputs = {"out.json"}
    else:
        command, outputs = random.choice(
            (
                (("condense", bad, "-o", "out.mp4"), {"out.mp4", "out.csv"}),
                (("condense", bad, "-o", "out.mkv", "--codec", "ffv1"), {"out.mkv", "out.csv"}),
                (
                    ("condense", bad, "-o", "out.mp4", "--timing", "source", "--codec", "h264"),
                    {"out.mp4", "out.csv"},
                ),
                (("condense", bad, "good.mp4", "-o", "out.mp4"), {"out.mp4", "out.csv"}),
                (
                    ("condense", bad, "-o", "out.mp4", "--start", "0.5", "--all-scores"),
                    {"out.mp4", "out.csv"},
                ),
                (("report", bad, "--json", "out.json"), {"out.json"}),
                (("compare", "good.mp4", bad, "--scores", "out.csv"), {"out.csv"}),
                (("compare", bad, "good.mp4", "--scores", "out.csv"), {"out.csv"}),
                (("preview", bad, "-o", "out.png"), {"out.png"}),
            )
        )
    return Case(
        seed=seed,
        number=number,
        clip=clip,
        damage=damage,
        content=content,
        arguments=command,
        outputs=frozenset(outputs),
    )


def start(case: Case, folder: Path, good: dict[str, bytes]) -> int:
    """Run `case` inside `folder`, which is empty, in a forked process; return its number.

    The process must not have loaded OpenCV, which doesn't survive being forked.
    """
    for name, content in ({case.input: case.content} | good).items():
        (folder / name).write_bytes(content)
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        code = 70
        try:
            code = _run(case, folder)
        except BaseException:
            (folder / "stderr").write_text(traceback.format_exc())
        finally:
            os._exit(code)
    return process


def problem(case: Case, folder: Path, good: dict[str, bytes], status: int, resident: int) -> str:
    """Return what is wrong with how a process ended; nothing if all is well."""
    said = (folder / "stderr").read_text(errors="replace")
    last = said.splitlines()[-1] if said else "it said nothing"
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGALRM:
        return f"no end after {MAX_SECONDS} s"
    if code < 0:
        return f"died by {signal.Signals(-code).name}"
    if "Traceback" in said:
        return f"a traceback: {last}"
    if code not in ALLOWED and not _is_refusal_of_option(code, said):
        return f"exit code {code}: {last}"
    if resident > MAX_RESIDENT:
        return f"{resident >> 20} MB of memory"
    odd = [line for line in said.splitlines() if not _TOLD.match(line)]
    if odd:
        return f"on stderr: {odd[0]}"
    if (folder / case.input).read_bytes() != case.content:
        return "the input was modified"
    known = {case.input, *good, "stdout", "stderr"}
    left = {path.name for path in folder.iterdir()} - known
    wanted = case.outputs if code in (0, 5) else frozenset()
    if left != wanted:
        return f"exit code {code}, left are {sorted(left)}, not {sorted(wanted)}"
    if code in (0, 5) and "condense" in case.arguments:
        return _disagreement(folder, case)
    return ""


def _run(case: Case, folder: Path) -> int:
    """Run the command in this process, within its limits."""
    os.chdir(folder)
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        os.dup2(file, number)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(MAX_SECONDS)
    from vidsum.cli import main

    code = main(case.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _is_refusal_of_option(code: int, said: str) -> bool:
    """Return whether the damaged video is sound, but not for an option of the case."""
    return code in _REFUSED and _REFUSED[code].search(said) is not None


def _disagreement(folder: Path, case: Case) -> str:
    """Return in what the condensed video and its table differ."""
    import av

    with (folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [row["output_frame"] for row in rows if row["kept"] == "1"]
    (name,) = case.outputs - {"out.csv"}
    with av.open(str(folder / name)) as video:
        shown = sum(1 for packet in video.demux(video=0) if packet.size)
    if [int(number) for number in kept] != list(range(shown)):
        return f"{shown} pictures for {len(kept)} kept rows"
    times = [float(row["time"]) for row in rows]
    if any(later <= earlier for earlier, later in itertools.pairwise(times)):
        return "times that do not grow"
    return ""
