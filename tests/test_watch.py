"""`vidsum watch` against servers on the loopback."""

import base64
import datetime
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import Shown, table
from helpers_camera import RATE, CameraServer, Visit, scene, stop_when, transport_stream

import vidsum
from vidsum.video import live

EXACT = vidsum.Thresholds(preset="exact")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(live, "_FIRST_PAUSE", 0.1)


@pytest.fixture(scope="module")
def clip():
    """1.6 s, in the middle of which somebody moves for 0.4 s."""
    return transport_stream(scene(n, busy=range(15, 25)) for n in range(40))


@pytest.fixture(scope="module")
def quiet():
    """0.8 s in which nothing happens."""
    return transport_stream(scene(n) for n in range(20))


@pytest.fixture
def watched(monkeypatch):
    """Watches a server until it is lost for the nth time, and all is taken that it has sent."""

    def watch(server, folder, *, losses=1, timeout=10.0, **files):
        told, changes = [], []
        result = vidsum.record(
            server.address,
            files=vidsum.SegmentFiles(output=folder, **files),
            connecting=vidsum.Connecting(camera="front", timeout=timeout),
            thresholds=EXACT,
            on_change=changes.append,
            tell=told.append,
            should_stop=stop_when(monkeypatch, lambda: lost(told) == losses),
        )
        return result, changes, told

    return watch


def lost(told):
    """Return how often a camera was lost."""
    return sum("connecting again until it is there" in line for line in told)


def stems(folder):
    return sorted(path.name.removesuffix(".manifest.json") for path in folder.glob("*.manifest.*"))


def test_a_camera_that_is_cut_stalls_and_sends_garbage_is_watched_on(
    tmp_path, clip, quiet, watched
):
    garbage = Visit([os.urandom(1880) for _ in range(5)], stall=5)
    fast = 0.5 / RATE  # it may also come faster than it was taken
    visits = [Visit(clip), garbage, Visit(quiet, stall=5), Visit(quiet[5:], pace=fast)]
    with CameraServer(visits) as server:
        result, changes, told = watched(server, tmp_path, losses=3, timeout=1, segment="1d")

    assert (result.reconnects, result.gaps, result.segments) == (2, 2, 1)
    assert result.lost_input
    # The scene is the same behind the gaps: nothing is kept but the first frame and the event.
    (stem,) = stems(tmp_path)
    rows = table(tmp_path / f"{stem}.condensed.csv")
    # Who breaks off in silence keeps the last picture or two: nothing told that they are whole.
    # The last visit begins between two keyframes, of which the next is the twelfth picture.
    assert 65 <= result.frames == len(rows) <= 68 and result.damaged == 0
    kept = [int(row["frame"]) for row in rows if row["kept"] == "1"]
    assert kept[0] == 0 and set(kept[1:]) <= set(range(15, 26)) and len(kept) > 5
    assert [change.changed for change in changes] == [True, False]
    assert changes[1].box[2] > 24 and changes[1].peak > 0.3
    gaps = {int(row["frame"]): float(row["gap"]) for row in rows if row["gap"]}
    assert len(gaps) == 2 and min(gaps) == 40
    assert sum(gaps.values()) == pytest.approx(result.lost_seconds, abs=1e-3)
    assert 1 < gaps[max(gaps)] < 30
    times = [row["utc"] for row in rows]
    assert times == sorted(times)
    assert any("nothing came for 1 s" in line for line in told)
    assert any("there again after" in line for line in told)
    assert len(Shown(tmp_path / f"{stem}.condensed.mp4").frames) == len(kept)
    manifest = json.loads((tmp_path / f"{stem}.manifest.json").read_text())
    assert (manifest["state"], manifest["exit_code"]) == ("done", 5)
    assert manifest["messages"][0].startswith("2 gaps, the camera was lost at ")
    assert not list(tmp_path.glob("*.part*"))


