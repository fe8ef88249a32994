"""Output files that appear under their name only when they are complete.

Everything is written to a part file next to its target and published by a rename: the final name
never shows half a file, and the rename stays within one file system.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import OutputError, UsageError, VidsumError, printable

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "a file may not grow to this size here",
    errno.EEXIST: "a file of this name has appeared meanwhile",
}

_MAX_NAME = 255
"""Longest file name in bytes on the common file systems."""


PART_ENDING = r"\.[0-9a-f]{8}\.part(\.\w+)?"
"""Regular expression for the ending that `part_path` adds to a name."""

_IS_PART = re.compile(rf"{PART_ENDING}$")

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
"""Errors of file systems that don't support locks."""


def part_path(target: Path, suffix: str) -> Path:
    """Return a new name next to `target` for a file that is not complete yet."""
    return target.with_name(fitting_name(target.name, f".{secrets.token_hex(4)}.part{suffix}"))


def is_part(name: str) -> bool:
    """Return whether a name is that of a part file."""
    return _IS_PART.search(name) is not None


def try_lock(descriptor: int) -> bool:
    """Lock an open file or folder, and return False if another process has locked it.

    If the file system doesn't support locks, the answer is True.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def create_new(part: Path) -> None:
    """Create an empty file; never through a link or in place of an existing file."""
    part.open("xb").close()


def discard(part: Path) -> None:
    """Delete a useless file, ignoring errors: the caller reports an earlier one."""
    with contextlib.suppress(OSError):
        part.unlink()


def fitting_name(stem: str, ending: str) -> str:
    """Return `stem` and `ending` as a file name, with the stem shortened to fit."""
    room = _MAX_NAME - len(os.fsencode(ending))
    encoded = os.fsencode(stem)
    if len(encoded) > room:
        stem = encoded[:room].decode(errors="ignore")
    return stem + ending


def check_targets(targets: Iterable[Path], inputs: Iterable[Path], *, force: bool) -> None:
    """Check that `targets` may be written, before any work.

    Raises
    ------
    UsageError
        If one exists and `force` is not set, one is also an input under any name, or two are the
        same.
    OutputError
        If a target's folder is missing or can't be written to.
    """
    try:
        _check_targets(list(targets), list(inputs), force=force)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{printable(error.filename)}: {_why(error)}") from error


def _check_targets(targets: list[Path], inputs: list[Path], *, force: bool) -> None:
    seen: set[str] = set()
    for target in targets:
        if _real(target) in seen:
            raise UsageError(
                f"{printable(target)}: two outputs have this name; give each one of its own"
            )
        seen.add(_real(target))
        name = printable(target)
        for source in inputs:
            if _real(target) == _real(source) or (
                target.exists() and source.exists() and target.samefile(source)
            ):
                raise UsageError(
                    f"{name}: this output is the input {printable(source)}; choose another name"
                )
        folder = target.parent
        if not folder.is_dir():
            raise OutputError(f"{name}: there is no folder {printable(folder)}; create it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{name}: no permission to write into {printable(folder)}")
        if target.is_dir():
            raise UsageError(f"{name}: this is a folder; name a file in it")
        if target.exists() and not target.is_file():
            raise UsageError(
                f"{name}: this is a device or pipe, which is not replaced; name a file"
            )
        if not force and (target.exists() or target.is_symlink()):
            raise UsageError(
                f"{name}: this file exists; replace it with --force, or choose another"
            )


def publish(part: Path, target: Path, *, force: bool) -> None:
    """Make a complete part file durable and give it its final name.

    Raises
    ------
    OutputError
        If that fails, or the name has been taken in the meantime; the part file stays.
    """
    try:
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if not force:
            # Unlike a rename, a link never replaces a file that has appeared in the meantime.
            try:
                os.link(part, target)
            except FileExistsError:
                raise
            except OSError:  # no hard links on this file system
                if target.exists() or target.is_symlink():
                    raise FileExistsError(errno.EEXIST, "File exists") from None
                part.replace(target)
            else:
                part.unlink()
        else:
            part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise write_error(target, error, part) from error


@contextlib.contextmanager
def saving(target: Path, *, force: bool) -> Iterator[Path]:
    """Yield the name of a part file, and at the end rename that file to `target`.

    Raises
    ------
    OutputError
        If it can't be written, or `target` has appeared in the meantime and `force` is not set.
    """
    part = part_path(target, target.suffix)
    try:
        create_new(part)
        yield part
    except BaseException as error:
        discard(part)
        if isinstance(error, OSError) and not isinstance(error, VidsumError):
            raise write_error(target, error) from error
        raise  # errors of ours name the file that they are of
    publish(part, target, force=force)


def save_text(target: Path, text: str, *, force: bool) -> None:
    """Write a text file; file names in it may not be valid UTF-8."""
    with saving(target, force=force) as part:
        part.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")


def write_error(
    target: Path, error: Exception | None, part: Path | None = None, *, needed: int | None = None
) -> OutputError:
    """Return the error that says why `target` was not written, and where its part is.

    Parameters
    ----------
    target
        The file that the user asked for.
    error
        What the system or FFmpeg reported; None if only the result shows it.
    part
        The part of it that has been written.
    needed
        How many bytes the whole file takes.
    """
    name = printable(target)
    why = "the encoder wrote less than it was given" if error is None else _why(error)
    free = _free_space(target.parent)
    room = f"; {free} free in {printable(target.parent)}" if free else ""
    if needed is not None:
        room += f", about {size_text(needed)} needed"
    kept = f"; what was written so far is in {printable(part)}" if part and part.exists() else ""
    return OutputError(f"{name}: cannot be written, {why}{room}{kept}")


def size_text(size: int) -> str:
    """Return a number of bytes with a fitting unit.

    Examples
    --------
    >>> size_text(1_530_000)
    '1.5 MB'
    """
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        digits = 0 if unit == "bytes" else 1
        if round(value, digits) < 1000:
            return f"{value:.{digits}f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def _why(error: Exception) -> str:
    """Return the reason of an error of the system or of FFmpeg, in words."""
    known = _REASONS.get(getattr(error, "errno", None) or 0)
    return known or getattr(error, "strerror", None) or str(error)


def _real(path: Path) -> str:
    """Return where `path` leads, with links resolved as far as they exist."""
    return os.path.realpath(path)


def _free_space(folder: Path) -> str | None:
    try:
        return size_text(shutil.disk_usage(folder).free)
    except OSError:
        return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some file systems have no fsync for folders
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
