"""Segments of a camera that needs no network: what is decided between its pictures and the files.

The camera here sends as fast as it is asked to, and tells any time.
"""

import datetime
import json
import threading
import time
import weakref
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import Shown, table
from helpers_camera import FakeStream, scene, stop_when
from PIL import Image

import vidsum
from vidsum.dedup import Judge
from vidsum.errors import InputError
from vidsum.frame import Frame, VideoInfo
from vidsum.jobs.watching import run as live_run
from vidsum.jobs.watching.segment import Arrivals, Counts, LiveJudge, Segment
from vidsum.video import live
from vidsum.video.live_clock import MICROSECOND

EXACT = vidsum.Thresholds(preset="exact")


@pytest.fixture
def watch_plan(monkeypatch, tmp_path):
    """Return what watches a camera that sends what a plan says, and gives the result."""
    monkeypatch.setattr(live, "_FIRST_PAUSE", 0.05)

    def run(plan, segment="1d", thresholds=EXACT, areas=None, grouping=None, stop=None, **files):
        told = []
        over, left = threading.Event(), threading.Event()
        steps = iter(plan)
        monkeypatch.setattr(live_run, "NetworkStream", lambda *_: FakeStream(steps, over, left))
        files = vidsum.SegmentFiles(output=tmp_path, segment=segment, **files)
        should_stop = stop or stop_when(monkeypatch, over.is_set)

        result = vidsum.record(
            "rtsp://camera/live",
            files=files,
            thresholds=thresholds,
            areas=areas,
            grouping=grouping,
            tell=told.append,
            # The thread that reads ends at once, too.
            should_stop=lambda: should_stop() and (left.set() or True),
        )
        return result, told

    return run


def stems(folder):
    return sorted(path.name.removesuffix(".manifest.json") for path in folder.glob("*.manifest.*"))


def pause():
    time.sleep(0.02)


def paced(lumas):
    for luma in lumas:
        yield pause
        yield luma


def test_another_size_begins_another_segment(watch_plan, tmp_path):
    small = [scene(n) for n in range(5)]
    large = [scene(n, (192, 144)) for n in range(5)]
    result, _ = watch_plan(paced([*small, *large]))
    assert (result.segments, result.frames, result.lost_input) == (2, 10, False)
    sizes = {Shown(path).size for path in tmp_path.glob("*.mp4")}
    assert sizes == {(160, 120), (192, 144)}


def test_areas_that_do_not_fit_another_size_end_nothing(watch_plan, tmp_path):
    small, large = (
        [scene(n, size, busy=range(5)) for n in range(5)] for size in ((160, 120), (192, 144))
    )
    mask = tmp_path / "mask.png"
    white = np.zeros((120, 160), np.uint8)
    white[-8:] = 255  # nothing moves there
    Image.fromarray(white).save(mask)
    plan = paced([*small, *large, *small])
    result, told = watch_plan(plan, areas=vidsum.Areas(mask=mask))
    assert (result.segments, result.frames, result.lost_input) == (3, 15, False)
    manifests = [
        json.loads((tmp_path / f"{stem}.manifest.json").read_text()) for stem in stems(tmp_path)
    ]
    assert [manifest["result"]["kept"] for manifest in manifests] == [1, 5, 1]
    says = "the areas don't fit, the whole picture was looked at"
    assert [manifest["messages"] for manifest in manifests] == [[], [says], []]
    (line,) = [line for line in told if "mask.png: is 160x120" in line]
    assert line.endswith("the whole picture is looked at until its size is back")
    with pytest.raises(vidsum.UsageError, match=r"mask\.png: is 160x120"):
        watch_plan(paced(large), areas=vidsum.Areas(mask=mask))


@pytest.mark.parametrize("asked", [2, 3])
def test_an_end_may_come_just_when_a_segment_begins(watch_plan, tmp_path, asked):
    answers = iter([False] * asked + [True] * 1000)
    result, _ = watch_plan(paced([scene(n) for n in range(5)]), stop=answers.__next__)
    (manifest,) = tmp_path.glob("*.manifest.json")
    assert json.loads(manifest.read_text())["state"] == "done" and result.segments == 1
    assert not list(tmp_path.glob("*.part*"))


def test_the_judge_goes_on_over_connections(watch_plan):
    """What changed while the camera was lost is an event; what did not is none."""
    moved = [scene(5, busy=range(9)) for _ in range(5)]
    plan = [*paced([scene(0)] * 5), None, *paced([scene(0)] * 5), None, *paced(moved)]
    result, _ = watch_plan(plan)
    assert (result.gaps, result.events, result.kept) == (2, 1, 2)


def test_a_connection_that_broke_off_is_let_go(watch_plan):
    """Its decoder holds hundreds of megabytes where pictures had to wait."""
    held = []

    def plan():
        yield from paced([scene(0)] * 3)
        breaks_off = BreaksOff()
        first = weakref.ref(breaks_off)
        yield breaks_off
        del breaks_off
        yield from paced([scene(0)] * 3)
        yield lambda: held.append(first())

    result, _ = watch_plan(plan())
    assert (result.reconnects, held) == (1, [None])


