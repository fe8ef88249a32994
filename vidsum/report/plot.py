"""The scores of a comparison over time, as a plot.

Where there are more pairs than columns of pixels, a line shows the lowest score of each column, and
a band reaches from it up to their mean: one bad frame in hours of video is still seen.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, printable
from ..files import saving
from ..quality.gates import Gate
from ..quality.pooling import Pooled
from ..stills.figure import check_matplotlib
from .curve import curve_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".svg", ".pdf")
"""Endings of plots that are written."""

_FAMILIES = {"ssim": "SSIM", "psnr": "PSNR in dB", "vmaf": "VMAF"}
"""Scores that have a panel, by the first word of their names."""

_COLOURS = ("#1f5fa8", "#c2571a", "#3a8a4d", "#7d4fa1")
_WORST = "#f2b84b"
_LIMIT = "#c0143c"
_MARKS = {"dropped": "#c0143c", "repeated": "#d98200", "inserted": "#7d4fa1", "outside": "#888888"}

_TITLE_LETTERS = 110

_LEGEND: dict[str, Any] = {"fontsize": 9, "frameon": False, "borderaxespad": 0.1}

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
"""Seconds between the times that are named: round in minutes and hours."""


def check_plot_name(target: Path) -> None:
    """Raise `UsageError`, with what is allowed, if no plot can be written under this name."""
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--plot {printable(target)}: its name has to end in {', '.join(SUFFIXES)}"
        )


def scores_plot(
    target: Path,
    *,
    times: Sequence[Fraction | float],
    scores: Mapping[str, Sequence[float]],
    title: str,
    pooled: Pooled | None = None,
    gates: Sequence[Gate] = (),
    marks: Mapping[str, Sequence[Fraction | float]] | None = None,
    force: bool,
) -> None:
    """Write the plot, in the format that the name's ending says.

    Parameters
    ----------
    target
        The file to write.
    times
        Presentation times of the pairs in seconds, in order.
    scores
        By name, each with a value for every pair. Those of SSIM, PSNR and VMAF share a panel each,
        in which that of all planes stands out; others are left out. A PSNR may be infinite, which
        leaves a gap and is noted.
    title
        What was compared.
    pooled
        Of these scores, its means stand beside the names and its worst seconds are marked.
    gates
        Limits, of which those on the scores shown are drawn.
    marks
        Times of frames without a partner, by why they have none, in the time of the reference.
    force
        Replace a file of this name.

    Raises
    ------
    UsageError
        If the name has another ending than `SUFFIXES`, or matplotlib is missing.
    OutputError
        If it can't be written.
    """
    check_plot_name(target)
    check_matplotlib("--plot")
    from matplotlib.figure import Figure

    marks = marks or {}
    marks = {why: marks[why] for why in {**_MARKS, **marks} if marks.get(why)}
    families = {
        # That of all planes first, which stands out.
        family: sorted((name for name in scores if name.split("_")[0] == family), key=len)
        for family in _FAMILIES
    }
    families = {family: names for family, names in families.items() if names}
    seconds = np.array([float(time) for time in times])
    heights = [3.0] * len(families) + ([0.32 * len(marks)] if marks else [])
    figure = Figure(figsize=(13, sum(heights) + 1.1), layout="constrained")
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (family, names) in zip(grid, families.items(), strict=False):
        _draw_family(axes, seconds, {name: np.array(scores[name], float) for name in names}, pooled)
        _draw_gates(axes, [gate for gate in gates if gate.score in names])
        if family == "ssim":
            # None is above 1; where all are near, the scale begins below them all the same.
            bottom = min(axes.get_ylim()[0], 0.99)
            axes.set_ylim(bottom, min(axes.get_ylim()[1], 1 + 0.02 * (1 - bottom)))
        axes.set_ylabel(_FAMILIES[family])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, **_LEGEND)
    if marks:
        _draw_marks(grid[-1], marks, seconds)
    _format_times(grid[-1], seconds)
    figure.suptitle(_shortened(title), fontsize=12, parse_math=False, x=0.01, ha="left")
    with warnings.catch_warnings(), saving(target, force=force) as part:
        warnings.simplefilter("ignore")  # letters of a name that no font has become boxes
        figure.savefig(part, format=target.suffix[1:].lower(), dpi=120)


def _draw_family(
    axes: "Axes",
    times: NDArray[np.float64],
    scores: Mapping[str, NDArray[np.float64]],
    pooled: Pooled | None,
) -> None:
    """Draw the scores of a panel, each in a colour of its own."""
    for index, (name, values) in enumerate(scores.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        curve = curve_of(times, values)
        line: dict[str, Any] = {"color": colour, "solid_joinstyle": "round"}
        label = _label(name, pooled)
        line["lw"] = 1.4 if index == 0 else 0.8
        if curve.mean is not None:
            label += ", line: lowest"
        axes.plot(curve.times, curve.lowest, label=label, **line)
        if curve.mean is not None and index == 0:
            band: dict[str, Any] = {"color": colour, "alpha": 0.25, "lw": 0}
            axes.fill_between(curve.times, curve.lowest, curve.mean, label="up to mean", **band)
        # A score between two gaps makes no line.
        alone = _alone(curve.lowest)
        axes.plot(curve.times[alone], curve.lowest[alone], ".", ms=4, color=colour)
        if index == 0:
            _draw_identical(axes, times, values)
            _draw_worst(axes, name, times, pooled)
    axes.grid(True, color="#e2e2e2", lw=0.6)
    axes.margins(x=0.005, y=0.08)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    if not any(np.isfinite(values).any() for values in scores.values()):
        axes.set_yticks([])


def _draw_worst(axes: "Axes", name: str, times: NDArray[np.float64], pooled: Pooled | None) -> None:
    found = (pooled or {}).get(name, {})
    time, score = found.get("worst_second_time"), found.get("worst_second")
    if time is None or score is None or times[-1] - times[0] <= 1:
        return
    text = f"worst second: {score:.4g} at {_clock(time)}"
    axes.axvspan(time, min(time + 1, times[-1]), color=_WORST, alpha=0.6, lw=0, label=text)
    # Of hours, a second is less than a pixel.
    axes.axvline(time, color=_WORST, lw=1.4, zorder=0.5)
    above: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False}
    axes.plot([time], [1], "v", ms=8, color=_WORST, mec="#7a5200", **above)


def _draw_identical(axes: "Axes", times: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Mark where a score is infinite along the upper edge."""
    infinite = np.isinf(values)
    if not infinite.any():
        return
    text = f"identical, infinite: {infinite.sum()} of {values.size} pairs"
    axes.plot(
        times[infinite],
        np.full(infinite.sum(), 0.985),
        ls="none",
        marker="|",
        ms=7,
        mew=1.2,
        color="#3a8a4d",
        label=text,
        transform=axes.get_xaxis_transform(),
        rasterized=True,
    )


