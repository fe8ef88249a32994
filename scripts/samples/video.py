"""Writing and reading video files, with bytes that depend on the pictures alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from samples.draw import FloatPicture, Picture

# Values of the AVColorPrimaries and AVColorTransferCharacteristic enumerations.
_BT709 = 1

# Limited-range BT.709, for (blue, green, red) levels from 0 to 255.
_KR, _KB = 0.2126, 0.0722
_KG = 1.0 - _KR - _KB
_YUV_FROM_BGR = np.asarray(
    [
        [219 / 255 * _KB, 219 / 255 * _KG, 219 / 255 * _KR],
        [
            112 / 255,
            -112 / 255 * _KG / (1 - _KB),
            -112 / 255 * _KR / (1 - _KB),
        ],
        [
            -112 / 255 * _KB / (1 - _KR),
            -112 / 255 * _KG / (1 - _KR),
            112 / 255,
        ],
    ],
    np.float32,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a clip is compressed. `quality` is x264's CRF: lower is better."""

    quality: float
    preset: str = "slow"
    tune: str | None = None
    keyframe_interval: int = 250
    parameters: str = ""


def to_yuv420(picture: Picture | FloatPicture, luma_noise: FloatPicture | None = None) -> Picture:
    """Convert a BGR picture to planar limited-range BT.709, planes below each other.

    `luma_noise` is added before rounding, so that noise of less than a level still dithers.
    """
    height, width = picture.shape[:2]
    luma, blue_difference, red_difference = cv2.split(
        cv2.transform(picture.astype(np.float32), _YUV_FROM_BGR)
    )
    if luma_noise is not None:
        luma = luma + luma_noise
    half = (width // 2, height // 2)
    planes = [np.asarray(luma) + 16]
    for difference in (blue_difference, red_difference):
        small = cv2.resize(difference, half, interpolation=cv2.INTER_AREA)
        planes.append(small.reshape(height // 4, width) + 128)
    return np.clip(np.rint(np.vstack(planes)), 0, 255).astype(np.uint8)


def write_video(
    path: Path,
    frames: Iterable[tuple[int, Picture]],
    *,
    size: tuple[int, int],
    rate: int,
    encoding: Encoding,
) -> None:
    """Write frames, given as (timestamp in frame durations, planar YUV picture)."""
    options = {"crf": str(encoding.quality), "preset": encoding.preset}
    if encoding.tune:
        options["tune"] = encoding.tune
    # x264 decides differently with another number of threads, so the number is fixed.
    parameters = "threads=2:lookahead-threads=1:sliced-threads=0"
    options["x264-params"] = ":".join(filter(None, (parameters, encoding.parameters)))
    container_options = {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", options=container_options) as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = Fraction(1, rate)
        codec.gop_size = encoding.keyframe_interval
        codec.color_range = ColorRange.MPEG
        codec.colorspace = Colorspace.ITU709
        codec.color_primaries = _BT709
        codec.color_trc = _BT709
        for timestamp, planes in frames:
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.color_range = ColorRange.MPEG
            frame.colorspace = Colorspace.ITU709
            frame.pts = timestamp
            frame.time_base = codec.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def read_planes(path: Path) -> Iterator[Picture]:
    """Decode a file to planar YUV pictures as `write_video` takes them."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)
