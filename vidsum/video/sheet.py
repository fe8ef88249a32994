"""The contact sheet: small pictures with their times, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .panels import GAP
from .pen import AMBER, GREY, PAPER, WHITE, Pen, Pixels

_MIN_CAPTION = 150
"""Width in pixels that a caption needs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One picture of a sheet."""

    picture: Pixels
    title: str
    note: str = ""


def cell_size(columns: int, width: int = 1920) -> tuple[int, int]:
    """Return the width and height for the pictures of a sheet `width` pixels wide."""
    across = max(_MIN_CAPTION // 2, (width - GAP) // columns - GAP)
    return across, across


def draw_sheet(cells: Sequence[Cell], columns: int, head: Sequence[str]) -> Pixels:
    """Draw pictures of one size in rows.

    Parameters
    ----------
    cells
        The pictures; at least one.
    columns
        How many pictures there are in a row.
    head
        Lines above them: a title, then explanations.

    Returns
    -------
    Pixels
        The sheet.
    """
    pen, bold = Pen(1), Pen(1.3)
    height, width = cells[0].picture.shape[:2]
    across = max(width, _MIN_CAPTION)
    line, small = 2 * bold.text_height, 2 * pen.text_height
    notes = any(cell.note for cell in cells)
    caption = line + small * notes
    top = GAP + line + small * (len(head) - 1) + GAP
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    shape = top + rows * (height + caption + 2 * GAP), columns * (across + GAP) + GAP, 3
    sheet = np.full(shape, PAPER, np.uint8)
    room = shape[1] - 2 * GAP
    for index, text in enumerate(head):
        writer, colour = (pen, GREY) if index else (bold, WHITE)
        baseline = GAP + bold.text_height + index * small + (line - small if index else 0)
        writer.label(sheet, writer.shortened(text, room), GAP, baseline, colour)
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        x, y = GAP + column * (across + GAP), top + row * (height + caption + 2 * GAP)
        inset = (across - width) // 2
        sheet[y : y + height, x + inset : x + inset + width] = cell.picture
        baseline = y + height + line - bold.text_height // 4
        bold.label(sheet, bold.shortened(cell.title, across), x, baseline, WHITE)
        if cell.note:
            pen.label(sheet, pen.shortened(cell.note, across), x, baseline + small, AMBER)
    return sheet
