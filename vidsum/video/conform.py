"""Turning and fitting of pictures, by FFmpeg's own filters."""

from fractions import Fraction

import av
import av.filter

from ..frame import VideoInfo

_TURNS: dict[int, tuple[tuple[str, str], ...]] = {
    0: (),
    90: (("transpose", "dir=cclock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "dir=clock"),),
}


class Filter:
    """A chain of filters that takes one picture in and gives one out, whatever its size."""

    def __init__(self, *steps: tuple[str, str]) -> None:
        self._steps = steps
        self._graph: av.filter.Graph | None = None
        self._fits: tuple[int, int, str] | None = None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return `frame` as the chain makes it."""
        if not self._steps:
            return frame
        layout = (frame.width, frame.height, frame.format.name)
        if self._graph is None or self._fits != layout:
            self._graph, self._fits = self._build(frame), layout
        self._graph.push(frame)
        out = self._graph.pull()
        assert isinstance(out, av.VideoFrame)
        out.pts = frame.pts
        return out

    def _build(self, frame: av.VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        last = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=Fraction(1, 1000),
        )
        for name, arguments in (*self._steps, ("buffersink", "")):
            step = graph.add(name, arguments)
            last.link_to(step)
            last = step
        graph.configure()
        return graph


def even_size(info: VideoInfo) -> tuple[int, int]:
    """Return width and height of the upright picture, each made even: 4:2:0 video has no others."""
    width, height = info.upright_size
    return width + width % 2, height + height % 2


def upright_aspect(info: VideoInfo) -> Fraction:
    """Return the width of a sample of the upright picture divided by its height."""
    aspect = info.sample_aspect_ratio
    return 1 / aspect if info.rotation in (90, 270) else aspect


def upright(info: VideoInfo) -> Filter:
    """Return a filter that turns pictures upright and repeats the last column or row of odd sizes.

    It does nothing to most videos.
    """
    width, height = even_size(info)
    right, bottom = width - info.upright_size[0], height - info.upright_size[1]
    steps = _TURNS[info.rotation]
    if right or bottom:
        steps += (
            ("pad", f"{width}:{height}"),
            ("fillborders", f"right={right}:bottom={bottom}:mode=smear"),
        )
    return Filter(*steps)


def fit(width: int, height: int, pixel_format: str) -> Filter:
    """Return a filter that scales into a size, with black bars where that would distort."""
    return Filter(
        ("scale", f"{width}:{height}:force_original_aspect_ratio=decrease"),
        ("pad", f"{width}:{height}:-1:-1"),
        ("format", pixel_format),
    )
