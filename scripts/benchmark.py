"""Time vidsum against FFmpeg and the tutorial way, as whole processes, on the same files.

    python scripts/benchmark.py                         # makes its own 1080p clips
    python scripts/benchmark.py --size 3840x2160        # and 4K ones
    python scripts/benchmark.py recording.mp4 --runs 5

The contenders take turns, so that a machine whose speed drifts is unfair to none; each one's best
run counts. Prints a table in Markdown. Without an ffmpeg binary, decoding is timed with PyAV and
mpdecimate is left out.
"""

import argparse
import dataclasses
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

FRAME_RATE = 30
TUTORIAL_FRAMES = 60
"""The tutorial way takes some 0.3 s a frame at 1080p: so many must do."""

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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of one contender."""

    seconds: float
    megabytes: float
    """Largest resident size of the process."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A way to get through a video."""

    name: str
    command: Callable[[Path, Path], list[str]]
    """Makes the command from the clip and a folder to write into."""
    frames: int | None = None
    """How many frames it looks at; None for all."""


def main() -> None:
    """Make the clips that are missing, time all contenders on each, print the tables."""
    arguments = parse_arguments()
    folder = Path(arguments.folder or tempfile.mkdtemp(prefix="vidsum-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    clips = [Path(name) for name in arguments.clips] or [
        make_clip(folder, size, share, arguments.minutes)
        for size in arguments.size
        for share in (0.03, 0.3)
    ]
    print(machine())
    for clip in clips:
        compare(clip, arguments.runs)
    print_start_up(clips[0])
    print_memory(clips[0], arguments.repeat)
    if arguments.folder is None:
        shutil.rmtree(folder)


def parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", help="videos to time; default: clips made here")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender")
    parser.add_argument("--size", nargs="+", default=["1920x1080"], help="sizes of the made clips")
    parser.add_argument("--minutes", type=float, default=4, help="length of the made clips")
    parser.add_argument("--repeat", type=int, default=5, help="length ratio in the memory test")
    parser.add_argument("--folder", help="where made clips are kept for the next time")
    return parser.parse_args()


def make_clip(folder: Path, size: str, busy_share: float, minutes: float) -> Path:
    """Render a camera's view: a still scene with sensor noise, things moving in a share of it."""
    path = folder / f"camera-{size}-{busy_share:.2f}-{minutes:g}min.mp4"
    if path.exists():
        return path
    width, height = (int(side) for side in size.split("x"))
    random = np.random.default_rng(1)
    scene = _smooth(random.uniform(40, 200, (height // 8 + 2, width // 8 + 2)), height, width)
    noise = random.normal(0, 2, (8, height, width))
    views = np.clip(scene + noise, 16, 235).astype(np.uint8)
    frames = round(minutes * 60 * FRAME_RATE)
    period = 20 * FRAME_RATE
    part = path.with_suffix(".part")
    print(f"making {path.name} ...", file=sys.stderr)
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 2 * FRAME_RATE
        for number in range(frames):
            luma = views[random.integers(len(views))].copy()
            phase = number % period / period
            if phase < busy_share:
                left = round(phase / busy_share * width)
                luma[height // 2 : height // 2 + height // 6, left : left + width // 10] = 220
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            picture[:height] = luma
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.rename(path)
    return path


def _smooth(coarse: np.ndarray, height: int, width: int) -> np.ndarray:
    import cv2

    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


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


def compare(clip: Path, runs: int) -> None:
    """Time all contenders on one clip and print the table."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
        size = f"{stream.width}x{stream.height}"
    taking_part = contenders()
    best: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as out:
        for contender in taking_part[-2:]:
            run(contender.command(clip, Path(out)))  # warm caches of files and kernels
        for _ in range(runs):
            for contender in taking_part:
                measured = run(contender.command(clip, Path(out)))
                before = best.get(contender.name)
                if before is None or measured.seconds < before.seconds:
                    best[contender.name] = measured
        with av.open(str(Path(out) / "v.mp4")) as container:
            kept = container.streams.video[0].frames
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


def run(command: list[str]) -> Measured:
    """Run a command to its end and measure the whole process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return Measured(seconds=seconds, megabytes=usage.ru_maxrss / 1024)


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


if __name__ == "__main__":
    main()
