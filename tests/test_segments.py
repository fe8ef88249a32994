"""Which files a batch takes, and which of them are segments of one recording."""

import os
import re
from pathlib import Path, PurePath

import pytest
from conftest import write_clip

from vidsum import InputError, Reading, Sources, UnsafeInputError, UsageError
from vidsum.jobs.batches.names import named
from vidsum.jobs.batches.segments import tasks_of
from vidsum.jobs.batches.sources import found_files


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """A clip of one second."""
    return write_clip(tmp_path_factory.mktemp("second") / "x.mp4", [0] * 5, rate=5)


@pytest.fixture
def made(tmp_path, second):
    """Makes files of one second in `tmp_path / "in"`, and returns that folder."""

    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(second, path)
        return tmp_path / "in"

    return make


def found(*names, tmp_path, told=None, **sources):
    files = found_files(
        names, Sources(**sources), tmp_path / "out", (told if told is not None else []).append
    )
    return [source.below.as_posix() for source in files]


def tasks(folder, **sources):
    """Return the names of the recordings of a folder, each with the names of its files."""
    chosen = Sources(recursive=True, **sources)
    files = found_files([folder], chosen, folder.parent / "out", print)
    return {
        task.name: [path.relative_to(folder).as_posix() for path in task.inputs]
        for task in tasks_of(files, chosen, Reading())
    }


def test_a_folder_gives_its_videos_and_deeper_ones_where_asked(tmp_path, made):
    folder = made("b.mp4", "A.MKV", "deep/c.avi", "notes.txt", ".hidden.mp4", ".git/d.mp4",
                  "x.mp4.0123abcd.part.mkv")  # fmt: skip
    assert found(folder, tmp_path=tmp_path) == ["A.MKV", "b.mp4"]
    assert found(folder, tmp_path=tmp_path, recursive=True) == ["A.MKV", "b.mp4", "deep/c.avi"]
    assert found(folder, tmp_path=tmp_path, pattern="*.txt") == ["notes.txt"]
    assert found(folder, tmp_path=tmp_path, pattern=["b*", "*.MKV"]) == ["A.MKV", "b.mp4"]


def test_a_pattern_keeps_the_folders_behind_its_fixed_beginning(tmp_path, made):
    folder = made("one/a.mp4", "two/a.mp4", "two/.b.mp4", "two/c.txt")
    assert found(f"{folder}/*/a*", tmp_path=tmp_path) == ["one/a.mp4", "two/a.mp4"]
    assert found(f"{folder}/t*", tmp_path=tmp_path) == ["two/a.mp4"]
    assert found(f"{folder}/**/*.txt", tmp_path=tmp_path) == ["two/c.txt"]
    # Nothing leads out of the folder of results.
    assert found(f"{folder}/on?/../../in/two/a.mp4", tmp_path=tmp_path) == ["one/in/two/a.mp4"]


def test_a_file_is_taken_once_and_whatever_its_ending(tmp_path, made):
    folder = made("a.mp4", "b.xyz")
    names = [folder / "a.mp4", folder, folder / "b.xyz", f"{folder}/*.mp4"]
    assert found(*names, tmp_path=tmp_path) == ["a.mp4", "b.xyz"]


def test_nothing_inside_the_results_is_taken(tmp_path, made):
    folder = made("a.mp4", "results/b.mp4", "results/deep/c.mp4")
    os.symlink(folder / "results", tmp_path / "out")
    assert found(folder, tmp_path=tmp_path, recursive=True) == ["a.mp4"]
    with pytest.raises(InputError, match=r"results: no recordings .* 1 inside \S+ are not taken"):
        found(folder / "results", tmp_path=tmp_path)


def test_what_leads_to_nothing_is_told(tmp_path, made):
    folder = made("notes.txt", "deep/a.mp4")
    with pytest.raises(InputError, match=r"in: no recordings .* --recursive looks into deeper"):
        found(folder, tmp_path=tmp_path)
    with pytest.raises(InputError, match=r"missing: there is no such file or folder"):
        found(folder / "missing", tmp_path=tmp_path)
    with pytest.raises(UnsafeInputError, match="no address that is opened"):
        found("rtsp://camera/live", tmp_path=tmp_path)


