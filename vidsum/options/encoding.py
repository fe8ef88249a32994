"""How a condensed video is made: options that recordings, batches and cameras share."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from ..errors import UsageError
from .panels import panel
from .values import check_choice

Codec: TypeAlias = Literal["mp4v", "mjpg", "xvid", "ffv1", "h264", "hevc", "av1"]
Audio: TypeAlias = Literal["none", "cut"]
Timing: TypeAlias = Literal["even", "source", "speedup"]

_DEFAULT_CRF: dict[Codec, int] = {"h264": 20, "hevc": 23, "av1": 32}
_MAX_CRF: dict[Codec, int] = {"h264": 51, "hevc": 51, "av1": 63}
_MAX_SPEEDUP = 1000

VIDEO = Parameter(group=panel("Condensed video"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a condensed video is encoded."""

    codec: Annotated[Codec, VIDEO] = "mp4v"
    """How the condensed video is encoded: mp4v, mjpg, xvid, ffv1 (lossless), or the smaller and
    slower h264, hevc, av1."""

    crf: Annotated[int | None, VIDEO, Parameter(metavar="N")] = None
    """Quality of h264 (default 20), hevc (23) and av1 (32): lower means better and larger."""

    burn_in: Annotated[bool, VIDEO] = False
    """Draw the time in the source and the frame number into every kept frame."""

    def __post_init__(self) -> None:
        check_choice("--codec", self.codec, Codec)
        if self.crf is None:
            return
        if self.codec not in _MAX_CRF:
            raise UsageError(
                f"--crf has no meaning for --codec {self.codec}; it is for {', '.join(_MAX_CRF)}"
            )
        if not 0 <= self.crf <= _MAX_CRF[self.codec]:
            raise UsageError(
                f"--crf is {self.crf}, allowed for {self.codec} are 0 to {_MAX_CRF[self.codec]}"
            )

    @property
    def quality(self) -> int | None:
        """`crf`, or the default of the codec; None for codecs without one."""
        return _DEFAULT_CRF.get(self.codec) if self.crf is None else self.crf


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing(Encoding):
    """How the kept frames of a recording are put together."""

    timing: Annotated[Timing, VIDEO] = "even"
    """Show kept frames one after another at the source's frame rate (even), as far apart as they
    are in the source (source), or events at normal speed and what lies between them faster
    (speedup)."""

    speedup: Annotated[int, VIDEO, Parameter(metavar="N")] = 20
    """How many times faster --timing speedup shows what lies between events: it keeps every Nth
    frame there."""

    audio: Annotated[Audio, VIDEO] = "none"
    """Sound of the condensed video: none, or the source's wherever the video is shown at full rate
    (cut), as with --pad or --timing speedup; silence between."""

    def __post_init__(self) -> None:
        Encoding.__post_init__(self)  # super() fails in classes with slots
        if not 2 <= self.speedup <= _MAX_SPEEDUP:
            raise UsageError(f"--speedup is {self.speedup}, allowed are 2 to {_MAX_SPEEDUP}")
        check_choice("--timing", self.timing, Timing)
        check_choice("--audio", self.audio, Audio)
