"""Subtitles for the condensed video that show the time in the source."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from pathlib import Path

from ..errors import printable
from ..frame import MAX_ROUNDING, Frame, clock
from .writing import ReportFile

_MIN_SECONDS = Fraction(1)
"""While the video doesn't jump, a subtitle stays for at least a second before the next replaces
it."""

_LOOKALIKES = str.maketrans("<>{}\\", "＜＞｛｝＼")  # noqa: RUF001
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class SubtitlesFile(ReportFile):
    """Writes subtitles in WebVTT or SubRip, for the frames of a condensed video in order.

    A new one begins where the condensed video jumps in the source, and otherwise when the source
    has reached another second and the previous one has been shown for a second. If more of the
    source passes during one, it shows a time range.

    Parameters
    ----------
    target
        The file to write: .srt for SubRip, else WebVTT.
    sources
        Names of the inputs; if there are several, the subtitles include them.
    max_gap
        Kept frames up to this many seconds apart in the source don't count as a jump.
    """

    def __init__(self, target: Path, sources: Sequence[str], *, max_gap: Fraction) -> None:
        self._srt = target.suffix.lower() == ".srt"
        super().__init__(target, target.suffix.lower(), head="" if self._srt else "WEBVTT\n\n")
        self._sources = sources if len(sources) > 1 else None
        self._max_gap = max_gap
        self._count = 0
        self._begin = Fraction(0)
        self._first: Frame | None = None
        """What is shown from `_begin` on."""
        self._last: Frame | None = None

    def write(self, frame: Frame, begin: Fraction) -> None:
        """Take the next kept frame, which the condensed video shows from `begin` on, in seconds."""
        if (
            self._first is None
            or self._last is None
            or self._jumps(self._last, frame)
            or (
                begin - self._begin >= _MIN_SECONDS and floor(frame.time) != floor(self._first.time)
            )
        ):
            self._turn(begin, frame)
        self._last = frame

    def finish(self, end: Fraction) -> None:
        """Note that the condensed video ends at `end`, in seconds."""
        self._turn(end, None)

    def _jumps(self, last: Frame, frame: Frame) -> bool:
        gap = frame.time - (last.time + last.duration)
        return gap > self._max_gap + MAX_ROUNDING or frame.source != last.source

    def _turn(self, time: Fraction, frame: Frame | None) -> None:
        """End the current subtitle, and begin another one with `frame`."""
        begin, end = (self._clock(value) for value in (self._begin, time))
        if self._first is not None and self._last is not None and begin != end:
            self._count += 1
            number = f"{self._count}\n" if self._srt else ""
            self._put(f"{number}{begin} --> {end}\n{self._text(self._first, self._last)}\n\n")
        self._begin, self._first = time, frame

    def _text(self, first: Frame, last: Frame) -> str:
        text = _span(first.time, last.time)
        if self._sources is None:
            return text
        # SubRip has no way to escape what players take for markup.
        name = printable(Path(self._sources[first.source]).name)
        name = name.translate(_LOOKALIKES if self._srt else _ESCAPES)
        return f"{text}\n{name}  {_span(first.source_time, last.source_time)}"

    def _clock(self, seconds: Fraction) -> str:
        text = clock(max(seconds, Fraction(0)))
        return text.replace(".", ",") if self._srt else text


def _span(first: Fraction, last: Fraction) -> str:
    """Return the second of `first`, and that of `last` unless it is the same or the next one."""
    if floor(last) - floor(first) <= 1:
        return second(first)
    return f"{second(first)} - {second(last)}"


def second(seconds: Fraction) -> str:
    """Return the second that contains a time, as HH:MM:SS.

    Examples
    --------
    >>> second(Fraction(7259, 2))
    '01:00:29'
    """
    return clock(floor(seconds)).partition(".")[0]
