"""Time vidsum against FFmpeg and the tutorial way, as whole processes, on the same files.

    python scripts/benchmark.py                         # makes its own 1080p clips
    python scripts/benchmark.py --size 3840x2160        # and 4K ones
    python scripts/benchmark.py recording.mp4 --runs 5
    python scripts/benchmark.py --what compare          # one of the commands alone

The contenders take turns, so that a machine whose speed drifts is unfair to none; each one's best
run counts. Prints a table in Markdown. Without an ffmpeg binary, decoding is timed with PyAV and
mpdecimate is left out.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarking.clips import make_clip
from benchmarking.comparing import time_comparing
from benchmarking.condensing import print_memory, print_start_up, time_condensing
from benchmarking.page import time_page
from benchmarking.process import machine
from benchmarking.reporting import time_reporting

COMMANDS = ["condense", "compare", "report"]


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
        if "condense" in arguments.what:
            time_condensing(clip, arguments.runs)
        if "compare" in arguments.what:
            time_comparing(clip, arguments.runs)
        if "report" in arguments.what:
            time_reporting(clip, arguments.runs)
    if "condense" in arguments.what:
        print_start_up(clips[0])
        print_memory(clips[0], arguments.repeat)
    if "report" in arguments.what:
        time_page()
    if arguments.folder is None:
        shutil.rmtree(folder)


def parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", help="videos to time; default: clips made here")
    parser.add_argument(
        "--what", nargs="+", choices=COMMANDS, default=COMMANDS, help="the commands to time"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender")
    parser.add_argument("--size", nargs="+", default=["1920x1080"], help="sizes of the made clips")
    parser.add_argument("--minutes", type=float, default=4, help="length of the made clips")
    parser.add_argument("--repeat", type=int, default=5, help="length ratio in the memory test")
    parser.add_argument("--folder", help="where made clips are kept for the next time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
