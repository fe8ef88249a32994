"""The time shift of a copy against its reference, determined by looking at both."""

import contextlib
import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np

from ...errors import InputError, UsageError, printable
from ...options import Reading
from ...quality.offset import Looks, Offset, find_offset
from ...quality.signature import SIDE, signature
from ...video import Recording

_FIRST_LOOK_SECONDS = 3.0
"""Seconds of both that are looked at first: most copies begin where the reference does."""

_GLANCE_OFFSET = 1.0

_EXTRA_SECONDS = 5.0
"""Seconds that are looked at beyond the largest offset."""


def find_start(reference: Path, distorted: Path, reading: Reading, max_offset: float) -> Offset:
    """Return how late the copy is at the beginning; negative if it is early.

    Raises
    ------
    InputError
        If they have nothing in common, in time or in content.
    """
    glance = _offset(
        reference, distorted, reading, _FIRST_LOOK_SECONDS, min(_GLANCE_OFFSET, max_offset)
    )
    if glance is not None and glance.looks_alike and not glance.ambiguous:
        return glance
    found = _offset(reference, distorted, reading, max_offset + _EXTRA_SECONDS, max_offset)
    if found is None:
        raise no_common_stretch(reference, distorted)
    if not found.looks_alike:
        raise InputError(
            f"{printable(distorted)}: this doesn't look like the same video as "
            f"{printable(reference)} (their pictures correlate by at most "
            f"{found.resemblance:.2f}); a larger --max-offset may find where it does, --align none "
            "compares them all the same"
        )
    return found


def find_again(
    reference: Path,
    distorted: Path,
    reading: Reading,
    times: tuple[float, float],
    max_offset: float,
) -> Offset | None:
    """Return the offset from the two given times on, in seconds since the first frames.

    The search covers `max_offset` around the offset of the two times: several missing pieces may
    add up to more.
    """
    one, other = (
        look(path, reading, max_offset + _EXTRA_SECONDS, since=since)
        for path, since in zip((reference, distorted), times, strict=True)
    )
    if not one.times.size or not other.times.size:
        return None
    found = find_offset(one, other, max_offset)
    here, there = times
    return found and dataclasses.replace(found, seconds=found.seconds + there - here)


def no_common_stretch(reference: Path, distorted: Path) -> InputError:
    """Return the error for two videos that never show anything at the same time."""
    return InputError(
        f"{printable(distorted)}: no stretch in common with {printable(reference)}, the one ends "
        "before the other begins; check --align"
    )


def look(path: Path, reading: Reading, seconds: float, *, since: float = 0.0) -> Looks:
    """Return the signatures of this many seconds of a video, from `since` after its first frame on.

    Times count from `since`. Unreadable parts are missing: the run itself will report them.
    """
    times: list[float] = []
    signatures = []
    begin = None if since else Fraction(0)
    if begin is None:
        with Recording([path], reading) as recording:
            begin = next(iter(recording)).time
    start = float(begin + Fraction(since)) if since else None
    reading = dataclasses.replace(reading, start=start)
    with contextlib.suppress(InputError, UsageError), Recording([path], reading) as recording:
        for frame in recording:
            if not since and not times:
                begin = frame.time
            time = float(frame.time - begin) - since
            if time > seconds:
                break
            times.append(time)
            signatures.append(signature(frame.luma, rotation=recording.info.rotation))
    stacked = np.array(signatures, np.float32).reshape(-1, SIDE * SIDE)
    return Looks(times=np.array(times), signatures=stacked)


def _offset(
    reference: Path, distorted: Path, reading: Reading, seconds: float, max_offset: float
) -> Offset | None:
    one, other = (look(path, reading, seconds) for path in (reference, distorted))
    if not one.times.size or not other.times.size:
        return None
    return find_offset(one, other, max_offset)
