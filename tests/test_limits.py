"""How large an input may be, and that the options that allow more reach all that opens it."""

import itertools

import av
import pytest
from conftest import coded, picture, table, write_clip

from vidsum import Limits, Reading, UsageError

pytestmark = pytest.mark.usefixtures("plain_rule")

TITLE = "x" * 1_000_001


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A clip with sound that is beyond the limits of streams and metadata."""
    path = tmp_path_factory.mktemp("large") / "front_20240501_100000.mkv"
    with av.open(path, "w") as file:
        file.metadata["title"] = TITLE
        video = file.add_stream("libx264", rate=25, options={"g": "10"})
        video.width, video.height = 160, 120
        sound = file.add_stream("pcm_s16le", rate=8000, layout="mono")
        others = [file.add_stream("mpeg4", rate=25) for _ in range(99)]
        for stream in others:
            stream.width, stream.height = 16, 16
        for number in range(40):
            frame = picture(coded(number // 5))
            frame.pts = number
            file.mux(video.encode(frame))
            noise = av.AudioFrame(format="s16", layout="mono", samples=320)
            noise.planes[0].update(bytes(range(64)) * 10)
            noise.sample_rate, noise.pts = 8000, 320 * number
            file.mux(sound.encode(noise))
        file.mux(video.encode(None))
        for stream in others:
            frame = av.VideoFrame(16, 16, "yuv420p")
            frame.pts = 0
            file.mux(stream.encode(frame))
    return path


COMMANDS = {
    "condense": "condense {0} {0} -o out.mp4 --start 0.5 --pad 1 --audio cut --clips . "
    "--edl out.edl --sheet out.jpg",
    "condense to a target": "condense {0} -o out.mp4 --target-ratio 0.9",
    "compare": "compare {0} {0} --scores out.csv",
    "report": "report {0} --csv out.csv",
    "report against an image": "report {0} --csv out.csv --against image.png",
    "preview": "preview {0} -o out.png",
    "batch": "batch {0} -o out --group auto --workers 1 --retry-failed",
}
"""All ways in which a command opens its input."""


@pytest.mark.parametrize("name", COMMANDS)
def test_each_limit_names_the_option_that_allows_more(tmp_path, large, capsys, monkeypatch, name):
    from vidsum.cli import main

    monkeypatch.chdir(tmp_path)
    with av.open(large) as file:
        next(file.decode(video=0)).to_image().save("image.png")
    command = [word.format(large) for word in COMMANDS[name].split()]
    allowed = {"--max-pixels": "19199"}
    for found, option, value in (
        ("101 streams, allowed are 100; --max-streams", "--max-streams", "101"),
        ("metadata, allowed are 1000000; --max-metadata", "--max-metadata", "1100000"),
        ("160x120, allowed are 19199 pixels; --max-pixels 19200", "--max-pixels", "19200"),
    ):
        if name != "batch" or option == "--max-pixels":  # each of its runs takes a second
            code = main([*command, *itertools.chain(*allowed.items())])
            assert code == (5 if name == "batch" else 6)
            assert found in capsys.readouterr().err
        allowed[option] = value
    assert main([*command, *itertools.chain(*allowed.items())]) == 0, capsys.readouterr().err
    if name == "batch":  # a segment that can't be opened is a recording of its own
        assert (tmp_path / "out" / "front" / "20240501_100000.condensed.mp4").exists()


def test_what_is_larger_further_on_is_lost_and_the_rest_is_not(tmp_path, vidsum):
    small = write_clip(tmp_path / "a.ts", range(10)).read_bytes()
    wide = write_clip(tmp_path / "b.ts", range(10), size=(640, 480)).read_bytes()
    (tmp_path / "x.ts").write_bytes(small + wide)
    for allowed, told in ((307_200, "size changed"), (307_199, "damaged packets")):
        run = vidsum("report", "x.ts", "--max-pixels", allowed, "--force")
        assert run.code == 5  # its timestamps begin again
        assert told in run.err
        assert (len(table(tmp_path / "x.scores.csv")) > 10) == (allowed == 307_200)


@pytest.mark.parametrize("kind", [Limits, Reading])
@pytest.mark.parametrize("name", ["max_pixels", "max_streams", "max_metadata"])
@pytest.mark.parametrize("value", [0, -1, 2**31])
def test_limits_have_limits(kind, name, value):
    option = "--" + name.replace("_", "-")
    with pytest.raises(UsageError, match=rf"{option} is {value}, allowed are .* from 1 to"):
        kind(**{name: value})
