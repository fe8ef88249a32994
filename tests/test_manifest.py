"""Manifests, and what is none."""

import json
from types import SimpleNamespace

import pytest

from vidsum import OutputError
from vidsum.jobs.batches import worker
from vidsum.jobs.batches.manifest import Manifest

FILE = {"path": "/x.mp4", "size": None, "time": 5, "content": "f0"}
IDENTITY = {"inputs": [FILE, FILE], "mask": FILE, "options": {"pad": 0.5}}
COUNTS = {"frames": 9, "kept": 3, "events": 1, "duration": 4.5, "lost_input": False}
PLACES = {"segments": [[0.0, 1.5, 0], None]}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "x.manifest.json"
    begun = Manifest.begun(IDENTITY, {"camera": "gate"})
    done = begun.done(COUNTS | PLACES, ("x.mp4",), ("x.mp4: cut off",))
    for manifest in (begun, begun.failed(3, "no video"), done):
        manifest.save(path)
        assert Manifest.load(path) == manifest
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    "change",
    [
        {"format": "vidsum manifest 0"},
        {"state": "lost"},
        {"state": "interrupted"},
        {"identity": {}},
        {"identity": IDENTITY | {"options": None}},
        {"identity": IDENTITY | {"mask": "/mask.png"}},
        {"identity": IDENTITY | {"inputs": ["/x.mp4"]}},
        {"identity": IDENTITY | {"inputs": [FILE | {"size": 1e9}]}},
        {"identity": IDENTITY | {"inputs": [{"path": "/x.mp4"}]}},
        {"result": None},
        {"result": {}},
        {"result": COUNTS | {"frames": "9"}},
        {"result": COUNTS | {"duration": float("nan")}},
        {"result": COUNTS | {"duration": 10**400}},
        {"result": COUNTS | {"segments": [[0.0, 1.5]]}},
        {"result": COUNTS | {"segments": 2}},
        {"messages": "x.mp4: cut off"},
        {"messages": [None]},
        {"files": ["x\0.mp4"]},
        {"files": ["\ud800.mp4"]},
        {"exit_code": "0"},
        {"started": None},
        {"recorded": []},
        {"further": 1},
    ],
    ids=str,
)
def test_what_does_not_tell_what_a_manifest_tells_is_none(saved, change):
    assert Manifest.parse(json.dumps(saved | change).encode()) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_other_files_are_none(content):
    assert Manifest.parse(content) is None


def test_a_manifest_that_cannot_be_written_is_one_all_the_same(tmp_path, monkeypatch):
    """A run that goes on for ever compares it with what comes later."""

    class Connection:
        def recv(self):
            return SimpleNamespace(identity=lambda inputs: IDENTITY)

        def send(self, message):
            if message is not None:
                message.save(tmp_path / "x.manifest.json")
                raise InterruptedError

    def condense_task(*words):
        raise OutputError("x: cannot be written, the disk is full")

    task = SimpleNamespace(inputs=())
    monkeypatch.setattr(worker, "_listen", lambda connection, tasks: tasks.put(task))
    monkeypatch.setattr(worker, "condense_task", condense_task)
    with pytest.raises(InterruptedError):
        worker.work(Connection())
    found = Manifest.load(tmp_path / "x.manifest.json")
    assert found is not None and (found.state, found.exit_code) == ("failed", 4)
