"""The sound of a condensed video: the source's, wherever it is shown at full rate."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer

from ..errors import InputError, OutputError, UnsafeInputError, printable
from ..options import Limits
from ..remote import InputPath
from .codecs import CONTAINERS
from .sound_source import SAMPLE_RATE, Samples, SoundSource

_ENCODERS = {
    "mp4": ("aac",),
    "mov": ("aac",),
    "matroska": ("aac",),
    "webm": ("libopus",),
    "avi": ("libmp3lame", "ac3"),
}
"""FFmpeg's audio encoders for each of its muxers, in order of preference."""

_BITS_PER_CHANNEL = 96_000
"""Bits per second: plenty for speech, enough for music, with each of the encoders."""

_FADE_SAMPLES = round(0.008 * SAMPLE_RATE)
"""Samples over which sound is faded at a joint: too short to be noticed, but prevents clicks."""

_MAX_BLOCK_SAMPLES = 4096
"""The most samples of silence that are encoded at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Frames that follow each other both in an input and in the condensed video."""

    source: int
    """Which input, from 0."""
    begin: Fraction
    """When it begins, on the clock of the input, in seconds."""
    at: Fraction
    """When it begins in the condensed video."""
    length: Fraction
    """How long it lasts in both, in seconds."""


class SoundTrack:
    """The sound of runs at their places, silence elsewhere; entering finds its beginning.

    Damaged parts are silent, and counted.

    Parameters
    ----------
    paths
        All inputs.
    runs
        What is to be heard, in order.
    end
        When the condensed video ends, in seconds.
    channels
        How many channels the inputs have; more than two are mixed down to two.
    limits
        The limits on the size of inputs.
    shifts
        For inputs whose timestamps restart, how far times are ahead of them, as for `SoundSource`.
    """

    heard: bool
    """Whether there is any sound at all; set on entering."""

    def __init__(
        self,
        paths: Sequence[InputPath],
        runs: Sequence[Run],
        end: Fraction,
        channels: int,
        limits: Limits,
        *,
        shifts: Mapping[int, Sequence[Fraction]],
    ) -> None:
        self.layout = "mono" if channels == 1 else "stereo"
        self.end = end
        self._paths = paths
        self._runs = runs
        self._limits = limits
        self._shifts = shifts
        self._faults: dict[int, list[str]] = {}
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._found = self._placed()
        first = next(self._found, None)
        self.heard = first is not None
        if first is not None:
            self._found = itertools.chain([first], self._found)
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    @property
    def fault_lines(self) -> tuple[str, ...]:
        """What was wrong with the sound so far, a line for each kind and input."""
        return tuple(line for lines in self._faults.values() for line in lines)

    def open_stream(self, container: OutputContainer) -> AudioStream:
        """Add an audio stream to `container`."""
        name = _find_encoder(container.format.name)
        assert name is not None
        stream = container.add_stream(name, rate=SAMPLE_RATE, layout=self.layout)
        assert isinstance(stream, AudioStream)
        stream.bit_rate = _BITS_PER_CHANNEL * stream.codec_context.channels
        return stream

    def packets(
        self, container: OutputContainer, stream: AudioStream
    ) -> "Iterator[av.Packet[Any]]":
        """Encode all of it for `stream`, and yield the packets in order.

        A decoder returns samples with the encoder's delay, which other containers tell it to trim.
        For AVI, which can't, as many samples are left out here.
        """
        at = 0
        skip = _delay(stream) if container.format.name == "avi" else 0
        for block in self._blocks():
            kept = block[:, max(0, skip - at) :]
            if kept.size:
                samples = np.ascontiguousarray(np.clip(kept, -1, 1))
                frame = av.AudioFrame.from_ndarray(samples, "fltp", self.layout)
                frame.sample_rate = SAMPLE_RATE
                frame.time_base = Fraction(1, SAMPLE_RATE)
                frame.pts = at + block.shape[1] - kept.shape[1]
                yield from stream.encode(frame)
            at += block.shape[1]
        yield from stream.encode(None)

    def _blocks(self) -> Iterator[Samples]:
        """Yield the whole sound without gaps."""
        channels = 1 if self.layout == "mono" else 2
        silence = np.zeros((channels, _MAX_BLOCK_SAMPLES), np.float32)
        at, end = 0, round(self.end * SAMPLE_RATE)
        for begin, block in itertools.chain(self._found, [(end, silence[:, :0])]):
            for place in range(at, begin, _MAX_BLOCK_SAMPLES):
                yield silence[:, : begin - place]
            yield block
            at = begin + block.shape[1]

    def _placed(self) -> Iterator[tuple[int, Samples]]:
        """Yield the parts with sound, with their position in the condensed video in samples."""
        for source, runs in itertools.groupby(self._runs, lambda run: run.source):
            name = printable(self._paths[source])
            shifts = self._shifts.get(source, ())
            sound = SoundSource(self._paths[source], self.layout, self._limits, shifts)
            try:
                self._resources.enter_context(sound)
            except (InputError, UnsafeInputError) as error:
                self._faults[source] = [str(error)]
                continue
            for run in runs:
                at, until = (round(time * SAMPLE_RATE) for time in (run.at, run.at + run.length))
                begin = round(run.begin * SAMPLE_RATE)
                for place, block in _faded(sound.samples(begin, begin + until - at)):
                    yield at + place - begin, block
                self._faults[source] = [f"{name}: sound: {fault}" for fault in sound.faults]
            self._resources.close()