def _draw_gates(axes: "Axes", gates: Iterable[Gate]) -> None:
    for gate in gates:
        axes.axhline(gate.limit, color=_LIMIT, lw=1.1, ls=(0, (5, 3)), label=f"limit {gate}")


def _draw_marks(
    axes: "Axes", marks: Mapping[str, Sequence[Fraction | float]], seconds: NDArray[np.float64]
) -> None:
    """Draw a row of strokes for each kind of frame without a partner."""
    names = []
    for row, (why, at) in enumerate(marks.items()):
        colour = _MARKS.get(why, "#444444")
        shown = np.array([float(time) for time in at])
        axes.vlines(shown, row - 0.38, row + 0.38, color=colour, lw=1.1, rasterized=True)
        names.append(f"{why}: {len(at)}")
    axes.set_yticks(range(len(marks)), names, fontsize=9)
    axes.set_ylim(len(marks) - 0.5, -0.5)
    axes.tick_params(length=0, axis="y")
    axes.spines[["top", "right", "left"]].set_visible(False)


def _format_times(axes: "Axes", seconds: NDArray[np.float64]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

    span = np.ptp(seconds)
    if span > 5:
        step = next((step for step in _STEPS if span / step <= 12), _STEPS[-1])
        axes.xaxis.set_major_locator(MultipleLocator(step))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: _clock(time)))
    axes.set_xlabel("time in the reference", fontsize=9)
    axes.tick_params(axis="x", labelsize=9)


def _label(name: str, pooled: Pooled | None) -> str:
    mean = (pooled or {}).get(name, {}).get("mean")
    return name if mean is None else f"{name}: mean {mean:.4g}"


def _alone(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    is_there = np.concatenate([[False], ~np.isnan(values), [False]])
    alone: NDArray[np.bool_] = is_there[1:-1] & ~is_there[:-2] & ~is_there[2:]
    return alone


def _clock(seconds: float) -> str:
    """Return a time as H:MM:SS, with what is left of a second.

    Examples
    --------
    >>> _clock(3725.5), _clock(60)
    ('1:02:05.5', '0:01:00')
    """
    milliseconds = round(abs(seconds) * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, part = divmod(milliseconds, 1000)
    rest = f".{part:03}".rstrip("0") if part else ""
    sign = "-" if seconds < 0 else ""
    return f"{sign}{hours}:{minutes:02}:{whole:02}{rest}"


def _shortened(title: str) -> str:
    if len(title) <= _TITLE_LETTERS:
        return title
    half = _TITLE_LETTERS // 2
    return f"{title[:half]}…{title[1 - half :]}"
