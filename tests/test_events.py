"""Events: how changes are grouped, which frames around them are written, how they are reported."""

import csv
import dataclasses
import json
import weakref
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers_arrays import scene, with_object
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label, regionprops

from vidsum import OutputError, Thresholds, UsageError
from vidsum.dedup import Decision, Judge, Reason
from vidsum.dedup.events import Event, EventBuilder, Selection
from vidsum.frame import Frame, exact
from vidsum.report.events import COLUMNS, EventsFile, events_table

LETTERS = {
    "f": Reason.FIRST,
    "c": Reason.CHANGE,
    "h": Reason.HEARTBEAT,
    "p": Reason.PAD,
    ".": Reason.SAME,
    "s": Reason.SKIPPED,
    "x": Reason.SHORT,
    "q": Reason.SPEEDUP,
}
LETTER_OF = {reason: letter for letter, reason in LETTERS.items()}
TENTH = Fraction(1, 10)


class Picture:
    """Stands for the decoder's frame; can be watched."""


def frames(times):
    """Return frames of these times, each lasting until the next."""
    lengths = [after - time for time, after in pairwise([*times, (times or [0])[-1] + TENTH])]
    return [
        Frame(
            number=number,
            time=time,
            duration=length,
            luma=np.zeros((2, 3), np.uint8),
            native=Picture(),
        )
        for number, (time, length) in enumerate(zip(times, lengths[: len(times)], strict=True))
    ]


def recorded(letters, times=None):
    """Return frames with the decisions that `letters` stand for, by default ten in a second."""
    times = times or [number * TENTH for number in range(len(letters))]
    decisions = [Decision(reason=LETTERS[letter]) for letter in letters]
    return list(zip(frames(times), decisions, strict=True))


def released(rows, **seconds):
    """Yield what is released with each frame, and in the end."""
    options = {"pad": 0, "merge_gap": 0.2, "min_event": 0, **seconds}
    selection = Selection(**options)
    for row in rows:
        yield selection.take(*row)
    yield selection.flush()


def selected(letters, times=None, **seconds):
    """Return the letters of the decisions that come out; they come in order."""
    rows = [row for rows in released(recorded(letters, times), **seconds) for row in rows]
    assert [frame.number for frame, _ in rows] == list(range(len(letters)))
    return "".join(LETTER_OF[decision.reason] for _, decision in rows)


def built(letters, *, merge_gap=0.2, min_event=0, dissimilarities=None, boxes=None, outputs=False):
    """Return the events of a sequence."""
    builder = EventBuilder(merge_gap=merge_gap, min_event=min_event)
    found, written = [], 0
    for index, (frame, decision) in enumerate(recorded(letters)):
        if dissimilarities is not None and dissimilarities[index] is not None:
            decision = dataclasses.replace(decision, local_ssim=1 - dissimilarities[index])
        box = boxes[index] if boxes else None
        output = written if outputs and decision.kept else None
        written += decision.kept
        found.append(builder.add(frame, decision, box=box, output=output))
    return [event for event in [*found, builder.finish()] if event is not None]


def spans(events):
    return [(event.first_frame, event.last_frame) for event in events]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", []),
        ("f.........", []),
        ("f....h....h", []),
        ("f.c......", [(2, 2)]),
        ("c", [(0, 0)]),
        ("f.cc..c..", [(2, 6)]),  # 0.2 s between the end of 3 and 6: within the gap
        ("f.cc...c..", [(2, 3), (7, 7)]),
        ("f.c.h.c", [(2, 2), (6, 6)]),  # a heartbeat joins nothing
        ("f.c..c..c..c", [(2, 11)]),
        ("f.c.x.xx.s.c", [(2, 2), (11, 11)]),
    ],
)
def test_changes_within_the_gap_are_one_event(letters, expected):
    events = built(letters)
    assert spans(events) == expected
    assert [event.number for event in events] == list(range(1, len(expected) + 1))
    for event, (first, last) in zip(events, expected, strict=True):
        assert (event.start, event.end) == (first * TENTH, (last + 1) * TENTH)


