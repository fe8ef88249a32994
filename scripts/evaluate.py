"""Measure how good vidsum's decisions are, next to FFmpeg's mpdecimate.

    python scripts/evaluate.py                          # the sample videos and the quick grid
    python scripts/evaluate.py FOLDER --grid full       # clips labelled by FOLDER/labels.json too
    python scripts/evaluate.py --grid none --plot evaluation.png --json results.json

Prints a table in Markdown for the labelled clips and one for the grid: objects of several sizes and
contrasts that move through a synthetic scene, under sensor noise, a burnt-in clock and a swinging
light. mpdecimate takes part if an ffmpeg binary is found, the plot needs matplotlib.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from evaluation import plot
from evaluation.clips import evaluate_clips
from evaluation.grid import GRIDS, CellResult, evaluate_grid
from evaluation.labels import read_folders
from evaluation.measures import MARGIN
from evaluation.rules import RULES, Rule
from evaluation.tables import clips_table, grid_table

SAMPLES = Path(__file__).resolve().parent.parent / "sample_videos"


def main() -> None:
    """Measure what the command line asks for, print the tables, write the plot and the numbers."""
    arguments = parse_arguments()
    if arguments.plot and not plot.is_possible():
        sys.exit("--plot needs matplotlib: pip install matplotlib, or leave --plot out")
    for path in (arguments.plot, arguments.json):
        if path and not path.parent.is_dir():
            sys.exit(f"{path}: there is no folder {path.parent}; make it first")
    clips = read_folders([SAMPLES, *arguments.folders])
    clip_results = list(evaluate_clips(clips, arguments.rules, margin=arguments.margin))
    print(clips_table(clip_results), flush=True)
    cell_results: list[CellResult] = []
    if arguments.grid != "none":
        cell_results = evaluate_grid(GRIDS[arguments.grid], arguments.rules)
        print(f"\n{grid_table(cell_results)}")
    if arguments.json:
        numbers = {
            "clips": [result.as_json() for result in clip_results],
            "grid": [dataclasses.asdict(result) for result in cell_results],
        }
        arguments.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    if arguments.plot:
        plot.draw(clip_results, cell_results, arguments.plot)


def parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER",
        help="holds labelled clips and a labels.json of the form of sample_videos/labels.json",
    )  # fmt: skip
    parser.add_argument(
        "--grid", choices=("quick", "full", "none"), default="quick",
        help="how much of the made grid (default: quick, about a minute; full: three)",
    )  # fmt: skip
    parser.add_argument(
        "--rules", type=named_rules, default=list(RULES.values()), metavar="NAMES",
        help=f"rules to measure, with commas between: {', '.join(RULES)} (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--margin", type=float, default=MARGIN, metavar="SECONDS",
        help=f"frames kept so near an event are not false, as labels vary (default: {MARGIN})",
    )  # fmt: skip
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the results into this PNG")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    arguments = parser.parse_args()
    if not arguments.margin >= 0:
        parser.error(f"--margin is {arguments.margin}, allowed are seconds from 0")
    return arguments


def named_rules(names: str) -> list[Rule]:
    """Return the rules that a list with commas names."""
    chosen = list(dict.fromkeys(names.split(",")))
    unknown = [name for name in chosen if name not in RULES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown)} is unknown, allowed are {', '.join(RULES)}"
        )
    return [RULES[name] for name in chosen]


if __name__ == "__main__":
    main()
