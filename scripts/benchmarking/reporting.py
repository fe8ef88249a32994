"""Reporting all scores of all frames, against decoding alone."""

import sys
import tempfile
from pathlib import Path

from .clips import frames_in
from .condensing import DECODE
from .process import Contender, best_runs


def time_reporting(clip: Path, runs: int) -> None:
    """Time all contenders on one clip and print the table."""
    frames, size = frames_in(clip)
    taking_part = contenders()
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as out:
        best = best_runs(taking_part, clip, Path(out), runs, warm=1)
    print(f"\nReporting: {size}, {frames} frames, all scores\n")
    print("| what | frames/s | against decoding | peak memory |")
    print("|---|---:|---:|---:|")
    decoding = best[taking_part[0].name].seconds
    for name, measured in best.items():
        print(
            f"| {name} | {frames / measured.seconds:.0f} | {decoding / measured.seconds:.2f} "
            f"| {measured.megabytes:.0f} MB |"
        )


def contenders() -> list[Contender]:
    """Return the contenders to time; the first only decodes."""
    pyav = Contender(
        name="decode only, PyAV", command=lambda clip, _: [sys.executable, "-c", DECODE, str(clip)]
    )
    tables, page = (
        Contender(
            name=f"vidsum report --{kind}",
            command=lambda clip, out, kind=kind: [
                sys.executable, "-m", "vidsum", "report", str(clip), f"--{kind}",
                str(out / f"r.{kind}"), "--force", "--quiet",
            ],
        )
        for kind in ("csv", "html")
    )  # fmt: skip
    return [pyav, tables, page]
