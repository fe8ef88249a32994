"""The samples of every kind of picture, and a distorted one brought to the layout of another.

What a conversion should give is computed from ITU-T H.273, or by FFmpeg's own filters.
"""

from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
import pytest
from conftest import write_clip
from helpers_arrays import plane

from vidsum import Reading
from vidsum.frame import Frame, VideoInfo
from vidsum.metrics import mse
from vidsum.video.conform import fit
from vidsum.video.planes import Conformer, planes_of
from vidsum.video.source import VideoSource

WIDTH, HEIGHT = 50, 38
"""A width that no decoder's rows end at, and chroma of odd sizes."""

UNTAGGED, LIMITED, FULL = 0, 1, 2
BT709, BT470BG, BT601, BT2020 = 1, 5, 6, 9
WEIGHTS = {BT709: (0.2126, 0.0722), BT601: (0.299, 0.114), BT2020: (0.2627, 0.0593)}
"""What red and blue contribute to luma."""


def filled(pixel_format, samples, *, levels=UNTAGGED, matrix=2, transfer=2):
    """Return a picture with these samples, a plane for each component."""
    height, width = samples[0].shape
    picture = av.VideoFrame(width, height, pixel_format)
    for part, values in zip(picture.planes, samples, strict=True):
        rows = np.frombuffer(part, values.dtype).reshape(part.height, -1)
        rows[:] = 77
        rows[:, : part.width] = values
    picture.color_range, picture.colorspace, picture.color_trc = levels, matrix, transfer
    return picture


def depth_of(pixel_format):
    return av.VideoFormat(pixel_format).components[0].bits


def samples_for(pixel_format, *, kind="random", size=(WIDTH, HEIGHT)):
    """Return samples for each component of a planar format, and all their levels in use."""
    layout = av.VideoFormat(pixel_format, *size)
    shapes = [size[::-1]]
    if not pixel_format.startswith("gray"):
        shapes += 2 * [(layout.chroma_height(), layout.chroma_width())]
    levels = 1 << depth_of(pixel_format)
    return [plane(kind, shape, levels=levels, seed=seed) for seed, shape in enumerate(shapes)]


def some(pixel_format="yuv420p", *, size=(WIDTH, HEIGHT), kind="random", **tags):
    return filled(pixel_format, samples_for(pixel_format, kind=kind, size=size), **tags)


def constant(pixel_format, *values, size=(WIDTH, HEIGHT), **tags):
    """Return a picture of one colour, given by its components."""
    samples = samples_for(pixel_format, size=size)
    flat = [np.full_like(part, value) for part, value in zip(samples, values, strict=True)]
    return filled(pixel_format, flat, **tags)


def ramps(pixel_format, **tags):
    """Return a 4:4:4 picture in which each component takes all of its levels."""
    ramp = np.arange(1 << depth_of(pixel_format))
    dtype = np.uint8 if len(ramp) == 256 else np.uint16
    parts = [np.tile(np.roll(ramp, shift), (2, 1)).astype(dtype) for shift in (0, 50, 90)]
    return filled(pixel_format, parts, **tags)


def stored(planes):
    return [part for part in (planes.y, planes.u, planes.v) if part is not None]


def frame(picture):
    return Frame(number=0, time=Fraction(0), luma=np.zeros((1, 1), np.uint8), native=picture)


def info(picture, rotation=0, sample_aspect_ratio=Fraction(1)):
    return VideoInfo(
        path=Path("clip.mkv"),
        width=picture.width,
        height=picture.height,
        rotation=rotation,
        rate=Fraction(25),
        time_base=Fraction(1, 25),
        duration=None,
        codec="ffv1",
        pixel_format=picture.format.name,
        sample_aspect_ratio=sample_aspect_ratio,
    )


def compared(reference, distorted, *, rotations=(0, 0), **options):
    """Return the planes of both pictures as they are compared, and what is said of them."""
    infos = map(info, (reference, distorted), rotations)
    pair = frame(reference), frame(distorted)
    conformer = Conformer(*infos, pair, **options)
    one, other = conformer(*pair)
    assert one.depth == other.depth
    assert [part.shape for part in stored(one)] == [part.shape for part in stored(other)]
    assert {part.dtype for part in stored(one)} == {part.dtype for part in stored(other)}
    return one, other, conformer.notes


