"""The contact sheet: which frames stand for a recording, and how they are drawn."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from conftest import write_clip
from helpers_arrays import scene, with_object

from vidsum import Grouping, Thresholds, Writing, condense
from vidsum.dedup import Decision, Reason
from vidsum.dedup.events import Event, EventBuilder
from vidsum.frame import Frame, VideoInfo
from vidsum.jobs.condensing.highlights import Highlights
from vidsum.report.entry import Entry
from vidsum.video.sheet import Cell, cell_size, draw_sheet
from vidsum.video.thumbnails import Thumbnails


def shown(decisions, most):
    """Return frame and event of the highlights of frames ten in a second, drawn as they pass."""
    drawn = []

    def draw(frame):
        drawn.append(frame.number)
        return np.full((2, 3, 3), frame.number % 256, np.uint8)

    highlights = Highlights(draw, most)
    builder = EventBuilder(merge_gap=0.2, min_event=0)
    for number, (reason, change) in enumerate(decisions):
        luma = np.zeros((2, 3), np.uint8)
        frame = Frame(number=number, time=Fraction(number, 10), luma=luma, native="picture")
        decision = Decision(reason=reason, local_ssim=1 - change)
        ended = builder.add(frame, decision)
        if ended is not None:
            highlights.add_event(ended)
        entry = Entry(frame=frame, decision=decision, event=builder.current)
        highlights.add_frame(entry)
    if (ended := builder.finish()) is not None:
        highlights.add_event(ended)
    chosen = highlights.chosen()
    for one in chosen:
        assert one.picture[0, 0, 0] == one.frame.number % 256
        assert one.frame.native is None  # small pictures alone are held
    changes = sum(reason is Reason.CHANGE for reason, _ in decisions)
    assert len(drawn) <= 8 * most + changes
    return [(one.frame.number, one.event and one.event.number) for one in chosen]


QUIET = (Reason.SAME, 0.0)


def burst(*changes):
    return [(Reason.CHANGE, change) for change in changes] + 5 * [QUIET]


def test_each_event_is_shown_where_it_differs_most():
    decisions = [(Reason.FIRST, 0.0), *burst(0.4, 0.9, 0.5), *burst(0.6), *burst(0.3, 0.8)]
    assert shown(decisions, 3) == [(2, 1), (9, 2), (16, 3)]


def test_of_more_events_the_strongest_are_shown_in_order():
    strengths = [0.4, 0.9, 0.35, 0.8, 0.5, 0.95, 0.31]
    decisions = [(Reason.FIRST, 0.0)] + [row for value in strengths for row in burst(value)]
    assert [event for _, event in shown(decisions, 3)] == [2, 4, 6]


def test_room_that_is_left_shows_kept_frames_evenly():
    decisions = [(Reason.HEARTBEAT, 0.0)] * 1000 + burst(0.5)
    chosen = shown(decisions, 11)
    assert [event for _, event in chosen] == 10 * [None] + [1]
    gaps = np.diff([number for number, _ in chosen[:10]])
    assert gaps.min() > 60 and gaps.max() < 140


def test_dropped_frames_are_not_shown():
    decisions = [(Reason.FIRST, 0.0)] + 50 * [QUIET]
    assert shown(decisions, 20) == [(0, None)]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_fewer_pictures_than_columns_make_a_narrow_sheet(count):
    picture = np.full((30, 160, 3), (0, 0, 250), np.uint8)
    cells = [Cell(picture=picture, title="00:00:01")] * count
    sheet = draw_sheet(cells, 5, ("name", "explanation"))
    red = (sheet == (0, 0, 250)).all(axis=2)
    assert red.sum() == count * 30 * 160
    columns = min(count, 5)
    assert sheet.shape[1] == columns * (160 + 12) + 12
    assert np.count_nonzero(np.diff(red.any(axis=0).astype(int)) == 1) == columns


@pytest.mark.parametrize("columns", [1, 3, 5, 20])
def test_cells_fill_a_sheet_of_1920_pixels(columns):
    width, _ = cell_size(columns)
    assert 1920 - 12 * columns - columns < columns * (width + 12) + 12 <= 1920


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("aspect", [1, Fraction(4, 3)])
def test_thumbnails_stand_upright_in_the_shape_that_is_shown(rotation, aspect):
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[:30, :40] = 255  # top left as stored
    info = VideoInfo(
        path=None, width=80, height=60, rotation=rotation, rate=Fraction(25),
        time_base=Fraction(1, 25), duration=None, codec="", pixel_format="",
        sample_aspect_ratio=Fraction(aspect),
    )  # fmt: skip
    native = av.VideoFrame.from_ndarray(pixels, "bgr24").reformat(format="yuv420p")
    frame = Frame(number=0, time=Fraction(0), luma=pixels[..., 0], native=native)
    small = Thumbnails(info, (40, 40)).draw(frame)
    height, width = small.shape[:2]
    expected = Fraction(80, 60) * aspect
    assert max(width, height) == 40
    assert width / height == pytest.approx(1 / expected if rotation % 180 else expected, abs=0.05)
    corner = {0: (0, 0), 90: (-1, 0), 180: (-1, -1), 270: (0, -1)}[rotation]
    row, column = (slice(0, 5) if at == 0 else slice(-5, None) for at in corner)
    assert small[row, column].min() > 240
    assert small.mean() == pytest.approx(255 / 4, abs=15)


def test_a_small_video_is_not_enlarged():
    info = VideoInfo(
        path=None, width=80, height=60, rotation=0, rate=Fraction(25), time_base=Fraction(1, 25),
        duration=None, codec="", pixel_format="",
    )  # fmt: skip
    assert Thumbnails(info, (400, 400)).size == (80, 60)


@pytest.mark.usefixtures("plain_rule")
def test_condense_draws_a_sheet(clip, tmp_path, vidsum):
    result = vidsum("condense", clip, "-o", tmp_path / "o.mp4", "--sheet", tmp_path / "a.png")
    assert result.code == 0, result.err
    sheet = cv2.imread(str(tmp_path / "a.png"))
    assert sheet.shape[1] <= 1920
    again = condense(
        clip, writing=Writing(dry_run=True, sheet=tmp_path / "b.jpg", sheet_size="2x2")
    )
    assert again.sheet == tmp_path / "b.jpg"
    assert cv2.imread(str(again.sheet)).shape[1] < sheet.shape[1]


def test_events_of_the_sheet_are_those_of_the_list(tmp_path):
    still = scene((96, 128))
    lumas = [still] * 60
    for at in (20, 21, 40):
        lumas[at] = with_object(still, 40, 40, 24, level=250)
    clip = write_clip(tmp_path / "a.mkv", lumas, codec="ffv1", rate=10, size=(128, 96))
    thresholds, grouping = Thresholds(preset="exact"), Grouping(merge_gap=0.5)
    result = condense(
        clip,
        thresholds=thresholds,
        grouping=grouping,
        writing=Writing(output=tmp_path / "o.mp4", sheet=tmp_path / "s.png", sheet_size="3x1"),
    )
    assert [float(event.start) for event in result.events] == [2.0, 4.0]
    sheet = cv2.imread(str(tmp_path / "s.png"))
    assert sheet.shape[1] == 3 * (150 + 12) + 12  # both, and a kept frame where there is room
    assert isinstance(result.events[0], Event)


@pytest.mark.parametrize(
    ("size", "name", "words"),
    [
        ("0x3", "s.png", "--sheet-size is 0x3"),
        ("5", "s.png", "--sheet-size is 5"),
        ("100x1", "s.png", "up to 99"),
        ("5x4", "s.gif", ".gif names no format"),
        ("5x4", "missing/s.png", "no folder"),
    ],
)
def test_sheets_that_cannot_be_drawn_are_refused_before_any_work(
    clip, tmp_path, vidsum, size, name, words
):
    result = vidsum("condense", clip, "--sheet", tmp_path / name, "--sheet-size", size)
    assert result.code in (2, 4)
    assert words in result.err
    assert not list(tmp_path.glob("*.png"))
