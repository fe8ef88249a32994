"""`vidsum batch --ray`: a real cluster of two nodes, one of which dies."""

import contextlib
import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import av
import numpy as np
import pytest
from conftest import write_clip

from vidsum.cli import main
from vidsum.errors import ClusterError, ExitCode
from vidsum.jobs.batches import cluster as driver
from vidsum.jobs.batches.manifest import Manifest
from vidsum.jobs.batches.node import Order, fulfil, lock_path
from vidsum.jobs.batches.segments import tasks_of
from vidsum.jobs.batches.sources import found_files
from vidsum.jobs.batches.worker import Settings
from vidsum.options import Areas, Grouping, Reading, Thresholds
from vidsum.options.batch import BatchFiles, Sources

ray = pytest.importorskip("ray", reason="Ray is not installed")

# Of processes that Ray leaves to their fate, or of what it reads.
pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

EXACT = ("--preset", "exact")
LOOPBACK = "0100007F"
"""Of /proc/net/tcp."""


@pytest.fixture(scope="module")
def cameras(tmp_path_factory):
    """Four recordings, each most of a second of work."""
    folder = tmp_path_factory.mktemp("ray") / "in"
    folder.mkdir()
    clip = write_clip(folder.parent / "x.mp4", [n // 4 % 256 for n in range(1000)])
    for name in "abcd":
        for second in ("00", "40"):
            os.link(clip, folder / f"{name}_20240501_1000{second}.mp4")
    return folder


@pytest.fixture(scope="module")
def cluster():
    """A cluster of one node with one core."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    yield cluster
    cluster.shutdown()


def started(*words, cwd):
    return subprocess.Popen(
        [sys.executable, "-m", "vidsum", "batch", *map(str, words), *EXACT, "--group", "auto"],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(process, condition):
    deadline = time.monotonic() + 120
    while not (found := condition()):
        assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
        time.sleep(0.01)
    return found


def children(process: int) -> list[int]:
    """Return the processes that one has started by its main thread."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in listed.split()]


def opened(processes: Iterable[int]) -> Iterator[str]:
    """Yield what processes have open: names of files, and sockets."""
    for process in processes:
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    yield os.readlink(descriptor)


def listening(processes: Iterable[int]) -> Iterator[str]:
    """Yield the addresses on which processes listen, as the kernel writes them."""
    sockets = set(opened(processes))
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                yield fields[1].partition(":")[0]


def states(out: Path) -> dict[str, tuple[str, int]]:
    """Return the state of each recording, and when it was entered."""
    found = {}
    for path in out.glob("*/*.manifest.json"):
        manifest = Manifest.load(path)
        assert manifest is not None
        found[path.parent.name] = manifest.state, path.stat().st_mtime_ns
    return found


def results(out: Path) -> dict[str, object]:
    """Return all that a run has written, without what tells the time of the run."""
    files = {}
    for path in (path for path in out.rglob("*") if path.is_file()):
        content: object = path.read_bytes()
        if path.name.endswith(".manifest.json"):
            content = json.loads(path.read_bytes())
            del content["started"], content["ended"], content["result"]["elapsed"]
        if path.name == "batch.csv":
            with path.open(newline="") as file:
                content = list(csv.DictReader(file))
            for row in content:
                del row["started"], row["ended"], row["elapsed"]
        files[str(path.relative_to(out))] = content
    return files


@pytest.fixture(autouse=True)
def environment():
    """Keep what is set for Ray from other tests."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def order(tmp_path, monkeypatch):
    """A recording to condense, as requested from a node."""
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "x.mp4", [n // 4 for n in range(24)])
    settings = Settings(
        thresholds=Thresholds(preset="exact"),
        areas=Areas(),
        grouping=Grouping(),
        reading=Reading(),
        files=BatchFiles(output=tmp_path / "out"),
        folder=tmp_path / "out",
        remote=None,
        options={},
    )
    (tmp_path / "out").mkdir()
    found = found_files(["x.mp4"], Sources(), tmp_path / "out", print)
    (task,) = tasks_of(found, Sources(), settings.reading)
    return Order(task=task, settings=settings, cores=1, folder=tmp_path, before=None)


def test_a_node_dies_and_every_recording_is_done_once(cameras, cluster):
    alone = started("in", "-o", "alone", cwd=cameras.parent)
    said, told = alone.communicate(timeout=120)
    assert alone.returncode == 0, told

    out = cameras.parent / "out"
    second = cluster.add_node(num_cpus=1)
    process = started("in", "-o", "out", "--ray", cluster.address, cwd=cameras.parent)

    raylet = second.all_processes["raylet"][0].process.pid
    parts = until(process, lambda: [name for name in opened(children(raylet)) if ".part" in name])
    seen = {*states(out).items()}
    cluster.remove_node(second, allow_graceful=False)
    while process.poll() is None:
        seen |= states(out).items()
        time.sleep(0.005)
    assert process.returncode == 0
    assert process.communicate()[0] == said
    assert results(out) == results(cameras.parent / "alone")
    begun = sorted(name for name, (state, _) in seen if state == "running")
    assert begun == sorted(["a", "b", "c", "d", Path(parts[0]).parent.name])


@pytest.fixture(scope="module")
def long_recordings(tmp_path_factory):
    """Recordings of many pieces, and their results by one machine."""
    folder = tmp_path_factory.mktemp("split") / "in"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (240, 640), dtype=np.uint8)
    scene = [noise[:, 2 * max(0, n % 400 - 380) :][:, :320] for n in range(1600)]
    options = {"preset": "ultrafast", "bf": "3", "g": "25", "x264-params": "open-gop=1"}
    write_clip(folder / "front.mp4", scene, size=(320, 240), options=options)
    for name in ("back.ts", "yard.mkv"):
        remux(folder / "front.mp4", folder / name)
    command = [sys.executable, "-m", "vidsum", "batch", "in", "-o", "alone"]
    subprocess.run(command, cwd=folder.parent, capture_output=True, check=True)
    return folder


def remux(source: Path, target: Path) -> None:
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = stream
                new.mux(packet)


def test_split_recordings_give_what_they_do_on_one_machine(long_recordings, cluster):
    """One of two nodes dies while both decode pieces, and perhaps decides."""
    folder = long_recordings.parent
    second = cluster.add_node(num_cpus=2)
    command = [sys.executable, "-m", "vidsum", "batch", "in", "-o", "split"]
    process = subprocess.Popen(
        [*command, "--ray", cluster.address, "--split", "0", "--workers", "1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    raylets = [node.all_processes["raylet"][0].process.pid for node in cluster.list_all_nodes()]

    def readers(raylet: int) -> int:
        return sum(
            any(name.endswith("front.mp4") for name in opened([child]))
            for child in children(raylet)
        )

    until(process, lambda: all(map(readers, raylets)))
    cluster.remove_node(second, allow_graceful=False)
    assert process.wait(120) == 0, process.communicate()
    process.communicate()
    assert results(folder / "split") == results(folder / "alone")


def test_split_without_a_cluster(cameras, capsys):
    assert main(["batch", str(cameras), "-o", "none", "--split", "5"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--split spreads a recording over a cluster; name that with --ray" in line


def test_nodes_with_other_versions_or_files_are_told(cameras, cluster, capsys, monkeypatch):
    monkeypatch.chdir(cameras.parent)
    words = ("batch", "in", "-o", "other", "--ray", cluster.address, "--group", "auto", *EXACT)
    with monkeypatch.context() as patch:
        here = metadata.version("vidsum")
        patch.setattr(metadata, "version", lambda name: "9.9")
        assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f" has vidsum {here}, this is 9.9; install the same on every node")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "cwd", classmethod(lambda cls: cls("/nowhere")))
        assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "has no folder /nowhere; every node needs the same files under the same names" in line


def test_a_cluster_of_this_machine_is_its_own_and_ends_with_the_run(cameras):
    out = cameras.parent / "local"
    process = started("in", "-o", "local", "--ray", cwd=cameras.parent)
    until(process, lambda: "running" in [state for state, _ in states(out).values()])
    servers = children(process.pid)
    addresses = list(listening(servers))
    assert addresses and all(address.endswith(LOOPBACK) for address in addresses)
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert "vidsum: stopped; what is written is complete" in told and "not done" in said
    assert not [server for server in servers if Path(f"/proc/{server}").exists()]
    left = {path.name for path in out.rglob("*") if ".part" in path.name or ".lock" in path.name}
    assert not left


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--ray", "127.0.0.1:1"], "--ray 127.0.0.1:1: no cluster answers there (Connection ref"),
        (["--ray", "ray://nowhere.invalid:1"], "--ray ray://nowhere.invalid:1: no cluster answers"),
        (["--ray", "in"], "--ray in: no address of a cluster; allowed are HOST:PORT"),
        (["--ray", "h:99999"], "--ray h:99999: no cluster answers there"),
    ],
)
def test_an_address_without_a_cluster(cameras, capsys, monkeypatch, words, says):
    monkeypatch.chdir(cameras.parent)
    assert main(["batch", "in", "-o", "none", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert not Path("none").exists()


def test_ray_missing(cameras, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["batch", str(cameras), "-o", "none", "--ray"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "vidsum: --ray needs ray, which is not installed: pip install 'vidsum[ray]'"


def test_who_comes_second_waits_and_takes_what_the_first_has_made(order):
    started, go_on, told = threading.Event(), threading.Event(), []

    def first(progress):
        started.set()
        go_on.wait(30)

    worker = threading.Thread(target=lambda: told.append(fulfil(order, first)))
    worker.start()
    assert started.wait(30)
    second = threading.Thread(target=lambda: told.append(fulfil(order, pytest.fail)))
    second.start()
    second.join(0.3)
    assert second.is_alive() and not told
    go_on.set()
    worker.join()
    second.join()
    assert told[0] == told[1] and told[0].state == "done"
    manifest = order.settings.manifest_path("x")
    assert not lock_path(manifest).exists()
    # What an earlier run has done is done again, if that is asked for.
    again = fulfil(
        dataclasses.replace(order, before=Manifest.load(manifest)), lambda progress: None
    )
    assert again.started >= told[0].ended and again.result != told[0].result


def test_the_node_that_is_asked_dies(monkeypatch):
    ended = []
    fake = SimpleNamespace(
        is_initialized=lambda: False,
        init=lambda **options: None,
        shutdown=lambda: ended.append(True),
        exceptions=ray.exceptions,
    )
    monkeypatch.setattr(driver, "_imported", lambda address: fake)
    for error in (ConnectionError("gone"), ray.exceptions.LocalRayletDiedError()):
        with pytest.raises(ClusterError, match="continues from there"), driver._connected("h:1"):
            raise error
    assert len(ended) == 2 and ClusterError.exit_code == 7


def test_a_recording_under_which_all_nodes_die_has_failed(order):
    def get(reference):
        raise ray.exceptions.WorkerCrashedError

    first = fulfil(order, lambda progress: None)  # of an earlier run
    fake = SimpleNamespace(get=get, exceptions=ray.exceptions)
    manifest = driver._outcome(fake, None, order.task, order.settings)
    assert (manifest.state, manifest.exit_code) == ("failed", ExitCode.CRASHED)
    assert manifest.messages == ("x.mp4: 4 nodes or processes died (WorkerCrashedError)",)
    assert manifest.result is None and not manifest.files and first.files
    assert Manifest.load(order.settings.manifest_path("x")) == manifest
