"""The rule: which frames are kept."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter

from ..errors import UsageError
from .values import Time, check_choice, parse_time

PresetName: TypeAlias = Literal["surveillance", "screen", "exact"]
Pool: TypeAlias = Literal["local", "mean"]
Usual: TypeAlias = Literal["all", "habits"]
Light: TypeAlias = Literal["ignore", "keep"]

DEFAULT_MIN_SSIM: dict[Pool, float] = {"local": 0.7, "mean": 0.98}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What `--preset` sets where no option overrides it."""

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
    """What kind of video it is: a camera whose noise, clock, light and leaves are not events
    (surveillance; the same as exact for films and moving cameras), slides and screen recordings
    (screen), or no assumption at all (exact: the plain rule alone)."""

    min_ssim: Annotated[float | None, Parameter(metavar="SSIM")] = None
    """Keep a frame when its SSIM against the last kept frame falls below this, in -1 to 1. Default:
    0.7 with --pool local, 0.98 with --pool mean. A lower value keeps less."""

    pool: Pool = "local"
    """Which SSIM decides: the lowest at any place in the picture (local, sees small objects), or
    the mean over the picture (the classic rule, for slides and animations)."""

    memory: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """How far back to remember what each place of the picture usually looks like: changes that are
    usual there are ignored. 4 to 60, or 0 to ignore none. Default: 16; 0 with --preset exact and
    --pool mean."""

    usual: Usual | None = None
    """Which usual changes are ignored: all (noise, leaves, clocks, lamps), or only habits: places
    that return to an earlier state, such as a blinking cursor. Default: all; habits with --preset
    screen."""

    learn: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """How much of the beginning to look at before the first decision. Default: 3; 0 with --preset
    screen and exact."""

    light: Light | None = None
    """What to do when only the light changes: ignore it, and keep one frame when it has settled, or
    keep it like any other change. Default: ignore; keep with --preset screen and exact."""

    max_rate: Annotated[float | None, Parameter(metavar="FPS")] = None
    """Keep at most this many frames a second. Default: no limit; 6 with --preset screen."""

    target_duration: Time = None
    """Choose --min-ssim so that the condensed video is at most this long, in seconds or as
    HH:MM:SS: the strongest changes that fit. Decodes the recording twice."""

    target_ratio: Annotated[float | None, Parameter(metavar="SHARE")] = None
    """Choose --min-ssim so that at most this share of the frames is kept, for example 0.02. Decodes
    the recording twice."""

    heartbeat: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    """Keep at least one frame in every interval of this length, changed or not."""

    no_prefilter: bool = False
    """Compute SSIM everywhere, even where the squared error alone proves that it can't fall below
    the threshold. Slower; keeps the same frames."""

    def __post_init__(self) -> None:
        check_choice("--preset", self.preset, PresetName)
        check_choice("--pool", self.pool, Pool)
        if self.usual is not None:
            check_choice("--usual", self.usual, Usual)
        if self.light is not None:
            check_choice("--light", self.light, Light)
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
        """Whether the threshold is yet to be chosen."""
        return self.target_duration is not None or self.target_ratio is not None

    @property
    def resolved(self) -> dict[str, object]:
        """The options that the preset and the defaults decide, with their values."""
        return {
            "min_ssim": None if self.has_target else round(1 - self.max_dissimilarity, 6),
            "memory": self.memory_seconds if self.pool == "local" else None,
            "usual": self._chosen("usual"),
            "learn": self.learn_seconds,
            "light": "ignore" if self.ignores_light else "keep",
            "max_rate": self._chosen("max_rate"),
        }

    @property
    def max_dissimilarity(self) -> float:
        """1 - SSIM above which a frame is kept."""
        chosen = DEFAULT_MIN_SSIM[self.pool] if self.min_ssim is None else self.min_ssim
        return 1 - chosen

    @property
    def memory_seconds(self) -> float:
        """`memory`, or the preset's; 0 for none."""
        return self._chosen("memory") if self.pool == "local" else 0.0

    @property
    def habits_only(self) -> bool:
        """Whether `usual`, or the preset, limits what is ignored to habits."""
        return bool(self._chosen("usual") == "habits")

    @property
    def learn_seconds(self) -> float:
        """`learn`, or the preset's; 0 where nothing is remembered."""
        return self._chosen("learn") if self.memory_seconds else 0.0

    @property
    def ignores_light(self) -> bool:
        """Whether changes of the light alone are ignored."""
        return self.pool == "local" and bool(self._chosen("light") == "ignore")

    @property
    def highest_rate(self) -> float | None:
        """`max_rate`, or the preset's; None for no limit."""
        rate: float | None = self._chosen("max_rate")
        return rate

    def _chosen(self, name: str) -> Any:
        """Return the option `name`, or the preset's value where it is not given."""
        given = getattr(self, name)
        return getattr(PRESETS[self.preset], name) if given is None else given
