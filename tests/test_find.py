"""`vidsum events`: which events are found, in results that batch wrote and in such as were made."""

import csv
import datetime as dt
import importlib.util
import io
import json
import os
import random
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import write_clip

from vidsum import Finding, FoundFiles, UsageError, find_events
from vidsum.cli import main
from vidsum.report.events import COLUMNS
from vidsum.report.found_columns import EVENT_COLUMNS, FOUND_COLUMNS
from vidsum.spreadsheet import csv_line

pytest.importorskip("duckdb")

ZURICH = ZoneInfo("Europe/Zurich")


def event(number, start, duration=1.0, peak=0.5):
    values = {name: None for name in COLUMNS}
    return values | {
        **{"event": number, "start": start, "end": round(start + duration, 6)},
        **{"duration": duration, "peak_time": start, "peak": peak, "frames_kept": 3},
        **{"first_frame": round(start * 25), "last_frame": round((start + duration) * 25)},
    }


RESULT = {"frames": 9, "kept": 3, "events": 1, "duration": 86400.0}


def identity_of(*paths, size=1):
    inputs = [{"path": path, "size": size, "time": None, "content": None} for path in paths]
    return {"inputs": inputs, "mask": None, "options": {}}


def made(folder, name, events, starts=(), camera="gate", zone="Europe/Zurich", **changes):
    """Write a manifest and a list of events as batch does."""
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    listed = place.with_name(f"{place.name}.events.json")
    listed.write_text(json.dumps({"events": events}))
    starts = [[begin, start.isoformat()] for begin, start in starts]
    manifest = {
        **{"format": "vidsum manifest 1", "state": "done", "started": "2026-05-01T00:00:00+00:00"},
        "identity": identity_of("/gone.mp4"),
        **{"result": RESULT, "messages": []},
        "files": [f"{place.name}.condensed.mp4", listed.name],
        "recorded": {"camera": camera, "start_time": None, "time_zone": zone, "starts": starts},
    } | changes
    place.with_name(f"{place.name}.manifest.json").write_text(json.dumps(manifest))
    return listed


