"""Part files of the condensed video left by an interrupted run, and what of them is usable."""

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.video.stream import VideoStream

from ..errors import OutputError, printable
from .codecs import ENCODERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The first pictures of a part file."""

    path: Path
    pictures: int
    """How many of them belong to the video."""


def libraries(codec: str) -> str:
    """Return the versions of the libraries that decode, and that encode this codec."""
    versions = f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"
    if codec in ENCODERS:
        return versions
    from .opencv import cv2

    return f"{versions}, OpenCV {cv2.__version__}"


def usable(part: Part) -> Part:
    """Return the intact pictures of `part`: none if its file no longer exists.

    A file that was being written until the process was killed, or the power failed, may end within
    a picture, or have gaps. The pictures follow each other at an even rate, so that gaps show.
    """
    pictures = 0
    with (
        contextlib.suppress(av.error.FFmpegError, OSError, IndexError, ValueError),
        av.open(
            f"file:{part.path.absolute()}",
            format="matroska",
            options={"protocol_whitelist": "file"},
        ) as container,
    ):
        stream = container.streams.video[0]
        step = 1 / Fraction(stream.average_rate or stream.guessed_rate or 25)
        last: Fraction | None = None
        for packet in container.demux(stream):
            if not packet.size or packet.is_corrupt or packet.pts is None:
                break
            time = packet.pts * Fraction(packet.time_base)
            # Matroska stores milliseconds.
            if last is None:
                follows = packet.is_keyframe and time < step
            else:
                follows = abs(time - last - step) < max(step / 2, Fraction(1, 1000))
            if not follows:
                break
            last = time
            pictures += 1
    # The last one may be truncated.
    return Part(path=part.path, pictures=max(0, min(part.pictures, pictures - 1)))


def check_alike(first: VideoStream, other: VideoStream, path: Path) -> None:
    """Raise `OutputError` unless a decoder set up for `first` can continue with `other`."""
    if _setup(first) != _setup(other):
        raise OutputError(
            f"{printable(path)}: is encoded differently from the part before it, they cannot be "
            "joined; start over with --force"
        )


def _setup(stream: VideoStream) -> tuple[object, ...]:
    context = stream.codec_context
    return context.name, context.width, context.height, context.pix_fmt, context.extradata
