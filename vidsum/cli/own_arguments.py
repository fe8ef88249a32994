"""The arguments of this process, as other processes see them."""

import contextlib
import ctypes
import sys
from pathlib import Path

from ..errors import printable

_ARGUMENTS_BEGIN = 48
"""Position of arg_start in /proc/PID/stat, counted from 1 (proc(5))."""


def hide_passwords() -> None:
    """Overwrite passwords in addresses among the arguments, which `ps` shows to everybody.

    The process keeps its own copies. Does nothing where there is no /proc.
    """
    if not any("://" in word for word in sys.argv[1:]):
        return
    with contextlib.suppress(OSError, ValueError, IndexError):
        seen = Path("/proc/self/cmdline").read_bytes()
        # The name of the program, in parentheses, may contain anything.
        numbers = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        begin = int(numbers[_ARGUMENTS_BEGIN - 3])
        words = [_covered(word) for word in seen.split(b"\0")]
        ctypes.memmove(begin, b"\0".join(words), len(seen))


def _covered(word: bytes) -> bytes:
    """Return a word with its secrets overwritten, at the same length."""
    if b"://" not in word:
        return word
    shown = printable(word.decode(errors="surrogateescape"))
    if shown == word.decode(errors="surrogateescape"):
        return word
    return shown.encode(errors="replace")[: len(word)].ljust(len(word))
