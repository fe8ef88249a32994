"""From the part file to the requested container, packet by packet, and the final check."""

import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import av
import av.container.core
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from ..errors import OutputError, printable
from ..files import create_new, discard, write_error
from .codecs import CONTAINERS
from .colour import ColourTags
from .parts import Part, check_alike
from .sound import SoundTrack

if TYPE_CHECKING:
    Packet: TypeAlias = av.Packet[Any]
else:  # generic only in PyAV's stubs
    Packet = av.Packet

_LONG_BEGINNING = Fraction(1)
"""The part before the first chapter gets its own chapter if it lasts this many seconds."""

_SOUND_OFF = Fraction(1, 5)
"""Sound may end this many seconds away from the last picture: encoders fill their last packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A mark in a video, which players list and jump to."""

    begin: Fraction
    """Where it begins in the video, in seconds; it ends where the next one begins."""
    title: str


def remux(
    parts: Sequence[Part],
    final_part: Path,
    target: Path,
    *,
    timestamps: Iterable[int],
    unit: Fraction,
    tags: ColourTags | None,
    aspect: Fraction,
    chapters: Sequence[Chapter] = (),
    end: Fraction = Fraction(0),
    sound: SoundTrack | None = None,
    progress: Callable[[Fraction], None] = lambda time: None,
) -> None:
    """Copy the packets of `parts` into `final_part`, in the container that `target` names.

    Parameters
    ----------
    parts
        Each has one packet per picture, in presentation order, beginning with a keyframe.
    final_part
        The file to write.
    target
        Its extension determines the container.
    timestamps
        Presentation times in `unit`, one per picture, followed by the end of the last one.
    unit
        Unit of the timestamps in seconds.
    tags
        How players are to interpret the colours; None to keep the part file's tags.
    aspect
        Width of a sample divided by its height.
    chapters
        Marks in the video, in order; AVI drops them.
    end
        When the last chapter ends, in seconds.
    sound
        Its sound, encoded on the way; None for silence.
    progress
        Called with the time, in seconds, up to which the video has been written.

    Raises
    ------
    OutputError
        If `final_part` can't be written, or the parts can't be joined; `parts` are kept.
    """
    options = {}
    if CONTAINERS[target.suffix.lower()] == "mp4":
        options["movflags"] = "+faststart"
        # By default, FFmpeg takes finer ticks, and a picture may last too many of them.
        options["video_track_timescale"] = str(unit.denominator)
    try:
        create_new(final_part)
        with contextlib.ExitStack() as resources:
            sources = [resources.enter_context(_opened(part.path)) for part in parts]
            copy = resources.enter_context(
                av.open(
                    f"file:{final_part.absolute()}",
                    "w",
                    format=CONTAINERS[target.suffix.lower()],
                    options=options,
                )
            )
            stream = sources[0].streams.video[0]
            for part, source in zip(parts, sources, strict=True):
                check_alike(stream, source.streams.video[0], part.path)
            written = copy.add_stream_from_template(stream, opaque=True)
            written.time_base = unit
            written.codec_context.sample_aspect_ratio = aspect
            if tags is not None:
                written.codec_context.color_primaries = tags.primaries
                written.codec_context.color_trc = tags.transfer
                written.codec_context.colorspace = tags.matrix
            copy.set_chapters(_contiguous(chapters, end, unit))
            packets = itertools.chain.from_iterable(map(_packets, parts, sources))
            streams = [_timed(packets, written, timestamps, unit)]
            if sound is not None:
                streams.append(sound.packets(copy, sound.open_stream(copy)))
            # In order of time, so that players find both close to each other.
            for packet in heapq.merge(*streams, key=_decoding_time):
                time = _decoding_time(packet)
                copy.mux(packet)
                progress(time)
    except OutputError:
        discard(final_part)
        raise
    except (av.error.FFmpegError, OSError) as error:
        discard(final_part)
        found = [part.path for part in parts if part.path.exists()]
        needed = sum(path.stat().st_size for path in found) or None
        raise write_error(target, error, parts[-1].path, needed=needed) from error


def _opened(path: Path) -> InputContainer:
    return av.open(f"file:{path.absolute()}", options={"protocol_whitelist": "file"})


def _packets(part: Part, source: InputContainer) -> Iterator[Packet]:
    """Yield one packet for each picture of a part."""
    filled = (packet for packet in source.demux(source.streams.video[0]) if packet.size)
    return itertools.islice(filled, part.pictures)


def _timed(
    packets: Iterable[Packet], stream: VideoStream, timestamps: Iterable[int], unit: Fraction
) -> Iterator[Packet]:
    """Yield packets as those of `stream`, with these times."""
    for packet, (begin, until) in zip(packets, itertools.pairwise(timestamps), strict=False):
        packet.stream = stream
        packet.time_base = unit
        packet.pts = packet.dts = begin
        packet.duration = until - begin
        yield packet


def _decoding_time(packet: Packet) -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _contiguous(
    chapters: Sequence[Chapter], end: Fraction, unit: Fraction
) -> "list[av.container.core.Chapter]":
    """Return chapters for PyAV, from the start of the video to its end without gaps.

    MP4 has no gaps between chapters: it stores where they begin, the first one at 0.
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


def verify(
    path: Path, frames: int, size: tuple[int, int], *, sound_end: Fraction | None = None
) -> None:
    """Check that a finished video has this many pictures of this size, and that the first decodes.

    Parameters
    ----------
    path
        The video.
    frames, size
        How many pictures it should have, and their width and height.
    sound_end
        When its sound should end, in seconds; None for a video without sound.

    Raises
    ------
    OutputError
        If it fails.
    """
    try:
        with av.open(f"file:{path.absolute()}", options={"protocol_whitelist": "file"}) as video:
            stream = video.streams.video[0]
            found, heard_until = 0, None
            for packet in video.demux(stream, *video.streams.audio):
                if packet.size and packet.stream.type == "video":
                    found += 1
                elif packet.size:
                    length = (packet.duration or 0) * packet.time_base
                    heard_until = _decoding_time(packet) + length
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
    if sound_end is not None and (heard_until is None or abs(heard_until - sound_end) > _SOUND_OFF):
        ends = "no sound" if heard_until is None else f"sound until {float(heard_until):.3f} s"
        raise OutputError(
            f"{printable(path)}: has {ends}, should have it until {float(sound_end):.3f} s"
        )
