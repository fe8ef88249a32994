"""The results as one picture: a panel for each clip's curves, a strip for each rule on the grid."""

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation import mpdecimate
from evaluation.clips import ClipResult
from evaluation.grid import CellResult
from evaluation.strip import draw_strip, strip_height

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0b5fa5", "#c2410c", "#15803d", "#7e22ce", "#a16207")
GREY = "#858585"
"""The colour of mpdecimate."""
FAINT = "#e2e2e2"

WIDTH = 13.0
"""All sizes are in inches."""
COLUMNS = 3
PANEL_HEIGHT = 2.6
NOTE_HEIGHT = 0.35

LINEAR_UP_TO = 0.01
"""False keeps are drawn in a logarithmic scale from here on."""
TICKS = {0.0: "0", 0.01: "1 %", 0.03: "3 %", 0.1: "10 %", 0.3: "30 %", 1.0: "100 %"}

STYLE = {
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.labelcolor": "#444444",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
}


def is_possible() -> bool:
    """Return whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(clips: Sequence[ClipResult], cells: Sequence[CellResult], path: Path) -> None:
    """Write the picture as PNG."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    colours = _colours([result.contender for result in (*clips, *cells)])
    by_clip: dict[str, list[ClipResult]] = {}
    for result in clips:
        if result.measures.false_keeps is not None:
            by_clip.setdefault(result.clip.name, []).append(result)
    rules = [name for name in colours if name != mpdecimate.NAME] if cells else []
    without_curve = [
        result for result in clips if result.is_default and result.measures.false_keeps is None
    ]
    panels = len(by_clip) + bool(without_curve)
    heights = [PANEL_HEIGHT] * math.ceil(panels / COLUMNS)
    heights += [strip_height(cells)] * len(rules)
    if not heights:
        return
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(WIDTH, sum(heights) + NOTE_HEIGHT), layout="constrained")
        figure.get_layout_engine().set(h_pad=0.12, w_pad=0.12)
        places = figure.add_gridspec(len(heights), COLUMNS, height_ratios=heights)
        lowest = min((_lowest_coverage(results) for results in by_clip.values()), default=0)
        for index, (name, results) in enumerate(by_clip.items()):
            axes = figure.add_subplot(places[divmod(index, COLUMNS)])
            _draw_curves(axes, name, results, colours, lowest)
        if without_curve:
            axes = figure.add_subplot(places[divmod(panels - 1, COLUMNS)])
            _draw_kept_shares(axes, without_curve, colours)
        for index, rule in enumerate(reversed(rules), 1):
            axes = figure.add_subplot(places[len(heights) - index, :])
            draw_strip(axes, [cell for cell in cells if cell.contender == rule], colours[rule])
        figure.supxlabel(
            "Curves: each dot is a threshold, the large one the contender's own; left and above is "
            "better. Grid: share of the objects found, nothing written where it is 100 %.",
            fontsize=8,
            color="#666666",
        )
        figure.savefig(path, dpi=130, format="png")
        plt.close(figure)


def _colours(contenders: Sequence[str]) -> dict[str, str]:
    rules = [name for name in dict.fromkeys(contenders) if name != mpdecimate.NAME]
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(rules)}
    if mpdecimate.NAME in contenders:
        colours[mpdecimate.NAME] = GREY
    return colours


def _lowest_coverage(results: Sequence[ClipResult]) -> float:
    """Return the end of the scale: below the lowest coverage, in steps of 5 %."""
    lowest = min(result.measures.coverage or 0 for result in results)
    return min(0.9, math.floor(lowest * 20) / 20)


