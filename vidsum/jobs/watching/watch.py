"""Watch a camera: condense what it sees into segments, and tell of changes as they happen."""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from ...options import Areas, Grouping, Thresholds
from ...options.watching import Alerts, Connecting, SegmentFiles
from .change import Change
from .result import WatchResult
from .run import LiveRun

_MOST_CHANGES = 1000
"""Changes that may wait for who iterates over them; beyond, the oldest go."""


def _nobody(line: str) -> None:
    """Tell nobody."""


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
        Who is told of events.
    thresholds, areas, grouping
        As for `condense`. The seconds that `thresholds.learn` says are looked at alone, before
        the first segment begins.
    on_change
        Is told when an event begins, and when it is over; nothing is decided meanwhile.
    tell
        Is told in a line, from other threads, too, what goes wrong without ending the run.
    should_stop
        Is asked several times a second; once it returns true, the run ends and all is complete.

    Returns
    -------
    WatchResult
        Counts, and whether anything was lost.

    Raises
    ------
    UsageError
        If an option is out of range, or the source is no address.
    InputError
        If the camera can't be reached at the beginning; later on, it is tried again for ever.
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
    """Yield what changes before a camera, as it happens: as `record`, in a thread.

    Leaving the loop, or closing the iterator, ends it and completes what is written; a program
    that ends without either leaves part files. Who takes changes too slowly misses the oldest
    ones, not the recording.

    Examples
    --------
    >>> for change in watch("rtsp://camera/live"):  # doctest: +SKIP
    ...     print(change.changed, change.box, change.peak)
    True (96, 40, 128, 200) 0.61
    """
    job = LiveRun(source, files, connecting, alerts, thresholds, areas, grouping)
    return _changes(job, tell or _nobody)


def _changes(job: LiveRun, tell: Callable[[str], None]) -> Iterator[Change]:
    waiting: deque[Change | None] = deque(maxlen=_MOST_CHANGES)
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
            # Fewer are there than were announced where the oldest ones had to go.
            if not waiting:
                continue
            change = waiting.popleft()
            if change is None:
                break
            yield change
    finally:
        stopping.set()
        thread.join()
        if failed:  # where the loop was left, too: what is written may not be complete
            raise failed[0]
