"""How what a comparison makes gets into files: whole, or not at all."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..files import part_path, publish, write_error


@contextlib.contextmanager
def saving(target: Path, *, force: bool) -> Iterator[Path]:
    """Give a name for a part file, and at the end give that file the name `target`.

    Raises
    ------
    OutputError
        If it can't be written, or `target` has come into being meanwhile and `force` is not set.
    """
    part = part_path(target, target.suffix)
    try:
        yield part
    except OSError as error:
        part.unlink(missing_ok=True)
        raise write_error(target, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    publish(part, target, force=force)


def save_text(target: Path, text: str, *, force: bool) -> None:
    """Write a text file; names of files may hold what is no UTF-8."""
    with saving(target, force=force) as part:
        part.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
