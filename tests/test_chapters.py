"""Chapters of the condensed video, one for each event, as PyAV sees them."""

import av
import pytest
from conftest import Shown, code_of, write_clip

from vidsum import Grouping, Thresholds, Writing, condense

pytestmark = pytest.mark.usefixtures("plain_rule")

CONTAINERS = ["out.mp4", "out.mov", "out.mkv"]
STILL_AND_MOVING = [*[1] * 100, *range(2, 12), *[11] * 90, *range(12, 17), *[16] * 100]
"""Four seconds of nothing, an event of ten frames at 00:00:04, one of five at 00:00:08."""


def chapters(path):
    """Return begin, end and title of each chapter, times in seconds."""
    with av.open(str(path)) as video:
        return [
            (
                float(chapter["start"] * chapter["time_base"]),
                float(chapter["end"] * chapter["time_base"]),
                chapter["metadata"]["title"],
            )
            for chapter in video.chapters()
        ]


def run(clip, output, *, heartbeat=None, pad=0.0, timing="even", min_event=0.0):
    return condense(
        clip,
        thresholds=Thresholds(heartbeat=heartbeat),
        grouping=Grouping(pad=pad, min_event=min_event),
        writing=Writing(output=output, timing=timing, force=True),
    )


@pytest.fixture(scope="module")
def eventful(clips):
    return write_clip(clips / "eventful.mp4", STILL_AND_MOVING)


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_event_has_a_chapter_and_the_first_begins_with_the_video(eventful, tmp_path, name):
    result = run(eventful, tmp_path / name)
    assert len(result.events) == 2
    (begin, end, title), (next_begin, last_end, next_title) = chapters(result.output)
    assert (title, next_title) == ("Event 1, 00:00:04", "Event 2, 00:00:08")
    assert begin == 0
    assert end == next_begin == pytest.approx(11 / 25, abs=0.001)
    assert last_end == pytest.approx(16 / 25, abs=0.001)


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("timing", ["even", "source"])
@pytest.mark.parametrize("pad", [0.0, 0.5, 3.0])
def test_a_chapter_begins_with_the_first_picture_of_its_event(
    eventful, tmp_path, name, timing, pad
):
    result = run(eventful, tmp_path / name, timing=timing, pad=pad)
    shown = Shown(result.output)
    second = chapters(result.output)[-1][0]
    (number,) = [number for number, time in enumerate(shown.times) if abs(time - second) < 0.0011]
    # The padding shows the picture before; one frame earlier comes the end of the first event.
    assert code_of(shown.lumas[number]) == (11 if pad else 12)
    lead = result.events[1].first_output - number
    assert lead == {0.0: 0, 0.5: 12, 3.0: 75}[pad]


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_long_beginning_without_an_event_has_its_own_chapter(eventful, tmp_path, name):
    result = run(eventful, tmp_path / name, heartbeat=0.1, timing="source")
    titles = [title for _, _, title in chapters(result.output)]
    assert titles == ["Before the first event", "Event 1, 00:00:04", "Event 2, 00:00:08"]
    assert chapters(result.output)[1][0] == pytest.approx(4)


def test_events_that_are_too_short_leave_no_chapter(eventful, tmp_path):
    result = run(eventful, tmp_path / "out.mkv", min_event=0.3)
    assert [title for _, _, title in chapters(result.output)] == ["Event 1, 00:00:04"]


@pytest.mark.parametrize("codes", [[7], [7] * 30], ids=["one frame", "nothing happens"])
@pytest.mark.parametrize("name", CONTAINERS)
def test_without_events_there_are_no_chapters(tmp_path, name, codes):
    result = run(write_clip(tmp_path / "x.mp4", codes), tmp_path / name)
    assert result.events == ()
    assert chapters(result.output) == []
    assert Shown(result.output).codes == [7]


def test_more_chapters_than_the_old_list_of_mp4_holds(tmp_path):
    clip = write_clip(tmp_path / "x.mp4", [n // 2 % 2 for n in range(602)], rate=5)
    result = condense(
        clip, grouping=Grouping(merge_gap=0), writing=Writing(output=tmp_path / "out.mp4")
    )
    assert len(chapters(result.output)) == len(result.events) == 300


def test_avi_holds_none_and_is_written_all_the_same(eventful, tmp_path):
    result = run(eventful, tmp_path / "out.avi")
    assert len(result.events) == 2
    assert chapters(result.output) == []


def test_a_video_with_chapters_is_read_without_a_fault(eventful, tmp_path):
    first = run(eventful, tmp_path / "out.mp4")
    second = run(first.output, tmp_path / "again.mp4")
    assert (second.faults, second.frames) == ((), first.kept)
