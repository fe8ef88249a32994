"""VMAF of pairs of pictures, by an `ffmpeg` binary that has libvmaf.

The pictures are sent raw to its single input, each distorted one after its reference, and a filter
graph separates them by their number. So the pairs are those that were written, whatever their times
were.

VMAF is published by Netflix, https://github.com/Netflix/vmaf; the model is the binary's default.
"""

import contextlib
import json
import math
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..cores import cores
from ..errors import CrashError, OutputError, UsageError, printable
from ..frame import Planes

_WAY_OUT = (
    "put the folder of an ffmpeg built with --enable-libvmaf first on the PATH "
    '(export PATH="/that/folder:$PATH") or leave --vmaf out'
)

_LOG, _MESSAGES = "scores.json", "messages.txt"

_SUBSAMPLINGS = {(1, 1): "444", (1, 2): "422", (2, 2): "420"}
"""Subsamplings that libvmaf accepts, by how many rows and columns of luma share one of chroma."""

_DEPTHS = (8, 10, 12, 16)
"""Bit depths in which samples are sent; others are shifted to the next one, which libvmaf undoes.
Where FFmpeg passes at most 10 bits to libvmaf, as 6.0 does and 7.0 doesn't, it rounds by itself."""

_MIN_SIDE = 17
"""Rows and columns below which libvmaf crashes."""