@pytest.mark.parametrize(
    ("letters", "expected", "options"),
    [
        ("f" + 9 * ".", "f..q..q..q", {}),
        ("f..c.....c", "f..c..q..c", {}),  # a kept frame begins the count again
        ("f.c..x....", "f.c..q..q.", {}),
        ("f......c......", "f..q.ppcpp..q.", {"pad": 0.2}),
        ("f...c....", "f..qx.q..", {"min_event": 0.3}),  # too short an event is none
        ("f..s..s..", "f..q..q..", {}),
    ],
)
def test_speedup_keeps_every_third_frame_between_events(letters, expected, options):
    assert selected(letters, speedup=3, **options) == expected


def test_what_is_kept_for_speedup_has_its_picture():
    rows = released(recorded("f" + 30 * "."), speedup=4, pad=0.3, min_event=0.5)
    quick = [f for part in rows for f, decision in part if decision.reason is Reason.SPEEDUP]
    assert len(quick) == 7
    assert all(frame.native is not None for frame in quick)


def test_an_event_ends_with_the_last_of_its_frames_to_end():
    builder = EventBuilder(merge_gap=0, min_event=0)
    for (frame, decision), seconds in zip(recorded("fcc"), (1, 5, 1), strict=True):
        builder.add(dataclasses.replace(frame, duration=Fraction(seconds)), decision)
    event = builder.finish()
    assert (event.last_frame, event.end) == (2, TENTH + 5)


def test_without_a_gap_only_frames_that_follow_each_other_are_one_event():
    assert spans(built("fcc.c", merge_gap=0)) == [(1, 2), (4, 4)]


def test_times_of_whole_milliseconds_part_no_frames_that_follow_each_other():
    builder = EventBuilder(merge_gap=0, min_event=0)
    times = [Fraction(round(number * 1000 / 30), 1000) for number in range(8)]
    for frame, decision in recorded("fcccccc.", times):
        frame = dataclasses.replace(frame, duration=Fraction(33, 1000))
        assert builder.add(frame, decision) is None
    assert spans([builder.finish()]) == [(1, 6)]


def test_events_that_are_too_short_are_passed_over_and_not_counted():
    events = built("fc....ccc....cc....ccc", min_event=0.3)
    assert spans(events) == [(6, 8), (19, 21)]
    assert [event.number for event in events] == [1, 2]


def test_an_event_is_told_as_soon_as_nothing_can_join_it():
    builder = EventBuilder(merge_gap=0.2, min_event=0)
    told = [builder.add(*row) for row in recorded("fcc.......")]
    assert [number for number, event in enumerate(told) if event is not None] == [6]
    assert builder.finish() is None


def test_the_peak_is_the_first_frame_of_the_largest_dissimilarity():
    values = [None, 0.4, 0.2, 0.75, 0.99, 0.75, None, 0.1]
    (event,) = built("fccc.cc", dissimilarities=values)
    assert (event.peak, event.peak_frame, event.peak_time) == (0.75, 3, 3 * TENTH)


def test_a_peak_that_was_not_computed_is_none():
    (event,) = built("fcc")
    assert (event.peak, event.peak_frame, event.peak_time) == (None, None, None)


def test_the_box_holds_all_places_that_changed():
    boxes = [None, (10, 20, 30, 25), None, (5, 22, 12, 60), (0, 0, 99, 99)]
    first, second = built("fccc...c", boxes=[*boxes[:4], *[None] * 4])
    assert first.box == (5, 20, 25, 40)
    assert second.box is None
    # What a frame that didn't change says does not count.
    (event,) = built("fccc.", boxes=boxes)
    assert event.box == (5, 20, 25, 40)


