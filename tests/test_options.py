"""Options: what they accept, what they refuse and how they say it, and what they default to."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from vidsum import Alignment, Reading, Thresholds, UsageError, Writing
from vidsum.options import parse_time

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("options", "values", "said"),
    [
        (Thresholds, {"min_ssim": 1.01}, ["--min-ssim", "1.01", "-1 to 1"]),
        (Thresholds, {"min_ssim": -1.5}, ["--min-ssim", "-1.5", "-1 to 1"]),
        (Thresholds, {"min_ssim": NAN}, ["--min-ssim", "nan", "-1 to 1"]),
        (Thresholds, {"heartbeat": 0}, ["--heartbeat", "0", "above 0"]),
        (Thresholds, {"heartbeat": -2.5}, ["--heartbeat", "-2.5", "above 0"]),
        (Thresholds, {"heartbeat": NAN}, ["--heartbeat", "nan", "above 0"]),
        (Thresholds, {"heartbeat": INFINITY}, ["--heartbeat", "inf", "above 0"]),
        (Thresholds, {"pool": "median"}, ["--pool", "'median'", "local, mean"]),
        (Reading, {"every": 0}, ["--every", "0", "from 1"]),
        (Reading, {"every": -3}, ["--every", "-3", "from 1"]),
        (Reading, {"stream": -1}, ["--stream", "-1", "from 0"]),
        (Reading, {"hwaccel": "cuda -i x"}, ["--hwaccel", "'cuda -i x'", "ffmpeg -hwaccels"]),
        (Reading, {"hwaccel": ""}, ["--hwaccel", "''", "ffmpeg -hwaccels"]),
        (Reading, {"start": "soon"}, ["--start", "'soon'", "90.5", "00:01:30.500"]),
        (Reading, {"end": -1}, ["--end", "-1", "from 0"]),
        (Reading, {"start": "1:30", "end": 90}, ["--end 90", "--start 1:30"]),
        (Reading, {"start": 5, "end": 4}, ["--end 4", "--start 5"]),
        (Alignment, {"max_offset": None}, ["--max-offset", "None", "0 to 600"]),
        (Writing, {"codec": "divx"}, ["--codec", "'divx'", "mp4v, mjpg", "h264"]),
        (Writing, {"timing": "fast"}, ["--timing", "'fast'", "even, source"]),
        (Writing, {"crf": 20}, ["--crf", "mp4v", "h264, hevc, av1"]),
        (Writing, {"codec": "h264", "crf": 52}, ["--crf", "52", "h264", "0 to 51"]),
        (Writing, {"codec": "hevc", "crf": -1}, ["--crf", "-1", "hevc", "0 to 51"]),
        (Writing, {"codec": "av1", "crf": 64}, ["--crf", "64", "av1", "0 to 63"]),
        (Writing, {"no_scores": True, "all_scores": True}, ["--no-scores", "--all-scores"]),
        (Writing, {"no_scores": True, "scores": Path("a.csv")}, ["--no-scores", "--scores"]),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_with_what_is_allowed(options, values, said):
    with pytest.raises(UsageError) as error:
        options(**values)
    assert isinstance(error.value, ValueError)
    message = str(error.value)
    assert [text for text in said if text not in message] == []
    assert "\n" not in message


@pytest.mark.parametrize(
    ("options", "values"),
    [
        (Thresholds, {"min_ssim": -1}),
        (Thresholds, {"min_ssim": 1, "heartbeat": 0.001}),
        (Reading, {"every": 1, "stream": 0, "start": 0, "end": 0.1}),
        (Reading, {"start": "1:29.999", "end": 90, "hwaccel": "videotoolbox"}),
        (Writing, {"codec": "h264", "crf": 0}),
        (Writing, {"codec": "hevc", "crf": 51}),
        (Writing, {"codec": "av1", "crf": 63}),
    ],
    ids=str,
)
def test_the_ends_of_each_range_are_allowed(options, values):
    made = options(**values)
    assert {name: getattr(made, name) for name in values} == values


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        (0, 0),
        (90, 90),
        (90.5, 90.5),
        ("0", 0),
        ("90", 90),
        ("90.5", 90.5),
        (" 90.5 ", 90.5),
        ("1:30", 90),
        ("01:30.25", 90.25),
        ("90:00", 5400),
        ("00:01:30.500", 90.5),
        ("1:02:03", 3723),
        ("100:00:00", 360_000),
    ],
)
def test_times_are_read_as_seconds_or_as_a_clock_shows_them(value, seconds):
    assert parse_time("--start", value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("x", "", ":", "-1", "-0:10", "1:", ":30", "1:75", "1:60", "0:60:00", "1:2:3:4"),
        *("1e3", "1,5", "inf", "nan", "9" * 400, -1, -0.001, NAN, INFINITY),
    ],
)
def test_what_is_no_time_is_refused(value):
    with pytest.raises(UsageError, match="--end is ") as error:
        parse_time("--end", value)
    shown = repr(value) if isinstance(value, str) else str(value)
    assert shown in str(error.value)


@pytest.mark.parametrize(
    ("options", "similarity"),
    [
        ({}, 0.7),
        ({"pool": "mean"}, 0.98),
        ({"pool": "mean", "min_ssim": 0.5}, 0.5),
        ({"min_ssim": 0}, 0),
        ({"min_ssim": -0.25}, -0.25),
    ],
)
def test_the_threshold_follows_the_pool_unless_it_is_given(options, similarity):
    assert Thresholds(**options).max_dissimilarity == pytest.approx(1 - similarity)


@pytest.mark.parametrize(
    ("options", "quality"),
    [
        ({}, None),
        ({"codec": "ffv1"}, None),
        ({"codec": "h264"}, 20),
        ({"codec": "hevc"}, 23),
        ({"codec": "av1"}, 32),
        ({"codec": "h264", "crf": 0}, 0),
    ],
)
def test_the_quality_follows_the_codec_unless_it_is_given(options, quality):
    assert Writing(**options).quality == quality


def test_nothing_is_asked_for_by_default():
    assert Thresholds().pool == "local"
    assert Thresholds().heartbeat is None
    assert not Thresholds().no_prefilter
    reading = Reading()
    assert (reading.start_seconds, reading.end_seconds, reading.every) == (None, None, 1)
    assert (reading.stream, reading.hwaccel) == (None, None)
    writing = Writing()
    assert (writing.output, writing.scores, writing.crf) == (None, None, None)
    assert (writing.codec, writing.timing) == ("mp4v", "even")
    assert not (writing.force or writing.no_scores or writing.all_scores)


@pytest.mark.parametrize("options", [Thresholds, Reading, Writing])
def test_options_are_values(options):
    assert options() == options()
    assert hash(options()) == hash(options())
    with pytest.raises(AttributeError):
        setattr(options(), fields(options)[0].name, None)
    with pytest.raises(TypeError):
        options(None)


@pytest.mark.parametrize("module", ["vidsum", "vidsum.options", "vidsum.cli"])
def test_importing_it_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "av", "cv2", "numba", "skimage", "tqdm", "ffmpeg"}
    assert heavy & set(run.stdout.split()) == set()
