"""What was seen of a camera."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    """What was seen of a camera."""

    camera: str
    """What the camera is called."""
    address: str
    """Where it is, without user and password."""
    folder: Path | None
    """Where the segments are; None if none were written."""
    frames: int
    """Frames that came."""
    kept: int
    """Frames kept."""
    late: int
    """Frames dropped undecided, because this machine was too slow."""
    damaged: int
    """Packets and frames that were damaged."""
    events: int
    """Events that are over."""
    segments: int
    """Segments begun."""
    reconnects: int
    """Connections after the first one."""
    gaps: int
    """Gaps between pictures of two connections."""
    lost_seconds: float
    """How long the gaps are together."""
    lost_input: bool
    """Whether part of the stream was lost, or the camera was at the end."""
    elapsed: float
    """Seconds that it took."""
