"""The summaries that jobs print at the end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import printable
from ..files import size_text
from ..frame import clock
from ..jobs import CompareResult, CondenseResult, PreviewResult
from ..options.finding import Finding
from ..quality.pairing import Unpaired

if TYPE_CHECKING:
    from ..jobs.batches.result import BatchResult
    from ..jobs.condensing.report import ReportResult
    from ..jobs.condensing.saved import ConvertResult
    from ..jobs.finding.find import FindResult
    from ..jobs.watching.result import WatchResult


def condense_summary(inputs: Sequence[str], result: CondenseResult, *, chosen: bool) -> str:
    """Return the summary of `vidsum condense`; `chosen` if vidsum chose the threshold."""
    share = result.kept / result.frames
    new = (result.frames - (result.resumed or 0)) / result.frames
    rate = result.frames * new / result.elapsed
    speed = result.duration * new / result.elapsed
    lines = [
        f"{_seen(inputs, result)}, {result.kept} kept ({share:.1%})",
        f"  {result.elapsed:.1f} s, {rate:.0f} frames/s, {speed:.1f} x real time",
    ]
    if result.resumed is not None:
        lines.append(
            f"  resumed after the {_number(result.resumed, 'frame')} of an interrupted run"
            if result.resumed
            else "  --resume: no interrupted run has left anything, begun at the beginning"
        )
    if result.compared and result.windows_decided:
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
    if result.no_sound is not None:
        lines.append(f"  {result.no_sound}")
    files = []
    if result.output is not None:
        size = f"{result.width}x{result.height}"
        files.append((result.output, f"{_number(result.kept, 'frame')}, {size}"))
    if result.scores is not None:
        files.append((result.scores, _number(result.frames, "row")))
    if result.events_file is not None:
        files.append((result.events_file, _number(len(result.events), "event")))
    if result.subtitles is not None:
        files.append((result.subtitles, "subtitles"))
    if result.edl is not None:
        files.append((result.edl, _number(len(result.events), "event")))
    if result.html is not None:
        files.append((result.html, "page"))
    if result.sheet is not None:
        files.append((result.sheet, "contact sheet"))
    for one in result.explained:
        lines.append(f"  {one.why}")
        files.append((one.picture, f"frame {one.frame} explained"))
    if result.clips:
        size = size_text(sum(path.stat().st_size for path in result.clips))
        folder = printable(result.clips[0].parent)
        lines.append(f"  {folder}: {_number(len(result.clips), 'clip')}, {size}")
    for path, content in files:
        lines.append(f"  {printable(path)}: {content}, {size_text(path.stat().st_size)}")
    return "\n".join(lines)


def report_summary(inputs: Sequence[str], result: "ReportResult") -> str:
    """Return the summary of `vidsum report`, on two lines."""
    rate, speed = result.frames / result.elapsed, result.duration / result.elapsed
    return (
        f"{_seen(inputs, result)}, {result.kept} kept, {_number(len(result.events), 'event')}\n"
        f"  {result.elapsed:.1f} s, {rate:.0f} frames/s, {speed:.1f} x real time"
    )


def saved_summary(table: str, result: "ConvertResult") -> str:
    """Return the summary of `vidsum report` on a saved table."""
    return f"{printable(table)}: {_number(result.frames, 'frame')}, {result.kept} kept"


def batch_summary(result: "BatchResult") -> str:
    """Return the summary of `vidsum batch`, on two lines."""
    counts = [
        f"{count} {outcome}"
        for outcome in ("done", "done before", "failed", "failed before", "not done")
        if (count := result.count(outcome))
    ]
    again = "; --retry-failed tries those again that failed" if result.failed else ""
    return (
        f"{_number(len(result.recordings), 'recording')}: {', '.join(counts)}, "
        f"in {result.elapsed:.1f} s{again}\n  {printable(result.table)}"
    )


def events_summary(result: "FindResult", finding: Finding) -> str:
    """Return the summary of `vidsum events`: how many were found, and what may hide others."""
    count, shown = result.count, len(result.events)
    lines = [
        _number(count, "event")
        + (f", the first {shown} shown (--limit)" if shown < count else "")
        + f", in {_number(len(result.recordings), 'recording')}, in {result.elapsed:.1f} s"
    ]
    if result.cameras and not result.recordings:
        named = ", ".join(map(printable, result.cameras[:_MAX_NAMED_CAMERAS]))
        more = len(result.cameras) - _MAX_NAMED_CAMERAS
        lines.append(f"  no such camera; there are {named}" + f" and {more} more" * (more > 0))
    if result.untimed and finding.asks_for_time:
        lines.append(
            f"  {_number(result.untimed, 'recording')} of unknown time left out "
            "(`vidsum batch --start-time`)"
        )
    if result.without_result:
        lines.append(f"  {_number(result.without_result, 'recording')} failed or not done yet")
    return "\n".join(lines)


_MAX_NAMED_CAMERAS = 10
"""How many cameras are named when none matches."""


def watch_summary(result: "WatchResult") -> str:
    """Return the summary of `vidsum watch`, on several lines."""
    share = result.kept / max(1, result.frames)
    lines = [
        f"{printable(result.address)}: {result.elapsed:.1f} s, {result.frames} frames, "
        f"{result.kept} kept ({share:.1%}), {_number(result.events, 'event')}"
    ]
    if result.gaps:
        lines.append(f"  {_number(result.gaps, 'gap')}, {result.lost_seconds:.1f} s in all")
    if result.late:
        lines.append(f"  {_number(result.late, 'frame')} dropped, this machine was too slow")
    if result.damaged:
        lines.append(f"  {result.damaged} damaged packets or frames")
    if result.folder is not None:
        lines.append(f"  {printable(result.folder)}: {_number(result.segments, 'segment')}")
    return "\n".join(lines)


def preview_summary(input: str, result: PreviewResult) -> str:
    """Return the summary of `vidsum preview`."""
    return (
        f"{printable(input)}: {_number(result.frames, 'frame')} looked at, "
        f"{result.counted:.1%} of the picture counts, usual change ignored in {result.usual:.1%}\n"
        f"  {printable(result.output)}"
    )


def compare_summary(reference: str, distorted: str, result: CompareResult) -> str:
    """Return the summary of `vidsum compare`, on several lines."""
    rate = result.pairs / result.elapsed
    lines = [
        f"{printable(distorted)} against {printable(reference)}: {_number(result.pairs, 'pair')}",
        f"  {result.elapsed:.1f} s, {rate:.0f} pairs/s, "
        f"{result.duration / result.elapsed:.1f} x real time",
    ]
    if result.offset is not None:
        lines.append(f"  {_offset(result)}")
    for why, text in _UNPAIRED.items():
        times = [single for single in result.unpaired if single.why is why]
        if times:
            stretches = [
                f"{first}-{last}" if last > first else f"{first}"
                for first, last in _runs([single.number for single in times])
            ]
            shown = ", ".join(stretches[:_MAX_LISTED_RUNS]) + (
                ", ..." if len(stretches) > _MAX_LISTED_RUNS else ""
            )
            lines.append(f"  {_number(len(times), 'frame')} {text}: {shown}")
    outside = [single for single in result.unpaired if single.why is Unpaired.OUTSIDE]
    for in_reference, name in ((True, "reference"), (False, "copy")):
        count = sum(single.in_reference is in_reference for single in outside)
        if count:
            lines.append(
                f"  {_number(count, 'frame')} of the {name} outside the common stretch, not scored"
            )
    for path in result.files:
        lines.append(f"  {printable(path)}: {size_text(path.stat().st_size)}")
    return "\n".join(lines)


_STILL_SHARE = 0.05
"""Share of moving pairs below which pictures hardly change."""

_MAX_LISTED_RUNS = 5
"""How many runs of frame numbers are listed; all are in the file of --json."""

_UNPAIRED = {
    Unpaired.DROPPED: "of the reference dropped by the copy, not scored",
    Unpaired.REPEATED: "repeated in the copy, not scored",
    Unpaired.INSERTED: "inserted in the copy, not scored",
}


_EXCEEDED = {"max_dropped": "dropped", "max_outside": "outside the common stretch"}


def gate_lines(result: CompareResult) -> list[str]:
    """Return a line for each limit that is not met."""
    lines = []
    for failure in result.failures:
        gate = failure.gate
        value = "not defined" if failure.value is None else f"{failure.value:.6g}"
        short = "" if failure.short is None else f", {failure.short:.3g} short of {gate.limit:g}"
        lines.append(f"--fail-under {gate}: {gate.score} {gate.pooling} is {value}{short}")
    for excess in result.too_many:
        option, what = excess.limit.replace("_", "-"), _EXCEEDED[excess.limit]
        verb = "is" if excess.found == 1 else "are"
        lines.append(f"--{option} {excess.allowed}: {_number(excess.found, 'frame')} {verb} {what}")
    return lines


def _offset(result: CompareResult) -> str:
    offset = result.offset
    assert offset is not None
    if round(offset.seconds, 3):
        late = "later" if offset.seconds > 0 else "earlier"
        where = f"pictures come {abs(offset.seconds):.3f} s {late} in the copy"
    elif offset.ambiguous and result.moving < _STILL_SHARE:
        where = "the pictures hardly change, so that time alone tells their partners"
    else:
        where = "no shift in time at the beginning"
    doubt = "; others would do nearly as well" if offset.ambiguous else ""
    return f"{where} (confidence {offset.confidence:.2f}{doubt})"


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as runs, each from its first to its last number."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _seen(inputs: Sequence[str], result: "CondenseResult | ReportResult") -> str:
    more = f" and {len(inputs) - 1} more" if len(inputs) > 1 else ""
    return (
        f"{printable(inputs[0])}{more}: {clock(result.duration)}, {_number(result.frames, 'frame')}"
    )


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
