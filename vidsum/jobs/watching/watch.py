"""Watch a camera: condense what it sees into segments, and report changes as they happen."""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from ...options import Areas, Grouping, Thresholds
from ...options.watching import Alerts, Connecting, SegmentFiles
from .change import Change
from .result import WatchResult
from .run import LiveRun

_MAX_WAITING_CHANGES = 1000
"""Changes that may wait for the iterating program; beyond that, the oldest are dropped."""


def _nobody(line: str) -> None:
    """Ignore a message."""


def record(
    source: str | int,
    *,
    files: SegmentFiles | None = None,
    connecting: Connecting | None = None,
    alerts: Alerts | None = None,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    grouping: Grouping | None = None,
    on_change: Callable[[Change], None] | None = None,
    tell: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> WatchResult:
    """Condense what a camera sees into segments, until it is told to stop.

    Parameters
    ----------
    source
        Its address (rtsp, rtsps, http, https, tcp, udp), or the number of a webcam.
    files
        Which files are written; by default none.
    connecting
        How the camera is reached.
    alerts
        Who is alerted to events.
    thresholds, areas, grouping
        As for `condense`. The first `thresholds.learn` seconds are only looked at, before the first
        segment begins.
    on_change
        Called when an event begins, and when it ends; no frame is decided in the meantime.
    tell
        Called with a line about each problem that doesn't end the run, from other threads as well.
    should_stop
        Called several times a second; once it returns true, the run completes its files and ends.

    Returns
    -------
    WatchResult
        Counts, and whether anything was lost.

    Raises
    ------
    UsageError
        If an option is out of range, or the source is no address.
    InputError
        If the camera can't be reached at the beginning; later on, it is tried again forever.
    UnsafeInputError
        If the address is of a kind that is not opened.
    OutputError
        If files can't be written, or metrics not served.
    """
    run = LiveRun(source, files, connecting, alerts, thresholds, areas, grouping)
    return run.run(on_change, tell or _nobody, should_stop or (lambda: False))


def watch(
    source: str | int,
    *,
    files: SegmentFiles | None = None,
    connecting: Connecting | None = None,
    alerts: Alerts | None = None,
    thresholds: Thresholds | None = None,
    areas: Areas | None = None,
    grouping: Grouping | None = None,
    tell: Callable[[str], None] | None = None,
) -> Iterator[Change]:
    """Yield what changes in front of a camera, as it happens: as `record`, in a thread.

    Leaving the loop, or closing the iterator, ends the run and completes its files; a program that
    ends without either leaves part files. A slow loop misses the oldest changes; the recording is
    complete all the same.

    Parameters
    ----------
    source, files, connecting, alerts, thresholds, areas, grouping, tell
        As for `record`.

    Yields
    ------
    Change
        An event that has just begun or ended.

    Raises
    ------
    UsageError, InputError, UnsafeInputError, OutputError
        As `record` does: for the options at once, for the rest while the loop runs or ends.

    Examples
    --------
    >>> for change in watch("rtsp://camera/live"):  # doctest: +SKIP
    ...     print(change.changed, change.box, change.peak)
    True (96, 40, 128, 200) 0.61
    """
    job = LiveRun(source, files, connecting, alerts, thresholds, areas, grouping)
    return _changes(job, tell or _nobody)


def _changes(job: LiveRun, tell: Callable[[str], None]) -> Iterator[Change]:
    waiting: deque[Change | None] = deque(maxlen=_MAX_WAITING_CHANGES)
    there, stopping = threading.Semaphore(0), threading.Event()
    failed: list[BaseException] = []

    def add(change: Change | None) -> None:
        waiting.append(change)
        there.release()

    def run() -> None:
        try:
            job.run(add, tell, stopping.is_set)
        except BaseException as error:
            failed.append(error)
        finally:
            add(None)

    thread = threading.Thread(target=run, name="watch", daemon=True)
    thread.start()
    try:
        while there.acquire():
            # Fewer are waiting than were announced if the oldest ones were dropped.
            if not waiting:
                continue
            change = waiting.popleft()
            if change is None:
                break
            yield change
    finally:
        stopping.set()
        thread.join()
        if failed:  # even if the loop was left: what is written may not be complete
            raise failed[0]
