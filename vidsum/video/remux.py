"""From the part file to the container that was asked for, packet by packet, and the check."""

import itertools
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import av.error

from ..errors import OutputError, printable
from ..files import write_error
from .codecs import CONTAINERS
from .colour import ColourTags


def remux(
    part: Path,
    final_part: Path,
    target: Path,
    *,
    timestamps: Iterable[int],
    unit: Fraction,
    tags: ColourTags | None,
    aspect: Fraction,
) -> None:
    """Copy the packets of `part` into `final_part`, in the container that `target` names.

    Parameters
    ----------
    part
        Holds one packet a picture, in presentation order.
    final_part
        Is written.
    target
        Its ending chooses the container.
    timestamps
        Presentation times in `unit`, one a picture, and behind them when the last one ends.
    unit
        Unit of the timestamps in seconds.
    tags
        How players shall read the colours; None for as the part file says.
    aspect
        Width of a sample divided by its height.

    Raises
    ------
    OutputError
        If `final_part` can't be written; `part` stays.
    """
    spans = itertools.pairwise(timestamps)
    options = {"movflags": "+faststart"} if CONTAINERS[target.suffix.lower()] == "mp4" else {}
    try:
        with (
            av.open(f"file:{part.absolute()}", options={"protocol_whitelist": "file"}) as source,
            av.open(
                f"file:{final_part.absolute()}",
                "w",
                format=CONTAINERS[target.suffix.lower()],
                options=options,
            ) as copy,
        ):
            stream = source.streams.video[0]
            written = copy.add_stream_from_template(stream, opaque=True)
            written.time_base = unit
            written.codec_context.sample_aspect_ratio = aspect
            if tags is not None:
                written.codec_context.color_primaries = tags.primaries
                written.codec_context.color_trc = tags.transfer
                written.codec_context.colorspace = tags.matrix
            for packet in source.demux(stream):
                if not packet.size:
                    continue
                packet.stream = written
                packet.time_base = unit
                begin, end = next(spans)
                packet.pts = packet.dts = begin
                packet.duration = end - begin
                copy.mux(packet)
    except (av.error.FFmpegError, OSError) as error:
        final_part.unlink(missing_ok=True)
        raise write_error(target, error, part, needed=part.stat().st_size) from error


def verify(path: Path, frames: int, size: tuple[int, int]) -> None:
    """Check that a finished video has so many pictures of this size, the first one decodable.

    Raises
    ------
    OutputError
        If not.
    """
    try:
        with av.open(f"file:{path.absolute()}", options={"protocol_whitelist": "file"}) as video:
            stream = video.streams.video[0]
            found = sum(1 for packet in video.demux(stream) if packet.size)
            video.seek(0)
            first = next(video.decode(stream))
            found_size = (first.width, first.height)
    except (av.error.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise OutputError(f"{printable(path)}: the video cannot be read back ({error})") from error
    if (found, found_size) != (frames, size):
        raise OutputError(
            f"{printable(path)}: has {found} pictures of {found_size[0]}x{found_size[1]}, should "
            f"have {frames} of {size[0]}x{size[1]}"
        )
