"""Clips of an input as separate files: its packets, copied without re-encoding."""

import contextlib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import av
import av.container
import av.error
from av.stream import Stream
from av.video.stream import VideoStream

from ..errors import InputError, OutputError, UsageError, printable
from ..files import check_targets, fitting_name, part_path, publish, write_error
from ..frame import clock
from ..options import Limits, Reading
from .decode import has_guessed_times
from .opening import frame_rate, open_input, open_video

if TYPE_CHECKING:
    Packet: TypeAlias = av.Packet[Any]
else:  # generic only for the type checker
    Packet = av.Packet

_MUXERS = {
    ".mp4": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
}

_NUMBERS = re.compile(r"\.event-(\d+)(?:-(\d+))?$")

_LEAD_SECONDS = (Fraction(0), Fraction(10), Fraction(60), None)
"""How many seconds before the clip to look for its keyframe; None reads from the beginning."""

_LATE_SECONDS = Fraction(5)
"""Sound is waited for until pictures are this many seconds past the end."""

_MOST_BETWEEN = 16
"""Maximum B-pictures between two others, as made by encoders of MPEG-4 and H.264."""

_MAX_READ_ERRORS = 100


def check_clips(folder: Path, inputs: list[Path], *, force: bool) -> None:
    """Check that clips of `inputs` may be written into `folder`, before any work.

    Raises
    ------
    UsageError
        If it is a file, or has clips of these inputs already and `force` is not set.
    OutputError
        If it can't be written to, or can't be created.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--clips {printable(folder)}: this is a file; name a folder")
    if not folder.exists():
        check_targets([folder], inputs, force=force)
        return
    begins = tuple(f"{path.stem}.event-" for path in inputs)
    try:
        there = [path for path in sorted(folder.iterdir()) if path.name.startswith(begins)]
    except OSError as error:
        raise OutputError(
            f"--clips {printable(folder)}: cannot be looked into ({error.strerror})"
        ) from error
    check_targets([path for path in there if path.is_file()], inputs, force=force)
    check_targets([clip_path(folder, inputs[0], 1)], [], force=True)


def clip_path(folder: Path, source: Path, number: int, part: int = 1, ending: str = "") -> Path:
    """Return the path of the clip of event `number`: ``NAME.event-003.mp4``.

    Further parts, if an event continues in the next input, are called ``NAME.event-003-2.mp4``.
    """
    ending = f".event-{number:03}" + (f"-{part}" if part > 1 else "") + ending
    return folder / fitting_name(source.stem, ending)


def clips_of(folder: Path, source: Path, ending: str) -> list[Path]:
    """Return the files in `folder` that have the name of a clip of `source`."""
    found = []
    for path in sorted(folder.iterdir()):
        match = _NUMBERS.search(path.stem)
        if match is not None and path.is_file():
            number, part = (int(group or 1) for group in match.groups())
            if path == clip_path(folder, source, number, part, ending):
                found.append(path)
    return found


def clip_ending(source: Path, limits: Limits) -> str:
    """Return the extension of clips of `source`: that of its own container if it can be written.

    Raises
    ------
    InputError
        If it can no longer be opened.
    """
    with open_input(source, limits) as container:
        names = container.format.name.split(",")
    suffix = source.suffix.lower()
    if "mp4" in names:
        return ".mov" if suffix == ".mov" else ".mp4"
    if "matroska" in names:
        return ".webm" if suffix == ".webm" else ".mkv"
    # In the middle of a transport stream, parameters that the decoder needs may be missing; other
    # containers have them in their header.
    return ".avi" if "avi" in names else ".mkv"


def write_clip(
    source: Path, target: Path, begin: Fraction, end: Fraction, *, reading: Reading, force: bool
) -> None:
    """Copy the pictures and sound of `source` from `begin` to `end` into `target`.

    The clip begins at the keyframe at or before `begin`, where its timestamps are 0, and ends with
    the pictures that those up to `end` depend on. It has all audio tracks, no subtitles.

    Parameters
    ----------
    source
        The input.
    The file to write; its extension determines the container.
        The file to write; its ending chooses the container.
    begin, end
        Times on the input's own clock, in seconds.
    reading
        Which video stream was read; its times are ignored here.
    force
        Whether an existing file of that name is replaced.

    Raises
    ------
    InputError
        If the clip can't be found in `source`.
    OutputError
        If the clip can't be written.
    """
    part = part_path(target, target.suffix)
    try:
        for lead in _LEAD_SECONDS:
            if _copied(source, part, begin, end, lead, reading):
                break
        else:
            raise InputError(
                f"{printable(source)}: no keyframe at or before {clock(begin)}, a clip cannot "
                "begin there"
            )
    except InputError:
        part.unlink(missing_ok=True)
        raise
    except (av.error.FFmpegError, ValueError, OSError) as error:
        part.unlink(missing_ok=True)
        raise write_error(target, error) from error
    publish(part, target, force=force)


def _copied(
    source: Path,
    part: Path,
    begin: Fraction,
    end: Fraction,
    lead: Fraction | None,
    reading: Reading,
) -> bool:
    """Write the clip, reading from `lead` before it on; return whether a keyframe was found."""
    at = None if lead is None else max(begin - lead, Fraction(0))
    with _opened_at(source, reading, at) as (container, video):
        zero = _keyframe(container, video, begin, or_later=lead is None)
    if zero is None:
        return False
    with _opened_at(source, reading, at) as (container, video), _open_clip(part) as clip:
        streams = [video, *container.streams.audio]
        copies = {}
        for stream in streams:
            copy = clip.add_stream_from_template(stream, opaque=True)
            copy.time_base = stream.time_base
            copies[stream.index] = copy
        for packet in _stretch(container, video, streams, zero, end):
            shift = round(zero / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            packet.stream = copies[packet.stream.index]
            clip.mux(packet)
    return True


@contextlib.contextmanager
def _opened_at(
    source: Path, reading: Reading, at: Fraction | None
) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    """Open `source` near the keyframe before the time `at`; None means the beginning."""
    with open_video(source, reading) as (container, video):
        if at is not None:
            with contextlib.suppress(av.error.FFmpegError):
                container.seek(int(at / (video.time_base or 1)), stream=video)
        yield container, video


def _open_clip(part: Path) -> av.container.OutputContainer:
    options = {}
    if part.suffix in (".mp4", ".mov"):
        options["movflags"] = "+faststart"
    if part.suffix in (".mkv", ".webm"):
        # Negative decoding times are not stored: pictures begin at 0 anyway.
        options["avoid_negative_ts"] = "disabled"
    return av.open(f"file:{part.absolute()}", "w", format=_MUXERS[part.suffix], options=options)


def _keyframe(
    container: av.container.InputContainer, video: VideoStream, begin: Fraction, *, or_later: bool
) -> Fraction | None:
    """Return the time of the last keyframe up to `begin`, or, if `or_later`, of the first."""
    if _is_reordered(container, video):
        # Only decoding times are known; pictures shown earlier may be decoded later.
        begin = max(begin - _MOST_BETWEEN / frame_rate(video), Fraction(0))
    found = None
    for packet in _packets(container, [video]):
        time = _time(container, packet)
        if packet.is_keyframe:
            if time <= begin:
                found = time
            elif found is None:
                return time if or_later else None
        if _decoded(container, packet) > begin and not (or_later and found is None):
            break
    return found


def _stretch(
    container: av.container.InputContainer,
    video: VideoStream,
    streams: list[Stream],
    zero: Fraction,
    end: Fraction,
) -> Iterator[Packet]:
    """Yield the packets from the keyframe at the time `zero` on."""
    latest: Fraction | None = None
    ended = False
    if _is_reordered(container, video):
        end += 2 / frame_rate(video)  # margin between decoding and presentation
    unheard = {stream.index for stream in streams if stream.type == "audio"}
    for packet in _packets(container, streams):
        time = _time(container, packet)
        if packet.stream.type == "audio":
            if time >= end:
                unheard.discard(packet.stream.index)
            elif time >= zero:
                yield packet
        elif latest is None:
            if packet.is_keyframe and time == zero:
                latest = time
                yield packet
        elif not ended:
            # A picture decoded later but shown earlier belongs to the clip: others in it depend on
            # it.
            ended = _decoded(container, packet) >= end and time > latest
            if not ended and time >= zero:  # earlier packets need an earlier keyframe
                latest = max(latest, time)
                yield packet
        elif time > end + _LATE_SECONDS:
            break
        if ended and not unheard:
            break


def _packets(container: av.container.InputContainer, streams: list[Stream]) -> Iterator[Packet]:
    """Yield the packets that have a time, continuing past read errors."""
    for _ in range(_MAX_READ_ERRORS):
        try:
            for packet in container.demux(streams):
                if packet.size and not (packet.pts is None and packet.dts is None):
                    yield packet
            return
        except (av.error.FFmpegError, IndexError):
            continue


def _is_reordered(container: av.container.InputContainer, video: VideoStream) -> bool:
    """Return whether pictures are reordered, with presentation times unknown."""
    return has_guessed_times(container) and video.codec_context.has_b_frames


def _time(container: av.container.InputContainer, packet: Packet) -> Fraction:
    """Return the presentation time of `packet` in seconds, or if unknown, its decoding time."""
    unknown = packet.pts is None or (has_guessed_times(container) and packet.stream.type == "video")
    timestamp = packet.dts if unknown else packet.pts
    return (timestamp or 0) * packet.time_base


def _decoded(container: av.container.InputContainer, packet: Packet) -> Fraction:
    """Return the decoding time of `packet` in seconds, or if unknown, its presentation time."""
    if packet.dts is None:
        return _time(container, packet)
    return packet.dts * packet.time_base
