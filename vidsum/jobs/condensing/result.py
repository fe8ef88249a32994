"""What a condense run did."""

from dataclasses import dataclass
from pathlib import Path

from ...dedup.events import Event
from .cuts import Beginning
from .explain import Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class CondenseResult:
    """What a run did."""

    output: Path | None
    """The condensed video; None for a dry run."""
    scores: Path | None
    """The table of scores, if one was written."""
    events_file: Path | None
    """The list of events, if one was written."""
    subtitles: Path | None
    """The subtitles of the condensed video, if they were written."""
    edl: Path | None
    """The events as cuts for editing programs, if they were written."""
    html: Path | None
    """The page, if one was written."""
    sheet: Path | None
    """The contact sheet, if one was drawn."""
    explained: tuple[Explained, ...]
    """Why frames were kept or dropped, of those that were asked for and were there."""
    clips: tuple[Path, ...]
    """The events as clips of the source, in their order, if they were asked for."""
    frames: int
    """Frames decoded."""
    kept: int
    """Frames kept, all of them in the output unless there is none."""
    events: tuple[Event, ...]
    """The stretches in which something changed."""
    beginnings: tuple[Beginning, ...]
    """Where the inputs of which anything was seen begin in the recording."""
    usual: float
    """Share of the picture, 0 to 1, in which usual change was ignored at some time."""
    min_ssim: float
    """The threshold: SSIM below which a frame was kept."""
    compared: int
    """Frames compared with a kept one."""
    prefiltered: int
    """Frames of those that the squared error alone decided; none where all scores are computed."""
    windows_decided: float
    """Share of the windows compared that the squared error alone decided, 0 to 1; 0 where all
    scores are computed."""
    duration: float
    """Seconds of the recording that were decoded."""
    elapsed: float
    """Seconds that the run took."""
    width: int
    """Width of the upright picture, made even, in pixels."""
    height: int
    """Height of the upright picture, made even, in pixels."""
    no_sound: str | None
    """Why the condensed video has no sound; None if it has, or none was asked for."""
    faults: tuple[str, ...]
    """What was wrong inside the input, a line each."""
    lost_input: bool
    """Whether part of the input was lost."""
    resumed: int | None
    """Frames that an interrupted run had decided on; None if --resume was not asked for."""
    stopped: bool
    """Whether the run was told to stop before the end; the output holds what was kept so far."""
