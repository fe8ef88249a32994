"""Where and when recordings were made, as names, metadata and options tell it."""

import datetime as dt
import json
import shutil

import av
import pytest
from conftest import rewrite, write_clip

from vidsum import BatchFiles, Reading, Sources, Thresholds, UsageError, batch, find_events
from vidsum.jobs.batches.recorded import Recorded, opened
from vidsum.jobs.batches.segments import tasks_of
from vidsum.jobs.batches.sources import found_files


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """A clip of one second whose metadata tell when it was made."""
    folder = tmp_path_factory.mktemp("second")
    clip = write_clip(folder / "plain.mp4", [0] * 5, rate=5)
    with av.open(clip) as source, av.open(folder / "x.mp4", "w") as copy:
        copy.metadata["creation_time"] = "2026-05-01T20:00:00Z"
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                copy.mux_one(packet)
    return folder / "x.mp4"


@pytest.fixture
def recorded(tmp_path, second):
    """Makes files in a folder, and returns what is known of each recording by its name."""

    def recorded(*names, **sources):
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(second, path)
        chosen = Sources(recursive=True, **{"time_zone": "Europe/Zurich", **sources})
        files = found_files([tmp_path / "in"], chosen, tmp_path / "out", print)
        return {
            task.name: opened(task.recorded, task.inputs, Reading())
            for task in tasks_of(files, chosen, Reading())
        }

    return recorded


def told(one):
    return one.camera, [(begin, start.isoformat()) for begin, start in one.starts]


def test_names_go_before_metadata(recorded):
    found = recorded(
        "gate_20260501_231500.mp4",
        "1777665600.mp4",
        "yard/1777665600.mp4",
        "yard/holiday.mp4",
        "single.mp4",
        "7/2026/05/20260501_231500.mp4",
        "2026-05/20260501_231500.mp4",
    )
    assert {name: told(one) for name, one in found.items()} == {
        "gate_20260501_231500": ("gate", [(0.0, "2026-05-01T23:15:00+02:00")]),
        # Seconds since 1970 are the same everywhere.
        "1777665600": ("in", [(0.0, "2026-05-01T20:00:00+00:00")]),
        "yard/1777665600": ("yard", [(0.0, "2026-05-01T20:00:00+00:00")]),
        "yard/holiday": ("yard", [(0.0, "2026-05-01T20:00:00+00:00")]),
        "7/2026/05/20260501_231500": ("7", [(0.0, "2026-05-01T23:15:00+02:00")]),
        "2026-05/20260501_231500": ("in", [(0.0, "2026-05-01T23:15:00+02:00")]),
        "single": ("single", [(0.0, "2026-05-01T20:00:00+00:00")]),
    }


@pytest.mark.parametrize(
    ("start_time", "starts"),
    [
        ("name", ["2026-05-01T23:15:00+02:00"]),
        ("metadata", ["2026-05-01T20:00:00+00:00"]),
        ("none", []),
        ("2026-01-01T12:00", ["2026-01-01T12:00:00+01:00"]),
        ("2026-01-01T12:00Z", ["2026-01-01T12:00:00+00:00"]),
    ],
)
def test_the_user_says_where_the_time_comes_from(recorded, start_time, starts):
    (one,) = recorded("gate_20260501_231500.mp4", start_time=start_time).values()
    assert told(one) == ("gate", [(0.0, start) for start in starts])


def test_every_segment_has_its_start(recorded):
    names = ("gate_20260501_235958.mp4", "gate_20260502_000002.mp4")
    (one,) = recorded(*names, group="auto").values()
    assert told(one)[1] == [
        (0.0, "2026-05-01T23:59:58+02:00"),
        (1.0, "2026-05-02T00:00:02+02:00"),
    ]
    assert Recorded.from_values(json.loads(json.dumps(one.as_values()))) == one


def test_a_clock_that_begins_late_is_followed(tmp_path, recorded, second):
    def later(index, packet):
        packet.pts += 10 * round(1 / packet.time_base)
        packet.dts += 10 * round(1 / packet.time_base)

    (tmp_path / "in").mkdir()
    rewrite(second, tmp_path / "in" / "gate_20260501_231500.ts", later)
    (one,) = recorded().values()
    assert one.starts[0][0] == pytest.approx(10, abs=2)  # the muxer has its own delay


def test_the_time_zone_is_that_of_the_machine(recorded, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    (one,) = recorded("gate_20260501_231500.mp4", time_zone=None).values()
    assert one.time_zone == "Asia/Tokyo" and told(one)[1][0][1].endswith("+09:00")


def test_what_cannot_be_is_refused(recorded):
    with pytest.raises(UsageError, match=r"--start-time soon\b.* allowed|--start-time is soon"):
        Sources(start_time="soon")
    with pytest.raises(UsageError, match="--time-zone is Mars, allowed are names such as"):
        Sources(time_zone="Mars")
    with pytest.raises(UsageError, match=r"--start-time 2026-01-01: .* of one recording.* are 2"):
        recorded("a.mp4", "b.mp4", start_time="2026-01-01")
    for values in ({"starts": [[0.0, "2026-01-01T00:00:00"]]}, {"starts": [[1e99, "2026-01-01Z"]]},
                   {"time_zone": "Mars"}, {"camera": None, "starts": 5}):  # fmt: skip
        good = {"camera": "a", "start_time": None, "time_zone": None, "starts": []}
        with pytest.raises(ValueError):
            Recorded.from_values(good | values)


def test_manifests_follow_the_options_and_nothing_is_done_again(tmp_path, second):
    (tmp_path / "in").mkdir()
    shutil.copy(second, tmp_path / "in" / "gate_20260501_231500.mp4")
    manifest = tmp_path / "out" / "gate_20260501_231500.manifest.json"

    def start(**sources):
        result = batch(
            tmp_path / "in",
            files=BatchFiles(output=tmp_path / "out"),
            sources=Sources(**sources),
            thresholds=Thresholds(preset="exact"),
        )
        told = json.loads(manifest.read_text())["recorded"]
        return result.recordings[0].outcome, told["time_zone"], told["starts"]

    zurich = [[0.0, "2026-05-01T23:15:00+02:00"]]
    assert start(time_zone="Europe/Zurich") == ("done", "Europe/Zurich", zurich)
    assert start() == ("done before", "Europe/Zurich", zurich)
    assert find_events(tmp_path / "out").recordings[0].camera == "gate"
    utc = [[0.0, "2026-05-01T23:15:00+00:00"]]
    assert start(time_zone="UTC") == ("done before", "UTC", utc)
    # A manifest of old gets what it lacks.
    values = json.loads(manifest.read_text())
    del values["recorded"]
    manifest.write_text(json.dumps(values))
    assert start(time_zone="UTC", start_time="metadata") == (
        "done before", "UTC", [[0.0, "2026-05-01T20:00:00+00:00"]]
    )  # fmt: skip
    assert dt.datetime.fromisoformat(start()[2][0][1]).hour == 20
