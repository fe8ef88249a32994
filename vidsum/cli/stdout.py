"""Standard output for tables."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from ..errors import OutputError, UsageError
from ..options.reporting import STDOUT


@contextlib.contextmanager
def stdout_for(named: Mapping[str, Path]) -> Iterator[BinaryIO | None]:
    """Yield standard output for bytes if one of these files, given by format, is it."""
    kinds = [kind for kind, path in named.items() if path == STDOUT]
    if not kinds:
        yield None
        return
    if sys.stdout is None:
        raise OutputError("standard output: cannot be written, it is closed")
    if kinds == ["parquet"] and sys.stdout.isatty():
        raise UsageError("--parquet - writes bytes that are no text; lead them into a file")
    try:
        number = os.dup(sys.stdout.fileno())
    except OSError:  # has no file descriptor, as in a test
        yield sys.stdout.buffer
        return
    sys.stdout.flush()
    file = open(number, "wb")  # noqa: SIM115 - closing fails again where writing has failed
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()
