"""Packets to pictures: a loop that survives damaged packets."""

import heapq
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import av
import av.container
import av.error
from av.codec.context import Flags
from av.video.stream import VideoStream

from ..cores import cores
from ..errors import InputError
from .faults import FaultKind, FaultLog
from .opening import NO_TIMESTAMPS

if TYPE_CHECKING:
    Packet: TypeAlias = av.Packet[VideoStream]
else:  # generic only in PyAV's stubs
    Packet = av.Packet

_MAX_READ_ERRORS = 32
"""After this many read errors without a packet in between, the rest of the file is given up."""

_SPARE_THREADS = 3
"""Decoder threads beyond the number of cores (2 cores, 1080p: 361 frames/s judged, with 1: 338)."""

_MAX_THREADS = 16
"""FFmpeg advises against more; each holds a few pictures."""

_SEEK_STEPS = (0, 1, 5, 20, 80)
"""How many seconds before the wanted keyframe to seek, tried in turn."""

_ONE_FRAME_A_PACKET = frozenset(
    {"ffv1", "h264", "hevc", "mjpeg", "mpeg1video", "mpeg2video", "prores"}
)
"""Decoders that return one picture for each packet of a progressive stream."""


def decode(
    container: av.container.InputContainer,
    stream: VideoStream,
    log: FaultLog,
    *,
    keyframe: int | None = None,
) -> Iterator[tuple[av.VideoFrame, int | None]]:
    """Yield the pictures of `stream` in presentation order, each with its timestamp.

    Damage is counted in `log`. If the format has no presentation timestamps, only decoding ones,
    the nth picture shown gets the nth smallest: both are the same set.

    Parameters
    ----------
    An opened file, and the stream to decode.
        An opened file, and what is decoded of it.
    log
        Where faults are counted.
    keyframe
        Decoding timestamp of the keyframe at which to begin; None for the beginning of the file.
    """
    prepare(stream)
    waiting = keyframe is not None
    if keyframe is not None:
        _seek(container, stream, keyframe)
    unit = stream.time_base or Fraction(1)
    guessed = has_guessed_times(container)
    decoding: list[int] = []
    stamp = 0
    first: int | None = None
    undelivered = 0
    interlaced = False
    for packet in packets(container, stream, log):
        if packet is not None and waiting:
            if not _reached(packet, keyframe):
                continue
            waiting = False
            first = packet.pts
        if packet is not None and packet.size:
            stamp = _stamp(packet, stamp)
            undelivered += not (packet.is_discard or _leads(packet.pts, first))
            if packet.is_corrupt:
                log.add(FaultKind.DAMAGED_PACKET, stamp * unit)
            if (packet.pts is None or guessed) and packet.dts is not None:
                heapq.heappush(decoding, packet.dts)
        try:
            frames = stream.decode(packet)
        except av.error.EOFError:  # the decoder is empty
            break
        except (av.error.FFmpegError, ValueError):
            if decoding:
                heapq.heappop(decoding)
            if packet is not None and _leads(packet.pts, first):
                continue
            undelivered -= 1
            log.add(FaultKind.DAMAGED_PACKET, stamp * unit)
            continue
        for frame in frames:
            leads = _leads(frame.pts, first)
            undelivered -= not leads
            interlaced |= frame.interlaced_frame
            timestamp = None if guessed else frame.pts
            if timestamp is None and decoding:
                timestamp = heapq.heappop(decoding)
            if frame.is_corrupt and not leads:
                shown = stamp if timestamp is None else timestamp
                log.add(FaultKind.DAMAGED_FRAME, shown * unit)
            yield frame, timestamp
    # While the decoder is drained, PyAV silently drops the pictures after a damaged one.
    if stream.codec_context.name in _ONE_FRAME_A_PACKET and not interlaced:
        for _ in range(undelivered):
            log.add(FaultKind.LOST_FRAME, stamp * unit)


