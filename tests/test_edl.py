"""Edit decision lists, read back by opentimelineio and its adapter for CMX 3600."""

import sys
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse

import opentimelineio as otio
import pytest
from conftest import seen, write_clip

from vidsum import Grouping, Reading, UsageError, Writing, condense
from vidsum.report.edl import Cut, EdlFile, timecode

pytestmark = pytest.mark.usefixtures("plain_rule")

ENDINGS = [".edl", ".otio"]
STILL_AND_MOVING = [*[1] * 100, *range(2, 12), *[11] * 90, *range(12, 17), *[16] * 100]
"""Two events: frames 100 to 109 and 200 to 204."""


def clips_of(path, rate=25):
    """Return name of the event, of the source, first frame and the one after the last."""
    options = {"rate": rate} if path.suffix == ".edl" else {}
    timeline = otio.adapters.read_from_file(str(path), **options)
    found = []
    for clip in timeline.find_clips():
        # The times are exact: no rounding hides here.
        first, end = (
            time.value
            for time in (clip.source_range.start_time, clip.source_range.end_time_exclusive())
        )
        assert first == int(first)
        if path.suffix == ".edl":
            name, source = clip.metadata["cmx_3600"]["comments"][0], clip.name
            name = name.removeprefix("COMMENT: ")
        else:
            name = clip.name
            source = Path(unquote(urlparse(clip.media_reference.target_url).path)).name
        found.append((name, source, int(first), int(end)))
    return found


def run(inputs, target, *, pad=0.0, **reading):
    writing = Writing(output=target.with_suffix(".mp4"), edl=target, force=True)
    return condense(inputs, grouping=Grouping(pad=pad), reading=Reading(**reading), writing=writing)


@pytest.fixture(scope="module")
def eventful(clips):
    return write_clip(clips / "eventful.mp4", STILL_AND_MOVING, options={"g": "50"})


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("start", [None, 3.0])
@pytest.mark.parametrize("pad", [0.0, 0.4])
def test_each_event_is_a_cut_of_the_source(eventful, tmp_path, ending, start, pad):
    result = run(eventful, tmp_path / f"x{ending}", start=start, pad=pad)
    assert result.edl == tmp_path / f"x{ending}"
    more = round(pad * 25)
    assert clips_of(result.edl) == [
        ("Event 1", "eventful.mp4", 100 - more, 110 + more),
        ("Event 2", "eventful.mp4", 200 - more, 205 + more),
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_padding_ends_where_the_recording_or_another_event_does(tmp_path, ending):
    codes = [*[1] * 10, 2, *[2] * 70, 3, *[3] * 5]
    result = run(write_clip(tmp_path / "x.mp4", codes), tmp_path / f"y{ending}", pad=20)
    assert [event.first_frame for event in result.events] == [10, 81]
    assert [cut[2:] for cut in clips_of(result.edl)] == [(0, 81), (81, 87)]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("start", [None, 12.0])
def test_frames_are_counted_from_the_first_whatever_its_timestamp(tmp_path, ending, start):
    times = [10_000 + 40 * number for number in range(len(STILL_AND_MOVING))]
    clip = write_clip(tmp_path / "x.mkv", STILL_AND_MOVING, times=times)
    assert seen(clip).times[0] == 10
    result = run(clip, tmp_path / f"y{ending}", start=start)
    assert [cut[2:] for cut in clips_of(result.edl)] == [(100, 110), (200, 205)]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("start", [None, 3.0])
def test_where_the_rate_varies_time_tells_the_frame(tmp_path, ending, start):
    # The first hundred pictures come at 50 a second, all others at 25.
    times = [20 * n if n < 100 else 2000 + 40 * (n - 100) for n in range(len(STILL_AND_MOVING))]
    clip = write_clip(tmp_path / "x.mkv", STILL_AND_MOVING, times=times)
    first, second = clips_of(run(clip, tmp_path / f"y{ending}").edl)
    assert clips_of(run(clip, tmp_path / f"y{ending}", start=1).edl) == [first, second]
    assert (first[2:], second[2:]) == ((50, 60), (150, 155))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("rate", "base"), [(Fraction(30000, 1001), 30), (Fraction(24000, 1001), 24)]
)
def test_rates_that_are_no_integer_name_each_frame_exactly(tmp_path, ending, rate, base):
    clip = write_clip(tmp_path / "x.mp4", STILL_AND_MOVING, rate=rate)
    result = run(clip, tmp_path / f"y{ending}")
    base = base if ending == ".edl" else float(rate)
    assert [cut[2:] for cut in clips_of(result.edl, base)] == [(100, 110), (200, 205)]
    if ending == ".edl":
        said = f"{float(rate):g} FRAMES PER SECOND, {base} IN A SECOND OF TIMECODE"
        assert said in result.edl.read_text()
    else:
        timeline = otio.adapters.read_from_file(str(result.edl))
        assert timeline.duration().to_seconds() == pytest.approx(15 / float(rate))