def test_no_picture_of_a_kept_frame_is_held():
    """All pictures that waited with it would be, once its connection is over."""
    judge = Judge((120, 160), EXACT)
    luma = scene(0)
    picture = weakref.ref(luma)
    frame = Frame(number=0, time=Fraction(0), luma=luma)
    assert LiveJudge(judge, lasting=False).judge(frame).kept
    del frame, luma
    assert picture() is None and judge.reference.number == 0


class BreaksOff:
    """Ends a connection; the connection holds it."""

    def __call__(self):
        raise InputError("it broke off")


@pytest.fixture
def set_clock(monkeypatch):
    """Return a step of a plan that sets the clock by this many seconds."""
    true_time = time.time_ns
    ahead = [0]
    monkeypatch.setattr(live.time, "time_ns", lambda: true_time() + ahead[0] * 10**9)
    return lambda seconds: lambda: ahead.__setitem__(0, seconds)


@pytest.mark.parametrize("step", [3600, -3600])
def test_a_clock_that_is_set_begins_a_segment_and_breaks_no_order(
    watch_plan, set_clock, tmp_path, step
):
    plan = [*paced([scene(0)] * 5), set_clock(step), *paced([scene(0)] * 5)]
    result, told = watch_plan(plan)
    assert (result.segments, result.lost_input) == (2, False)
    assert any("the clock of this machine was set" in line for line in told)
    starts = []
    for name in stems(tmp_path):
        rows = table(tmp_path / f"{name}.condensed.csv")
        times = [row["utc"] for row in rows]
        assert len(rows) == 5 and times == sorted(times)
        starts.append(times[0])
    hours = abs(int(starts[0][11:13]) - int(starts[1][11:13]))
    assert hours in (1, 23)


def test_a_camera_faster_than_it_says_is_no_clock_that_is_set():
    said = VideoInfo(
        path=Path("camera"),
        width=16,
        height=16,
        rotation=0,
        rate=Fraction(10),
        time_base=MICROSECOND,
        duration=None,
        codec="mjpeg",
        pixel_format="yuv420p",
    )
    waiting = [
        live.Arrival(
            frame=Frame(
                number=number,
                time=Fraction(number, 30),
                duration=1 / said.rate,
                luma=np.zeros((16, 16), np.uint8),
            ),
            info=said,
            utc_ahead=Fraction(1000),
            arrived=0.0,
            connections=1,
            damaged_packets=0,
            damaged_frames=0,
            jumps=0,
        )
        for number in range(30 * 20)
    ]
    camera = SimpleNamespace(get=lambda seconds: waiting.pop(0))
    arrivals = Arrivals(camera, Counts(), lambda: not waiting)
    segment, begins = None, []
    while arrivals.peek() is not None:
        segment = Segment(arrivals, "camera", 1, segment)
        assert len(list(segment)) in (29, 30) and not segment.fault_lines
        begins.append(segment.begin)
    assert begins == list(range(1000, 1020))