def filtered(picture, *steps):
    """Return what filters of FFmpeg make of a picture."""
    graph = av.filter.Graph()
    graph.threads = 1
    last = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=Fraction(1, 25),
    )
    for name, arguments in (*steps, ("buffersink", "")):
        step = graph.add(name, arguments)
        last.link_to(step)
        last = step
    graph.configure()
    graph.push(picture)
    return graph.pull()


def assert_same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


PLANAR = [
    *("yuv420p", "yuvj420p", "yuv422p", "yuvj444p", "yuv440p", "yuv411p", "yuv410p", "gray"),
    *("yuv420p9le", "yuv420p10le", "yuv422p12le", "yuv444p14le", "yuv420p16le", "gray10le"),
]


@pytest.mark.parametrize("pixel_format", PLANAR)
def test_planes_are_seen_without_a_copy_at_their_own_depth(pixel_format):
    samples = samples_for(pixel_format)
    picture = filled(pixel_format, samples)
    planes = planes_of(picture)

    assert planes.depth == depth_of(pixel_format)
    assert_same(stored(planes), samples)
    for found, part in zip(stored(planes), picture.planes, strict=True):
        assert found.ctypes.data == part.buffer_ptr


def test_grey_has_no_colour():
    planes = planes_of(some("gray"))
    assert planes.u is None
    assert planes.v is None


def test_planes_stay_valid_while_they_are_held():
    samples = samples_for("yuv420p")
    planes = planes_of(filled("yuv420p", samples))
    others = [some("yuv420p", kind="black") for _ in range(20)]
    assert_same(stored(planes), samples)
    assert len(others) == 20


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "gray"])
def test_rows_that_run_backward_give_upright_planes(pixel_format):
    samples = samples_for(pixel_format)
    picture = filtered(filled(pixel_format, samples), ("vflip", ""))
    assert all(part.line_size < 0 for part in picture.planes)
    assert_same(stored(planes_of(picture)), [part[::-1] for part in samples])


@pytest.mark.parametrize("levels", [UNTAGGED, LIMITED, FULL])
@pytest.mark.parametrize(
    ("pixel_format", "planar"),
    [
        ("nv12", "yuv420p"),
        ("nv21", "yuv420p"),
        ("nv16", "yuv422p"),
        ("p010le", "yuv420p10le"),
        ("p016le", "yuv420p16le"),
        ("p410le", "yuv444p10le"),
        ("yuyv422", "yuv422p"),
        ("uyvy422", "yuv422p"),
        ("y210le", "yuv422p10le"),
        ("xv36le", "yuv444p12le"),
        ("yuv420p10be", "yuv420p10le"),
        ("gray12be", "gray12le"),
    ],
)
def test_other_layouts_keep_every_sample(pixel_format, planar, levels):
    samples = samples_for(planar)
    picture = filled(planar, samples).reformat(
        format=pixel_format, src_color_range=LIMITED, dst_color_range=LIMITED, threads=1
    )
    picture.color_range = levels
    planes = planes_of(picture)
    assert planes.depth == depth_of(planar)
    assert_same(stored(planes), samples)


def test_a_conversion_gives_the_same_samples_every_time():
    """Several threads of FFmpeg's scaler spoil each other's rows in this width and depth."""
    samples = samples_for("yuv420p10le", size=(854, 480))
    picture = filled("yuv420p10le", samples).reformat(format="p010le", threads=1)
    for _ in range(40):
        assert_same(stored(planes_of(picture)), samples)


def to_luma_chroma(rgb, matrix, levels, depth=8):
    """Return Y'CbCr of colours from 0 to 1 after ITU-T H.273, rounded and clipped."""
    red, blue = WEIGHTS[matrix]
    r, g, b = rgb
    y = red * r + (1 - red - blue) * g + blue * b
    chroma = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
    top, step = (1 << depth) - 1, 1 << (depth - 8)
    if levels == FULL:
        values = [y * top, *(part * top + 128 * step for part in chroma)]
    else:
        values = [(y * 219 + 16) * step, *((part * 224 + 128) * step for part in chroma)]
    return [np.clip(np.rint(part), 0, top) for part in values]


