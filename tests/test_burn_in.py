"""Burnt-in time and number: read back by another font's table, and nothing else changed."""

from fractions import Fraction

import av
import numpy as np
import pytest
from conftest import Shown, coded, kept, picture, table, write_clip

from vidsum import Writing, condense
from vidsum.frame import Frame
from vidsum.options import parse_time
from vidsum.video.burn_in import BurnIn, stamp
from vidsum.video.luma import luma_of

pytestmark = pytest.mark.usefixtures("plain_rule")

TEXT = "01:23:45.678  #9      "

DOTS = {
    "0": "3E5149453E",
    "1": "00427F4000",
    "2": "4261514946",
    "3": "2241494936",
    "4": "1814127F10",
    "5": "2745454539",
    "6": "3C4A494930",
    "7": "0171090503",
    "8": "3649494936",
    "9": "064949291E",
    ":": "0036360000",
    ".": "0060600000",
    "#": "147F147F14",
    "-": "0808080808",
    " ": "0000000000",
}
"""A usual 5x7 font of dot-matrix displays, by columns, the lowest bit at the top."""

FONT = {
    character: np.array([[byte >> row & 1 for byte in bytes.fromhex(columns)] for row in range(7)])
    for character, columns in DOTS.items()
}

CODES = [0, 0, 1, 1, 2, 3, 3]
SIZES = {
    (144, 90): 1,
    (160, 120): 1,
    (640, 360): 2,
    (960, 540): 3,
    (1920, 1080): 6,
    (1080, 1920): 6,
}
"""Sizes of pictures, and how many pixels a dot of the text has in them."""


AS_THEY_ARE = [
    "yuv420p",
    "yuvj420p",
    "yuv422p",
    "yuv444p",
    "yuv411p",
    "yuva420p",
    "yuv420p10le",
    "yuv444p12le",
    "gray",
    "gray12le",
    "bgr24",
    "bgr0",
    "argb",
    "gbrp",
    "gbrap",
    "gbrp10le",
]
CONVERTED = {
    "yuv420p10be": "yuv420p10le",
    "gray16be": "gray16le",
    "ya8": "gray",
    "nv12": "yuv420p",
    "p010le": "yuv420p",
    "yuyv422": "yuv444p",
    "rgb48le": "gbrp",
    "rgb8": "gbrp",
}
"""Formats that are burnt into as they are, and those that become others."""


def read(luma, *, step=None, lines=1):
    """Return what the lower left corner of a picture says."""
    height, width = luma.shape
    step = step or SIZES[width, height]
    rows = (10 * lines + 1) * step
    top = height - rows - rows % 2 - 4 * step
    texts = []
    for line in range(lines):
        y, x = top - top % 2 + (2 + 10 * line) * step, (4 + 2) * step
        text = ""
        for left in range(x, x + 6 * step * (21 if lines == 1 else 12), 6 * step):
            cell = luma[y : y + 7 * step, left : left + 5 * step].astype(float)
            dots = cell.reshape(7, step, 5, step).mean((1, 3)) > 128
            text += min(FONT, key=lambda character: np.sum(FONT[character] != dots))
        texts.append(text.rstrip())
    return "\n".join(texts)


def shown_as_rgb(frame):
    """Return what a viewer sees of a frame."""
    return frame.to_ndarray(format="rgb24").astype(int)


def changed(before, after):
    """Return the rows and the columns of the smallest box that holds all changes."""
    rows, columns = np.nonzero((before != after).reshape(*before.shape[:2], -1).any(2))
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


def run(source, output, **writing):
    condense(source, writing=Writing(output=output, **writing))
    return Shown(output)


@pytest.mark.parametrize("codec", ["mp4v", "mjpg", "ffv1", "h264"])
def test_every_kept_frame_says_the_time_and_number_of_its_row(tmp_path, codec):
    times = [45_296_789 + 4321 * index for index in range(7)]
    source = write_clip(tmp_path / "x.mkv", CODES, times=times)
    video = run(source, tmp_path / "out.mp4", codec=codec, burn_in=True)
    rows = [row for row in table(tmp_path / "out.csv") if row["kept"] == "1"]
    assert len(rows) == 4
    for luma, row in zip(video.lumas, rows, strict=True):
        time, number = read(luma).split("  #")
        assert parse_time("--start", time) == float(row["time"])
        assert number == row["frame"]


def test_several_inputs_have_one_clock_and_count(tmp_path, clip):
    video = run([clip, clip], tmp_path / "out.mp4", burn_in=True)
    assert kept(table(tmp_path / "out.csv"))[-1] == 90
    assert read(video.lumas[-1]) == "00:00:03.600  #90"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_text_is_large_enough_at_every_size(size):
    frame = BurnIn()(picture(coded(5, size)), TEXT)
    assert read(luma_of(frame)) == TEXT.rstrip()


@pytest.mark.parametrize("character", DOTS)
def test_every_character_is_told_from_the_others(character):
    text = character * 12 + TEXT[12:]
    assert read(luma_of(BurnIn()(picture(coded(5)), text))) == text.rstrip()


