"""A pipe that writes an encoder's output to its file at once.

FFmpeg buffers a quarter of a megabyte when it writes to a file, whatever options are passed through
OpenCV; to a pipe it writes everything as soon as it is complete.
"""

import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path

_CHUNK = 1 << 16


class Pump:
    """A named pipe whose content goes to a file.

    Open `path` for writing, then call `start`; close what was opened, then call `close`.

    Parameters
    ----------
    file
        An existing file; it is written from its beginning.

    Raises
    ------
    OSError
        If no named pipe can be made, or the file can't be opened.
    """

    path: Path
    """The named pipe."""

    error: OSError | None
    """Why the file could not be written; the writer then gets a broken pipe."""

    def __init__(self, file: Path) -> None:
        self.error = None
        self._thread: threading.Thread | None = None
        with contextlib.ExitStack() as undo:
            self._folder = tempfile.mkdtemp(prefix="vidsum-")
            undo.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self.path = Path(self._folder, f"pipe{file.suffix}")
            os.mkfifo(self.path, 0o600)
            self._file = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
            undo.callback(os.close, self._file)
            # The reading end must be open first, and must not wait for the writing end.
            self._reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            undo.pop_all()

    def start(self) -> None:
        """Start, once the pipe is open for writing; its name is no longer needed."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.set_blocking(self._reader, True)
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until everything is written; the writing end is closed, or was never opened."""
        if self._thread is not None:
            self._thread.join()
        else:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._reader)
            os.close(self._file)

    def _run(self) -> None:
        try:
            while chunk := os.read(self._reader, _CHUNK):
                left = memoryview(chunk)
                while left:
                    left = left[os.write(self._file, left) :]
        except OSError as error:
            self.error = error
        finally:
            os.close(self._reader)
            os.close(self._file)
