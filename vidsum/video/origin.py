"""When a file was made, according to its metadata."""

import datetime
from dataclasses import dataclass

import av

from ..options import Reading
from ..remote import InputPath
from .opening import open_video

_EARLIEST = datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC)
"""Anything earlier comes from a clock that was never set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the times of a file begin."""

    first_time: float
    """Time of its first frame on its own clock, according to the header, in seconds."""
    created: datetime.datetime | None
    """When it was made, in UTC, if its metadata have a plausible time."""


def origin_of(path: InputPath, reading: Reading) -> Origin:
    """Return what the header of a video says about its beginning; nothing is decoded.

    Raises
    ------
    InputError, UnsafeInputError
        If it can't be opened as a video.
    """
    with open_video(path, reading) as (container, stream):
        if stream.start_time is not None and stream.time_base is not None:
            first = float(stream.start_time * stream.time_base)
        else:
            first = (container.start_time or 0) / av.time_base
        told = (holder.metadata.get("creation_time") for holder in (container, stream))
        created = next(filter(None, map(_moment, told)), None)
    return Origin(first_time=first, created=created)


def _moment(text: str | None) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment if moment >= _EARLIEST else None
