"""Results of a comparison as text: the table of blocks, and JSON."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from ..spreadsheet import csv_line, source_name
from .comparison import ImageComparison
from .grid import Grid
from .matches import ImageMatches

MATCH_COLUMNS = ("image", "nearest", "ssim", "group", "fault")
GRID_COLUMNS = ("x", "y", "width", "height", "mse", "ssim")


def grid_csv(grid: Grid) -> str:
    """Return the scores of blocks, one row each; a score that was not computed is an empty cell."""
    lines = [csv_line(GRID_COLUMNS)]
    width, height = grid.size
    for row, (errors, ssims) in enumerate(zip(grid.mse, grid.ssim, strict=True)):
        y = row * grid.side
        for column, (mse, ssim) in enumerate(zip(errors, ssims, strict=True)):
            x = column * grid.side
            box = x, y, min(grid.side, width - x), min(grid.side, height - y)
            lines.append(csv_line((*box, _cell(mse), _cell(ssim))))
    return "".join(lines)


def comparison_json(a: str, b: str, comparison: ImageComparison) -> str:
    """Return the comparison of the images called `a` and `b`; an infinite PSNR is null."""
    hidden = ("cells", "grid", "files")
    names = {"a": _unicode(a), "b": _unicode(b)}
    values: dict[str, Any] = {**names, "identical": comparison.identical}
    for field in dataclasses.fields(comparison):
        if field.name not in hidden:
            values[field.name] = _plain(getattr(comparison, field.name))
    return json_text(values)


def matches_csv(found: ImageMatches) -> str:
    """Return each image and its nearest match, one row each; unreadable ones with the error."""
    lines = [csv_line(MATCH_COLUMNS)]
    for match in found.matches:
        nearest = None if match.nearest is None else source_name(match.nearest)
        ssim = None if match.ssim is None else f"{match.ssim:.6f}"
        lines.append(csv_line((source_name(match.image), nearest, ssim, match.group, None)))
    for file in found.unreadable:
        lines.append(csv_line((source_name(file.path), None, None, None, file.reason)))
    return "".join(lines)


def matches_json(found: ImageMatches) -> str:
    """Return the result for many images as JSON."""
    return json_text(
        {
            "matches": [_plain(match) for match in found.matches],
            "groups": _plain(found.groups),
            "duplicates": found.duplicates,
            "unreadable": _plain(found.unreadable),
            "other_files": found.other_files,
            "compared": found.compared,
        }
    )


def json_text(values: Any) -> str:
    """Return values as JSON, the same in every encoding."""
    return json.dumps(values, indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return a value for JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isinf(value):
        return None
    if isinstance(value, Path):
        return _unicode(str(value))
    return value


def _unicode(name: str) -> str:
    """Return a name with bytes that are not UTF-8 escaped, which JSON can't represent."""
    return name.encode("utf-8", "backslashreplace").decode()


def _cell(value: float) -> str | None:
    return None if math.isnan(value) else f"{value:.6f}"
