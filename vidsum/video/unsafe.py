"""What a file with a video's name may be instead: a list of other files, or a movie that uses them.

FFmpeg opens none of these here; this module tells the user why, and refuses movies that would seem
empty.
"""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import InputError
from ..remote import InputPath

_HEAD_BYTES = 4096
"""How many bytes at the beginning of a file identify its kind."""

_MAX_BOXES = 10_000
"""How many boxes of a movie are looked at."""

_LISTS = {
    re.compile(pattern, re.IGNORECASE): kind
    for pattern, kind in (
        (rb"#EXTM3U", "an HLS playlist"),
        (rb"(#[^\n]*\n\s*)*ffconcat", "a concat script"),
        (rb"v=0\s", "a session description (SDP)"),
        (rb"<\?xml|<(asx|smil|mpd)\b", "an XML document"),
        (rb"\[(playlist|reference|internetshortcut)\]", "a playlist"),
        (rb"rtsptext", "a QuickTime link"),
        (rb"[a-z]{2,10}://", "a list of addresses"),
    )
}

_MOVIES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
"""Types of the boxes with which QuickTime and MP4 files begin."""

_TO_REFERENCES = {
    b"moov": (b"trak", b"rmra"),
    b"trak": (b"mdia",),
    b"mdia": (b"minf",),
    b"minf": (b"dinf",),
    b"dinf": (b"dref",),
}
"""The boxes that lead to references to other files, by the box that contains them."""

_SELF_CONTAINED = 1
"""Flag of a data reference: the samples are in the same file."""


def kind_of_list(path: InputPath) -> str | None:
    """Return what kind of list of other files or hosts the file at `path` is; None if it is not
    one.

    Examples
    --------
    >>> from pathlib import Path
    >>> kind_of_list(Path(__file__)) is None
    True
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if head[4:8] in _MOVIES and _refers_elsewhere(file):
                return "a reference movie"
    except InputError:  # a remote file gives its own reason
        raise
    except OSError:
        return None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for mark, kind in _LISTS.items() if mark.match(text)), None)


def _refers_elsewhere(file: BinaryIO) -> bool:
    """Return whether a QuickTime or MP4 file says that its pictures are in other files."""
    size = file.seek(0, os.SEEK_END)
    budget = iter(range(_MAX_BOXES))
    for kind, begin, end in _boxes(file, 0, size, (b"moov",), budget):
        if kind == b"rmra":
            return True
        if kind == b"dref":
            for _, first, last in _entries(file, begin + 8, end, budget):
                file.seek(first)
                content = file.read(min(last - first, _HEAD_BYTES))
                if not content[3:4] or content[3] & _SELF_CONTAINED:
                    continue
                if content[4:].strip(b"\0"):
                    return True
    return False


def _boxes(
    file: BinaryIO, begin: int, end: int, wanted: tuple[bytes, ...], budget: Iterator[int]
) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes of some kinds and those within them: kind, begin and end of the content."""
    for kind, first, last in _entries(file, begin, end, budget):
        if kind in wanted:
            yield kind, first, last
            yield from _boxes(file, first, last, _TO_REFERENCES.get(kind, ()), budget)


def _entries(
    file: BinaryIO, begin: int, end: int, budget: Iterator[int]
) -> Iterator[tuple[bytes, int, int]]:
    """Yield the consecutive boxes between two positions: kind, begin and end of each."""
    while begin + 8 <= end and next(budget, None) is not None:
        file.seek(begin)
        head = file.read(16)
        length, kind, content = int.from_bytes(head[:4], "big"), head[4:8], begin + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), begin + 16
        last = end if length == 0 else begin + length
        if last < content:
            return
        yield kind, content, min(last, end)
        begin = last