def packets(
    container: av.container.InputContainer, stream: VideoStream, log: FaultLog
) -> Iterator[Packet | None]:
    """Yield packets to the end of the file, past read errors, then None to drain the decoder.

    A packet that is truncated by the end of the file is counted, not yielded: its error would come
    while the decoder is drained, and cost the pictures after it.
    """
    errors = 0
    stamp = 0
    unit = stream.time_base or Fraction(1)
    held: Packet | None = None
    while errors < _MAX_READ_ERRORS:
        try:
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                errors = 0
                stamp = _stamp(packet, stamp)
                if held is not None:
                    yield held
                held = packet if packet.is_corrupt else None
                if held is None:
                    yield packet
            break
        except InputError:  # a remote file is no longer readable, which is not damage
            raise
        except (av.error.FFmpegError, OSError, IndexError):
            # The container continues reading where it stopped. (PyAV raises IndexError for a packet
            # of a stream that exists only through damage.)
            errors += 1
            log.add(FaultKind.READ_ERROR, stamp * unit)
    if held is not None:
        log.add(FaultKind.DAMAGED_PACKET, stamp * unit)
    yield None


def _stamp(packet: Packet, otherwise: int) -> int:
    timestamp = packet.pts if packet.pts is not None else packet.dts
    return otherwise if timestamp is None else timestamp


def prepare(stream: VideoStream, *, at_once: bool = False) -> None:
    """Set `stream` up for decoding: on all cores, returning damaged pictures as well.

    With `at_once`, no picture waits for others to be decoded in parallel; its slices still are.
    """
    stream.thread_type = "SLICE" if at_once else "AUTO"
    # FFmpeg's own choice, one more than the cores, leaves a core idle while a frame is judged.
    stream.codec_context.thread_count = min(cores() + _SPARE_THREADS, _MAX_THREADS)
    # Without this, HEVC returns nothing from a damaged picture to the next keyframe.
    stream.codec_context.flags |= Flags.output_corrupt


def has_guessed_times(container: av.container.InputContainer) -> bool:
    """Return whether the presentation timestamps are guessed by FFmpeg, as the format has none."""
    return container.format.name == "avi"


def has_timestamps(container: av.container.InputContainer) -> bool:
    """Return whether the format says when pictures are shown, even if by FFmpeg's guess."""
    return not container.format.flags & NO_TIMESTAMPS


def can_seek(container: av.container.InputContainer, stream: VideoStream) -> bool:
    """Return whether decoding can begin at a keyframe and still get each picture's time.

    An MPEG program stream has timestamps for some pictures only, AVI with B-frames and raw streams
    for none; times are then known only by counting from the beginning.
    """
    if not has_timestamps(container):
        return False
    if has_guessed_times(container):
        return not stream.codec_context.has_b_frames
    return container.format.name != "mpeg"


def decoding_timestamp(packet: Packet) -> int | None:
    """Return the decoding timestamp of `packet`, which seeking uses."""
    return packet.pts if packet.dts is None else packet.dts


def first_decoding_time(
    container: av.container.InputContainer, stream: VideoStream
) -> Fraction | None:
    """Return the decoding time of the first packet in seconds; None if unknown."""
    for packet in packets(container, stream, FaultLog()):
        if packet is not None and packet.dts is not None:
            return packet.dts * (stream.time_base or Fraction(1))
    return None


def _reached(packet: Packet, keyframe: int | None) -> bool:
    """Return whether `packet` is the keyframe with that decoding timestamp, or a later one.

    The packets before the first keyframe after a seek may have wrong timestamps.
    """
    stamp = decoding_timestamp(packet)
    return packet.is_keyframe and (stamp is None or keyframe is None or stamp >= keyframe)


def _leads(timestamp: int | None, first: int | None) -> bool:
    """Return whether a picture is shown before `first`, the keyframe at which decoding began.

    If it depends on earlier pictures, too, it is missing or damaged, which is no loss.
    """
    return timestamp is not None and first is not None and timestamp < first


def _seek(container: av.container.InputContainer, stream: VideoStream, keyframe: int) -> None:
    """Seek to the packet whose decoding timestamp is `keyframe`, or to one before it.

    MPEG streams have no index; a seek by timestamps may land after its target.
    """
    unit = stream.time_base or Fraction(1)
    for seconds_before in _SEEK_STEPS:
        aim = keyframe - round(seconds_before / unit)
        container.seek(aim, stream=stream, backward=True)
        keyframes = (packet for packet in container.demux(stream) if packet.is_keyframe)
        found = next(keyframes, None)
        if found is not None and (decoding_timestamp(found) or 0) <= keyframe:
            container.seek(aim, stream=stream, backward=True)
            return
    container.seek(stream.start_time or 0, stream=stream, backward=True)
