"""A file at an address, readable by PyAV."""

import contextlib
import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from .waiting import ANSWER_SECONDS, within

READ_BYTES = 1 << 20
"""Bytes per request: each costs a round trip to the server."""

_Result = TypeVar("_Result")


class RemoteReader(io.RawIOBase):
    """A file at an address, whose errors are vidsum's.

    Parameters
    ----------
    file
        The file as fsspec opened it.
    name
        Its name.
    asked
        Translates errors.
    """

    def __init__(
        self, file: Any, name: str, asked: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._file = file
        self._asked = asked
        self._is_stalled = False
        self.name = name
        """FFmpeg recognises raw streams by the extension."""

    def readable(self) -> bool:
        """Return that it is readable."""
        return True

    def seekable(self) -> bool:
        """Return that it is seekable."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes, and return how many there were."""
        content = self._answer(lambda: self._file.read(len(buffer)))
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position, and return it."""

        def place() -> int:
            self._file.seek(offset, whence)
            return int(self._file.tell())  # not all return it from seek

        return self._answer(place)

    def tell(self) -> int:
        """Return the position of the next byte."""
        return self._answer(lambda: int(self._file.tell()))

    def close(self) -> None:
        """Close it and its connection."""
        if not self.closed and not self._is_stalled:
            with contextlib.suppress(Exception):  # it was only read from
                within(ANSWER_SECONDS, self._file.close)
        super().close()

    def _answer(self, call: Callable[[], _Result]) -> _Result:
        with self._asked():
            try:
                return within(ANSWER_SECONDS, call)
            except TimeoutError:
                self._is_stalled = True
                raise
