"""Panels: colours, orientation, shape, and where the heat map and the ring stand."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vidsum.frame import Planes, VideoInfo
from vidsum.quality.heat import local_dissimilarity
from vidsum.video.layout import Layout
from vidsum.video.panels import Panels, Subject, heat_colours
from vidsum.video.planes import planes_of

BOX = (600, 400)
RED, GREEN, BLUE, GREY = (200, 40, 30), (40, 170, 60), (30, 50, 190), (120, 120, 120)


def subject(width, height, *, pixel_format="yuv444p", full=None, matrix=None, **info):
    reference = VideoInfo(
        path=Path("a.mp4"),
        width=info.pop("info_width", width),
        height=info.pop("info_height", height),
        rotation=info.pop("rotation", 0),
        rate=Fraction(25),
        time_base=Fraction(1, 25),
        duration=None,
        codec="h264",
        pixel_format=pixel_format,
        **info,
    )
    layout = Layout(width=width, height=height, pixel_format=pixel_format, full=full, matrix=matrix)
    return Subject(
        reference=reference, distorted=Path("b.mp4"), layout=layout, heat=local_dissimilarity
    )


def grey(width, height, level=120, *, depth=8, chroma=None):
    dtype = np.uint8 if depth == 8 else np.uint16
    y = np.full((height, width), level, dtype)
    c = None if chroma is None else np.full(chroma, 1 << (depth - 1), dtype)
    return Planes(y=y, u=c, v=c, depth=depth)


def quartered(width, height):
    """Return an RGB picture with another colour in every quarter."""
    rgb = np.zeros((height, width, 3), np.uint8)
    top, left = slice(0, height // 2), slice(0, width // 2)
    bottom, right = slice(height // 2, height), slice(width // 2, width)
    for rows, columns, colour in (
        (top, left, RED),
        (top, right, GREEN),
        (bottom, left, BLUE),
        (bottom, right, GREY),
    ):
        rgb[rows, columns] = colour
    return rgb


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv422p10le", "yuvj420p"])
@pytest.mark.parametrize("matrix", [1, 6])
def test_colours_are_those_of_the_tags(pixel_format, matrix):
    spaces = {1: "ITU709", 6: "ITU601"}
    full = pixel_format == "yuvj420p"
    rgb = quartered(320, 200)
    stored = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format=pixel_format,
        dst_colorspace=spaces[matrix],
        src_color_range="JPEG",
        dst_color_range="JPEG" if full else "MPEG",
    )
    panels = Panels(subject(320, 200, pixel_format=pixel_format, full=full, matrix=matrix), BOX)
    drawn, _, _ = panels.draw((planes_of(stored),) * 2)
    assert drawn.shape == (200, 320, 3)
    for y, x in ((50, 80), (50, 240), (150, 80), (150, 240)):
        assert np.abs(drawn[y, x, ::-1].astype(int) - rgb[y, x]).max() <= 4


@pytest.mark.parametrize(("full", "level", "shown"), [(False, 235, 255), (True, 235, 235)])
def test_grey_pictures_have_the_range_of_their_tags(full, level, shown):
    panels = Panels(subject(64, 48, pixel_format="gray", full=full), (64, 48))
    picture = panels.draw((grey(64, 48, level),) * 2)[0]
    assert np.abs(picture.astype(int) - shown).max() <= 1


@pytest.mark.parametrize(
    ("size", "rotation", "aspect", "expected"),
    [
        ((1920, 1080), 0, 1, (600, 338)),
        ((1080, 1920), 90, 1, (600, 338)),
        ((1920, 1080), 270, 1, (225, 400)),
        ((720, 576), 0, Fraction(64, 45), (600, 338)),
        ((500, 300), 180, 1, (500, 300)),
        ((176, 144), 0, 1, (352, 288)),
        ((1, 1), 0, 1, (400, 400)),
    ],
    ids=str,
)
def test_panels_fit_the_box_upright_and_in_shape(size, rotation, aspect, expected):
    info = {"rotation": rotation, "sample_aspect_ratio": Fraction(aspect)}
    panels = Panels(subject(*size, pixel_format="gray", **info), BOX)
    assert panels.size == expected
    for panel in panels.draw((grey(*size),) * 2):
        assert panel.shape == (*expected[::-1], 3)


def test_pictures_that_are_compared_at_another_size_keep_the_shape_of_the_reference():
    panels = Panels(subject(640, 640, info_width=1920, info_height=1080), BOX)
    assert panels.size == (600, 338)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [(480, 240), (1920, 960)], ids=str)
def test_heat_map_ring_and_picture_stand_at_one_place(size, rotation):
    width, height = size
    a, b = (grey(*size) for _ in range(2))
    rows, columns = (slice(length * 3 // 4, length * 3 // 4 + 16) for length in (height, width))
    b.y[rows, columns] = 250
    about = subject(*size, pixel_format="gray", full=True, rotation=rotation)
    panels = Panels(about, BOX)
    _, distorted, heat = panels.draw((a, b))
    bright = centre(distorted.mean(2) > 180)
    hot = centre(heat.mean(2) > 0.8 * heat.mean(2).max())
    assert np.abs(bright - hot).max() < 2
    # The definition of upright is that of VideoInfo.
    place = columns.start + 8, rows.start + 8
    expected = np.array(about.reference.upright(*place)) / about.reference.upright_size
    assert np.abs(bright / panels.size - expected).max() < 0.01

    for panel, plain in zip(panels.draw_marked((a, a), place), panels.draw((a, a)), strict=True):
        ring = centred_change(panel, plain, bright)
        assert np.abs(ring - bright).max() < 2


def centre(places):
    """Return column and row of the middle of what is set."""
    rows, columns = np.nonzero(places)
    return np.array([columns.mean(), rows.mean()])


def centred_change(panel, plain, at):
    """Return the middle of what differs near a place: the ring, without what is enlarged."""
    changed = (panel != plain).any(2)
    rows, columns = np.indices(changed.shape)
    near = (abs(columns - at[0]) < 50) & (abs(rows - at[1]) < 50)
    return centre(changed & near)


def test_what_is_enlarged_shows_the_samples_themselves_away_from_the_place():
    a, b = grey(1920, 1080), grey(1920, 1080)
    b.y[100:104, 200:204] = 255
    panels = Panels(subject(1920, 1080, pixel_format="gray", full=True), BOX)
    assert panels.has_loupe
    one, other, _ = panels.draw_marked((a, b), (202, 102))
    corner = np.s_[-140:, -140:]
    assert (other[corner].min(2) >= 250).sum() - (one[corner].min(2) >= 250).sum() == 16 * 16


@pytest.mark.parametrize("place", [(0, 0), (1919, 0), (0, 1079), (1919, 1079), (960, 540)])
@pytest.mark.parametrize("chroma", [(540, 960), (270, 480), (1080, 480)])
def test_places_at_the_border_can_be_enlarged(place, chroma):
    formats = {(540, 960): "yuv420p10le", (270, 480): "yuv410p", (1080, 480): "yuv411p"}
    depth = 10 if chroma == (540, 960) else 8
    picture = grey(1920, 1080, depth=depth, chroma=chroma)
    panels = Panels(subject(1920, 1080, pixel_format=formats[chroma]), BOX)
    assert panels.has_loupe
    panels.draw_marked((picture, picture), place)


@pytest.mark.parametrize("x", range(408, 412))
def test_what_is_enlarged_has_its_colours_in_place(x):
    picture = grey(1920, 1080, 60, chroma=(1080, 480))
    picture.y[400:416, 400:416] = 200
    picture.v[400:416, 100:104] = 240
    panels = Panels(subject(1920, 1080, pixel_format="yuv411p"), BOX)
    corner = panels.draw_marked((picture, picture), (x, 408))[0][-130:-2, -130:-2].astype(int)
    red = corner[..., 2] - corner[..., 1] > 90
    bright = corner[..., 1] > 90
    assert np.abs(centre(red | bright) - centre(bright)).max() < 5
    assert np.abs(centre(red & bright) - centre(bright)).max() < 5


def test_small_pictures_are_not_enlarged_twice():
    panels = Panels(subject(176, 144, pixel_format="gray"), BOX)
    assert not panels.has_loupe
    panels.draw_marked((grey(176, 144),) * 2, (3, 3))


def test_heat_grows_lighter_all_the_way_and_its_ends_are_fixed():
    shown = heat_colours(np.linspace(-0.1, 1.4, 300, dtype=np.float32)[np.newaxis])[0]
    lightness = shown.astype(float) @ (0.114, 0.587, 0.299)
    assert (np.diff(lightness) >= -0.5).all()
    assert shown[0].max() < 10
    assert lightness[-1] > 220
    assert (shown[-50:] == shown[-1]).all()
    # Half of the scale is for local SSIMs above 0.75.
    middle = heat_colours(np.full((1, 1), 0.25, np.float32))
    half = cv2.applyColorMap(np.full((1, 1), 128, np.uint8), cv2.COLORMAP_MAGMA)
    assert np.abs(middle.astype(int) - half).max() <= 2