def test_a_slow_machine_drops_the_oldest_and_counts_them(watch_plan, tmp_path, monkeypatch):
    monkeypatch.setattr(live, "MAX_WAITING_BYTES", 160 * 120 * 3 // 2 * 4)
    slow = live_run.make_judge

    def make_slow(*arguments, **options):
        judge = slow(*arguments, **options)
        decide = judge.judge
        judge.judge = lambda frame: time.sleep(0.05) or decide(frame)
        return judge

    monkeypatch.setattr(live_run, "make_judge", make_slow)
    result, told = watch_plan([scene(n) for n in range(40)])
    (name,) = stems(tmp_path)
    rows = table(tmp_path / f"{name}.condensed.csv")
    assert result.late >= 30 and result.lost_input
    assert len(rows) + result.late == result.frames == 40
    assert sum(int(row["late"]) for row in rows) == result.late
    assert any(f"{result.late} frames dropped, this machine was too slow" in line for line in told)


def test_segments_by_size_and_what_is_kept_of_them(watch_plan, tmp_path):
    noise = np.random.default_rng(0)
    lumas = [noise.integers(16, 235, (240, 320)).astype(np.uint8) for _ in range(60)]
    other = tmp_path / "camera_20200101T000000Z.condensed.mp4"
    other.write_bytes(bytes(10**6))
    result, _ = watch_plan(
        paced(lumas), segment="1MB", codec="ffv1", video_format="mkv", keep_gb=0.008
    )
    names = stems(tmp_path)
    assert result.segments > len(names) >= 1
    sizes = [sum(path.stat().st_size for path in tmp_path.glob(f"{name}.*")) for name in names]
    assert sum(sizes) <= 8e6 and other.exists()


def test_a_segment_holds_a_picture_whatever_the_options_drop(watch_plan, set_clock, tmp_path):
    moved = scene(5, busy=range(9))
    plan = [*paced([scene(0)] * 2), set_clock(60), *paced([moved, scene(0), scene(0)])]
    result, _ = watch_plan(plan, grouping=vidsum.Grouping(min_event=5, pad=1))
    assert (result.events, result.segments) == (0, 2)
    for name in stems(tmp_path):
        assert Shown(tmp_path / f"{name}.condensed.mp4").frames


def test_what_is_usual_is_learnt_before_the_first_segment(watch_plan, tmp_path):
    learning = vidsum.Thresholds(preset="surveillance", learn=0.5)
    result, _ = watch_plan(paced([scene(0)] * 60), thresholds=learning)
    (name,) = stems(tmp_path)
    rows = table(tmp_path / f"{name}.condensed.csv")
    assert result.frames == 60 and 0 < len(rows) < 60


def test_an_unwritable_disk_ends_the_run(watch_plan, tmp_path, monkeypatch):
    from vidsum.jobs.batches import manifest

    def full(path, text, *, force):
        raise vidsum.OutputError(f"{path}: cannot be written, the disk is full")

    monkeypatch.setattr(manifest, "save_text", full)
    with pytest.raises(vidsum.OutputError, match="the disk is full"):
        watch_plan(paced([scene(0)] * 5))


def test_leaving_the_loop_tells_what_is_not_complete(monkeypatch, tmp_path):
    def full(*_):
        raise vidsum.OutputError("the disk is full")

    def endless():
        yield from paced(scene(n % 16, busy=range(8, 16)) for n in range(1000))

    over, left = threading.Event(), threading.Event()
    monkeypatch.setattr(live_run, "NetworkStream", lambda *_: FakeStream(endless(), over, left))
    monkeypatch.setattr("vidsum.jobs.watching.files.Written.finish", full)
    files = vidsum.SegmentFiles(output=tmp_path)
    changes = vidsum.watch("rtsp://camera/live", files=files, thresholds=EXACT)
    assert next(changes).changed
    with pytest.raises(vidsum.OutputError, match="the disk is full"):
        changes.close()


def test_two_runs_do_not_share_a_folder(watch_plan, tmp_path, monkeypatch):
    from vidsum.jobs import lock

    monkeypatch.setattr(lock, "_LOCK_SECONDS", 0.1)
    with lock.locked_folder(tmp_path), pytest.raises(vidsum.UsageError, match="another run writes"):
        watch_plan(paced([scene(0)] * 5))


def test_tables_of_segments_can_be_read_again(watch_plan, tmp_path):
    watch_plan(paced([scene(0)] * 5))
    (name,) = stems(tmp_path)
    saved = tmp_path / f"{name}.condensed.csv"
    files = {"json": tmp_path / "saved.json", "csv": tmp_path / "again.csv"}
    vidsum.convert_scores(saved, vidsum.ReportFiles(**files))
    assert len(json.loads((tmp_path / "saved.json").read_text())["frames"]) == 5
    assert table(tmp_path / "again.csv") == table(saved)


def test_events_of_segments_are_found_by_the_clock(watch_plan, set_clock, tmp_path, monkeypatch):
    pytest.importorskip("duckdb")
    monkeypatch.setenv("TZ", "Asia/Tokyo")  # where this machine is, and so the camera
    moved = scene(5, busy=range(9))
    before = datetime.datetime.now(datetime.UTC)
    watch_plan([*paced([scene(0), moved]), set_clock(7200), *paced([moved, scene(0)])])
    found = vidsum.find_events([tmp_path], finding=vidsum.Finding(camera="camera"))
    assert [event.begins.utcoffset().total_seconds() for event in found.events] == [32400] * 2
    first, second = (event.begins - before for event in found.events)
    assert 0 <= first.total_seconds() < 60
    assert 7200 <= second.total_seconds() < 7260


class FakeCapture:
    """A webcam that gives five pictures."""

    def __init__(self, index):
        self.index, self.left = index, 5

    def isOpened(self):
        return self.index == 3

    def get(self, what):
        return 0.0

    def read(self):
        self.left -= 1
        time.sleep(0.02)
        bgr = np.repeat(scene(0)[:, :, None], 3, axis=2)
        return (True, bgr) if self.left >= 0 else (False, None)

    def release(self):
        self.left = 0


def test_a_webcam_is_watched_and_opened_again(tmp_path, monkeypatch):
    from vidsum.video.opencv import cv2

    monkeypatch.setattr(live, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    told = []
    result = vidsum.record(
        3,
        files=vidsum.SegmentFiles(output=tmp_path),
        thresholds=EXACT,
        tell=told.append,
        should_stop=lambda: len(told) > 2,
    )
    assert result.camera == "webcam3" and result.kept == 1
    assert result.frames >= 5 and result.gaps == result.reconnects
    assert "webcam 3: gives no more pictures; connecting again until it is there" in told
    shown = Shown(next(tmp_path.glob("webcam3_*.mp4")))
    assert abs(shown.lumas[0] - scene(0)).mean() < 6
