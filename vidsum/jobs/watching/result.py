"""What was seen by a camera."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    """What was seen by a camera."""

    camera: str
    """The name of the camera."""
    address: str
    """Its address, without user and password."""
    folder: Path | None
    """Where the segments are; None if none were written."""
    frames: int
    """Frames received."""
    kept: int
    """Frames kept."""
    late: int
    """Frames dropped undecided, because this machine was too slow."""
    damaged: int
    """Packets and frames that were damaged."""
    events: int
    """Events that have ended."""
    segments: int
    """Segments begun."""
    reconnects: int
    """Connections after the first one."""
    gaps: int
    """Gaps between pictures of two connections."""
    lost_seconds: float
    """Total length of the gaps."""
    lost_input: bool
    """Whether part of the stream was lost, or the camera was lost at the end."""
    elapsed: float
    """Seconds that the run took."""
