"""Which recordings of a batch are to be condensed: all that are not done by their manifest."""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import OutputError, UsageError, printable
from ...files import check_targets
from ...options import Areas, Grouping, Reading, Thresholds
from ...options.batch import BatchFiles
from ...options.reading import LIMITS
from ..header import options_of
from ..identity import option_change
from .manifest import Manifest, input_change
from .segments import Task
from .shelf import Shelf
from .worker import Settings, targets

_NOT_COMPARED = ("output", "force", *LIMITS)
"""Options that may differ from run to run."""


def compared_options(thresholds: Thresholds, *groups: object) -> dict[str, object]:
    """Return the options that must be unchanged for a recording to count as done."""
    options = options_of(thresholds, *groups)
    return {name: value for name, value in options.items() if name not in _NOT_COMPARED}


def due_tasks(
    tasks: Sequence[Task],
    before: Mapping[str, Manifest | None],
    settings: Settings,
    shelf: Shelf,
    tell: Callable[[str], None],
    *,
    retry_failed: bool,
) -> list[Task]:
    """Return the recordings to condense, and report why some are condensed again.

    Raises
    ------
    UsageError
        If some are done with other options, results belong to another recording with the same name,
        or a file is not a result of an earlier run.
    OutputError
        If a folder can't be written to.
    """
    defaults = compared_options(
        Thresholds(), Areas(), Grouping(), Reading(), BatchFiles(output=settings.folder)
    )
    due: list[Task] = []
    notes: list[str] = []
    other_options: list[str] = []
    for task in tasks:
        manifest = before[task.name]
        if manifest is None:
            due.append(task)
            continue
        identity = settings.identity(task.inputs)
        other = None if settings.files.force else _other_recording(manifest.identity, identity)
        if other is not None:
            raise UsageError(
                f"{printable(task.inputs[0])}: its results would replace those of {other}, which "
                "have the same name; choose another folder with -o, or name the folder above both, "
                "with --recursive"
            )
        if manifest.state == "running":
            how = "is resumed" if settings.can_go_on(task.name) else "starts over"
            notes.append(f"{printable(task.name)}: was interrupted, {how}")
            due.append(task)
            continue
        options = option_change(manifest.identity, identity, defaults)
        if options is not None and manifest.state == "done" and not settings.files.force:
            other_options.append(options)
            continue
        folder = settings.manifest_path(task.name).parent
        gone = next((name for name in manifest.files if not shelf.has(folder / name)), None)
        why = options or input_change(manifest.identity, identity)
        if why is None and gone is not None:
            why = f"{printable(gone)} is gone"
        if why is not None:
            notes.append(f"{printable(task.name)}: {why}; again")
        is_waiting = shelf.waits(task)
        if why is not None or is_waiting or (manifest.state == "failed" and retry_failed):
            due.append(task)
    if other_options:
        raise UsageError(
            f"{printable(settings.files.output)}: {len(other_options)} of {len(tasks)} recordings "
            f"are done with other options, {other_options[0]}; --force does them again, or choose "
            "another folder with -o"
        )
    for note in notes:
        tell(note)
    for task in due:
        _check_targets(task, settings, shelf, force=before[task.name] is not None)
    return due


def _other_recording(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return a file that has results, if it still exists and is not among those of `now`.

    A file that has moved counts as the same.
    """
    before, today = then["inputs"] or (), now["inputs"] or ()
    paths = {one["path"] for one in today}
    if not today or paths & {one["path"] for one in before} or input_change(then, now) is None:
        return None
    for one in before:
        with contextlib.suppress(OSError, ValueError):
            if not any(os.path.samefile(one["path"], path) for path in paths):
                return str(one["path"])
    return None


def _check_targets(task: Task, settings: Settings, shelf: Shelf, *, force: bool) -> None:
    """Create the folder of a recording, and check that its results may be written there."""
    manifest = settings.manifest_path(task.name)
    try:
        manifest.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{printable(manifest.parent)}: this folder cannot be made ({error.strerror})"
        ) from error
    force = force or settings.files.force
    files = [manifest, *targets(settings.writing(task.name))]
    local = [path for path in task.inputs if isinstance(path, Path)]
    # Files in the folder from which results are uploaded are left over from an earlier run.
    check_targets(files, local, force=force or settings.remote is not None)
    for file in files:
        if settings.remote is not None and not force and shelf.has(file):
            name = printable(f"{settings.files.output}/{settings.below(file)}")
            raise UsageError(f"{name}: this file exists; replace it with --force")
