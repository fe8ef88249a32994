"""What a job says at its end."""

from collections.abc import Sequence

from ..errors import printable
from ..files import size_text
from ..frame import clock
from ..jobs import CondenseResult, PreviewResult


def condense_summary(inputs: Sequence[str], result: CondenseResult, *, chosen: bool) -> str:
    """Return the summary of `vidsum condense`, several lines; `chosen` if the threshold was."""
    name = printable(inputs[0])
    if len(inputs) > 1:
        name += f" and {len(inputs) - 1} more"
    share = result.kept / result.frames
    rate = result.frames / result.elapsed
    speed = result.duration / result.elapsed
    lines = [
        f"{name}: {clock(result.duration)}, {result.frames} frames, "
        f"{result.kept} kept ({share:.1%})",
        f"  {result.elapsed:.1f} s, {rate:.0f} frames/s, {speed:.1f} x real time",
    ]
    if result.compared:
        decided = result.prefiltered / result.compared
        lines.append(
            f"  the squared error alone decided {decided:.1%} of the comparisons, "
            f"{result.windows_decided:.1%} of the windows"
        )
    if chosen:
        lines.append(f"  threshold chosen to fit the target: --min-ssim {result.min_ssim:g}")
    if result.usual:
        lines.append(f"  usual change ignored in {result.usual:.1%} of the picture")
    lines.append(f"  {_number(len(result.events), 'event')}")
    files = []
    if result.output is not None:
        files.append((result.output, f"{result.kept} frames, {result.width}x{result.height}"))
    if result.scores is not None:
        files.append((result.scores, f"{result.frames} rows"))
    if result.events_file is not None:
        files.append((result.events_file, _number(len(result.events), "event")))
    for path, content in files:
        lines.append(f"  {printable(path)}: {content}, {size_text(path.stat().st_size)}")
    return "\n".join(lines)


def preview_summary(input: str, result: PreviewResult) -> str:
    """Return the summary of `vidsum preview`."""
    return (
        f"{printable(input)}: {result.frames} frames looked at, {result.counted:.1%} of the "
        f"picture counts, usual change ignored in {result.usual:.1%}\n  {printable(result.output)}"
    )


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