def test_results_of_one_name_are_refused_before_any_work(made):
    folder = made("a.mp4", "a.mkv")
    with pytest.raises(UsageError, match=r"a\.mkv and \S+a\.mp4: .* the same name, a; rename"):
        tasks(folder)


@pytest.mark.parametrize(
    ("names", "task"),
    [
        # Hikvision's and Dahua's exports, with start and end
        (("cam 01_20240501100000_20240501100001.mp4", "cam 01_20240501100001_20240501100002.mp4"),
         "cam 01/20240501_100000"),
        (("NVR_ch1_main_20240501100000_20240501100001.mp4",
          "NVR_ch1_main_20240501100001_20240501100002.mp4"), "NVR_ch1_main/20240501_100000"),
        # Hikvision's FTP, with milliseconds
        (("192.168.1.64_01_20240501100000123_MOTION.mp4",
          "192.168.1.64_01_20240501100001456_MOTION.mp4"), "192.168.1.64_01/20240501_100000"),
        # Dahua's cards
        (("2024-05-01/001/dav/09/09.59.59-10.00.00[M][0@0][0].mp4",
          "2024-05-01/001/dav/10/10.00.00-10.00.01[M][0@0][0].mp4"), "001/20240501_095959"),
        # Reolink, over midnight
        (("2024-05-01/RecM01_20240501_235959_000000_6D28808_1A468F9.mp4",
          "2024-05-02/RecM01_20240502_000000_000001_6D28808_1A468F9.mp4"),
         "RecM01/20240501_235959"),
        # Frigate
        (("2024-05-01/09/front/59.59.mp4", "2024-05-01/10/front/00.00.mp4"),
         "front/20240501_095959"),
        # Blue Iris
        (("front.20240501_100000.mp4", "front.20240501_100001.mp4"), "front/20240501_100000"),
        # a folder for each camera
        (("yard/2024-05-01_10-00-00.mp4", "yard/2024-05-01_10-00-01.mp4"), "yard/20240501_100000"),
        (("yard/2024-05-01T10:00:00.mp4", "yard/2024-05-01T10:00:01.mp4"), "yard/20240501_100000"),
        (("7/2024/05/01/09/20240501_095959.mp4", "7/2024/05/01/10/20240501_100000.mp4"),
         "7/20240501_095959"),
        (("2024/0501/101/20240501_100000.mp4", "2024/0501/101/20240501_100001.mp4"),
         "101/20240501_100000"),
        # seconds and milliseconds since 1970
        (("front-1714557600.123-abc.mp4", "front-1714557601.9-abd.mp4"), "front/20240501_100000"),
        (("1714557600000.mp4", "1714557601000.mp4"), "20240501_100000"),
    ],
)  # fmt: skip
def test_the_usual_names_of_recorders_are_known(made, names, task):
    assert tasks(made(*names), group="auto") == {task: list(names)}


@pytest.mark.parametrize(
    ("name", "in_utc"),
    [
        ("2024-05-01/10/front/00.00.mp4", True),  # Frigate
        ("front_20240501T100000Z.mp4", True),  # vidsum watch
        ("2024-05-01T10-00-00.250Z_front.mp4", True),
        ("front_20240501_100000Zoom.mp4", False),
        ("front_20240501_100000.mp4", False),
    ],
)
def test_names_that_tell_utc(name, in_utc):
    start = named(PurePath(name), None).start
    assert start.isoformat() == "2024-05-01T10:00:00" + "+00:00" * in_utc


