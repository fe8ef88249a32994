"""Condense an endless stream at full speed, and check whether anything grows.

    python scripts/soak.py --minutes 30

The stream is made once, a minute of a camera's view, and its packets come again and again with
times that go on, as MPEG-TS through a pipe: nothing but its opening differs from a file. Prints
resident memory, open files, threads and frames a second, and exits with 1 where memory, files or
threads grow.
"""

import argparse
import contextlib
import io
import itertools
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
from fuzzing.clips import SAMPLES

import vidsum.video.source
from vidsum import Writing, condense
from vidsum.jobs import Progress

RATE = 12
MAX_GROWTH = 48.0
"""Megabytes: lists of events and times of frames grow, by some bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a process uses at one moment."""

    seconds: float
    frames: int
    megabytes: float
    files: int
    threads: int


def main() -> int:
    """Run for as long as is asked for, and return the exit code."""
    arguments = parse_arguments()
    packets = make_packets()
    looks: list[Look] = []
    begun = time.monotonic()

    def watch(progress: Progress) -> None:
        seconds = time.monotonic() - begun
        if seconds < (len(looks) + 1) * arguments.every:
            return
        looks.append(look(seconds, progress.frames))
        tell(looks)

    with tempfile.TemporaryDirectory(prefix="vidsum-soak-") as folder:
        name = Path(folder, "endless.ts")
        name.write_bytes(b"\x47")
        vidsum.video.opening.open_input = lambda path, limits: endless(packets)
        result = condense(
            name,
            writing=Writing(output=Path(folder, "out.mkv")),
            progress=watch,
            should_stop=lambda: time.monotonic() - begun > 60 * arguments.minutes,
        )
    print(f"{result.frames} frames, {result.kept} kept, {result.frames / result.elapsed:.0f}/s")
    return 1 if grows(looks) else 0


def make_packets() -> list[bytes]:
    """Return the packets of a minute of video, the first one a keyframe."""
    memory = io.BytesIO()
    with av.open(str(SAMPLES / "street.mp4")) as source, av.open(memory, "w", "h264") as file:
        stream = file.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for frame in source.decode(video=0):
            picture = frame.reformat(640, 360)
            picture.pict_type = 0
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    memory.seek(0)
    with av.open(memory, format="h264") as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


@contextlib.contextmanager
def endless(packets: list[bytes]) -> Iterator[av.container.InputContainer]:
    """Open a stream of packets that come again and again."""
    reader, writer = os.pipe()
    feeder = threading.Thread(target=feed, args=(packets, writer), daemon=True)
    feeder.start()
    with open(reader, "rb", buffering=0) as pipe, av.open(Pipe(pipe), format="mpegts") as container:
        yield container
    feeder.join()


class Pipe:
    """A pipe as PyAV reads it: forwards only."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """Return some bytes."""
        return self._file.read(size) or b""


def feed(packets: list[bytes], writer: int) -> None:
    """Write MPEG-TS into a pipe until its reader closes it."""
    with (
        contextlib.suppress(OSError, av.error.FFmpegError),
        open(writer, "wb") as pipe,
        av.open(pipe, "w", format="mpegts") as file,
    ):
        stream = file.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number, content in enumerate(itertools.cycle(packets)):
            packet = av.Packet(content)
            packet.stream = stream
            packet.time_base = Fraction(1, RATE)
            packet.pts = packet.dts = number
            packet.is_keyframe = content is packets[0]
            file.mux_one(packet)


def look(seconds: float, frames: int) -> Look:
    """Return what this process uses now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Look(
        seconds=seconds,
        frames=frames,
        megabytes=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        files=len(os.listdir("/proc/self/fd")),
        threads=threading.active_count(),
    )


def tell(looks: list[Look]) -> None:
    """Print the last look."""
    now = looks[-1]
    before = looks[-2] if len(looks) > 1 else None
    seconds = now.seconds - (before.seconds if before else 0)
    frames = now.frames - (before.frames if before else 0)
    print(
        f"{now.seconds:6.0f} s {now.frames:9d} frames {frames / seconds:7.0f}/s "
        f"{now.megabytes:8.1f} MB {now.files:4d} files {now.threads:3d} threads",
        flush=True,
    )


def grows(looks: list[Look], allowed: float = MAX_GROWTH) -> bool:
    """Return whether the second half used more than the first; its beginning doesn't count.

    `allowed` are the megabytes by which memory may.
    """
    if len(looks) < 4:
        print("too short to tell whether anything grows")
        return False
    quarter = len(looks) // 4
    early, late = looks[quarter : 2 * quarter + 1], looks[-quarter - 1 :]
    growth = max(one.megabytes for one in late) - max(one.megabytes for one in early)
    print(f"memory grew by {growth:.1f} MB, allowed are {allowed:.0f}")
    return growth > allowed or any(
        max(getattr(one, what) for one in late) > max(getattr(one, what) for one in early)
        for what in ("files", "threads")
    )


def parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30, help="how long it runs")
    parser.add_argument("--every", type=float, default=60, help="seconds between two looks")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
