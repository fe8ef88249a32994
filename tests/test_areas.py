"""Parts of the picture that count: how they are written, what they cover, how they are shown."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import code_of, coded, picture, write_clip
from hypothesis import given
from hypothesis import strategies as st

from vidsum import OutputError, Reading, UsageError
from vidsum.areas import parse_area
from vidsum.frame import Frame, VideoInfo
from vidsum.video import Recording
from vidsum.video.areas import counted_samples
from vidsum.video.picture import areas_picture, check_picture_name, write_picture

ROTATIONS = [0, 90, 180, 270]


def video_info(width=64, height=48, rotation=0):
    return VideoInfo(
        path=Path("x.mp4"),
        width=width,
        height=height,
        rotation=rotation,
        rate=Fraction(25),
        time_base=Fraction(1, 1000),
        duration=None,
        codec="h264",
        pixel_format="yuv420p",
    )


def counted(info, *, roi=(), ignore=(), mask=None):
    """Return the samples that count, tested one by one."""
    areas = [[parse_area(option, text) for text in texts] for option, texts in
             (("--roi", roi), ("--ignore", ignore))]  # fmt: skip
    samples = counted_samples(*areas, mask, info)
    return np.ones((info.height, info.width), bool) if samples is None else samples


def message(error):
    text = str(error.value)
    assert isinstance(error.value, UsageError)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("text", "corners"),
    [
        ("10,20,30,40", [(10, 20), (40, 20), (40, 60), (10, 60)]),
        ("10%,20%,30%,40%", [(20, 20), (80, 20), (80, 60), (20, 60)]),
        ("10%,20,30,40%", [(20, 20), (50, 20), (50, 60), (20, 60)]),
        ("10,20%,30%,40", [(10, 20), (70, 20), (70, 60), (10, 60)]),
        ("0.5,1.25,2.5,33.5%", [(0.5, 1.25), (3, 1.25), (3, 34.75), (0.5, 34.75)]),
        (" 10 , 20 , 30 , 40 ", [(10, 20), (40, 20), (40, 60), (10, 60)]),
        ("190,90,400,400", [(190, 90), (590, 90), (590, 490), (190, 490)]),
        ("1,2 3,4 5,7", [(1, 2), (3, 4), (5, 7)]),
        ("1,2;3,4;5,7;", [(1, 2), (3, 4), (5, 7)]),
        ("1, 2;  3,4 ; 5,7 0,100%", [(1, 2), (3, 4), (5, 7), (0, 100)]),
        ("50%,0 100%,100% 0,50%", [(100, 0), (200, 100), (0, 50)]),
    ],
)
def test_an_area_is_a_rectangle_or_a_polygon_in_pixels_or_percent(text, corners):
    area = parse_area("--roi", text)
    assert area.corners(200, 100) == corners
    assert str(area) == f"--roi {text!r}"


@pytest.mark.parametrize(
    "text",
    ["", " ", ";", "10", "10,20", "10,20,30", "10,20,30,40,50", "10 20 30 40", "10,20 30,40",
     "10,20,30,40 50,60,70,80", "1,2 3,4 5", "a,b,c,d", "nan,0,1,1", "inf,0,1,1", "1e3,0,1,1",
     "1,,2,3", "10%%,0,1,1", "%,0,1,1", "10;20;30;40", "10x20+30+40", "1,2;;\n3,4", "²,0,1,1",
     "9999999999,0,1,1"],
)  # fmt: skip
def test_what_is_no_area_is_refused_with_both_forms_and_examples(text):
    with pytest.raises(UsageError) as error:
        parse_area("--ignore", text)
    said = message(error)
    assert said.startswith(f"--ignore is {text!r}")
    assert "x,y,width,height" in said
    assert "three or more points" in said
    examples = "100,50,640,360", "10%,10%,50%,50%", "100,50 740,50 420,410"
    for example in examples:
        assert example in said
        parse_area("--ignore", example)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10,20,0,40", "width and height must be above 0"),
        ("10,20,30,0%", "width and height must be above 0"),
        ("-10,20,30,40", "-10 is negative"),
        ("10,20,30,-40%", "-40% is negative"),
        ("1,2 3,-4 5,7", "-4 is negative"),
        ("0,0,101%,50%", "101% is above 100%"),
        ("1,2 3,4 5,100.5%", "100.5% is above 100%"),
    ],
)
def test_numbers_out_of_range_are_refused(text, said):
    with pytest.raises(UsageError) as error:
        parse_area("--roi", text)
    assert message(error).startswith(f"--roi is {text!r}")
    assert said in message(error)


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize(("ignored", "text"), [(False, "5,10%,40%,11"), (True, "2,3 30,5 11,40")])
def test_areas_lie_on_the_picture_as_it_is_shown(rotation, ignored, text):
    info = video_info(rotation=rotation)
    samples = counted(info, **{"ignore" if ignored else "roi": [text]})
    assert samples.shape == (info.height, info.width)
    assert samples.dtype == bool
    assert samples.flags.c_contiguous
    width, height = info.upright_size
    corners = parse_area("--roi", text).corners(width, height)
    for y in range(info.height):
        for x in range(info.width):
            centre = [float(place) + 0.5 for place in info.upright(x, y)]
            within = cv2.pointPolygonTest(np.array(corners, np.float32), centre, True)
            if abs(within) > 0.01:
                assert samples[y, x] == ((within > 0) != ignored), (x, y)


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("3,5,2,1", (3, 5), (5, 6)),
        ("3.4,5.4,2,1", (3, 5), (5, 6)),
        ("3.5,5.5,2,1", (3, 5), (5, 6)),
        ("3.6,5.6,2,1", (4, 6), (6, 7)),
        ("3.4,5.4,0.2,0.2", (3, 4), (5, 6)),
        ("25%,50%,25%,50%", (16, 32), (24, 48)),
        ("60,40,100,100%", (60, 64), (40, 48)),
        ("0,0,999999999,1", (0, 64), (0, 1)),
        ("62,0 70,0 70,99 62,99", (62, 64), (0, 48)),
    ],
)
def test_a_sample_lies_in_an_area_when_its_centre_does(text, columns, rows):
    expected = np.zeros((48, 64), bool)
    expected[slice(*rows), slice(*columns)] = True
    np.testing.assert_array_equal(counted(video_info(), roi=[text]), expected)


places = st.decimals(0, 40, places=2)


@given(places, places)
def test_areas_side_by_side_share_no_sample_and_leave_none_out(x, y):
    info = video_info(40, 40)
    corners = ["0,0", "40,0", "40,40", "0,40"]
    times = np.zeros((40, 40), int)
    for index, corner in enumerate(corners):
        try:
            times += counted(info, roi=[f"{x},{y} {corner} {corners[index - 1]}"])
        except UsageError:  # too thin to cover a sample
            continue
    assert (times == 1).all()


def test_an_outline_that_crosses_itself_holds_all_that_it_goes_round():
    star = "50,0 79,90 2,35 98,35 21,90"
    samples = counted(video_info(100, 100), roi=[star])
    assert samples[45, 50]
    assert samples[10, 50]
    assert not samples[10, 10]


def test_what_counts_is_in_a_roi_in_no_ignore_and_white_in_the_mask(tmp_path):
    image = np.full((48, 64), 255, np.uint8)
    image[:, 60:] = 0
    mask = tmp_path / "mask.png"
    cv2.imwrite(str(mask), image)
    samples = counted(
        video_info(),
        roi=["0,0,20,48", "10,0,54,10"],
        ignore=["0,0,5,5", "3,0,5,5"],
        mask=mask,
    )
    expected = np.zeros((48, 64), bool)
    expected[:, :20] = expected[:10, :] = True
    expected[:5, :8] = expected[:, 60:] = False
    np.testing.assert_array_equal(samples, expected)


def test_nothing_is_returned_when_everything_counts(tmp_path):
    info = video_info()
    mask = tmp_path / "mask.png"
    cv2.imwrite(str(mask), np.full((48, 64), 128, np.uint8))
    assert counted_samples([], [], None, info) is None
    assert counted_samples([parse_area("--roi", "0,0,100%,100%")], [], mask, info) is None


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ({"roi": ["64,0,10,10"]}, ["--roi '64,0,10,10'", "covers no pixel", "64x48"]),
        ({"roi": ["0,0,9,9", "0,48 9,60 0,60"]}, ["--roi '0,48 9,60 0,60'", "64x48"]),
        ({"ignore": ["9,9,0.2,0.2"]}, ["--ignore '9,9,0.2,0.2'", "covers no pixel", "64x48"]),
        ({"roi": ["1,1 5,5 9,9"]}, ["--roi '1,1 5,5 9,9'", "on one line"]),
        ({"ignore": ["0,0 50%,50% 32,24"]}, ["--ignore", "on one line"]),
        ({"ignore": ["4,4 4,4 4,4"]}, ["--ignore", "on one line"]),
        ({"ignore": ["0,0,100%,100%"]}, ["--ignore: nothing of the 64x48 picture is left"]),
        ({"roi": ["1,1,9,9"], "ignore": ["0,0,10,10"]}, ["--roi and --ignore: nothing"]),
    ],
)
def test_areas_that_leave_nothing_to_do_are_refused(areas, said):
    with pytest.raises(UsageError) as error:
        counted(video_info(), **areas)
    assert [text for text in said if text not in message(error)] == []


def halves(left, right, *, dtype=np.uint8, shape=(48, 64)):
    """Return a picture of one level or colour on the left and another on the right."""
    channels = np.shape(left)
    image = np.empty((*shape, *channels), dtype)
    image[:, : shape[1] // 2], image[:, shape[1] // 2 :] = left, right
    return image


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("mask.png", halves(255, 0)),
        ("mask.png", halves(128, 127)),
        ("mask.bmp", halves(255, 0)),
        ("mask.jpg", halves(255, 0)),
        ("mask.png", halves(0x8000, 0x7F00, dtype=np.uint16)),
        ("mask.png", halves((255, 255, 255), (0, 0, 255))),
        ("mask.png", halves((0, 255, 0), (255, 0, 0))),
        ("mask.png", halves((255, 255, 255, 255), (255, 255, 255, 0))),
        ("mask.png", halves((255, 255, 255, 128), (0, 0, 0, 255))),
        ("mäsk 鏡 🎞.png", halves(255, 0)),
    ],
)
def test_a_mask_counts_where_it_is_white_and_opaque(tmp_path, name, image):
    mask = tmp_path / name
    mask.write_bytes(cv2.imencode(mask.suffix, image)[1].tobytes())
    np.testing.assert_array_equal(counted(video_info(), mask=mask), halves(True, False, dtype=bool))


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_a_mask_is_as_the_picture_is_shown(tmp_path, rotation):
    info = video_info(rotation=rotation)
    width, height = info.upright_size
    image = np.zeros((height, width), np.uint8)
    image[3, 5] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), image)
    rows, columns = np.nonzero(counted(info, mask=tmp_path / "mask.png"))
    assert [info.upright(x, y) for x, y in zip(columns, rows, strict=True)] == [(5, 3)]


@pytest.mark.parametrize(
    ("content", "rotation", "said"),
    [
        (None, 0, ["No such file"]),
        (b"", 0, ["no picture", "PNG"]),
        (b"\x89PNG\r\n\x1a\n cut off", 0, ["no picture", "PNG"]),
        (halves(255, 0, shape=(96, 128)), 0, ["128x96", "64x48", "scale the mask to 64x48"]),
        (halves(255, 0, shape=(96, 128)), 90, ["128x96", "48x64", "scale the mask to 48x64"]),
        (halves(255, 0), 90, ["64x48", "48x64", "turn it by 90 degrees counterclockwise"]),
        (halves(1, 0), 0, ["no white", "brightest level is 1 of 255"]),
        (halves((255, 255, 255, 0), (9, 9, 9, 255)), 0, ["no white", "9 of 255"]),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(tmp_path, content, rotation, said):
    mask = tmp_path / "ma\nsk.png"
    if isinstance(content, np.ndarray):
        content = cv2.imencode(".png", content)[1].tobytes()
    if content is not None:
        mask.write_bytes(content)
    with pytest.raises(UsageError) as error:
        counted(video_info(rotation=rotation), mask=mask)
    assert message(error).startswith(f"--mask {tmp_path}/ma\\nsk.png: ")
    assert [text for text in said if text not in message(error)] == []


def test_a_folder_is_no_mask(tmp_path):
    with pytest.raises(UsageError, match="Is a directory"):
        counted(video_info(), mask=tmp_path)


def frame_of(luma, pixel_format="yuv420p"):
    native = picture(luma, pixel_format)
    return Frame(number=250, time=Fraction(10), luma=luma, native=native)


def drawn(width=800, height=600, *, level=128, rotation=0, counted=None, usual=None):
    """Return the preview of a grey picture of one level."""
    luma = np.full((height, width), level, np.uint8)
    info = video_info(width, height, rotation)
    return areas_picture(frame_of(luma, "gray"), info, counted=counted, usual=usual)


@pytest.fixture
def words(monkeypatch):
    """Everything that OpenCV writes, as (text, x, y)."""
    written = []
    put_text = cv2.putText

    def spy(layer, text, place, *rest):
        written.append((text, *place))
        return put_text(layer, text, place, *rest)

    monkeypatch.setattr(cv2, "putText", spy)
    return written


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_the_preview_shows_the_frame_upright_with_its_colours(tmp_path, rotation):
    clip = write_clip(
        tmp_path / "x.mp4",
        [0b10110010],
        size=(802, 602),
        turned=-rotation // 90,
        prepare=lambda stream: rotation and stream.set_display_rotation(rotation),
    )
    with Recording([clip], Reading()) as recording:
        frame = next(iter(recording))
        preview = areas_picture(frame, recording.info, counted=None, usual=None)
        assert recording.info.rotation == rotation
    shown = preview[:602, :802]
    assert code_of(shown.mean(axis=2)) == 0b10110010
    plain = np.rot90(frame.native.to_ndarray(format="bgr24"), rotation // 90)
    difference = np.abs(shown.astype(int) - plain).max(axis=2)
    assert (difference <= 4).mean() > 0.9


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_what_is_not_looked_at_is_darker_and_the_rest_as_it_was(rotation):
    info = video_info(800, 600, rotation)
    samples = counted(info, ignore=["40%,30%,20%,40%"])
    before = drawn(rotation=rotation)
    after = drawn(rotation=rotation, counted=samples)
    width, height = info.upright_size
    middle = after[height * 35 // 100 : height * 65 // 100, width * 45 // 100 : width * 55 // 100]
    assert middle.mean() < 0.6 * 128
    assert middle[:15, :25].std() > 2  # hatched, between the lines of the grid
    changed = np.abs(after[:height, :width].astype(int) - before[:height, :width]).max(axis=2) > 2
    rows, columns = np.nonzero(changed)
    for found, length in ((rows, height * 0.3), (columns, width * 0.4)):
        assert abs(found.min() - length) < 6
    assert abs(rows.max() - height * 0.7) < 6
    assert abs(columns.max() - width * 0.6) < 6
    assert changed[np.ix_(np.unique(rows), np.unique(columns))].mean() > 0.95


@pytest.mark.parametrize(
    ("rotation", "shape"), [(0, (60, 80)), (90, (15, 20)), (180, (600, 800)), (270, (60, 80))]
)
def test_usual_change_is_tinted_the_more_of_it_the_stronger(rotation, shape):
    height, width = shape
    usual = np.zeros((height, width), np.float32)
    usual[: height // 3, width // 2 :] = 0.2
    usual[height * 2 // 3 :, width // 2 :] = 0.9
    before = drawn(rotation=rotation).astype(int)
    after = drawn(rotation=rotation, usual=usual).astype(int)
    info = video_info(800, 600, rotation)
    width, height = info.upright_size
    amber = np.zeros((600, 800))
    for y, x in np.ndindex(600 // 20, 800 // 20):
        column, row = info.upright(20 * x + 10, 20 * y + 10)
        blue, _, red = after[row, column] - before[row, column]
        amber[20 * y : 20 * y + 20, 20 * x : 20 * x + 20] = red - blue
    little, none, much = (np.median(amber[rows, 440:]) for rows in
                          (slice(20, 160), slice(240, 360), slice(440, 580)))  # fmt: skip
    assert none == 0
    assert np.abs(amber[:, :360]).max() == 0
    assert 20 < little < 0.6 * much


def test_ignored_change_is_not_shown_where_nothing_is_looked_at(words):
    samples = np.zeros((600, 800), bool)
    samples[:, 400:] = True
    both = drawn(counted=samples, usual=np.ones((6, 8), np.float32))
    alone = drawn(counted=samples)
    np.testing.assert_array_equal(both[:600, :380], alone[:600, :380])
    assert any("little to much: 50.0 % of the picture" in text for text, *_ in words)


@pytest.mark.parametrize(
    ("size", "step", "factor"),
    [
        ((640, 480), 50, 1),
        ((768, 576), 100, 1),
        ((1280, 720), 100, 1),
        ((1080, 1920), 200, 1),
        ((3840, 60), 500, 1),
        ((320, 240), 50, 2),
        ((64, 48), 5, 10),
    ],
)
def test_lines_and_labels_tell_the_source_pixels(words, size, step, factor):
    width, height = size
    preview = drawn(*size)
    band = preview[height * factor * 2 // 5 : height * factor * 3 // 5, : width * factor]
    level = np.median(band, axis=(0, 2))
    bright = np.nonzero(level > 140)[0]
    lines = list(range(step, width, step))
    assert sorted({round(column / factor / step) * step for column in bright} - {0, width}) == lines
    assert np.abs(bright / factor - np.round(bright / factor / step) * step).max() < 4
    labels = [(text, x, y) for text, x, y in words if text.isdigit()]
    top = [label for label in labels if label[2] == labels[0][2]]
    left = [label for label in labels if label not in top]
    for along, length, found in ((1, width, top), (2, height, left)):
        for text, *place in found:
            assert 0 <= place[along - 1] - int(text) * factor < max(40, length // 40)
    assert {int(text) for text, *_ in top} | {width // step * step} == {0, *lines}
    assert {int(text) for text, *_ in left} | {height // step * step} >= set(
        range(step, height, step)
    )


@pytest.mark.parametrize("level", [0, 128, 255])
def test_labels_can_be_read_on_any_background(words, level):
    preview = drawn(level=level)
    for text, x, y in words:
        if text.isdigit():
            box = preview[y - 12 : y + 3, x : x + 7 * len(text)]
            assert box.max() > 200
            assert box.min() < 100


def test_the_legend_lies_below_and_says_what_is_shown(words):
    samples = np.ones((600, 800), bool)
    samples[:150] = False
    preview = drawn(counted=samples, usual=np.zeros((6, 8), np.float32))
    said = [text for text, _, y in words if not text.isdigit()]
    assert said == [
        "not looked at: 25.0 % of the picture",
        "usual change that is ignored, little to much: 0.0 % of the picture",
        "800x600 pixels, a line every 100",
        "frame 250 at 00:00:10.000",
    ]
    assert preview.shape[1:] == (800, 3)
    strip = preview[600:]
    assert np.median(strip) < 60
    assert strip.max() > 150
    words.clear()
    drawn()
    assert "all of the picture is looked at" in [text for text, *_ in words]


def test_a_share_that_is_small_is_not_told_as_none(words):
    samples = np.ones((600, 800), bool)
    samples[0, 0] = False
    drawn(counted=samples)
    assert any(text.startswith("not looked at: under 0.1 %") for text, *_ in words)


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (64, 48), (161, 121), (20, 1000), (1000, 7)])
def test_small_and_narrow_pictures_are_enlarged_by_a_whole_number(size, rotation):
    width, height = size
    luma = np.random.default_rng(0).integers(60, 200, (height, width), np.uint8)
    info = video_info(width, height, rotation)
    samples = np.ones((height, width), bool)
    samples[: height // 2] = False
    preview = areas_picture(
        frame_of(luma, "gray"), info, counted=samples, usual=np.ones((1, 1), np.float32)
    )
    factor = -(-640 // max(size))
    shown_width, shown_height = (factor * side for side in info.upright_size)
    assert preview.shape[1] >= shown_width
    assert preview.shape[0] > shown_height
    assert preview.dtype == np.uint8


def test_a_png_holds_the_picture_and_a_jpeg_nearly(tmp_path):
    pixels = cv2.cvtColor(coded(90), cv2.COLOR_GRAY2BGR)
    for name, tolerance in (("ä.png", 0), ("a.jpg", 4), ("b.JPEG", 4), ("c.PNG", 0)):
        write_picture(tmp_path / name, pixels, force=False)
        content = (tmp_path / name).read_bytes()
        assert content.startswith(b"\x89PNG" if tolerance == 0 else b"\xff\xd8")
        read = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert np.abs(read.astype(int) - pixels).mean() <= tolerance
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["a.gif", "a", "a.mp4", "png"])
def test_other_endings_are_refused_with_those_allowed(tmp_path, name):
    for refuse in (
        lambda: check_picture_name(tmp_path / name),
        lambda: write_picture(tmp_path / name, np.zeros((4, 4, 3), np.uint8), force=True),
    ):
        with pytest.raises(UsageError, match=r"\.png, \.jpg, \.jpeg") as error:
            refuse()
        assert message(error).startswith(f"{tmp_path}/{name}: ")
    assert not list(tmp_path.iterdir())


def test_a_file_that_exists_is_replaced_with_force_alone(tmp_path):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    pixels = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(OutputError, match=r"a\.png: cannot be written, a file of this name"):
        write_picture(target, pixels, force=False)
    assert target.read_bytes() == b"old"
    write_picture(target, pixels, force=True)
    assert target.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OutputError, match=r"b\.png: cannot be written, No such file"):
        write_picture(tmp_path / "none" / "b.png", np.zeros((4, 4, 3), np.uint8), force=False)
    with pytest.raises(OutputError, match=r"b\.jpg: a picture of 65536x1 is too large for \.jpg"):
        write_picture(tmp_path / "b.jpg", np.zeros((1, 65536, 3), np.uint8), force=False)
    assert not list(tmp_path.iterdir())
