"""From the part file to the container that was asked for, packet by packet, and the check."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container.core
import av.error

from ..errors import OutputError, printable
from ..files import write_error
from .codecs import CONTAINERS
from .colour import ColourTags

_LONG_BEGINNING = Fraction(1)
"""What comes before the first chapter is one of its own if it lasts so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A mark in a video, which players list and jump to."""

    begin: Fraction
    """Where it begins in the video, in seconds; it ends where the next one begins."""
    title: str


def remux(
    part: Path,
    final_part: Path,
    target: Path,
    *,
    timestamps: Iterable[int],
    unit: Fraction,
    tags: ColourTags | None,
    aspect: Fraction,
    chapters: Sequence[Chapter] = (),
    end: Fraction = Fraction(0),
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
    chapters
        Marks in the video, in their order; AVI drops them.
    end
        When the last chapter ends, in seconds.

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
            copy.set_chapters(_contiguous(chapters, end, unit))
            for packet in source.demux(stream):
                if not packet.size:
                    continue
                packet.stream = written
                packet.time_base = unit
                begin, until = next(spans)
                packet.pts = packet.dts = begin
                packet.duration = until - begin
                copy.mux(packet)
    except (av.error.FFmpegError, OSError) as error:
        final_part.unlink(missing_ok=True)
        raise write_error(target, error, part, needed=part.stat().st_size) from error


def _contiguous(
    chapters: Sequence[Chapter], end: Fraction, unit: Fraction
) -> "list[av.container.core.Chapter]":
    """Return chapters as PyAV takes them, from the start of the video to its end without a gap.

    MP4 has no gaps between them: it knows where chapters begin, and the first one does so at 0.
    """
    if not chapters:
        return []
    first, *rest = chapters
    if first.begin >= _LONG_BEGINNING:
        rest = [first, *rest]
        first = Chapter(begin=Fraction(0), title="Before the first event")
    begins = [Fraction(0), *(chapter.begin for chapter in rest), end]
    return [
        {
            "id": number,
            "start": round(begin / unit),
            "end": round(until / unit),
            "time_base": unit,
            "metadata": {"title": chapter.title},
        }
        for number, (chapter, (begin, until)) in enumerate(
            zip([first, *rest], itertools.pairwise(begins), strict=True), start=1
        )
    ]


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
