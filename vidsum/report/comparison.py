"""Results of a comparison: a row per pair as CSV and in JSON, a table for the terminal."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from ..files import part_path, write_error
from ..quality.pairing import Pair
from ..quality.pooling import Pooled
from ..quality.scores import PairScores
from ..spreadsheet import csv_line
from .compared_columns import PAIR_COLUMNS, SCORES
from .text import aligned
from .writing import ReportFile

COLUMNS = tuple(column.name for column in PAIR_COLUMNS)
"""Columns of the table; `vmaf` follows if it was computed."""

_POOLINGS = (
    ("mean", "mean"),
    ("overall", "overall"),
    ("harmonic_mean", "harmonic"),
    ("min", "min"),
    ("p1", "p1"),
    ("p5", "p5"),
    ("p10", "p10"),
    ("p50", "p50"),
    ("worst_second", "worst second"),
)


class ComparisonCsv(ReportFile):
    """Writes the table of pairs row by row.

    Missing scores, and the infinite PSNR of identical frames, are empty cells.
    """

    def __init__(self, target: Path) -> None:
        super().__init__(target, ".csv", head=csv_line(COLUMNS))

    def write(self, pair: Pair, scores: PairScores, place: tuple[int, int]) -> None:
        """Write one pair; `place` is where it differs most, in samples of the upright picture."""
        cells = [_cell(scores.values.get(name)) for name in SCORES]
        self._put(
            csv_line(
                [
                    pair.reference.number,
                    f"{float(pair.reference.time):.6f}",
                    pair.distorted.number,
                    f"{float(pair.distorted.time):.6f}",
                    *cells,
                    *place,
                ]
            )
        )

    def add_vmaf(self, values: Sequence[float]) -> None:
        """Add the column `vmaf`, which is known only at the end; call it after `complete`."""
        cells = iter(["vmaf", *(_cell(value) or "" for value in values)])
        rewrite_lines(self.part, self.target, lambda line: f"{line},{next(cells)}")


class ComparisonJson(ReportFile):
    """Writes everything as one object: the pairs in a list `frames`, then the overall results."""

    def __init__(self, target: Path) -> None:
        super().__init__(target, ".json", head='{"frames": [')
        self._separator = "\n"

    def write(self, pair: Pair, scores: PairScores, place: tuple[int, int]) -> None:
        """Write one pair."""
        entry = {
            "frame": pair.reference.number,
            "time": _seconds(pair.reference.time),
            "distorted_frame": pair.distorted.number,
            "distorted_time": _seconds(pair.distorted.time),
            **{name: _number(value) for name, value in scores.values.items()},
            "x": place[0],
            "y": place[1],
        }
        self._put(self._separator + json.dumps(entry))
        self._separator = ",\n"

    def finish(self, rest: Mapping[str, object]) -> None:
        """Write the overall results, and complete the file."""
        members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in rest.items())
        self._put("\n],\n" + ",\n".join(members) + "\n}\n")
        self.complete()

    def add_vmaf(self, values: Sequence[float]) -> None:
        """Add `vmaf` to each pair; it is known only at the end. Call it after `finish`."""
        numbers = iter(values)

        def with_vmaf(line: str) -> str:
            if not line.startswith('{"frame": '):
                return line
            before, brace, behind = line.rpartition("}")
            return f'{before}, "vmaf": {json.dumps(_number(next(numbers)))}{brace}{behind}'

        rewrite_lines(self.part, self.target, with_vmaf)


def rewrite_lines(part: Path, target: Path, change: Callable[[str], str]) -> None:
    """Replace every line of a complete part file by the result of `change`."""
    changed = part_path(target, part.suffix)
    try:
        with (
            part.open(encoding="utf-8", newline="") as lines,
            changed.open("x", encoding="utf-8", newline="") as out,
        ):
            out.writelines(change(line.removesuffix("\n")) + "\n" for line in lines)
        changed.replace(part)
    except OSError as error:
        changed.unlink(missing_ok=True)
        raise write_error(target, error, part) from error


def pooled_table(pooled: Pooled) -> str:
    """Return pooled scores as a table of plain text, one row per score."""
    shown = [pair for pair in _POOLINGS if any(pair[0] in row for row in pooled.values())]
    rows = [("", *(title for _, title in shown))]
    for name, values in pooled.items():
        digits = 2 if name.startswith(("psnr", "mse", "vmaf")) else 4
        cells = [_shown(name, values, pooling, digits) for pooling, _ in shown]
        rows.append((name, *cells))
    return aligned(rows)


def _shown(name: str, values: Mapping[str, float | None], pooling: str, digits: int) -> str:
    if pooling not in values:
        return ""
    value = values[pooling]
    if value is None:
        return "identical" if name.startswith("psnr") else "-"
    return f"{value:.{digits}f}"


def _seconds(time: Fraction) -> float:
    return round(float(time), 6)


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _cell(value: float | None) -> str | None:
    return f"{value:.6f}" if value is not None and math.isfinite(value) else None