def test_segments_follow_the_clock_and_tell_its_time(tmp_path, clip, quiet, watched):
    with CameraServer([Visit(clip), Visit(quiet)]) as server:
        before = datetime.datetime.now(datetime.UTC)
        result, _, _ = watched(server, tmp_path, losses=2, segment="1s", timing="source")
        after = datetime.datetime.now(datetime.UTC)

    names = stems(tmp_path)
    assert len(names) == result.segments > 2
    count = 0
    for name in names:
        rows = table(tmp_path / f"{name}.condensed.csv")
        shown = [datetime.datetime.fromisoformat(row["utc"]) for row in rows]
        assert before < shown[0] and shown[-1] < after
        # All of it is in one second of the clock, and in the one of its name.
        assert {f"{time:%Y%m%dT%H%M%SZ}" for time in shown} == {name.split("_")[1]}
        assert (rows[0]["time"], rows[0]["kept"], rows[0]["reference"]) == ("0.000000", "1", "")
        kept = [row for row in rows if row["kept"] == "1"]
        assert len(Shown(tmp_path / f"{name}.condensed.mp4").frames) == len(kept)
        count += len(rows)
    assert count == result.frames == len(clip) + len(quiet)


def test_the_loop_may_be_left_and_the_segment_is_whole(tmp_path, clip):
    files = vidsum.SegmentFiles(output=tmp_path, scores_format="json")
    with CameraServer([Visit(clip * 5)]) as server:
        connecting = vidsum.Connecting(timeout=10)
        changes = vidsum.watch(server.address, files=files, connecting=connecting, thresholds=EXACT)
        for change in changes:
            assert change.changed and change.camera == "127.0.0.1"
            break
        changes.close()
    (name,) = stems(tmp_path)
    saved = json.loads((tmp_path / f"{name}.condensed.json").read_text())
    assert name == change.segment
    assert saved["input"]["files"] == [server.address]
    assert saved["summary"]["frames"] == len(saved["frames"]) > 15
    assert saved["frames"][0]["utc"].endswith("Z") and saved["frames"][0]["late"] == 0


def test_an_iterator_raises_what_ends_it():
    connecting = vidsum.Connecting(timeout=0.5)
    with pytest.raises(vidsum.InputError, match="nobody listens there"):
        next(vidsum.watch("tcp://127.0.0.1:1", connecting=connecting))


