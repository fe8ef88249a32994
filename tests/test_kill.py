"""Outputs when the disk is full, calls of the system fail, or the process is killed."""

import errno
import mmap
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from conftest import Shown, kept, table, write_clip
from fault_table import TABLE, right_codes

import vidsum as package_under_test
from vidsum import OutputError, Thresholds, UsageError, Writing, condense
from vidsum.jobs.condensing.checkpoint import Checkpoint

pytestmark = pytest.mark.usefixtures("plain_rule")

CODES = [number // 4 for number in range(40)]
EXACT = ("--preset", "exact")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("small") / "x.mp4", CODES)


def check_names(folder: Path, *, old: bytes | None = None) -> None:
    """Check that final names show the old file, or a whole one, or nothing."""
    output, scores = folder / "out.mp4", folder / "out.csv"
    if output.exists() and output.read_bytes() != old:
        assert len(Shown(output).frames) == 10
    if scores.exists() and scores.read_bytes() != old:
        assert len(table(scores)) == len(CODES)


CODE = """
import resource, sys
from vidsum.cli import main
from vidsum.cli.startup import load
load()
code = 0
for limit in map(int, sys.argv[2].split(",")):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    code = main([*sys.argv[3:], "--force"])
    print(limit, code, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
"""


@pytest.mark.parametrize("command", ["condense", "report"])
def test_a_disk_may_be_full_at_any_byte(tmp_path, small, command):
    options = {
        "condense": ["condense", str(small), "-o", "out.mp4", "--preset", "exact"],
        "report": ["report", str(small), "--csv", "out.csv"],
    }[command]
    limits = [*range(0, 3000, 250), *range(3000, 30_000, 3000), 10**7]
    run = subprocess.run(
        [sys.executable, "-c", CODE, "x", ",".join(map(str, limits)), *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    told = [tuple(map(int, line.split())) for line in run.stdout.splitlines()]
    assert [limit for limit, _ in told] == limits
    codes = [code for _, code in told]
    right = right_codes("disk full, at whatever byte", command)
    failed = codes.index(0)
    assert failed > 5
    assert set(codes[:failed]) == right
    assert set(codes[failed:]) == {0}
    lines = [line for line in run.stderr.splitlines() if line.startswith("vidsum: ")]
    assert len(lines) == failed
    assert all(TABLE["disk full, at whatever byte"].says in line for line in lines)
    check_names(tmp_path)


@pytest.mark.parametrize("codec", ["mp4v", "h264"])
def test_a_disk_may_be_full_for_the_trailer_alone(tmp_path, run_limited, small, codec):
    fault = "disk full for the last bytes of the video"
    output = tmp_path / "out.mp4"
    condense(
        small,
        thresholds=Thresholds(preset="exact"),
        writing=Writing(output=output, no_scores=True, codec=codec),
    )
    size = output.stat().st_size
    output.unlink()
    for limit in (size - 400, size - 40, size - 1):
        options = ["-o", output, "--no-scores", "--codec", codec, *EXACT, "--force"]
        run = run_limited(limit, "condense", small, *options)
        assert run.code in right_codes(fault)
        assert TABLE[fault].says in run.err
    assert not output.exists()
    for part in tmp_path.glob("*.part.mkv"):
        assert len(Shown(part).frames) >= 8


CALLS = ("fsync", "link", "rename", "replace", "unlink")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("command", ["condense", "report"])
def test_any_call_of_the_system_may_fail(tmp_path, vidsum, monkeypatch, small, command, force):
    real = {name: getattr(os, name) for name in CALLS}
    calls = []
    state = {"fail": -1}

    def failing(name):
        def call(*arguments, **options):
            if "out." in str(arguments[0]) or name == "fsync":
                calls.append(name)
                if len(calls) - 1 == state["fail"]:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real[name](*arguments, **options)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, failing(name))
    option = {"condense": ["-o", "out.mp4"], "report": ["--csv", "out.csv"]}[command]
    old = b"old"
    count = None
    while count is None or state["fail"] < count:
        calls.clear()
        for path in tmp_path.iterdir():
            path.write_bytes(b"") if force else None
            real["unlink"](path)
        if force:
            (tmp_path / "out.mp4").write_bytes(old)
            (tmp_path / "out.csv").write_bytes(old)
        run = vidsum(command, small, *option, *(["--force"] if force else []))
        if count is None:
            assert run.code == 0
            count = len(calls)
            assert count >= 2
        else:
            fault = "the Nth fsync, link, rename or unlink fails, for every N"
            # A link that is refused may mean that the file system has none: then it is renamed.
            forgiven = calls[state["fail"]] == "link"
            assert run.code in right_codes(fault, command) or (forgiven and run.code == 0), run.err
            assert run.code == 0 or TABLE[fault].says in run.err
            assert len(run.lines) == 1 or run.code == 0
            check_names(tmp_path, old=old)
        state["fail"] += 1


def test_the_folder_may_vanish(tmp_path, small):
    folder = tmp_path / "out"
    folder.mkdir()
    source = write_clip(tmp_path / "x.mp4", CODES)

    def vanish():
        shutil.rmtree(folder, ignore_errors=True)
        return False

    fault = TABLE["folder vanishes in mid-run"]
    with pytest.raises(OutputError, match=fault.says) as failure:
        condense(source, writing=Writing(output=folder / "out.mp4"), should_stop=vanish)
    assert failure.value.exit_code in fault.codes["condense"]
    assert not folder.exists()


def test_links_at_the_target_are_replaced_not_followed(tmp_path, vidsum, small):
    (tmp_path / "mine").write_text("mine")
    for command, option, name in (("condense", "-o", "out.mp4"), ("report", "--csv", "r.csv")):
        (tmp_path / name).symlink_to("mine")
        run = vidsum(command, small, option, name, "--force")
        assert run.code in right_codes("symlink at the target, with --force", command)
        assert not (tmp_path / name).is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_link_that_appears_meanwhile_stays(tmp_path, small):
    (tmp_path / "mine").write_text("mine")
    output = tmp_path / "out.mp4"
    fault = TABLE["symlink put at the target in mid-run"]
    with pytest.raises(OutputError, match=fault.says) as failure:
        condense(
            small,
            writing=Writing(output=output),
            progress=lambda _: output.is_symlink() or output.symlink_to("mine"),
        )
    assert failure.value.exit_code in fault.codes["condense"]
    assert output.is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"
    assert list(tmp_path.glob("*.part.mp4"))


def test_part_files_are_made_new(tmp_path, small, monkeypatch):
    (tmp_path / "mine").write_text("mine")
    monkeypatch.setattr("vidsum.files.secrets.token_hex", lambda _: "known")
    for name in ("out.mp4.known.part.mkv", "out.mp4.known.part.mp4", "out.csv.known.part.csv"):
        (tmp_path / name).symlink_to("mine")
        with pytest.raises(OutputError):
            condense(small, writing=Writing(output=tmp_path / "out.mp4"))
        (tmp_path / name).unlink(missing_ok=True)
        for part in tmp_path.glob("*.part*"):
            part.unlink()
    assert (tmp_path / "mine").read_text() == "mine"


def test_two_runs_with_one_output(tmp_path, small):
    command = [sys.executable, "-m", "vidsum", "condense", small, "-o", "out.mp4", *EXACT]
    runs = [
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) for _ in "ab"
    ]
    said = [run.communicate(timeout=60)[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert set(codes) <= right_codes("two runs with one output") | {2}
    assert codes.count(0) == 1, said
    check_names(tmp_path)
    assert (tmp_path / "out.csv").exists()


def test_a_run_that_comes_just_behind_another_finds_its_output(tmp_path, small, monkeypatch):
    output = tmp_path / "out.mp4"
    lock = Checkpoint.__enter__

    def lock_late(checkpoint):
        output.write_text("of the run before")
        return lock(checkpoint)

    monkeypatch.setattr(Checkpoint, "__enter__", lock_late)
    with pytest.raises(UsageError, match="exists"):
        condense(small, writing=Writing(output=output))
    assert [file.name for file in tmp_path.iterdir()] == ["out.mp4"]
    assert output.read_text() == "of the run before"


KILLED = """
import mmap, os, sys
from vidsum import ReportFiles, Writing, condense, report_scores
from vidsum.options import Thresholds
from vidsum.video import condensed

file = open("count", "r+b")
count = mmap.mmap(file.fileno(), 8)
exact = Thresholds(preset="exact")
# Kernels are loaded once for all; without OpenCV, which doesn't survive being forked.
report_scores("x.mkv", thresholds=exact, files=ReportFiles(csv="warm.csv"))
assert "cv2" not in sys.modules
write = condensed.CondensedVideo.write

def counted(self, frame):
    number = write(self, frame)
    count[:8] = (number + 1).to_bytes(8, "little")
    return number

condensed.CondensedVideo.write = counted
os.fsync = lambda descriptor: None  # no power fails here
for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            condense(
                ["x.mkv"] * 100,
                thresholds=exact,
                writing=Writing(output="out.mp4", codec=line[:-1]),
            )
        finally:
            os._exit(99)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Condenses something long as often as requested, each time in its own process."""

RATE = 25
GROUPS = {"mp4v": 12, "ffv1": 12, "h264": 2 * RATE}
"""Pictures from one keyframe to the next."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A function that condenses a recording and kills that when this many frames are written.

    It returns the folder, and how many frames were handed to the encoder.
    """
    folder = tmp_path_factory.mktemp("killed")
    write_clip(folder / "x.mkv", [n % 256 for n in range(500)])
    (folder / "count").write_bytes(bytes(8))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen([sys.executable, "-c", KILLED], cwd=folder, text=True, **pipes) as server,
        (folder / "count").open("r+b") as file,
        mmap.mmap(file.fileno(), 8) as count,
    ):

        def kill(codec: str, frames: int) -> tuple[Path, int]:
            for path in folder.glob("out*"):
                path.unlink()
            count[:8] = bytes(8)
            server.stdin.write(f"{codec}\n")
            server.stdin.flush()
            process = int(server.stdout.readline())
            deadline = time.monotonic() + 60
            while int.from_bytes(count[:8], "little") < frames:
                assert time.monotonic() < deadline
                time.sleep(0.002)
            os.kill(process, signal.SIGKILL)
            code = int(server.stdout.readline())
            assert -code in right_codes("kill -9 at any moment")
            return folder, int.from_bytes(count[:8], "little")

        yield kill
        server.stdin.close()


@pytest.mark.parametrize(("codec", "times"), [("mp4v", 10), ("h264", 6), ("ffv1", 4)])
def test_a_kill_loses_two_seconds_and_a_group_of_pictures(killed, codec, times):
    moments = random.Random(codec)
    for _ in range(times):
        folder, handed = killed(codec, moments.randrange(1, 250))
        assert not (folder / "out.mp4").exists()
        assert not (folder / "out.csv").exists()
        allowed = 2 * RATE + GROUPS[codec]
        (scores,) = folder.glob("*.part.csv")
        assert len(kept(table(scores))) >= handed - allowed
        (part,) = folder.glob("*.part.mkv")
        if handed <= allowed:
            continue
        with av.open(part) as video:
            shown = sum(1 for frame in video.decode(video=0))
        assert shown >= handed - allowed, (handed, shown)


@pytest.mark.parametrize("call", ["replace", "link"])
def test_a_kill_before_the_rename_leaves_the_old_file(tmp_path, small, call):
    code = (
        "import os, signal, sys; from vidsum.cli import main; "
        f"os.{call} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL); "
        "main(sys.argv[1:])"
    )
    force = ["--force"] if call == "replace" else []
    if force:
        (tmp_path / "out.mp4").write_text("old")
    run = subprocess.run(
        [sys.executable, "-c", code, "condense", small, "-o", "out.mp4", *force], cwd=tmp_path
    )
    assert -run.returncode in right_codes("kill -9 between fsync and rename")
    assert not force or (tmp_path / "out.mp4").read_text() == "old"
    (part,) = tmp_path.glob("*.part.mp4")
    assert len(Shown(part).frames) > 0


@pytest.mark.parametrize("command", ["condense", "compare", "report"])
def test_nobody_may_listen(tmp_path, small, command):
    options = {
        "condense": ["condense", small, "-o", "out.mp4"],
        "compare": ["compare", small, small, "--scores", "out.csv"],
        "report": ["report", small, "--csv", "-"],
    }[command]
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(
        [sys.executable, "-m", "vidsum", *options],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert run.returncode in right_codes("stdout closed early", command), run.stderr
    assert "Traceback" not in run.stderr
    assert "Exception" not in run.stderr


def test_there_may_be_no_home(tmp_path, small):
    environment = {key: text for key, text in os.environ.items() if key != "HOME"}
    environment |= {"NUMBA_CACHE_DIR": "/proc/none", "XDG_CACHE_HOME": "/proc/none"}
    run = subprocess.run(
        [sys.executable, "-m", "vidsum", "condense", small, "-o", "out.mp4", *EXACT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode in right_codes("no home folder, no cache"), run.stderr
    check_names(tmp_path)
    assert (tmp_path / "out.mp4").exists()


def test_there_may_be_no_terminal(tmp_path, small):
    """As under cron: a session of its own, nothing open, no TERM; what tqdm shows needs none."""
    environment = {key: text for key, text in os.environ.items() if key not in ("TERM", "COLUMNS")}
    words = ["condense", str(small), "-o", "out.mp4", *EXACT]
    run = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-m", "vidsum", *words],
        cwd=tmp_path,
        env=environment,
        start_new_session=True,
        check=False,
    )
    assert run.returncode in right_codes("no terminal, and stdin, stdout and stderr closed")
    check_names(tmp_path)
    assert (tmp_path / "out.mp4").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system to try it")
def test_read_only_file_systems(tmp_path, small):
    """Under the package and the user's cache they are no hindrance, under an output they are."""
    package = Path(package_under_test.__file__).parent
    (tmp_path / "cache").mkdir()
    script = (
        "mount -t tmpfs -o ro none cache && mount --bind {0} {0} && mount -o remount,ro,bind {0} "
        '&& ! touch {0}/x cache/x && exec "$@"'
    )
    code = (
        "from numpy import eye; from vidsum.metrics import mse; "
        "one = eye(8, dtype='u1'); print(mse(one, 3 - one)); "
        "from vidsum.cli import main; import sys; "
        "print(main(['condense', sys.argv[1], '-o', 'cache/out.mp4']))"
    )
    run = subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            script.format(package),
            "sh",
            sys.executable,
            "-c",
            code,
            small,
        ],
        cwd=tmp_path,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare:" in run.stderr or "mount:" in run.stderr:
        pytest.skip("no file system may be mounted here")
    assert run.returncode in right_codes("package and cache in read-only folders"), run.stderr
    found, refused = run.stdout.split()
    assert float(found) == (7 * 9 + 1) / 8
    assert int(refused) in right_codes("read-only folder")
    assert TABLE["read-only folder"].says in run.stderr


def test_text_from_files_is_inert(tmp_path, vidsum, small):
    name = "=cmd()\x1b[31m.mkv"
    with av.open(small) as source, av.open(str(tmp_path / name), "w") as file:
        file.metadata["title"] = "\x1b]0;title\x07=1+1"
        stream = file.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    for command, option in (("condense", ["-o", "out.mp4"]), ("report", ["--csv", "r.csv"])):
        run = vidsum(command, name, name, *option)
        fault = "formula or terminal codes in names and metadata"
        assert run.code in right_codes(fault, command), run.err
        assert "\x1b" not in run.err
    for scores in tmp_path.glob("*.csv"):
        assert "\x1b" not in scores.read_text()
        assert not any(cell.startswith("=") for row in table(scores) for cell in row.values())
