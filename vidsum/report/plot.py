"""The scores of a comparison over time, as a plot.

If there are more pairs than columns of pixels, a line shows the lowest score of each column, and a
band extends from it up to their mean: one bad frame in hours of video still shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..extras import check_extra
from ..files import saving
from ..quality.gates import Gate
from ..quality.pooling import Pooled
from .axes import (
    LEGEND,
    LIMIT_COLOUR,
    check_plot_name,
    draw_curve,
    draw_mean,
    name_times,
    plot_bytes,
    short_clock,
    tidy,
    tidy_rows,
)
from .curve import curve_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FAMILIES = {"ssim": "SSIM", "psnr": "PSNR in dB", "vmaf": "VMAF"}
"""Scores that have a panel, by the first word of their names."""

_COLOURS = ("#1f5fa8", "#c2571a", "#3a8a4d", "#7d4fa1")
_WORST = "#f2b84b"
_MARKS = {"dropped": "#c0143c", "repeated": "#d98200", "inserted": "#7d4fa1", "outside": "#888888"}


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
    """Write the plot, in the format of the name's extension.

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
        Of these scores: means are shown next to the names and the worst seconds are marked.
    gates
        Limits; those on the scores shown are drawn.
    marks
        Times of frames without a partner, by reason, in the time of the reference.
    force
        Replace an existing file of this name.

    Raises
    ------
    UsageError
        If the name has an extension other than those of plots, or matplotlib is missing.
    OutputError
        If it can't be written.
    """
    check_plot_name(target)
    check_extra("--plot", "plot")
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
            # None is above 1; if all are close to it, the scale begins below them all the same.
            bottom = min(axes.get_ylim()[0], 0.99)
            axes.set_ylim(bottom, min(axes.get_ylim()[1], 1 + 0.02 * (1 - bottom)))
        axes.set_ylabel(_FAMILIES[family])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, **LEGEND)
    if marks:
        _draw_marks(grid[-1], marks, seconds)
    name_times(grid[-1], seconds, "time in the reference")
    content = plot_bytes(figure, target, title)
    with saving(target, force=force) as part:
        part.write_bytes(content)


def _draw_family(
    axes: "Axes",
    times: NDArray[np.float64],
    scores: Mapping[str, NDArray[np.float64]],
    pooled: Pooled | None,
) -> None:
    """Draw the scores of a panel, each in its own colour."""
    for index, (name, values) in enumerate(scores.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        curve = curve_of(times, values)
        draw_curve(axes, curve, _label(name, pooled), colour, 0.8 if index else 1.4)
        if index == 0:
            draw_mean(axes, curve, colour)
            _draw_identical(axes, times, values)
            _draw_worst(axes, name, times, pooled)
    tidy(axes)
    if not any(np.isfinite(values).any() for values in scores.values()):
        axes.set_yticks([])


def _draw_worst(axes: "Axes", name: str, times: NDArray[np.float64], pooled: Pooled | None) -> None:
    found = (pooled or {}).get(name, {})
    time, score = found.get("worst_second_time"), found.get("worst_second")
    if time is None or score is None or times[-1] - times[0] <= 1:
        return
    text = f"worst second: {score:.4g} at {short_clock(time)}"
    axes.axvspan(time, min(time + 1, times[-1]), color=_WORST, alpha=0.6, lw=0, label=text)
    # In hours of video, a second is less than a pixel.
    axes.axvline(time, color=_WORST, lw=1.4, zorder=0.5)
    above: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False}
    axes.plot([time], [1], "v", ms=8, color=_WORST, mec="#7a5200", **above)


def _draw_identical(axes: "Axes", times: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Mark where a score is infinite, along the upper edge."""
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
        axes.axhline(gate.limit, color=LIMIT_COLOUR, lw=1.1, ls=(0, (5, 3)), label=f"limit {gate}")


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
    tidy_rows(axes, names)


def _label(name: str, pooled: Pooled | None) -> str:
    mean = (pooled or {}).get(name, {}).get("mean")
    return name if mean is None else f"{name}: mean {mean:.4g}"
