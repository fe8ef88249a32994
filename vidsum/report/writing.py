"""Reports that are written entry by entry: to a part file, or to a stream."""

import contextlib
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ..errors import OutputError
from ..files import part_path, publish, write_error

_FLUSH_SECONDS = 1.0
"""Seconds after which entries are flushed, as long as further ones come."""

_BUFFER_BYTES = 2048
"""Bytes that are buffered, fewer than two seconds of rows: as much as the video may be ahead in a
crash."""


class ReportFile:
    """A text that is written entry by entry, to a part file until it is complete.

    Parameters
    ----------
    target
        The file to write.
    suffix
        Extension of the part file.
    head, tail
        The text before the first entry and after the last.
    stream
        Where to write instead of a file, for example standard output; it stays open.
    """

    def __init__(
        self,
        target: Path,
        suffix: str,
        *,
        head: str,
        tail: str = "",
        stream: BinaryIO | None = None,
    ) -> None:
        self.target = target
        self.part = part_path(target, suffix)
        self._head = head
        self._tail = tail
        self._stream = stream
        self._keep = False

    def __enter__(self) -> Self:
        try:
            self._file = self._open()
        except OSError as error:
            raise self._failure(error) from error
        try:
            self._file.write(encoded(self._head))
        except OSError as error:
            self._abandon()
            raise self._failure(error) from error
        self._flushed = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._close()
        except OSError as failure:
            if error is None:
                raise self._failure(failure) from failure
        if self._stream is None and not self._keep:
            self._abandon()

    def complete(self) -> None:
        """Write out buffered entries."""
        self._keep = True
        try:
            self._file.write(encoded(self._tail))
            self._close()
        except OSError as error:
            raise self._failure(error) from error

    def publish(self, *, force: bool) -> None:
        """Give the file its final name, replacing an existing one if `force` is set."""
        if self._stream is None:
            publish(self.part, self.target, force=force)

    def _open(self) -> BinaryIO:
        if self._stream is not None:
            return self._stream
        return self.part.open("xb", buffering=_BUFFER_BYTES)

    def _close(self) -> None:
        if self._file is not self._stream:
            self._file.close()
        elif not self._file.closed:
            self._file.flush()

    def _abandon(self) -> None:
        """Remove the part file."""
        if self._stream is None:
            with contextlib.suppress(OSError):
                self._file.close()
            self.part.unlink(missing_ok=True)

    def _put(self, entry: str | bytes) -> None:
        """Write one entry."""
        self._keep = True
        try:
            self._file.write(encoded(entry) if isinstance(entry, str) else entry)
            if time.monotonic() - self._flushed > _FLUSH_SECONDS:
                self._file.flush()
                self._flushed = time.monotonic()
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> OutputError:
        """Return the error that says why the report was not written."""
        if self._stream is not None:
            return OutputError(f"standard output: cannot be written, {error.strerror or error}")
        return write_error(self.target, error, self.part)


class WholeFile(ReportFile):
    """A file that is written in one piece, such as a picture.

    Parameters
    ----------
    target
        The file to write.
    """

    def __init__(self, target: Path) -> None:
        super().__init__(target, target.suffix.lower(), head="")

    @property
    def is_written(self) -> bool:
        """Whether there was anything to write."""
        return self._keep

    def write(self, content: bytes) -> None:
        """Write all of it."""
        self._put(content)


def encoded(text: str) -> bytes:
    """Return `text` as bytes for a file; file names in it may not be valid UTF-8."""
    return text.encode(errors="surrogateescape")
