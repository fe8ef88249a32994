"""The scores of a run over time, as a plot: where frames were kept, and where events are."""

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..dedup import Reason
from .axes import (
    LEGEND,
    LIMIT_COLOUR,
    draw_curve,
    draw_mean,
    name_times,
    plot_bytes,
    tidy,
    tidy_rows,
)
from .curve import curve_of
from .schema import Column, Row
from .totals import PLACES
from .writing import ReportFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SCORES = {"local_ssim": "lowest local SSIM", "ssim": "mean SSIM"}
"""The scores that have a panel, by column name."""

_BLUE, _GREEN, _GREY, _AMBER = "#1f5fa8", "#3a8a4d", "#888888", "#f2b84b"


class TimelinePlot(ReportFile):
    """Draws the scores of all rows; it holds only eight bytes per number.

    Parameters
    ----------
    target
        The file to write: .png, .svg or .pdf.
    columns
        The columns of the rows.
    stream
        Where to write instead of a file.
    """

    def __init__(
        self, target: Path, columns: Sequence[Column], stream: BinaryIO | None = None
    ) -> None:
        super().__init__(target, target.suffix.lower(), head="", stream=stream)
        self._times = array("d")
        self._kept, self._usual = array("d"), array("d")
        """Times of kept frames, and of those that differ as they usually do."""
        self._scores = {name: array("d") for name in _SCORES}

    def add(self, row: Row) -> None:
        """Take one row."""
        time = float(row[PLACES["time"]] or 0)
        self._times.append(time)
        if row[PLACES["kept"]]:
            self._kept.append(time)
        elif row[PLACES["reason"]] == Reason.USUAL:
            self._usual.append(time)
        for name, values in self._scores.items():
            value = row[PLACES[name]]
            values.append(np.nan if value is None else float(value))

    def finish(self, header: Mapping[str, object]) -> None:
        """Draw the plot, with the threshold and the events from the header."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(13, 7.2), layout="constrained")
        heights = [3.0] * len(_SCORES) + [0.96]
        grid = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
        times = np.array(self._times)
        options, events = _options(header), header.get("events")
        decides = "ssim" if options.get("pool") == "mean" else "local_ssim"
        for axes, (name, label) in zip(grid, _SCORES.items(), strict=False):
            limit = options.get("min_ssim") if name == decides else None
            _draw_score(axes, times, np.array(self._scores[name]), label, limit)
        strokes = {
            "kept": (_GREEN, np.array(self._kept)),
            "usual change": (_GREY, np.array(self._usual)),
        }
        _draw_rows(grid[-1], strokes, events if isinstance(events, list) else None)
        name_times(grid[-1], times, "time")
        self._put(plot_bytes(figure, self.target, _title(header, times.size)))
        self.complete()


def _draw_score(
    axes: "Axes",
    times: NDArray[np.float64],
    scores: NDArray[np.float64],
    label: str,
    limit: object,
) -> None:
    curve = curve_of(times, scores)
    draw_curve(axes, curve, label, _BLUE, 1.1)
    draw_mean(axes, curve, _BLUE)
    if isinstance(limit, int | float):
        dashed: dict[str, Any] = {"lw": 1.1, "ls": (0, (5, 3)), "color": LIMIT_COLOUR}
        axes.axhline(limit, label=f"threshold {limit:g}", **dashed)
    tidy(axes)
    axes.set_ylabel("SSIM")
    bottom = axes.get_ylim()[0]
    axes.set_ylim(bottom, 1 + 0.02 * (1 - bottom))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, **LEGEND)


def _draw_rows(
    axes: "Axes", strokes: Mapping[str, tuple[str, NDArray[np.float64]]], events: list[Any] | None
) -> None:
    """Draw a row of strokes for each kind of frame, and the events if they are known."""
    names = []
    for row, (name, (colour, times)) in enumerate(strokes.items()):
        axes.vlines(times, row - 0.38, row + 0.38, color=colour, lw=0.8, rasterized=True)
        names.append(f"{name}: {times.size}")
    if events is not None:
        spans = [(event["start"], event["end"] - event["start"]) for event in events]
        # In hours of video, an event without an edge is less than a pixel.
        axes.broken_barh(spans, (len(names) - 0.38, 0.76), facecolor=_AMBER, edgecolor=_AMBER, lw=1)
        names.append(f"events: {len(events)}")
    tidy_rows(axes, names)


def _options(header: Mapping[str, object]) -> Mapping[str, object]:
    options = header.get("options")
    return options if isinstance(options, Mapping) else {}


def _title(header: Mapping[str, object], frames: int) -> str:
    told = header.get("input")
    files = told.get("files") if isinstance(told, Mapping) else None
    name = str(files[0]) if isinstance(files, list) and files else "saved table"
    more = f" and {len(files) - 1} more" if isinstance(files, list) and len(files) > 1 else ""
    return f"{name}{more}: {frames} frames"
