"""What `vidsum watch` is made of: clocks, the backlog, addresses, retention, the program."""

import contextlib
import datetime
import itertools
import json
import os
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest
from fault_table import DOCUMENT, read_cameras
from helpers_camera import FakeStream, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsum.cli import main
from vidsum.errors import InputError, OutputError, UnsafeInputError, UsageError
from vidsum.files import part_path
from vidsum.jobs.watching.change import Change
from vidsum.jobs.watching.credentials import with_credentials
from vidsum.jobs.watching.hook import Hook
from vidsum.jobs.watching.interrupted import close_interrupted
from vidsum.jobs.watching.metrics import serving
from vidsum.jobs.watching.retention import remove_old
from vidsum.jobs.watching.segment import Counts
from vidsum.options.watching import Alerts, Connecting, SegmentFiles
from vidsum.video.address import parse_address
from vidsum.video.backlog import Backlog
from vidsum.video.live import Live
from vidsum.video.live_clock import StreamClock

SECOND = 1_000_000


def times_of(arrivals):
    """Return the times that a clock gives to (timestamp in s, arrival in s), in seconds."""
    clock = StreamClock()
    return [
        clock.time(None if stamp is None else Fraction(stamp), round(arrival * SECOND)) / SECOND
        for stamp, arrival in arrivals
    ]


def test_pictures_that_arrive_unevenly_are_as_far_apart_as_they_were():
    """Every second, the network holds them up for half of it, and then gives all at once."""
    arrivals = [(n / 25, 100 + max(n, 25 * (n // 25) + 12) / 25 + n / 1e6) for n in range(500)]
    times = times_of(arrivals)
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(abs(step - 0.04) for step in steps[25:]) < 0.01


def test_a_camera_whose_clock_runs_wrong_is_followed():
    for drift in (1.0002, 0.9998):
        arrivals = [(n / 10 * drift, 50 + n / 10 + 0.02 * (n % 3)) for n in range(6000)]
        time = times_of(arrivals)[-1]
        assert time == pytest.approx(50 + 599.9, abs=0.05)


@pytest.mark.parametrize("jump", [-3600, -2, 3600])
def test_timestamps_that_begin_anew_cost_no_time(jump):
    stamps = [(n / 25 + 4000, 10 + n / 25) for n in range(50)]
    stamps += [(n / 25 + 4000 + jump, 10 + n / 25) for n in range(50, 100)]
    times = times_of(stamps)
    assert times == pytest.approx([10 + n / 25 for n in range(100)], abs=0.01)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.none() | st.fractions(0, 100, max_denominator=90000), st.floats(0, 2, width=16)
        ),
        max_size=30,
    )
)
def test_times_grow_strictly_whatever_comes(pictures):
    arrival = 0.0
    arrivals = []
    for stamp, wait in pictures:
        arrival += wait
        arrivals.append((stamp, arrival))
    times = times_of(arrivals)
    assert all(earlier < later for earlier, later in itertools.pairwise(times))


def test_the_backlog_keeps_the_latest():
    backlog = Backlog()
    for number in range(10):
        backlog.put(number, room=3)
    backlog.fail(KeyError("over"))
    assert [backlog.get(0) for _ in range(3)] == [7, 8, 9]
    with pytest.raises(KeyError):
        backlog.get(0)


def test_addresses_are_opened_by_their_own_protocols_alone():
    assert parse_address("RTSP://cam/live").protocols("tcp") == "tcp"
    assert parse_address("rtsp://cam/live").protocols("udp") == "tcp,rtp,udp"
    assert parse_address("https://cam/x").protocols("tcp") == "https,tls,tcp"
    assert parse_address("udp://@239.0.0.1:5000").protocols("tcp") == "udp"
    for text in ("file:/etc/passwd", "concat:a|b", "ftp://host/x", "async:http://host/x"):
        with pytest.raises(UnsafeInputError, match="not opened"):
            parse_address(text)
    for text in (
        "camera.mp4",
        "-1",
        "http:/host",
        "tcp://host",
        "http://a b/",
        "http://a/\nX: 1",
    ):
        with pytest.raises(UsageError, match="address"):
            parse_address(text)


def test_formats_hold_no_playlist():
    for text in ("http://cam/x", "tcp://cam:1", "rtsp://cam/x"):
        names = parse_address(text).formats.split(",")
        assert not {"hls", "dash", "concat", "sdp", "applehttp", "image2"} & set(names)


def test_credentials_come_from_one_place_and_are_never_shown(tmp_path, monkeypatch):
    address = parse_address("rtsp://camera/live?token=abc")
    file = tmp_path / "secret"
    file.write_text("admin:p@ss:w/rd\n")
    signed = with_credentials(address, file)
    assert signed.url == "rtsp://admin:p%40ss%3Aw%2Frd@camera/live?token=abc"
    monkeypatch.setenv("VIDSUM_USER", "other")
    monkeypatch.setenv("VIDSUM_PASSWORD", "hidden")
    assert with_credentials(address, None).url.startswith("rtsp://other:hidden@")
    own = parse_address("rtsp://me:mine@camera/live")
    assert with_credentials(own, None) == own
    for one in (signed, own):
        assert not any(word in f"{one!r}{one.shown}" for word in ("rd@", "mine", "abc"))
    with pytest.raises(UsageError, match="has some already"):
        with_credentials(own, file)
    with pytest.raises(UsageError, match="udp knows no user"):
        with_credentials(parse_address("udp://@:99"), file)
    file.write_text("nothing\n")
    with pytest.raises(UsageError, match="is not USER:PASSWORD"):
        with_credentials(address, file)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("segment", "90", "--segment is 90, allowed are"),
        ("segment", "8d", "--segment is 8d, allowed are"),
        ("segment", "0h", "--segment is 0h, allowed are"),
        ("keep_days", 0, "--keep-days is 0, allowed are"),
        ("keep_gb", -1, "--keep-gb is -1, allowed are"),
        ("codec", "vp9", "--codec is 'vp9', allowed are"),
    ],
)
def test_options_of_segments_fail(option, value, says):
    with pytest.raises(UsageError, match=says):
        SegmentFiles(output="out", **{option: value})


