"""What every job does before it judges frames."""

import os
from pathlib import Path

from ..dedup import Judge
from ..errors import UnsafeInputError, printable
from ..options import Areas, Thresholds
from ..video import Recording
from ..video.areas import counted_samples
from ..video.opening import is_address


def make_judge(
    recording: Recording, thresholds: Thresholds, areas: Areas, *, all_scores: bool = False
) -> Judge:
    """Return who decides on the frames of an open recording."""
    info = recording.info
    counted = counted_samples(areas.wanted, areas.unwanted, areas.mask, info)
    return Judge((info.height, info.width), thresholds, counted=counted, all_scores=all_scores)


def local_path(name: str | os.PathLike[str]) -> Path:
    """Return the path of an input, which is a local file.

    Raises
    ------
    UnsafeInputError
        If it is an address.
    """
    if isinstance(name, str) and is_address(name):
        raise UnsafeInputError(
            f"{printable(name)}: inputs are local files; addresses and protocols are not opened"
        )
    return Path(name)
