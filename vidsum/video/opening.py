"""Opening files with PyAV, and only the file that was named."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.container
import av.error
from av.stream import Disposition
from av.video.stream import VideoStream

from ..errors import InputError, UnsafeInputError, UsageError, printable
from ..options import Limits, Reading
from ..remote import InputPath
from .unsafe import kind_of_list

FORMATS = (
    "3gp,apng,asf,av1,avi,cavsvideo,dhav,dirac,dnxhd,dv,evc,flv,gif,gxf,h263,h264,hevc,ivf,m4v,"
    "matroska,mjpeg,mov,mp4,mpeg,mpegts,mpegvideo,mxf,nsv,nut,obu,ogg,rm,vc1,vvc,webm,wtv,"
    "yuv4mpegpipe"
)
"""The demuxers that may open a file: those of recordings, none that opens further files."""

FALLBACK_RATE = Fraction(25)
"""Frames per second of a file that has no believable rate."""

_MAX_RATE = 1000
"""A header with more frames per second than this is not believed."""

NO_TIMESTAMPS = 0x80
"""AVFMT_NOTIMESTAMPS, a flag of formats: a raw stream."""

_MAX_BLOCK_SIDE = 64
"""Side in pixels of the largest block of a codec, to which pictures are padded."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(,[^/]*)?:")


@contextlib.contextmanager
def open_input(path: InputPath, limits: Limits) -> Iterator[av.container.InputContainer]:
    """Open the file at `path` for reading, and close it at the end.

    Raises
    ------
    InputError
        If there is no such file, it is empty, unreadable, or of no known format.
    UnsafeInputError
        If it is a playlist or the like, or beyond a limit.
    """
    check_readable(path)
    name = printable(path)
    if (kind := kind_of_list(path)) is not None:
        raise UnsafeInputError(
            f"{name}: this is {kind}, which may name other files or hosts; name a video"
        )
    with contextlib.ExitStack() as resources:
        try:
            if isinstance(path, Path):
                # After `file:`, FFmpeg takes a name with a colon or a leading dash literally.
                container = _opened(f"file:{path.absolute()}", protocols="file")
            else:
                # FFmpeg itself must not open anything.
                container = _opened(resources.enter_context(path.open()), protocols="")
        except InputError:  # a remote file gives its own reason
            raise
        except (av.error.FFmpegError, ValueError, OSError) as error:
            raise _why_unreadable(path, error) from error
        resources.enter_context(container)
        check_limits(container, limits, name)
        yield container


def _opened(file: str | BinaryIO, *, protocols: str) -> av.container.InputContainer:
    return av.open(
        file,
        "r",
        options={"protocol_whitelist": protocols, "format_whitelist": FORMATS},
        metadata_errors="replace",
    )


@contextlib.contextmanager
def open_video(
    path: InputPath, reading: Reading
) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    """Open the file at `path` as `open_input` does, and choose the stream that `reading` names.

    Without a number, it is the default one; cover pictures don't count.

    Raises
    ------
    InputError
        If it can't be opened, or there is no video stream.
    UsageError
        If there is no stream with this number.
    UnsafeInputError
        If it is a playlist or the like, or beyond a limit.
    """
    with open_input(path, reading) as container:
        yield container, pick_stream(container, reading, path)


def is_address(name: str) -> bool:
    """Return whether `name` is not a file but begins like ``rtsp:`` or ``concat:``."""
    return _SCHEME.match(name) is not None and not os.path.lexists(name)


def check_readable(path: InputPath) -> None:
    """Raise `InputError` unless `path` is a non-empty file."""
    name = printable(path)
    try:
        if isinstance(path, Path):
            # Anything but a file may never answer: it is not even opened.
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise InputError(
                    f"{name}: this is a pipe or a device; save what comes from it into a file first"
                )
        with path.open("rb") as file:
            empty = not file.read(1)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{name}: this is a folder; name the video files in it") from None
    except PermissionError:
        raise InputError(f"{name}: no permission to read it") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    if empty:
        raise InputError(f"{name}: the file is empty")


def check_limits(container: av.container.InputContainer, limits: Limits, name: str) -> None:
    """Raise `UnsafeInputError` for a file that claims more than any real recording has."""
    count = len(container.streams)
    if count > limits.max_streams:
        raise UnsafeInputError(
            f"{name}: has {count} streams, allowed are {limits.max_streams}; --max-streams allows "
            "more, if you trust the file"
        )
    holders = (container, *container.streams)
    length = sum(len(key) + len(text) for one in holders for key, text in one.metadata.items())
    if length > limits.max_metadata:
        raise UnsafeInputError(
            f"{name}: has {length} characters of metadata, allowed are {limits.max_metadata}; "
            "--max-metadata allows more, if you trust the file"
        )