def test_options_are_read():
    assert SegmentFiles(segment="10m").segment_seconds == 600
    assert SegmentFiles(segment="2GB").segment_bytes == 2 * 10**9
    assert SegmentFiles(segment="2GB").segment_seconds is None
    assert Alerts(metrics="9464").metrics_address == ("127.0.0.1", 9464)
    assert Alerts(metrics=":9464").metrics_address == ("127.0.0.1", 9464)
    assert Alerts(metrics="[::1]:80").metrics_address == ("::1", 80)
    assert Alerts(on_event="run 'a b' c").command == ("run", "a b", "c")
    for wrong in ("host", "host:99999", "a:b:1"):
        with pytest.raises(UsageError, match="--metrics is"):
            Alerts(metrics=wrong)
    with pytest.raises(UsageError, match=r"--on-event .*: No closing quotation"):
        Alerts(on_event="a 'b")
    with pytest.raises(UsageError, match="--keep-gb is for segments"):
        SegmentFiles(keep_gb=1)
    with pytest.raises(UsageError, match="--camera is a/b, allowed are"):
        Connecting(camera="a/b")


def segment(folder, start, *, days=0.0, size=1000, state="done", **changes):
    """Write the files of a segment that ended this many days ago."""
    end = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    stem = f"front_{start}"
    names = [f"{stem}.condensed.mp4", f"{stem}.events.json"]
    for name in names:
        (folder / name).write_bytes(bytes(size // 2))
    span = {"start": f"2026-01-01T00:00:{start[13:15]}Z", "end": end.isoformat()}
    manifest = {
        "format": "vidsum manifest 1",
        "state": state,
        "identity": {"inputs": [], "mask": None, "options": {}},
        "started": "",
        "ended": "",
        "exit_code": 0,
        "messages": [],
        "result": {"frames": 9, "kept": 3, "events": 1, "duration": 1.0, **span},
        "files": names,
    }
    if state == "running":
        manifest["result"] = None
    (folder / f"{stem}.manifest.json").write_text(json.dumps(manifest | changes))
    return stem


def stems(folder):
    return sorted({path.name.split(".")[0] for path in folder.glob("front_*")})


def test_the_oldest_complete_segments_go_and_nothing_else(tmp_path):
    one, two, three = (segment(tmp_path, f"20260101T00000{n}Z") for n in range(3))
    running = segment(tmp_path, "20251231T235959Z", state="running")
    foreign = ["front_20200101T000000Z.condensed.mp4", "front.mp4", "holiday.mp4", "back_x.mp4"]
    for name in foreign:
        (tmp_path / name).write_bytes(bytes(5000))
    told = []
    remove_old(tmp_path, "front", None, 2.5e-6, told.append)
    assert not told
    assert not list(tmp_path.glob(f"{one}*"))
    assert {two, three, running} <= set(stems(tmp_path))
    assert all((tmp_path / name).exists() for name in foreign)
    remove_old(tmp_path, "front", None, 0.5e-6, told.append)
    assert {two, three}.isdisjoint(stems(tmp_path)) and running in stems(tmp_path)
    assert all((tmp_path / name).exists() for name in foreign)


def test_days_count_from_the_end_of_a_segment(tmp_path):
    old = segment(tmp_path, "20260101T000000Z", days=3.1)
    new = segment(tmp_path, "20260101T000001Z", days=2.9)
    remove_old(tmp_path, "front", 3, None, pytest.fail)
    assert stems(tmp_path) == [new] != [old]


def test_a_folder_that_is_gone_is_told(tmp_path):
    told = []
    remove_old(tmp_path / "gone", "front", 1, None, told.append)
    assert told == [
        f"{tmp_path}/gone: cannot be read, No such file or directory; nothing old is removed"
    ]


@pytest.mark.parametrize(
    "files", [["../outside.mp4"], ["holiday.mp4"], ["front_20260101T000000Z.x/../../outside.mp4"]]
)
def test_a_manifest_that_was_meddled_with_removes_nothing(tmp_path, files):
    folder = tmp_path / "cameras"
    folder.mkdir()
    for path in (tmp_path / "outside.mp4", folder / "holiday.mp4"):
        path.write_bytes(b"mine")
    segment(folder, "20260101T000000Z", days=9, files=files)
    before = sorted(tmp_path.rglob("*"))
    remove_old(folder, "front", 1, 1e-9, pytest.fail)
    assert sorted(tmp_path.rglob("*")) == before


def test_parts_of_which_no_manifest_tells_are_told_and_go_when_old(tmp_path):
    """They are left by a kill before the manifest of a segment was written."""
    stem = "front_20260101T000000Z"
    names = {
        f"{stem}.condensed.mp4": ".mkv",
        f"{stem}.condensed.csv": "",
        f"{stem}.events.json": "",
    }
    left = sorted(part_path(tmp_path / name, suffix) for name, suffix in names.items())
    mine = [f"{stem}.notes.txt", "back_20260101T000000Z.condensed.mp4.0123abcd.part.mkv"]
    for path in (*left, *(tmp_path / name for name in mine)):
        path.write_bytes(b"x")
    segment(tmp_path, "20260102T000000Z")
    told = []
    close_interrupted(tmp_path, "front", told.append)
    says = "an earlier run was ended in the middle of this segment; left of it"
    assert told == [f"{stem}: {says}: {', '.join(path.name for path in left)}"]
    close_interrupted(tmp_path, "front", pytest.fail)
    assert all(path.exists() for path in left)
    remove_old(tmp_path, "front", None, 1e-9, pytest.fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(mine)


CHANGE = Change(
    changed=True,
    camera="front",
    segment="front_20260101T000000Z",
    event=1,
    start=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    end=datetime.datetime(2026, 1, 1, 0, 0, 1, tzinfo=datetime.UTC),
    peak=0.5,
    box=(1, 2, 3, 4),
    frames_kept=7,
)


def program(folder, text):
    path = folder / "program"
    path.write_text(f"#!{sys.executable} -S\n{text}")
    path.chmod(0o755)
    return str(path)


def test_the_program_gets_json_and_no_password(tmp_path, monkeypatch):
    monkeypatch.setenv("VIDSUM_PASSWORD", "hidden")
    seen = tmp_path / "seen $(touch x)"
    command = program(
        tmp_path,
        "import os, sys\n"
        "with open(sys.argv[1], 'a') as file: file.write(sys.stdin.read() + repr(os.environ))",
    )
    with Hook((command, str(seen)), 20, pytest.fail) as hook:
        hook.add(CHANGE)
    text = seen.read_text()
    change = json.loads(text.splitlines()[0])
    assert change == {
        "changed": True,
        "camera": "front",
        "segment": "front_20260101T000000Z",
        "event": 1,
        "start": "2026-01-01T00:00:00.000Z",
        "end": "2026-01-01T00:00:01.000Z",
        "peak": 0.5,
        "box": [1, 2, 3, 4],
        "frames_kept": 7,
    }
    assert "PATH" in text and "hidden" not in text


def test_a_program_that_hangs_is_ended_and_told(tmp_path):
    os.mkfifo(tmp_path / "held")
    reader = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    command = f"exec 9>{tmp_path}/held; sleep 600 & sleep 600"
    told = []
    begun = time.monotonic()
    with Hook(("sh", "-c", command), 0.3, told.append) as hook:
        for _ in range(200):
            hook.add(CHANGE)
        assert time.monotonic() - begun < 30  # one program after another would take a minute
    assert "--on-event sh: ended, it ran for more than 0.3 s" in told
    assert any("too slow, 100 changes are waiting" in line for line in told)
    assert any("changes were still waiting" in line for line in told)
    # Both have ended: nobody holds the pipe open.
    with os.fdopen(reader, "rb", buffering=0) as file:
        while file.read(1) is None:
            assert time.monotonic() - begun < 60
            time.sleep(0.01)


def test_a_program_that_fails_is_told():
    told = []
    with Hook(("false",), 5, told.append) as hook:
        hook.add(CHANGE)
    assert told == ["--on-event false: failed with exit code 1"]
    with pytest.raises(UsageError, match="--on-event no-such-program: there is no such program"):
        Hook(("no-such-program",), 5, told.append)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["camera.mp4"], 2, "no address of a camera"),
        (["concat:a|b"], 6, "not opened"),
        (["tcp://127.0.0.1:1"], 3, "tcp://127.0.0.1:1: nobody listens there"),
        (["99"], 3, "webcam 99: cannot be opened"),
        (["99", "--stream", "1"], 2, "--stream is for addresses, not for webcam 99"),
        (["tcp://127.0.0.1:1", "--target-ratio", "0.1"], 2, "a camera has no end"),
        (["tcp://127.0.0.1:1", "--ca-file", __file__], 2, "--ca-file is for rtsps and https"),
        (["tcp://127.0.0.1:1", "--on-event", "nothing-here"], 2, "there is no such program"),
        (["tcp://u:secret@127.0.0.1:1"], 3, "tcp://***@127.0.0.1:1: nobody listens there"),
    ],
)
def test_what_cannot_be_watched_is_one_line(capsys, tmp_path, words, code, says):
    assert main(["watch", *words, "-o", str(tmp_path / "out")]) == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and says in lines[0] and "secret" not in lines[0]
    assert not [*tmp_path.rglob("*.*")]


