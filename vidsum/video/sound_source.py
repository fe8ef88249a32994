"""The sound of one input: any part of it as samples, past damage."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Self, TypeAlias, cast

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from ..options import Limits
from ..remote import InputPath
from .clock import RESET
from .decode import packets
from .faults import FaultKind, FaultLog
from .opening import open_input

SAMPLE_RATE = 48_000
"""Samples per second of all sound here; all encoders in use support it."""

Samples: TypeAlias = NDArray[np.float32]
"""Sound from -1 to 1, shape (channels, samples)."""

_LEAD_SECONDS = (Fraction(1), Fraction(10), Fraction(60))
"""How many seconds before a part its sound is sought, tried in turn: it may be stored before the
keyframe of its picture, and decoders need a little to settle."""

_MAX_SLIP = Fraction(40, 1000)
"""Timestamps may be this many seconds off the sample count: they are rounded, and in recordings
from a network they jitter. (EBU R37 lets sound be 40 ms early, 60 ms late.)"""

_NEVER = Fraction(10**12)
"""A time in seconds that no timestamp reaches."""


class SoundSource:
    """The sound of one file: its default audio stream; entering opens it.

    Parameters
    ----------
    path
        The file.
    layout
        The channels to produce: mono or stereo.
    limits
        The limits on the size of the file.
    shifts
        How many seconds the requested times are ahead of the timestamps, which restart: from the
        beginning of the file, from the first restart, and so on. Such a file is read once, in
        order: it can't be searched by timestamps. Empty if they never restart.

    Raises
    ------
    InputError, UnsafeInputError
        On entering, if it can no longer be opened.
    """

    def __init__(
        self, path: InputPath, layout: str, limits: Limits, shifts: Sequence[Fraction] = ()
    ) -> None:
        self.faults = FaultLog()
        """What was wrong with the sound so far."""
        self._path = path
        self._layout = layout
        self._limits = limits
        self._shifts = shifts
        self._ended: Fraction | None = None
        """When its last sound began, once that has been read."""
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._container = self._resources.enter_context(open_input(self._path, self._limits))
        self._stream = _pick_sound(self._container)
        self._in_order = self._shifted()
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def samples(self, begin: int, end: int) -> Iterator[tuple[int, Samples]]:
        """Yield blocks of sound, each with the position of its first sample; none for silence.

        Parameters
        ----------
        begin, end
            The part, in samples on the clock of the input; none may begin before the previous one.
        """
        free = begin
        for at, block in self._blocks(Fraction(begin, SAMPLE_RATE), Fraction(end, SAMPLE_RATE)):
            skip = max(0, free - at)
            if skip and free > begin:
                skip += 1  # timestamps step back: a gap of one sample marks the joint
            kept = block[:, skip : max(0, end - at)]
            if kept.size:
                yield at + skip, kept
                free = at + skip + kept.shape[1]

    def _blocks(self, begin: Fraction, end: Fraction) -> Iterator[tuple[int, Samples]]:
        """Yield the decoded sound between two times, with positions on the clock of the input."""
        if self._stream is None:
            return
        found = self._next(begin, end) if self._shifts else self._sought(begin, end)
        stretches = itertools.groupby(_stretches(found), lambda pair: pair[0])
        for (_, time), pairs in stretches:
            at = round(time * SAMPLE_RATE)
            for block in self._resampled(frame for _, frame in pairs):
                yield at, block
                at += block.shape[1]

    def _sought(self, begin: Fraction, end: Fraction) -> Iterator[tuple[Fraction, AudioFrame]]:
        """Yield each frame with its time from `begin` on, or a little before."""
        if self._ended is None or self._ended >= begin:
            self._seek(begin)
            yield from self._decoded(begin, end)

    def _next(self, begin: Fraction, end: Fraction) -> Iterator[tuple[Fraction, AudioFrame]]:
        """Yield each frame with its time as `_sought` does, without seeking."""
        for time, frame in self._in_order:
            if time >= end:
                self._in_order = itertools.chain([(time, frame)], self._in_order)
                return
            if time >= begin - _LEAD_SECONDS[0]:
                yield time, frame

    def _shifted(self) -> Iterator[tuple[Fraction, AudioFrame]]:
        """Yield each frame of a file whose timestamps restart, with its time."""
        shifts = iter(self._shifts)
        shift = next(shifts, Fraction(0))
        last: Fraction | None = None
        for stamp, frame in self._decoded(-_NEVER, _NEVER):
            if last is not None and last - stamp > RESET:
                shift = next(shifts, shift)
            last = stamp
            yield stamp + shift, frame

    def _decoded(self, begin: Fraction, end: Fraction) -> Iterator[tuple[Fraction, AudioFrame]]:
        """Yield each frame from here on with its timestamp, from a little before `begin` on."""
        assert self._stream is not None
        time = begin
        following: Fraction | None = None
        for packet in packets(self._container, cast(Any, self._stream), self.faults):
            if packet is not None:
                time = _time(packet, time)
                if time < begin - _LEAD_SECONDS[0]:
                    continue
            try:
                frames = self._stream.decode(cast(Any, packet))
            except (av.error.FFmpegError, ValueError):
                # A frame before the part is not counted; at the end the decoder may be empty.
                if packet is not None and begin <= time < end:
                    self.faults.add(FaultKind.DAMAGED_PACKET, time)
                continue
            for frame in frames:
                if frame.pts is not None and frame.time_base is not None:
                    following = frame.pts * frame.time_base
                if following is None:
                    continue
                if following >= end:
                    return
                yield following, frame
                following += Fraction(frame.samples, frame.sample_rate)
        self._ended = time

    def _seek(self, begin: Fraction) -> None:
        """Seek to before `begin`; in MPEG streams a seek may land after its target."""
        start = Fraction(self._container.start_time or 0, av.time_base)
        for lead in _LEAD_SECONDS:
            aim = round(max(begin - lead, start) * av.time_base)
            with contextlib.suppress(av.error.FFmpegError):
                self._container.seek(aim)
            found = next(packets(self._container, cast(Any, self._stream), FaultLog()), None)
            with contextlib.suppress(av.error.FFmpegError):
                self._container.seek(aim)
            if found is not None and _time(found, begin) <= begin:
                return

    def _resampled(self, frames: Iterable[AudioFrame]) -> Iterator[Samples]:
        """Yield consecutive frames of one format as resampled blocks, to the last sample."""
        resampler = av.AudioResampler("fltp", self._layout, SAMPLE_RATE)
        for frame in itertools.chain(frames, [None]):
            try:
                converted = resampler.resample(frame)
            except (av.error.FFmpegError, ValueError):
                self.faults.add(FaultKind.DAMAGED_PACKET, None)
                return
            for result in converted:
                if result is not None:  # what needs no resampling leaves nothing behind
                    yield cast(Samples, result.to_ndarray())


def count_channels(path: InputPath, limits: Limits) -> int:
    """Return how many channels the sound of a file has, 0 if it has none.

    Raises
    ------
    InputError, UnsafeInputError
        If it can no longer be opened.
    """
    with open_input(path, limits) as container:
        if not container.streams.audio:
            return 0
        stream = _pick_sound(container)
        return 2 if stream is None else max(1, stream.codec_context.channels)


def _pick_sound(container: InputContainer) -> AudioStream | None:
    """Return the default audio stream; None if there is none that can be decoded."""
    best = container.streams.best("audio")
    for stream in (best, *container.streams.audio):
        if isinstance(stream, AudioStream) and stream.codec_context is not None:
            return stream
    return None


def _stretches(
    timed: Iterable[tuple[Fraction, AudioFrame]],
) -> Iterator[tuple[tuple[int, Fraction], AudioFrame]]:
    """Yield frames with the number and the start of the gapless run that they belong to.

    Within a run samples are counted: timestamps of frames are too coarse to join them.
    """
    number = 0
    begin = following = Fraction(0)
    form: tuple[str, str, int] | None = None
    for time, frame in timed:
        its_form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != its_form or abs(time - following) > _MAX_SLIP:
            number, begin, following, form = number + 1, time, time, its_form
        following += Fraction(frame.samples, frame.sample_rate)
        yield (number, begin), frame


def _time(packet: "av.Packet[Any]", otherwise: Fraction) -> Fraction:
    timestamp = packet.dts if packet.pts is None else packet.pts
    return otherwise if timestamp is None else timestamp * packet.time_base
