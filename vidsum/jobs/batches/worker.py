"""The process that condenses recordings of a batch, one after another."""

import contextlib
import dataclasses
import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ...errors import ExitCode, InputError, OutputError, UsageError, VidsumError, printable
from ...files import PART_ENDING, discard, fitting_name
from ...options import Areas, Grouping, Reading, Thresholds, Writing
from ...options.batch import BatchFiles
from ...remote import InputPath, RemoteFolder
from ...video import Recording
from ..condensing.checkpoint import Checkpoint
from ..condensing.condense import OpenRecording, condense
from ..condensing.result import CondenseResult
from ..identity import identity_of
from ..progress import Progress
from .manifest import Manifest
from .recorded import opened
from .segments import Task

_LEFTOVER = re.compile(rf"{PART_ENDING}|\.checkpoint(\.state)?")
"""What follows the name of a result in the names of its temporary files."""

_COUNTS = (
    "frames",
    "kept",
    "usual",
    "min_ssim",
    "duration",
    "elapsed",
    "width",
    "height",
    "lost_input",
    "resumed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all recordings of a batch have in common."""

    thresholds: Thresholds
    areas: Areas
    grouping: Grouping
    reading: Reading
    files: BatchFiles
    folder: Path
    """Where results are written."""
    remote: RemoteFolder | None
    """Where they are uploaded; None if they aren't."""
    options: dict[str, object]
    """All options as plain values, to be compared with those of another run."""

    def identity(self, inputs: tuple[InputPath, ...]) -> dict[str, Any]:
        """Return what must be unchanged for a recording to count as done."""
        try:
            return identity_of(inputs, self.areas.mask, self.options)
        except InputError:
            return identity_of((), self.areas.mask, self.options) | {"inputs": None}

    def writing(self, name: str) -> Writing:
        """Return which files are written for the recording `name`."""
        files = self.files
        endings = {
            "output": f".condensed.{files.video_format}",
            "scores": f".condensed.{files.scores_format}",
            "events": ".events.json",
        }
        if files.html:
            endings["html"] = ".html"
        if files.sheet:
            endings["sheet"] = ".sheet.jpg"
        if files.subtitles:
            endings["subtitles"] = ".condensed.vtt"
        paths = {option: self._path(name, ending) for option, ending in endings.items()}
        # Existing files belong to an earlier run, or the user has given --force.
        return files.writing(**paths, force=True)

    def can_go_on(self, name: str) -> bool:
        """Return whether an interrupted run has left something to resume."""
        output = self.writing(name).output
        return output is not None and Checkpoint(output).is_left

    def manifest_path(self, name: str) -> Path:
        """Return the path of the manifest of the recording `name`."""
        return self._path(name, ".manifest.json")

    def below(self, path: Path) -> str:
        """Return the path of a file relative to the folder of results."""
        return path.relative_to(self.folder).as_posix()

    def _path(self, name: str, ending: str) -> Path:
        path = self.folder / name
        return path.with_name(fitting_name(path.name, ending))


def targets(writing: Writing) -> list[Path]:
    """Return the files that are written."""
    named = (writing.output, writing.scores, *writing.reports)
    return [path for path in named if path is not None]


def condense_task(
    task: Task,
    settings: Settings,
    progress: Callable[[Progress], None],
    open_recording: OpenRecording = Recording,
) -> Manifest:
    """Condense one recording, and return its manifest, which is saved."""
    path = settings.manifest_path(task.name)
    identity = settings.identity(task.inputs)
    before = Manifest.load(path)
    sweep(task, settings)
    # An earlier run got this far, except for the upload.
    if settings.remote and before and before.state == "done" and before.identity == identity:
        keep(before, task, settings)
        return before
    recorded = opened(task.recorded, task.inputs, settings.reading).as_values()
    manifest = Manifest.begun(identity, recorded)
    manifest.save(path)
    try:
        result = _condensed(task, settings, progress, open_recording)
    except VidsumError as error:
        manifest = manifest.failed(int(error.exit_code), str(error))
    except MemoryError:
        manifest = manifest.failed(
            int(ExitCode.CRASHED), f"{_name(task)}: there is not enough memory; try fewer --workers"
        )
    except Exception as error:
        text = printable(f"{type(error).__name__}: {error}")
        manifest = manifest.failed(
            int(ExitCode.UNEXPECTED), f"{_name(task)}: unexpected error, {text} (please report it)"
        )
    else:
        # What another attempt has left is no longer of use.
        sweep(task, settings)
        names = tuple(file.name for file in targets(settings.writing(task.name)))
        told = _counts(result) | _places(result, len(task.inputs))
        manifest = manifest.done(told, names, tuple(map(printable, result.faults)))
    keep(manifest, task, settings)
    return manifest


def given_up(task: Task, settings: Settings, why: str) -> Manifest:
    """Save and return the manifest of a recording that has been given up."""
    path = settings.manifest_path(task.name)
    begun = Manifest.load(path)
    if begun is None or begun.state != "running":
        begun = Manifest.begun(settings.identity(task.inputs), task.recorded.as_values())
    manifest = begun.failed(int(ExitCode.CRASHED), f"{_name(task)}: {why}")
    keep(manifest, task, settings)
    sweep(task, settings)
    return manifest


def keep(manifest: Manifest, task: Task, settings: Settings) -> None:
    """Save the manifest of a recording that has ended, after its results."""
    path = settings.manifest_path(task.name)
    manifest.save(path)
    if settings.remote is not None:
        # The manifest is last: until it is there, the recording is not done.
        files = [*(path.parent / name for name in manifest.files), path]
        for file in files:
            settings.remote.upload(file, settings.below(file))
        for file in files:
            discard(file)


def _condensed(
    task: Task,
    settings: Settings,
    progress: Callable[[Progress], None],
    open_recording: OpenRecording,
) -> CondenseResult:
    """Condense a recording, resuming an interrupted run of the same."""
    writing = settings.writing(task.name)

    def attempt(*, resume: bool) -> CondenseResult:
        return condense(
            task.inputs,
            thresholds=settings.thresholds,
            areas=settings.areas,
            grouping=settings.grouping,
            reading=settings.reading,
            writing=dataclasses.replace(writing, resume=resume),
            progress=progress,
            open_recording=open_recording,
        )

    if settings.can_go_on(task.name):
        # If that was another run, or its files are damaged, they are of no use.
        with contextlib.suppress(UsageError):
            return attempt(resume=True)
    return attempt(resume=False)


def sweep(task: Task, settings: Settings) -> None:
    """Remove what an interrupted run has left of a recording, unless it can be resumed."""
    if settings.can_go_on(task.name):
        return
    manifest = settings.manifest_path(task.name)
    names = [path.name for path in (manifest, *targets(settings.writing(task.name)))]
    with contextlib.suppress(OSError):
        for path in manifest.parent.iterdir():
            if any(
                path.name.startswith(name) and _LEFTOVER.fullmatch(path.name, len(name))
                for name in names
            ):
                discard(path)


def _name(task: Task) -> str:
    return printable(task.inputs[0])


def _counts(result: CondenseResult) -> dict[str, Any]:
    counts: Mapping[str, Any] = {name: getattr(result, name) for name in _COUNTS}
    rounded = {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in counts.items()
    }
    return rounded | {"events": len(result.events)}


def _places(result: CondenseResult, inputs: int) -> dict[str, Any]:
    """Return where several segments begin; None stands for a segment of which nothing was seen.

    For each it is the time of its first frame in the recording, that on the segment's own clock, in
    seconds, and the frame's number in the segment.
    """
    seen = {
        first.source: [
            round(float(first.time), 6),
            round(float(first.source_time), 6),
            first.source_number,
        ]
        for first in result.beginnings
    }
    return {"segments": [seen.get(number) for number in range(inputs)]} if inputs > 1 else {}


def work(connection: Connection) -> None:
    """Receive settings, then recordings, and send progress and manifests, until the caller ends."""
    logging.getLogger().addHandler(logging.NullHandler())  # or log messages of packages are printed
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    settings: Settings = connection.recv()
    threading.Thread(target=_listen, args=(connection, tasks), daemon=True).start()
    connection.send(None)
    while True:
        task = tasks.get()
        try:
            manifest = condense_task(task, settings, connection.send)
        except OutputError as error:  # the manifest can't be written: the next run tries again
            begun = Manifest.begun(settings.identity(task.inputs))
            manifest = begun.failed(int(error.exit_code), str(error))
        connection.send(manifest)


def _listen(connection: Connection, tasks: "queue.SimpleQueue[Task]") -> None:
    """Pass on incoming work; if the caller is gone, the result is not needed."""
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)
