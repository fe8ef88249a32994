"""`vidsum events`."""

import dataclasses
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from ..errors import ExitCode, printable
from ..files import size_text
from ..options.finding import Finding, FoundFiles
from ..options.reporting import STDOUT
from .flat import FlatTerminal
from .stdout import stdout_for
from .terminal import Terminal, job, print_out

if TYPE_CHECKING:
    from ..jobs.find import FindResult

_FLAT = Parameter(name="*")

FlatFinding: TypeAlias = Annotated[Finding | None, _FLAT]
FlatFoundFiles: TypeAlias = Annotated[FoundFiles | None, _FLAT]

_ROWS = 50
"""So many events are shown on the terminal, where nobody has said how many."""


def events(
    folders: list[str],
    /,
    *,
    finding: FlatFinding = None,
    files: FlatFoundFiles = None,
    terminal: FlatTerminal = None,
) -> int:
    """Look for events in the results of many recordings: when, on which camera, how strong.

    Takes the folders that `vidsum batch` wrote, to any depth, and lists of events and tables of
    scores that `vidsum condense` wrote. Nothing is decoded but the pictures of a page. What can't
    be read is told, and the rest goes on: exit code 5. Needs duckdb.

    Parameters
    ----------
    folders
        Folders of results, or files with events.
    """
    terminal = terminal or Terminal()
    finding, files = finding or Finding(), files or FoundFiles()
    with job(terminal) as session, stdout_for(files.named) as stdout:
        from ..jobs.find import find_events
        from ..report.found import found_table

        asked = finding
        if not files.named and finding.limit is None:
            asked = dataclasses.replace(finding, limit=_ROWS)
        result = find_events(
            folders, finding=asked, files=files, stdout=stdout, should_stop=session.should_stop
        )
        for line in result.faults:
            session.warn(line)
        if not files.named:
            print_out(found_table(result.events))
        session.tell(_summary(result, asked))
        for path in result.files:
            if path != STDOUT:
                session.tell(f"  {printable(path)}: {size_text(path.stat().st_size)}")
        session.finish(lost_input=False, stopped=result.stopped)
        if result.faults and session.exit_code == ExitCode.DONE:
            session.exit_code = ExitCode.INCOMPLETE
    return session.exit_code


def _summary(result: "FindResult", finding: Finding) -> str:
    """Return how many were found where, and what keeps others from being found."""
    shown, count, recordings = len(result.events), result.count, len(result.recordings)
    lines = [
        f"{count:,} event{_s(count)}"
        + (f", the first {shown:,} shown (--limit)" if shown < count else "")
        + f", in {recordings:,} recording{_s(recordings)}, in {result.elapsed:.1f} s"
    ]
    if not recordings and result.cameras:
        cameras = ", ".join(map(printable, result.cameras[:_NAMED]))
        more = len(result.cameras) - _NAMED
        lines.append(
            f"  no such camera; there are {cameras}" + (f" and {more} more" if more > 0 else "")
        )
    if result.untimed and finding.asks_for_time:
        lines.append(
            f"  {result.untimed:,} of them {_do(result.untimed)} not tell when they began: none of "
            "their events are of that time (`vidsum batch --start-time`)"
        )
    if result.without_result:
        number = result.without_result
        lines.append(f"  {number:,} recording{_s(number)} more failed or not done yet")
    return "\n".join(lines)


_NAMED = 10
"""So many cameras are named where none is meant."""


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def _do(number: int) -> str:
    return "does" if number == 1 else "do"
