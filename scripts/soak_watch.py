"""Watch a camera on the loopback that is disconnected now and then, and check whether anything
grows.

    python scripts/soak_watch.py --minutes 30 --cuts 3

The camera is a process of its own that sends MPEG-TS through TCP at the pace of the video. Prints
resident memory, open files, threads, frames and lag every minute, and exits with 1 if memory,
files or threads grow, or a cut was not reported as a gap.

Pictures that wait for a decision make the decoder's pool larger, which keeps its size until the
connection ends: as much more is allowed as ever waited at once.
"""

import argparse
import multiprocessing
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import soak
from helpers_camera import RATE, CameraServer, Visit, scene, transport_stream

import vidsum
from vidsum.jobs.watching import run as live_run
from vidsum.jobs.watching.segment import Counts
from vidsum.video.live import MAX_WAITING_BYTES

CYCLE = 20
"""Seconds after which the scene is the same again; somebody is there in the last four."""


def main() -> int:
    """Watch for as long as is asked for, and return the exit code."""
    arguments = parse_arguments()
    seconds = 60 * arguments.minutes
    size = arguments.width, arguments.width * 9 // 16
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there, seconds, arguments.cuts, size), daemon=True)
    server.start()
    port = here.recv()

    counts: list[Counts] = []
    live_run.Counts = lambda: counts.append(Counts()) or counts[0]
    looks: list[soak.Look] = []
    begun = time.monotonic()
    told: list[str] = []
    longest_lag = 0.0

    def look() -> None:
        nonlocal longest_lag
        while not here.poll():
            longest_lag = max(longest_lag, counts[0].lag if counts else 0)
            if time.monotonic() - begun > (len(looks) + 1) * 60:
                looks.append(soak.look(time.monotonic() - begun, counts[0].frames))
                soak.tell(looks)
                print(f"      lag {counts[0].lag:.2f} s, late {counts[0].late}", flush=True)
            time.sleep(0.1)

    threading.Thread(target=look, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="vidsum-soak-") as folder:
        result = vidsum.record(
            f"tcp://127.0.0.1:{port}",
            files=vidsum.SegmentFiles(output=folder, segment="2m", keep_gb=0.05),
            connecting=vidsum.Connecting(camera="soak", timeout=10),
            alerts=vidsum.Alerts(on_event="cat", metrics="127.0.0.1:0"),
            tell=lambda line: (told.append(line), print(f"      {line}", flush=True)),
            should_stop=here.poll,
        )
        left = sorted(path.name for path in Path(folder).glob("*.part*"))
    print(result)
    if left:
        print(f"left over: {left}")
    right = result.gaps == arguments.cuts and not left
    waited = min(longest_lag * RATE * size[0] * size[1] * 1.5, MAX_WAITING_BYTES) / 1e6
    print(f"pictures waited {longest_lag:.2f} s at the most, {waited:.0f} MB")
    return 0 if right and not soak.grows(looks, soak.MAX_GROWTH + waited) else 1


def serve(pipe: Connection, seconds: float, cuts: int, size: tuple[int, int]) -> None:
    """Send the scene again and again, and break off at even times."""
    busy = range((CYCLE - 4) * RATE, CYCLE * RATE)
    length = seconds / (cuts + 1)
    print("making the scene", flush=True)
    pieces = transport_stream(
        scene(n % (CYCLE * RATE), size, busy=busy) for n in range(round(length) * RATE)
    )
    visits = [Visit(pieces, stall=30 * (cut % 2)) for cut in range(cuts)]
    with CameraServer([*visits, Visit(pieces)]) as server:
        pipe.send(server.port)
        server.over.wait()
        pipe.send(None)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--width", type=int, default=320, help="of its pictures, 16:9")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
