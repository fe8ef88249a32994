"""Which frames FFmpeg's mpdecimate filter keeps."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

NAME = "mpdecimate"

FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
"""The thresholds of a curve, as multiples of the filter's defaults."""

_HI, _LO = 64 * 12, 64 * 5
"""The filter's defaults: differences of an 8x8 block, summed."""


def is_there() -> bool:
    """Return whether there is an ffmpeg binary."""
    return shutil.which("ffmpeg") is not None


def kept_frames(path: Path, factors: Sequence[float] = (1.0,)) -> list[list[int]]:
    """Return the numbers of the frames of a clip that are kept, for each factor of the thresholds.

    All factors share one pass of decoding.
    """
    with tempfile.TemporaryDirectory(prefix="vidsum-evaluate-") as folder:
        command = _command(["-noautorotate", "-i", f"file:{path.absolute()}"], factors)
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            sys.exit(f"{path}: ffmpeg mpdecimate failed: {said[-1] if said else 'no message'}")
        return [_numbers(Path(folder) / _table(index)) for index in range(len(factors))]


class Pipe:
    """The filter on grey pictures that are made one after another."""

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self._colourless = bytes([128]) * (2 * (height // 2) * (width // 2))
        self._size = f"{width}x{height}"

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="vidsum-evaluate-")
        given = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", self._size, "-i", "pipe:0"]
        self._process = subprocess.Popen(
            _command(given, (1.0,)), cwd=self._folder.name, stdin=subprocess.PIPE
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def feed(self, luma: NDArray[np.uint8]) -> None:
        """Hand over the next picture, whose sides are even."""
        assert self._process.stdin is not None
        self._process.stdin.write(luma.data)
        self._process.stdin.write(self._colourless)

    def kept(self) -> list[int]:
        """Return the numbers of the pictures that are kept, once all are handed over."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait():
            sys.exit("ffmpeg mpdecimate failed on a made clip")
        return _numbers(Path(self._folder.name) / _table(0))


def _command(source: Sequence[str], factors: Sequence[float]) -> list[str]:
    """Return the command that writes a table of kept frames for each factor.

    The pictures get their number as timestamp before the filter drops some; after it the timestamps
    show which are left. Only frames with metadata are printed, so some is added.
    """
    branches = "".join(f"[in{index}]" for index in range(len(factors)))
    graph = [f"[0:v:0]settb=1/25,setpts=N,split={len(factors)}{branches}"]
    outputs = []
    for index, factor in enumerate(factors):
        graph.append(
            f"[in{index}]mpdecimate=hi={round(_HI * factor)}:lo={round(_LO * factor)},"
            "metadata=mode=add:key=kept:value=1,"
            f"metadata=mode=print:file={_table(index)}[out{index}]"
        )
        outputs += ["-map", f"[out{index}]", "-fps_mode", "passthrough"]
        outputs += ["-enc_time_base", "-1", "-f", "null", "-"]
    return ["ffmpeg", "-v", "error", *source, "-filter_complex", ";".join(graph), *outputs]


def _table(index: int) -> str:
    return f"{index}.txt"


def _numbers(table: Path) -> list[int]:
    lines = re.findall(r"^frame:\d+ +pts:(\d+)", table.read_text(), re.MULTILINE)
    return [int(number) for number in lines]
