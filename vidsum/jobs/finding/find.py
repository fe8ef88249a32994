"""Search for events in the results of many recordings."""

import contextlib
import dataclasses
import datetime
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import UsageError
from ...extras import check_extra
from ...files import check_targets
from ...options.finding import Finding, FoundFiles
from ...options.reporting import STDOUT
from ...report.found import FoundCsv, FoundEvent, FoundJson, FoundRecording
from ...report.page.content import Figure
from ...report.writing import ReportFile
from .recordings import Inventory, Results, inventory_of
from .store import EventStore, EventTable
from .wall_clock import microseconds, moment_of

_CLOCK_MARGIN = datetime.timedelta(days=2)
"""Clocks around the world differ by less, and recordings overrun their announced length by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindResult:
    """The events that were found."""

    events: list[FoundEvent]
    """In the requested order, at most as many as the limit."""
    count: int
    """How many there are without the limit."""
    recordings: tuple[FoundRecording, ...]
    """Recordings of the requested cameras, by camera and time."""
    cameras: tuple[str, ...]
    """All there are."""
    untimed: int
    """How many of these recordings have no known start time."""
    without_result: int
    """Recordings, of any camera, that have failed or are being processed."""
    faults: tuple[str, ...]
    """One line for each folder, manifest and list of events that can't be read."""
    files: tuple[Path, ...]
    """The files that were written."""
    stopped: bool
    """Whether it was told to stop before the end: then some events may be missing, and no file is
    written."""
    elapsed: float
    """Seconds that the search took."""


