"""Text in tables: a spreadsheet that opens one must never take it for a formula."""

import csv
import io
import re
from collections.abc import Iterable

from .errors import printable

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def csv_line(cells: Iterable[object]) -> str:
    """Return one line of CSV; None is an empty cell.

    Text that a spreadsheet would take for a formula gets a leading apostrophe, and so does text
    that could then be confused with it.
    """
    line = io.StringIO()
    # The writer quotes carriage returns and line feeds only if they end its lines.
    csv.writer(line, lineterminator="\r\n").writerow([_inert(cell) for cell in cells])
    return line.getvalue().removesuffix("\r\n") + "\n"


def plain_text(cell: str) -> str:
    """Return the text from which `csv_line` made a cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def source_name(path: object) -> str:
    """Return the name of an input for tables: on one line, and never a formula."""
    name = printable(path)
    return f"./{name}" if name.startswith(("=", "+", "-", "@")) else name


def _inert(cell: object) -> object:
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
