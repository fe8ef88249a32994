"""The condensed video: encoded in parallel with decoding, published only complete and checked."""

import contextlib
import itertools
import os
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from ..files import create_new, discard, part_path, publish, write_error
from ..frame import Frame, VideoInfo
from ..options import Writing
from .burn_in import stamp
from .codecs import CONTAINERS
from .colour import ColourTags
from .conform import even_size, upright_aspect
from .parts import Part, usable
from .remux import Chapter, remux, verify
from .sinks import Sink, open_sink
from .sound import SoundTrack

_MAX_WAITING_BYTES = 160_000_000
"""Kept pictures that may wait for the encoder, so that memory stays bounded. The encoder is slower
than the decoder; this is how long a burst of changes can be without slowing down the decoder."""

_MAX_WAITING_SECONDS = 1
"""At most this many seconds of the condensed video may wait, too: waiting frames are lost in a
crash."""

_TICKS = 2**31
"""In MP4, a picture lasts fewer ticks than this: at 1/90000 s, that is 6.6 hours. If nothing
changes for longer, times are stored in milliseconds, and from 24 days on in tenths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A condensed video that was not completed."""

    parts: tuple[Part, ...] = ()
    """Its part files, and the number of pictures handed over for each."""
    tags: ColourTags | None = None
    """How players are to interpret the colours, as far as known."""

    def usable_parts(self) -> tuple[Part, ...]:
        """Return the parts that hold its first pictures without a gap."""
        found: list[Part] = []
        for part in self.parts:
            whole = usable(part)
            if whole.pictures:
                found.append(whole)
            if whole.pictures < part.pictures:
                break
        return tuple(found)


