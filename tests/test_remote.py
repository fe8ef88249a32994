"""Sources and results at addresses, against an FTP server and fsspec's own file systems."""

import contextlib
import io
import json
import logging
import sys
import threading
import warnings
from pathlib import Path

import pytest
from conftest import write_clip

import vidsum
from vidsum.cli import main
from vidsum.errors import InputError, OutputError, UnsafeInputError
from vidsum.jobs.condensing.condense import condense
from vidsum.remote import RemoteFolder, RemotePath, path_or_address

fsspec = pytest.importorskip("fsspec")

EXACT = ("--preset", "exact")
PASSWORD = "geheim=99"


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "x.mp4", [n // 4 for n in range(24)])


@pytest.fixture
def ftp(tmp_path):
    """The address of an FTP server, the folder it serves, and the names that files were given."""
    pytest.importorskip("pyftpdlib")
    with warnings.catch_warnings():  # it uses asyncore as long as there is one
        warnings.simplefilter("ignore", DeprecationWarning)
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import ThreadedFTPServer

    given = []

    class Handler(FTPHandler):
        authorizer = DummyAuthorizer()

        def ftp_RNTO(self, path):
            given.append(Path(path).name)
            return super().ftp_RNTO(path)

    folder = tmp_path / "ftp"
    (folder / "in" / "deep").mkdir(parents=True)
    Handler.authorizer.add_user("watchman", PASSWORD, str(folder), perm="elradfmwMT")
    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    server = ThreadedFTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"timeout": 0.1})
    thread.start()
    yield f"ftp://watchman:{PASSWORD}@127.0.0.1:{server.address[1]}", folder, given
    server.close_all()
    thread.join()


def test_a_batch_from_a_server_to_a_server(tmp_path, clip, ftp, capsys):
    address, folder, given = ftp
    for name in ("a.mp4", "deep/b c.mp4"):
        (folder / "in" / name).write_bytes(clip.read_bytes())
    (folder / "in" / "bad.mp4").write_bytes(clip.read_bytes()[:700])
    (folder / "in" / "notes.txt").write_text("no recording")
    said = ""

    def run(*words, out="out", code):
        nonlocal said
        words = (f"{address}/in", "--recursive", "-o", f"{address}/{out}", "--workers", "1", *words)
        assert main(["batch", *words, *EXACT, "--scratch", str(tmp_path / "scratch")]) == code
        output = capsys.readouterr()
        said += output.out + output.err
        return output.err

    assert "3 recordings: 2 done, 1 failed" in run(code=5)
    assert not list((tmp_path / "scratch").iterdir())
    out = folder / "out"
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    endings = ("condensed.mp4", "condensed.csv", "events.json", "manifest.json")
    assert files == {"batch.csv", "bad.manifest.json"} | {
        f"{name}.{ending}" for name in ("a", "deep/b c") for ending in endings
    }
    # A recording is done when its manifest is there, which comes last.
    of_a = [name for name in given if name.startswith("a.")]
    assert sorted(of_a) == sorted(f"a.{ending}" for ending in endings)
    assert of_a[-1] == "a.manifest.json"

    words = ("condense", clip, "-o", tmp_path / "a.mp4", "--events", tmp_path / "a.json")
    assert main([*map(str, words), *EXACT]) == 0
    for ending, plain in (("mp4", "a.mp4"), ("csv", "a.csv")):
        assert (out / f"a.condensed.{ending}").read_bytes() == (tmp_path / plain).read_bytes()

    assert "2 done before, 1 failed before" in run(code=5)
    (folder / "in" / "bad.mp4").write_bytes(clip.read_bytes())
    (out / "a.events.json").unlink()
    err = run(code=0)
    assert "bad: another size than before; again" in err
    assert "a: a.events.json is gone; again" in err and "2 done, 1 done before" in err
    # Nothing that others have put there is replaced.
    (folder / "out2").mkdir()
    (folder / "out2" / "a.events.json").write_text("mine")
    assert "out2/a.events.json: this file exists" in run(out="out2", code=2)

    texts = [path.read_text() for path in out.rglob("*") if path.suffix in (".json", ".csv")]
    assert f"ftp://***@{address.rpartition('@')[2]}/in/a.mp4" in texts[0] + "".join(texts)
    assert not [text for text in (said, *texts) if PASSWORD in text or "watchman" in text]


