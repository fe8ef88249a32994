"""One output, one run: the checkpoint beside it is locked."""

import fcntl
import os

import pytest

from vidsum import UsageError, Writing, condense
from vidsum.jobs.condensing.checkpoint import Checkpoint


@pytest.fixture
def writing(tmp_path):
    return Writing(output=tmp_path / "out.mp4")


def test_the_second_of_two_runs_ends(tmp_path, clip, writing):
    told = []

    def another():
        if not told:
            with pytest.raises(UsageError, match=r"out\.mp4: locked by another run") as refused:
                condense(clip, writing=writing)
            told.append(refused.value.exit_code)
        return False

    assert condense(clip, writing=writing, should_stop=another).frames == 50
    assert told == [2]
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "out.csv"}


def test_force_does_not_break_the_lock(tmp_path, clip):
    with Checkpoint(tmp_path / "out.mp4"):
        for options in ({"force": True}, {"resume": True}, {"force": True, "resume": True}):
            with pytest.raises(UsageError, match="locked by another run"):
                condense(clip, writing=Writing(output=tmp_path / "out.mp4", **options))
    assert not list(tmp_path.iterdir())


def test_a_lock_that_vanishes_while_it_is_taken_is_taken_anew(tmp_path, monkeypatch):
    path = tmp_path / "out.mp4.checkpoint"
    flock, calls = fcntl.flock, []

    def late(descriptor, how):
        calls.append(how)
        if len(calls) == 1:
            path.unlink()  # the run before has just ended
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with Checkpoint(tmp_path / "out.mp4"):
        assert len(calls) == 2
        assert path.exists()


def test_nothing_else_is_taken_for_a_checkpoint(tmp_path, clip, writing):
    path = tmp_path / "out.mp4.checkpoint"
    (tmp_path / "mine").write_text("mine")
    path.symlink_to("mine")
    with pytest.raises(UsageError, match="this is a link"):
        condense(clip, writing=writing)
    path.unlink()
    path.write_text("mine")
    for force in (False, True):
        with pytest.raises(UsageError, match="is no checkpoint"):
            condense(clip, writing=Writing(output=writing.output, force=force))
    assert path.read_text() == (tmp_path / "mine").read_text() == "mine"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="this is no file"):
        condense(clip, writing=writing)


def test_a_stopped_run_leaves_no_checkpoint(tmp_path, clip, writing):
    assert condense(clip, writing=writing, should_stop=lambda: True).stopped
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "out.csv"}


@pytest.mark.parametrize("options", [{"dry_run": True}, {"explain": (1,)}])
def test_resume_needs_a_video_and_explains_nothing(options):
    with pytest.raises(UsageError, match="--resume"):
        Writing(resume=True, **options)