def _why_unreadable(path: InputPath, error: Exception) -> InputError:
    name = printable(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        head = b""
    if head[4:8] == b"ftyp":
        return InputError(
            f"{name}: this MP4 has no readable index (moov); its recording was not finished, or "
            "the file was cut off"
        )
    if isinstance(error, av.error.InvalidDataError):
        return InputError(f"{name}: not a video, or in no format that vidsum reads")
    return InputError(f"{name}: cannot be opened ({os.strerror(getattr(error, 'errno', 5) or 5)})")


def pick_stream(
    container: av.container.InputContainer, reading: Reading, path: InputPath | str
) -> VideoStream:
    """Return the stream that `reading` names, or the default one; raises as `open_video` does."""
    number = reading.stream
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    name = printable(path)
    if not streams:
        others = sorted({stream.type for stream in container.streams})
        raise InputError(f"{name}: no video in it, only {' and '.join(others) or 'nothing'}")
    if number is None:
        best = container.streams.best("video")
        stream = best if best in streams else streams[0]
    elif number < len(streams):
        stream = streams[number]
    else:
        raise UsageError(
            f"{name}: --stream is {number}, but it has {len(streams)} video "
            f"stream{'s' if len(streams) > 1 else ''}, counted from 0"
        )
    if stream.codec_context is None:
        raise InputError(f"{name}: its video is in a codec that vidsum has no decoder for")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > reading.max_pixels:
        raise UnsafeInputError(
            f"{name}: its pictures are {width}x{height}, allowed are {reading.max_pixels} pixels; "
            f"--max-pixels {width * height} allows them, if you trust the file"
        )
    stream.codec_context.options = {"max_pixels": str(decoder_limit(stream, reading))}
    return stream


def decoder_limit(stream: VideoStream, limits: Limits) -> int:
    """Return the decoder's limit on the pixels of a picture; larger pictures fail to decode.

    Decoders include the padding to whole blocks in the count.
    """
    width, height = stream.codec_context.width, stream.codec_context.height
    return max(limits.max_pixels, (width + _MAX_BLOCK_SIDE) * (height + _MAX_BLOCK_SIDE))


def frame_rate(stream: VideoStream) -> Fraction:
    """Return the frame rate: the most common one if it varies, not the mean including pauses."""
    rates = [stream.guessed_rate, stream.average_rate, stream.base_rate]
    if stream.container.format.flags & NO_TIMESTAMPS:
        # FFmpeg invents a mean of 25 there, and from that a guess of 24 for H.264 at 12.
        rates.insert(0, stream.codec_context.framerate)
    for rate in rates:
        if rate is not None and 0 < rate <= _MAX_RATE:
            return Fraction(rate)
    return FALLBACK_RATE


def announced_duration(
    container: av.container.InputContainer, stream: VideoStream
) -> Fraction | None:
    """Return the length in seconds in the header of `stream`, or else of the whole file."""
    if stream.duration is not None and stream.time_base is not None:
        return stream.duration * stream.time_base
    if container.duration is not None:
        return Fraction(container.duration, av.time_base)
    return None


def file_state(path: InputPath) -> tuple[int, ...] | None:
    """Return values that show later whether the file at `path` was replaced or written to."""
    if not isinstance(path, Path):  # what was opened does not change
        return None
    try:
        status = path.stat()
    except OSError:  # the name is gone; the opened file is still there
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def was_written_to(path: InputPath, before: tuple[int, ...] | None) -> bool:
    """Return whether the file was written to since `file_state` returned `before`."""
    after = file_state(path)
    # A new file of that name has not changed the one that was opened.
    return before is not None and after is not None and before[:2] == after[:2] and before != after


def is_cut_off(path: InputPath) -> bool:
    """Return whether an AVI file is shorter than its own first chunk says.

    FFmpeg silently reduces the announced length of such a file to its size.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            size = file.seek(0, os.SEEK_END)
    except OSError:  # the name is gone; the opened file is still there
        return False
    if head[:4] != b"RIFF" or head[8:12] != b"AVI ":
        return False
    return 8 + int.from_bytes(head[4:8], "little") > size
