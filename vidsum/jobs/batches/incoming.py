"""Files that arrive in folders while a batch runs, each once it has stopped growing."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from ...errors import InputError, printable
from ...extras import check_extra
from ...options.batch import Sources, Watching
from ...remote import InputPath, RemotePath, path_or_address
from ..judging import InputName
from .sources import Source, folders_of, found_files

_Found: TypeAlias = tuple[dict[InputPath, tuple[Source, object]], list[str]]
"""Files with their states, and a line for each thing that went wrong."""

_MIN_SCAN_SECONDS = 1.0
"""Seconds between two scans of the folders, whatever happens there."""

_RETRY_SECONDS = 60.0
"""An unreadable file is tried again once it has not changed for this many seconds: the part that
makes it a video may be written last."""


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A file as last seen."""

    state: object
    """Its size and modification time."""
    since: float
    """When it was first seen like this."""
    complete: float
    """When it will have been like this for long enough."""
    given: bool = False


class Incoming:
    """Files at or below some names that are new, or have changed; entering starts watching.

    Notifications only trigger a scan: files that they miss are found a little later.

    Parameters
    ----------
    names, sources, output
        Which files are processed, as for `found_files`.
    watching
        When a file is complete, and how often to scan.
    tell
        Called with a line about each problem.

    Raises
    ------
    InputError
        If a name matches nothing.
    UsageError
        If watchfiles is not installed.
    """

    def __init__(
        self,
        names: Sequence[InputName],
        sources: Sources,
        output: InputPath,
        watching: Watching,
        tell: Callable[[str], None],
    ) -> None:
        check_extra("--watch-folder", "watch-folder")
        self._names = names
        self._sources = sources
        self._output = output
        self._watching = watching
        self._tell = tell
        self._told: set[str] = set()
        self._seen: dict[InputPath, _Seen] = {}
        self._looked = self._next = float("-inf")
        self._looking = ThreadPoolExecutor(1, thread_name_prefix="look")
        self._look: tuple[float, Future[_Found]] | None = None
        """When the look that goes on was begun, and what comes of it."""
        self._folders = folders_of(names)
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._listen)] if self._folders else []
        self._silent: str | None = None
        """Why there are no notifications; None if there are."""

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._looking.shutdown(cancel_futures=True)

    def found(self) -> list[Source]:
        """Return all current files, whether growing or not.

        Raises
        ------
        InputError
            If a folder or address can't be read.
        """
        return self._below(self._names, self._tell_once)

    def _below(self, names: Sequence[InputName], tell: Callable[[str], None]) -> list[Source]:
        for name in names:
            address = path_or_address(name)
            if isinstance(address, RemotePath):
                address.forget()
        return found_files(names, self._sources, self._output, tell, may_be_none=True)

    def look(self) -> list[Source]:
        """Return files that have stopped growing, each once after it has changed.

        A thread scans the folders, which may take long: its findings are returned when it is done.
        """
        if self._look is None and self._is_time():
            self._changed.clear()
            self._look = time.monotonic(), self._looking.submit(self._states)
        if self._look is None or not self._look[1].done():
            return []
        now, look = self._look
        self._look, self._looked = None, time.monotonic()
        states, lines = look.result()
        for line in lines if self._silent is None else (self._silent, *lines):
            self._tell_once(line)
        self._seen = {path: seen for path, seen in self._seen.items() if path in states}
        complete = []
        for path, (source, state) in states.items():
            seen = self._seen.get(path)
            if seen is None or seen.state != state:
                seen = _Seen(state=state, since=now, complete=now + self._watching.settle)
                self._seen[path] = seen
            if not seen.given and now >= seen.complete:
                seen.given = True
                complete.append(source)
        waiting = (seen.complete for seen in self._seen.values() if not seen.given)
        self._next = min([now + self._watching.rescan, *waiting])
        return complete

    def _is_time(self) -> bool:
        now = time.monotonic()
        return now >= self._next or (
            self._changed.is_set() and now >= self._looked + _MIN_SCAN_SECONDS
        )

    def _states(self) -> _Found:
        """Look into all folders."""
        states: dict[InputPath, tuple[Source, object]] = {}
        lines: list[str] = []
        for name in self._names:
            try:
                for source in self._below([name], lines.append):
                    if (state := _state(source.path)) is not None:
                        states[source.path] = source, state
            except InputError as error:  # a drive or a server that may be there again later
                lines.append(str(error))
        return states, lines

    def comes_again(self, path: InputPath) -> bool:
        """Return whether a file that could not be read will be returned once more."""
        seen = self._seen.get(path)
        if seen is None or seen.state != _state(path):
            return seen is not None
        moment = seen.since + _RETRY_SECONDS
        if time.monotonic() >= moment:
            return False
        self._wait_for(path, moment)
        return True

    def return_later(self, path: InputPath) -> None:
        """Have a file that has just been returned returned once more."""
        self._wait_for(path, time.monotonic() + self._watching.settle)

    def _wait_for(self, path: InputPath, moment: float) -> None:
        seen = self._seen[path]
        seen.given, seen.complete = False, moment
        self._next = min(self._next, moment)

    def _listen(self) -> None:
        from watchfiles import watch

        try:
            for _ in watch(
                *self._folders,
                watch_filter=None,
                stop_event=self._stop,
                recursive=self._sources.recursive,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._changed.set()
        except Exception as error:  # the system is out of watches, or the folder is gone
            self._silent = (
                f"--watch-folder: no notifications ({printable(error)}); looks every "
                f"{self._watching.rescan:g} s"
            )

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self._tell(line)


def _state(path: InputPath) -> object:
    """Return values that change when a file grows; None if it is gone."""
    try:
        if not isinstance(path, Path):
            return tuple(path.identity().values())
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
