"""Cameras on the loopback: servers that send a small video at its own pace, or misbehave."""

import contextlib
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from conftest import picture

from vidsum.frame import VideoInfo
from vidsum.video import live

RATE = 25


def scene(number: int, size: tuple[int, int] = (160, 120), *, busy: range = range(0)) -> np.ndarray:
    """Return the luma of a picture of an empty room, or one with somebody in it who moves."""
    width, height = size
    luma = np.add.outer(np.linspace(60, 120, height), np.linspace(0, 60, width)).astype(np.uint8)
    if number in busy:
        left = 16 + 4 * (number % 16)
        luma[height // 4 : 3 * height // 4, left : left + 24] = 230
    return luma


def transport_stream(pictures: Iterable[np.ndarray]) -> list[bytes]:
    """Return MPEG-TS of a video, in a piece for each picture, a keyframe every half second."""
    pieces: list[bytes] = []
    memory = io.BytesIO()
    with av.open(memory, "w", format="mpegts") as file:
        stream = None
        for number, luma in enumerate(pictures):
            if stream is None:
                options = {"preset": "ultrafast", "tune": "zerolatency", "g": "12"}
                stream = file.add_stream("libx264", rate=RATE, options=options)
                stream.height, stream.width = luma.shape
                stream.pix_fmt = "yuv420p"
            frame = picture(luma)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            file.mux(stream.encode(frame))
            pieces.append(memory.getvalue())
            memory.seek(0)
            memory.truncate()
        file.mux(stream.encode(None))
    return [*pieces[:-1], pieces[-1] + memory.getvalue()]


@dataclass(frozen=True)
class Visit:
    """What one client gets: these pieces at the pace of the video, and then the end or silence."""

    pieces: list[bytes]
    stall: float = 0.0
    """Seconds for which the connection stays open and silent."""
    pace: float = 1 / RATE
    """Seconds from one piece to the next."""


_VIDEO = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n"


class CameraServer:
    """Serves one client after another by TCP, or HTTP, until its visits are used up.

    Then it takes no more, and `over` is set.
    """

    def __init__(
        self,
        visits: Iterable[Visit],
        *,
        http: bool = False,
        password: str = "",
        reply: bytes = _VIDEO,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.over = threading.Event()
        self.requests: list[bytes] = []
        self._visits = list(visits)
        self._http = http
        self._password = password
        self._reply = reply
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "CameraServer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    @property
    def address(self) -> str:
        if not self._http:
            return f"tcp://127.0.0.1:{self.port}"
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/live"

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # nobody waits for the rest of the visits
            for visit in self._visits:
                while not self._serve(visit):
                    pass
        self.over.set()
        self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self, visit: Visit) -> bool:
        """Return whether the next client is one that got this visit."""
        client, _ = self._socket.accept()
        greeted = not self._http
        with contextlib.suppress(OSError), self._secured(client) as secured:
            greeted = greeted or self._greet(secured)
            if greeted:
                self._play(secured, visit)
        return greeted

    def _secured(self, client: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(client, server_side=True) if self._tls else client

    def _greet(self, client: socket.socket) -> bool:
        request = b""
        while b"\r\n\r\n" not in request:
            if not (received := client.recv(4096)):
                return False
            request += received
        self.requests.append(request)
        if self._password and self._password.encode() not in request:
            client.sendall(
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=camera\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return False
        client.sendall(self._reply)
        return True

    def _play(self, client: socket.socket, visit: Visit) -> None:
        begun = time.monotonic()
        for number, piece in enumerate(visit.pieces):
            client.sendall(piece)
            time.sleep(max(0.0, begun + (number + 1) * visit.pace - time.monotonic()))
        if visit.stall:
            client.settimeout(visit.stall)
            client.recv(1)


def stop_when(monkeypatch, is_over: Callable[[], bool]) -> Callable[[], bool]:
    """Return what asks for the end once `is_over` holds, and all that had come has been taken."""
    get = live.Live.get
    taken = threading.Event()

    def asked(self, seconds):
        was_over = is_over()
        arrival = get(self, seconds)
        if was_over and arrival is None:
            taken.set()
        return arrival

    monkeypatch.setattr(live.Live, "get", asked)
    return taken.is_set


class FakeStream(contextlib.AbstractContextManager):
    """Sends a plan without a network: pictures, calls to make, and None to break off.

    `over` is set behind its end; then there is silence until `left` is.
    """

    damaged_packets = damaged_frames = 0

    def __init__(self, plan, over: threading.Event, left: threading.Event) -> None:
        self._plan, self._over, self._left = plan, over, left

    def __exit__(self, *error):
        return None

    def describe(self, picture):
        return VideoInfo(
            path=Path("fake"),
            width=picture.width,
            height=picture.height,
            rotation=0,
            rate=Fraction(RATE),
            time_base=Fraction(1, 1000),
            duration=None,
            codec="h264",
            pixel_format="yuv420p",
        )

    def __iter__(self):
        for step in self._plan:
            if step is None:
                return
            if callable(step):
                step()
            else:
                yield picture(step), None
        self._over.set()
        self._left.wait()  # silence
        while True:  # who has left takes no more
            yield picture(scene(0)), None
            time.sleep(0.01)
