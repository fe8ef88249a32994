"""Comparing a clip with a copy, against FFmpeg's ssim and psnr filters in one run."""

import shutil
import sys
import tempfile
from pathlib import Path

from .clips import frames_in, make_copy
from .process import Contender, best_runs


def time_comparing(clip: Path, runs: int) -> None:
    """Time all contenders on one clip and its copy, and print the table."""
    frames, size = frames_in(clip)
    copy = make_copy(clip)
    taking_part = contenders(copy)
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as out:
        best = best_runs(taking_part, clip, Path(out), runs, warm=1)
    print(f"\nComparing: {size}, {frames} pairs, all planes\n")
    print("| what | pairs/s | vidsum is faster by | peak memory |")
    print("|---|---:|---:|---:|")
    ours = best[taking_part[-1].name].seconds
    for name, measured in best.items():
        print(
            f"| {name} | {frames / measured.seconds:.0f} | {measured.seconds / ours:.2f} "
            f"| {measured.megabytes:.0f} MB |"
        )


def contenders(copy: Path) -> list[Contender]:
    """Return whom to time; vidsum is the last."""
    vidsum = Contender(
        name="vidsum compare",
        command=lambda clip, out: [
            sys.executable, "-m", "vidsum", "compare", str(clip), str(copy), "--quiet", "--force",
            "--scores", str(out / "c.csv"),
        ],
    )  # fmt: skip
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return [vidsum]
    both = [ffmpeg, "-v", "error", "-i", str(copy), "-i"]
    decode = Contender(
        name="decode both, ffmpeg",
        command=lambda clip, _: [*both, str(clip), "-map", "0:v", "-map", "1:v", "-f", "null", "-"],
    )
    filters = (
        "[0:v]split[a][b];[1:v]split[c][d];[a][c]ssim=stats_file={0}/s.txt[x];"
        "[b][d]psnr=stats_file={0}/p.txt[y]"
    )
    scores = Contender(
        name="ffmpeg ssim and psnr",
        command=lambda clip, out: [
            *both, str(clip), "-lavfi", filters.format(out), "-map", "[x]", "-map", "[y]",
            "-f", "null", "-",
        ],
    )  # fmt: skip
    return [decode, scores, vidsum]
