"""Sound of the condensed video, as PyAV alone decodes it: in step with the pictures, else silence.

Clips beep when their picture changes: where the sound sets in is held against where the picture is.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from conftest import Shown, coded, picture, write_clip

from vidsum import Grouping, OutputError, Thresholds, UsageError, Writing, condense
from vidsum.jobs import progress
from vidsum.video import sound
from vidsum.video.remux import verify

pytestmark = pytest.mark.usefixtures("plain_rule")

RATE = 25
STILL = [0] * 50 + [1] * 75 + [2] * 50
"""Seven seconds of which two frames change: at 2 s and at 5 s."""
ENCODINGS = [
    ("out.mp4", "mp4v"),
    ("out.mov", "h264"),
    ("out.mkv", "mp4v"),
    ("out.avi", "xvid"),
    ("out.webm", "av1"),
]


def beeps(times, seconds=7, *, rate=48_000, hum=0.0):
    """Return sound with a beep of 60 ms at each of `times`, and a hum of 100 Hz throughout."""
    clock = np.arange(round(seconds * rate)) / rate
    samples = hum * np.cos(2 * np.pi * 100 * clock)
    for time in times:
        inside = (clock >= time) & (clock < time + 0.06)
        samples[inside] += 0.6 * np.sin(2 * np.pi * 1000 * (clock[inside] - time))
    return samples.astype(np.float32)


def sounding_clip(
    path,
    codes,
    samples,
    *,
    codec="aac",
    layout="mono",
    rate=48_000,
    times=None,
    change: Callable[[int, av.Packet], bool] = lambda index, packet: True,
):
    """Write a clip with sound and return its path.

    `samples` are of one channel, or an array of several; `times` those of the pictures in
    milliseconds. Packets of sound that `change` returns false for are left out.
    """
    samples = np.atleast_2d(samples)
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        audio = file.add_stream(codec, rate=rate, layout=layout)
        packets = []
        for index, code in enumerate(codes):
            frame = picture(coded(code))
            frame.pts = index * 1000 // RATE if times is None else times[index]
            frame.time_base = Fraction(1, 1000)
            packets += video.encode(frame)
        packets += video.encode(None)
        heard = []
        for at in range(0, samples.shape[1], rate):
            block = np.ascontiguousarray(samples[:, at : at + rate])
            frame = av.AudioFrame.from_ndarray(block, "fltp", layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            heard += audio.encode(frame)
        heard += audio.encode(None)
        packets += [packet for index, packet in enumerate(heard) if change(index, packet)]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            file.mux(packet)
    return path


class Heard:
    """The sound of a video: `samples` from time 0 on, shape (channels, samples)."""

    def __init__(self, path: Path) -> None:
        with av.open(str(path)) as file:
            stream = file.streams.audio[0]
            self.codec = stream.codec_context.name
            self.rate = stream.rate
            blocks = []
            converter = av.AudioResampler("fltp")
            for frame in file.decode(stream):
                blocks += [(frame.pts * frame.time_base, *converter.resample(frame))]
        end = blocks[-1][0] + Fraction(blocks[-1][1].samples, self.rate)
        self.end = float(end)
        self.samples = np.zeros((stream.channels, round(end * self.rate) + 1))
        for time, block in blocks:
            at = round(time * self.rate)
            values = block.to_ndarray()
            cut = max(0, -at)
            self.samples[:, at + cut : at + values.shape[1]] = values[:, cut:]

    @property
    def loudness(self):
        """The loudest of each 10 ms, of all channels."""
        step = self.rate // 100
        levels = np.abs(self.samples).max(axis=0)
        return levels[: len(levels) // step * step].reshape(-1, step).max(axis=1)

    @property
    def onsets(self):
        """Seconds at which it is loud after 0.2 seconds without."""
        loud = np.flatnonzero(np.abs(self.samples).max(axis=0) > 0.3) / self.rate
        return loud[np.diff(loud, prepend=-1) > 0.2]

    def between(self, begin, end):
        """Return the loudness of a stretch, in seconds."""
        return self.loudness[round(begin * 100) : round(end * 100)]


def run(inputs, output, *, pad=0.8, merge_gap=1.0, **writing):
    return condense(
        inputs,
        thresholds=Thresholds(),
        grouping=Grouping(pad=pad, merge_gap=merge_gap),
        writing=Writing(output=output, audio="cut", force=True, **writing),
    )


def flashes(path):
    """Return when each change of the picture is shown, in seconds."""
    shown = Shown(path)
    codes = shown.codes
    return [
        float(shown.times[number])
        for number in range(1, len(codes))
        if codes[number] != codes[number - 1]
    ]


@pytest.fixture(scope="module")
def beeping(clips):
    return sounding_clip(clips / "beeping.mp4", STILL, beeps([2, 5]))


@pytest.mark.parametrize(("name", "codec"), ENCODINGS)
def test_beeps_are_heard_when_their_pictures_are_shown(beeping, tmp_path, name, codec):
    result = run(beeping, tmp_path / name, codec=codec)
    assert (result.no_sound, result.faults) == (None, ())
    heard, seen = Heard(result.output), flashes(result.output)
    # The first picture is alone, each event has 20 frames before its change and behind it.
    assert seen == pytest.approx([21 / 25, 62 / 25], abs=0.002)
    assert heard.onsets == pytest.approx(seen, abs=0.005)
    assert heard.end == pytest.approx(result.kept / RATE, abs=0.06)


@pytest.mark.parametrize("source", ["x.mkv", "x.mov", "x.ts", "x.avi"])
def test_sound_is_found_in_every_container(tmp_path, source):
    codec = "mp2" if source == "x.avi" else "aac"
    clip = sounding_clip(tmp_path / source, STILL, beeps([2, 5]), codec=codec)
    result = run(clip, tmp_path / "out.mp4")
    onsets = Heard(result.output).onsets
    # The encoder of MP2 is 10 ms late, which AVI does not tell.
    assert onsets == pytest.approx(flashes(result.output), abs=0.015)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_with_the_times_of_the_source_sound_stands_at_its_own(beeping, tmp_path, name):
    result = run(beeping, tmp_path / name, timing="source")
    assert flashes(result.output) == [2, 5]
    assert Heard(result.output).onsets == pytest.approx([2, 5], abs=0.005)


def test_outside_of_events_there_is_silence(tmp_path):
    clip = sounding_clip(tmp_path / "x.mp4", STILL, beeps([], hum=0.5))
    heard = Heard(run(clip, tmp_path / "out.mp4", timing="source").output)
    for begin, end in ((0.1, 1.1), (3, 4.1), (6, 7)):
        assert heard.between(begin, end).max() < 0.001
    for begin, end in ((1.3, 2.7), (4.3, 5.7)):
        assert heard.between(begin, end).min() > 0.3


def test_quiet_stretches_that_are_sped_up_are_silent(tmp_path):
    clip = sounding_clip(tmp_path / "x.mp4", STILL, beeps([2, 5], hum=0.2))
    result = run(clip, tmp_path / "out.mp4", pad=0.0, timing="speedup", speedup=10)
    heard, seen = Heard(result.output), flashes(result.output)
    assert heard.onsets == pytest.approx(seen, abs=0.005)
    assert heard.between(0, seen[0] - 0.6).max() < 0.001
    assert heard.between(seen[0] - 0.4, seen[0] + 0.4).min() > 0.1


def test_joints_do_not_click(tmp_path):
    # Times of Matroska are rounded to milliseconds; a cosine is loudest where it is cut.
    clip = sounding_clip(tmp_path / "x.mkv", STILL, beeps([], rate=44_100, hum=0.5), rate=44_100)
    heard = Heard(run(clip, tmp_path / "out.mp4").output)
    assert heard.between(0.1, 1.6).min() > 0.4
    assert np.abs(np.diff(heard.samples)).max() < 0.03


def test_sound_is_found_behind_timestamps_that_begin_anew(tmp_path):
    # Two pieces in one file, of which the second has timestamps that the first one had, too.
    still = [0] * 50 + [1] * 75
    first = sounding_clip(tmp_path / "1.ts", still, beeps([2], 5), codec="mp2")
    second = sounding_clip(tmp_path / "2.ts", [5] * 25 + [6] * 100, beeps([1], 5), codec="mp2")
    both = tmp_path / "x.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    output = tmp_path / "out.mp4"
    result = run(both, output, clips=tmp_path / "clips")

    before, _, behind = flashes(output)  # the joint makes no sound
    assert Heard(output).onsets == pytest.approx([before, behind], abs=0.05)
    left_out = f"clips: {len(result.events)} left out, timestamps restart"
    assert (result.clips, sum(left_out in line for line in result.faults)) == ((), 1)


def test_progress_tells_how_far_the_sound_has_come(beeping, tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "_REPORT_SECONDS", 0)
    told = []
    condense(
        beeping, writing=Writing(output=tmp_path / "out.mp4", audio="cut"), progress=told.append
    )
    shares = [one.completed for one in told]
    begun = shares.index(next(share for share in shares if share is not None))
    assert set(shares[:begun]) == {None}
    assert shares[begun:] == sorted(shares[begun:])
    assert 0 <= shares[begun] < 0.2
    assert shares[-1] == 1


def test_segments_may_have_sound_of_other_kinds_or_none(tmp_path):
    one = sounding_clip(tmp_path / "a.mp4", STILL, beeps([2, 5]))
    mute = write_clip(tmp_path / "b.mp4", [2] * 50 + [3] * 50)
    samples = np.stack([beeps([2, 5], rate=22_050)] * 2)
    codes = [code + 3 for code in STILL]
    two = sounding_clip(
        tmp_path / "c.mkv", codes, samples, codec="flac", layout="stereo", rate=22_050
    )
    result = run([one, mute, two], tmp_path / "out.mp4")
    first, second, _, third, fourth = flashes(result.output)
    heard = Heard(result.output)
    assert heard.samples.shape[0] == 2
    assert heard.onsets == pytest.approx([first, second, third, fourth], abs=0.005)


def test_an_event_across_two_segments_is_heard_throughout(tmp_path):
    one = sounding_clip(tmp_path / "a.mkv", [0] * 50, beeps([1.6], 2, hum=0.2))
    two = sounding_clip(tmp_path / "b.mp4", [1] * 50, beeps([0], 2, hum=0.2))
    result = run([one, two], tmp_path / "out.mkv")
    (joint,) = flashes(result.output)
    heard = Heard(result.output)
    assert heard.onsets == pytest.approx([joint - 0.4, joint], abs=0.005)
    assert np.count_nonzero(heard.between(joint - 0.7, joint + 0.7) < 0.1) < 6


def test_more_channels_are_mixed_down_and_one_stays_one(beeping, tmp_path):
    samples = np.zeros((6, 7 * 48_000), np.float32)
    samples[2] = beeps([2, 5])
    clip = sounding_clip(tmp_path / "x.mkv", STILL, samples, codec="pcm_s16le", layout="5.1")
    result = run(clip, tmp_path / "out.mp4")
    heard = Heard(result.output)
    assert heard.onsets == pytest.approx(flashes(result.output), abs=0.005)
    left, right = heard.samples
    assert np.abs(left - right).max() < 0.01
    assert np.abs(heard.samples).max() <= 1
    assert Heard(run(beeping, tmp_path / "out.mkv").output).samples.shape[0] == 1


def test_sound_may_change_its_form_midway(tmp_path):
    mono, stereo = (
        sounding_clip(
            tmp_path / f"{layout}.mkv",
            STILL,
            np.stack([beeps([2, 5], rate=rate)] * channels),
            codec="mp3",
            layout=layout,
            rate=rate,
        )
        for layout, channels, rate in (("mono", 1, 48_000), ("stereo", 2, 44_100))
    )
    clip = tmp_path / "both.mkv"
    with av.open(str(mono)) as one, av.open(str(stereo)) as two, av.open(str(clip), "w") as copy:
        streams = {stream.type: copy.add_stream_from_template(stream) for stream in one.streams}
        parts = [(one.demux(), 0, 3500), (two.demux(audio=0), 3500, 9000)]
        chosen = [
            packet
            for packets, begin, end in parts
            for packet in packets
            if packet.size and (packet.stream.type == "video" or begin <= packet.pts < end)
        ]
        for packet in sorted(chosen, key=lambda packet: packet.dts or 0):
            packet.stream = streams[packet.stream.type]
            copy.mux(packet)
    result = run(clip, tmp_path / "out.mp4")
    assert result.faults == ()
    assert Heard(result.output).onsets == pytest.approx(flashes(result.output), abs=0.005)


def test_a_gap_in_the_sound_of_the_source_is_a_gap(tmp_path):
    def keep(index, packet):
        return not 2.2 < packet.pts * packet.time_base < 2.5

    clip = sounding_clip(
        tmp_path / "x.mkv", STILL, beeps([2, 2.6, 5], hum=0.2), codec="flac", change=keep
    )
    result = run(clip, tmp_path / "out.mkv")
    first, second = flashes(result.output)
    heard = Heard(result.output)
    assert heard.onsets == pytest.approx([first, first + 0.6, second], abs=0.005)
    assert heard.between(first + 0.32, first + 0.48).max() < 0.001


def spoil_sound(source, target, begin, end):
    """Copy a clip, its packets of sound between two times overwritten."""
    with av.open(str(source)) as clip, av.open(str(target), "w") as copy:
        streams = {one.index: copy.add_stream_from_template(one) for one in clip.streams}
        for packet in clip.demux():
            if not packet.size:
                continue
            if packet.stream.type == "audio" and begin < packet.pts * packet.time_base < end:
                spoilt = av.Packet(bytes(packet.size))
                spoilt.pts, spoilt.dts, spoilt.time_base = packet.pts, packet.dts, packet.time_base
                spoilt.stream, packet = packet.stream, spoilt
            packet.stream = streams[packet.stream.index]
            copy.mux(packet)
    return target


def test_damaged_sound_is_silent_and_told(tmp_path):
    clip = sounding_clip(tmp_path / "x.mkv", STILL, beeps([2, 5], hum=0.2), codec="flac")
    spoil_sound(clip, tmp_path / "y.mkv", 4.4, 4.8)
    result = run(tmp_path / "y.mkv", tmp_path / "out.mkv")
    first, second = flashes(result.output)
    heard = Heard(result.output)
    assert heard.onsets == pytest.approx([first, second], abs=0.005)
    assert heard.between(second - 0.45, second - 0.35).max() < 0.001
    assert result.no_sound is None
    (fault,) = result.faults
    assert re.search(r"y\.mkv: sound: \d damaged packets at 00:00:04\.4\d+ to", fault)
    assert not result.lost_input


def refused(folder, kind):
    """Return a clip that gets no sound, and the options of the run."""
    path = folder / "x.mkv"
    if kind == "no stream":
        return write_clip(path, STILL), {}
    if kind == "no padding":
        return sounding_clip(path, STILL, beeps([2])), {"pad": 0.0}
    if kind == "another speed":
        # 6 % slower than the header says.
        times = [index * 424 // 10 for index in range(len(STILL))]
        return sounding_clip(path, STILL, beeps([2.12], 8), times=times), {}
    if kind == "ends before":
        return sounding_clip(path, STILL, beeps([0.5], 1)), {}
    clip = sounding_clip(folder / "y.mkv", STILL, beeps([2]), codec="flac")
    return spoil_sound(clip, path, -1, 99), {}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("no stream", "the input has no audio stream"),
        ("no padding", "kept frames do not follow each other.*--pad"),
        ("another speed", "variable frame rate.*--timing source"),
        ("ends before", "none where frames are kept"),
        ("all damaged", "cannot be decoded"),
    ],
)
def test_without_sound_the_reason_is_told(tmp_path, kind, why):
    clip, options = refused(tmp_path, kind)
    result = run(clip, tmp_path / "out.mp4", **options)
    with av.open(str(result.output)) as video:
        assert not video.streams.audio
        assert video.streams.video[0].frames == result.kept
    assert re.match(f"no sound: .*{why}", result.no_sound)
    assert result.lost_input is False


def test_a_variable_rate_keeps_its_sound_at_its_own_times(tmp_path):
    clip, _ = refused(tmp_path, "another speed")
    result = run(clip, tmp_path / "out.mkv", timing="source")
    assert Heard(result.output).onsets == pytest.approx([2.12], abs=0.005)


def test_frames_that_are_missing_do_not_put_sound_out_of_step(tmp_path):
    # A camera that loses ten frames half a second before the second event.
    times = [index * 40 + 400 * (index > 112) for index in range(len(STILL))]
    clip = sounding_clip(tmp_path / "x.mkv", STILL, beeps([2, 5.4], 8), times=times)
    result = run(clip, tmp_path / "out.mkv", pad=1.4)
    assert Heard(result.output).onsets == pytest.approx(flashes(result.output), abs=0.005)


def test_the_summary_tells_why_there_is_no_sound(clip, vidsum):
    run = vidsum("condense", clip, "-o", "out.mp4", "--audio", "cut")
    assert run.code == 0
    assert "  no sound: the input has no audio stream" in run.lines


def test_a_missing_encoder_is_told_before_the_run(beeping, tmp_path, monkeypatch):
    monkeypatch.setitem(sound._ENCODERS, "mp4", ("no_such_encoder",))
    with pytest.raises(OutputError, match=r"no_such_encoder.*out\.mp4.*\.mkv, \.avi"):
        run(beeping, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_dry_runs_have_no_sound():
    with pytest.raises(UsageError, match="--audio"):
        Writing(dry_run=True, audio="cut")


@pytest.mark.parametrize(("end", "said"), [(7, None), (8, "until 7.0"), (6, "until 7.0")])
def test_the_check_of_the_finished_video_hears_its_sound(beeping, end, said):
    if said is None:
        verify(beeping, 175, (160, 120), sound_end=Fraction(end))
        return
    with pytest.raises(OutputError, match=said):
        verify(beeping, 175, (160, 120), sound_end=Fraction(end))


def test_the_check_misses_sound_that_should_be_there(clip):
    with pytest.raises(OutputError, match="no sound"):
        verify(clip, 50, (160, 120), sound_end=Fraction(2))
