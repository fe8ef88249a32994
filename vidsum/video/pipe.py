"""Decoding by an `ffmpeg` binary, for hardware decoders and other builds of FFmpeg.

The binary sends raw pictures in NUT, which stores the timestamp and pixel format of each, over a
pipe that PyAV reads like any other container.
"""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import av.container
import av.error

from ..errors import InputError, UsageError, printable
from .faults import FaultKind, FaultLog

_READ_SIZE = 1 << 20

_PATIENCE = 5
"""Seconds that ffmpeg may take to end after its last picture."""


class _Output:
    """What ffmpeg sends, for PyAV to read."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self.is_over = False
        """Whether all of it was read."""

    def read(self, size: int) -> bytes:
        """Return so many bytes; fewer at the end alone."""
        content = self._pipe.read(size)
        self.is_over = len(content) < size
        return content


@contextlib.contextmanager
def open_pipe(
    path: Path,
    stream_index: int,
    hwaccel: str,
    *,
    start: Fraction | None,
    max_pixels: int,
    log: FaultLog,
) -> Iterator[av.container.InputContainer]:
    """Decode one stream of the file at `path` by the ffmpeg binary.

    Parameters
    ----------
    path
        The file.
    stream_index
        Index of the stream among all in the container.
    hwaccel
        Name of FFmpeg's hardware decoder, or ``none`` for software.
    start
        Time in seconds after the file's first timestamp from which frames are wanted; some before
        it may come too.
    max_pixels
        Larger pictures fail to decode.
    log
        Where the errors that ffmpeg reports are counted, at the end, and whether it failed.

    Raises
    ------
    UsageError
        If there is no ffmpeg binary.
    InputError
        If the binary returns no picture; the message quotes its own.
    """
    import ffmpeg

    binary = shutil.which("ffmpeg")
    if binary is None:
        raise UsageError(
            "--hwaccel needs the ffmpeg program, which is not on the PATH; install it (Debian: "
            "apt install ffmpeg, macOS: brew install ffmpeg) or leave --hwaccel out"
        )
    options: dict[str, object] = {"max_pixels": max_pixels}
    if start is not None:
        options["ss"] = float(start)
    if hwaccel != "none":
        options["hwaccel"] = hwaccel
    # An absolute path after `file:` can be neither an option nor another protocol.
    command = (
        ffmpeg.input(f"file:{path.absolute()}", protocol_whitelist="file", **options)[
            str(stream_index)
        ]
        .output(
            "pipe:1",
            format="nut",
            vcodec="rawvideo",
            fps_mode="passthrough",
            enc_time_base="-1",
            copyts=None,
        )
        .global_args("-nostdin", "-loglevel", "error")
        .compile(cmd=binary)
    )
    with (
        tempfile.TemporaryFile() as messages,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=messages
        ) as process,
    ):
        assert process.stdout is not None
        output = _Output(process.stdout)
        try:
            with av.open(output, "r", format="nut", buffer_size=_READ_SIZE) as container:
                yield container
            if output.is_over and _has_failed(process):
                log.add(FaultKind.DECODER_ERROR, None)
            messages.seek(0)
            for _ in messages:
                log.add(FaultKind.DECODER_ERROR, None)
        except av.error.FFmpegError as error:
            process.kill()
            messages.seek(0)
            lines = messages.read().decode(errors="replace").splitlines()
            said = printable(lines[0]) if lines else "no message"
            raise InputError(
                f"{printable(path)}: ffmpeg -hwaccel {hwaccel} gave no picture: {said}"
            ) from error
        finally:
            process.kill()


def _has_failed(process: "subprocess.Popen[bytes]") -> bool:
    """Return whether a process that is about to end ends with an error."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(_PATIENCE) != 0
    return False
