"""The videos that a page can play, at the locations they had when it was written."""

import os
import urllib.parse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A video of which a page plays an interval."""

    address: str
    begin: float
    """From which time of the recording on, in seconds."""
    shift: float = 0.0
    """How much later the video's own times are."""

    def as_data(self) -> dict[str, object]:
        """Return it in the form that the script of the page reads."""
        return {"address": self.address, "begin": self.begin, "shift": self.shift}


def relative_address(video: Path, page: Path) -> str:
    """Return the URL of a video relative to a page.

    Examples
    --------
    >>> relative_address(Path("out/50% <b>.mp4"), Path("out/page.html"))
    '50%25%20%3Cb%3E.mp4'
    """
    folder = os.path.realpath(page.parent)
    way = Path(os.path.relpath(os.path.realpath(video), folder)).as_posix()
    # A colon is quoted too: anything before it would be taken for a scheme.
    return urllib.parse.quote(os.fsencode(way))
