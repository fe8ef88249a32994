"""The clips that are timed: a camera's view, and a copy of it."""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

FRAME_RATE = 30


def make_clip(folder: Path, size: str, busy_share: float, minutes: float) -> Path:
    """Render a camera's view: a still scene with sensor noise, things moving in a share of it."""
    path = folder / f"camera-{size}-{busy_share:.2f}-{minutes:g}min.mp4"
    if path.exists():
        return path
    width, height = (int(side) for side in size.split("x"))
    random = np.random.default_rng(1)
    scene = _smooth(random.uniform(40, 200, (height // 8 + 2, width // 8 + 2)), height, width)
    noise = random.normal(0, 2, (8, height, width))
    views = np.clip(scene + noise, 16, 235).astype(np.uint8)
    frames = round(minutes * 60 * FRAME_RATE)
    period = 20 * FRAME_RATE
    part = path.with_suffix(".part")
    print(f"making {path.name} ...", file=sys.stderr)
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 2 * FRAME_RATE
        for number in range(frames):
            luma = views[random.integers(len(views))].copy()
            phase = number % period / period
            if phase < busy_share:
                left = round(phase / busy_share * width)
                luma[height // 2 : height // 2 + height // 6, left : left + width // 10] = 220
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            picture[:height] = luma
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.rename(path)
    return path


def _smooth(coarse: np.ndarray, height: int, width: int) -> np.ndarray:
    import cv2

    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def make_copy(clip: Path) -> Path:
    """Return the clip encoded once more, at a lower quality."""
    path = clip.with_name(f"{clip.stem}-copy.mp4")
    if path.exists():
        return path
    part = path.with_suffix(".part")
    print(f"making {path.name} ...", file=sys.stderr)
    with av.open(str(clip)) as source, av.open(str(part), "w", format="mp4") as container:
        read = source.streams.video[0]
        read.thread_type = "AUTO"
        options = {"preset": "veryfast", "crf": "32"}
        stream = container.add_stream("libx264", rate=read.average_rate, options=options)
        stream.width, stream.height, stream.pix_fmt = read.width, read.height, "yuv420p"
        for frame in source.decode(read):
            frame.pict_type = 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.rename(path)
    return path


def frames_in(clip: Path) -> tuple[int, str]:
    """Return how many frames a clip has, and their size."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
        return frames, f"{stream.width}x{stream.height}"