def test_an_event_knows_its_frames_in_the_condensed_video():
    first, second = built("f.hc.pch.cp....h..ccp", outputs=True)
    assert (first.first_output, first.last_output, first.frames_kept) == (2, 6, 5)
    assert (second.first_output, second.last_output, second.frames_kept) == (9, 10, 2)
    assert [event.frames_kept for event in built("f.hc.pch.cp....h..ccp")] == [5, 2]
    assert built("f.hc")[0].first_output is None


@settings(deadline=None)
@given(st.text("....chs", max_size=60), st.integers(0, 9))
def test_events_are_the_regions_of_a_line_of_pixels(letters, gap):
    """Held against scikit-image: changes, each smeared over the gap, are connected or not."""
    if not letters:
        return
    dissimilarities = np.random.default_rng(len(letters)).random(len(letters))
    changed = np.array([letter == "c" for letter in letters])
    smeared = np.convolve(changed, np.ones(gap + 1)) > 0
    levels = np.zeros(len(smeared))
    levels[: len(letters)] = changed * dissimilarities
    regions = regionprops(label(smeared[None]), levels[None])

    events = built(letters, merge_gap=gap / 10, dissimilarities=dissimilarities)
    assert spans(events) == [(r.bbox[1], r.bbox[3] - gap - 1) for r in regions]
    for event, region in zip(events, regions, strict=True):
        assert event.peak == pytest.approx(region.intensity_max, abs=1e-12)
        assert levels[event.peak_frame] == region.intensity_max


@given(st.text("..cchfs", max_size=60), st.sampled_from([0, 0.1, 2]))
def test_without_pad_and_least_length_every_frame_passes_straight_through(letters, gap):
    rows = recorded(letters)
    for row, out in zip(rows, released(rows, merge_gap=gap), strict=False):
        assert len(out) == 1
        assert out[0][0] is row[0]
        assert out[0][1] is row[1]


@pytest.mark.parametrize(
    ("pad", "letters", "expected"),
    [
        (0.2, "f.....c.....", "f...ppcpp..."),
        (0.2, "f.....c.c...", "f...ppcpcpp."),
        (0.2, "f.c....c....", "fpcppppcpp.."),
        (0.2, "f.c.....c...", "fpcpp.ppcpp."),
        (0.2, "f.....csssss", "f...ppcppsss"),
        (0.2, "fsss..s.c...", "fsss..ppcpp."),
        (0.2, "f..h..h.ch..", "f..h..hpchp."),
        (0.1, "..........c.", ".........pcp"),
        (0.1, "fc..........", "fcp........."),
        (9.0, "f.......c...", "fpppppppcppp"),
        (9.0, "f.....h.....", "f.....h....."),
    ],
)
def test_pad_writes_every_frame_near_a_change(pad, letters, expected):
    assert selected(letters, pad=pad) == expected


def test_inside_an_event_what_is_far_from_its_changes_stays_condensed():
    assert selected("f..c.......c..", pad=0.2, merge_gap=2) == "f" + "ppcpp...ppcpp"


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("f.cc.......", "f.xx......."),
        ("f.ccc......", "f.ccc......"),
        ("f.c.c......", "f.c.c......"),
        ("f.c..h.c...", "f.x..h.x..."),
        ("f.c........ccc", "f.x........ccc"),
        ("f....cc", "f....xx"),
        ("f....ccc", "f....ccc"),
    ],
)
def test_changes_of_short_events_are_not_written(letters, expected):
    assert selected(letters, min_event=0.3) == expected


@pytest.mark.parametrize(
    ("pad", "letters", "expected"),
    [
        (0.1, "f..c.....c.cc...", "f..x....pcpccp.."),
        (0.2, "f..c...ccc...c..", "f..x.ppcccpp.x.."),
        (0.2, "f..c........cc..", "f..x........xx.."),
        # Within reach of a longer event they are context like any other frame.
        (0.4, "f..c...ccc...c..", "f..ppppcccpppp.."),
    ],
)
def test_short_events_have_no_context_of_their_own(pad, letters, expected):
    assert selected(letters, pad=pad, min_event=0.3) == expected


