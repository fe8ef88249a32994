"""One rule on the made grid, as a strip of coloured cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evaluation.grid import CellResult, false_keeps_a_minute

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOUND, LOST = (0.90, 0.95, 0.91), (0.73, 0.13, 0.13)
"""Colours of a cell in which all objects are found, and none."""
HALFWAY = (0.99, 0.85, 0.62)

SMALL = 8
QUIET_COLOUR = "#666666"

_GAP = 0.6
"""Between blocks of cells, in cells."""
_QUIET_HEIGHT = 0.9
_CELL_INCHES = 0.21
_TITLE_INCHES = 0.85


def strip_height(results: Sequence[CellResult]) -> float:
    """Return how high a strip must be, in inches."""
    contrasts = {result.cell.contrast for result in results if result.objects}
    return _TITLE_INCHES + 2 * (len(contrasts) + _QUIET_HEIGHT) * _CELL_INCHES


def draw_strip(axes: "Axes", results: Sequence[CellResult], colour: str) -> None:
    """Draw a block for each noise, with the sizes across and the contrasts down.

    The upper half is the plain scene, the lower one that with clock and swinging light. What is
    kept where nothing moves stands under each block.
    """
    from matplotlib.patches import Rectangle

    by_cell = {result.cell: result for result in results}
    sizes = sorted({cell.size for cell in by_cell if cell.size})
    contrasts = sorted({cell.contrast for cell in by_cell if cell.size}, reverse=True)
    sigmas = sorted({cell.sigma for cell in by_cell})
    column_of = {
        (sigma, size): block * (len(sizes) + _GAP) + index
        for block, sigma in enumerate(sigmas)
        for index, size in enumerate(sizes)
    }
    half = len(contrasts) + _QUIET_HEIGHT
    row_of = {
        (busy, contrast): busy * half + index
        for busy in (False, True)
        for index, contrast in enumerate(contrasts)
    }
    for cell, result in by_cell.items():
        if cell.size:
            share = result.found / result.objects
            x, y = column_of[cell.sigma, cell.size], row_of[cell.busy, cell.contrast]
            axes.add_patch(
                Rectangle((x, y), 1, 1, facecolor=_shade(share), edgecolor="white", linewidth=1)
            )
            if share < 1:
                ink = "white" if share < 0.35 else "#333333"
                axes.text(x + 0.5, y + 0.5, f"{100 * share:.0f}", ha="center", va="center",
                    fontsize=SMALL, color=ink)  # fmt: skip
        else:
            axes.text(
                column_of[cell.sigma, sizes[0]] + len(sizes) / 2,
                cell.busy * half + len(contrasts) + _QUIET_HEIGHT / 2,
                f"nothing moves: {false_keeps_a_minute(result):.0f} kept a minute",
                ha="center", va="center", fontsize=SMALL, color=QUIET_COLOUR,
            )  # fmt: skip

    right = len(sigmas) * (len(sizes) + _GAP) - _GAP
    axes.set_xlim(0, right)
    axes.set_ylim(2 * half, 0)
    axes.set_title(f"made grid: {results[0].contender}", color=colour, pad=22)
    for block, sigma in enumerate(sigmas):
        middle = block * (len(sizes) + _GAP) + len(sizes) / 2
        axes.text(middle, -0.35, f"noise {sigma:g}", ha="center", va="bottom")
    for busy, name in ((False, "plain"), (True, "clock,\nswing")):
        axes.annotate(
            name, (0, busy * half + len(contrasts) / 2), (-34, 0), textcoords="offset points",
            ha="right", va="center",
        )  # fmt: skip
    axes.set_yticks([row + 0.5 for row in row_of.values()],
        [f"{contrast}" for _, contrast in row_of], fontsize=SMALL)  # fmt: skip
    axes.set_xticks([column + 0.5 for column in column_of.values()],
        [f"{size}" for _, size in column_of], fontsize=SMALL)  # fmt: skip
    axes.tick_params(length=0)
    axes.set_xlabel("size of the objects in pixels", fontsize=SMALL)
    axes.set_ylabel("contrast in levels", fontsize=SMALL)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _shade(share: float) -> tuple[float, float, float]:
    low, high, part = (LOST, HALFWAY, 2 * share) if share < 0.5 else (HALFWAY, FOUND, 2 * share - 1)
    red, green, blue = (a + (b - a) * part for a, b in zip(low, high, strict=True))
    return red, green, blue