def test_what_could_not_be_uploaded_is_uploaded_later(tmp_path, clip, ftp, tasks_here, monkeypatch):
    address, folder, _ = ftp
    upload = RemoteFolder.upload

    def failing(self, source, name):
        if name.endswith(".events.json"):
            raise vidsum.OutputError("no more")
        upload(self, source, name)

    files = vidsum.BatchFiles(output=f"{address}/out")
    words = {
        "files": files,
        "working": vidsum.Working(scratch=tmp_path / "scratch"),
        "thresholds": vidsum.Thresholds(preset="exact"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(RemoteFolder, "upload", failing)
        with pytest.raises(vidsum.OutputError, match="no more"):
            vidsum.batch(clip, **words)
    assert not (folder / "out" / "x.manifest.json").exists()
    monkeypatch.setattr("vidsum.jobs.batches.worker.condense", None)  # it is not done again
    assert vidsum.batch(clip, **words).count("done") == 1
    manifest = json.loads((folder / "out" / "x.manifest.json").read_text())
    assert {path.name for path in (folder / "out").iterdir()} == {
        "batch.csv", "x.manifest.json", *manifest["files"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["ftp://u:secret1@127.0.0.1:1/x.mp4"], 3, "ftp://***@127.0.0.1:1/x.mp4: cannot be read"),
        (["rtsp://u:secret1@h/x"], 6, "rtsp://***@h/x: no address that is opened"),
        (["zip://x.mp4::s3://u:secret1@b/z"], 6, "chained addresses (::) are not opened"),
        (["concat:a|b"], 6, "addresses and protocols are not opened"),
        (["memory://none/x.mp4"], 3, "memory://none/x.mp4: there is no such file or folder"),
        (["file://{clip}", "--hwaccel", "none"], 2, "--hwaccel reads local files alone"),
        (["file://{clip}", "--scratch", "s"], 2, "--scratch is for an OUT at an address"),
        (["no-such-thing://u:secret1@h/x?key=secret1"], 6, "no-such-thing://***@h/x?***: no addr"),
    ],
)
def test_what_is_refused(tmp_path, monkeypatch, capsys, clip, words, code, says):
    monkeypatch.chdir(tmp_path)
    words = [word.format(clip=clip) for word in words]
    assert main(["batch", *words, "-o", "out"]) == code
    err = capsys.readouterr().err
    assert says in err and len(err.splitlines()) == 1
    assert "secret1" not in err
    assert not list(tmp_path.rglob("*.json"))


def test_the_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert main(["batch", "s3://bucket/x.mp4", "-o", str(tmp_path / "out")]) == 2
    assert "pip install 'vidsum[remote]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "shown", "name"),
    [
        ("s3://bucket/a/b.mp4", "s3://bucket/a/b.mp4", "b.mp4"),
        ("s3://bucket/what?.mp4", "s3://bucket/what?***", "what?.mp4"),
        ("sftp://me:pa@ss@host:22/b.mp4", "sftp://***@host:22/b.mp4", "b.mp4"),
        ("https://host/a%20b.mp4?sig=x&t=y", "https://host/a%20b.mp4?***", "a b.mp4"),
        ("ftp://me:pa ss@host/b.mp4", "ftp://***@host/b.mp4", "b.mp4"),
        ("https://token@host/", "https://***@host/", ""),
        ("ftp://me:pa?ss@host/b.mp4", "ftp://***", "b.mp4"),
        ("sftp://me:pa@[::1]:22/b::c.mp4", "sftp://***@[::1]:22/b::c.mp4", "b::c.mp4"),
        ("s3://b/\x1b[2J.mp4", "s3://b/\\x1b[2J.mp4", "\x1b[2J.mp4"),
    ],
)
def test_addresses_are_shown_without_what_is_secret(address, shown, name):
    path = path_or_address(address)
    assert (str(path), path.name) == (shown, name)
    assert repr(path) == f"RemotePath({shown!r})"
    assert path_or_address(path) is path
    assert isinstance(path_or_address("a/b.mp4"), Path)


def test_a_result_whose_name_looks_like_a_pattern_is_read_itself():
    names = {"10.00.00[M][0@0].manifest.json", "10.00.00M0.manifest.json", "other?.json"}
    for name in names:
        fsspec.filesystem("memory").pipe_file(f"/odd/{name}", name.encode())
    folder = RemoteFolder(path=RemotePath(url="memory://odd"))
    assert folder.contents(sorted(folder.names())) == {name: name.encode() for name in names}


@pytest.mark.parametrize("lost", [False, True])
def test_an_upload_replaces_the_old_result_or_leaves_it(tmp_path, monkeypatch, lost):
    """On a server that moves no file to where one is, and one whose connection breaks off."""
    from fsspec.implementations.memory import MemoryFileSystem

    def move(self, source, target):
        if self.exists(target):
            raise FileExistsError
        if lost and source.endswith(".part"):
            raise OSError("connection lost")
        self.cp_file(source, target)
        self.rm_file(source)

    monkeypatch.setattr(MemoryFileSystem, "mv", move)
    new = tmp_path / "new"
    new.write_bytes(b"new")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/replaced/a.csv", b"old")
    folder = RemoteFolder(path=RemotePath(url="memory://replaced"))
    with pytest.raises(OutputError) if lost else contextlib.nullcontext():
        folder.upload(new, "a.csv")
    assert memory.cat_file("/replaced/a.csv") == (b"old" if lost else b"new")
    assert not [name for name in memory.find("/replaced") if name.endswith(".old")]


