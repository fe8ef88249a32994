"""`--watch-folder`: files that come while a batch goes on."""

import os
import shutil
import threading
import time
from concurrent.futures import wait

import pytest
from conftest import write_clip

import vidsum
from vidsum.cli import main
from vidsum.jobs.batches import incoming
from vidsum.jobs.batches.incoming import Incoming
from vidsum.jobs.batches.result import BatchResult
from vidsum.jobs.batches.sources import found_files
from vidsum.options.batch import Sources, Watching


@pytest.fixture
def clock(monkeypatch):
    """A clock that advances only on request."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(incoming, "time", clock)
    return clock


@pytest.fixture
def seen(tmp_path, clock):
    """Looks into the folder `in` after some seconds, and returns the names that are complete."""
    (tmp_path / "in").mkdir()
    told = []
    watching = Watching(watch_folder=True, settle=5, rescan=60)
    folder = Incoming([str(tmp_path / "in")], Sources(), tmp_path / "out", watching, told.append)

    def look(seconds=0, *, notified=False):
        clock.now += seconds
        if notified:
            folder._changed.set()
        found = folder.look()
        if folder._look is not None:
            wait([folder._look[1]])
            found = folder.look()
        return [source.path.name for source in found]

    look.folder, look.told = folder, told
    return look


def test_a_file_is_complete_when_it_has_been_still(tmp_path, seen):
    path = tmp_path / "in" / "a.mp4"
    path.write_bytes(b"1")
    assert seen() == []
    assert seen(4.9) == []
    assert seen(0.2) == ["a.mp4"]
    assert seen(1000) == []
    for _ in range(5):
        with path.open("ab") as file:
            file.write(b"2")
        assert seen(4, notified=True) == []
    assert seen(4.9) == []
    assert seen(0.2) == ["a.mp4"]


def test_without_notifications_new_files_are_found_a_little_later(tmp_path, seen):
    assert seen() == []
    (tmp_path / "in" / "a.mp4").write_bytes(b"1")
    assert seen(59) == []
    assert seen(2) == []
    assert seen(5) == ["a.mp4"]


def test_a_file_that_is_moved_in_or_away(tmp_path, seen):
    (tmp_path / "a.part").write_bytes(b"1")
    os.utime(tmp_path / "a.part", (1, 1))
    assert seen() == []
    (tmp_path / "a.part").rename(tmp_path / "in" / "a.mp4")
    (tmp_path / "in" / "b.mp4").write_bytes(b"1")
    assert seen(2, notified=True) == []
    (tmp_path / "in" / "b.mp4").unlink()
    assert seen(5) == ["a.mp4"]
    (tmp_path / "in" / "a.mp4").rename(tmp_path / "in" / "c.mp4")
    assert seen(2, notified=True) == []
    assert seen(5) == ["c.mp4"]


def test_what_cannot_be_read_is_tried_once_more(tmp_path, seen):
    path = tmp_path / "in" / "a.mp4"
    path.write_bytes(b"1")
    seen()
    assert seen(5) == ["a.mp4"]
    assert seen.folder.comes_again(path)
    assert seen(54) == []
    assert seen(2) == ["a.mp4"]
    assert not seen.folder.comes_again(path)
    # One that has grown meanwhile comes as any other that has grown.
    path.write_bytes(b"12")
    assert seen.folder.comes_again(path)
    assert seen(61) == []
    assert seen(5) == ["a.mp4"]


def test_a_folder_that_goes_is_told_once(tmp_path, seen):
    seen()
    shutil.rmtree(tmp_path / "in")
    assert [seen(61), seen(61)] == [[], []]
    (line,) = seen.told
    assert line.endswith("in: there is no such file or folder")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.mp4").write_bytes(b"1")
    assert [seen(61), seen(5)] == [[], ["a.mp4"]]


def test_nobody_waits_for_a_slow_drive(tmp_path, seen, monkeypatch):
    (tmp_path / "in" / "a.mp4").write_bytes(b"1")
    answers = threading.Event()

    def slow(*words, **options):
        assert answers.wait(30)
        return found_files(*words, **options)

    monkeypatch.setattr(incoming, "found_files", slow)
    assert [seen.folder.look(), seen.folder.look()] == [[], []]
    answers.set()
    assert seen() == []
    assert seen(5) == ["a.mp4"]


def test_links_are_followed_once_a_folder(tmp_path, monkeypatch):
    asked = []
    real = os.path.realpath
    monkeypatch.setattr(os.path, "realpath", lambda path: asked.append(path) or real(path))
    for number in range(40):
        path = tmp_path / "in" / f"{number % 2}" / f"{number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "link").symlink_to(tmp_path / "in")
    names = [tmp_path / "in", tmp_path / "link"]
    found = found_files(names, Sources(recursive=True), tmp_path / "in" / "1", print)
    assert len(found) == 20
    assert len(asked) <= 6


def test_a_run_that_goes_on(tmp_path, clock):
    clip = write_clip(tmp_path / "clip.mp4", [n // 4 for n in range(24)])
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    shutil.copy(clip, folder / "old.mp4")
    told: list[str] = []

    def growing():
        """Write a file bit by bit, with pauses that are shorter than what counts as still."""
        content = clip.read_bytes()
        for begin in range(0, len(content), len(content) // 4):
            with (folder / "new.mp4").open("ab") as file:
                file.write(content[begin : begin + len(content) // 4])
            for _ in range(2):
                assert not (out / "new.manifest.json").exists()
                yield False

    def happens():
        """What comes to pass, a step each time the run asks whether to stop."""
        while not any("old: done" in line for line in told):
            yield False
        yield from growing()
        shutil.copy(clip, folder / "gone.mp4")
        shutil.copy(clip, folder / "old.mkv")
        shutil.copy(clip, tmp_path / "moved.part")
        (tmp_path / "moved.part").rename(folder / "moved.mp4")
        waited = ("new: done", "moved: done", "old.mkv: left out", "gone.mp4: has gone")
        deadline = time.monotonic() + 60
        while not all(any(word in line for line in told) for word in waited):
            assert time.monotonic() < deadline, told
            yield False
        yield True

    def progress(progress):
        if "gone" in progress.current:  # nobody has begun to read it yet
            (folder / "gone.mp4").unlink(missing_ok=True)

    steps = happens()

    def should_stop():
        clock.now += 0.3
        return next(steps)

    def run(**others):
        return vidsum.batch(
            folder,
            files=vidsum.BatchFiles(output=out),
            thresholds=vidsum.Thresholds(preset="exact"),
            working=vidsum.Working(workers=1),
            tell=told.append,
            note=lambda line: told.append(f"note: {line}"),
            progress=progress,
            **others,
        )

    watching = vidsum.Watching(watch_folder=True, settle=1)
    result = run(watching=watching, should_stop=should_stop)
    assert result.stopped
    assert all(line.startswith("note: ") for line in told if "done" in line)
    done = {one.name for one in result.recordings if one.outcome == "done"}
    assert done == {"old", "new", "moved"}
    assert (out / "batch.csv").read_text().count("done") == 3
    assert not (out / "gone.manifest.json").exists()


def test_quiet_leaves_out_what_is_done(monkeypatch, capsys, tmp_path):
    def batch(names, *, tell, note, **others):
        tell("a is damaged")
        (note or tell)("b: done")
        table = tmp_path / "batch.csv"
        return BatchResult(recordings=(), table=table, elapsed=0.0, stopped=False)

    monkeypatch.setattr("vidsum.jobs.batches.batch.batch", batch)
    assert main(["batch", "in", "-o", "out", "--watch-folder", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "vidsum: a is damaged\n")
    assert main(["batch", "in", "-o", "out", "--watch-folder"]) == 0
    told = capsys.readouterr()
    assert "vidsum: b: done\n" in told.err and told.out.startswith("recording")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["in", "--group", "auto"], 2, "--watch-folder takes each file"),
        (["in", "--start-time", "2026-05-01"], 2, "--start-time 2026-05-01: is the time of one"),
        (["in", "--settle", "0"], 2, "--settle is 0.0, allowed are 0.1 to 86400 seconds"),
        (["none"], 3, "none: there is no such file or folder"),
    ],
)
def test_what_cannot_be_watched(tmp_path, monkeypatch, capsys, words, code, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    assert main(["batch", *words, "-o", "out", "--watch-folder"]) == code
    assert says in capsys.readouterr().err


def test_the_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)
    assert main(["batch", str(tmp_path), "-o", str(tmp_path / "out"), "--watch-folder"]) == 2
    assert "pip install 'vidsum[watch-folder]'" in capsys.readouterr().err
