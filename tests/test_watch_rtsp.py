"""`vidsum watch` of RTSP, from GStreamer's server."""

import subprocess
from pathlib import Path

import pytest
from conftest import Shown

import vidsum
from vidsum.cli import main
from vidsum.video import live

SERVER = Path(__file__).with_name("rtsp_server.py")
SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); "
    "from gi.repository import Gio, Gst; Gst.init(None); "
    "assert Gio.TlsBackend.get_default().supports_tls(); "
    "assert Gst.ElementFactory.find('x264enc') and Gst.ElementFactory.find('rtph264pay')"
)
PASSWORD = "p@ss:w/rd %41"


@pytest.fixture(scope="module", autouse=True)
def gstreamer():
    if (
        not Path(SYSTEM_PYTHON).exists()
        or subprocess.run(
            [SYSTEM_PYTHON, "-I", "-c", NEEDED], stderr=subprocess.DEVNULL, check=False
        ).returncode
    ):
        pytest.skip(
            "needs GStreamer's RTSP server: gir1.2-gst-rtsp-server-1.0 python3-gi "
            "gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly glib-networking"
        )


class Server:
    """A camera that speaks RTSP, with a certificate over TLS, and can be put down."""

    def __init__(self, *certificate):
        self._certificate = certificate

    def __enter__(self):
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, "-I", SERVER, "user", PASSWORD, *self._certificate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())
        scheme = "rtsps" if self._certificate else "rtsp"
        self.address = f"{scheme}://127.0.0.1:{self.port}/live"
        return self

    def __exit__(self, *error):
        self._process.kill()
        self._process.communicate()


def test_rtsp_is_watched_until_it_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "_FIRST_PAUSE", 0.1)
    credentials = tmp_path / "credentials"
    credentials.write_text(f"user:{PASSWORD}\n")
    told, changes = [], []
    with Server() as server:

        def note(change):
            changes.append(change)
            server.__exit__()

        result = vidsum.record(
            server.address,
            files=vidsum.SegmentFiles(output=tmp_path / "out"),
            connecting=vidsum.Connecting(timeout=10, credentials=credentials),
            thresholds=vidsum.Thresholds(preset="exact"),
            on_change=note,
            tell=told.append,
            should_stop=lambda: bool(told),
        )
    assert changes[0].changed and changes[0].box is not None
    assert result.frames >= result.kept > 1 and result.lost_input
    assert told[0].startswith(f"{server.address}: ")
    (video,) = (tmp_path / "out").glob("127.0.0.1_*.condensed.mp4")
    assert len(Shown(video).frames) == result.kept
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"p@ss" not in written and b"p%40ss" not in written


@pytest.mark.parametrize(
    ("user", "path", "says"),
    [("user:p%40ss@", "live", "another user or password (401)"), ("", "other", "(404)")],
)
def test_a_wrong_password_and_a_wrong_path_are_one_line(capsys, user, path, says):
    with Server() as server:
        address = f"rtsp://{user}127.0.0.1:{server.port}/{path}"
        assert main(["watch", address, "--timeout", "10"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line and "p%40ss" not in line
    assert f"127.0.0.1:{server.port}" in line


def test_rtsps_trusts_the_certificate_that_it_is_told_of(capsys, certificates, tmp_path):
    with_key = tmp_path / "camera.pem"
    with_key.write_bytes(
        (certificates / "camera.key").read_bytes() + (certificates / "camera.pem").read_bytes()
    )
    with Server(with_key) as server:
        address = server.address.replace("//", "//user:p%40ss%3Aw%2Frd%20%2541@")
        wrong = str(certificates / "other.pem")
        assert main(["watch", address, "--ca-file", wrong, "--timeout", "10"]) == 3
        (line,) = capsys.readouterr().err.splitlines()
        assert "certificate is not by one of --ca-file" in line
        seen = []
        result = vidsum.record(
            address,
            connecting=vidsum.Connecting(timeout=10, ca_file=certificates / "camera.pem"),
            thresholds=vidsum.Thresholds(preset="exact"),
            on_change=seen.append,
            should_stop=lambda: bool(seen),
        )
    assert seen[0].changed and result.frames > 1
