"""A stream over the network, opened once."""

import contextlib
import dataclasses
import errno
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import av.container
import av.error
import av.stream
from av.video.stream import VideoStream

from ..errors import InputError
from ..frame import VideoInfo
from ..options.watching import Connecting
from .address import Address
from .decode import Packet, has_timestamps, prepare
from .live_clock import MICROSECOND
from .opening import check_limits, pick_stream
from .source import describe

_PROBING = 2.0
"""Seconds to probe a stream; half of the timeout if that is less."""

_FIRST_KEYFRAME = 60.0
"""Seconds that the first keyframe may take: cameras that save bandwidth send few."""


class NetworkStream:
    """The pictures of a stream as they arrive, from the first keyframe on.

    Parameters
    ----------
    address
        Its address.
    connecting
        How it is reached.

    Raises
    ------
    InputError
        On entering, if it can't be opened; while it is read, if it breaks off or stalls. The cause
        is not attached: FFmpeg's message contains the password.
    UnsafeInputError, UsageError
        On entering, if it is beyond a limit, or has no such stream.
    """

    def __init__(self, address: Address, connecting: Connecting) -> None:
        self.damaged_packets = self.damaged_frames = 0
        self._address = address
        self._connecting = connecting
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as resources:
            self._container = resources.enter_context(self._open())
            check_limits(self._container, self._connecting, self._address.shown)
            self._stream = self._pick()
            # Raw streams, such as many cameras' Motion JPEG, have times invented by FFmpeg.
            self._timed = has_timestamps(self._container)
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def describe(self, picture: av.VideoFrame) -> VideoInfo:
        """Return the properties of the stream, given one of its pictures."""
        stream = self._stream
        info = describe(Path(self._address.shown), stream, stream, picture, None)
        return dataclasses.replace(info, time_base=MICROSECOND)

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, Fraction | None]]:
        """Yield each picture with its presentation time in seconds, by the camera's clock."""
        unit = self._stream.time_base or Fraction(1)
        timeout = self._connecting.timeout
        last = time.monotonic()
        begun = False
        for packet in self._packets():
            begun = begun or packet is None or packet.is_keyframe
            for picture in self._decoded(packet) if begun else ():
                last = time.monotonic()
                timestamp = picture.pts if self._timed else None
                yield picture, None if timestamp is None else timestamp * unit
            patience = timeout if begun else max(timeout, _FIRST_KEYFRAME)
            if packet is not None and time.monotonic() - last > patience:
                what = "picture" if begun else "keyframe"
                raise InputError(f"{self._address.shown}: no {what} came for {patience:g} s")

    def _decoded(self, packet: Packet | None) -> list[av.VideoFrame]:
        """Return the pictures that a packet completes, or for None, those left in the decoder."""
        self.damaged_packets += packet is not None and packet.is_corrupt
        try:
            pictures = self._stream.decode(packet)
        except av.error.EOFError:  # it is empty
            return []
        except (av.error.FFmpegError, ValueError):
            self.damaged_packets += 1
            return []
        self.damaged_frames += sum(picture.is_corrupt for picture in pictures)
        return pictures

    def _open(self) -> av.container.InputContainer:
        address, timeout = self._address, self._connecting.timeout
        options = {
            "protocol_whitelist": address.protocols(self._connecting.transport),
            "format_whitelist": address.formats,
            "analyzeduration": str(round(min(_PROBING, timeout / 2) * 1e6)),
            "fpsprobesize": "2",
        }
        if address.by_rtsp:
            options |= {"rtsp_transport": self._connecting.transport}
        if address.scheme in ("http", "https"):
            # The user did not name any other host.
            options |= {"max_redirects": "0"}
        if address.scheme == "udp":
            options |= {"overrun_nonfatal": "1"}
        if self._connecting.ca_file is not None:
            options |= {"ca_file": str(self._connecting.ca_file), "tls_verify": "1"}
        try:
            return av.open(address.url, options=options, timeout=timeout, metadata_errors="replace")
        except (av.error.FFmpegError, ValueError, OSError) as error:
            raise self._failure(error) from None

    def _pick(self) -> VideoStream:
        """Choose the stream; the others are ignored, and don't hide that it stalls."""
        stream = pick_stream(self._container, self._connecting.reading, self._address.shown)
        for other in self._container.streams:
            if other.index != stream.index:
                other.discard = av.stream.Discard.all
        prepare(stream, at_once=True)
        return stream

    def _packets(self) -> Iterator[Packet | None]:
        """Yield packets to the end, then None for the pictures left in the decoder."""
        failure = None
        asked = time.monotonic()
        stalled = False
        try:
            for packet in self._container.demux(self._stream):
                # Some demuxers take an aborted read for the end, and return what they have.
                stalled = time.monotonic() - asked >= self._connecting.timeout
                if packet.size:
                    yield packet
                if stalled:
                    break
                asked = time.monotonic()
            if stalled or time.monotonic() - asked >= self._connecting.timeout:
                failure = self._failure(TimeoutError())
        except (av.error.FFmpegError, OSError, IndexError) as error:
            failure = self._failure(error)
        yield None
        if failure is not None:
            raise failure

    def _failure(self, error: Exception) -> InputError:
        return InputError(f"{self._address.shown}: {self._why(error)}")

    def _why(self, error: Exception) -> str:
        match error:
            case av.error.HTTPUnauthorizedError():
                return "the server wants another user or password (401)"
            case av.error.HTTPForbiddenError():
                return "the server forbids it (403)"
            case av.error.HTTPNotFoundError():
                return "the server knows nothing of that name (404)"
            case av.error.ExitError() | TimeoutError():
                return f"nothing came for {self._connecting.timeout:g} s"
            case av.error.ConnectionRefusedError():
                return "nobody listens there"
            case av.error.InvalidDataError() | av.error.ArgumentError():
                return "no video that vidsum reads; playlists such as HLS are not opened"
            case av.error.EOFError():
                return "the server hung up"
            case OSError(errno=errno.EIO) if self._connecting.ca_file is not None:
                return "cannot be reached, or its certificate is not by one of --ca-file"
            case OSError(errno=errno.EIO):
                return "cannot be reached, or is no video; is the name of the host right?"
        # Only FFmpeg's general text: the full message contains the address.
        return getattr(error, "strerror", None) or type(error).__name__
