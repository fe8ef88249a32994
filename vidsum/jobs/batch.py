"""Condense many recordings: what is done already is known from the manifests beside the results."""

import contextlib
import dataclasses
import fcntl
import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import OutputError, UsageError, printable
from ..extras import check_extra
from ..files import check_targets, save_text
from ..options import Areas, Grouping, Reading, Thresholds
from ..options.batch import BatchFiles, Sources, Working
from ..options.reading import LIMITS
from ..video.codecs import check_container, check_encoder
from ..video.opening import check_readable
from ..video.sound import check_sound
from .batch_progress import BatchProgress, Ledger
from .batch_result import BatchRecording, BatchResult, check_table, table_text
from .cluster import check_ray, run_on_ray
from .crew import run_tasks
from .header import options_of
from .identity import option_change
from .manifest import Manifest, input_change
from .recorded import is_outdated, opened
from .segments import Task, tasks_of
from .sources import found_files
from .worker import Settings, targets

_NOT_COMPARED = ("output", "force", *LIMITS)
"""Options that may differ from run to run."""

_PATIENCE = 3.0
"""Seconds to wait for the processes of a run that was killed: they end by themselves."""


def batch(
    names: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    files: BatchFiles,
    sources: Sources | None = None,
    working: Working | None = None,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    grouping: Grouping | None = None,
    reading: Reading | None = None,
    progress: Callable[[BatchProgress], None] = lambda progress: None,
    tell: Callable[[str], None] = lambda line: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BatchResult:
    """Condense recordings, each into files of its own, but for those that are done.

    Parameters
    ----------
    names
        Files, folders, and patterns such as ``cameras/*/2026-*.mp4``.
    files
        Which files are written of each recording, where, and how.
    sources
        Which files of folders are taken, and which are segments of one recording.
    working
        How many recordings are worked on at a time, and whether failed ones are.
    thresholds, areas, grouping, reading
        Options of `condense`, for all recordings.
    progress
        Is called several times a second.
    tell
        Is told what happens to recordings, a line each.
    should_stop
        Is asked several times a second; once it returns true, work ends at once. The next run goes
        on with the recordings worked on.

    Returns
    -------
    BatchResult
        What became of each recording, in this run or an earlier one.

    Raises
    ------
    UsageError
        If an option is out of range, the cluster can't be used, two recordings would have the same
        results, recordings are done with other options, a file is no result of an earlier run, or
        another run writes into the folder.
    InputError
        If there is no recording.
    UnsafeInputError
        If a source is an address.
    OutputError
        If the folder can't be written to, or the codec is not there.
    ClusterError
        If the cluster of `working.ray` is lost.

    Examples
    --------
    >>> result = batch("cameras", files=BatchFiles(output="condensed"))  # doctest: +SKIP
    >>> [recording.name for recording in result.failed]  # doctest: +SKIP
    ['front/0312']
    """
    begun = time.monotonic()
    sources = sources or Sources()
    working = working or Working()
    groups = (areas or Areas(), grouping or Grouping(), reading or Reading(), files)
    settings = Settings(
        thresholds=thresholds or Thresholds(),
        areas=groups[0],
        grouping=groups[1],
        reading=groups[2],
        files=files,
        options=_compared(thresholds or Thresholds(), *groups),
    )
    named = [names] if isinstance(names, str | os.PathLike) else list(names)
    _check(settings)
    if working.ray is not None:
        check_ray(working.ray)
    tasks = tasks_of(found_files(named, sources, files.output, tell), sources, settings.reading)
    table = files.output / "batch.csv"
    with _locked(files.output) as lock:
        check_table(table, force=files.force)
        before = {task.name: Manifest.load(settings.manifest_path(task.name)) for task in tasks}
        todo = _to_do(tasks, before, settings, tell, retry_failed=working.retry_failed)
        now = Ledger(todo, progress, tell)
        stopped = bool(todo) and _crew(working, len(todo), lock)(
            todo, settings, progress=now.show, done=now.add, should_stop=should_stop
        )
        due = {task.name for task in todo}
        for task in tasks:
            manifest = before[task.name]
            if task.name not in due and manifest and is_outdated(manifest.recorded, sources):
                recorded = opened(task.recorded, task.inputs, settings.reading).as_values()
                manifest = dataclasses.replace(manifest, recorded=recorded)
                manifest.save(settings.manifest_path(task.name))
        recordings = tuple(
            BatchRecording(
                name=task.name,
                inputs=task.inputs,
                manifest=(now.manifests if task.name in due else before).get(task.name),
                is_new=task.name in due,
            )
            for task in tasks
        )
        save_text(table, table_text(recordings), force=True)
    return BatchResult(
        recordings=recordings, table=table, elapsed=time.monotonic() - begun, stopped=stopped
    )


def _crew(working: Working, recordings: int, lock: int) -> Callable[..., bool]:
    """Return who condenses recordings: processes of this machine, or tasks of a cluster."""
    if working.ray is not None:
        return functools.partial(run_on_ray, address=working.ray, workers=working.workers)
    all_cores = os.cpu_count() or 1
    workers = min(working.workers or all_cores, recordings)
    cores = max(1, all_cores // workers)
    return functools.partial(run_tasks, workers=workers, cores=cores, lock=lock)


def _compared(thresholds: Thresholds, *groups: object) -> dict[str, object]:
    options = options_of(thresholds, *groups)
    return {name: value for name, value in options.items() if name not in _NOT_COMPARED}


def _check(settings: Settings) -> None:
    """Raise what would make every recording fail."""
    files = settings.files
    writing = settings.writing("name")
    assert writing.output is not None
    check_container(writing.output, writing)
    check_encoder(files.codec)
    if files.audio == "cut":
        check_sound(writing.output)
    if files.html:
        check_extra("--html", "html")
    if files.scores_format == "parquet":
        check_extra("--scores-format parquet", "parquet")
    if settings.areas.mask is not None:
        check_readable(settings.areas.mask)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Make the folder, and keep other runs out of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise OutputError(
            f"{printable(folder)}: this folder cannot be made ({error.strerror})"
        ) from error
    deadline = time.monotonic() + _PATIENCE
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise UsageError(
                        f"{printable(folder)}: another run writes into this folder; wait for its "
                        "end, or choose another with -o"
                    ) from None
                time.sleep(0.05)
                continue
            except OSError:  # this file system has no locks
                pass
            break
        yield lock
    finally:
        os.close(lock)


def _to_do(
    tasks: Sequence[Task],
    before: dict[str, Manifest | None],
    settings: Settings,
    tell: Callable[[str], None],
    *,
    retry_failed: bool,
) -> list[Task]:
    """Return the recordings to condense, and say why some are condensed again."""
    defaults = _compared(
        Thresholds(), Areas(), Grouping(), Reading(), BatchFiles(output=settings.files.output)
    )
    todo: list[Task] = []
    notes: list[str] = []
    other_options: list[str] = []
    for task in tasks:
        manifest = before[task.name]
        if manifest is None:
            todo.append(task)
            continue
        if manifest.state == "running":
            how = "goes on" if settings.can_go_on(task.name) else "is begun anew"
            notes.append(f"{printable(task.name)}: was interrupted, {how}")
            todo.append(task)
            continue
        identity = settings.identity(task.inputs)
        options = option_change(manifest.identity, identity, defaults)
        if options is not None and manifest.state == "done" and not settings.files.force:
            other_options.append(options)
            continue
        folder = settings.manifest_path(task.name).parent
        gone = next((name for name in manifest.files if not (folder / name).exists()), None)
        why = options or input_change(manifest.identity, identity)
        if why is None and gone is not None:
            why = f"{printable(gone)} is gone"
        if why is not None:
            notes.append(f"{printable(task.name)}: {why}; again")
        if why is not None or (manifest.state == "failed" and retry_failed):
            todo.append(task)
    if other_options:
        raise UsageError(
            f"{printable(settings.files.output)}: {len(other_options)} of {len(tasks)} recordings "
            f"are done with other options, {other_options[0]}; --force does them again, or choose "
            "another folder with -o"
        )
    for note in notes:
        tell(note)
    for task in todo:
        _check_targets(task, settings, force=before[task.name] is not None)
    return todo


def _check_targets(task: Task, settings: Settings, *, force: bool) -> None:
    """Make the folder of a recording, and check that its results may be written there."""
    manifest = settings.manifest_path(task.name)
    try:
        manifest.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{printable(manifest.parent)}: this folder cannot be made ({error.strerror})"
        ) from error
    check_targets(
        [manifest, *targets(settings.writing(task.name))],
        task.inputs,
        force=force or settings.files.force,
    )
