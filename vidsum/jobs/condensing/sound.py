"""Which parts of the condensed video have sound, or why it has none."""

import contextlib
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ...errors import InputError, UnsafeInputError
from ...frame import Frame
from ...options import Limits
from ...remote import InputPath
from ...report.entry import Entry
from ...video import CondensedVideo
from ...video.sound import Run, SoundTrack
from ...video.sound_source import count_channels

_MIN_RUN_SECONDS = Fraction(1, 2)
"""Runs that last fewer seconds are silent: nothing is intelligible in them."""

_MAX_DRIFT = Fraction(2, 100)
"""The lengths of a run in source and video may differ by this share, but at most by one frame."""


class Sound:
    """Finds which parts of the source the condensed video shows at full rate.

    Parameters
    ----------
    video
        The condensed video.
    paths
        All inputs.
    rate
        Frames per second of the source.
    limits
        The limits on the size of inputs.
    """

    def __init__(
        self, video: CondensedVideo, paths: Sequence[InputPath], rate: Fraction, limits: Limits
    ) -> None:
        self._video = video
        self._paths = paths
        self._frame = 1 / rate
        self._limits = limits
        self._runs: list[Run] = []
        self._last: Frame | None = None
        self._last_at = self._begin = self._begin_at = Fraction(0)
        """When the last frame is shown; when the run began, in its input and in the video."""
        self._following_since = self._longest = Fraction(0)
        self._track: SoundTrack | None = None
        self._why = ""

    @property
    def missing(self) -> str | None:
        """Why there is no sound; None if there is; known once the video is complete."""
        if self._track is None:
            return f"no sound: {self._why}"
        if self._track.heard:
            return None
        if self._track.fault_lines:
            return "no sound: that of the input cannot be decoded where frames are kept"
        return "no sound: the input has none where frames are kept"

    @property
    def fault_lines(self) -> tuple[str, ...]:
        """What was wrong with the sound, one line for each kind and input."""
        return () if self._track is None else self._track.fault_lines

    def add_frame(self, entry: Entry) -> None:
        """Take the next frame."""
        if entry.output is None:
            return
        frame, at = entry.frame, self._video.begin_of(entry.output)
        last = self._last
        follows = (
            last is not None and frame.source == last.source and frame.number == last.number + 1
        )
        if not follows:
            self._following_since = at
        self._longest = max(self._longest, at - self._following_since)
        drift = (at - self._begin_at) - (frame.source_time - self._begin)
        if not follows or abs(drift) > self._frame:
            self._finish_run(at)
            self._begin, self._begin_at = frame.source_time, at
        self._last, self._last_at = frame.without_picture(), at

    def track(self, end: Fraction, shifts: Mapping[int, Sequence[Fraction]]) -> SoundTrack | None:
        """Return the sound of the condensed video, which ends at `end` seconds; None for none.

        `shifts` are those of `Flow`.
        """
        self._finish_run(end)
        channels = 0
        for path in self._paths:
            with contextlib.suppress(InputError, UnsafeInputError):  # reported by the recording
                channels = max(channels, count_channels(path, self._limits))
        if not channels:
            self._why = "the input has no audio stream"
        elif self._runs:
            self._track = SoundTrack(
                self._paths,
                self._runs,
                end,
                channels,
                self._limits,
                shifts=shifts,
            )
        elif self._longest >= _MIN_RUN_SECONDS:
            self._why = (
                "the input has a variable frame rate and is shown at another speed; --timing "
                "source shows it at its own"
            )
        else:
            self._why = (
                "kept frames do not follow each other; --pad SECONDS or --timing speedup shows "
                "events at full rate"
            )
        return self._track

    def _finish_run(self, until: Fraction) -> None:
        """Add the run that ends with the last frame, which is shown until `until`."""
        last = self._last
        if last is None:
            return
        shown = self._last_at - self._begin_at
        drift = abs(shown - (last.source_time - self._begin))
        length = min(until - self._begin_at, last.source_time + last.duration - self._begin)
        if length >= _MIN_RUN_SECONDS and drift <= max(self._frame / 2, _MAX_DRIFT * shown):
            self._runs.append(
                Run(source=last.source, begin=self._begin, at=self._begin_at, length=length)
            )
