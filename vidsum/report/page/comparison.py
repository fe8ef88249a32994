"""The page of a comparison: a reference and its copy, pair by pair."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frame import clock
from ...quality.gates import parse_gate
from ...quality.pairing import Pair, Unpaired
from ...quality.scores import PairScores
from ..comparison import COLUMNS
from .content import Content, Facts, Figure, Moment, Moments
from .document import PageFile
from .facts import (
    base_names,
    input_facts,
    length_text,
    notices,
    options_facts,
    run_facts,
    speed_text,
    value_text,
)
from .numbers import Numbers
from .pairs import APART, label, marks_of, worst
from .pictures import Pictures
from .players import Track, relative_address

_PANELS = {"SSIM": "ssim", "local SSIM": "local", "PSNR, dB": "psnr", "VMAF": "vmaf"}
"""The panels over time: the first word of the names of their scores, by title."""

_TOPS = {"SSIM": 1, "local SSIM": 1, "VMAF": 100}
"""The maximum of each score."""

_DECIDING = ("vmaf", "ssim", "ssim_y", "ssim_u", "ssim_v")
"""The first available of these scores determines the worst moments."""

_STEPS_PER_UNIT = {"time": 1000, "distorted_time": 1000}
_SCORE_STEPS = 1_000_000

_POOLINGS = ("mean", "overall", "min", "p5", "p50", "worst_second")


class ComparisonPage(PageFile):
    """Writes the page of a comparison, pair by pair like the other reports.

    Until it is finished, it holds some 50 bytes per pair and at most 500 pictures.

    Parameters
    ----------
    target
        The file to write.
    videos
        The reference and its copy: the page plays them from where they are now.
    begun
        When the run began, by `time.monotonic()`.
    """

    def __init__(
        self, target: Path, *, videos: tuple[Path, Path] | None = None, begun: float | None = None
    ) -> None:
        super().__init__(target)
        self._columns: dict[str, Numbers] = {}
        self._videos = videos
        self._begun = begun
        self._pictures = Pictures()

    def write(self, pair: Pair, scores: PairScores, place: tuple[int, int]) -> None:
        """Take one pair; `place` is where it differs most, in samples of the upright picture."""
        if not self._columns:
            self._columns = _columns(scores.values)
        row = {
            "frame": pair.reference.number,
            "time": float(pair.reference.time),
            "distorted_frame": pair.distorted.number,
            "distorted_time": float(pair.distorted.time),
            "x": place[0],
            "y": place[1],
            **scores.values,
        }
        for name, numbers in self._columns.items():
            numbers.add(row[name])

    def add_vmaf(self, values: Sequence[float]) -> None:
        """Add `vmaf` to each pair; it is known only at the end. Call it before `finish`."""
        self._columns["vmaf"] = numbers = Numbers(_SCORE_STEPS)
        for value in values:
            numbers.add(value)

    def add_picture(self, time: float, jpeg: bytes, *, weight: float = 0.0) -> None:
        """Take a small picture, possibly of both videos; see `ScoresPage.add_picture`."""
        self._pictures.add(time, jpeg, weight)

    def finish(self, rest: Mapping[str, Any]) -> None:
        """Write the page; `rest` is the content of a comparison's JSON apart from its pairs."""
        self._write_content(self._content(rest))

    def _content(self, rest: Mapping[str, Any]) -> Content:
        values = {name: numbers.values() for name, numbers in self._columns.items()}
        times, pooled = values["time"], rest["scores"]
        scores = [
            name for name in values if name.partition("_")[0] in ("ssim", "local", "psnr", "vmaf")
        ]
        deciding = next((name for name in _DECIDING if name in values), scores[0])
        seconds = float(times[-1] - times[0])
        elapsed = None if self._begun is None else time.monotonic() - self._begun
        reference, distorted = rest["reference"], rest["distorted"]
        return Content(
            title=f"{base_names(distorted['file'])} against {base_names(reference['file'])}",
            about="Scores of every pair of frames",
            notices=[*_failed(rest), *notices(rest), *rest["notes"]],
            figures=[
                *_figures(rest, pooled, times.size, seconds),
                *_speed(elapsed, times.size, seconds),
            ],
            moments=self._moments(values, deciding, scores),
            rule_title="How many are below",
            rule_note="How many pairs have which score. Move the limit to count those below it.",
            tables=[
                _pooled_facts(pooled),
                _unpaired_facts(rest["pairing"]),
                input_facts("Reference", reference),
                input_facts("Copy", distorted),
                options_facts(rest["options"]),
                run_facts(
                    vidsum=rest["vidsum"], elapsed=elapsed, frames=times.size, seconds=seconds
                ),
            ],
            data={
                "kind": "pairs",
                "columns": {name: numbers.packed() for name, numbers in self._columns.items()},
                "reasons": [],
                "labels": {name: label(name) for name in scores},
                "panels": list(_panels(scores, deciding)),
                "events": [],
                "marks": marks_of(rest["pairing"], values),
                "score": deciding,
                "limits": _limits(rest),
                "exact": True,
                "players": self._players(),
                "pictures": self._pictures.rest(),
            },
        )

    def _players(self) -> list[dict[str, object]]:
        if self._videos is None:
            return []
        return [
            {
                "label": name,
                "column": column,
                "tracks": [Track(address=relative_address(video, self.target), begin=0).as_data()],
            }
            for name, column, video in zip(
                ("Reference", "Copy"), ("time", "distorted_time"), self._videos, strict=True
            )
        ]

    def _moments(
        self, values: Mapping[str, NDArray[np.float64]], deciding: str, scores: Sequence[str]
    ) -> Moments:
        shown = [deciding, *(name for name in ("psnr_y", "local_ssim") if name in scores)]
        times, frames = values["time"], values["frame"]
        entries = []
        for rank, at in enumerate(worst(times, values[deciding]), start=1):
            begin, end = float(times[at]) - APART / 2, float(times[at]) + APART / 2
            details = [f"{label(name)} {_shown(values[name][at])}" for name in dict.fromkeys(shown)]
            entries.append(
                Moment(
                    title=f"Worst {rank}",
                    time=float(times[at]),
                    end=float(times[at]),
                    clock=clock(float(times[at])),
                    details=[f"frame {frames[at]:.0f}", *details],
                    picture=self._pictures.take(begin, end, float(times[at])),
                )
            )
        note = (
            f"By {label(deciding)}, at least a second apart. Choose one to see it in the timeline."
        )
        return Moments(title="Worst moments", note=note, entries=entries)


