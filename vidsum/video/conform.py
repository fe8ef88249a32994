"""Rotating and scaling of pictures, with FFmpeg's own filters."""

from fractions import Fraction

import av
import av.filter

from ..frame import VideoInfo

TURNS: dict[int, tuple[tuple[str, str], ...]] = {
    0: (),
    90: (("transpose", "dir=cclock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "dir=clock"),),
}
"""The filters that turn a picture counterclockwise, by degrees."""

_UNSPECIFIED = 2
_MATRICES = frozenset(range(15)) - {3}
"""Code points that a filter graph accepts as a matrix; damaged files have others."""

_PROBE_SIDE = 64
"""Size of a picture that has whole samples of chroma in any format."""


class Filter:
    """A chain of filters that turns one picture into one, whatever its size."""

    def __init__(self, *steps: tuple[str, str]) -> None:
        self._steps = steps
        self._graph: av.filter.Graph | None = None
        self._fits: str | None = None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return `frame` as processed by the chain."""
        if not self._steps:
            return frame
        # A graph that isn't told the colour range takes full for limited, and compresses it.
        matrix = int(frame.colorspace) if frame.colorspace in _MATRICES else _UNSPECIFIED
        source = (
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:"
            f"colorspace={matrix}:range={int(frame.color_range)}:time_base=1/1000"
        )
        if self._graph is None or self._fits != source:
            self._graph, self._fits = self._build(source), source
        self._graph.push(frame)
        out = self._graph.pull()
        assert isinstance(out, av.VideoFrame)
        out.pts = frame.pts
        if out.format.name == frame.format.name:
            # Grey comes out tagged as full range, whatever it is.
            out.color_range = frame.color_range
        return out

    def _build(self, source: str) -> av.filter.Graph:
        graph = av.filter.Graph()
        last = graph.add("buffer", source)
        for name, arguments in (*self._steps, ("buffersink", "")):
            step = graph.add(name, arguments)
            last.link_to(step)
            last = step
        graph.configure()
        return graph


def even_size(info: VideoInfo) -> tuple[int, int]:
    """Return width and height of the upright picture, made even: 4:2:0 video requires it."""
    width, height = info.upright_size
    return width + width % 2, height + height % 2


def upright_aspect(info: VideoInfo) -> Fraction:
    """Return the width of a sample of the upright picture divided by its height."""
    aspect = info.sample_aspect_ratio
    return 1 / aspect if info.rotation in (90, 270) else aspect


def upright(info: VideoInfo) -> Filter:
    """Return a filter that turns pictures upright and repeats the last column or row of odd sizes.

    For most videos it does nothing.
    """
    width, height = even_size(info)
    right, bottom = width - info.upright_size[0], height - info.upright_size[1]
    steps = TURNS[info.rotation]
    if right or bottom:
        steps += (
            ("pad", f"{width}:{height}"),
            ("fillborders", f"right={right}:bottom={bottom}:mode=smear"),
        )
    return Filter(*steps)


def fit(width: int, height: int, pixel_format: str) -> Filter:
    """Return a filter that scales to a size, with black bars where that would distort."""
    # As force_original_aspect_ratio, except for lines, which that would scale to nothing.
    across = f"max(1,min({width},round(iw*{height}/ih)))"
    down = f"max(1,min({height},round(ih*{width}/iw)))"
    chroma = av.VideoFormat(pixel_format, _PROBE_SIDE, _PROBE_SIDE)
    wide = -width % (_PROBE_SIDE // chroma.chroma_width())
    high = -height % (_PROBE_SIDE // chroma.chroma_height())
    return Filter(
        ("scale", f"{across}:{down}"),
        # Bars are added in whole samples of chroma; the excess is cut off again.
        ("pad", f"{width + wide}:{height + high}:-1:-1"),
        ("crop", f"{width}:{height}:0:0:exact=1"),
        ("format", pixel_format),
    )