def get(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def test_the_command_line_shows_no_password_and_ends_cleanly(tmp_path, clip):
    """Over HTTP, with a program, metrics, and a signal at the end."""
    secret = "s3cret%21"
    token = base64.b64encode(b"user:s3cret!").decode()
    seen = tmp_path / "seen"
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with CameraServer([Visit(clip * 20)], http=True, password=token) as server:
        address = server.address.replace("//", f"//user:{secret}@")
        words = ["watch", address, "-o", str(tmp_path / "out"), "--preset", "exact"]
        words += ["--camera", "front", "--timeout", "10", "--metrics", "0"]
        words += ["--on-event", f"tee -a {seen}", "--merge-gap", "0.2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "vidsum", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        first = json.loads(process.stdout.readline())
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        port = listening_port(process.pid)
        metrics = get(f"http://127.0.0.1:{port}/metrics")
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert (first["changed"], second["changed"]) == (True, False)
    assert secret.encode() not in shown and b"***@127.0.0.1" in shown
    assert 'vidsum_frames_seen_total{camera="front"}' in metrics
    assert 'vidsum_connected{camera="front"} 1.0' in metrics
    assert "vidsum_disk_free_bytes" in metrics and "vidsum_frames_dropped_late_total" in metrics
    told = [json.loads(line) for line in seen.read_text().splitlines()]
    assert told[:2] == [first, second]
    assert errors.startswith(f"http://***@127.0.0.1:{server.port}/live: ")
    written = [path.read_bytes() for path in (tmp_path / "out").iterdir()]
    assert len(written) == 4
    for text in (errors.encode(), rest.encode(), metrics.encode(), *written):
        assert b"s3cret" not in text and token.encode() not in text


def test_what_a_kill_leaves_is_told_once_and_kept_as_long_as_others(tmp_path, clip, quiet, watched):
    with CameraServer([Visit(clip * 20)]) as server:
        words = ["watch", server.address, "-o", str(tmp_path), "--preset", "exact"]
        command = [sys.executable, "-m", "vidsum", *words, "--camera", "front"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            stem = json.loads(process.stdout.readline())["segment"]
            path = tmp_path / f"{stem}.manifest.json"
            while not path.exists():
                time.sleep(0.01)
            process.kill()
    left = sorted(file.name for file in tmp_path.iterdir() if file != path)
    assert [name.rpartition(".")[2] for name in left] == ["csv", "mkv", "json"]
    assert all(".part." in name for name in left)

    says = "an earlier run was ended in the middle of this segment"
    with CameraServer([Visit(quiet[:5])]) as server:
        _, _, told = watched(server, tmp_path)
    assert f"{stem}: {says}; left of it: {', '.join(left)}" in told
    manifest = json.loads(path.read_text())
    assert (manifest["state"], manifest["files"]) == ("interrupted", left)
    assert {*left, path.name} <= {file.name for file in tmp_path.iterdir()}
    with CameraServer([Visit(quiet[:5])]) as server:
        _, _, told = watched(server, tmp_path, keep_gb=1e-9)
    assert not [line for line in told if says in line]
    assert not list(tmp_path.glob(f"{stem}.*"))


def listening_port(pid):
    """Return the port on which a process listens, at the loopback alone."""
    sockets = {
        os.readlink(link)[8:-1]
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(link).startswith("socket:")
    }
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[3] == "0A" and columns[9] in sockets:
            host, port = columns[1].split(":")
            assert host == "0100007F"
            return int(port, 16)
    raise AssertionError("it listens nowhere")


def test_a_wrong_password_is_one_line(capsys, monkeypatch, clip):
    from vidsum.cli import main

    monkeypatch.setenv("VIDSUM_USER", "user")
    monkeypatch.setenv("VIDSUM_PASSWORD", "wr0ng")
    with CameraServer([Visit(clip)], http=True, password="right") as server:
        assert main(["watch", server.address, "--timeout", "10"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"vidsum: http://127.0.0.1:{server.port}/live: the server wants another user or "
        "password (401)"
    )
    assert b"Authorization: Basic" in b"".join(server.requests)


@pytest.mark.parametrize("http", [False, True])
def test_a_camera_that_says_nothing_is_left_after_the_timeout(capsys, http):
    from vidsum.cli import main

    with CameraServer([Visit([], stall=60)], http=http) as server:
        begun = time.monotonic()
        assert main(["watch", server.address, "--timeout", "0.5"]) == 3
        assert time.monotonic() - begun < 30
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"vidsum: {server.address}: nothing came for 0.5 s"


def test_a_server_sends_nobody_elsewhere(capsys, clip):
    """Neither a playlist nor a redirection is followed."""
    from vidsum.cli import main

    with CameraServer([Visit(clip)], http=True) as other:
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other.address}.ts\n"
        kind = "Content-Type: application/vnd.apple.mpegurl"
        replies = {
            f"302 Found\r\nLocation: {other.address}\r\nContent-Length: 0\r\n\r\n": "",
            f"200 OK\r\n{kind}\r\n\r\n{playlist}": "playlists such as HLS are not opened",
        }
        for reply, says in replies.items():
            with CameraServer([Visit([])], http=True, reply=f"HTTP/1.1 {reply}".encode()) as server:
                assert main(["watch", server.address, "--timeout", "10"]) == 3
            (line,) = capsys.readouterr().err.splitlines()
            assert says in line
        assert not other.requests


def test_a_certificate_by_another_gets_no_password(capsys, certificates, quiet, monkeypatch):
    from vidsum.cli import main

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates / "camera.pem", certificates / "camera.key")
    with CameraServer([Visit(quiet)], http=True, tls=tls) as server:
        address = server.address.replace("//", "//user:secret@")
        wrong = str(certificates / "other.pem")
        assert main(["watch", address, "--ca-file", wrong, "--timeout", "10"]) == 3
        assert "certificate is not by one of --ca-file" in capsys.readouterr().err
        assert not server.requests
        right = vidsum.Connecting(timeout=10, ca_file=certificates / "camera.pem")
        told = []
        result = vidsum.record(
            address,
            connecting=right,
            thresholds=EXACT,
            tell=told.append,
            should_stop=stop_when(monkeypatch, lambda: lost(told) == 1),
        )
    assert result.frames == len(quiet) and len(server.requests) == 1