def test_every_row_of_cameras_names_tests_that_hold_its_message():
    folder = Path(__file__).parent
    rows = read_cameras(DOCUMENT.read_text(encoding="utf-8"))
    assert len(rows) > 20
    for fault, says, tests in rows:
        assert tests, fault
        for test in tests:
            file, name = test.split("::")
            source = (folder / file).read_text(encoding="utf-8")
            assert f"def {name}(" in source and says in source, f"{fault}: {test}"


def test_metrics_need_their_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert main(["watch", "tcp://127.0.0.1:1", "--metrics", "9464"]) == 2
    assert "pip install 'vidsum[metrics]'" in capsys.readouterr().err


def test_metrics_at_what_can_be_no_host_are_one_line():
    pytest.importorskip("prometheus_client")
    nowhere = ("camera..local", 9464)
    with (
        pytest.raises(OutputError, match=r"^--metrics camera\.\.local:9464: cannot be served"),
        serving(nowhere, "hall", Counts(), Live("hall", None, print), None),
    ):
        pass


def test_pauses_between_tries_grow_and_have_an_end(monkeypatch):
    tries = []

    @contextlib.contextmanager
    def camera():
        tries.append(1)
        if len(tries) in (1, 10):
            yield FakeStream(iter([scene(0), None]), threading.Event(), threading.Event())
        raise InputError("camera: nobody listens there")

    told, pauses = [], []
    camera_live = Live("camera", camera, told.append)
    monkeypatch.setattr(camera_live._stopping, "wait", pauses.append)
    with camera_live:
        deadline = time.monotonic() + 60
        while len(pauses) < 14 and time.monotonic() < deadline:
            time.sleep(0.01)
    longest = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=False))
    assert pauses[9] <= 1  # there was a picture
    assert len(told) == 3 and camera_live.connections == 2
