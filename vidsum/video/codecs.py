"""The codecs a condensed video can have: their encoders, and the containers that support them."""

import os
import tempfile
from pathlib import Path
from typing import get_args

from ..errors import OutputError, UsageError, printable
from ..options import Codec, Writing

FOURCCS: dict[Codec, str] = {"mp4v": "mp4v", "mjpg": "MJPG", "xvid": "XVID", "ffv1": "FFV1"}
"""Codecs that `cv2.VideoWriter` encodes, with their FourCC."""

ENCODERS: dict[Codec, tuple[str, ...]] = {
    "h264": ("libx264",),
    "hevc": ("libx265",),
    "av1": ("libsvtav1", "libaom-av1"),
}
"""Codecs that PyAV encodes, with FFmpeg's encoders for them in order of preference."""

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".avi": "avi",
    ".webm": "webm",
}
"""FFmpeg's muxer for each extension that an output may have."""

_NOT_HELD = {
    ("mov", "ffv1"),
    ("mov", "av1"),
    ("avi", "h264"),
    ("avi", "hevc"),
    ("avi", "av1"),
    *(("webm", codec) for codec in get_args(Codec) if codec != "av1"),
}


def check_container(output: Path, writing: Writing) -> None:
    """Raise `UsageError` unless the container of `output` supports the codec and timing."""
    codec = writing.codec
    muxer = CONTAINERS.get(output.suffix.lower())
    if muxer == "avi" and writing.timing == "source":
        raise UsageError(
            f"{printable(output)}: AVI has no times of its own for frames, as --timing source "
            "wants; choose .mp4, .mov or .mkv"
        )
    fitting = [ending for ending, muxer in CONTAINERS.items() if (muxer, codec) not in _NOT_HELD]
    if muxer is None or (muxer, codec) in _NOT_HELD:
        raise UsageError(
            f"{printable(output)}: a video in {codec} needs a name ending in {', '.join(fitting)}"
        )


def check_encoder(codec: Codec) -> None:
    """Raise `OutputError`, with the codecs that work, if this machine lacks `codec`."""
    if not _works(codec):
        working = [other for other in get_args(Codec) if other != codec and _works(other)]
        raise OutputError(
            f"--codec {codec}: this machine has no encoder for it; those that work here: "
            f"{', '.join(working) or 'none'}"
        )


def find_encoder(codec: Codec) -> str | None:
    """Return the name of FFmpeg's encoder for a codec that PyAV encodes, if available."""
    import av
    from av.codec.codec import UnknownCodecError

    for name in ENCODERS[codec]:
        try:
            av.Codec(name, "w")
        except UnknownCodecError:
            continue
        return name
    return None


def _works(codec: Codec) -> bool:
    if codec in ENCODERS:
        return find_encoder(codec) is not None
    from .opencv import cv2

    # cv2.VideoWriter does not list its encoders: the only way is to open one.
    try:
        place = tempfile.TemporaryDirectory()
    except OSError as error:
        raise OutputError(
            f"--codec {codec}: cannot be written, no temporary folder can be made: "
            f"{printable(error)}; make room, or name a folder in TMPDIR"
        ) from error
    with place as folder:
        writer = cv2.VideoWriter(
            os.path.join(folder, "try.mkv"),
            cv2.CAP_FFMPEG,
            cv2.VideoWriter.fourcc(*FOURCCS[codec]),
            25.0,
            (64, 64),
        )
        works = bool(writer.isOpened())
        writer.release()
    return works
