"""A file behind an address as one that PyAV reads."""

import contextlib
import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, cast


class RemoteReader(io.RawIOBase):
    """A file behind an address, whose errors are those of vidsum.

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
        self.name = name
        """By its ending, FFmpeg tells raw streams."""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that any part of it can be read."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, at most `size` of them unless it is negative."""
        with self._asked():
            return cast("bytes", self._file.read(size))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, and return it."""
        with self._asked():
            return cast("int", self._file.seek(offset, whence))

    def tell(self) -> int:
        """Return the place of the next byte."""
        return cast("int", self._file.tell())

    def close(self) -> None:
        """Close it and its connection."""
        with contextlib.suppress(Exception):  # it was only read
            self._file.close()
        super().close()
