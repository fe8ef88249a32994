"""The progress of a run: two files next to its output, from which another run can resume.

``OUTPUT.checkpoint`` holds, one line of JSON each, the identity of the run and then its notes,
frame by frame. Every process that writes OUTPUT holds a lock on it. ``OUTPUT.checkpoint.state`` is
replaced as a whole from time to time; it holds the number of bytes of those lines that it belongs
to, and their digest, so that truncated, damaged or mixed up files are never taken for intact ones.
"""

import contextlib
import errno
import hashlib
import json
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from ...dedup.state import State
from ...errors import OutputError, UsageError, printable
from ...files import create_new, discard, fitting_name, part_path, publish, try_lock, write_error
from .packing import packed, unpacked

_BEGINNING = b'{"vidsum checkpoint":'
_FORMAT = 1

_line = json.JSONEncoder(separators=(",", ":")).encode

_MOST_WAITING = 1000
"""Notes that are collected before they are written, as each write is a system call."""


class Checkpoint:
    """The checkpoint of an output, and its lock; entering takes the lock.

    On leaving without an error, both files are removed; with one, what can be resumed is kept.

    Parameters
    ----------
    output
        The file that the run writes.

    Raises
    ------
    UsageError
        On entering, if another run writes the output, or another file has the checkpoint's name.
    OutputError
        From every method, if the checkpoint can't be written.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self._waiting: list[str] = []
        self.path = output.with_name(fitting_name(output.name, ".checkpoint"))
        self.state_path = output.with_name(fitting_name(output.name, ".checkpoint.state"))

    def __enter__(self) -> Self:
        while not self._take():
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.state_path.unlink(missing_ok=True)
                self.path.unlink()
            elif not os.path.lexists(self.state_path):
                discard(self.path)
        except OSError as failure:
            raise write_error(self.path, failure) from failure
        finally:
            # Notes that are not written yet belong to no state.
            with contextlib.suppress(OSError):
                self._file.close()

    @property
    def is_left(self) -> bool:
        """Whether an interrupted run has left something to resume."""
        return os.path.lexists(self.state_path)

    def begin(self, identity: dict[str, Any]) -> None:
        """Start from the beginning, for a run of this identity."""
        try:
            self.state_path.unlink(missing_ok=True)
            self._file.seek(0)
            self._file.truncate()
        except OSError as error:
            raise write_error(self.path, error) from error
        self._digest = hashlib.blake2b()
        self._length = 0
        self.note({"vidsum checkpoint": _FORMAT, **identity})

    def load(self) -> tuple[dict[str, Any], Any]:
        """Return the identity and the state of the interrupted run; its notes can then be read.

        Raises
        ------
        UsageError
            If they are damaged, or those of another version.
        """
        try:
            with _opened(self.state_path, os.O_RDONLY) as file:
                state = unpacked(file.read())
            notes = state["notes"]
            self._file.seek(0)
            first = self._file.readline()
            self._check_whole(notes["length"], notes["digest"])
            identity = json.loads(first)
            if identity.pop("vidsum checkpoint") != _FORMAT:
                raise ValueError("it has another format")
        except (OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError) as error:
            raise UsageError(
                f"{printable(self.path)}: cannot be continued, the checkpoint is damaged "
                f"({printable(error)}); start over with --force"
            ) from error
        self._file.seek(len(first))
        return identity, state

    def next_note(self) -> Any:
        """Return the next note of the interrupted run."""
        return json.loads(self._file.readline())

    def go_on(self) -> None:
        """Continue writing after the notes that were read."""
        try:
            self._file.seek(self._length)
            self._file.truncate()
        except OSError as error:
            raise write_error(self.path, error) from error

    def note(self, values: object) -> None:
        """Write a note, some time before the next state is saved."""
        self._waiting.append(_line(values))
        if len(self._waiting) >= _MOST_WAITING:
            self._write_notes()

    def save(self, state: State) -> None:
        """Replace the previous state by this one, which belongs to the notes so far."""
        self._write_notes()
        notes: State = {"length": self._length, "digest": self._digest.hexdigest()}
        part = part_path(self.state_path, ".state")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            create_new(part)
            with part.open("wb", buffering=0) as file:
                for piece in packed({**state, "notes": notes}):
                    _write(file.fileno(), piece)
        except OSError as error:
            discard(part)
            raise write_error(self.path, error) from error
        try:
            publish(part, self.state_path, force=True)
        except OutputError:
            discard(part)
            raise

    def _write_notes(self) -> None:
        lines = "".join(f"{line}\n" for line in self._waiting).encode()
        self._waiting.clear()
        self._digest.update(lines)
        self._length += len(lines)
        try:
            self._file.write(lines)
        except OSError as error:
            raise write_error(self.path, error) from error

    def _take(self) -> bool:
        """Lock the file; return False if it has just been removed by the run that had it."""
        name = printable(self.path)
        try:
            self._file = _opened(self.path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise UsageError(
                    f"{name}: this is a link, where the checkpoint would be written; remove it, or "
                    "choose another output with -o"
                ) from error
            raise write_error(self.path, error) from error
        descriptor = self._file.fileno()
        try:
            is_locked = try_lock(descriptor)
        except OSError as error:
            self._file.close()
            raise write_error(self.path, error) from error
        if not is_locked:
            self._file.close()
            raise UsageError(
                f"{printable(self.output)}: locked by another run, which is writing it; wait for "
                "its end, or choose another name with -o"
            )
        try:
            if not os.path.samestat(os.fstat(descriptor), os.lstat(self.path)):
                raise FileNotFoundError
        except FileNotFoundError:
            self._file.close()
            return False
        beginning = self._file.read(len(_BEGINNING))
        if not _BEGINNING.startswith(beginning):
            self._file.close()
            raise UsageError(
                f"{name}: this is no checkpoint, but has the name of one; move it, or choose "
                "another output with -o"
            )
        return True

    def _check_whole(self, length: int, digest: str) -> None:
        """Raise `ValueError` unless the first `length` bytes have this digest."""
        self._file.seek(0)
        self._digest = hashlib.blake2b()
        self._length = length
        left = length
        while left:
            chunk = self._file.read(min(left, 1 << 20))
            if not chunk:
                raise ValueError("it is cut off")
            self._digest.update(chunk)
            left -= len(chunk)
        if self._digest.hexdigest() != digest:
            raise ValueError("its digest is wrong")


def _opened(path: Path, flags: int) -> BinaryIO:
    """Open a file, without following a link and without ever blocking.

    Raises
    ------
    OSError
        If it can't be opened, or is not a regular file.
    """
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OutputError(f"{printable(path)}: this is no file; remove it")
        return os.fdopen(descriptor, "r+b" if flags & os.O_RDWR else "rb", buffering=1 << 16)
    except BaseException:
        os.close(descriptor)
        raise


def _write(descriptor: int, piece: bytes | memoryview) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(descriptor, left) :]
