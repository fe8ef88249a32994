"""What a report compares frames with, and which files it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import UsageError, printable
from .values import check_ending

STDOUT = Path("-")
"""Stands for standard output where a file may be named."""


def check_stdout(named: Mapping[str, Path]) -> None:
    """Raise `UsageError` if more than one of the files, given by format, is standard output.

    Or if the name of one begins like an option: its user has mistyped an option.
    """
    for name, path in named.items():
        if str(path).startswith("-") and path != STDOUT:
            raise UsageError(
                f"--{name} is {printable(path)}, allowed are - and names of files, with ./ before "
                "one that begins with a hyphen"
            )
    if sum(path == STDOUT for path in named.values()) > 1:
        raise UsageError("two tables go to standard output (-); give one of them a file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """What each frame is compared with."""

    against: Annotated[str, Parameter(metavar="WHAT")] = "kept"
    """Compare each frame with the last kept one (kept), the previous one (previous), the first one
    (first), or an image as large as the video (its path). With all but kept, frames are marked as
    kept by the plain rule: --min-ssim and --pool alone."""

    @property
    def is_kept(self) -> bool:
        """Whether frames are compared with the last kept one."""
        return self.against == "kept"

    @property
    def image(self) -> Path | None:
        """The image, if frames are compared with one."""
        return None if self.against in ("kept", "previous", "first") else Path(self.against)


_TABLE = Parameter(metavar="FILE", allow_leading_hyphen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Which files a report writes; - is standard output."""

    csv: Annotated[Path | None, _TABLE] = None
    """Write the table as CSV; - writes to standard output, here as with the other formats. Default
    for a video if no other format is named: ./NAME.scores.csv"""

    json: Annotated[Path | None, _TABLE] = None
    """Write it as JSON with a header: input, options, version, summary and events, then the
    frames."""

    jsonl: Annotated[Path | None, _TABLE] = None
    """Write it as JSON Lines: one object per frame and line."""

    parquet: Annotated[Path | None, _TABLE] = None
    """Write it as Parquet. Needs pyarrow."""

    plot: Annotated[Path | None, _TABLE] = None
    """Draw the scores over time: .png, .svg or .pdf. Needs matplotlib."""

    html: Annotated[Path | None, _TABLE] = None
    """Write an HTML page in one file: the scores over time, pictures of the events, and what
    another threshold would keep. Needs plotly and jinja2."""

    force: bool = False
    """Replace output files that exist."""

    def __post_init__(self) -> None:
        for name in FORMATS:  # Python may pass strings
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
                if name == "html":
                    check_ending("--html", Path(path), (".html", ".htm"))
        check_stdout(self.named)

    @property
    def named(self) -> dict[str, Path]:
        """The files by format."""
        paths = {name: getattr(self, name) for name in FORMATS}
        return {name: path for name, path in paths.items() if path is not None}


FORMATS = ("csv", "json", "jsonl", "parquet", "plot", "html")