def _draw_curves(
    axes: "Axes",
    name: str,
    results: Sequence[ClipResult],
    colours: dict[str, str],
    lowest: float,
) -> None:
    from matplotlib.ticker import NullLocator

    axes.set_title(name)
    axes.set_xscale("symlog", linthresh=LINEAR_UP_TO)
    axes.set_xlim(-0.001, 1.3)
    axes.set_xticks(list(TICKS), list(TICKS.values()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("event-free frames kept")
    axes.set_ylim(lowest, 1 + 0.05 * (1 - lowest))
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    axes.set_ylabel("event frames covered")
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    owns = []
    for contender in reversed(colours):  # mpdecimate comes last in them, and is drawn below
        points = sorted(
            (result for result in results if result.contender == contender),
            key=lambda result: result.threshold,
        )
        if not points:
            continue
        false_keeps = [point.measures.false_keeps for point in points]
        coverage = [point.measures.coverage for point in points]
        axes.plot(
            false_keeps, coverage, "-o", color=colours[contender], markersize=3.5, linewidth=1.5,
            clip_on=False, zorder=3,
        )  # fmt: skip
        owns += [point for point in points if point.is_default]
    for own in owns:
        axes.plot(
            [own.measures.false_keeps], [own.measures.coverage], "o", markersize=9, clip_on=False,
            color=colours[own.contender], markeredgecolor="white", markeredgewidth=0.8, zorder=4,
        )  # fmt: skip
    # Where the names go depends on the size of the panel, which the layout gives.
    axes.figure.draw_without_rendering()
    _write_names(axes, owns, colours)


def _write_names(axes: "Axes", owns: Sequence[ClipResult], colours: dict[str, str]) -> None:
    """Write each contender's name beside its own threshold, where no curve of a good one runs.

    That is below it and to the right; lower still where another name is in the way.
    """
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.5, foreground="white")]
    taken: list[float] = []
    for own in sorted(owns, key=lambda result: -(result.measures.false_keeps or 0)):
        place = (own.measures.false_keeps or 0.0, own.measures.coverage or 0.0)
        row = axes.transData.transform(place)[1] * 72 / axes.figure.dpi
        is_at_the_edge = axes.transLimits.transform(axes.transScale.transform(place))[0] > 0.85
        below = row - 22
        while any(abs(below - other) < 13 for other in taken):
            below -= 13
        taken.append(below)
        axes.annotate(
            own.contender, place, (-14 if is_at_the_edge else 14, below - row),
            textcoords="offset points", ha="right" if is_at_the_edge else "left", va="center",
            color=colours[own.contender], fontweight="bold", zorder=5, path_effects=halo,
            arrowprops={
                "arrowstyle": "-", "color": colours[own.contender], "linewidth": 0.8,
                "relpos": (1 if is_at_the_edge else 0, 0.5), "shrinkA": 1,
            },
        )  # fmt: skip


def _draw_kept_shares(axes: "Axes", results: Sequence[ClipResult], colours: dict[str, str]) -> None:
    """Draw lines for each clip that has no event-free stretch, or no labelled events."""
    axes.set_title("clips without event-free stretches")
    names = list(dict.fromkeys(result.clip.name for result in results))
    contenders = [name for name in colours if any(name == one.contender for one in results)]
    for result in results:
        # Below each other, as they often lie at the same place.
        part = (contenders.index(result.contender) + 0.5) / len(contenders)
        row = names.index(result.clip.name) + 0.5 * part - 0.1
        share, colour = result.measures.kept_share, colours[result.contender]
        axes.plot([0, share], [row, row], "-", color=colour, linewidth=1.5, alpha=0.45)
        axes.plot([share], [row], "o", color=colour, markersize=5, clip_on=False, zorder=3)
    for row, name in enumerate(names):
        axes.text(0.004, row - 0.16, name, va="bottom", fontsize=8, color="#444444")
    for index, name in enumerate(contenders):
        axes.annotate(
            name, (1.07, 0.93), (0, -13 * index), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top", color=colours[name], fontweight="bold",
        )  # fmt: skip
    axes.set_xlim(0, 1.5)
    axes.set_ylim(len(names) - 0.35, -0.6)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("all frames kept")
