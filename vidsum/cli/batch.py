"""`vidsum batch`."""

import sys
import time
from typing import TYPE_CHECKING

from ..errors import ExitCode, printable
from .flat import (
    FlatAreas,
    FlatBatchFiles,
    FlatGrouping,
    FlatReading,
    FlatSources,
    FlatTerminal,
    FlatThresholds,
    FlatWatching,
    FlatWorking,
)
from .startup import load
from .terminal import Terminal, job, print_out, say

if TYPE_CHECKING:
    from ..jobs.batches.progress import BatchProgress


def batch(
    inputs: list[str],
    /,
    *,
    files: FlatBatchFiles,
    sources: FlatSources = None,
    working: FlatWorking = None,
    watching: FlatWatching = None,
    thresholds: FlatThresholds = None,
    areas: FlatAreas = None,
    grouping: FlatGrouping = None,
    reading: FlatReading = None,
    terminal: FlatTerminal = None,
) -> int:
    """Condense many recordings, each into its own files, except those that are done.

    Each recording gets NAME.condensed.mp4, NAME.condensed.csv, NAME.events.json and
    NAME.manifest.json in OUT, in the same subfolders; OUT/batch.csv lists them all. By the manifest
    the next run knows what is done: a recording whose file has changed is redone, one that failed
    only with --retry-failed. Exit code 5 if any failed or lost part of its input.

    Parameters
    ----------
    inputs
        Files, folders, quoted glob patterns, such as `'cameras/*/2026-*.mp4'`, and addresses, such
        as s3://bucket/cameras.
    """
    terminal = terminal or Terminal()
    with job(terminal) as session:
        load()
        from ..jobs.batches.batch import batch
        from ..jobs.batches.result import table_for_people
        from .summary import batch_summary

        bar = _Bar() if not terminal.quiet and sys.stderr and sys.stderr.isatty() else None
        try:
            result = batch(
                inputs,
                files=files,
                sources=sources,
                working=working,
                watching=watching,
                thresholds=thresholds,
                areas=areas,
                grouping=grouping,
                reading=reading,
                progress=bar.show if bar else lambda progress: None,
                tell=bar.tell if bar else _tell,
                note=(lambda line: None) if terminal.quiet else None,
                should_stop=session.should_stop,
            )
        finally:
            if bar:
                bar.close()
        if not terminal.quiet:
            print_out(table_for_people(result.recordings))
        session.tell(batch_summary(result))
        session.finish(lost_input=False, stopped=result.stopped)
        if result.incomplete and session.exit_code == ExitCode.DONE:
            session.exit_code = ExitCode.INCOMPLETE
    return session.exit_code


def _tell(line: str) -> None:
    say(f"vidsum: {printable(line)}")


class _Bar:
    """A line on stderr that shows how far a batch has come, and what it is working on."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self._begun = time.monotonic()
        self._bar = tqdm(
            total=1,
            file=sys.stderr,
            leave=False,
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}% {bar} {desc}, {remaining} left",
        )

    def show(self, progress: "BatchProgress") -> None:
        """Show the state that `progress` describes."""
        rate = progress.done / 1e6 / max(time.monotonic() - self._begun, 1e-9)
        text = f"{progress.finished} of {progress.recordings}, {rate:.1f} MB/s"
        if progress.failed:
            text += f", {progress.failed} failed"
        names = [printable(name) for name in progress.current]
        shown = ", ".join(names[:_MAX_SHOWN_NAMES]) + (
            ", ..." if len(names) > _MAX_SHOWN_NAMES else ""
        )
        self._bar.total = max(progress.size, 1)
        self._bar.set_description_str(f"{text}: {shown}" if shown else text, refresh=False)
        self._bar.update(progress.done - self._bar.n)

    def tell(self, line: str) -> None:
        """Write a line above the bar."""
        self._bar.clear()
        _tell(line)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


_MAX_SHOWN_NAMES = 2
"""How many names of recordings are shown after the bar."""