def test_a_decision_keeps_its_scores_when_its_reason_changes():
    decision = Decision(reason=Reason.SAME, reference=3, mse=1.5, prefiltered=True)
    selection = Selection(pad=1, merge_gap=0, min_event=0)
    still, changed = frames([Fraction(0), Fraction(1)])
    assert selection.take(still, decision) == []
    (first, _) = selection.take(changed, Decision(reason=Reason.CHANGE))
    assert first == (still, dataclasses.replace(decision, reason=Reason.PAD))


steps = st.sampled_from([Fraction(1, 25), TENTH, TENTH, Fraction(1, 3), Fraction(2)])
variable_rate = st.lists(st.tuples(st.sampled_from(".....cchs"), steps), min_size=5, max_size=40)
options = st.fixed_dictionaries(
    {
        "pad": st.sampled_from([0, 0.04, 0.1, 0.2, 0.5, 3]),
        "merge_gap": st.sampled_from([0, 0.2, 0.4, 1, 2]),
        "min_event": st.sampled_from([0, 0.1, 0.4, 0.7, 2]),
    }
)


def timed(steps):
    """Return the letters and times of a recording at a variable rate."""
    times = [sum((step for _, step in steps[:n]), Fraction(0)) for n in range(len(steps))]
    return "".join(letter for letter, _ in steps), times


@settings(max_examples=300)
@given(variable_rate, options)
def test_what_is_written_is_what_the_definition_says(steps, seconds):
    letters, times = timed(steps)
    pad, merge_gap, min_event = map(exact, map(seconds.get, ("pad", "merge_gap", "min_event")))
    ends = {frame.time: frame.time + frame.duration for frame in frames(times)}
    events = []
    for letter, time in zip(letters, times, strict=True):
        if letter == "c":
            if not events or time > ends[events[-1][-1]] + merge_gap:
                events.append([])
            events[-1].append(time)
    shown = {time for event in events if ends[event[-1]] - event[0] >= min_event for time in event}

    def letter_of(letter, time):
        if letter == "h" or time in shown:
            return letter
        if any(abs(time - change) <= pad for change in shown):
            return "p"
        return "x" if letter == "c" else letter

    expected = "".join(letter_of(*pair) for pair in zip(letters, times, strict=True))
    assert selected(letters, times, **seconds) == expected


@settings(max_examples=200)
@given(variable_rate, options, st.sampled_from([0.3, 1, 2.5]))
def test_the_heartbeat_goes_on_where_events_are_too_short(steps, seconds, heartbeat):
    letters, times = timed(steps)
    decided, last = "", None
    for letter, time in zip(letters, times, strict=True):  # as a judge does
        due = last is not None and time - last >= exact(heartbeat)
        letter = "f" if last is None else "h" if letter == "." and due else letter
        decided += letter
        last = time if letter in "fch" else last
    last = None
    for out in released(recorded(decided, times), heartbeat=heartbeat, **seconds):
        for frame, decision in out:
            if decision.kept:
                last = frame.time
                assert frame.native is not None
            elif decision.reason is not Reason.SKIPPED:
                assert frame.time - last < exact(heartbeat)


@given(st.text("......cs", max_size=60), st.integers(0, 9))
def test_pad_is_a_dilation(letters, reach):
    changed = np.array([[letter == "c" for letter in letters]], np.uint8)
    if not letters:
        return
    near = cv2.dilate(changed, np.ones((1, 2 * reach + 1), np.uint8))[0]
    out = selected(letters, pad=reach / 10)
    assert [letter in "cp" for letter in out] == near.astype(bool).tolist()


