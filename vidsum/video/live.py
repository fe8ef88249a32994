"""A camera that never stops: its pictures as they arrive, across reconnections."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, Self, TypeAlias

import av

from ..errors import InputError, VidsumError
from ..frame import Frame, VideoInfo
from .backlog import Backlog
from .live_clock import MICROSECOND, StreamClock
from .luma import luma_of

MAX_WAITING_BYTES = 200_000_000
"""Total size of the pictures that may wait to be decided."""

_MAX_WAITING_SECONDS = 10
"""Older pictures are not worth waiting for: an alarm would come too late."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Seconds between two attempts to connect: they double from the first to the longest."""

_JOIN_SECONDS = 1.0
"""Seconds to wait at the end for the thread, which may be inside a read and ends with it."""


class Stream(Protocol):
    """One connection to a camera."""

    damaged_packets: int
    damaged_frames: int

    def describe(self, picture: av.VideoFrame) -> VideoInfo:
        """Return the properties of the stream, given one of its pictures."""

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, Fraction | None]]: ...


Opener: TypeAlias = Callable[[], AbstractContextManager[Stream]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """A picture that has arrived. The counts start at the beginning of the run."""

    frame: Frame
    """Its number counts all arrived frames; its time is that of the monotonic clock, in seconds."""
    info: VideoInfo
    utc_ahead: Fraction
    """Seconds by which UTC was ahead of the monotonic clock when it arrived."""
    arrived: float
    """When it arrived, by the monotonic clock, in seconds."""
    connections: int
    damaged_packets: int
    damaged_frames: int
    jumps: int
    """How often timestamps restarted within a connection."""


class Live:
    """Reads a camera in a separate thread, and reconnects whenever it is lost.

    Pictures that are not taken in time are dropped, the oldest ones first: reading never waits.
    Entering starts the thread; leaving asks it to end.

    Parameters
    ----------
    name
        The camera, as it may be shown.
    open_stream
        Makes one connection.
    tell
        Called with a line, from the thread, when the camera is lost or back again.
    """

    def __init__(self, name: str, open_stream: Opener, tell: Callable[[str], None]) -> None:
        self.connected = False
        """Whether pictures are arriving."""
        self.connections = 0
        """How often they began to arrive."""
        self._name = name
        self._open_stream = open_stream
        self._tell = tell
        self._backlog: Backlog[Arrival] = Backlog()
        self._stopping = threading.Event()
        self._clock = StreamClock()
        self._numbers = 0
        self._damaged_packets = self._damaged_frames = 0
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join(_JOIN_SECONDS)

    def get(self, seconds: float) -> Arrival | None:
        """Return the next picture, or None if none arrives within this many seconds.

        Raises
        ------
        VidsumError
            If even the first connection gave no picture.
        """
        return self._backlog.get(seconds)

    def _run(self) -> None:
        try:
            self._read_for_ever()
        except Exception as error:
            self._backlog.fail(error)

    def _read_for_ever(self) -> None:
        pause = _FIRST_PAUSE
        lost: float | None = None
        while not self._stopping.is_set():
            before = self.connections
            try:
                self._read_once(lost)
                why = f"{self._name}: the stream has ended"
            except VidsumError as error:
                if not self.connections:
                    raise
                why = str(error)  # the error would keep the connection and its pictures alive
            self.connected = False
            if self._stopping.is_set():
                return
            if self.connections > before or lost is None:
                lost, pause = time.monotonic(), _FIRST_PAUSE
                self._tell(f"{why}; connecting again until it is there")
            # Cameras that were lost together must not all reconnect at the same time.
            self._stopping.wait(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _read_once(self, lost: float | None) -> None:
        """Read until the connection ends; `lost` is when the previous one did."""
        self._clock.reconnect()
        first = True
        info: VideoInfo | None = None
        with self._open_stream() as stream:
            packets, frames = self._damaged_packets, self._damaged_frames
            for picture, timestamp in stream:
                arrived = time.monotonic_ns()
                if self._stopping.is_set():
                    return
                if first:
                    first = False
                    self.connected = True
                    self.connections += 1
                    if lost is not None:
                        self._tell(f"{self._name}: there again after {arrived / 1e9 - lost:.1f} s")
                if info is None or _shape(picture) != (info.width, info.height, info.pixel_format):
                    info = stream.describe(picture)
                self._damaged_packets = packets + stream.damaged_packets
                self._damaged_frames = frames + stream.damaged_frames
                self._backlog.put(self._arrival(picture, timestamp, info, arrived), _room(info))
        if first:
            raise InputError(f"{self._name}: the stream ended before a picture came")

    def _arrival(
        self,
        picture: av.VideoFrame,
        timestamp: Fraction | None,
        info: VideoInfo,
        arrived: int,
    ) -> Arrival:
        number, self._numbers = self._numbers, self._numbers + 1
        return Arrival(
            frame=Frame(
                number=number,
                time=self._clock.time(timestamp, arrived // 1000) * MICROSECOND,
                duration=1 / info.rate,
                luma=luma_of(picture),
                native=picture,
            ),
            info=info,
            utc_ahead=(time.time_ns() - time.monotonic_ns()) // 1000 * MICROSECOND,
            arrived=arrived / 1e9,
            connections=self.connections,
            damaged_packets=self._damaged_packets,
            damaged_frames=self._damaged_frames,
            jumps=self._clock.jumps,
        )


def _shape(picture: av.VideoFrame) -> tuple[int, int, str]:
    return picture.width, picture.height, picture.format.name


def _room(info: VideoInfo) -> int:
    """Return how many pictures may wait."""
    by_size = MAX_WAITING_BYTES // (info.width * info.height * 3 // 2)
    return max(2, min(by_size, round(_MAX_WAITING_SECONDS * info.rate)))
