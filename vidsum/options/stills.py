"""How images are compared, and which files that writes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from ..errors import UsageError
from .values import check_choice

StillKernel: TypeAlias = Literal["uniform7", "gaussian"]

GATES: dict[str, tuple[float, float]] = {
    "ssim": (-1.0, 1.0),
    "psnr": (0.0, float("inf")),
    "percent_similar": (0.0, 100.0),
}
"""Scores that `--fail-under` may name, each with the limits that make sense."""

WINDOWS: dict[StillKernel, int] = {"uniform7": 7, "gaussian": 11}
"""Side of an SSIM window in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stills:
    """How images are compared."""

    color: bool = False
    """Compare red, green and blue separately. Default: brightness only."""

    resize: bool = False
    """Scale B to the size of A where they differ."""

    background: Annotated[str, Parameter(metavar="COLOR")] = "white"
    """Show transparent pixels on this background colour: a name, or #rrggbb."""

    kernel: StillKernel = "uniform7"
    """Windows of SSIM: 7x7 with equal weights (uniform7, the default of scikit-image) or 11x11
    Gaussian ones (gaussian, Wang et al. 2004)."""

    min_ssim: Annotated[float, Parameter(metavar="SSIM")] = 0.7
    """A pixel differs when the SSIM of the window around it is below this, in -1 to 1;
    percent_similar is the share of pixels that don't differ."""

    min_area: Annotated[int, Parameter(metavar="PIXELS")] = 40
    """Ignore differing patches of fewer pixels. One changed pixel makes up to 49 differ: the
    centres of the windows that contain it."""

    grid: Annotated[int | None, Parameter(metavar="N")] = None
    """Write a table of the MSE and SSIM of every block of N by N pixels."""

    fail_under: Annotated[tuple[str, ...], Parameter(metavar="SCORE=LIMIT")] = ()
    """Exit with code 1 when a score is below its limit: ssim=0.95, psnr=30 or
    percent_similar=99. May be given several times."""

    duplicates: Annotated[float, Parameter(metavar="SSIM")] = 0.95
    """In folders, images are duplicates when their SSIM, in grey and reduced to 256x256, is at
    least this."""

    max_pixels: Annotated[int, Parameter(metavar="N")] = 500_000_000
    """Refuse images with more pixels than this."""

    def __post_init__(self) -> None:
        given = self.fail_under  # Python may pass one string, or a list
        object.__setattr__(self, "fail_under", (given,) if isinstance(given, str) else tuple(given))
        check_choice("--kernel", self.kernel, StillKernel)
        for option, value in (("--min-ssim", self.min_ssim), ("--duplicates", self.duplicates)):
            if not -1 <= value <= 1:
                raise UsageError(f"{option} is {value}, allowed are -1 to 1")
        window = WINDOWS[self.kernel]
        if self.grid is not None and self.grid < window:
            raise UsageError(
                f"--grid is {self.grid}, allowed are whole numbers from {window}, the size of an "
                f"SSIM window with --kernel {self.kernel}"
            )
        if self.min_area < 0:
            raise UsageError(f"--min-area is {self.min_area}, allowed are whole numbers from 0")
        if self.max_pixels < 1:
            raise UsageError(f"--max-pixels is {self.max_pixels}, allowed are numbers from 1")
        _ = self.limits  # report what can't be parsed before any file is opened

    @property
    def limits(self) -> tuple[tuple[str, float], ...]:
        """The scores of `fail_under`, each with the lowest value that passes."""
        return tuple(_limit(text) for text in self.fail_under)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillFiles:
    """Which files a comparison of images writes."""

    diff: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write B in pale grey, with boxes around the regions that differ: .png or .jpg"""

    figure: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Draw both images side by side, with their scores and the map of their SSIM: .png, .jpg, .svg
    or .pdf. Needs matplotlib."""

    grid_file: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write the table of --grid here, as CSV. Default: ./NAME.grid.csv, named after A"""

    matches: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """In folders, write the nearest match of each image here, as CSV."""

    json: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write all results here, as JSON."""

    force: bool = False
    """Replace output files that exist."""

    def __post_init__(self) -> None:
        for name in ("diff", "figure", "grid_file", "matches", "json"):  # Python may pass strings
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))


def _limit(text: str) -> tuple[str, float]:
    """Return the score and the limit of a gate."""
    score, equals, number = (part.strip() for part in text.partition("="))
    forms = "for example ssim=0.95, psnr=30 or percent_similar=99"
    if score in ("mse", "nrmse"):
        raise UsageError(f"--fail-under is {text!r}: {score} is better when lower; use psnr")
    if score not in GATES or not equals:
        raise UsageError(
            f"--fail-under is {text!r}, allowed are {', '.join(GATES)} with a limit, {forms}"
        )
    try:
        limit = float(number)
    except ValueError:
        raise UsageError(f"--fail-under is {text!r}: {number!r} is no number; {forms}") from None
    lowest, highest = GATES[score]
    if not lowest <= limit <= highest:
        raise UsageError(
            f"--fail-under is {text!r}: {score} lies between {lowest:g} and {highest:g}"
        )
    return score, limit
