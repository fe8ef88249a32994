"""Condensing against decoding alone, mpdecimate, and the usual tutorial code."""

import shutil
import sys
import tempfile
from pathlib import Path

from .clips import FRAME_RATE, frames_in
from .process import Contender, best_runs, run

TUTORIAL_FRAMES = 60
"""The tutorial code takes some 0.3 s a frame at 1080p: this many frames must suffice."""

DECODE = """
import sys, av
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    for frame in container.decode(video=0):
        pass
"""

TUTORIAL = """
import sys, cv2
from skimage.metrics import structural_similarity
video = cv2.VideoCapture(sys.argv[1])
kept = None
for _ in range(int(sys.argv[2])):
    read, frame = video.read()
    if not read:
        break
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    if kept is None or structural_similarity(kept, grey) < 0.98:
        kept = grey
"""


def time_condensing(clip: Path, runs: int) -> None:
    """Time all contenders on one clip and print the table."""
    frames, size = frames_in(clip)
    taking_part = contenders()
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as out:
        best = best_runs(taking_part, clip, Path(out), runs, warm=2)
        kept, _ = frames_in(Path(out) / "v.mp4")
    rates = {
        contender.name: (contender.frames or frames) / best[contender.name].seconds
        for contender in taking_part
    }
    megabits = clip.stat().st_size * 8 / 1e6 / (frames / FRAME_RATE)
    print(f"\n{size}, {frames} frames, {megabits:.1f} Mbit/s, {kept / frames:.1%} kept by vidsum\n")
    print("| what | frames/s | against decoding | vidsum is faster by | peak memory |")
    print("|---|---:|---:|---:|---:|")
    for name, rate in rates.items():
        print(
            f"| {name} | {rate:.0f} | {rate / rates[taking_part[0].name]:.2f} "
            f"| {rates['vidsum condense'] / rate:.2f} | {best[name].megabytes:.0f} MB |"
        )


def contenders() -> list[Contender]:
    """Return whom to time; the first is what the others are held against."""
    vidsum, plain = (
        Contender(
            name=name,
            command=lambda clip, out, options=options: [
                sys.executable, "-m", "vidsum", "condense", str(clip), "-o", str(out / "v.mp4"),
                "--force", "--quiet", *options,
            ],
        )
        for name, options in (
            ("vidsum condense", []),
            ("vidsum condense --preset exact", ["--preset", "exact"]),
        )
    )  # fmt: skip
    tutorial = Contender(
        name="tutorial: VideoCapture, grey, structural_similarity",
        command=lambda clip, _: [sys.executable, "-c", TUTORIAL, str(clip), str(TUTORIAL_FRAMES)],
        frames=TUTORIAL_FRAMES,
    )
    pyav = Contender(
        name="decode only, PyAV",
        command=lambda clip, _: [sys.executable, "-c", DECODE, str(clip)],
    )
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return [pyav, plain, vidsum, tutorial]
    decode = Contender(
        name="decode only, ffmpeg",
        command=lambda clip, _: [ffmpeg, "-v", "error", "-i", str(clip), "-f", "null", "-"],
    )
    mpdecimate = Contender(
        name="ffmpeg mpdecimate and mpeg4",
        command=lambda clip, out: [
            ffmpeg, "-v", "error", "-y", "-i", str(clip), "-vf", "mpdecimate", "-an",
            "-fps_mode", "vfr", "-c:v", "mpeg4", "-q:v", "4", str(out / "m.mp4"),
        ],
    )  # fmt: skip
    return [decode, pyav, mpdecimate, plain, vidsum, tutorial]


def print_start_up(clip: Path) -> None:
    """Print how long the smallest runs take, best of five."""
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as out:
        vidsum = [sys.executable, "-m", "vidsum"]
        one = [*vidsum, "condense", str(clip), "--end", "0.01", "--force", "--quiet", "-o"]
        one.append(str(Path(out) / "v.mp4"))
        helped = min(run([*vidsum, "--help"]).seconds for _ in range(5))
        started = min(run(one).seconds for _ in range(5))
    print(f"\nStart to end with one frame: {started:.2f} s; `vidsum --help`: {helped:.2f} s")


def print_memory(clip: Path, repeat: int) -> None:
    """Print the peak memory of a recording and of one several times as long."""
    sizes = []
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as out:
        for times in (1, repeat):
            command = [sys.executable, "-m", "vidsum", "condense", *([str(clip)] * times)]
            sizes.append(
                run([*command, "--quiet", "--force", "-o", str(Path(out) / "v.mp4")]).megabytes
            )
    print(f"\nPeak memory: {sizes[0]:.0f} MB; {repeat} times as long: {sizes[1]:.0f} MB")
