"""Clips whose pictures tell their own number, and what looks at results from the outside.

A picture carries a code, 8 bits as black and white blocks along its top. Wherever a picture ends
up, `code_of` tells which one it is; two pictures with one code are the same picture.
"""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from helpers_browser import browser_page
from hypothesis import HealthCheck, settings

from vidsum import Reading
from vidsum.cli import main
from vidsum.options import PRESETS
from vidsum.video import Recording

collect_ignore = ["rtsp_server.py"]  # run by the interpreter that has GStreamer's packages

# Without bytecode on disk, every process that a test starts would compile vidsum's modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long a case takes says how busy the machine is.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

SIZE = (160, 120)
BITS = 8
BLACK, WHITE = 40, 210
CHROMA = (110, 150)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin either worker's half with what compiles the large kernels, each with others.

    Whoever needs them later, a worker or a process that a test starts, finds them in the cache.
    """
    condensing = [item for item in items if item.path.name == "test_surveillance.py"]
    comparing = [item for item in items if item.path.name in ("test_compare.py", "test_pairing.py")]
    begun = {*condensing, *comparing}
    others = [item for item in items if item not in begun]
    half = max(len(items) // 2 - len(condensing), 0)
    items[:] = [*condensing, *others[:half], *comparing, *others[half:]]


def coded(code: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Return the luma of a picture: a gradient with `code` in blocks along its top."""
    width, height = size
    luma = _gradient(width, height).copy()
    for bit in range(BITS):
        columns = slice(width * bit // BITS, width * (bit + 1) // BITS)
        luma[: height // 3, columns] = WHITE if code >> bit & 1 else BLACK
    return luma


@cache
def _gradient(width: int, height: int) -> np.ndarray:
    return np.add.outer(np.linspace(60, 120, height), np.linspace(0, 60, width)).astype(np.uint8)


def code_of(luma: np.ndarray) -> int:
    """Return the code in the top of a picture."""
    height, width = luma.shape
    centres = [(2 * bit + 1) * width // (2 * BITS) for bit in range(BITS)]
    bright = [luma[height // 8 : height // 4, x - 3 : x + 3].mean() > 128 for x in centres]
    return sum(int(is_bright) << bit for bit, is_bright in enumerate(bright))


def picture(luma: np.ndarray, pixel_format: str = "yuv420p") -> av.VideoFrame:
    """Return a frame with exactly this luma, or the same picture in a format that has none."""
    height, width = luma.shape
    planar = pixel_format in ("yuv420p", "yuvj420p", "gray")
    frame = av.VideoFrame(width, height, pixel_format if planar else "yuv420p")
    for plane, value in zip(frame.planes, (luma, *CHROMA), strict=False):
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, : plane.width] = value
        plane.update(rows)
    return frame if planar else frame.reformat(format=pixel_format)


def write_clip(
    path: Path,
    codes: Iterable[int | np.ndarray],
    *,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    rate: Fraction | int = 25,
    times: Sequence[int] | None = None,
    unit: Fraction = Fraction(1, 1000),
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    prepare: Callable[[av.VideoStream], None] = lambda stream: None,
    turned: int = 0,
) -> Path:
    """Write a clip and return its path.

    `codes` may also be pictures of `size`: the luma itself.
    `times` are presentation times in `unit`; without them the rate gives them. `prepare` may set
    what it likes of the stream; `turned` quarter turns counterclockwise are done to each picture.
    """
    with av.open(f"file:{path}", "w", options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate, options=options or {})
        stream.pix_fmt = pixel_format
        stream.width, stream.height = size[:: -1 if turned % 2 else 1]
        if times is not None:
            stream.codec_context.time_base = stream.time_base = unit
        prepare(stream)
        for index, code in enumerate(codes):
            luma = code if isinstance(code, np.ndarray) else coded(code, size)
            frame = picture(np.rot90(luma, turned), pixel_format)
            frame.pts, frame.time_base = index, 1 / Fraction(rate)
            if times is not None:
                frame.pts, frame.time_base = times[index], unit
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def rewrite(
    source: Path,
    target: Path,
    change: Callable[[int, av.Packet], None],
    container: dict[str, str] | None = None,
) -> Path:
    """Copy the packets of a clip, each changed by `change(index, packet)`."""
    with av.open(source) as clip, av.open(target, "w", options=container or {}) as copy:
        stream = clip.streams.video[0]
        written = copy.add_stream_from_template(stream)
        written.time_base = stream.time_base
        packets = [packet for packet in clip.demux(stream) if packet.size]
        for index, packet in enumerate(packets):
            packet.stream = written
            change(index, packet)
            copy.mux_one(packet)
    return target


def seen(*paths: Path, **reading: object) -> SimpleNamespace:
    """Read a recording to its end and return what was seen of each frame, and the recording."""
    with Recording(paths, Reading(**reading)) as recording:
        rows = [(frame.number, frame.time, code_of(frame.luma)) for frame in recording]
    numbers, times, codes = (list(column) for column in zip(*rows, strict=True))
    return SimpleNamespace(
        rows=rows, numbers=numbers, times=times, codes=codes, recording=recording
    )


class Shown:
    """A video as PyAV alone decodes it: `lumas` are as a viewer sees them, 0 black, 255 white."""

    def __init__(self, path: Path) -> None:
        with av.open(f"file:{path}") as video:
            stream = video.streams.video[0]
            self.decoder = stream.codec_context.name
            self.rate = stream.average_rate
            self.aspect = stream.sample_aspect_ratio
            self.duration = stream.duration and stream.duration * stream.time_base
            self.frames = list(video.decode(stream))
            self.times = [frame.pts * stream.time_base for frame in self.frames]
        self.size = (self.frames[0].width, self.frames[0].height)

    @cached_property
    def lumas(self) -> list[np.ndarray]:
        return [frame.to_ndarray(format="gray").astype(int) for frame in self.frames]

    @property
    def codes(self) -> list[int]:
        return [code_of(luma) for luma in self.lumas]


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a scores table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def kept(rows: list[dict[str, str]]) -> list[int]:
    """Return the numbers of the frames that a scores table says are kept."""
    return [int(row["frame"]) for row in rows if row["kept"] == "1"]


@pytest.fixture(scope="session", autouse=True)
def without_power_failures() -> Iterator[None]:
    """Waits for no disk; processes that tests start do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture
def plain_rule(monkeypatch) -> None:
    """Makes the plain rule the default: the blocks of coded clips go back and forth by habit."""
    monkeypatch.setitem(PRESETS, "surveillance", PRESETS["exact"])


@pytest.fixture
def vidsum(capsys, tmp_path, monkeypatch) -> Callable[..., SimpleNamespace]:
    """Runs the command line inside `tmp_path`; stdout stays empty and nothing is a traceback."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        return SimpleNamespace(code=code, err=said.err, lines=said.err.splitlines())

    return run


@pytest.fixture
def figures(monkeypatch) -> list:
    """The figures of matplotlib that were saved."""
    from matplotlib.figure import Figure

    saved = []
    save = Figure.savefig

    def keep(figure, *arguments, **options):
        saved.append(figure)
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return saved


@pytest.fixture(scope="session")
def clips(tmp_path_factory) -> Path:
    """A folder for clips that several tests of one module share."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def clip(clips) -> Path:
    """50 frames at 25 a second, B-frames included: five pictures, ten frames each."""
    return write_clip(clips / "five.mp4", [index // 10 for index in range(50)])


@pytest.fixture(scope="session")
def endless(clips) -> Path:
    """1000 frames, each four alike, that keep a run busy for long when they are named often."""
    codes = [number // 4 % 256 for number in range(1000)]
    return write_clip(clips / "x.mp4", codes, size=(320, 240), options={"preset": "ultrafast"})


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample videos with their labels."""
    return Path(__file__).parent.parent / "sample_videos"


@pytest.fixture(scope="session")
def window() -> Iterator[object]:
    """A page of a real browser; the browser ends with the session."""
    with browser_page() as page:
        yield page


@pytest.fixture
def run_limited(capfd, tmp_path, monkeypatch) -> Callable[..., SimpleNamespace]:
    """Runs the command line inside `tmp_path` where files can't grow, as on a disk that is full."""
    resource = pytest.importorskip("resource")
    monkeypatch.chdir(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def run(most: int, *arguments: object) -> SimpleNamespace:
        capfd.readouterr()
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            code = main([str(argument) for argument in arguments])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return SimpleNamespace(code=code, err=capfd.readouterr().err)

    return run


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Path:
    """A folder with camera and other: for each a key (.key), a certificate (.pem) for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program")
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("camera", "other"):
        words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        words += f" -keyout {name}.key -out {name}.pem -subj /CN=camera"
        words += " -addext subjectAltName=IP:127.0.0.1"
        subprocess.run(words.split(), cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return folder


@pytest.fixture
def tasks_here(monkeypatch):
    """Recordings of a batch are condensed in this process, not in those of workers."""
    from vidsum.jobs.batches import batch, worker

    def run_tasks(tasks, *, settings, done, **others):
        for task in tasks:
            done(task, worker.condense_task(task, settings, lambda progress: None))
        return False

    monkeypatch.setattr(batch, "run_tasks", run_tasks)
