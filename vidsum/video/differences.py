"""What prevents two videos from being compared sample by sample, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av

from ..frame import VideoInfo
from .colour import MATRICES, TRANSFERS, transfer_of
from .conform import upright_aspect
from .convert import can_convert
from .layout import Layout

_VISIBLE_STRETCH = Fraction(1, 50)
"""Aspect ratios that differ by less are the same, rounded to whole samples."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """One of two videos that are compared."""

    info: VideoInfo
    picture: av.VideoFrame
    layout: Layout


def differences(reference: Side, distorted: Side, target: Layout) -> Iterator[str]:
    """Yield a line for each difference, with what is done about it.

    Parameters
    ----------
    reference, distorted
        The two videos.
    target
        The layout that both are converted to, stored as the reference is.
    """
    turn = (distorted.info.rotation - reference.info.rotation) % 360
    if turn:
        how = {90: "90 degrees counterclockwise", 180: "180 degrees", 270: "90 degrees clockwise"}
        yield f"rotation differs: the distorted picture is turned by {how[turn]}"
    yield from _of_size(reference, distorted, target)
    yield from _of_samples(reference.layout, distorted.layout, target)
    yield from _of_colour(reference.layout, distorted.layout)
    one, other = transfer_of(reference.picture), transfer_of(distorted.picture)
    if one and other and one != other:
        yield (
            f"transfer characteristics differ: {_name(TRANSFERS, one)} and "
            f"{_name(TRANSFERS, other)}, which is not converted"
        )


def _of_size(reference: Side, distorted: Side, target: Layout) -> Iterator[str]:
    """Sizes are those of the upright pictures."""
    one, other = (
        _upright(reference.info, reference.layout),
        _upright(distorted.info, distorted.layout),
    )
    both = _upright(reference.info, target)
    if one == other:
        if one != both:
            yield f"both are scaled from {_size(one)} to {_size(both)} (bicubic)"
        return
    if one == both:
        yield f"sizes differ: {_size(other)} is scaled to {_size(both)} (bicubic)"
    elif other == both:
        yield f"sizes differ: the reference is scaled from {_size(one)} to {_size(both)} (bicubic)"
    else:
        yield (
            f"sizes differ: the reference's {_size(one)} and {_size(other)} are scaled to "
            f"{_size(both)} (bicubic)"
        )
    shape = Fraction(*one) * upright_aspect(reference.info)
    stretched = Fraction(*other) * upright_aspect(distorted.info)
    if abs(shape / stretched - 1) > _VISIBLE_STRETCH:
        yield f"shapes differ: {float(stretched):.3g}:1 is stretched to {float(shape):.3g}:1"


def _of_samples(reference: Layout, distorted: Layout, target: Layout) -> Iterator[str]:
    one, other, both = reference.samples, distorted.samples, target.samples
    which = {(True, True): "both are", (True, False): "the reference is"}
    if one.is_rgb or other.is_rgb:
        subject = which.get((one.is_rgb, other.is_rgb), "the distorted video is")
        yield f"{subject} RGB: compared as Y'CbCr, rounded"
    if one.chroma and not other.chroma:
        yield "the distorted video has no colour: its chroma is taken as neutral"
    elif other.chroma and not one.chroma:
        yield "the reference has no colour: the luma alone is compared"
    elif one.chroma != both.chroma:
        yield f"chroma is compared as {_ratio(both.chroma)}, not as {_ratio(one.chroma)}"
    elif one.chroma != other.chroma:
        yield (
            f"chroma subsampling differs: {_ratio(other.chroma)} is converted to "
            f"{_ratio(one.chroma)}"
        )
    if one.depth != other.depth:
        shallow, deep = sorted((one.depth, other.depth))
        yield f"bit depth differs: {shallow} bits are compared as {deep}"


def _of_colour(reference: Layout, distorted: Layout) -> Iterator[str]:
    if not reference.samples.is_rgb and not distorted.samples.is_rgb:
        ranges = {True: "full", False: "limited", None: "untagged"}
        one, other = ranges[reference.full], ranges[distorted.full]
        if None not in (reference.full, distorted.full) and one != other:
            yield f"colour range differs: {other} is converted to {one}"
        elif True in (reference.full, distorted.full) and one != other:
            yield (
                f"colour range may differ: the reference is {one}, the distorted video {other}; "
                "both are taken as full"
            )
    if reference.matrix and distorted.matrix and reference.matrix != distorted.matrix:
        one, other = _name(MATRICES, reference.matrix), _name(MATRICES, distorted.matrix)
        if can_convert(distorted.matrix, reference.matrix):
            yield f"colour matrix differs: {other} is converted to {one}"
        else:
            yield f"colour matrix differs: {one} and {other}, which is not converted"


def _upright(info: VideoInfo, layout: Layout) -> tuple[int, int]:
    return layout.size[::-1] if info.rotation in (90, 270) else layout.size


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _ratio(chroma: str) -> str:
    return ":".join(chroma)


def _name(names: dict[int, str], code: int) -> str:
    return names.get(code, f"code {code}")
