"""Condense many recordings: the manifests next to the results show which are done."""

import contextlib
import dataclasses
import functools
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ...cores import cores
from ...errors import UsageError, printable
from ...extras import check_extra
from ...options import Areas, Grouping, Reading, Thresholds
from ...options.batch import BatchFiles, Sources, Watching, Working
from ...remote import RemoteFolder, RemotePath
from ...video.codecs import check_container, check_encoder
from ...video.opening import check_readable
from ...video.sound import check_sound
from ..judging import InputName
from ..lock import locked_folder
from .cluster import check_ray, run_on_ray
from .crew import run_tasks
from .due import compared_options, due_tasks
from .incoming import Incoming
from .newcomers import Newcomers
from .progress import BatchProgress, Ledger
from .recorded import is_outdated, opened
from .result import BatchRecording, BatchResult, table_text
from .segments import Task, tasks_of
from .shelf import Shelf, scratch_folder
from .sources import Source, found_files
from .worker import Settings


def batch(
    names: InputName | Sequence[InputName],
    *,
    files: BatchFiles,
    sources: Sources | None = None,
    working: Working | None = None,
    watching: Watching | None = None,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    grouping: Grouping | None = None,
    reading: Reading | None = None,
    progress: Callable[[BatchProgress], None] = lambda progress: None,
    tell: Callable[[str], None] = lambda line: None,
    note: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BatchResult:
    """Condense recordings, each into its own files, except those that are done.

    Parameters
    ----------
    names
        Files, folders, patterns such as ``cameras/*/2026-*.mp4``, and addresses such as
        ``s3://bucket/cameras``.
    files
        Which files are written for each recording, where, and how.
    sources
        Which files in folders are processed, and which are segments of one recording.
    working
        How many recordings are processed at a time, and whether failed ones are retried.
    watching
        Whether the run continues forever and processes new files.
    thresholds, areas, grouping, reading
        Options of `condense`, for all recordings.
    progress
        Called several times a second.
    tell
        Called with a line about each problem with a recording, and each that is condensed again.
    note
        Called, in a run that continues forever, with a line about what it waits for and each
        recording that is done; None for `tell`.
    should_stop
        Called several times a second; once it returns true, work ends at once. The next run resumes
        the recordings in progress.

    Returns
    -------
    BatchResult
        What became of each recording, in this run or an earlier one.

    Raises
    ------
    UsageError
        If an option is out of range, the cluster can't be used, two recordings would have the same
        results, recordings are done with other options, a file is not a result of an earlier run,
        another run writes to the folder, or a package that an option needs is not installed.
    InputError
        If there is no recording.
    UnsafeInputError
        If a source is an address of a kind that is not opened.
    OutputError
        If the folder can't be written to, or the codec is not available.
    CrashError
        If a process of `working.workers` ends before it can work.
    ClusterError
        If the cluster of `working.ray` is lost.

    Examples
    --------
    >>> result = batch("cameras", files=BatchFiles(output="condensed"))  # doctest: +SKIP
    >>> [recording.name for recording in result.failed]  # doctest: +SKIP
    ['front/0312']
    """
    begun = time.monotonic()
    note = note or tell
    sources = sources or Sources()
    working = working or Working()
    watching = watching or Watching()
    thresholds = thresholds or Thresholds()
    groups = (areas or Areas(), grouping or Grouping(), reading or Reading(), files)
    with contextlib.ExitStack() as resources:
        folder, remote = resources.enter_context(_results(files.output, working.scratch))
        settings = Settings(
            thresholds=thresholds,
            areas=groups[0],
            grouping=groups[1],
            reading=groups[2],
            files=files,
            folder=folder,
            remote=remote,
            options=compared_options(thresholds, *groups),
        )
        named = [names] if isinstance(names, str | os.PathLike | RemotePath) else list(names)
        _check(settings)
        if working.ray is not None:
            check_ray(working.ray)
        incoming = None
        if watching.watch_folder:
            if sources.group is not None:
                raise UsageError(
                    "--watch-folder takes each file when it is complete, not knowing of segments "
                    "that follow; leave --group out"
                )
            if sources.start is not None:
                raise UsageError(
                    f"--start-time {printable(sources.start_time)}: is the time of one recording, "
                    "and --watch-folder takes all that come; leave one out"
                )
            incoming = Incoming(named, sources, files.output, watching, tell)
            resources.enter_context(incoming)
            found = incoming.found()
        else:
            found = found_files(named, sources, files.output, tell)
        if settings.reading.hwaccel and not _all_local(found):
            raise UsageError("--hwaccel reads local files alone; leave it out for addresses")
        if working.ray is not None and (incoming or remote or not _all_local(found)):
            raise UsageError(
                "--ray gives files that all nodes see to a cluster; leave --watch-folder and "
                "addresses out"
            )
        tasks = tasks_of(found, sources, settings.reading)
        lock = resources.enter_context(locked_folder(settings.folder))
        shelf = Shelf(settings)
        shelf.check_table()
        due = due_tasks(
            tasks,
            shelf.manifests(tasks),
            settings,
            shelf,
            tell,
            retry_failed=working.retry_failed,
        )
        ledger = Ledger(progress, tell)
        for task in due:
            ledger.expect(task)
        known = {task.name: task for task in tasks}
        run = functools.partial(
            _crew(working, None if incoming else len(due), lock),
            settings=settings,
            progress=ledger.show,
            should_stop=should_stop,
        )
        if incoming is None:
            stopped = bool(due) and run(due, done=ledger.add)
        else:
            newcomers = Newcomers(
                incoming,
                known,
                due,
                settings,
                shelf,
                ledger,
                sources=sources,
                save_table=lambda: shelf.save_table(table_text(_recordings(known, shelf, ledger))),
                tell=tell,
                note=note,
            )
            over = len(known) - len(due)
            note(f"{len(due)} to condense, {over} done before; waits for more, until Ctrl-C")
            stopped = run((), done=newcomers.done, more=newcomers.more)
        for task in tasks:
            manifest = shelf.manifest(task.name)
            is_new = ledger.is_expected(task.name)
            if not is_new and manifest and is_outdated(manifest.recorded, sources):
                recorded = opened(task.recorded, task.inputs, settings.reading).as_values()
                shelf.save(task, dataclasses.replace(manifest, recorded=recorded))
        recordings = _recordings(known, shelf, ledger)
        shelf.save_table(table_text(recordings))
    return BatchResult(
        recordings=recordings, table=shelf.table, elapsed=time.monotonic() - begun, stopped=stopped
    )


def _all_local(found: Sequence[Source]) -> bool:
    return not any(isinstance(source.path, RemotePath) for source in found)


def _crew(working: Working, recordings: int | None, lock: int) -> Callable[..., bool]:
    """Return what condenses this many recordings, None for any number: processes, or a cluster."""
    if working.ray is not None:
        return functools.partial(
            run_on_ray, address=working.ray, workers=working.workers, split=working.split
        )
    workers = working.workers or cores()
    if recordings is not None:
        workers = min(workers, max(1, recordings))
    share = max(1, cores() // workers)
    return functools.partial(run_tasks, workers=workers, cores=share, lock=lock)


@contextlib.contextmanager
def _results(
    output: Path | RemotePath, scratch: Path | None
) -> Iterator[tuple[Path, RemoteFolder | None]]:
    """Yield the folder where results are written, and the one to which they are uploaded."""
    if isinstance(output, RemotePath):
        with scratch_folder(output, scratch) as folder:
            yield folder, RemoteFolder(path=output)
        return
    if scratch is not None:
        raise UsageError(
            f"--scratch is for an OUT at an address, and {printable(output)} is a folder"
        )
    yield output, None


def _recordings(
    tasks: Mapping[str, Task], shelf: Shelf, ledger: Ledger
) -> tuple[BatchRecording, ...]:
    """Return what has become of the recordings so far."""
    return tuple(
        BatchRecording(
            name=name,
            inputs=task.inputs,
            manifest=ledger.manifests.get(name) if is_new else shelf.manifest(name),
            is_new=is_new,
        )
        for name, task in tasks.items()
        for is_new in (ledger.is_expected(name),)
    )


def _check(settings: Settings) -> None:
    """Raise any error that would make every recording fail."""
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
