"""What the packets of a file reveal without decoding: how many frames, and when."""

from dataclasses import dataclass
from fractions import Fraction

from ..options import Reading
from ..remote import InputPath
from .clock import RESET
from .decode import decoding_timestamp, has_guessed_times, packets
from .faults import FaultLog
from .opening import frame_rate, open_video


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The frames of a stream before some time."""

    frames: int
    first_time: Fraction | None = None
    """Time of the earliest, in seconds; None if the file has no timestamps."""
    end_time: Fraction | None = None
    """When the last of them ends, in seconds."""
    last_time: Fraction | None = None
    """Time of the latest, in seconds."""
    keyframe: int | None = None
    """Decoding timestamp of the last keyframe among them, in the stream's own unit; None if it
    is ambiguous, as timestamps have restarted."""


def scan(path: InputPath, reading: Reading, *, until: Fraction | None = None) -> Scan:
    """Read the packets of a video stream up to the time `until`, in seconds, or to the end.

    If timestamps restart, times continue, like those of a `Clock`; `until` then finds no place.

    Raises
    ------
    InputError
        If the file can't be opened.
    """
    frames = 0
    first_time: Fraction | None = None
    end_time: Fraction | None = None
    last_time: Fraction | None = None
    keyframe: int | None = None
    latest: Fraction | None = None
    shift = Fraction(0)
    with open_video(path, reading) as (container, stream):
        unit = stream.time_base or Fraction(1)
        frame_duration = 1 / frame_rate(stream)
        guessed = has_guessed_times(container)
        for packet in packets(container, stream, FaultLog()):
            if packet is None or packet.is_discard:
                continue
            timestamp = packet.dts if packet.pts is None or guessed else packet.pts
            if timestamp is None:
                continue
            decoded = (decoding_timestamp(packet) or 0) * unit
            if latest is not None and last_time is not None and latest - decoded > RESET:
                if until is not None:
                    return Scan(frames=frames, first_time=first_time)
                shift = last_time + frame_duration - timestamp * unit
            latest = decoded
            if until is not None:
                if packet.dts is not None and packet.dts * unit >= until:
                    break
                if timestamp * unit >= until:
                    continue
            frames += 1
            time = timestamp * unit + shift
            first_time = time if first_time is None else min(time, first_time)
            last_time = time if last_time is None else max(time, last_time)
            end = time + ((packet.duration or 0) * unit or frame_duration)
            end_time = end if end_time is None else max(end, end_time)
            if packet.is_keyframe:
                keyframe = decoding_timestamp(packet)
    return Scan(
        frames=frames,
        first_time=first_time,
        last_time=last_time,
        end_time=end_time,
        keyframe=keyframe,
    )