def found(folder, **finding):
    return find_events(folder, finding=Finding(**finding)).events


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs `vidsum events` inside `tmp_path`: exit code, standard output and messages."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        capsys.readouterr()
        code = main(["events", *map(str, words)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Three cameras in two zones, over midnights and both changes of the clock, and a plain list
    of all their events: camera, time on the clock there, time in UTC, duration, peak."""
    chance = random.Random(5)
    folder = tmp_path_factory.mktemp("archive")
    plain = []
    for number in range(40):
        camera, zone = chance.choice(
            [("gate", ZURICH), ("gate 2", ZURICH), ("dock", ZoneInfo("Asia/Tokyo"))]
        )
        day = dt.datetime(2026, 10, 23) if number % 2 else dt.datetime(2026, 3, 27)
        start = (day + dt.timedelta(minutes=chance.randrange(4 * 1440))).replace(tzinfo=zone)
        # Two segments, a gap of seven seconds between them.
        starts = [(0.0, start), (5000.0, start.astimezone(dt.UTC) + dt.timedelta(seconds=5007))]
        events, time = [], 0.0
        for index in range(1, 26):
            time = round(time + chance.uniform(1, 2000), 3)
            duration, peak = round(chance.choice([0.04, 2, 4000]) * chance.random(), 3), None
            peak = round(chance.uniform(0.3, 1.9), 3) if chance.random() < 0.9 else None
            events.append(event(index, time, duration, peak))
            gap = 7 if time >= 5000 else 0
            utc = start.astimezone(dt.UTC) + dt.timedelta(seconds=time + gap)
            clock = utc.astimezone(zone).replace(tzinfo=None)
            plain.append((camera, clock, utc, duration, peak))
        made(
            *(folder, f"{camera}/{number:02}", events, starts, camera, zone.key),
            result=RESULT | {"duration": time + duration},
        )
    return folder, plain


def overlaps(clock, duration, first, last):
    """Return whether an event is going on between two times of some day."""
    end = clock + dt.timedelta(seconds=duration)
    for day in range(-1, 3):
        midnight = dt.datetime.combine(clock.date(), dt.time()) + dt.timedelta(days=day)
        opens, closes = midnight + first, midnight + last
        if closes <= opens:
            closes += dt.timedelta(days=1)
        if clock < closes and (clock >= opens or end > opens):
            return True
    return False


def hours(hour):
    return dt.timedelta(hours=hour)


@pytest.mark.parametrize(
    ("finding", "wanted"),
    [
        ({}, lambda camera, clock, utc, duration, peak: True),
        ({"between": "02:00-04:00", "camera": "gate"},
         lambda camera, clock, utc, duration, peak:
         camera == "gate" and overlaps(clock, duration, hours(2), hours(4))),
        ({"between": "23:30-1:00", "camera": ["gate*"]},
         lambda camera, clock, utc, duration, peak:
         camera != "dock" and overlaps(clock, duration, hours(23.5), hours(1))),
        ({"since": "2026-10-25", "until": "2026-10-25", "min_strength": 1.2},
         lambda camera, clock, utc, duration, peak:
         clock + dt.timedelta(seconds=duration) > dt.datetime(2026, 10, 25)
         and clock < dt.datetime(2026, 10, 26) and (peak or 0) >= 1.2),
        ({"since": "2026-03-29T00:30+01:00", "until": "2026-03-29 04:00+02:00",
          "min_duration": 0.5},
         lambda camera, clock, utc, duration, peak:
         utc + dt.timedelta(seconds=duration) > dt.datetime(2026, 3, 28, 23, 30, tzinfo=dt.UTC)
         and utc < dt.datetime(2026, 3, 29, 2, tzinfo=dt.UTC) and duration >= 0.5),
        ({"between": "02:00-03:00", "time_zone": "UTC"},
         lambda camera, clock, utc, duration, peak:
         overlaps(utc.replace(tzinfo=None), duration, hours(2), hours(3))),
    ],
)  # fmt: skip
def test_what_is_found_is_what_plain_filtering_finds(archive, finding, wanted):
    folder, plain = archive
    expected = sorted((row[2], row[0], row[3]) for row in plain if wanted(*row))
    assert 10 < len(expected) <= len(plain)
    got = [(one.begins, one.recording.camera, one.duration) for one in found(folder, **finding)]
    assert sorted(got) == expected
    assert [begins for begins, *_ in got] == sorted(begins for begins, *_ in got)


def test_orders_and_limit(archive):
    folder, plain = archive
    longest = sorted((row[3] for row in plain), reverse=True)
    assert [one.duration for one in found(folder, order="duration", limit=30)] == longest[:30]
    strongest = sorted((row[4] for row in plain if row[4] is not None), reverse=True)
    peaks = [one.peak for one in found(folder, order="strength")]
    assert peaks == strongest + [None] * (len(plain) - len(strongest))
    by_camera = [(one.recording.camera, one.begins) for one in found(folder, order="camera")]
    assert by_camera == sorted((row[0], row[2]) for row in plain)
    assert find_events(folder, finding=Finding(limit=1)).count == len(plain)


def test_clocks_that_are_put_forward_and_back(tmp_path):
    spring, autumn = (dt.datetime(2026, *day, 1, 30, tzinfo=ZURICH) for day in ((3, 29), (10, 25)))
    every_half_hour = [event(number, number * 1800.0) for number in range(5)]
    made(tmp_path, "spring", every_half_hour, [(0.0, spring)])
    made(tmp_path, "autumn", every_half_hour, [(0.0, autumn)])
    told = [one.begins.isoformat()[5:].removesuffix(":00") for one in found(tmp_path)]
    assert told == [
        "03-29T01:30:00+01", "03-29T03:00:00+02", "03-29T03:30:00+02", "03-29T04:00:00+02",
        "03-29T04:30:00+02",
        "10-25T01:30:00+02", "10-25T02:00:00+02", "10-25T02:30:00+02", "10-25T02:00:00+01",
        "10-25T02:30:00+01",
    ]  # fmt: skip
    assert len(found(tmp_path, between="02:00-03:00")) == 4
    assert found(tmp_path, between="02:00-03:00")[0].ends.isoformat() == "2026-10-25T02:00:01+02:00"


def test_an_event_goes_on_over_gaps_and_changes_of_the_clock(tmp_path):
    start = dt.datetime(2026, 5, 1, 10, tzinfo=ZURICH)
    joint = [(0.0, start), (20.0, start + dt.timedelta(minutes=5))]
    made(tmp_path, "gap", [event(1, 15.0, 10.0), event(2, 28.0)], joint)
    made(tmp_path, "end", [event(1, 15.0, 5.0)], joint, camera="end")
    (one,) = found(tmp_path, between="10:05:02-10:05:06")
    assert one.begins == start + dt.timedelta(seconds=15)
    assert one.ends == start + dt.timedelta(minutes=5, seconds=5)
    assert len(found(tmp_path, since="2026-05-01T10:05:05")) == 1
    (one,) = found(tmp_path, camera="end")  # with its segment, before the gap
    assert one.ends == start + dt.timedelta(seconds=20)

    night = tmp_path / "night"
    made(
        night,
        "spring",
        [event(1, 0.0, 7200.0)],
        [(0.0, dt.datetime(2026, 3, 29, 1, 30, tzinfo=ZURICH))],
    )
    made(
        night,
        "autumn",
        [event(1, 0.0, 3600.0)],
        [(0.0, dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZURICH))],
    )
    assert [one.ends.isoformat() for one in found(night)] == [
        "2026-03-29T04:30:00+02:00", "2026-10-25T02:30:00+01:00"
    ]  # fmt: skip
    (one,) = found(night, between="04:00-05:00")
    assert one.begins.month == 3
    (one,) = found(night, between="02:10-02:20")
    assert one.begins.month == 10


def test_a_list_that_is_named_is_as_its_manifest_tells(tmp_path):
    start = dt.datetime(2026, 5, 1, 10, tzinfo=ZURICH)
    listed = made(tmp_path, "a_20260501_100000", [event(1, 25.0)],
                  [(0.0, start), (20.0, start + dt.timedelta(minutes=5))])  # fmt: skip
    (one,) = found(listed)
    assert (one.recording.camera, one.begins) == ("gate", start + dt.timedelta(seconds=305))


@pytest.mark.parametrize("name", ["a.manifest.json", "a.events.json", "a.condensed.mp4", "link"])
def test_no_output_replaces_what_is_looked_at(tmp_path, run, name):
    made(tmp_path, "a", [event(1, 25.0)])
    (tmp_path / "a.condensed.mp4").write_bytes(b"")
    os.link(tmp_path / "a.events.json", tmp_path / "link")
    code, _, err = run(".", "--csv", name, "--force")
    assert code == 2 and f"{name}: this output is the input" in err


def test_segments_that_were_joined_with_others_since_count_once(tmp_path):
    def identity(*names, **options):
        return identity_of(*(f"/in/{name}.mp4" for name in names)) | {"options": options}

    made(tmp_path, "before", [event(1, 1.0)], identity=identity("b", "c"))
    made(tmp_path, "since", [event(1, 1.0), event(2, 9.0)], identity=identity("a", "b", "c"))
    made(tmp_path, "other way", [event(1, 1.0)], identity=identity("b", every=2))
    made(tmp_path, "broken", [], identity=identity("b"), state="failed", result=None)
    made(tmp_path, "elsewhere", [], identity=identity("d"), state="failed", result=None)
    result = find_events(tmp_path)
    names = [Path(one.recording.name).name for one in result.events]
    assert sorted(names) == ["other way", "since", "since"]
    assert result.without_result == 1


@pytest.mark.parametrize("first", [3600.0, 1_777_636_800.0], ids=["an hour", "since 1970"])
def test_a_file_that_begins_at_another_time_than_0(tmp_path, first):
    start = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    made(tmp_path, "a", [event(1, first + 2)], [(first, start)])
    assert found(tmp_path)[0].begins == start + dt.timedelta(seconds=2)


def test_segments_are_where_they_were_seen(tmp_path):
    """One of them could not be decoded, and the third has a clock of its own."""
    zone = dt.UTC
    starts = [(60.0 * n, dt.datetime(2026, 5, 1, 2, n, tzinfo=zone)) for n in range(4)]
    made(
        tmp_path,
        "a",
        [event(1, 5.0), event(2, 65.0)],
        starts,
        zone="UTC",
        identity=identity_of(*(f"/{n}.ts" for n in range(4))),
        result=RESULT
        | {"duration": 120.0, "segments": [[0.0, 1.4, 0], None, [60.0, 9.5, 0], None]},
    )
    first, second = found(tmp_path)
    assert first.source_at(5.0) == (Path("/0.ts"), 6.4)
    assert second.source_at(65.0) == (Path("/2.ts"), 14.5)
    assert second.begins == dt.datetime(2026, 5, 1, 2, 2, 5, tzinfo=zone)
    assert second == found(tmp_path, between="02:02-02:03")[0]


def test_inputs_behind_addresses_keep_them(tmp_path, run):
    pytest.importorskip("jinja2")
    made(tmp_path, "a", [event(1, 5.0)], identity=identity_of("s3://bucket/x.mp4", size=None))
    code, out, err = run(".", "--json", "-", "--html", "x.html")
    assert code == 0, err
    assert json.loads(out)["events"][0]["source"] == "s3://bucket/x.mp4"
    assert run(".", "--html", "x.html", "--force")[0] == 0


def test_what_cannot_be_read_is_told_and_costs_nothing_else(tmp_path, run, monkeypatch):
    start = [(0.0, dt.datetime(2026, 5, 1, 2, 30, tzinfo=ZURICH))]
    made(tmp_path, "out/good", [event(1, 5.0), event(2, 7.0)], start)
    made(tmp_path, "out/gone", [event(1, 5.0)], start).unlink()
    made(tmp_path, "out/cut", [], start).write_text('{"events": [{"event": 1,')
    made(tmp_path, "out/wrong", [event(1, 5.0) | {"start": "soon"}], start)
    made(tmp_path, "out/huge", [event(1, 5.0) | {"start": 1e300}], start)
    made(tmp_path, "out/other", [], start).write_text('{"frames": []}')
    made(tmp_path, "out/running", [event(1, 5.0)], start, state="running", result=None)
    made(tmp_path, "out/broken", [event(1, 5.0)], start)
    (tmp_path / "out" / "broken.manifest.json").write_text("{")
    made(tmp_path, "out/odd", [event(1, 5.0)], start, zone="Europe/Nowhere")
    made(tmp_path, "out/endless", [event(1, 5.0)], start, result=RESULT | {"duration": 1e12})
    made(tmp_path, "out/locked/a", [event(1, 5.0)], start)
    listed = os.scandir

    def locked(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", locked)
    code, out, err = run("out", "--json", "-")
    assert code == 5
    assert [one["recording"] for one in json.loads(out)["events"]] == ["out/good", "out/good"]
    told = [line for line in err.splitlines() if line.startswith("vidsum: warning: ")]
    for name, why in {
        "gone.events.json": "this list of events is gone",
        "cut.events.json": "no list of events that vidsum reads",
        "wrong.events.json": "start of an event is 'soon', not number",
        "huge.events.json": "start of an event is 1e+300, not number",
        "other.events.json": "no list of events that vidsum reads",
        "broken.manifest.json": "not a manifest that vidsum can read",
        "odd.manifest.json": "not a manifest that vidsum can read",
        "endless.manifest.json": "not a manifest that vidsum can read",
        "out/locked": "left out, cannot be read (Permission denied)",
    }.items():
        assert [line for line in told if name in line and why in line], name
    assert len(told) == 9
    assert "2 events, in 6 recordings" in err and "1 recording failed or not done yet" in err


def test_lists_in_order_are_left_to_duckdb(tmp_path, monkeypatch):
    made(tmp_path, "a", [event(1, 5.0), event(2, 7.0, peak=None)])
    (tmp_path / "b.csv").write_text(csv_line(COLUMNS) + csv_line(event(1, 9.0).values()))
    monkeypatch.setattr("vidsum.jobs.finding.store.read_events", None)
    assert [(one.start, one.peak) for one in found(tmp_path)] == [(9, 0.5), (5, 0.5), (7, None)]


def test_a_number_that_cannot_be_costs_no_other_file(tmp_path):
    start = [(0.0, dt.datetime(2026, 5, 1, tzinfo=ZURICH))]
    made(tmp_path, "good", [event(1, 5.0)], start)
    made(tmp_path, "huge", [event(1, 5.0) | {"start": 1e300}], start)
    result = find_events(tmp_path, finding=Finding(between="00:00-01:00"))
    assert len(result.events) == 1 and len(result.faults) == 1


def test_old_manifests_and_lone_lists_have_what_their_names_tell(tmp_path, run):
    made(tmp_path, "out/yard/cam7_20260501_023000", [event(1, 60.0)], recorded=None)
    (tmp_path / "lone").mkdir()
    listed = json.dumps({"events": [event(1, 5.0)]})
    (tmp_path / "lone" / "cam8_20260501_040000.events.json").write_text(listed)
    cells = csv_line(COLUMNS) + csv_line(event(1, 9.0).values())
    (tmp_path / "lone" / "front.csv").write_text(cells)
    (tmp_path / "lone" / "cam8_20260501_040000.condensed.csv").write_text("frame,time\n0,0\n")
    told = [
        (one.recording.camera, one.begins and one.begins.isoformat(), one.start)
        for one in found([tmp_path / "out", tmp_path / "lone"], time_zone="Europe/Zurich")
    ]
    assert told == [
        ("yard/cam7", "2026-05-01T02:31:00+02:00", 60.0),
        ("cam8", "2026-05-01T04:00:05+02:00", 5.0),
        ("front", None, 9.0),
    ]
    # What has no time is told where it is asked for.
    code, out, err = run("lone", "--between", "00:00-23:59", "--time-zone", "UTC")
    assert code == 0 and "front" not in out and "cam8" in out
    assert "1 recording of unknown time left out" in err
    code, out, _ = run("lone/front.csv", "lone")
    assert code == 0 and len(out.splitlines()) == 3
    code, out, _ = run("lone", "--json", "-")
    assert code == 0 and [one["source"] for one in json.loads(out)["events"]] == [None, None]


def test_tables_of_condense_give_the_events_of_its_list(tmp_path, run):
    clip = write_clip(tmp_path / "x.mp4", [0] * 10 + [*range(1, 6)] * 2 + [0] * 60 + [1] * 10)
    words = ("condense", clip, "--preset", "exact", "--merge-gap", 1, "--dry-run", "--quiet")
    tables = {"a": "json", "b": "csv", "c": "json", "d": "parquet"}
    if importlib.util.find_spec("pyarrow") is None:
        del tables["d"]
    for stem, ending in tables.items():
        (tmp_path / stem).mkdir()
        option = "--events" if stem < "c" else "--scores"
        assert main([*map(str, words), option, f"{tmp_path}/{stem}/{stem}.{ending}"]) == 0
    values = {
        stem: [
            (one.number, one.start, one.duration, one.peak, one.box, one.first_frame)
            for one in found(tmp_path / stem)
        ]
        for stem in tables
    }
    assert len(values["a"]) == 2
    assert len({tuple(events) for events in values.values()}) == 1


def test_names_are_only_names(tmp_path, run):
    start = [(0.0, dt.datetime(2026, 5, 1, 2, 30, tzinfo=ZURICH))]
    camera = "=1'; DROP TABLE event; --"
    names = [
        "a[0@0]*",
        "b?'",
        'c"; --',
        "d\nd",
        os.fsdecode(b"e\xff"),
        "=f",
        "{g,h}",
        "recording=7/i",
    ]
    for number, name in enumerate(names):
        made(tmp_path, f"out/{name}", [event(number, 5.0)], start, camera=camera)
    code, out, err = run("out", "--camera", camera, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0, err
    assert sorted(int(row["event"]) for row in rows) == list(range(len(names)))
    assert {row["camera"] for row in rows} == {f"'{camera}"}
    assert list(rows[0]) == [column.name for column in FOUND_COLUMNS]
    code, _, err = run("out", "--camera", "gate")
    assert code == 0 and "no such camera; there are =1'; DROP" in err


def test_a_name_that_fits_others_as_a_pattern_is_read_itself(tmp_path):
    for number, name in enumerate(["cam1", "cam[12]", "cam?"]):
        made(tmp_path, name, [event(number, 5.0)])
    assert sorted(one.number for one in found(tmp_path)) == [0, 1, 2]


def test_names_that_were_cut_belong_together(tmp_path):
    name = "cam_20260501_100000_".ljust(241, "a")
    lone = made(tmp_path, name, [event(1, 5.0)]).rename(tmp_path / f"{name}bb.events.json")
    manifest = tmp_path / f"{name}.manifest.json"
    told = json.loads(manifest.read_text()) | {"files": [lone.name]}
    manifest.write_text(json.dumps(told))
    assert [one.recording.camera for one in found(tmp_path)] == ["gate"]
    manifest.unlink()
    (tmp_path / f"{name}.condensed.mp4").touch()
    assert [one.recording.video.name for one in found(tmp_path)] == [f"{name}.condensed.mp4"]


def test_an_empty_result_and_empty_folders(tmp_path, run):
    made(tmp_path, "out/a", [])
    code, out, err = run("out", "--csv", "found.csv", "--json", "found.json")
    assert (code, out) == (0, "") and "0 events, in 1 recording" in err
    assert json.loads((tmp_path / "found.json").read_text()) == {"events": []}
    assert (tmp_path / "found.csv").read_text() == csv_line(c.name for c in FOUND_COLUMNS)
    assert run("out")[1] == "no events\n"
    code, _, err = run("out", "--csv", "found.csv")
    assert code == 2 and "this file exists" in err
    code, _, err = run("out", "--json", "out/a.events.json", "--force")
    assert code == 2 and "this output is the input" in err
    (tmp_path / "none").mkdir()
    for name, why in (("none", "no results of `vidsum batch`"), ("never", "no such folder")):
        code, _, err = run(name)
        assert code == 3 and why in err and len(err.splitlines()) == 1


def test_a_search_that_is_stopped_writes_nothing(tmp_path):
    made(tmp_path, "out/a", [event(1, 5.0)])
    files = FoundFiles(csv=tmp_path / "x.csv", html=tmp_path / "x.html")
    for asked in (0, 3):
        answers = iter([False] * asked + [True] * 100)
        result = find_events(tmp_path, files=files, should_stop=answers.__next__)
        assert result.stopped and result.files == ()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("package", ["duckdb", "jinja2"])
def test_a_missing_package_is_told(tmp_path, run, monkeypatch, package):
    made(tmp_path, "out/a", [])
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = run("out", "--html", "x.html")
    extra = "events" if package == "duckdb" else "html"
    assert code == 2 and f"needs {package}" in err and f"pip install 'vidsum[{extra}]'" in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"since": "yesterday"}, "--from is yesterday, allowed are dates"),
        ({"until": "0020-01-01"}, "--to is 0020-01-01, allowed are dates"),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "--to 2026-05-01 is not after --from"),
        ({"between": "2-4"}, "--between is 2-4, allowed are two times of the day"),
        ({"between": "02:00-26:00"}, "--between is 02:00-26:00"),
        ({"between": "02:00-02:00"}, "--between is 02:00-02:00"),
        ({"min_strength": 3}, "--min-strength is 3, allowed are numbers from 0 to 2"),
        ({"min_duration": float("nan")}, "--min-duration is nan"),
        ({"order": "size"}, "--order is 'size'"),
        ({"limit": 0}, "--limit is 0"),
        ({"time_zone": "Zurich"}, "--time-zone is Zurich, allowed are names such as"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, says):
    with pytest.raises(UsageError, match=says):
        Finding(**options)
    with pytest.raises(UsageError, match="two tables go to standard output"):
        FoundFiles(csv="-", json="-")


def test_the_schema_tells_the_columns(capsys):
    assert tuple(column.name for column in EVENT_COLUMNS) == COLUMNS
    assert main(["schema", "--events", "--json"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert list(schema["properties"]) == [column.name for column in FOUND_COLUMNS]
    assert main(["schema", "--events"]) == 0
    assert all(column.meaning[:20] in capsys.readouterr().out for column in FOUND_COLUMNS[:1])


def test_the_page_of_a_batch(tmp_path, run, window):
    pytest.importorskip("jinja2")
    hostile = "<b onclick=alert(1)>"
    clip = write_clip(
        tmp_path / "x y.mp4", [0] * 10 + [*range(1, 6)] * 2 + [0] * 60 + [1] * 10, size=(320, 240)
    )
    for name, camera, source in (("a", hostile, clip), ("b", "cam7", "gone\0.mp4")):
        start = dt.datetime(2026, 5, 1, 2 if name == "a" else 3, tzinfo=ZURICH)
        made(
            *(tmp_path / "out", name, [], [(0.0, start)], camera),
            identity=identity_of(str(source), size=clip.stat().st_size),
        )
        results = ("-o", f"out/{name}.condensed.mp4", "--events", f"out/{name}.events.json")
        words = ("condense", clip, *results, "--preset", "exact", "--merge-gap", 1, "--quiet")
        assert main([*map(str, words), "--force"]) == 0
    (tmp_path / "deep").mkdir()
    code, out, err = run("out", "--html", "deep/found.html", "--between", "02:00-04:00")
    assert (code, out) == (0, ""), err
    page = window.context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url))
    address = (tmp_path / "deep" / "found.html").as_uri()
    page.goto(address)
    cards = page.query_selector_all(".card")
    texts = [card.inner_text() for card in cards]
    widths = page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
    policy = page.get_attribute("meta[http-equiv]", "content")
    links = page.eval_on_selector_all("a", "all => all.map(one => one.href)")
    page.close()
    assert [url for url in said if url != address and not url.startswith("data:")] == []
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert len(cards) == 4 and widths == [240] * 4
    assert hostile in texts[0] and "2026-05-01 02:00:00" in texts[0]
    assert "cam7" in texts[2] and "2026-05-01 03:00:00" in texts[2]
    # The source of the second is gone.
    assert [link.partition("#t=")[0].endswith(".condensed.mp4") for link in links] == [
        *(False, True, False, True), *(True, True),
    ]  # fmt: skip
    assert links[0] == clip.as_uri() + "#t=0.400"
    assert links[5].endswith("#t=0.480")