def test_a_narrow_picture_has_two_lines():
    frame = BurnIn()(picture(coded(5, (120, 160))), TEXT)
    assert read(luma_of(frame), step=1, lines=2) == "01:23:45.678\n#9"


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (32, 32), (33, 47), (1, 300), (300, 1), (300, 2)])
def test_tiny_pictures_do_not_fail(size):
    original = picture(coded(5, size))
    before, after = luma_of(original), luma_of(BurnIn()(original, TEXT))
    assert after.shape == before.shape
    if min(size) >= 32:
        rows, columns = changed(before, after)
        assert after[rows, columns].min() == 16
        assert after[rows, columns].max() > 150


@pytest.mark.parametrize("codec", ["mp4v", "h264"])
def test_a_picture_of_one_sample_can_be_burnt_in(tmp_path, codec):
    source = write_clip(tmp_path / "x.mkv", [3], size=(1, 1), codec="ffv1", pixel_format="gray")
    assert run(source, tmp_path / "out.mkv", codec=codec, burn_in=True).size == (2, 2)


@pytest.mark.parametrize("codec", ["mp4v", "h264"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_the_text_of_rotated_sources_is_upright(tmp_path, codec, rotation):
    source = write_clip(
        tmp_path / "x.mp4",
        CODES,
        turned=-rotation // 90,
        prepare=lambda stream: stream.set_display_rotation(rotation),
    )
    video = run(source, tmp_path / "out.mp4", codec=codec, burn_in=True)
    assert read(video.lumas[1]) == "00:00:00.080  #2"


@pytest.mark.parametrize("pixel_format", [*AS_THEY_ARE, *CONVERTED])
def test_every_pixel_format_shows_white_on_black_and_the_rest_unchanged(pixel_format):
    original = picture(coded(5), pixel_format)
    stored = [bytes(plane) for plane in original.planes]
    burnt = BurnIn()(original, TEXT)
    assert [bytes(plane) for plane in original.planes] == stored
    assert burnt.format.name == CONVERTED.get(pixel_format, pixel_format)
    assert read(burnt.to_ndarray(format="gray")) == TEXT.rstrip()

    before, after = shown_as_rgb(original), shown_as_rgb(burnt)
    box = (slice(104, 116), slice(4, 136))
    assert after[box].min() <= 2
    assert after[box].max() >= 253
    assert np.ptp(after[box], axis=2)[2:-2, 2:-2].max() <= 6
    # Viewers blend neighbouring chroma, up to four samples wide.
    before[100:, :144] = after[100:, :144] = 0
    assert np.abs(before - after).max() <= (4 if pixel_format in CONVERTED else 0)


@pytest.mark.parametrize("depth", ["", "10le"])
@pytest.mark.parametrize(("color_range", "levels"), [(1, (16, 235)), (2, (0, 255))])
def test_white_and_black_are_those_of_the_range_and_tags_stay(depth, color_range, levels):
    original = picture(coded(5), f"yuv420p{depth}")
    original.color_range = color_range
    original.colorspace = original.color_primaries = original.color_trc = 1
    burnt = BurnIn()(original, TEXT)
    samples = burnt.to_ndarray()[:120]
    scale = {"": 1, "10le": 1023 / 255 if color_range == 2 else 4}[depth]
    assert (samples.min(), samples.max()) == tuple(level * scale for level in levels)
    assert burnt.color_range == color_range
    assert (burnt.colorspace, burnt.color_primaries, burnt.color_trc) == (1, 1, 1)


@pytest.mark.parametrize("writing", [{"codec": "ffv1"}, {"codec": "h264", "crf": 0}], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le", "gray", "bgr0"])
def test_nothing_but_the_box_changes(tmp_path, writing, pixel_format):
    """Both codecs are lossless here: all that differs comes from the burning in."""
    source = write_clip(tmp_path / "x.mkv", CODES, codec="ffv1", pixel_format=pixel_format)
    before = run(source, tmp_path / "before.mkv", **writing)
    after = run(source, tmp_path / "after.mkv", **writing, burn_in=True)
    for plain, burnt in zip(before.frames, after.frames, strict=True):
        assert burnt.color_range == plain.color_range
        rows, columns = changed(plain.to_ndarray(format="gray"), burnt.to_ndarray(format="gray"))
        # The box is 12 by 130; FFV1 takes RGB, where neighbouring chroma is blended.
        assert 100 <= rows.start < rows.stop <= 120
        assert 0 <= columns.start < columns.stop <= 138
    # What was burnt into one frame is not there when the next is compared with it.
    assert (tmp_path / "after.csv").read_bytes() == (tmp_path / "before.csv").read_bytes()


def test_the_box_keeps_its_place_while_numbers_grow():
    blank = luma_of(picture(np.full((120, 160), 90, np.uint8)))
    burnt = []
    for number, time in [(0, 0), (99, 3), (999_999, 359_999)]:
        frame = Frame(number=number, time=Fraction(time), luma=blank)
        burnt.append(luma_of(BurnIn()(picture(blank), stamp(frame))))
    assert changed(blank, burnt[0]) == changed(blank, burnt[1]) == changed(blank, burnt[2])
    assert len({luma.tobytes() for luma in burnt}) == 3


def test_decoded_frames_are_not_written_to(clip):
    with av.open(clip) as file:
        for decoded in file.decode(video=0):
            luma = luma_of(decoded)
            before = luma.copy()
            BurnIn()(decoded, TEXT)
            assert np.array_equal(luma, before)
