"""The processes of a batch, seen from the one that started the run.

They are started as new programs, never forked: a fork of a process that has loaded OpenCV may hang.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from multiprocessing.connection import Pipe, wait

from ...cores import CORES_VARIABLE
from ...errors import CrashError
from ..progress import Progress
from .manifest import Manifest
from .segments import Task
from .worker import Settings, given_up, sweep

_CODE = """
import sys
sys.path[:] = {path!r}
from multiprocessing.connection import Connection
from vidsum.jobs.batches.worker import work
work(Connection({descriptor}))
"""
"""A worker imports modules from where its caller does, not from the current folder."""

_STOP_POLL_SECONDS = 0.2
"""Seconds between two checks of whether to stop."""


class _Worker:
    """A process, and the recording that it is working on."""

    def __init__(self, settings: Settings, cores: int, lock: int) -> None:
        self.connection, theirs = Pipe()
        self.task: Task | None = None
        self.is_ready = False
        with theirs:
            descriptor = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CODE.format(path=sys.path, descriptor=descriptor)],
                env=os.environ | {CORES_VARIABLE: str(cores)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # As long as one of them is alive, nobody else may write to the folder.
                pass_fds=(descriptor, lock),
                # Ctrl-C in a terminal then reaches only the caller.
                start_new_session=True,
            )
        with contextlib.suppress(OSError):  # it ended at once, which reading will reveal
            self.connection.send(settings)

    def begin(self, task: Task) -> None:
        """Assign it a recording."""
        self.task = task
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def end(self) -> str:
        """End the process, if it has not ended by itself, and return the reason."""
        self.connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0)
        self._process.kill()
        code = self._process.wait()
        if code >= 0:
            return f"exit code {code}"
        perhaps = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return signal.Signals(-code).name + perhaps


def run_tasks(
    tasks: Iterable[Task],
    settings: Settings,
    *,
    workers: int,
    cores: int,
    lock: int,
    progress: Callable[[Task, Progress | None], None],
    done: Callable[[Task, Manifest], None],
    should_stop: Callable[[], bool],
    more: Callable[[], Iterable[Task]] | None = None,
) -> bool:
    """Condense recordings, several at a time, and return whether that was stopped.

    A recording on which work was stopped is resumed from its checkpoint later; if it has none yet,
    it is as if it had never been started.

    Parameters
    ----------
    tasks, settings
        The work.
    workers
        How many processes run at a time.
    cores
        How many cores each of them may use.
    lock
        A descriptor that locks the folder of results.
    progress
        Called with the progress of a recording; with None when its work begins.
    done
        Called with what became of a recording.
    should_stop
        Called several times a second.
    more
        Called several times a second for further recordings; if None, work ends when all are done.

    Raises
    ------
    CrashError
        If a process ends before it can work.
    """
    waiting = deque(tasks)
    crew: list[_Worker] = []
    try:
        while more is not None or waiting or any(worker.task for worker in crew):
            if should_stop():
                return True
            waiting.extend(() if more is None else more())
            busy = sum(worker.task is not None for worker in crew)
            while len(crew) < min(workers, busy + len(waiting)):
                crew.append(_Worker(settings, cores, lock))
            for worker in crew:
                if worker.is_ready and worker.task is None and waiting:
                    progress(waiting[0], None)
                    worker.begin(waiting.popleft())
            heard = wait([worker.connection for worker in crew], _STOP_POLL_SECONDS)
            for worker in [worker for worker in crew if worker.connection in heard]:
                try:
                    message = worker.connection.recv()
                except (EOFError, OSError):
                    crew.remove(worker)
                    _bury(worker, settings, done)
                    continue
                if isinstance(message, Progress) and worker.task is not None:
                    progress(worker.task, message)
                    continue
                if isinstance(message, Manifest) and worker.task is not None:
                    done(worker.task, message)
                worker.task = None
                worker.is_ready = True
        return False
    finally:
        for worker in crew:
            worker.end()
            if worker.task is not None:
                sweep(worker.task, settings)


def _bury(worker: _Worker, settings: Settings, done: Callable[[Task, Manifest], None]) -> None:
    """Clean up after a worker that has ended by itself."""
    why = worker.end()
    if not worker.is_ready:
        raise CrashError(
            f"--workers: a process ended before it could work ({why}); is there memory for as many?"
        )
    if worker.task is None:
        return
    task = worker.task
    manifest = Manifest.load(settings.manifest_path(task.name))
    if manifest is None or manifest.state == "running":
        manifest = given_up(task, settings, f"the process that decoded it was ended by {why}")
    done(task, manifest)