def check_sound(output: Path) -> None:
    """Raise `OutputError` if this machine lacks an audio encoder for `output`."""
    muxer = CONTAINERS[output.suffix.lower()]
    if _find_encoder(muxer) is None:
        working = [ending for ending, other in CONTAINERS.items() if _find_encoder(other)]
        raise OutputError(
            f"--audio cut: this machine has no {' or '.join(_ENCODERS[muxer])} for the sound of "
            f"{printable(output)}; endings that work here: {', '.join(working) or 'none'}"
        )


def _find_encoder(muxer: str) -> str | None:
    """Return the name of FFmpeg's audio encoder for a muxer, if available."""
    for name in _ENCODERS[muxer]:
        with contextlib.suppress(UnknownCodecError):
            return av.Codec(name, "w").name
    return None


def _delay(stream: AudioStream) -> int:
    """Return the delay in samples of the encoder of `stream`, as seen after decoding."""
    context = av.AudioCodecContext.create(stream.codec_context.name, "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = SAMPLE_RATE
    context.layout = stream.layout
    context.format = stream.format
    silence = np.zeros((len(stream.layout.channels), SAMPLE_RATE // 2), np.float32)
    frame = av.AudioFrame.from_ndarray(silence, "fltp", stream.layout.name)
    frame.sample_rate = SAMPLE_RATE
    frame.time_base = Fraction(1, SAMPLE_RATE)
    frame.pts = 0
    return -(context.encode(frame)[0].pts or 0)


def _faded(blocks: Iterable[tuple[int, Samples]]) -> Iterator[tuple[int, Samples]]:
    """Fade sound in and out at the beginning, at the end, and at gaps."""
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(_FADE_SAMPLES) + 0.5) / _FADE_SAMPLES)).astype(
        np.float32
    )
    begin = 0
    held: Samples | None = None
    fresh = True
    for at, block in blocks:
        if held is not None and at == begin + held.shape[1]:
            held = np.concatenate([held, block], axis=1)
        else:
            if held is not None:
                yield begin, _shaped(held, ramp, fade_in=fresh)
            begin, held, fresh = at, block, True
        # The last samples are held back: what follows decides whether they are faded out.
        ready = held.shape[1] - _FADE_SAMPLES
        if ready >= _FADE_SAMPLES:
            yield begin, _shaped(held[:, :ready], ramp, fade_in=fresh, fade_out=False)
            begin, held, fresh = begin + ready, held[:, ready:], False
    if held is not None:
        yield begin, _shaped(held, ramp, fade_in=fresh)


def _shaped(samples: Samples, ramp: Samples, *, fade_in: bool, fade_out: bool = True) -> Samples:
    samples = samples.copy()
    length = min(samples.shape[1], len(ramp))
    if fade_in:
        samples[:, :length] *= ramp[:length]
    if fade_out:
        samples[:, samples.shape[1] - length :] *= ramp[:length][::-1]
    return samples
