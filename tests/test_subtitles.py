"""Subtitles of the condensed video, read back by pysubs2 and decoded by FFmpeg."""

import dataclasses
from fractions import Fraction

import av
import numpy as np
import pysubs2
import pytest
from conftest import Shown, code_of, write_clip

from vidsum import Grouping, Reading, Writing, condense
from vidsum.frame import Frame
from vidsum.report.subtitles import SubtitlesFile

pytestmark = pytest.mark.usefixtures("plain_rule")

ENDINGS = [".vtt", ".srt"]
LOOKALIKES = str.maketrans("＜＞｛｝＼", "<>{}\\")  # noqa: RUF001


def cues(path):
    """Return begin, end and text of each subtitle, as pysubs2 reads them, times in seconds."""
    return [
        (line.start / 1000, line.end / 1000, line.plaintext) for line in pysubs2.load(str(path))
    ]


def decoded(path):
    """Return the texts that FFmpeg decodes."""
    with av.open(str(path)) as file:
        packets = [packet for packet in file.demux() if packet.size]
        return [part.ass.decode() for packet in packets for part in packet.decode()]


def frame(time, *, source=0, source_time=None):
    return Frame(
        number=0,
        time=Fraction(time),
        duration=Fraction(1, 25),
        luma=np.zeros((1, 1), np.uint8),
        source=source,
        source_time=Fraction(time if source_time is None else source_time),
    )


def written(target, times, *, sources=("a.mp4",), max_gap=2, frames=None):
    """Write subtitles for frames of these times, 25 a second, and return what is read back."""
    frames = frames or [frame(time) for time in times]
    with SubtitlesFile(target, sources, max_gap=Fraction(max_gap)) as file:
        for number, single in enumerate(frames):
            file.write(single, Fraction(number, 25))
        file.finish(Fraction(len(frames), 25))
        file.complete()
        file.publish(force=False)
    return cues(target)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_jump_in_the_source_begins_a_new_subtitle(tmp_path, ending):
    times = [0, Fraction(3605), Fraction(3605 * 25 + 1, 25), Fraction(7322)]
    assert written(tmp_path / f"x{ending}", times) == [
        (0, 0.04, "00:00:00"),
        (0.04, 0.12, "01:00:05"),
        (0.12, 0.16, "02:02:02"),
    ]


def test_times_of_whole_milliseconds_are_no_jumps(tmp_path):
    at = [Fraction(round(number * 1000 / 24), 1000) for number in range(8)]
    frames = [dataclasses.replace(frame(time), duration=Fraction(41, 1000)) for time in at]
    assert len(written(tmp_path / "x.srt", [], frames=frames, max_gap=0)) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_in_a_long_stretch_the_time_runs_on_each_second(tmp_path, ending):
    assert written(tmp_path / f"x{ending}", [10 + Fraction(n, 25) for n in range(60)]) == [
        (0, 1, "00:00:10"),
        (1, 2, "00:00:11"),
        (2, 2.4, "00:00:12"),
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_kept_frames_far_apart_in_one_stretch_do_not_flicker_and_no_time_is_wrong(tmp_path, ending):
    found = written(tmp_path / f"x{ending}", range(0, 60, 2))
    assert found == [(0, 1, "00:00:00 - 00:00:48"), (1, 1.2, "00:00:50 - 00:00:58")]


@pytest.mark.parametrize("ending", ENDINGS)
def test_several_inputs_are_named_whatever_their_names_hold(tmp_path, ending):
    names = ("/x/day & night.mp4", "/x/<b>1 --> 2\n{\\an8}.mp4")
    frames = [frame(0), frame(Fraction(1, 25), source=1, source_time=61)]
    found = written(tmp_path / f"x{ending}", [], sources=names, frames=frames)
    assert [(begin, end) for begin, end, _ in found] == [(0, 0.04), (0.04, 0.08)]
    first, second = decoded(tmp_path / f"x{ending}")
    assert first.endswith("00:00:00\\Nday & night.mp4  00:00:00")
    begin, _, rest = second.rpartition(",")[2].partition("\\N")
    assert begin == "00:00:00"
    # FFmpeg's own way to write a backslash and a brace that are no markup of ASS.
    rest = rest.replace("\u2060", "").replace("\\{{}", "{")
    assert rest.translate(LOOKALIKES) == "<b>1 --> 2\\n{\\an8}.mp4  00:01:01"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("timing", ["even", "source"])
@pytest.mark.parametrize("start", [None, 2.0])
@pytest.mark.parametrize("video", ["out.mp4", "out.mkv"])
def test_each_frame_of_the_condensed_video_is_shown_with_its_time(
    tmp_path, ending, timing, start, video
):
    # The picture of each whole second tells it; nothing changes meanwhile.
    clip = write_clip(tmp_path / "x.mp4", [n // 25 for n in range(200)])
    writing = Writing(output=tmp_path / video, subtitles=tmp_path / f"x{ending}", timing=timing)
    result = condense(
        clip, grouping=Grouping(merge_gap=0.1), reading=Reading(start=start), writing=writing
    )
    assert result.subtitles == tmp_path / f"x{ending}"
    shown = Shown(result.output)
    found = cues(result.subtitles)
    assert len(found) == len(shown.times) == 8 - int(start or 0)
    for (begin, end, text), time, luma in zip(found, shown.times, shown.lumas, strict=True):
        assert begin == pytest.approx(float(time), abs=0.0011)
        assert end > begin
        assert text == f"00:00:0{code_of(luma)}"
    assert found[-1][1] == pytest.approx(found[-1][0] + (0.04 if timing == "even" else 1))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_video_of_one_frame_has_one_subtitle(tmp_path, ending):
    clip = write_clip(tmp_path / "x.mp4", [7])
    writing = Writing(output=tmp_path / "out.mp4", subtitles=tmp_path / f"x{ending}")
    assert cues(condense(clip, writing=writing).subtitles) == [(0, 0.04, "00:00:00")]


def test_the_summary_names_the_subtitles(clip, vidsum):
    run = vidsum("condense", clip, "-o", "out.mp4", "--subtitles", "out.vtt")
    assert run.code == 0
    assert any(line.startswith("  out.vtt: subtitles, ") for line in run.lines)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--subtitles", "x.ass"], 2, "the ending .ass names no format for it; end the name with"),
        (["--subtitles", "x"], 2, "no ending names no format"),
        (["--subtitles", "x.vtt", "--dry-run"], 2, "leave --subtitles out"),
        (["--subtitles", "there.vtt"], 2, "there.vtt: this file exists; replace it with --force"),
        (["--subtitles", "nowhere/x.vtt"], 4, "there is no folder nowhere"),
    ],
)
def test_wrong_targets_are_told_before_any_work(clip, vidsum, tmp_path, options, code, says):
    (tmp_path / "there.vtt").touch()
    run = vidsum("condense", clip, *options)
    (line,) = run.lines
    assert (run.code, says in line) == (code, True), line
    assert [path.name for path in tmp_path.iterdir()] == ["there.vtt"]


def test_force_replaces_subtitles(clip, vidsum, tmp_path):
    (tmp_path / "there.vtt").touch()
    run = vidsum("condense", clip, "-o", "o.mp4", "--subtitles", "there.vtt", "--force")
    assert run.code == 0
    assert cues(tmp_path / "there.vtt")
