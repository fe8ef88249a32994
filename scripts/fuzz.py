"""Run vidsum on damaged files, each in its own process, and report where it does not cope.

    python scripts/fuzz.py --cases 300                      # as CI does
    python scripts/fuzz.py --minutes 60 --seed 7 recordings # with the files of a folder, too
    python scripts/fuzz.py --seed 7 --only 1234 --keep .    # one case again, and its files

Only the exit codes 0, 3, 5, 6 and 7 are right, but for videos that end before --start (2) and sizes
that --codec does not hold (4); a traceback, a line of a library's on stderr, no
end, too much memory, a file left over, or a table that differs from its video are not. Prints the
failing cases, and exits with 1 if there are any.
"""

import argparse
import collections
import contextlib
import io
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fuzzing.case import Case, make_case, problem, start
from fuzzing.clips import given_files, make_clips


def main() -> int:
    """Run all cases, report those that fail, and return the exit code."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="vidsum-fuzz-") as name:
        folder = Path(name)
        (folder / "clips").mkdir()
        clips = make_clips(folder / "clips")
        good = {
            "good.mp4": (folder / "clips" / "street-h264.mp4").read_bytes(),
            "good.png": (folder / "clips" / "street-picture.png").read_bytes(),
        }
        warm_up(folder / "clips")
        clips += given_files(arguments.files)
        begun = time.monotonic()
        failed = 0
        codes: collections.Counter[int] = collections.Counter()
        for case, code, why in results(arguments, clips, folder, good):
            codes[code] += 1
            if why:
                failed += 1
                print(f"seed {case.seed}, case {case}: {why}", flush=True)
        seconds = time.monotonic() - begun
    told = ", ".join(f"{count} x {code}" for code, count in sorted(codes.items()))
    total = codes.total()
    print(f"{total} cases in {seconds:.0f} s ({total / seconds:.1f}/s), {failed} failed")
    print(f"exit codes: {told}")
    return 1 if failed else 0


def results(
    arguments: argparse.Namespace, clips: list[Path], folder: Path, good: dict[str, bytes]
) -> Iterator[tuple[Case, int, str]]:
    """Run the cases, some at a time; yield each with its exit code and what is wrong with it."""
    numbers = iter(arguments.only) if arguments.only is not None else itertools.count()
    if arguments.minutes is None and arguments.only is None:
        numbers = iter(range(arguments.cases))
    end = time.monotonic() + 60 * (arguments.minutes or 1e6)
    running: dict[int, tuple[Case, Path]] = {}
    while True:
        while len(running) < arguments.workers and time.monotonic() < end:
            number = next(numbers, None)
            if number is None:
                break
            case = make_case(arguments.seed, number, clips)
            place = Path(tempfile.mkdtemp(dir=folder))
            running[start(case, place, good)] = case, place
        if not running:
            return
        process, status, usage = os.wait4(-1, 0)
        case, place = running.pop(process)
        why = problem(case, place, good, status, usage.ru_maxrss << 10)
        if (why or arguments.only is not None) and arguments.keep:
            shutil.copytree(place, Path(arguments.keep) / f"{case.seed}-{case.number}")
        shutil.rmtree(place)
        yield case, os.waitstatus_to_exitcode(status), why


def warm_up(clips: Path) -> None:
    """Load all but OpenCV, which doesn't survive being forked, and the kernels."""
    from vidsum.cli import main as vidsum

    clip, other = (str(clips / f"{name}-h264.mp4") for name in ("street", "reference"))
    picture = str(clips / "street-picture.png")
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        vidsum(["report", clip, "--csv", str(clips / "warm.csv")])
        vidsum(["compare", clip, clip, "--no-scores"])
        vidsum(["compare", clip, other, "--no-scores"])
        vidsum(["image", picture, picture])
    assert "cv2" not in sys.modules


def parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="files and folders to mutate as well")
    parser.add_argument("--cases", type=int, default=300, help="how many cases are run")
    parser.add_argument("--minutes", type=float, help="how long cases are run, whatever --cases is")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other cases")
    parser.add_argument("--only", type=int, nargs="+", metavar="CASE", help="run these cases alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="at a time")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the files of failing cases here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