def colours(size=(16, 12)):
    """Return the corners of the RGB cube and much between them, in squares of 4 samples."""
    rgb = np.random.default_rng(1).random((3, size[1] // 4, size[0] // 4))
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, 8)
    rgb.reshape(3, -1)[:, :8] = corners
    return np.kron(rgb, np.ones((4, 4)))


def rgb_picture(rgb):
    pixels = np.rint(rgb * 255).astype(np.uint8)
    return av.VideoFrame.from_ndarray(
        np.ascontiguousarray(np.moveaxis(pixels, 0, -1)), format="rgb24"
    )


def assert_close(planes, expected, tolerance):
    for found, wanted in zip(stored(planes), expected, strict=True):
        assert np.abs(found - wanted).max() <= tolerance


@pytest.mark.parametrize("pixel_format", ["rgb24", "gbrp", "bgra", "gbrp10le"])
def test_rgb_becomes_full_range_bt601_of_its_depth(pixel_format):
    rgb = colours()
    picture = rgb_picture(rgb).reformat(format=pixel_format, threads=1)
    planes = planes_of(picture)
    assert planes.depth == depth_of(pixel_format)
    eight_bit = np.rint(rgb * 255) / 255
    assert_close(
        planes, to_luma_chroma(eight_bit, BT601, FULL, planes.depth), 1 << (planes.depth - 8)
    )


@pytest.mark.parametrize("pixel_format", PLANAR)
def test_where_nothing_differs_nothing_is_converted(pixel_format):
    reference, distorted = some(pixel_format), some(pixel_format)
    one, other, notes = compared(reference, distorted)
    assert notes == ()
    for planes, picture in ((one, reference), (other, distorted)):
        assert [part.ctypes.data for part in stored(planes)] == [
            part.buffer_ptr for part in picture.planes
        ]


def test_layouts_of_the_same_samples_are_no_difference():
    samples = samples_for("yuv420p")
    reference = filled("yuv420p", samples, levels=FULL, matrix=BT470BG)
    distorted = filled("yuv420p", samples).reformat(format="nv12", threads=1)
    distorted.color_range, distorted.colorspace = FULL, BT601
    one, other, notes = compared(reference, distorted)
    assert notes == ()
    assert_same(stored(one), samples)
    assert_same(stored(other), samples)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv422p10le", "gray"])
@pytest.mark.parametrize("size", [(96, 70), (99, 71), (30, 20)])
def test_the_distorted_is_scaled_as_by_the_scale_filter(pixel_format, size):
    reference, distorted = some(pixel_format, size=size), some(pixel_format)
    one, other, notes = compared(reference, distorted)
    assert_same(stored(one), stored(planes_of(reference)))
    scaled = filtered(distorted, ("scale", f"{size[0]}:{size[1]}:flags=bicubic"))
    assert_same(stored(other), stored(planes_of(scaled)))
    assert f"sizes differ: 50x38 is scaled to {size[0]}x{size[1]} (bicubic)" in notes


def test_scaling_keeps_full_range():
    reference, distorted = (
        constant("yuv420p", 255, 3, 250, size=size, levels=FULL) for size in ((96, 72), (48, 36))
    )
    one, other, _ = compared(reference, distorted)
    assert_same(stored(other), stored(one))


def test_both_are_scaled_to_another_size():
    reference, distorted = some(size=(64, 48)), some(size=(32, 24))
    one, other, notes = compared(reference, distorted, scale_to=(48, 36))
    for planes, picture in ((one, reference), (other, distorted)):
        scaled = filtered(picture, ("scale", "48:36:flags=bicubic"))
        assert_same(stored(planes), stored(planes_of(scaled)))
    assert notes == ("sizes differ: the reference's 64x48 and 32x24 are scaled to 48x36 (bicubic)",)


@pytest.mark.parametrize(
    ("size", "note"),
    [
        ((32, 24), "both are scaled from 64x48 to 32x24 (bicubic)"),
        ((64, 48), None),
    ],
)
def test_pictures_of_one_size_are_scaled_only_to_another(size, note):
    one, _, notes = compared(some(size=(64, 48)), some(size=(64, 48)), scale_to=size)
    assert one.y.shape == size[::-1]
    assert notes == ((note,) if note else ())


def test_a_size_that_the_distorted_has_is_kept():
    distorted = some(size=(32, 24))
    _, other, notes = compared(some(size=(64, 48)), distorted, scale_to=(32, 24))
    assert_same(stored(other), stored(planes_of(distorted)))
    assert notes == ("sizes differ: the reference is scaled from 64x48 to 32x24 (bicubic)",)


def test_a_stretched_shape_is_told_and_one_of_oblong_samples_is_none():
    wide, narrow = some(size=(64, 36)), some(size=(48, 36))
    assert "shapes differ: 1.33:1 is stretched to 1.78:1" in compared(wide, narrow)[2]
    pair = frame(wide), frame(narrow)
    conformer = Conformer(info(wide), info(narrow, 0, Fraction(4, 3)), pair)
    assert conformer.notes == ("sizes differ: 48x36 is scaled to 64x36 (bicubic)",)


@pytest.mark.parametrize("levels", [UNTAGGED, LIMITED])
@pytest.mark.parametrize(
    ("shallow", "deep", "shift"),
    [
        ("yuv444p", "yuv444p10le", 2),
        ("yuv444p", "yuv444p16le", 8),
        ("yuv444p10le", "yuv444p12le", 2),
        ("gray", "gray10le", 2),
    ],
)
def test_shallow_samples_are_shifted_to_the_deeper_depth(shallow, deep, shift, levels):
    picture = ramps(shallow, levels=levels) if shallow != "gray" else some("gray", levels=levels)
    size = picture.width, picture.height
    samples = stored(planes_of(picture))
    for swapped in (False, True):
        pair = (picture, some(deep, size=size))[:: -1 if swapped else 1]
        *both, notes = compared(*pair)
        found = both[swapped]
        assert found.depth == depth_of(deep)
        assert_same(stored(found), [part.astype(int) << shift for part in samples])
        bits = depth_of(shallow), depth_of(deep)
        assert notes == ("bit depth differs: {} bits are compared as {}".format(*bits),)


@pytest.mark.parametrize(("shallow", "deep"), [("yuv444p", "yuv444p10le"), ("gray", "gray10le")])
@pytest.mark.parametrize("size", [(256, 2), (512, 4)])
def test_white_of_full_range_is_white_of_the_deeper_depth(shallow, deep, size):
    white = [255, 128, 128][: 1 if shallow == "gray" else 3]
    distorted = constant(shallow, *white, size=(256, 2), levels=FULL)
    _, other, _ = compared(some(deep, size=size, levels=FULL), distorted)
    assert [set(part.ravel()) for part in stored(other)] == [{1023}, {512}, {512}][: len(white)]


def test_a_depth_and_a_size_at_once_are_what_the_scale_filter_makes_of_them():
    distorted = some("yuv420p", levels=LIMITED)
    _, other, _ = compared(some("yuv420p10le", size=(96, 70), levels=LIMITED), distorted)
    steps = ("scale", "96:70:flags=bicubic"), ("format", "yuv420p10le")
    assert_same(stored(other), stored(planes_of(filtered(distorted, *steps))))


@pytest.mark.parametrize(
    ("reference", "distorted", "note"),
    [
        ("yuv420p", "yuv444p", "chroma subsampling differs: 4:4:4 is converted to 4:2:0"),
        ("yuv444p", "yuv420p", "chroma subsampling differs: 4:2:0 is converted to 4:4:4"),
        ("yuv422p10le", "yuv420p10le", "chroma subsampling differs: 4:2:0 is converted to 4:2:2"),
    ],
)
def test_chroma_is_brought_to_the_subsampling_of_the_reference(reference, distorted, note):
    picture = some(distorted)
    _, other, notes = compared(some(reference), picture)
    np.testing.assert_array_equal(other.y, planes_of(picture).y)
    wanted = filtered(picture, ("scale", "flags=bicubic"), ("format", reference))
    assert_same(stored(other), stored(planes_of(wanted)))
    assert notes == (note,)


def test_a_subsampling_that_has_no_such_depth_gives_way_for_both():
    reference = constant("yuv411p", 90, 60, 200)
    one, other, notes = compared(reference, constant("yuv420p10le", 360, 240, 800))
    assert_same(stored(one), stored(other))
    assert set(one.v.ravel()) == {800}
    assert "chroma is compared as 4:4:4, not as 4:1:1" in notes


def other_range(samples, levels, depth):
    """Return what samples of the other range are in this one, after ITU-T H.273."""
    top, step = (1 << depth) - 1, 1 << (depth - 8)
    luma, *chroma = (part.astype(float) for part in samples)
    if levels == LIMITED:
        values = [luma / top * 219 * step + 16 * step]
        values += [(part - 128 * step) / top * 224 * step + 128 * step for part in chroma]
    else:
        values = [(luma - 16 * step) / (219 * step) * top]
        values += [(part - 128 * step) / (224 * step) * top + 128 * step for part in chroma]
    return [np.clip(np.rint(part), 0, top) for part in values]


@pytest.mark.parametrize(
    ("pixel_format", "levels"),
    [
        ("yuv444p", LIMITED),
        ("yuv444p", FULL),
        ("yuvj444p", FULL),
        ("yuv444p10le", LIMITED),
        ("yuv444p10le", FULL),
    ],
)
def test_samples_of_another_range_are_converted(pixel_format, levels):
    """Luma is FFmpeg's rounding at most from the standard, chroma a level."""
    given = FULL if levels == LIMITED else LIMITED
    plain = pixel_format.replace("j", "")
    distorted = ramps(plain, levels=given)
    reference = some(pixel_format, size=(distorted.width, 2), levels=levels)
    _, other, notes = compared(reference, distorted)
    wanted = other_range(stored(planes_of(distorted)), levels, other.depth)
    errors = [np.abs(part - want) for part, want in zip(stored(other), wanted, strict=True)]
    assert max(error.max() for error in errors) <= 1
    assert errors[0].mean() < 0.02
    names = {LIMITED: "limited", FULL: "full"}
    note = f"colour range differs: {names[given]} is converted to {names[levels]}"
    assert notes == (note,)


@pytest.mark.parametrize("pixel_format", ["gray", "gray10le"])
@pytest.mark.parametrize("levels", [LIMITED, FULL])
def test_grey_of_another_range_is_converted(pixel_format, levels):
    given = FULL if levels == LIMITED else LIMITED
    distorted = some(pixel_format, levels=given)
    _, other, notes = compared(some(pixel_format, levels=levels), distorted)
    (wanted,) = other_range(stored(planes_of(distorted)), levels, other.depth)
    assert np.abs(other.y - wanted).max() <= 0.5
    assert len(notes) == 1


def test_a_yuvj_picture_is_full_range_whatever_its_tag():
    reference = some("yuv420p", levels=LIMITED)
    white = constant("yuvj420p", 255, 128, 128)
    _, other, notes = compared(reference, white)
    assert set(other.y.ravel()) == {235}
    assert notes == ("colour range differs: full is converted to limited",)


def test_a_range_a_depth_and_a_size_at_once():
    reference = some("yuv420p10le", size=(96, 72), levels=LIMITED)
    white = constant("yuv420p", 255, 128, 128, levels=FULL)
    _, other, notes = compared(reference, white)
    assert [set(part.ravel()) for part in stored(other)] == [{940}, {512}, {512}]
    assert len(notes) == 3


@pytest.mark.parametrize("tags", [(UNTAGGED, FULL), (FULL, UNTAGGED)])
def test_an_untagged_range_is_taken_for_that_of_the_other(tags):
    reference, distorted = (some(levels=levels) for levels in tags)
    _, other, notes = compared(reference, distorted)
    assert_same(stored(other), stored(planes_of(distorted)))
    names = {UNTAGGED: "untagged", FULL: "full"}
    one, two = (names[levels] for levels in tags)
    assert notes == (
        f"colour range may differ: the reference is {one}, the distorted video {two}; "
        "both are taken as full",
    )
    limited = some(levels=UNTAGGED), some(levels=LIMITED)
    assert compared(*limited)[2] == ()


def test_an_untagged_range_can_be_taken_for_limited_as_ffmpeg_does():
    reference = some(levels=UNTAGGED)
    white = constant("yuv420p", 255, 128, 128, levels=FULL)
    _, other, notes = compared(reference, white, untagged_is_limited=True)
    assert set(other.y.ravel()) == {235}
    assert notes == ("colour range differs: full is converted to limited",)


@pytest.mark.parametrize("levels", [LIMITED, FULL])
@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv420p", "yuv444p10le", "yuvj420p"])
@pytest.mark.parametrize(("given", "wanted"), [(BT601, BT709), (BT470BG, BT709), (BT2020, BT601)])
def test_samples_of_another_matrix_are_converted(pixel_format, levels, given, wanted):
    levels = FULL if pixel_format.startswith("yuvj") else levels
    depth, rgb = depth_of(pixel_format), colours()

    def picture(matrix):
        samples = to_luma_chroma(rgb, {BT470BG: BT601}.get(matrix, matrix), levels, depth)
        if "420" in pixel_format:
            samples[1:] = [part[::2, ::2] for part in samples[1:]]
        dtype = np.uint8 if depth == 8 else np.uint16
        samples = [part.astype(dtype) for part in samples]
        return filled(pixel_format, samples, levels=levels, matrix=matrix)

    one, other, notes = compared(picture(wanted), picture(given))
    assert_close(other, [part.astype(float) for part in stored(one)], 1)
    names = {BT601: "BT.601", BT470BG: "BT.601", BT709: "BT.709", BT2020: "BT.2020"}
    assert notes == (f"colour matrix differs: {names[given]} is converted to {names[wanted]}",)


@pytest.mark.parametrize("size", [(15, 9), (16, 12)])
@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv444p16le"])
def test_matrices_are_converted_in_every_size_and_depth(pixel_format, size):
    depth = depth_of(pixel_format)
    colour = np.array([0.7, 0.3, 0.5])
    both = [to_luma_chroma(colour, matrix, LIMITED, depth) for matrix in (BT709, BT601)]
    reference, distorted = (
        constant(pixel_format, *values, size=size, levels=LIMITED, matrix=matrix)
        for values, matrix in zip(both, (BT709, BT601), strict=True)
    )
    _, other, _ = compared(reference, distorted)
    assert_close(other, both[0], 3 << (depth - 8))


@pytest.mark.parametrize("tags", [(2, BT601), (BT709, 2), (BT601, BT470BG), (3, BT709)])
def test_matrices_that_are_unknown_or_the_same_change_nothing(tags):
    reference, distorted = (some(matrix=matrix) for matrix in tags)
    _, other, notes = compared(reference, distorted)
    assert_same(stored(other), stored(planes_of(distorted)))
    assert notes == ()


def test_a_matrix_that_ffmpeg_cannot_convert_is_told():
    distorted = some(matrix=14)
    _, other, notes = compared(some(matrix=BT709), distorted)
    assert_same(stored(other), stored(planes_of(distorted)))
    assert notes == ("colour matrix differs: BT.709 and ICtCp, which is not converted",)


@pytest.mark.parametrize("matrix", [0, 3, 255])
def test_a_matrix_that_means_nothing_hinders_no_conversion(matrix):
    reference = some(size=(96, 72), matrix=BT709)
    distorted = constant("yuv420p", 90, 60, 200, matrix=matrix)
    _, other, notes = compared(reference, distorted, rotations=(0, 90))
    assert [set(part.ravel()) for part in stored(other)] == [{90}, {60}, {200}]
    assert not any("matrix" in note for note in notes)


def test_grey_has_no_matrix():
    assert compared(some("gray", matrix=BT709), some("gray", matrix=BT601))[2] == ()


def test_other_transfer_characteristics_are_told():
    notes = compared(some(transfer=1), some(transfer=16))[2]
    assert notes == ("transfer characteristics differ: BT.709 and PQ, which is not converted",)
    assert compared(some(transfer=1), some(transfer=14))[2] == ()


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p10le", "gray"])
@pytest.mark.parametrize("rotations", [(0, 90), (0, 180), (0, 270), (90, 0), (270, 90), (90, 270)])
def test_the_distorted_is_turned_as_the_reference_is_stored(pixel_format, rotations):
    turns = (rotations[1] - rotations[0]) // 90 % 4
    distorted = some(pixel_format)
    size = (WIDTH, HEIGHT)[:: -1 if turns % 2 else 1]
    _, other, notes = compared(some(pixel_format, size=size), distorted, rotations=rotations)
    assert_same(stored(other), [np.rot90(part, turns) for part in stored(planes_of(distorted))])
    hows = {1: "90 degrees counterclockwise", 2: "180 degrees", 3: "90 degrees clockwise"}
    assert notes == (f"rotation differs: the distorted picture is turned by {hows[turns]}",)


@pytest.mark.parametrize("pixel_format", ["yuv422p", "yuv422p10le", "yuv411p"])
def test_oblong_chroma_is_turned_as_well(pixel_format):
    """Turned by a quarter it is no layout of the same name; its samples stay where they were."""
    distorted = some(pixel_format, kind="smooth")
    _, other, _ = compared(some(pixel_format, size=(HEIGHT, WIDTH)), distorted, rotations=(0, 270))
    luma, chroma = stored(planes_of(distorted))[:2]
    np.testing.assert_array_equal(other.y, np.rot90(luma, 3))
    corners = np.ix_([0, -1], [0, -1])
    found, wanted = other.u[corners].astype(int), np.rot90(chroma, 3)[corners].astype(int)
    assert np.abs(found - wanted).max() <= 12 << (other.depth - 8)


def test_a_size_to_scale_to_is_that_of_the_upright_picture():
    turned = some(size=(48, 64)), some(size=(48, 64))
    one, _, notes = compared(*turned, rotations=(90, 90), scale_to=(32, 24))
    assert one.y.shape == (32, 24)
    assert notes == ("both are scaled from 64x48 to 32x24 (bicubic)",)


def test_a_distorted_picture_without_colour_has_neutral_chroma():
    reference, distorted = some("yuv420p10le"), some("gray10le")
    _, other, notes = compared(reference, distorted)
    np.testing.assert_array_equal(other.y, planes_of(distorted).y)
    assert set(other.u.ravel()) == set(other.v.ravel()) == {512}
    assert notes == ("the distorted video has no colour: its chroma is taken as neutral",)


def test_the_luma_alone_is_compared_with_a_reference_without_colour():
    distorted = some("yuv420p")
    one, other, notes = compared(some("gray"), distorted)
    assert one.u is other.u is other.v is None
    np.testing.assert_array_equal(other.y, planes_of(distorted).y)
    assert notes == ("the reference has no colour: the luma alone is compared",)


@pytest.mark.parametrize("rgb_first", [True, False])
@pytest.mark.parametrize(
    ("levels", "matrix", "meaning"),
    [
        (LIMITED, BT709, (LIMITED, BT709)),
        (FULL, BT2020, (FULL, BT2020)),
        (UNTAGGED, 2, (LIMITED, BT601)),
    ],
)
def test_rgb_gets_the_colours_of_the_other(levels, matrix, meaning, rgb_first):
    rgb = colours()
    samples = [part.astype(np.uint8) for part in to_luma_chroma(rgb, meaning[1], meaning[0])]
    pair = rgb_picture(rgb), filled("yuv444p", samples, levels=levels, matrix=matrix)
    one, other, notes = compared(*pair[:: 1 if rgb_first else -1])
    assert_close(one, [part.astype(float) for part in stored(other)], 1)
    subject = "the reference" if rgb_first else "the distorted video"
    assert notes == (f"{subject} is RGB: compared as Y'CbCr, rounded",)


def test_two_rgb_pictures_are_compared_as_either_alone():
    pair = rgb_picture(colours()), rgb_picture(1 - colours())
    one, other, notes = compared(*pair)
    assert_same(stored(one), stored(planes_of(pair[0])))
    assert_same(stored(other), stored(planes_of(pair[1])))
    assert notes == ("both are RGB: compared as Y'CbCr, rounded",)


def test_pictures_that_change_in_mid_stream_are_converted_each_in_its_way():
    reference = constant("yuv420p", 100, 120, 140, levels=LIMITED)
    pictures = [
        constant("yuv420p", 100, 120, 140, levels=LIMITED),
        constant("yuv444p", 100, 120, 140, levels=LIMITED),
        constant("yuv420p", 100, 120, 140, size=(60, 40), levels=LIMITED),
        constant("yuv420p", 98, 119, 142, levels=FULL),
        constant("yuv420p10le", 400, 480, 560, levels=LIMITED),
    ]
    pair = frame(reference), frame(pictures[0])
    conformer = Conformer(info(reference), info(pictures[0]), pair)
    wanted = stored(planes_of(reference))
    held = []
    for picture in [*pictures, *pictures[::-1]]:
        held.append(conformer(frame(reference), frame(picture))[1])
    for planes in held:
        assert_close(planes, [part.astype(float) for part in wanted], 1)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "yuv420p10le", "gray"])