def check_vmaf() -> str:
    """Return the path of the ffmpeg binary on the PATH, after scoring one pair of pictures with it.

    Raises
    ------
    UsageError
        If there is none, or it has no libvmaf or one that doesn't work.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise UsageError(f"--vmaf needs the ffmpeg program, which is not on the PATH; {_WAY_OUT}")
    binary = os.path.abspath(found)
    try:
        told = subprocess.run(
            [binary, "-hide_banner", "-filters"], stdin=subprocess.DEVNULL, capture_output=True
        )
    except OSError as error:
        raise UsageError(
            f"--vmaf: {printable(binary)} cannot be run ({error.strerror}); {_WAY_OUT}"
        ) from error
    if told.returncode:
        said = _last_line(told.stderr) or _ending(told.returncode)
        raise UsageError(f"--vmaf: {printable(binary)} cannot be run ({said}); {_WAY_OUT}")
    if b"libvmaf" not in told.stdout.split():
        raise UsageError(f"--vmaf: {printable(binary)} has no libvmaf; {_WAY_OUT}")
    # The filter may exist without its model, which is a separate file in old builds.
    grey = Planes(y=np.full((64, 64), 128, np.uint8))
    try:
        with Vmaf(binary) as vmaf:
            vmaf.write(grey, grey)
            vmaf.finish()
    except CrashError as error:
        raise UsageError(
            f"--vmaf: not even a grey picture is scored: {error}; {_WAY_OUT}"
        ) from error
    return binary


class Vmaf:
    """Scores pairs of pictures, in the order in which they are written.

    `write` blocks while ffmpeg is behind. Not thread-safe.

    Parameters
    ----------
    binary
        Path of an ffmpeg binary that `check_vmaf` has accepted.

    Examples
    --------
    ::

        with Vmaf(check_vmaf()) as vmaf:
            for reference, distorted in pairs:
                vmaf.write(reference, distorted)
            scores = vmaf.finish()
    """

    def __init__(self, binary: str) -> None:
        self._binary = binary
        self._stack = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._layout: _Layout | None = None
        self._pairs = 0

    def __enter__(self) -> Self:
        try:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="vidsum-"))
        except OSError as error:
            raise OutputError(f"--vmaf: no temporary folder can be made: {error}") from error
        self._folder = Path(folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, reference: Planes, distorted: Planes) -> None:
        """Hand over a pair; all pictures must have the same layout.

        Raises
        ------
        UsageError
            If a picture has a different layout from the first one, or is too small for VMAF.
        CrashError
            If ffmpeg has ended.
        """
        if self._layout is None:
            layout = _Layout.of(reference)
            if min(layout.height, layout.width) < _MIN_SIDE:
                raise UsageError(
                    f"--vmaf: the pictures are {layout.width}x{layout.height}, VMAF needs at least "
                    f"{_MIN_SIDE}x{_MIN_SIDE}; leave --vmaf out"
                )
            self._process = self._start(layout)
            self._layout = layout
        for planes in (reference, distorted):
            if (layout := _Layout.of(planes)) != self._layout:
                raise UsageError(
                    f"--vmaf: a picture has {layout}, the first one {self._layout}; all pictures "
                    "must have one layout"
                )
        for planes in (reference, distorted):
            for samples in self._layout.sent(planes):
                self._send(samples)
        self._pairs += 1

    def finish(self) -> list[float]:
        """Wait until all pairs are scored and return their scores, 0 to 100.

        Raises
        ------
        CrashError
            If ffmpeg failed, or scored a different number of pairs.
        """
        if self._process is None:
            return []
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait():
            raise self._failure()
        try:
            scores = _scores(self._folder / _LOG)
        except (OSError, ValueError) as error:
            raise CrashError(f"{self._name} left no VMAF that can be read: {error}") from error
        if len(scores) != self._pairs:
            raise CrashError(
                f"{self._name} gave the VMAF of {len(scores)} pairs instead of {self._pairs}"
            )
        return scores

    @property
    def _name(self) -> str:
        return printable(self._binary)

    def _start(self, layout: "_Layout") -> subprocess.Popen[bytes]:
        # Into a file, so that ffmpeg never waits for its messages to be read.
        with (self._folder / _MESSAGES).open("wb") as messages:
            try:
                process = subprocess.Popen(
                    _command(self._binary, layout),
                    # The name of the log then needs no folder, whose path would need escaping.
                    cwd=self._folder,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=messages,
                    bufsize=0,
                    # Ctrl-C is handled here.
                    process_group=0,
                )
            except OSError as error:
                raise CrashError(f"{self._name} cannot be run: {error.strerror}") from error
        self._stack.callback(_stop, process)
        return process

    def _send(self, samples: NDArray[Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        rest = samples.data.cast("B")
        try:
            while rest:
                rest = rest[self._process.stdin.write(rest) :]
        except BrokenPipeError as error:
            self._process.wait()
            raise self._failure() from error

    def _failure(self) -> CrashError:
        assert self._process is not None
        said = _last_line((self._folder / _MESSAGES).read_bytes())
        said = said or _ending(self._process.returncode)
        return CrashError(f"{self._name} failed at the VMAF of {self._layout}: {said}")


class _Layout(NamedTuple):
    """The layout of the planes of pictures."""

    height: int
    width: int
    chroma: tuple[int, int] | None
    """Rows and columns; None if there is none."""
    depth: int

    @classmethod
    def of(cls, planes: Planes) -> Self:
        height, width = planes.y.shape
        chroma = None if planes.u is None else planes.u.shape
        return cls(height, width, chroma, planes.depth)

    def __str__(self) -> str:
        colour = "grey" if self.chroma is None else f"chroma {self.chroma[1]}x{self.chroma[0]}"
        return f"{self.width}x{self.height}, {colour}, {self.depth} bits"

    @property
    def subsampling(self) -> str | None:
        """The subsampling of the chroma; None if there is none or libvmaf doesn't accept it."""
        for (rows, columns), name in _SUBSAMPLINGS.items():
            if self.chroma == (-(-self.height // rows), -(-self.width // columns)):
                return name
        return None

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name of the format that is sent: one that libvmaf accepts as it is."""
        depth = self.sent_depth
        return f"yuv{self.subsampling or '420'}p" + ("" if depth == 8 else f"{depth}le")

    @property
    def sent_depth(self) -> int:
        """Bits per sample that are sent."""
        return next(depth for depth in _DEPTHS if depth >= self.depth)

    def sent(self, planes: Planes) -> Iterator[NDArray[Any]]:
        """Yield the samples of `planes` in the layout that is sent, one plane after the other."""
        shift = self.sent_depth - self.depth
        dtype = np.dtype("u1" if self.depth == 8 else "<u2")
        if self.subsampling is None:
            # VMAF uses only the luma. FFmpeg's own conversion would stretch grey to another range.
            shape = (-(-self.height // 2), -(-self.width // 2))
            neutral = np.full(shape, 1 << (self.depth - 1), dtype)
            components = [planes.y, neutral, neutral]
        else:
            components = [plane for plane in (planes.y, planes.u, planes.v) if plane is not None]
        for plane in components:
            samples = plane << shift if shift else plane
            yield np.ascontiguousarray(samples, dtype)


def _command(binary: str, layout: _Layout) -> list[str]:
    """Return the command that scores the pictures on stdin, and logs to its folder."""
    import ffmpeg

    pictures = ffmpeg.input(
        "pipe:0",
        format="rawvideo",
        pixel_format=layout.pixel_format,
        video_size=(layout.width, layout.height),
    ).split()
    reference, distorted = (
        pictures[index].filter("select", f"eq(mod(n,2),{index})").filter("setpts", "N")
        for index in (0, 1)
    )
    scored = ffmpeg.filter(
        [distorted, reference],
        "libvmaf",
        log_fmt="json",
        log_path=_LOG,
        n_threads=cores(),
    )
    command: list[str] = (
        scored.output("pipe:1", format="null")
        .global_args("-nostdin", "-hide_banner", "-loglevel", "error")
        .compile(cmd=binary)
    )
    return command


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.kill()
    process.stdin.close()
    process.wait()


def _scores(log: Path) -> list[float]:
    """Return the scores in a log of libvmaf; raise `ValueError` if it isn't one."""
    # Only one metric of each picture is kept: there may be hours of pictures.
    text = log.read_bytes()
    found = json.loads(text, object_hook=lambda values: values.get("vmaf", values))
    try:
        frames = [(frame["frameNum"], float(frame["metrics"])) for frame in found["frames"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no vmaf of every picture in its log ({error})") from error
    if [number for number, _ in frames] != list(range(len(frames))):
        raise ValueError("the numbers of the pictures in its log have gaps")
    scores = [score for _, score in frames]
    if not all(map(math.isfinite, scores)):
        raise ValueError("a score in its log is no number")
    return scores


def _last_line(messages: bytes) -> str:
    lines = [line for line in messages.decode(errors="replace").splitlines() if line.strip()]
    return printable(lines[-1].strip()) if lines else ""


def _ending(code: int) -> str:
    """Return how a process without a message ended."""
    if code >= 0:
        return f"exit code {code}, no message"
    return f"ended by {signal.Signals(-code).name}, no message"