class CondensedVideo:
    """Writes kept frames to a video file.

    Conversion and encoding run in a separate thread, in parallel with decoding. `complete` makes
    the final file, `publish` gives it its name; on leaving before that, the part file is kept if it
    holds any frame.

    Parameters
    ----------
    target
        The file to write; its extension determines the container.
    info
        The video that the frames come from.
    writing
        Codec, quality and timing.
    begun
        What an interrupted run has written; None for nothing.
    picture
        Adds the picture to frames that come without one.

    Raises
    ------
    OutputError
        From every method, once writing has failed.
    """

    def __init__(
        self,
        target: Path,
        info: VideoInfo,
        writing: Writing,
        *,
        begun: "Begun | None" = None,
        picture: Callable[[Frame], Frame] = lambda frame: frame,
    ) -> None:
        self.target = target
        self.part = part_path(target, ".mkv")
        self._ready = part_path(target, target.suffix)
        self.size = even_size(info)
        """Width and height of its pictures."""
        self.frames = 0
        self._begun = begun or Begun()
        self._old = self._begun.usable_parts()
        self._written = sum(part.pictures for part in self._old)
        """How many of its pictures an interrupted run has written."""
        self._picture = picture
        self._info = info
        self._writing = writing
        self._waiting: deque[Future[None]] = deque()
        room = _MAX_WAITING_BYTES // (info.width * info.height * 3 // 2)
        self._max_waiting = max(2, min(room, round(_MAX_WAITING_SECONDS * info.rate)))
        # Only these eight bytes per kept frame grow with the video.
        self._timestamps = array("q")
        self._first = 0
        """The first timestamp of the source, subtracted from all: players show nothing before 0,
        and some cameras count from 1970."""

    def __enter__(self) -> Self:
        try:
            create_new(self.part)
        except OSError as error:
            raise write_error(self.target, error) from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encode")
        try:
            self._sink: Sink = self._thread.submit(
                open_sink, self.target, self.part, self._info, self._writing
            ).result()
        except BaseException:
            self._thread.shutdown()
            discard(self.part)
            raise
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._close()
        except OSError:
            if error is None:
                raise
        finally:
            self._thread.shutdown()
            if self.frames <= self._written:
                discard(self.part)

    def write(self, frame: Frame) -> int:
        """Hand over a kept frame and return its number in the condensed video."""
        if self._writing.timing == "source":
            timestamp = round(frame.time / self._info.time_base)
            if not self._timestamps:
                self._first = timestamp
            timestamp -= self._first
            if self._timestamps and timestamp <= self._timestamps[-1]:
                timestamp = self._timestamps[-1] + 1
            self._timestamps.append(timestamp)
        self.frames += 1
        if self.frames <= self._written:
            return self.frames - 1
        native = self._picture(frame).native
        while len(self._waiting) >= self._max_waiting or (
            self._waiting and self._waiting[0].done()
        ):
            self._waiting.popleft().result()
        text = stamp(frame) if self._writing.burn_in else None
        self._waiting.append(self._thread.submit(self._sink.write, native, text))
        return self.frames - 1

    def complete(
        self,
        end: Fraction,
        chapters: Sequence[Chapter] = (),
        sound: SoundTrack | None = None,
        progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        """Make the final file, still under another name, and check it.

        Parameters
        ----------
        end
            When the last frame of the source ends, in seconds.
        chapters
            Marks in the condensed video.
        sound
            Its sound; None for silence.
        progress
            Called with the share of it, 0 to 1, that has been written to the file.
        """
        self._close()
        with contextlib.ExitStack() as resources:
            if sound is not None and not resources.enter_context(sound).heard:
                sound = None
            self._remux(end, chapters, sound, progress)
        try:
            verify(
                self._ready,
                self.frames,
                self.size,
                sound_end=None if sound is None else sound.end,
            )
        except OSError as error:
            discard(self._ready)
            raise write_error(self.target, None, self.part) from error
        try:
            # Also the files of an interrupted run that could not be continued.
            for path in {*(part.path for part in self._begun.parts), self.part}:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(self.target, error, self._ready) from error

    def _remux(
        self,
        end: Fraction,
        chapters: Sequence[Chapter],
        sound: SoundTrack | None,
        progress: Callable[[float], None],
    ) -> None:
        unit, timestamps = self._timeline(end)
        until = timestamps[-1] * unit
        remux(
            self._parts,
            self._ready,
            self.target,
            timestamps=timestamps,
            unit=unit,
            tags=self._tags,
            aspect=upright_aspect(self._info),
            chapters=chapters,
            end=until,
            sound=sound,
            progress=lambda time: progress(min(1.0, max(0.0, float(time / until)))),
        )

    @property
    def begun(self) -> "Begun":
        """Its current state for a run that resumes this one, should this one not complete."""
        with contextlib.suppress(OSError), self.part.open("rb") as file:
            os.fsync(file.fileno())
        return Begun(parts=self._parts, tags=self._tags)

    @property
    def leftovers(self) -> list[Path]:
        """Files that are useless to such a run."""
        used = {part.path for part in self._old}
        return [self._ready, *(part.path for part in self._begun.parts if part.path not in used)]

    @property
    def _parts(self) -> tuple[Part, ...]:
        new = Part(path=self.part, pictures=self.frames - self._written)
        return (*self._old, new) if new.pictures > 0 else self._old

    @property
    def _tags(self) -> ColourTags | None:
        return self._sink.tags or self._begun.tags

    def publish(self, *, force: bool) -> None:
        """Give the file its final name, replacing an existing one if `force` is set."""
        publish(self._ready, self.target, force=force)

    def begin_of(self, number: int) -> Fraction:
        """Return when picture `number`, which has been written, is first shown, in seconds."""
        if self._writing.timing != "source":
            return number / self._info.rate
        return self._timestamps[number] * self._info.time_base

    def end(self, end: Fraction) -> Fraction:
        """Return when the last picture ends, in seconds, if the source ends at `end`."""
        unit, timestamps = self._timeline(end)
        return timestamps[-1] * unit

    def _timeline(self, end: Fraction) -> tuple[Fraction, Sequence[int]]:
        """Return the unit of timestamps in seconds, when each picture begins and the last ends."""
        if self._writing.timing != "source":
            return 1 / self._info.rate, range(self.frames + 1)
        last = round(end / self._info.time_base) - self._first
        last = max(last, self._timestamps[-1] + 1)
        timestamps = array("q", (*self._timestamps, last))
        unit = self._info.time_base
        longest = max(later - earlier for earlier, later in itertools.pairwise(timestamps)) * unit
        is_mp4 = CONTAINERS[self.target.suffix.lower()] == "mp4"
        if not is_mp4 or longest * unit.denominator < _TICKS:
            return unit, timestamps
        coarse = Fraction(1, 1000 if longest * 1000 < _TICKS else 10)
        for index, timestamp in enumerate(timestamps):
            before = timestamps[index - 1] if index else -1
            timestamps[index] = max(round(timestamp * unit / coarse), before + 1)
        return coarse, timestamps

    def _close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._waiting.clear()
            self._thread.submit(self._sink.close).result()
