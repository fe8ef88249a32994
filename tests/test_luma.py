"""The luma of every kind of picture a decoder hands out, as it is stored."""

import struct
from fractions import Fraction

import av
import av.filter
import numpy as np
import pytest
from helpers_arrays import plane

from vidsum.video.luma import luma_of

HEIGHT, WIDTH = 30, 50
"""A width that no decoder's rows end at."""

LIMITED, FULL = 1, 2


def stored(pixel_format, samples, *, step=1):
    """Return a picture whose first component is `samples`, every `step`th of its first plane."""
    height, width = samples.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for number, part in enumerate(frame.planes):
        rows = np.frombuffer(part, samples.dtype).reshape(part.height, -1)
        rows[:] = 128
        if number == 0:
            rows[:, : step * width : step] = samples
    return frame


def flipped(frame):
    """Return `frame` turned upside down as FFmpeg does it: by rows that run backward."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=Fraction(1, 25),
    )
    flip, sink = graph.add("vflip"), graph.add("buffersink")
    source.link_to(flip)
    flip.link_to(sink)
    graph.configure()
    frame.pts = 0
    source.push(frame)
    return sink.pull()


EIGHT_BIT = [
    *("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuva420p", "yuv411p"),
    *("nv12", "nv21", "nv16", "gray"),
]


@pytest.mark.parametrize("pixel_format", EIGHT_BIT)
def test_8_bit_planes_are_seen_without_a_copy(pixel_format):
    samples = plane("random", (HEIGHT, WIDTH))
    frame = stored(pixel_format, samples)
    assert frame.planes[0].line_size > WIDTH

    luma = luma_of(frame)
    assert luma.dtype == np.uint8
    assert luma.ctypes.data == frame.planes[0].buffer_ptr
    np.testing.assert_array_equal(luma, samples)


def test_luma_stays_valid_while_it_is_held():
    samples = plane("random", (HEIGHT, WIDTH))
    luma = luma_of(stored("yuv420p", samples))
    others = [stored("yuv420p", 255 - samples) for _ in range(20)]
    np.testing.assert_array_equal(luma, samples)
    assert len(others) == 20


@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
@pytest.mark.parametrize(
    ("pixel_format", "step"),
    [("yuv420p", 1), ("nv12", 1), ("gray", 1), ("yuyv422", 2), ("ya8", 2)],
)
def test_limited_and_full_range_stay_as_stored(pixel_format, step, colour_range):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    frame = stored(pixel_format, ramp, step=step)
    frame.color_range = colour_range
    np.testing.assert_array_equal(luma_of(frame), ramp)


@pytest.mark.parametrize("pixel_format", ["yuyv422", "yvyu422", "ya8"])
def test_packed_luma_is_taken_out_exactly(pixel_format):
    samples = plane("random", (HEIGHT, WIDTH))
    np.testing.assert_array_equal(luma_of(stored(pixel_format, samples, step=2)), samples)


@pytest.mark.parametrize(
    ("pixel_format", "depth"),
    [
        ("yuv420p9le", 9),
        ("yuv420p10le", 10),
        ("yuv422p10le", 10),
        ("yuva444p10le", 10),
        ("gray10le", 10),
        ("yuv420p12le", 12),
        ("gray12le", 12),
        ("yuv444p14le", 14),
        ("yuv420p16le", 16),
        ("gray16le", 16),
    ],
)
def test_deeper_samples_are_rounded_to_the_nearest_of_8_bits(pixel_format, depth):
    top, step = (1 << depth) - 1, 1 << (depth - 8)
    samples = np.linspace(0, top, 1024).round().astype(np.uint16).reshape(16, 64)
    luma = luma_of(stored(pixel_format, samples))

    assert luma.dtype == np.uint8
    assert luma.shape == samples.shape
    below_white = samples <= 255 * step
    assert np.abs(luma.astype(int) * step - samples)[below_white].max() <= step // 2
    assert set(luma[~below_white]) <= {255}
    assert (np.diff(luma.ravel().astype(int)) >= 0).all()


def test_half_a_step_is_rounded_up_and_white_stays_white():
    ten_bits = np.array([[0, 1, 2, 5, 6, 512, 940, 1021, 1022, 1023]], np.uint16)
    luma = luma_of(stored("yuv420p10le", np.repeat(ten_bits, 2, axis=0)))
    assert luma[1].tolist() == [0, 0, 1, 1, 2, 128, 235, 255, 255, 255]


@pytest.mark.parametrize("pixel_format", ["yuv420p10be", "p010le", "gray10be"])
def test_rarer_deep_layouts_give_the_same_luma(pixel_format):
    ramp = np.tile(np.arange(256, dtype=np.uint16), (4, 1))
    shift = 8 if pixel_format == "p010le" else 2
    samples = (ramp << shift).astype(">u2" if pixel_format.endswith("be") else "<u2")
    np.testing.assert_array_equal(luma_of(stored(pixel_format, samples)), ramp)


def colours():
    """Return a picture with the corners of the RGB cube and much between them."""
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    rgb[0, :8] = [[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    return rgb


def assert_bt601(luma, rgb):
    """Hold `luma` to ITU-R BT.601 with full range, as exactly as FFmpeg rounds."""
    assert luma.dtype == np.uint8
    assert np.abs(luma - rgb @ [0.299, 0.587, 0.114]).max() < 1.5


@pytest.mark.parametrize("pixel_format", ["rgb24", "bgr24", "gbrp", "bgra", "rgba", "rgb0"])
def test_rgb_becomes_full_range_bt601(pixel_format):
    rgb = colours()
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixel_format)
    assert_bt601(luma_of(frame), rgb)


def test_a_palette_becomes_full_range_bt601():
    palette = np.random.default_rng(1).integers(0, 256, (256, 4), dtype=np.uint8)
    palette[:, 0] = 255  # PyAV orders a colour as alpha, red, green, blue
    indices = plane("random", (HEIGHT, WIDTH))
    frame = av.VideoFrame.from_ndarray((indices, palette), format="pal8")
    assert_bt601(luma_of(frame), palette[indices][..., 1:])


@pytest.mark.parametrize(
    ("pixel_format", "depth"), [("yuv420p", 8), ("nv12", 8), ("gray", 8), ("yuv420p10le", 10)]
)
def test_rows_that_run_backward_give_the_upright_picture(pixel_format, depth):
    samples = plane("random", (HEIGHT, WIDTH), levels=1 << depth)
    frame = flipped(stored(pixel_format, samples))
    assert frame.planes[0].line_size < 0
    upright = luma_of(stored(pixel_format, samples[::-1].copy()))
    np.testing.assert_array_equal(luma_of(frame), upright)


def test_an_rgb_picture_whose_rows_run_backward_stands_upright():
    rgb = colours()
    frame = flipped(av.VideoFrame.from_ndarray(rgb, format="rgb24"))
    assert frame.planes[0].line_size < 0
    assert_bt601(luma_of(frame), rgb[::-1])


@pytest.mark.parametrize("bottom_up", [False, True])
def test_uncompressed_avi_of_either_row_order_stands_upright(tmp_path, bottom_up):
    rgb = colours()
    path = tmp_path / "raw.avi"
    with av.open(path, "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
    if bottom_up:
        # A bitmap header with a positive height says that its rows come from the bottom up.
        size = struct.Struct("<ii")
        top_down = size.pack(WIDTH, -HEIGHT)
        data = path.read_bytes()
        assert data.count(top_down) == 1
        path.write_bytes(data.replace(top_down, size.pack(WIDTH, HEIGHT)))

    with av.open(path) as container:
        (frame,) = container.decode(video=0)
        assert (frame.planes[0].line_size < 0) is bottom_up
        assert_bt601(luma_of(frame), rgb[::-1] if bottom_up else rgb)
