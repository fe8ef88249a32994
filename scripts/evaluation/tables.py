"""The results as tables in Markdown."""

from collections.abc import Callable, Iterable, Sequence

from evaluation.clips import ClipResult
from evaluation.grid import Cell, CellResult, false_keeps_a_minute, share_found
from evaluation.objects import LEAD_IN_SECONDS

FOUND_ROWS: dict[str, Callable[[Cell], bool]] = {
    "from 12 px, contrast from 40, noise up to 5": lambda cell: (
        cell.size >= 12 and cell.contrast >= 40 and cell.sigma <= 5
    ),
    "8 px, contrast from 40, noise up to 5": lambda cell: (
        cell.size == 8 and cell.contrast >= 40 and cell.sigma <= 5
    ),
    "contrast 20, noise up to 5": lambda cell: cell.contrast == 20 and cell.sigma <= 5,
    "contrast 10, noise up to 5": lambda cell: cell.contrast == 10 and cell.sigma <= 5,
    "noise 10": lambda cell: cell.sigma == 10,
}
"""Which cells of the grid are summed up in a row."""


def clips_table(results: Iterable[ClipResult]) -> str:
    """Return a table with a row for each contender on each clip, at its own threshold."""
    lines = [
        "| clip | contender | kept | of all frames | events found | objects found | coverage "
        "| longest gap | false keeps |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        if not result.is_default:
            continue
        found = result.measures
        cells = [
            result.clip.name + (f" ({result.clip.preset})" if result.clip.preset else ""),
            result.contender,
            f"{found.kept} of {found.frames}",
            percent(found.kept_share),
            _of(found.events_found, found.events),
            _of(found.objects_found, found.objects),
            percent(found.coverage),
            "" if found.longest_gap_seconds is None else f"{found.longest_gap_seconds:.2f} s",
            percent(found.false_keeps),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def grid_table(results: Sequence[CellResult]) -> str:
    """Return a table with two columns for each contender: without and with clock and swing."""
    contenders = list(dict.fromkeys(result.contender for result in results))
    columns = [(name, busy) for name in contenders for busy in (False, True)]
    heads = [f"{name}, clock and swing" if busy else name for name, busy in columns]
    rows = []
    for title, belongs in FOUND_ROWS.items():
        shares = [
            share_found(
                result
                for result in results
                if result.contender == name and result.cell.busy == busy and belongs(result.cell)
            )
            for name, busy in columns
        ]
        if any(share is not None for share in shares):
            rows.append([f"objects found: {title}", *map(percent, shares)])
    quiet = {
        (result.contender, result.cell.busy, result.cell.sigma): result
        for result in results
        if not result.objects
    }
    for sigma in sorted({sigma for _, _, sigma in quiet}):
        cells = []
        for name, busy in columns:
            result = quiet[name, busy, sigma]
            cells.append(f"{false_keeps_a_minute(result):.1f} ({result.kept_in_lead_in})")
        rows.append([f"false keeps a minute: noise {sigma:g}", *cells])
    return "\n".join(
        [
            f"| synthetic scene, 1920x1080 | {' | '.join(heads)} |",
            f"|---|{'---:|' * len(heads)}",
            *(f"| {' | '.join(row)} |" for row in rows),
            "",
            f"False keeps of the first {LEAD_IN_SECONDS} seconds are counted apart, in brackets.",
        ]
    )


def percent(share: float | None) -> str:
    """Return a share in per cent, nothing for None."""
    return "" if share is None else f"{100 * share:.1f} %"


def _of(part: int | None, whole: int | None) -> str:
    return "" if whole is None else f"{part} of {whole}"
