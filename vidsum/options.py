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

from .areas import Area, parse_area
from .errors import UsageError

PresetName: TypeAlias = Literal["surveillance", "screen", "exact"]
Pool: TypeAlias = Literal["local", "mean"]
Usual: TypeAlias = Literal["all", "habits"]
Light: TypeAlias = Literal["ignore", "keep"]
Codec: TypeAlias = Literal["mp4v", "mjpg", "xvid", "ffv1", "h264", "hevc", "av1"]
Timing: TypeAlias = Literal["even", "source"]
Time: TypeAlias = Annotated[float | str | None, Parameter(metavar="TIME")]

DEFAULT_MIN_SSIM: dict[Pool, float] = {"local": 0.7, "mean": 0.98}
DEFAULT_CRF: dict[Codec, int] = {"h264": 20, "hevc": 23, "av1": 32}
MAX_CRF: dict[Codec, int] = {"h264": 51, "hevc": 51, "av1": 63}

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What `--preset` sets, unless an option of its own says otherwise."""

    memory: float
    usual: Usual
    learn: float
    light: Light
    max_rate: float | None


PRESETS: dict[PresetName, Preset] = {
    "surveillance": Preset(memory=16.0, usual="all", learn=3.0, light="ignore", max_rate=None),
    "screen": Preset(memory=16.0, usual="habits", learn=0.0, light="keep", max_rate=6.0),
    "exact": Preset(memory=0.0, usual="all", learn=0.0, light="keep", max_rate=None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The rule that decides which frames are kept."""

    preset: PresetName = "surveillance"
    """What the picture is like: a camera whose noise, clock, light and leaves are no events
    (surveillance; the same as exact for films and moving cameras), slides and screen recordings
    (screen), or nothing is to be assumed (exact: the plain rule alone)."""

    min_ssim: Annotated[float | None, Parameter(metavar="SSIM")] = None
    """Keep a frame when its SSIM against the last kept frame falls below this, in -1 to 1.
    Default: 0.7 with --pool local, 0.98 with --pool mean. Lower keeps less."""

    pool: Pool = "local"
    """Which SSIM decides: the lowest of any place in the picture (local, sees small objects), or
    the mean over the picture (the classic rule, for slides and animations)."""

    memory: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """How far back to remember what each place of the picture usually looks like: change that is
    usual there is ignored. 4 to 60, or 0 to ignore none. Default: 16; 0 with --preset exact and
    --pool mean."""

    usual: Usual | None = None
    """Which usual change is ignored: all (noise, leaves, clocks, lamps), or habits alone: what
    a place left and came back to, as a cursor is. Default: all; habits with --preset screen."""

    learn: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """How much of the beginning to look at before the first decision. Default: 3; 0 with --preset
    screen and exact."""

    light: Light | None = None
    """What to do when only the light changes: ignore it, and keep one frame when it has settled, or
    keep it as any change. Default: ignore; keep with --preset screen and exact."""

    max_rate: Annotated[float | None, Parameter(metavar="FPS")] = None
    """Keep at most so many frames a second. Default: no limit; 6 with --preset screen."""

    target_duration: Time = None
    """Choose --min-ssim such that the condensed video is as long as this at the most, in seconds or
    as HH:MM:SS: the strongest changes that fit. Decodes the recording twice."""

    target_ratio: Annotated[float | None, Parameter(metavar="SHARE")] = None
    """Choose --min-ssim such that this share of the frames is kept at the most, for example 0.02.
    Decodes the recording twice."""

    heartbeat: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """Keep at least one frame in so much time, changed or not."""

    no_prefilter: bool = False
    """Compute SSIM everywhere, also where the squared error alone proves that it can't fall below
    the threshold. Slower; keeps the same frames."""

    def __post_init__(self) -> None:
        _check_choice("--preset", self.preset, PresetName)
        _check_choice("--pool", self.pool, Pool)
        if self.usual is not None:
            _check_choice("--usual", self.usual, Usual)
        if self.light is not None:
            _check_choice("--light", self.light, Light)
        if self.min_ssim is not None and not -1 <= self.min_ssim <= 1:
            raise UsageError(f"--min-ssim is {self.min_ssim}, allowed are -1 to 1")
        if self.memory and not 4 <= self.memory <= 60:
            raise UsageError(f"--memory is {self.memory}, allowed are 4 to 60 seconds, or 0")
        if self.memory and self.pool == "mean":
            raise UsageError("--memory knows places of the picture; it goes with --pool local only")
        if self.learn is not None and not 0 <= self.learn <= 60:
            raise UsageError(f"--learn is {self.learn}, allowed are 0 to 60 seconds")
        if self.max_rate is not None and not 0 < self.max_rate < float("inf"):
            raise UsageError(f"--max-rate is {self.max_rate}, allowed are frames a second above 0")
        if self.heartbeat is not None and not 0 < self.heartbeat < float("inf"):
            raise UsageError(f"--heartbeat is {self.heartbeat}, allowed are seconds above 0")
        self._check_target()

    def _check_target(self) -> None:
        if self.target_duration is not None and self.target_ratio is not None:
            raise UsageError("--target-duration and --target-ratio exclude each other; choose one")
        option = "--target-duration" if self.target_ratio is None else "--target-ratio"
        if self.has_target and self.min_ssim is not None:
            raise UsageError(f"{option} chooses the threshold that --min-ssim sets; leave one out")
        if self.target_duration is not None and parse_time(option, self.target_duration) == 0:
            raise UsageError(f"{option} is 0, allowed are times above 0")
        if self.target_ratio is not None and not 0 < self.target_ratio <= 1:
            raise UsageError(f"{option} is {self.target_ratio}, allowed are shares above 0 up to 1")

    @property
    def has_target(self) -> bool:
        """Whether the threshold is still to be chosen."""
        return self.target_duration is not None or self.target_ratio is not None

    @property
    def resolved(self) -> dict[str, object]:
        """What the preset and the defaults say, for the options that they decide."""
        rate = PRESETS[self.preset].max_rate if self.max_rate is None else self.max_rate
        return {
            "min_ssim": None if self.has_target else round(1 - self.max_dissimilarity, 6),
            "memory": self.memory_seconds if self.pool == "local" else None,
            "usual": "habits" if self.habits_only else "all",
            "learn": self.learn_seconds,
            "light": "ignore" if self.ignores_light else "keep",
            "max_rate": rate,
        }

    @property
    def max_dissimilarity(self) -> float:
        """1 - SSIM above which a frame is kept."""
        chosen = DEFAULT_MIN_SSIM[self.pool] if self.min_ssim is None else self.min_ssim
        return 1 - chosen

    @property
    def memory_seconds(self) -> float:
        """`memory`, or what the preset says; 0 for none."""
        if self.pool == "mean":
            return 0
        return PRESETS[self.preset].memory if self.memory is None else self.memory

    @property
    def habits_only(self) -> bool:
        """Whether `usual`, or the preset, says that only habits are."""
        return (PRESETS[self.preset].usual if self.usual is None else self.usual) == "habits"

    @property
    def learn_seconds(self) -> float:
        """`learn`, or what the preset says; 0 where nothing is remembered."""
        if not self.memory_seconds:
            return 0
        return PRESETS[self.preset].learn if self.learn is None else self.learn

    @property
    def ignores_light(self) -> bool:
        """Whether changes of the light alone are ignored."""
        chosen = PRESETS[self.preset].light if self.light is None else self.light
        return chosen == "ignore" and self.pool == "local"

    @property
    def shortest_gap(self) -> float | None:
        """Seconds that lie between two kept frames at the least, by `max_rate` or the preset."""
        rate = PRESETS[self.preset].max_rate if self.max_rate is None else self.max_rate
        return None if rate is None else 1 / rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Which parts of the picture are looked at; `vidsum preview` shows them."""

    roi: Annotated[tuple[str, ...], Parameter(metavar="AREA")] = ()
    """Look at this part of the picture alone: x,y,width,height or a polygon 'x,y x,y x,y', in
    pixels or percent (10%,10%,50%,50%). Several are looked at together."""

    ignore: Annotated[tuple[str, ...], Parameter(metavar="AREA")] = ()
    """Look away from this part of the picture; given as for --roi."""

    mask: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Look only where this picture, as large as the video's, is white."""

    def __post_init__(self) -> None:
        for name in ("roi", "ignore"):  # one string, or a list, will do in Python
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
        if self.mask is not None:
            object.__setattr__(self, "mask", Path(self.mask))
        # What can't be understood is told before any file is opened.
        _ = self.wanted, self.unwanted

    @property
    def wanted(self) -> tuple[Area, ...]:
        """The areas of `roi`."""
        return tuple(parse_area("--roi", text) for text in self.roi)

    @property
    def unwanted(self) -> tuple[Area, ...]:
        """The areas of `ignore`."""
        return tuple(parse_area("--ignore", text) for text in self.ignore)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How changed frames make events, and what is kept round them."""

    merge_gap: Annotated[float, Parameter(metavar="SECONDS")] = 2.0
    """Changes nearer than this to each other form one event."""

    pad: Annotated[float, Parameter(metavar="SECONDS")] = 0.0
    """Keep every frame within so much time of a change. Up to 30; the frames wait in memory, 3 MB
    each at 1080p."""

    min_event: Annotated[float, Parameter(metavar="SECONDS")] = 0.0
    """Drop events shorter than this, from their first to their last change. A change that happens
    in one frame and stays is short."""

    def __post_init__(self) -> None:
        for option, value, most in (
            ("--merge-gap", self.merge_gap, 3600),
            ("--pad", self.pad, 30),
            ("--min-event", self.min_event, 3600),
        ):
            if not 0 <= value <= most:
                raise UsageError(f"{option} is {value}, allowed are 0 to {most} seconds")


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

    events: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write the list of events there: .csv or .json"""

    dry_run: bool = False
    """Write no video and no table of scores but one that is named; list the events."""

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
        for name in ("output", "scores", "events"):  # strings will do in Python
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        if self.no_scores and (self.scores is not None or self.all_scores):
            raise UsageError("--no-scores forbids the table that --scores or --all-scores asks for")
        if self.dry_run and self.output is not None:
            raise UsageError("--dry-run writes no video; leave --output out")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Which picture is written."""

    output: Annotated[Path | None, Parameter(alias="-o", metavar="FILE")] = None
    """The picture: .png or .jpg. Default: ./NAME.areas.png"""

    force: bool = False
    """Replace a picture that exists."""

    def __post_init__(self) -> None:
        if self.output is not None:
            object.__setattr__(self, "output", Path(self.output))


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