@pytest.mark.parametrize("levels", [LIMITED, FULL])
def test_pictures_fitted_into_the_size_of_others_keep_their_range(pixel_format, levels):
    samples = [part // 2 for part in samples_for(pixel_format)]
    values = [int(part[0, 0]) for part in samples]
    picture = constant(pixel_format, *values, size=(48, 36), levels=levels)
    fitted = fit(96, 72, pixel_format)(picture)
    assert [set(part.ravel()) for part in stored(planes_of(fitted))] == [{v} for v in values]
    if not pixel_format.startswith("yuvj"):
        assert fitted.color_range == levels


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv411p", "yuv410p", "yuv444p", "gray"])
@pytest.mark.parametrize("size", [(1, 1), (163, 2), (161, 121), (162, 122)])
def test_pictures_fit_into_sizes_that_hold_no_whole_samples_of_chroma(pixel_format, size):
    picture = av.VideoFrame(240, 179, pixel_format)
    for part in picture.planes:
        part.update(bytes([100]) * part.buffer_size)
    fitted = fit(*size, pixel_format)(picture)
    assert (fitted.width, fitted.height, fitted.format.name) == (*size, pixel_format)


def test_a_video_and_the_same_in_another_size_and_format_stay_alike(clips):
    """Through the decoder, for tags and sizes as files have them."""
    codes = [3, 200, 77]
    one = write_clip(clips / "planes.mkv", codes, codec="ffv1")
    bounds = {
        # What the samples of luma and chroma may differ, squared, in the mean.
        write_clip(clips / "planes_444.mkv", codes, codec="ffv1", pixel_format="yuv444p"): (0, 0),
        write_clip(clips / "planes_small.mkv", codes, codec="ffv1", size=(80, 60)): (150, 0),
        # Black in this colour is outside of RGB and clipped.
        write_clip(clips / "planes_rgb.mkv", codes, codec="ffv1", pixel_format="bgr0"): (2, 5),
    }
    for path, (of_luma, of_chroma) in bounds.items():
        with VideoSource(one, Reading()) as reference, VideoSource(path, Reading()) as other:
            pairs = list(zip(reference, other, strict=True))
            conformer = Conformer(reference.info, other.info, pairs[0])
            planes = [conformer(*pair) for pair in pairs]
        assert max(mse(a.y, b.y) for a, b in planes) <= of_luma
        assert max(mse(a.u, b.u) for a, b in planes) <= of_chroma
        assert max(mse(a.v, b.v) for a, b in planes) <= of_chroma