def test_the_programme_of_the_edl_is_gapless_from_one_hour_on(eventful, tmp_path):
    result = run(eventful, tmp_path / "x.edl")
    timeline = otio.adapters.read_from_file(str(result.edl), rate=25)
    (track,) = timeline.tracks
    assert [type(item) for item in track] == [otio.schema.Clip] * 2
    assert timeline.duration().value == 15
    lines = [line for line in result.edl.read_text().splitlines() if line[:3].isdigit()]
    assert lines == [
        "001  AX       V     C        00:00:04:00 00:00:04:10 01:00:00:00 01:00:00:10",
        "002  AX       V     C        00:00:08:00 00:00:08:05 01:00:00:10 01:00:00:15",
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_event_that_goes_on_in_the_next_input_is_two_cuts(tmp_path, ending):
    one = write_clip(tmp_path / "one & only.mp4", [*[1] * 50, 2, 3, 4])
    other = write_clip(tmp_path / "two#%20.mkv", [5, 6, *[6] * 50])
    result = run([one, other], tmp_path / f"y{ending}")
    assert clips_of(result.edl) == [
        ("Event 1", "one & only.mp4", 50, 53),
        ("Event 1, part 2", "two#%20.mkv", 0, 2),
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_names_with_line_breaks_are_data(tmp_path, ending):
    clip = write_clip(tmp_path / "x\n002  AX V C.mp4", STILL_AND_MOVING)
    result = run(clip, tmp_path / f"y\nz{ending}")
    name = r"x\n002  AX V C.mp4" if ending == ".edl" else clip.name
    assert {cut[1] for cut in clips_of(result.edl)} == {name}
    assert len(clips_of(result.edl)) == 2


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("codes", [[7], [7] * 30], ids=["one frame", "nothing happens"])
def test_without_events_the_list_is_empty(tmp_path, ending, codes):
    result = run(write_clip(tmp_path / "x.mp4", codes), tmp_path / f"y{ending}")
    assert result.edl.is_file()
    assert clips_of(result.edl) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_more_events_than_three_digits_count(tmp_path, ending):
    cuts = [
        Cut(name=f"Event {number}", source=Path("x.mp4"), begin=number * 10, end=number * 10 + 3)
        for number in range(1, 1201)
    ]
    with EdlFile(tmp_path / f"x{ending}", Fraction(25)) as file:
        file.write(cuts)
        file.complete()
        file.publish(force=False)
    assert clips_of(tmp_path / f"x{ending}") == [
        (cut.name, "x.mp4", cut.begin, cut.end) for cut in cuts
    ]


def test_timecodes_end_at_a_hundred_frames_a_second(tmp_path):
    clip = write_clip(tmp_path / "x.mp4", [1, 2, 3], rate=120)
    with pytest.raises(UsageError, match=r"go up to 100 .* the input has 120; end .* \.otio"):
        run(clip, tmp_path / "y.edl")
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]
    assert len(clips_of(run(clip, tmp_path / "y.otio").edl)) == 1


def test_without_opentimelineio_the_way_out_is_told(clip, vidsum, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    run = vidsum("condense", clip, "--edl", "x.otio")
    (line,) = run.lines
    assert run.code == 2
    assert "pip install 'vidsum[edl]'" in line
    assert list(tmp_path.iterdir()) == []
    assert vidsum("condense", clip, "-o", "o.mp4", "--edl", "x.edl").code == 0


@pytest.mark.parametrize(
    ("target", "code", "says"),
    [
        ("x.xml", 2, "the ending .xml names no format for it; end the name with .edl or .otio"),
        ("there.edl", 2, "there.edl: this file exists; replace it with --force"),
        ("nowhere/x.otio", 4, "there is no folder nowhere"),
    ],
)
def test_wrong_targets_are_told_before_any_work(clip, vidsum, tmp_path, target, code, says):
    (tmp_path / "there.edl").touch()
    run = vidsum("condense", clip, "--edl", target)
    (line,) = run.lines
    assert (run.code, says in line) == (code, True), line
    assert [path.name for path in tmp_path.iterdir()] == ["there.edl"]


@pytest.mark.parametrize(
    ("frame", "per_second", "text"),
    [(0, 25, "00:00:00:00"), (12, 13, "00:00:00:12"), (13, 13, "00:00:01:00")],
)
def test_timecodes_count_frames_at_rates_that_no_standard_knows(frame, per_second, text):
    assert timecode(frame, per_second) == text
