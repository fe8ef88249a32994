"""How a reference and its copy are paired and scored, and which files that writes."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from ..errors import UsageError
from .values import check_choice, check_ending, parse_time

Ssim: TypeAlias = Literal["block8", "uniform7", "gaussian"]

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Which frame of the copy is compared with which frame of the reference."""

    align: Annotated[str, Parameter(metavar="HOW")] = "auto"
    """How frames are paired: find the shift of the copy and follow the frames that it drops,
    repeats or inserts (auto); by time, with the first frames at the same time (none); or by time,
    with the copy this many seconds later (1.5 or -0.04)."""

    max_offset: Annotated[float | str, Parameter(metavar="TIME")] = 10.0
    """The largest shift that --align auto looks for."""

    scale_to: Annotated[str | None, Parameter(metavar="WxH")] = None
    """Compare at this size. Default: the size of the reference, to which the copy is scaled."""

    def __post_init__(self) -> None:
        _ = self.offset, self.max_offset_seconds, self.size

    @property
    def automatic(self) -> bool:
        """Whether frames are paired by what they show."""
        return self.align == "auto"

    @property
    def offset(self) -> float:
        """The shift given as `align`, in seconds; 0 if none is given."""
        if self.align in ("auto", "none"):
            return 0.0
        text = str(self.align).strip()
        try:
            seconds = parse_time("--align", text.removeprefix("-").removeprefix("+"))
        except UsageError:
            seconds = None
        if seconds is None:
            raise UsageError(
                f"--align is {self.align!r}, allowed are auto, none, or an offset in seconds or as "
                "HH:MM:SS.mmm, with a minus where the copy comes earlier"
            )
        return -seconds if text.startswith("-") else seconds

    @property
    def max_offset_seconds(self) -> float:
        """`max_offset` in seconds."""
        seconds = parse_time("--max-offset", self.max_offset)
        if seconds is None or seconds > 600:
            raise UsageError(f"--max-offset is {self.max_offset}, allowed are 0 to 600 seconds")
        return seconds

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of `scale_to`."""
        if self.scale_to is None:
            return None
        match = _SIZE.fullmatch(self.scale_to)
        if match is None:
            raise UsageError(f"--scale-to is {self.scale_to!r}, allowed are sizes such as 1280x720")
        return int(match[1]), int(match[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Which scores are computed, and which limits they must meet."""

    ssim: Ssim = "block8"
    """The definition of SSIM: FFmpeg's (block8), scikit-image's (uniform7), or that of Wang et al.
    2004 (gaussian)."""

    planes: str = "yuv"
    """Which planes are scored: yuv, y, u, v or any combination."""

    psnr_cap: Annotated[float | None, Parameter(metavar="DB")] = None
    """Limit PSNR to this many dB, which identical frames get, too. Default: the PSNR of identical
    frames is infinite, and left empty."""

    vmaf: bool = False
    """Also compute VMAF, through an ffmpeg binary that has libvmaf."""

    fail_under: Annotated[tuple[str, ...], Parameter(metavar="SCORE=LIMIT")] = ()
    """Exit with code 1 when a score is below its limit: ssim=0.95 (the mean), or pooled
    differently, psnr_y.p5=32, ssim.worst_second=0.9. May be given several times."""

    max_dropped: Annotated[int | None, Parameter(metavar="N")] = None
    """Exit with code 1 when the copy drops more than N frames of the reference between the first
    and the last frame that both have."""

    max_outside: Annotated[int | None, Parameter(metavar="N")] = None
    """Exit with code 1 when more than N frames of the reference come before the first or after the
    last frame that both have, as when the copy begins late or is truncated."""

    def __post_init__(self) -> None:
        check_choice("--ssim", self.ssim, Ssim)
        given = self.fail_under  # Python may pass one string, or a list
        object.__setattr__(self, "fail_under", (given,) if isinstance(given, str) else tuple(given))
        if not self.planes or sorted(self.planes) != sorted(set(self.planes) & set("yuv")):
            raise UsageError(f"--planes is {self.planes!r}, allowed are yuv, y, u, v, uv, ...")
        if self.psnr_cap is not None and not 0 < self.psnr_cap < float("inf"):
            raise UsageError(f"--psnr-cap is {self.psnr_cap}, allowed are decibels above 0")
        for option, most in (
            ("--max-dropped", self.max_dropped),
            ("--max-outside", self.max_outside),
        ):
            if most is not None and most < 0:
                raise UsageError(f"{option} is {most}, allowed are whole numbers from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonFiles:
    """Which files a comparison writes."""

    scores: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """The table of every pair's scores. Default: ./NAME.compare.csv, named after the copy"""

    no_scores: bool = False
    """Write no table of scores."""

    json: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write all results to this file, as JSON."""

    worst: Annotated[tuple[int, Path] | None, Parameter(metavar="N FILE")] = None
    """Draw the N worst moments: reference, copy, and where they differ. .png or .jpg"""

    plot: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Draw the scores over time: .png, .svg or .pdf. Needs matplotlib."""

    video: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write both videos side by side with a map of the differences and running scores: .mp4, .mkv,
    ..."""

    html: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write an HTML page in one file: the scores over time, pictures of the worst moments, and how
    many pairs another limit would fail. Needs plotly and jinja2."""

    force: bool = False
    """Replace output files that exist."""

    def __post_init__(self) -> None:
        for name in ("scores", "json", "plot", "html", "video"):  # Python may pass strings
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        check_ending("--html", self.html, (".html", ".htm"))
        if self.worst is not None:
            count, path = self.worst
            object.__setattr__(self, "worst", (int(count), Path(path)))
            if not 1 <= int(count) <= 50:
                raise UsageError(f"--worst is {count} {path}, allowed are 1 to 50 moments")
        if self.no_scores and self.scores is not None:
            raise UsageError("--no-scores forbids the table that --scores asks for")
