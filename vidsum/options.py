"""What a user can choose: the only place where defaults stand.

The command line flattens these dataclasses into options and shows the text under each field as
its help (`Parameter` adds what an option is called there); the Python API takes them as they are.
Importing this module loads nothing heavy.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from cyclopts import Parameter

from .errors import UsageError

Pool: TypeAlias = Literal["local", "mean"]
Codec: TypeAlias = Literal["mp4v", "mjpg", "xvid", "ffv1", "h264", "hevc", "av1"]
Timing: TypeAlias = Literal["even", "source"]
Time: TypeAlias = Annotated[float | str | None, Parameter(metavar="TIME")]

DEFAULT_MIN_SSIM: dict[Pool, float] = {"local": 0.7, "mean": 0.98}
DEFAULT_CRF: dict[Codec, int] = {"h264": 20, "hevc": 23, "av1": 32}
MAX_CRF: dict[Codec, int] = {"h264": 51, "hevc": 51, "av1": 63}

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The rule that decides which frames are kept."""

    min_ssim: Annotated[float | None, Parameter(metavar="SSIM")] = None
    """Keep a frame when its SSIM against the last kept frame falls below this, in -1 to 1.
    Default: 0.7 with --pool local, 0.98 with --pool mean. Lower keeps less."""

    pool: Pool = "local"
    """Which SSIM decides: the lowest of any place in the picture (local, sees small objects), or
    the mean over the picture (the classic rule, for slides and animations)."""

    heartbeat: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """Keep at least one frame in so much time, changed or not."""

    no_prefilter: bool = False
    """Compute SSIM everywhere, also where the squared error alone proves that it can't fall below
    the threshold. Slower; keeps the same frames."""

    def __post_init__(self) -> None:
        _check_choice("--pool", self.pool, Pool)
        if self.min_ssim is not None and not -1 <= self.min_ssim <= 1:
            raise UsageError(f"--min-ssim is {self.min_ssim}, allowed are -1 to 1")
        if self.heartbeat is not None and not 0 < self.heartbeat < float("inf"):
            raise UsageError(f"--heartbeat is {self.heartbeat}, allowed are seconds above 0")

    @property
    def max_dissimilarity(self) -> float:
        """1 - SSIM above which a frame is kept."""
        chosen = DEFAULT_MIN_SSIM[self.pool] if self.min_ssim is None else self.min_ssim
        return 1 - chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which frames of the input are looked at, and how they are decoded."""

    start: Time = None
    """Begin at this time of the recording, in seconds or as HH:MM:SS.mmm. What comes before is
    not decoded."""

    end: Time = None
    """Stop before this time of the recording, in seconds or as HH:MM:SS.mmm."""

    every: Annotated[int, Parameter(metavar="N")] = 1
    """Look at every Nth frame only; the others are dropped."""

    stream: Annotated[int | None, Parameter(metavar="N")] = None
    """Take the Nth video stream, counted from 0. Default: the one the file marks as its main
    one, else the largest."""

    hwaccel: Annotated[str | None, Parameter(metavar="NAME")] = None
    """Decode through the ffmpeg binary with this hardware decoder, for example cuda, vaapi,
    videotoolbox, or none for that binary's software decoders."""

    def __post_init__(self) -> None:
        if self.every < 1:
            raise UsageError(f"--every is {self.every}, allowed are whole numbers from 1")
        if self.stream is not None and self.stream < 0:
            raise UsageError(f"--stream is {self.stream}, allowed are whole numbers from 0")
        if self.hwaccel is not None and not re.fullmatch(r"[A-Za-z0-9_]+", self.hwaccel):
            raise UsageError(
                f"--hwaccel is {self.hwaccel!r}; `ffmpeg -hwaccels` lists the names that work"
            )
        start, end = self.start_seconds, self.end_seconds
        if start is not None and end is not None and end <= start:
            raise UsageError(f"--end {self.end} is not after --start {self.start}")

    @property
    def start_seconds(self) -> float | None:
        """`start` in seconds."""
        return parse_time("--start", self.start)

    @property
    def end_seconds(self) -> float | None:
        """`end` in seconds."""
        return parse_time("--end", self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Which files are written, and how."""

    output: Annotated[Path | None, Parameter(alias="-o", metavar="FILE")] = None
    """The condensed video: .mp4, .mov, .mkv, .avi or .webm. Default: ./NAME.condensed.mp4"""

    scores: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """The table of every frame's scores. Default: beside the output, with the ending .csv"""

    no_scores: bool = False
    """Write no table of scores."""

    all_scores: bool = False
    """Fill every cell of the table; without it, scores that the decision didn't need are empty."""

    force: bool = False
    """Replace output files that exist."""

    codec: Codec = "mp4v"
    """How the condensed video is encoded: mp4v, mjpg, xvid, ffv1 (lossless), or the smaller and
    slower h264, hevc, av1."""

    crf: Annotated[int | None, Parameter(metavar="N")] = None
    """Quality of h264 (default 20), hevc (23) and av1 (32): lower is better and larger."""

    timing: Timing = "even"
    """Show kept frames one after another at the source's frame rate (even), or each at its own
    time in the source (source)."""

    burn_in: bool = False
    """Write the source's time and frame number into every kept frame."""

    def __post_init__(self) -> None:
        for name in ("output", "scores"):  # strings will do in Python
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        if self.no_scores and (self.scores is not None or self.all_scores):
            raise UsageError("--no-scores forbids the table that --scores or --all-scores asks for")
        _check_choice("--codec", self.codec, Codec)
        _check_choice("--timing", self.timing, Timing)
        if self.crf is not None:
            if self.codec not in MAX_CRF:
                raise UsageError(
                    f"--crf has no meaning for --codec {self.codec}; it is for {', '.join(MAX_CRF)}"
                )
            if not 0 <= self.crf <= MAX_CRF[self.codec]:
                raise UsageError(
                    f"--crf is {self.crf}, allowed for {self.codec} are 0 to {MAX_CRF[self.codec]}"
                )

    @property
    def quality(self) -> int | None:
        """`crf`, or the default of the codec; None for codecs without one."""
        return DEFAULT_CRF.get(self.codec) if self.crf is None else self.crf


def parse_time(option: str, value: float | str | None) -> float | None:
    """Return `value`, in seconds or as HH:MM:SS.mmm, in seconds.

    Raises
    ------
    UsageError
        If it is neither, or negative.
    """
    if value is None:
        return None
    if isinstance(value, str):
        match = _CLOCK.fullmatch(value.strip())
        if match is None:
            raise UsageError(
                f"{option} is {value!r}, allowed are seconds (90.5) or HH:MM:SS.mmm (00:01:30.500)"
            )
        hours, minutes, seconds = (float(group or 0) for group in match.groups())
        if match[2] and (seconds >= 60 or (match[1] and minutes >= 60)):
            raise UsageError(f"{option} is {value!r}: minutes and seconds go up to 59")
        total = hours * 3600 + minutes * 60 + seconds
    else:
        total = float(value)
    if not 0 <= total < float("inf"):
        raise UsageError(f"{option} is {value!r}, allowed are finite times from 0")
    return total


def _check_choice(option: str, value: str, choices: object) -> None:
    allowed = get_args(choices)
    if value not in allowed:
        raise UsageError(f"{option} is {value!r}, allowed are {', '.join(allowed)}")
