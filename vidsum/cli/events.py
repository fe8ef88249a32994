"""`vidsum events`."""

import dataclasses

from ..errors import ExitCode
from ..options.finding import Finding, FoundFiles
from .flat import FlatFinding, FlatFoundFiles, FlatTerminal
from .stdout import stdout_for
from .terminal import Terminal, job, print_out

_MAX_TABLE_ROWS = 50
"""How many events are shown on the terminal without `--limit`."""


def events(
    folders: list[str],
    /,
    *,
    finding: FlatFinding = None,
    files: FlatFoundFiles = None,
    terminal: FlatTerminal = None,
) -> int:
    """Search for events in the results of many recordings: when, on which camera, how strong.

    Takes folders that `vidsum batch` wrote, at any depth, and lists of events and tables of scores
    that `vidsum condense` wrote. Nothing is decoded except for the pictures of an HTML page. What
    can't be read is reported and skipped: exit code 5. Needs duckdb.

    Parameters
    ----------
    folders
        Folders of results, or files with events.
    """
    terminal = terminal or Terminal()
    finding, files = finding or Finding(), files or FoundFiles()
    with job(terminal) as session, stdout_for(files.named) as stdout:
        from ..jobs.finding.find import find_events
        from ..report.found import found_table
        from .summary import events_summary

        asked = finding
        if not files.named and finding.limit is None:
            asked = dataclasses.replace(finding, limit=_MAX_TABLE_ROWS)
        result = find_events(
            folders, finding=asked, files=files, stdout=stdout, should_stop=session.should_stop
        )
        for line in result.faults:
            session.warn(line)
        if not files.named:
            print_out(found_table(result.events))
        session.tell(events_summary(result, asked))
        session.tell_files(result.files)
        session.finish(lost_input=False, stopped=result.stopped)
        if result.faults and session.exit_code == ExitCode.DONE:
            session.exit_code = ExitCode.INCOMPLETE
    return session.exit_code
