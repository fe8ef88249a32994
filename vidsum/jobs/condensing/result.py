"""The result of a condense run."""

from dataclasses import dataclass
from pathlib import Path

from ...dedup.events import Event
from .cuts import Beginning
from .explain import Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class CondenseResult:
    """The result of a condense run."""

    output: Path | None
    """The condensed video; None for a dry run."""
    scores: Path | None
    """The table of scores, if one was written."""
    events_file: Path | None
    """The list of events, if one was written."""
    subtitles: Path | None
    """The subtitles of the condensed video, if they were written."""
    edl: Path | None
    """The events as cuts for video editors, if they were written."""
    html: Path | None
    """The HTML page, if one was written."""
    sheet: Path | None
    """The contact sheet, if one was drawn."""
    explained: tuple[Explained, ...]
    """Why frames were kept or dropped, for the requested frames that exist."""
    clips: tuple[Path, ...]
    """The events as clips of the source, in order, if requested."""
    frames: int
    """Frames decoded."""
    kept: int
    """Frames kept, all of which are in the output if there is one."""
    events: tuple[Event, ...]
    """The intervals in which something changed."""
    beginnings: tuple[Beginning, ...]
    """Where the inputs of which at least one frame was seen begin in the recording."""
    usual: float
    """Share of the picture, 0 to 1, in which usual change was ignored at some time."""
    min_ssim: float
    """The threshold: SSIM below which a frame was kept."""
    compared: int
    """Frames that were compared with a kept one."""
    prefiltered: int
    """How many of those the squared error alone decided; 0 if all scores are computed."""
    windows_decided: float
    """Share of the windows compared that the squared error alone decided, 0 to 1; 0 if all scores
    are computed."""
    duration: float
    """Seconds of the recording that were decoded."""
    elapsed: float
    """Seconds that the run took."""
    width: int
    """Width of the upright picture, made even, in pixels."""
    height: int
    """Height of the upright picture, made even, in pixels."""
    no_sound: str | None
    """Why the condensed video has no sound; None if it has, or none was requested."""
    faults: tuple[str, ...]
    """What was wrong inside the input, one line each."""
    lost_input: bool
    """Whether part of the input was lost."""
    resumed: int | None
    """Frames that an interrupted run had decided; None without --resume."""
    stopped: bool
    """Whether the run was told to stop before the end; the output holds what was kept so far."""