def test_cameras_are_told_apart_and_gaps_part_recordings(made):
    folder = made(
        "front_20240501_100000.mp4", "front_20240501_100011.mp4", "front_20240501_100023.mp4",
        "back_20240501_100000.mp4", "garden/back_20240501_100000.mp4",
        "7/20240501_100000.mp4", "8/20240501_100001.mp4",
    )  # fmt: skip
    assert tasks(folder, group="auto") == {
        "7/20240501_100000": ["7/20240501_100000.mp4"],
        "8/20240501_100001": ["8/20240501_100001.mp4"],
        "back/20240501_100000": ["back_20240501_100000.mp4"],
        "front/20240501_100000": ["front_20240501_100000.mp4", "front_20240501_100011.mp4"],
        "front/20240501_100023": ["front_20240501_100023.mp4"],
        "garden/back/20240501_100000": ["garden/back_20240501_100000.mp4"],
    }
    assert len(tasks(folder, group="auto", max_gap=11)) == 5
    assert len(tasks(folder, group="auto", max_gap=9.9)) == 7


@pytest.mark.parametrize("group", ["auto", r"(?P<epoch>\d{10})"])
def test_files_that_are_named_are_of_the_camera_of_their_folder(made, group):
    folder = made("a/1714557600.mp4", "b/1714557601.mp4", "a/1714557602.mp4")
    found = found_files(sorted(folder.glob("*/*")), Sources(), folder / "out", lambda line: None)
    joined = [[path.parent.name for path in task.inputs]
              for task in tasks_of(found, Sources(group=group), Reading())]  # fmt: skip
    assert joined == [["a", "a"], ["b"]]


def test_an_hour_that_comes_twice_is_two_recordings(tmp_path):
    once = ["b_20241027_020000.mp4", "b_20241027_020020.mp4", "b_20241027_020035.mp4"]
    again = ["b_20241027_020007.mp4", "b_20241027_020027.mp4", "b_20241027_020047.mp4"]
    clip = write_clip(tmp_path / once[0], [0] * 20, rate=1)
    for name in (*once[1:], *again):
        os.link(clip, tmp_path / name)
    assert tasks(tmp_path, group="auto") == {
        "b/20241027_020000": once, "b/20241027_020007": again
    }  # fmt: skip


def test_what_cannot_be_joined_is_a_recording_of_its_own(made):
    folder = made(
        "a_20240501_100000.mp4", "a_20240501_100002.mp4", "holiday.mp4", "a_20249901_100000.mp4",
        "b_20241027_020000.mp4", "b_20241027_020000_1.mp4",  # the clock was put back
    )  # fmt: skip
    (folder / "a_20240501_100001.mp4").write_bytes(b"broken")
    found = tasks(folder, group="auto")
    assert found.pop("a/20240501_100000") == ["a_20240501_100000.mp4", "a_20240501_100002.mp4"]
    assert set(found) == {"a_20240501_100001", "holiday", "a_20249901_100000",
                          "b_20241027_020000", "b_20241027_020000_1"}  # fmt: skip


def test_a_regular_expression_names_camera_and_start(made):
    folder = made("01.05.24 10h00/cam7.mp4", "01.05.24 10h01/cam7.mp4", "01.05.24 10h00/cam8.mp4")
    start = (
        r"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d\d) (?P<hour>\d\d)h(?P<minute>\d\d)/"
        r"cam(?P<camera>\d)"
    )
    assert tasks(folder, group=start, max_gap=60) == {
        "7/20240501_100000": ["01.05.24 10h00/cam7.mp4", "01.05.24 10h01/cam7.mp4"],
        "8/20240501_100000": ["01.05.24 10h00/cam8.mp4"],
    }
    with pytest.raises(UsageError, match=r"--group x_\S+: finds no start in any of 3 names"):
        tasks(folder, group=r"x_(?P<epoch>\d+)")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"group": "("}, r"--group \(: no regular expression"),
        ({"group": r"(?P<year>\d+)"}, "has no group month, day, hour, minute"),
        ({"max_gap": -1}, "--max-gap is -1, allowed are 0 to 86400"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, says):
    with pytest.raises(UsageError, match=says):
        Sources(**options)


def test_a_folder_that_cannot_be_read_is_told(tmp_path, made, monkeypatch):
    folder = made("a.mp4", "deep/b.mp4")
    real = os.scandir

    def scandir(path):
        if re.search("deep$", str(path)):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    told = []
    assert found(folder, tmp_path=tmp_path, told=told, recursive=True) == ["a.mp4"]
    assert len(told) == 1 and "deep: left out, cannot be read (Permission denied)" in told[0]
