"""The files that are mutated: small clips in many formats, made of the sample videos."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

SAMPLES = Path(__file__).parent.parent.parent / "sample_videos"
SIZE = (160, 90)
FRAMES = 24

FORMATS = {
    "h264.mp4": ("libx264", "yuv420p", {"g": "8", "bf": "2"}),
    "fragments.mp4": ("libx264", "yuv420p", {"g": "8"}),
    "mjpeg.mov": ("mjpeg", "yuvj420p", {}),
    "hevc.mkv": ("libx265", "yuv420p", {"x265-params": "log-level=none", "g": "8"}),
    "ffv1.mkv": ("ffv1", "yuv420p", {}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {"deadline": "realtime", "g": "8"}),
    "h264.ts": ("libx264", "yuv420p", {"g": "8", "bf": "2"}),
    "mpeg2.mpg": ("mpeg2video", "yuv420p", {"g": "8"}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {"g": "8"}),
    "flv1.flv": ("flv", "yuv420p", {"g": "8"}),
    "raw.h264": ("libx264", "yuv420p", {"g": "8"}),
    "raw.y4m": ("rawvideo", "yuv420p", {}),
    "picture.gif": ("gif", "rgb8", {}),
    "picture.png": ("png", "rgb24", {}),
    "picture.jpg": ("mjpeg", "yuvj420p", {}),
}
"""Encoder, pixel format and options by the name of the clip."""

PICTURES = (".png", ".jpg")
MAX_BYTES = 300_000
"""So much of a file that the user names is mutated: the headers, and some of the pictures."""


def make_clips(folder: Path) -> list[Path]:
    """Write the clips into `folder`, and return their paths."""
    paths = []
    for sample in ("street", "reference"):
        pictures = list(_pictures(SAMPLES / f"{sample}.mp4"))
        for name, (codec, pixel_format, options) in FORMATS.items():
            path = folder / f"{sample}-{name}"
            count = 1 if path.suffix in PICTURES else FRAMES
            _write(path, pictures[:count], codec, pixel_format, options)
            paths.append(path)
    return paths


def given_files(names: Sequence[str]) -> list[Path]:
    """Return the files named, and those in the folders named."""
    paths = [Path(name) for name in names]
    inside = [sorted(path.rglob("*")) if path.is_dir() else [path] for path in paths]
    return [
        path.absolute()
        for found in inside
        for path in found
        if path.is_file() and path.stat().st_size
    ]


def content_of(path: Path) -> bytes:
    """Return what is mutated of a file."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES)


def _pictures(path: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as video:
        for number, frame in enumerate(video.decode(video=0)):
            if number == FRAMES:
                return
            yield frame.reformat(*SIZE)


def _write(
    path: Path,
    pictures: Sequence[av.VideoFrame],
    codec: str,
    pixel_format: str,
    options: dict[str, str],
) -> None:
    container = {"movflags": "frag_keyframe+empty_moov"} if "fragments" in path.name else {}
    kind = "image2" if path.suffix in PICTURES else None
    if kind is not None:
        container["update"] = "1"
    with av.open(str(path), "w", format=kind, options=container) as file:
        stream = file.add_stream(codec, rate=12, options=options)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixel_format
        for number, picture in enumerate(pictures):
            frame = picture.reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 12)
            frame.pict_type = 0
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
