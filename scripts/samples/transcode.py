"""The transcoded clip: the reference as a careless conversion would leave it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from samples.draw import Picture
from samples.labels import Json
from samples.landscape import RATE
from samples.landscape_layers import HEIGHT, WIDTH
from samples.video import Encoding, read_planes

SMALL_WIDTH, SMALL_HEIGHT = 640, 360
SIZE = (SMALL_WIDTH, SMALL_HEIGHT)
OFFSET_SECONDS = 0.5
DROPPED_REFERENCE_FRAMES = (121, 178)
ENCODING = Encoding(
    quality=34, preset="veryfast", keyframe_interval=4 * RATE, parameters="deblock=-3,-3"
)

_OFFSET_FRAMES = round(OFFSET_SECONDS * RATE)


def _shrink(planes: Picture) -> Picture:
    """Shrink a planar 4:2:0 picture, each plane for itself."""
    luma = cv2.resize(planes[:HEIGHT], SIZE, interpolation=cv2.INTER_AREA)
    shrunk = [np.asarray(luma)]
    for plane in planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2):
        half = (SMALL_WIDTH // 2, SMALL_HEIGHT // 2)
        small = cv2.resize(plane, half, interpolation=cv2.INTER_AREA)
        shrunk.append(np.asarray(small).reshape(SMALL_HEIGHT // 4, SMALL_WIDTH))
    return np.vstack(shrunk).astype(np.uint8)


def render(reference: Path) -> Iterator[tuple[int, Picture]]:
    """Yield the kept frames; those after a dropped one keep their times."""
    for number, planes in enumerate(read_planes(reference)):
        if number >= _OFFSET_FRAMES and number not in DROPPED_REFERENCE_FRAMES:
            yield number - _OFFSET_FRAMES, _shrink(planes)


def labels(reference: Path, reference_frames: int) -> dict[str, Json]:
    return {
        "fps": RATE,
        "frames": reference_frames - _OFFSET_FRAMES - len(DROPPED_REFERENCE_FRAMES),
        "reference": reference.name,
        "offset_seconds": OFFSET_SECONDS,
        "dropped_reference_frames": list(DROPPED_REFERENCE_FRAMES),
        "note": (
            f"{reference.name} in smaller pictures at a lower bit rate. Time 0 here is "
            f"{OFFSET_SECONDS} s there, the first {_OFFSET_FRAMES} reference frames are missing; "
            "where a frame was dropped the timestamps have a gap of two frame durations."
        ),
    }
