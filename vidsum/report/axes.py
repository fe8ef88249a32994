"""What the plots over time share: times along the axis, long curves, the output file."""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, printable
from .curve import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
"""Extensions of plots that are written."""

LEGEND: dict[str, Any] = {"fontsize": 9, "frameon": False, "borderaxespad": 0.1}
"""The style of legends."""

LIMIT_COLOUR = "#c0143c"
"""The colour of thresholds and limits."""

_TITLE_LETTERS = 110

_TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
"""Candidate seconds between labelled times: round in minutes and hours."""


def check_plot_name(target: Path) -> None:
    """Raise `UsageError`, with what is allowed, if no plot can be written under this name."""
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--plot {printable(target)}: its name has to end in {', '.join(SUFFIXES)}"
        )


def draw_curve(axes: "Axes", curve: Curve, label: str, colour: str, width: float) -> None:
    """Draw a score over time; for many frames, each column's lowest and the area up to the mean."""
    if curve.mean is not None:
        label += ", line: lowest"
    line: dict[str, Any] = {"color": colour, "solid_joinstyle": "round", "lw": width}
    axes.plot(curve.times, curve.lowest, label=label, **line)
    # A score between two gaps makes no line.
    alone = _alone(curve.lowest)
    axes.plot(curve.times[alone], curve.lowest[alone], ".", ms=4, color=colour)


def draw_mean(axes: "Axes", curve: Curve, colour: str) -> None:
    """Fill the area between the lowest scores and their mean, if not all are shown."""
    if curve.mean is not None:
        band: dict[str, Any] = {"color": colour, "alpha": 0.25, "lw": 0}
        axes.fill_between(curve.times, curve.lowest, curve.mean, label="up to mean", **band)


def tidy(axes: "Axes") -> None:
    """Give a panel its grid and its frame."""
    axes.grid(True, color="#e2e2e2", lw=0.6)
    axes.margins(x=0.005, y=0.08)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def tidy_rows(axes: "Axes", names: list[str]) -> None:
    """Label the rows of a panel of marks."""
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(length=0, axis="y")
    axes.spines[["top", "right", "left"]].set_visible(False)


def name_times(axes: "Axes", seconds: NDArray[np.float64], label: str) -> None:
    """Label round times along the axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

    span = np.ptp(seconds) if seconds.size else 0.0
    if span > 5:
        step = next((step for step in _TICK_SECONDS if span / step <= 12), _TICK_SECONDS[-1])
        axes.xaxis.set_major_locator(MultipleLocator(step))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: short_clock(time)))
    axes.set_xlabel(label, fontsize=9)
    axes.tick_params(axis="x", labelsize=9)


def plot_bytes(figure: "Figure", target: Path, title: str) -> bytes:
    """Return the plot with its title, in the format of the extension of `target`."""
    figure.suptitle(_shortened(title), fontsize=12, parse_math=False, x=0.01, ha="left")
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # characters that no font has become boxes
        figure.savefig(content, format=target.suffix[1:].lower(), dpi=120)
    return content.getvalue()


def _alone(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    is_there = np.concatenate([[False], ~np.isnan(values), [False]])
    alone: NDArray[np.bool_] = is_there[1:-1] & ~is_there[:-2] & ~is_there[2:]
    return alone


def short_clock(seconds: float) -> str:
    """Return a time as H:MM:SS, with fractions of a second if there are any.

    Examples
    --------
    >>> short_clock(3725.5), short_clock(60)
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
