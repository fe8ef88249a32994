"""What is reported while a camera is watched: an event begins or ends."""

import datetime
import json
from dataclasses import dataclass
from fractions import Fraction

from ...dedup.events import Event
from ...report.found import iso_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An event that has just begun or ended."""

    changed: bool
    """Whether something is changing now: true when an event begins, false when it ends."""
    camera: str
    """The name of the camera."""
    segment: str
    """The segment that the event belongs to: the first part of the names of its files."""
    event: int
    """Number of the event in that segment, from 1."""
    start: datetime.datetime
    """When its first changed frame was shown, in UTC."""
    end: datetime.datetime
    """When its last changed frame so far ends, in UTC."""
    peak: float | None
    """How much: the largest local dissimilarity so far, 1 - SSIM."""
    box: tuple[int, int, int, int] | None
    """Where: left, top, width and height of the box around all places that changed so far, in
    pixels of the upright picture."""
    frames_kept: int
    """Frames of it kept so far."""

    def json(self) -> str:
        """Return it as an object of JSON on one line."""
        return json.dumps(
            {
                "changed": self.changed,
                "camera": self.camera,
                "segment": self.segment,
                "event": self.event,
                "start": iso(self.start),
                "end": iso(self.end),
                "peak": None if self.peak is None else round(self.peak, 6),
                "box": self.box and list(self.box),
                "frames_kept": self.frames_kept,
            }
        )


def change_of(event: Event, *, changed: bool, camera: str, segment: str, begin: Fraction) -> Change:
    """Return the change to report for an event of a segment that began at `begin` (Unix time)."""
    return Change(
        changed=changed,
        camera=camera,
        segment=segment,
        event=event.number,
        start=moment(begin + event.start),
        end=moment(begin + event.end),
        peak=event.peak,
        box=event.box,
        frames_kept=event.frames_kept,
    )


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def moment(seconds: Fraction) -> datetime.datetime:
    """Return the time this many seconds after the beginning of 1970, in UTC, to the microsecond."""
    return _EPOCH + datetime.timedelta(microseconds=round(seconds * 1_000_000))


def iso(time: datetime.datetime) -> str:
    """Return a UTC time in ISO 8601, to the nearest millisecond like `vidsum events`.

    Examples
    --------
    >>> iso(moment(Fraction(15999, 10000)))
    '1970-01-01T00:00:01.600Z'
    """
    return iso_text(time).replace("+00:00", "Z")
