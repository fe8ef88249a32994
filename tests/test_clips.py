"""Clips of events: packets of the source, cut at keyframes, with their sound in time."""

from fractions import Fraction

import av
import numpy as np
import pytest
from conftest import Shown, coded, picture, write_clip

from vidsum import Grouping, OutputError, Reading, UsageError, Writing, condense

pytestmark = pytest.mark.usefixtures("plain_rule")

GOP = 20
CODES = [*[1] * 64, *range(2, 12), *[11] * 77, *range(12, 17), *[16] * 60]
"""Two events: frames 64 to 73 and 151 to 155, after the keyframes 60 and 140."""
SOUND = 48000

KINDS = {
    ".mp4": ("libx264", "aac"),
    ".mov": ("libx264", "aac"),
    ".mkv": ("libx264", "aac"),
    ".avi": ("mpeg4", "mp3"),
    ".ts": ("libx264", "aac"),
    ".webm": ("libvpx", "libopus"),
}


def with_sound(path, codes, codec, sound_codec, *, begin=0):
    """Write a clip of 25 frames a second that is loud while codes grow, from `begin` seconds on."""
    options = {"g": str(GOP), "bf": "3" if codec == "libx264" else "0"}
    if codec == "libx264":
        options["x264-params"] = "scenecut=0:open-gop=1"
    else:
        options["b"] = "1000000"
    with av.open(str(path), "w") as file:
        video = file.add_stream(codec, rate=25, options=options)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        audio = file.add_stream(sound_codec, rate=SOUND, layout="mono")
        loud = np.repeat([code not in (1, 11, 16) for code in codes], SOUND // 25)
        wave = (np.sin(np.arange(len(loud)) * 0.1) * loud * 0.5).astype(np.float32)
        resampler = av.AudioResampler(audio.codec_context.format, "mono", SOUND)
        for index, code in enumerate(codes):
            frame = picture(coded(code))
            frame.pts, frame.time_base = index + begin * 25, Fraction(1, 25)
            file.mux(video.encode(frame))
            part = wave[index * SOUND // 25 : (index + 1) * SOUND // 25]
            heard = av.AudioFrame.from_ndarray(part[None], "fltp", "mono")
            heard.rate, heard.time_base = SOUND, Fraction(1, SOUND)
            heard.pts = (index + begin * 25) * SOUND // 25
            for piece in resampler.resample(heard):
                file.mux(audio.encode(piece))
        file.mux(video.encode(None))
        file.mux(audio.encode(None))
    return path


def packets(path, kind):
    """Return the packets of one kind of stream, as bytes."""
    with av.open(str(path)) as file:
        (stream,) = (stream for stream in file.streams if stream.type == kind)
        return [bytes(packet) for packet in file.demux(stream) if packet.size]


def loud_from(path):
    """Return when the sound is loud first, in seconds."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        for frame in file.decode(stream):
            loud = np.abs(frame.to_ndarray().astype(float).ravel())
            loud /= 1 if frame.format.is_planar and "flt" in frame.format.name else 32768
            if (loud > 0.2).any():
                return float(frame.pts * frame.time_base) + (loud > 0.2).argmax() / frame.rate
    return None


def run(inputs, folder, *, pad=0.0, force=False, **reading):
    return condense(
        inputs,
        grouping=Grouping(pad=pad),
        reading=Reading(**reading),
        writing=Writing(dry_run=True, clips=folder, force=force),
    )


@pytest.fixture(scope="module", params=KINDS)
def eventful(request, clips):
    return with_sound(clips / f"cam{request.param}", CODES, *KINDS[request.param])


@pytest.fixture(scope="module")
def result(eventful, clips):
    return run(eventful, clips / f"of {eventful.suffix}")


@pytest.mark.parametrize(("pad", "start"), [(0.0, None), (1.0, 1.0)])
def test_a_clip_is_a_copy_from_the_keyframe_before_the_event(eventful, tmp_path, pad, start):
    result = run(eventful, tmp_path / "new", pad=pad, start=start)
    assert len(result.events) == 2
    assert [path.name for path in result.clips] == [
        f"cam.event-00{number}{eventful.suffix.replace('.ts', '.mkv')}" for number in (1, 2)
    ]
    source = Shown(eventful)
    for event, clip in zip(result.events, result.clips, strict=True):
        shown = Shown(clip)
        wanted = event.first_frame - pad * 25
        first = int(wanted // GOP * GOP)
        # Every picture from the keyframe to the end of the padding, in its time, undamaged.
        count = len(shown.frames)
        assert shown.codes == source.codes[first : first + count]
        assert all(
            (one == other).all()
            for one, other in zip(shown.lumas, source.lumas[first:], strict=False)
        )
        assert 0 <= first + count - (event.last_frame + 1 + pad * 25) <= 5
        assert [float(time) for time in shown.times] == pytest.approx(
            [n / 25 for n in range(count)], abs=0.0011
        )


def test_the_packets_are_those_of_the_source(eventful, result):
    for clip in result.clips:
        for kind in ("video", "audio"):
            copied, source = packets(clip, kind), packets(eventful, kind)
            assert len(copied) > 10
            if eventful.suffix == ".ts":  # its packets have headers that MKV writes otherwise
                source = [packet[-4:] for packet in source]
                copied = [packet[-4:] for packet in copied]
            assert set(copied) <= set(source)


def test_the_sound_stays_in_time(result):
    for event, clip in zip(result.events, result.clips, strict=True):
        shown = Shown(clip)
        number = event.first_frame % GOP
        assert loud_from(clip) == pytest.approx(float(shown.times[number]), abs=0.05)
        with av.open(str(clip)) as file:
            audio = [packet for packet in file.demux(audio=0) if packet.size]
            end = max(packet.pts + packet.duration for packet in audio) * audio[0].time_base
        assert float(end) == pytest.approx(float(shown.times[-1]) + 0.04, abs=0.2)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_source_whose_timestamps_begin_late_gives_clips_from_0(tmp_path, suffix):
    source = with_sound(tmp_path / f"x{suffix}", CODES, *KINDS[suffix], begin=100)
    (first, _) = run(source, tmp_path / "new").clips
    shown = Shown(first)
    assert shown.times[0] == 0
    assert {2, 6, 11} <= set(shown.codes)


def test_pictures_that_an_avi_shows_later_than_it_decodes_them_are_not_missing(tmp_path):
    codes = [*[1] * 49, *range(2, 6), *[6] * 20]
    options = {"g": "25", "bf": "2", "b": "2000000"}
    source = write_clip(tmp_path / "x.avi", codes, codec="mpeg4", options=options)
    with av.open(str(source)) as file:
        keys = [packet.dts for packet in file.demux(video=0) if packet.is_keyframe and packet.size]
    assert keys[2] == 49  # decoded then, and shown at 51: behind the beginning of the event
    (clip,) = run(source, tmp_path / "new").clips
    assert [code for code in Shown(clip).codes if code > 1][:5] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("rotation", [90, 180])
def test_the_rotation_of_the_source_stays(tmp_path, rotation):
    source = write_clip(
        tmp_path / "x.mp4",
        CODES,
        turned=-rotation // 90,
        prepare=lambda stream: stream.set_display_rotation(rotation),
    )
    (first, _) = run(source, tmp_path / "new").clips
    assert Shown(first).frames[0].rotation % 360 == Shown(source).frames[0].rotation % 360 != 0


def test_an_event_that_goes_on_in_the_next_input_is_two_clips(tmp_path):
    (tmp_path / "a").mkdir()
    one = write_clip(tmp_path / "a" / "cam.mp4", [*[1] * 50, 2, 3, 4], options={"g": "10"})
    other = write_clip(tmp_path / "cam.mp4", [5, 6, *[6] * 50], options={"g": "10"})
    first, second = run([one, other], tmp_path / "new").clips
    assert (first.name, second.name) == ("cam.event-001.mp4", "cam.event-001-2.mp4")
    assert Shown(first).codes[-3:] == [2, 3, 4]
    assert Shown(second).codes[:2] == [5, 6]


@pytest.mark.parametrize("codes", [[7], [7] * 30], ids=["one frame", "nothing happens"])
def test_without_events_the_folder_is_empty(tmp_path, codes):
    result = run(write_clip(tmp_path / "x.mp4", codes), tmp_path / "new")
    assert result.clips == ()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_long_name_of_the_source_is_cut(tmp_path):
    source = write_clip(tmp_path / f"{'ä' * 124}.mp4", CODES)
    first, _ = run(source, tmp_path / "new").clips
    assert first.name.endswith("ä.event-001.mp4")


@pytest.mark.parametrize("name", ["-y.mp4", "a:b.mp4", "a\nb [1]*.mp4"])
def test_names_are_data(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / name, CODES)
    first, _ = run(name, "new").clips
    assert first.name == f"{name.removesuffix('.mp4')}.event-001.mp4"
    with pytest.raises(UsageError, match="this file exists; replace it with --force"):
        run(name, "new")


def test_clips_that_exist_are_replaced_by_force_alone(tmp_path, vidsum):
    write_clip(tmp_path / "x.mp4", CODES)
    (tmp_path / "new").mkdir()
    there = tmp_path / "new" / "x.event-002.mp4"
    there.touch()
    refused = vidsum("condense", "x.mp4", "--clips", "new")
    (line,) = refused.lines
    assert (refused.code, "replace it with --force" in line) == (2, True)
    assert {path.name for path in tmp_path.iterdir()} == {"x.mp4", "new"}
    run = vidsum("condense", "x.mp4", "--clips", "new", "--force")
    assert run.code == 0
    assert any(line.startswith("  new: 2 clips, ") for line in run.lines)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "x.event-001.mp4",
        "x.event-002.mp4",
    }
    assert there.stat().st_size


def test_clips_of_an_earlier_run_don_t_stay_among_those_of_this_one(tmp_path):
    source = write_clip(tmp_path / "x.mp4", CODES)
    assert len(run(source, tmp_path).clips) == 2
    others = ("y.event-003.mp4", "x.event-003.txt", "x.event-3.mp4", "x.event-003.mp4.bak")
    for name in (*others, "x.event-004.mp4", "x.event-001-2.mp4"):
        (tmp_path / name).touch()
    (clip,) = run(source, tmp_path, force=True, end=4).clips
    assert {path.name for path in tmp_path.iterdir()} == {"x.mp4", *others, clip.name}


def test_no_clip_replaces_an_input_even_by_force(tmp_path):
    one = write_clip(tmp_path / "x.mp4", CODES)
    other = write_clip(tmp_path / "x.event-001.mp4", [16] * 10)
    before = other.read_bytes()
    with pytest.raises(UsageError, match="this output is the input"):
        run([one, other], tmp_path, force=True)
    assert other.read_bytes() == before


@pytest.mark.parametrize(
    ("folder", "code", "says"),
    [
        ("there.txt", 2, "--clips there.txt: this is a file; name a folder"),
        ("there.txt/deeper", 4, "there is no folder there.txt"),
        ("nowhere/new", 4, "there is no folder nowhere; create it first"),
    ],
)
def test_wrong_folders_are_told_before_any_work(clip, vidsum, tmp_path, folder, code, says):
    (tmp_path / "there.txt").touch()
    run = vidsum("condense", clip, "--clips", folder)
    (line,) = run.lines
    assert (run.code, says in line) == (code, True), line
    assert [path.name for path in tmp_path.iterdir()] == ["there.txt"]


def test_a_clip_that_cannot_be_written_leaves_the_rest_and_no_part(tmp_path, monkeypatch):
    source = write_clip(tmp_path / "x.mp4", CODES)
    from vidsum.video import clips

    monkeypatch.setitem(clips._MUXERS, ".mp4", "wav")
    with pytest.raises(OutputError, match=r"x\.event-001\.mp4: cannot be written"):
        condense(source, writing=Writing(output=tmp_path / "o.mp4", clips=tmp_path / "new"))
    assert list((tmp_path / "new").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"x.mp4", "o.mp4", "o.csv", "new"}
