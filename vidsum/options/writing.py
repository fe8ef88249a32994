"""Which files are written."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import UsageError, printable
from .encoding import Editing
from .values import check_ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing(Editing):
    """Which files are written, and how."""

    output: Annotated[Path | None, Parameter(alias="-o", metavar="FILE")] = None
    """The condensed video: .mp4, .mov, .mkv, .avi or .webm. Default: ./NAME.condensed.mp4"""

    scores: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """The table of every frame's scores: .json, .jsonl, .parquet, else CSV. Default: next to the
    output, with the extension .csv"""

    no_scores: bool = False
    """Write no table of scores."""

    events: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write the list of events here: .csv or .json"""

    subtitles: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write subtitles for the condensed video that show the time in the source: .vtt or .srt"""

    edl: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write the events as cuts of the source, for video editors: .edl (CMX 3600) or .otio
    (OpenTimelineIO)"""

    sheet: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Draw a contact sheet: the strongest frame of each event with its time, and further kept
    frames if there is room; .png or .jpg"""

    sheet_size: Annotated[str, Parameter(metavar="CxR")] = "5x4"
    """Columns and rows of the contact sheet."""

    explain: Annotated[tuple[int, ...], Parameter(metavar="N", negative=())] = ()
    """Draw why frame N was kept or dropped, next to the frame it was compared with:
    NAME.frame-N.png next to the output. May be given several times."""

    html: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Write an HTML page in one file: the scores over time, pictures of the events, and what
    another threshold would keep. Needs plotly and jinja2."""

    clips: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    """Copy each event with its sound into this folder, starting at the keyframe before it, without
    re-encoding."""

    dry_run: bool = False
    """Write no video, and no table of scores unless one is named; list the events."""

    all_scores: bool = False
    """Fill every cell of the table; without it, scores that were not needed for the decision are
    empty."""

    force: bool = False
    """Replace output files that exist."""

    resume: bool = False
    """Resume a run of the same command that was interrupted, for whatever reason; it has left
    OUTPUT.checkpoint. The result is the same as without interruption."""

    def __post_init__(self) -> None:
        Editing.__post_init__(self)  # super() fails in classes with slots
        for name in (
            "output",
            "scores",
            "events",
            "subtitles",
            "edl",
            "sheet",
            "html",
            "clips",
        ):  # Python may pass strings
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        if self.no_scores and (self.scores is not None or self.all_scores):
            raise UsageError("--no-scores forbids the table that --scores or --all-scores asks for")
        if self.dry_run and self.output is not None:
            raise UsageError("--dry-run writes no video; leave --output out")
        if self.dry_run and self.subtitles is not None:
            raise UsageError("--dry-run writes no video; leave --subtitles out, which belong to it")
        if self.resume and self.dry_run:
            raise UsageError("--dry-run writes no video to resume; leave --resume out")
        if self.resume and self.explain:
            raise UsageError(
                "--resume knows no pictures of the frames before, as --explain needs them; explain "
                "frames in a run of its own, with --dry-run"
            )
        check_ending("--subtitles", self.subtitles, (".vtt", ".srt"))
        check_ending("--edl", self.edl, (".edl", ".otio"))
        check_ending("--html", self.html, (".html", ".htm"))
        check_ending("--sheet", self.sheet, (".png", ".jpg", ".jpeg"))
        if re.fullmatch(r"[1-9]\d?x[1-9]\d?", self.sheet_size) is None:
            raise UsageError(
                f"--sheet-size is {printable(self.sheet_size)}, allowed are columns and rows up to "
                "99, such as 5x4"
            )
        object.__setattr__(self, "explain", tuple(self.explain))
        if any(number < 0 for number in self.explain):
            raise UsageError(f"--explain is {min(self.explain)}, allowed are numbers from 0 on")
        if self.dry_run and self.audio != "none":
            raise UsageError("--dry-run writes no video; leave --audio out, which belongs to it")

    @property
    def reports(self) -> tuple[Path, ...]:
        """The files that are written under their own names, except the video and the table."""
        named = (self.events, self.html, self.sheet, self.subtitles, self.edl)
        return tuple(path for path in named if path is not None)

    @property
    def sheet_columns(self) -> int:
        """How many pictures there are in a row of the contact sheet."""
        return int(self.sheet_size.split("x")[0])

    @property
    def sheet_rows(self) -> int:
        """The maximum number of rows of the contact sheet."""
        return int(self.sheet_size.split("x")[1])


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