def find_events(
    folders: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    finding: Finding | None = None,
    files: FoundFiles | None = None,
    stdout: BinaryIO | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FindResult:
    """Search for events in the results of `batch`, and in lists of events that `condense` wrote.

    Parameters
    ----------
    folders
        Folders of results, searched at any depth, or files with events.
    finding
        Which events, and in which order.
    files
        Where they are written.
    stdout
        Where a table called - is written to.
    should_stop
        Called repeatedly; once it returns true, the search ends.

    Returns
    -------
    FindResult
        The events. What can't be read is reported there, and doesn't prevent the rest from being
        found.

    Raises
    ------
    UsageError
        If an option is out of range, an output exists, or a package is missing.
    InputError
        If a folder is missing, or none has any results.
    OutputError
        If a file can't be written.

    Examples
    --------
    >>> found = find_events(  # doctest: +SKIP
    ...     "condensed", finding=Finding(between="02:00-04:00", camera="7", order="duration")
    ... )
    >>> [(event.begins, event.duration) for event in found.events]  # doctest: +SKIP
    """
    begun = time.monotonic()
    finding, files = finding or Finding(), files or FoundFiles()
    check_extra("vidsum events", "events")
    named = [folders] if isinstance(folders, str | os.PathLike) else list(folders)
    inventory = inventory_of(named, finding.time_zone)
    _check(files, inventory, stdout)
    chosen = sorted(
        (one for one in inventory.results if finding.wants(one.recording.camera)), key=_place
    )
    faults = list(inventory.faults)
    with EventStore(should_stop) as store:
        faults += store.read(
            [
                EventTable(recording=number, path=one.table, kind=one.kind)
                for number, one in enumerate(chosen)
                if _may_hold(one, finding)
            ]
        )
        store.add_stretches((number, one.stretches()) for number, one in enumerate(chosen))
        count, rows = store.find(finding, [one.recording.camera for one in chosen])
    events = [_event(chosen[row[0]], row) for row in rows]
    result = FindResult(
        events=events,
        count=count,
        recordings=tuple(one.recording for one in chosen),
        cameras=tuple(sorted({one.recording.camera for one in inventory.results})),
        untimed=sum(not one.starts for one in chosen),
        without_result=len(inventory.unfinished),
        faults=tuple(faults),
        files=(),
        stopped=should_stop(),
        elapsed=0.0,
    )
    done = not result.stopped and _write(result, finding, files, stdout, should_stop)
    return dataclasses.replace(
        result,
        files=tuple(files.named.values()) if done else (),
        stopped=not done,
        elapsed=time.monotonic() - begun,
    )


def _check(files: FoundFiles, inventory: Inventory, stdout: BinaryIO | None) -> None:
    """Raise the error that would keep the events from being written, if any."""
    targets = [path for path in files.named.values() if path != STDOUT]
    if stdout is None and len(targets) < len(files.named):
        raise UsageError("- is standard output, and there is none; name a file")
    if files.html is not None:
        check_extra("--html", "html")
    inputs: list[Path] = []
    if any(target.exists() for target in targets):
        inputs += inventory.manifests
        for one in inventory.results:
            named = (one.table, one.recording.video, *one.recording.inputs)
            inputs += [path for path in named if isinstance(path, Path)]
    check_targets(targets, filter(Path.exists, inputs), force=files.force)


def _place(one: Results) -> tuple[Any, ...]:
    start = microseconds(one.starts[0][1]) if one.starts else 0
    return one.recording.camera, start, one.recording.name


def _may_hold(one: Results, finding: Finding) -> bool:
    """Return whether events of a recording may be in the requested time."""
    if not one.starts:
        return not finding.asks_for_time
    if one.end is None:
        return True
    (begin, last), (_, first) = one.starts[-1], one.starts[0]
    margin = _CLOCK_MARGIN / datetime.timedelta(microseconds=1)
    end = microseconds(last) + (one.end - begin) * 1e6 + margin
    return not (
        (finding.begin is not None and end < microseconds(finding.begin))
        or (finding.end is not None and microseconds(first) - margin > microseconds(finding.end))
    )


def _event(one: Results, row: tuple[Any, ...]) -> FoundEvent:
    _, number, start, end, duration, peak_time, peak, x, y, width, height, *rest, utc, over = row
    kept, first, last, first_output, last_output = rest
    begins, ends = (
        None if moment is None or one.zone is None else moment_of(moment, one.zone)
        for moment in (utc, over)
    )
    return FoundEvent(
        recording=one.recording,
        begins=begins,
        ends=ends,
        number=number,
        start=start,
        end=end,
        duration=duration,
        peak_time=peak_time,
        peak=peak,
        box=None if None in (x, y, width, height) else (x, y, width, height),
        frames_kept=kept,
        first_frame=first,
        last_frame=last,
        first_output=first_output,
        last_output=last_output,
    )


def _write(
    result: FindResult,
    finding: Finding,
    files: FoundFiles,
    stdout: BinaryIO | None,
    should_stop: Callable[[], bool],
) -> bool:
    """Write the events to files; return whether that was completed."""
    cards = []
    if files.html is not None:
        from .page import cards_of

        cards = list(cards_of(result.events, should_stop))
        if should_stop():
            return False
    with contextlib.ExitStack() as resources:
        written: list[ReportFile] = []
        for maker, target in ((FoundCsv, files.csv), (FoundJson, files.json)):
            if target is not None:
                table = maker(target, stdout if target == STDOUT else None)
                written.append(resources.enter_context(table))
                table.write(result.events)
        if files.html is not None:
            from ...report.page.found import FoundPage

            page = resources.enter_context(FoundPage(files.html))
            written.append(page)
            page.write(
                cards,
                about=finding.text,
                figures=list(_figures(result)),
                notices=list(_notices(result, len(cards))),
            )
        # None gets its name before all are complete.
        for file in written:
            file.publish(force=files.force)
    return True


def _figures(result: FindResult) -> Iterator[Figure]:
    yield Figure(label="Events", value=f"{result.count:,}")
    yield Figure(label="Recordings", value=f"{len(result.recordings):,}")
    cameras = {recording.camera for recording in result.recordings}
    yield Figure(label="Cameras", value=f"{len(cameras):,}")


def _notices(result: FindResult, shown: int) -> Iterator[str]:
    if shown < result.count:
        yield f"The first {shown} of {result.count:,} events."
    yield from result.faults
