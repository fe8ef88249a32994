"""What became of the recordings of a batch, and the tables that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ...errors import UsageError, printable
from ...frame import clock
from ...remote import InputPath, RemotePath
from ...report.text import aligned
from ...spreadsheet import csv_line, source_name
from .manifest import Manifest

Outcome: TypeAlias = Literal["done", "done before", "failed", "failed before", "not done"]

COLUMNS = (
    "recording",
    "outcome",
    "exit_code",
    "segments",
    "input",
    "frames",
    "kept",
    "events",
    "duration",
    "elapsed",
    "started",
    "ended",
    "message",
)
"""Columns of batch.csv."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecording:
    """What became of one recording."""

    name: str
    """Its place below the folder of results, without an extension."""
    inputs: tuple[InputPath, ...]
    """Its segments in order."""
    manifest: Manifest | None
    """Its manifest; None if the run was stopped before it was done."""
    is_new: bool
    """Whether this run processed it, rather than an earlier one."""

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if self.manifest is None:
            return "not done"
        if self.manifest.state == "failed":
            return "failed" if self.is_new else "failed before"
        return "done" if self.is_new else "done before"

    @property
    def exit_code(self) -> int | None:
        """The exit code of `vidsum condense` for it."""
        return None if self.manifest is None else self.manifest.exit_code

    def count(self, name: str) -> Any:
        """Return one of its counts, if it has a result."""
        result = None if self.manifest is None else self.manifest.result
        return None if result is None else result.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The result of a batch."""

    recordings: tuple[BatchRecording, ...]
    """All recordings in the sources, in order."""
    table: Path | RemotePath
    """The table of all of them, as CSV."""
    elapsed: float
    """Seconds that the run took."""
    stopped: bool
    """Whether it was told to stop before the end."""

    @property
    def failed(self) -> tuple[BatchRecording, ...]:
        """Recordings without a result, failed in this or an earlier run."""
        return tuple(one for one in self.recordings if one.outcome.startswith("failed"))

    @property
    def incomplete(self) -> bool:
        """Whether some have failed or lost part of their input."""
        return any(one.exit_code for one in self.recordings)

    def count(self, outcome: Outcome) -> int:
        """Return how many have this outcome."""
        return sum(one.outcome == outcome for one in self.recordings)


def check_table(path: Path, *, force: bool) -> None:
    """Raise `UsageError` if the existing file is not the table of a batch."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            ours = file.readline() == csv_line(COLUMNS)
    except FileNotFoundError:
        return
    except OSError:
        ours = False
    if not ours and not force:
        raise UsageError(
            f"{printable(path)}: this file exists and is no table of a batch; replace it with "
            "--force, or choose another folder with -o"
        )


def table_text(recordings: Sequence[BatchRecording]) -> str:
    """Return what became of recordings as CSV."""
    return csv_line(COLUMNS) + "".join(csv_line(_cells(one)) for one in recordings)


def table_for_people(recordings: Sequence[BatchRecording]) -> str:
    """Return what became of recordings as a table of plain text."""
    rows: list[tuple[str, ...]] = [
        ("recording", "outcome", "exit", "frames", "kept", "events", "duration")
    ]
    for one in recordings:
        duration = one.count("duration")
        counts = (one.exit_code, *map(one.count, ("frames", "kept", "events")))
        rows.append(
            (
                printable(one.name),
                one.outcome,
                *("-" if count is None else str(count) for count in counts),
                "-" if duration is None else clock(duration),
            )
        )
    return aligned(rows)


def _cells(one: BatchRecording) -> tuple[object, ...]:
    manifest = one.manifest
    return (
        printable(one.name),
        one.outcome,
        one.exit_code,
        len(one.inputs),
        source_name(one.inputs[0]),
        *map(one.count, ("frames", "kept", "events", "duration", "elapsed")),
        manifest and manifest.started,
        manifest and manifest.ended,
        manifest and "; ".join(manifest.messages),
    )
