"""Files that refer to others: nothing that they name is opened, no host is asked."""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading

import av
import pytest
from conftest import write_clip
from fault_table import COMMANDS, right_codes
from test_hostile import command_line, reference_movie, samples_elsewhere

LISTS = {
    "HLS playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n",
    "HLS playlist after a byte order mark": "\ufeff#EXTM3U\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n",
    "concat script": "ffconcat version 1.0\nfile '{0}'\n",
    "concat script after a comment": "# a\nffconcat version 1.0\nfile '{0}'\n",
    "SDP": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "a=control:{0}\r\nm=video 9000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
    "XML, such as DASH and ASX": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
    'type="static"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
    'bandwidth="1"><BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "list of addresses": "{0}\n",
}


@pytest.fixture
def decoy(tmp_path):
    """A file to which others refer."""
    return write_clip(tmp_path / "decoy.ts", [1, 2])


@pytest.fixture
def opened(decoy):
    """A function that tells whether the decoy was opened since it was asked last."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        pytest.skip("there is no inotify here")
    watch = libc.inotify_init1(os.O_NONBLOCK)
    assert watch >= 0
    assert libc.inotify_add_watch(watch, os.fsencode(decoy), 0x20) >= 0  # IN_OPEN

    def was_opened() -> bool:
        with contextlib.suppress(BlockingIOError):
            return bool(os.read(watch, 4096))
        return False

    yield was_opened
    os.close(watch)


class Host:
    """A host on this machine that counts who asks, and answers nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address = self._listener.getsockname()
        self.url = f"http://127.0.0.1:{self._address[1]}/decoy.ts"
        self._asked = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(5)
                if connection.recv(3) == b"end":
                    return
            self._asked += 1

    def close(self) -> int:
        """Return how many connections there were."""
        with socket.create_connection(self._address) as last:
            last.sendall(b"end")
            self._thread.join(10)
        self._listener.close()
        return self._asked


@pytest.fixture
def host():
    """A host to which files refer."""
    return Host()


MAKERS = {
    **{
        fault: lambda path, where, text=text: path.write_text(text.format(where), encoding="utf-8")
        for fault, text in LISTS.items()
    },
    "reference movie": reference_movie,
    "movie with samples in another file": samples_elsewhere,
}


@pytest.mark.parametrize("command", [*COMMANDS, "preview"])
def test_what_is_named_is_not_touched(tmp_path, vidsum, decoy, opened, host, command):
    write_clip(tmp_path / "good.mp4", [0])
    for fault, make in MAKERS.items():
        for where in (decoy.name, decoy.as_uri(), host.url):
            make(tmp_path / "bad.mp4", where)
            run = vidsum(*command_line(command, "bad.mp4")[0])
            bare = fault == "list of addresses" and where == decoy.name  # a name is no address
            assert run.code in ({3} if bare else right_codes(fault)), run.err
            assert not opened(), (fault, where)
    assert host.close() == 0


def test_without_care_it_would_be_touched(tmp_path, decoy, opened, host):
    options = {"safe": "0", "protocol_whitelist": "file,http,tcp"}
    for where in (decoy.name, host.url):
        MAKERS["concat script"](tmp_path / "bad.mp4", where)
        with contextlib.suppress(av.error.FFmpegError):
            av.open(tmp_path / "bad.mp4", options=options).close()
        assert opened() == (where == decoy.name)
    assert host.close() > 0


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
def test_no_system_call_names_it(tmp_path, decoy):
    """Sessions over UDP ask no host of ours: here every call is looked at that opens a socket."""
    code = "import sys; from vidsum.cli import main; [main(['report', x]) for x in sys.argv[1:]]"
    names = [f"bad{number}.mp4" for number in range(len(MAKERS))]
    for name, make in zip(names, MAKERS.values(), strict=True):
        make(tmp_path / name, decoy.name)
    calls = tmp_path / "calls"
    traced = "trace=open,openat,%network"
    run = subprocess.run(
        [
            *("strace", "-f", "--seccomp-bpf", "-qq", "-e", traced, "-o", calls),
            *(sys.executable, "-c", code, *names),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "ptrace" in run.stderr:
        pytest.skip("strace may not trace here")
    assert run.stderr.count("vidsum: ") == len(names)
    told = calls.read_text()
    assert all(name in told for name in names)
    assert "decoy" not in told
    assert "AF_INET" not in told
