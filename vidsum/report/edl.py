"""Edit decision lists: the events as cuts of the source, for video editors."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import UsageError, printable
from ..extras import check_extra
from .writing import ReportFile

_RECORD_HOUR = 1
"""The programme begins at this hour of its timecode, as is usual."""

_MAX_RATE = 100
"""Frames per second that the two digits of a timecode can count."""

_MAX_TITLE = 70
"""Characters that CMX 3600 allows a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An interval of an input."""

    name: str
    source: Path
    begin: int
    """Its first frame, counted from 0 at the frame rate of the list."""
    end: int
    """The frame after its last one."""


class EdlFile(ReportFile):
    """Writes cuts, one after the other, as CMX 3600 or OpenTimelineIO.

    Timecodes of CMX 3600 count frames: at 29.97 frames a second, 30 make a second of timecode
    (non-drop), so that each identifies one frame exactly and runs 0.1 % slower than a clock. In
    OpenTimelineIO the rate is exact.

    Parameters
    ----------
    target
        The file to write: .otio for OpenTimelineIO, else CMX 3600.
    rate
        Frames per second.

    Raises
    ------
    UsageError
        If timecodes can't count this many frames a second.
    """

    def __init__(self, target: Path, rate: Fraction) -> None:
        self._otio = target.suffix.lower() == ".otio"
        self._rate = rate
        if not self._otio and rate > _MAX_RATE:
            raise UsageError(
                f"--edl {printable(target)}: timecodes go up to {_MAX_RATE} frames a second, the "
                f"input has {float(rate):g}; end the name with .otio"
            )
        super().__init__(target, target.suffix.lower(), head="")

    def write(self, cuts: Sequence[Cut]) -> None:
        """Write all cuts."""
        title = printable(self.target.stem)
        as_text = otio_text if self._otio else cmx_text
        self._put(as_text(cuts, self._rate, title))


def check_edl(target: Path) -> None:
    """Raise `UsageError` if the package that writes `target` is not installed."""
    if target.suffix.lower() == ".otio":
        check_extra(
            f"--edl {printable(target)}",
            "edl",
            instead="a name that ends in .edl needs nothing",
        )


def cmx_text(cuts: Sequence[Cut], rate: Fraction, title: str) -> str:
    """Return cuts as an edit decision list in CMX 3600 format."""
    per_second = max(1, round(rate))
    lines = [f"TITLE: {title[:_MAX_TITLE]}", "FCM: NON-DROP FRAME", ""]
    at = _RECORD_HOUR * 3600 * per_second
    for number, cut in enumerate(cuts, start=1):
        frames = (cut.begin, cut.end, at, at + cut.end - cut.begin)
        at = frames[-1]
        codes = " ".join(timecode(frame, per_second) for frame in frames)
        lines += [
            f"{number:03}  AX       V     C        {codes}",
            f"* FROM CLIP NAME: {printable(cut.source.name)}",
            f"* COMMENT: {cut.name}",
        ]
        if number == 1 and per_second != rate:
            counted = f"{float(rate):g} FRAMES PER SECOND, {per_second} IN A SECOND OF TIMECODE"
            lines.append(f"* COMMENT: {counted}")
        lines.append("")
    return "\n".join(lines)


def otio_text(cuts: Sequence[Cut], rate: Fraction, title: str) -> str:
    """Return cuts as an OpenTimelineIO timeline, in JSON."""
    import opentimelineio as otio

    def span(cut: Cut) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(cut.begin, float(rate)),
            otio.opentime.RationalTime(cut.end - cut.begin, float(rate)),
        )

    track = otio.schema.Track(name="Events", kind=otio.schema.TrackKind.Video)
    for cut in cuts:
        media = otio.schema.ExternalReference(target_url=cut.source.absolute().as_uri())
        media.name = printable(cut.source.name)
        track.append(otio.schema.Clip(name=cut.name, media_reference=media, source_range=span(cut)))
    timeline = otio.schema.Timeline(name=title)
    timeline.tracks.append(track)
    return str(otio.adapters.write_to_string(timeline, "otio_json")) + "\n"


def timecode(frame: int, per_second: int) -> str:
    """Return the number of a frame as HH:MM:SS:FF, where `per_second` frames make a second.

    Examples
    --------
    >>> timecode(90_061, 25)
    '01:00:02:11'
    """
    seconds, frames = divmod(frame, per_second)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}:{frames:02}"
