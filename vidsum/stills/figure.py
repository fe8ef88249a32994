"""The figure: both images and the map of their SSIM side by side, with the scores."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import saving
from .comparison import ImageComparison
from .still import Still, reduced

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".jpg", ".jpeg", ".svg", ".pdf")
"""Extensions of figures that are written."""

_LONG_SIDE = 900
"""Pixels along the long side of an image in the figure."""

_MAX_NAME_LENGTH = 44
"""How many characters of a name fit above an image."""

_MAX_BOXES = 50
"""How many regions are shown; the others are small in comparison."""

_BOX = "#d60046"


def write_figure(
    target: Path, a: Still, b: Still, comparison: ImageComparison, *, force: bool
) -> None:
    """Write the figure, in the format of the name's extension.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    from matplotlib.figure import Figure

    width, height = a.size
    # Panels of 5 inches side by side, or of 4 for portrait images.
    across = 5.0 if width >= height else 4.0
    figure = Figure(
        figsize=(3 * across + 1.2, across * min(height / width, 4) + 1.2), layout="compressed"
    )
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for panel, still, letter in zip(panels, (a, b), "AB", strict=False):
        _show(panel, still)
        panel.set_title(f"{letter}: {_shortened(still.name)}", parse_math=False, fontsize=10)
    _frame_regions(panels[1], comparison)
    cells = comparison.cells
    rows, columns = cells.lowest.shape
    shown = panels[2].imshow(
        cells.lowest,
        cmap="magma",
        vmin=0,
        vmax=1,
        extent=(0, columns * cells.side, rows * cells.side, 0),
        interpolation="nearest",
    )
    panels[2].set_title("SSIM round each pixel", fontsize=10)
    panels[2].set(xlim=(0, width), ylim=(height, 0))
    panels[2].tick_params(labelsize=8)
    figure.colorbar(shown, ax=panels, extend="min", fraction=0.02, pad=0.01).ax.tick_params(
        labelsize=8
    )
    figure.suptitle(_headline(comparison), fontsize=13, parse_math=False)
    with warnings.catch_warnings(), saving(target, force=force) as part:
        warnings.simplefilter("ignore")  # characters that no font has become boxes
        figure.savefig(part, format=target.suffix[1:].lower(), dpi=150, bbox_inches="tight")


def _show(panel: "Axes", still: Still) -> None:
    width, height = still.size
    factor = max(1.0, max(still.size) / _LONG_SIDE)
    size = max(1, round(width / factor)), max(1, round(height / factor))
    pixels = reduced(still, size)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    panel.imshow(pixels, extent=(0, width, height, 0), interpolation="nearest")
    panel.tick_params(labelsize=8)


def _frame_regions(panel: "Axes", comparison: ImageComparison) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    seen: dict[str, Any] = {"path_effects": [withStroke(linewidth=3, foreground="white")]}
    for region in comparison.regions[:_MAX_BOXES]:
        corner = region.x, region.y
        panel.add_patch(
            Rectangle(
                corner, region.width, region.height, fill=False, edgecolor=_BOX, lw=1.4, **seen
            )
        )


def _headline(comparison: ImageComparison) -> str:
    scores = [
        f"MSE {comparison.mse:.2f}",
        "PSNR infinite" if comparison.identical else f"PSNR {comparison.psnr:.2f} dB",
        f"SSIM {comparison.ssim:.4f}",
        f"{comparison.percent_similar:.2f} % similar",
    ]
    lines = ["     ".join(scores)]
    if len(comparison.channels) > 1:
        lines.append(
            "     ".join(
                f"{name}: MSE {scores.mse:.2f}, SSIM {scores.ssim:.4f}"
                for name, scores in comparison.channels.items()
            )
        )
    return "\n".join(lines)


def _shortened(name: str) -> str:
    return name if len(name) <= _MAX_NAME_LENGTH else "…" + name[1 - _MAX_NAME_LENGTH :]