@settings(max_examples=300)
@given(variable_rate, options)
def test_frames_wait_no_longer_than_told_and_hold_few_pictures(steps, seconds):
    letters, times = timed(steps)
    pad, bound = exact(seconds["pad"]), sum(exact(value) for value in seconds.values())
    rows = recorded(letters, times)
    decisions = dict(zip(times, [decision for _, decision in rows], strict=True))
    pictures = weakref.WeakValueDictionary({frame.time: frame.native for frame, _ in rows})
    lumas = weakref.WeakValueDictionary({frame.time: frame.luma for frame, _ in rows})
    selection = Selection(**seconds)
    waiting = []

    def come_out(released):
        for frame, decision in released:
            assert frame.time == waiting.pop(0)
            assert not decision.kept or (frame.native is not None and frame.luma.size)

    for now in times:
        waiting.append(now)
        come_out(selection.take(*rows.pop(0)))
        assert not waiting or now - waiting[0] <= bound
        changes = [time for time in waiting if decisions[time].reason is Reason.CHANGE]
        wanted = {
            time
            for time in waiting
            if decisions[time].kept
            or time > now - pad
            or any(abs(time - change) <= pad for change in changes)
        }
        assert {time for time in pictures if time <= now} <= wanted
        assert {time for time in lumas if time <= now} <= wanted
    come_out(selection.flush())
    assert waiting == []


@pytest.mark.parametrize("before", ["", "c.............." * 2 + "c" + 21 * "."])
def test_waiting_for_a_least_length_holds_the_changed_pictures_alone(before):
    rows = recorded(before + "c................c...........")
    selection = Selection(pad=0, merge_gap=2, min_event=3)
    out = [selection.take(*rows.pop(0)) for _ in before]
    assert sum(map(len, out)) == len(before)
    held = weakref.WeakSet(frame.native for frame, _ in rows)
    while rows:
        assert selection.take(*rows.pop(0)) == []
    assert len(held) == 2
    assert len(selection.flush()) == 29


def test_events_of_judged_pictures_with_short_ones_left_out():
    """A visitor that moves is an event; one that flashes by is too short."""
    empty = scene((64, 96))
    moving = [with_object(empty, 10 + 6 * step, 30, 12, 230) for step in range(8)]
    lumas = [empty] * 10 + moving + [empty] * 10 + [with_object(empty, 60, 10, 12, 230)]
    lumas += [empty] * 10
    judge = Judge(empty.shape, Thresholds())
    selection = Selection(pad=0.1, merge_gap=0.3, min_event=0.4)
    builder = EventBuilder(merge_gap=0.3, min_event=0.4)
    judged = {}
    rows, events = [], []

    def take(out):
        for frame, decision in out:
            output = sum(decision.kept for _, decision in rows) if decision.kept else None
            rows.append((frame, decision))
            events.append(builder.add(frame, decision, output=output))

    for number, luma in enumerate(lumas):
        frame = Frame(number=number, time=number * TENTH, duration=TENTH, luma=luma)
        judged[number] = judge.judge(frame)
        take(selection.take(frame, judged[number]))
    take(selection.flush())

    (event,) = [event for event in [*events, builder.finish()] if event is not None]
    assert (event.first_frame, event.last_frame) == (10, 18)
    assert event.peak == max(1 - judged[number].local_ssim for number in range(10, 19))
    assert (event.first_output, event.last_output) == (2, 10)  # behind the first frame and the pad
    letters = "".join(LETTER_OF[decision.reason] for _, decision in rows)
    assert letters == "f" + "." * 8 + "p" + "c" * 9 + "p" + "." * 8 + "xx" + "." * 9


EVENTS = [
    Event(
        number=1,
        start=Fraction(100, 3),
        end=Fraction(3725480, 1000),
        first_frame=833,
        last_frame=93136,
        peak=0.81234567,
        peak_frame=900,
        peak_time=Fraction(36),
        box=(640, 200, 320, 180),
        frames_kept=412,
        first_output=7,
        last_output=418,
    ),
    Event(
        number=2,
        start=Fraction(4000),
        end=Fraction(400004, 100),
        first_frame=100000,
        last_frame=100000,
        peak=None,
        peak_frame=None,
        peak_time=None,
        box=None,
        frames_kept=1,
        first_output=None,
        last_output=None,
    ),
]
WRITTEN = [
    [1, 33.333333, 3725.48, 3692.146667, 36.0, 0.812346, *EVENTS[0].box, 412, 833, 93136, 7, 418],
    [2, 4000.0, 4000.04, 0.04, *[None] * 6, 1, 100000, 100000, None, None],
]