def _columns(values: Mapping[str, float]) -> dict[str, Numbers]:
    names = [name for name in COLUMNS if name in values or not _is_score(name)]
    return {
        name: Numbers(_SCORE_STEPS if _is_score(name) else _STEPS_PER_UNIT.get(name, 1))
        for name in names
        if not name.startswith("mse")  # PSNR shows the same
    }


def _is_score(name: str) -> bool:
    return name.partition("_")[0] in ("mse", "psnr", "ssim", "local", "vmaf")


def _panels(scores: Sequence[str], deciding: str) -> Iterator[dict[str, object]]:
    for title, word in _PANELS.items():
        series = [name for name in scores if name.partition("_")[0] == word]
        if series:
            # The one of all planes first, which stands out.
            series.sort(key=lambda name: (name != deciding, len(name)))
            yield {"title": title, "series": series, "top": _TOPS.get(title), "log": False}


def _figures(
    rest: Mapping[str, Any], pooled: Mapping[str, Any], pairs: int, seconds: float
) -> Iterator[Figure]:
    yield Figure(label="Pairs", value=f"{pairs:,}", detail=length_text(seconds))
    for name, pooling in (("vmaf", "mean"), ("ssim", "mean"), ("psnr_y", "overall")):
        if name in pooled:
            value = pooled[name].get(pooling)
            worst_second = pooled[name].get("worst_second")
            detail = "" if worst_second is None else f"worst second {_shown(worst_second)}"
            shown = "identical" if value is None else _shown(value)
            yield Figure(label=f"{label(name)}, {pooling}", value=shown, detail=detail)
    counts = {why.value: len(rest["pairing"][why.value]) for why in Unpaired}
    inner = {name: count for name, count in counts.items() if name != "outside" and count}
    detail = ", ".join(f"{count:,} {name}" for name, count in inner.items())
    yield Figure(label="Without a partner", value=f"{sum(inner.values()):,}", detail=detail)


def _speed(elapsed: float | None, pairs: int, seconds: float) -> Iterator[Figure]:
    if elapsed:
        speed, _, real_time = speed_text(elapsed, pairs, seconds).partition(", ")
        yield Figure(label="Speed", value=speed, detail=real_time)


def _failed(rest: Mapping[str, Any]) -> Iterator[str]:
    if rest["failed"]:
        yield f"Limits that are not met: {', '.join(rest['failed'])}."


def _limits(rest: Mapping[str, Any]) -> dict[str, float]:
    """Return the limit of each score that has one; the highest if it has several."""
    limits: dict[str, float] = {}
    for gate in map(parse_gate, rest["options"].get("fail_under") or ()):
        limits[gate.score] = max(gate.limit, limits.get(gate.score, gate.limit))
    return limits


def _pooled_facts(pooled: Mapping[str, Any]) -> Facts:
    rows = [
        [label(name), *(_shown(values.get(pooling)) for pooling in _POOLINGS)]
        for name, values in pooled.items()
    ]
    head = ["score", *(pooling.replace("_", " ") for pooling in _POOLINGS)]
    return Facts(title="Scores", rows=rows, head=head)


def _unpaired_facts(pairing: Mapping[str, Any]) -> Facts:
    names = ("pairs", "offset", "confidence", "moving")
    rows = [(name, value_text(pairing.get(name))) for name in names]
    rows += [(f"{why.value} frames", f"{len(pairing[why.value]):,}") for why in Unpaired]
    return Facts(title="Pairing", rows=rows)


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 2 else f"{value:.2f}"