def test_a_server_that_goes_is_no_damage_of_the_file(tmp_path, clip, samples, monkeypatch):
    fsspec.filesystem("memory").pipe("/me:geheim1@gone/x.mp4", clip.read_bytes())
    path = RemotePath(url="memory://me:geheim1@gone/x.mp4")
    output = tmp_path / "out.mp4"
    writing = vidsum.Writing(output=output, force=True)
    assert condense(path, writing=writing).frames == 24
    output.unlink()

    class Failing(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 40_000:
                raise RuntimeError("the line of me:geheim1 is dead")
            return super().read(size)

    memory = type(fsspec.filesystem("memory"))
    content = (samples / "lecture.mp4").read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")
    monkeypatch.setattr(memory, "_open", lambda *names, **options: Failing(content))
    with pytest.raises(
        InputError, match=r"//\*{3}@gone/x\.mp4: cannot be read, the line of \*{3} is dead"
    ):
        condense(path, writing=writing)
    assert not output.exists()

    class Stream(io.BytesIO):
        def seek(self, *place):
            raise ValueError("cannot seek")

    monkeypatch.setattr(memory, "_open", lambda *names, **options: Stream(content))
    with pytest.raises(InputError, match="save it into a file first"):
        condense(path, writing=writing)


def test_playlists_behind_an_address_are_refused(tmp_path):
    fsspec.filesystem("memory").pipe("/list/x.mp4", b"#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(UnsafeInputError, match="HLS playlist"):
        condense(RemotePath(url="memory://list/x.mp4"), writing=vidsum.Writing(dry_run=True))


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """The address of an SSH server that serves `tmp_path/ssh`, and what stops it from answering."""
    pytest.importorskip("sshfs")
    import asyncio

    import asyncssh

    connections = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, connection):
            connections.append(connection)

        def password_auth_supported(self):
            return True

        def validate_password(self, username, password):
            return (username, password) == ("watchman", PASSWORD)

    folder = tmp_path / "ssh"
    folder.mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listening():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=folder),
        )

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    server = run(listening())
    (tmp_path / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    known = f"[127.0.0.1]:{server.get_port()} {key.export_public_key().decode()}"
    (tmp_path / ".ssh" / "known_hosts").write_text(known)
    yield f"watchman:geheim%3D99@127.0.0.1:{server.get_port()}", folder
    server.close()
    for connection in connections:
        loop.call_soon_threadsafe(connection.abort)
        run(connection.wait_closed())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_ssh(tmp_path, clip, ssh):
    address, folder = ssh
    odd = "100% #1 ä?.mp4"
    (folder / odd).write_bytes(clip.read_bytes())
    direct = RemotePath(url=f"sftp://{address}/{odd}")
    assert direct.name == odd and direct.files(deep=False) == [direct]
    [found] = RemotePath(url=f"ssh://{address}").files(deep=True)
    assert found.below == odd
    assert condense(found, writing=vidsum.Writing(dry_run=True)).frames == 24

    out = RemoteFolder(path=RemotePath(url=f"sftp://{address}/out #1"))
    assert out.names() == set()
    for text in ("old", "new"):
        (tmp_path / "x").write_text(text)
        out.upload(tmp_path / "x", "deep/x?")
    assert out.contents(sorted(out.names())) == {"deep/x?": b"new"}

    (folder / "locked").touch()
    with pytest.raises(vidsum.OutputError, match=r"locked/x: cannot be written, "):
        RemoteFolder(path=RemotePath(url=f"sftp://{address}/locked")).upload(tmp_path / "x", "x")
    with pytest.raises(InputError, match="cannot be read, Permission denied") as raised:
        RemotePath(url=f"sftp://{address.replace('%3D', '1')}/").files(deep=True)
    assert "geheim" not in str(raised.value)
    (tmp_path / ".ssh" / "known_hosts").unlink()
    with pytest.raises(InputError, match=r"is not trusted .*log in once with ssh"):
        RemotePath(url=f"sftp://{address}/{odd}").open()


def test_a_server_that_stalls_is_given_up(monkeypatch):
    fsspec.filesystem("memory").pipe("/stalls/x.mp4", b"0123456789")
    path = RemotePath(url="memory://stalls/x.mp4")
    over = threading.Event()

    class Stalled(io.BytesIO):
        def read(self, size=-1):
            assert over.wait(60)
            return b""

    memory = type(fsspec.filesystem("memory"))
    monkeypatch.setattr(memory, "_open", lambda *names, **options: Stalled(b"0123"))
    monkeypatch.setattr("vidsum.remote.reader.ANSWER_SECONDS", 0.05)
    with path.open() as file, pytest.raises(InputError, match=r"x\.mp4: cannot be read, the serve"):
        file.read(4)
    over.set()