def write(target, events):
    with EventsFile(target) as file:
        for event in events:
            file.write(event)
        file.complete()
        file.publish(force=True)


def test_events_as_csv(tmp_path):
    write(tmp_path / "events.csv", EVENTS)
    text = (tmp_path / "events.csv").read_text()
    assert text.splitlines() == [
        "event,start,end,duration,peak_time,peak,x,y,width,height,frames_kept,first_frame,"
        "last_frame,first_output,last_output",
        "1,33.333333,3725.480000,3692.146667,36.000000,0.812346,640,200,320,180,412,833,93136,7,418",
        "2,4000.000000,4000.040000,0.040000,,,,,,,1,100000,100000,,",
    ]
    rows = list(csv.DictReader(text.splitlines()))
    assert [[float(cell) if cell else None for cell in row.values()] for row in rows] == WRITTEN
    assert list(tmp_path.iterdir()) == [tmp_path / "events.csv"]


@pytest.mark.parametrize("name", ["events.json", "EVENTS.JSON"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_events_as_json(tmp_path, name, count):
    write(tmp_path / name, EVENTS[:count])
    content = json.loads((tmp_path / name).read_text())
    assert content == {"events": [dict(zip(COLUMNS, row, strict=True)) for row in WRITTEN[:count]]}
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_a_recording_without_events_has_a_table_without_rows(tmp_path):
    write(tmp_path / "events.csv", [])
    assert (tmp_path / "events.csv").read_text() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("name", "found"),
    [("events.xml", "the ending .xml"), ("events", "no ending"), ("a.csv.gz", "the ending .gz")],
)
def test_another_ending_is_refused_before_anything_is_written(tmp_path, name, found):
    with pytest.raises(UsageError, match=rf"{name}: {found} .*\.csv or \.json"):
        EventsFile(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 1])
def test_a_file_that_is_not_completed_stays_as_part_if_it_holds_an_event(tmp_path, count):
    with EventsFile(tmp_path / "events.json") as file:
        for event in EVENTS[:count]:
            file.write(event)
    assert [path == file.part for path in tmp_path.iterdir()] == [True] * count
    assert all(path.name.endswith(".part.json") for path in tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 1])
def test_a_name_that_has_come_into_use_is_told_with_the_part(tmp_path, count):
    target = tmp_path / "events.csv"
    with (
        pytest.raises(OutputError, match=r"appeared meanwhile.*\.part\.csv"),
        EventsFile(target) as file,
    ):
        for event in EVENTS[:count]:
            file.write(event)
        file.complete()
        target.write_text("of somebody else")
        file.publish(force=False)
    assert target.read_text() == "of somebody else"
    assert len(file.part.read_text().splitlines()) == 1 + count


def test_a_file_is_replaced_with_force(tmp_path):
    target = tmp_path / "events.csv"
    target.write_text("old")
    write(target, EVENTS)
    assert target.read_text().startswith("event,start")


def test_a_folder_that_is_not_there_is_our_error(tmp_path):
    with pytest.raises(OutputError, match=r"events\.csv: cannot be written"):
        EventsFile(tmp_path / "missing" / "events.csv").__enter__()


def test_the_table_for_the_terminal():
    assert events_table(EVENTS).splitlines() == [
        "event         start           end    duration   peak               where  kept",
        "    1  00:00:33.333  01:02:05.480  3692.147 s  0.812  320x180 at 640,200   412",
        "    2  01:06:40.000  01:06:40.040     0.040 s      -                   -     1",
    ]
    assert events_table([]) == "no events"
