"""What a user adds to a run: areas, events, targets, config files, the preview picture."""

import json

import cv2
import numpy as np
import pytest
from conftest import kept, table, write_clip

from vidsum import (
    Areas,
    Grouping,
    Picture,
    Reading,
    Thresholds,
    UsageError,
    Writing,
    condense,
    preview,
)
from vidsum.cli import main

SECOND = 25


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """Return a clip of ten seconds: code 1, and code 5 from 4 s, code 13 from 8 s on."""
    codes = [1] * 4 * SECOND + [5] * 4 * SECOND + [13] * 2 * SECOND
    return write_clip(tmp_path_factory.mktemp("steps") / "steps.mp4", codes)


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_events_are_listed_in_a_file_and_in_the_result(steps, tmp_path):
    writing = Writing(output=tmp_path / "out.mp4", events=tmp_path / "events.json")
    result = condense(steps, writing=writing)
    listed = json.loads((tmp_path / "events.json").read_text())["events"]
    assert [event["first_frame"] for event in listed] == [100, 200]
    assert [event["first_output"] for event in listed] == [1, 2]
    assert [event.first_frame for event in result.events] == [100, 200]
    # Bit 2 of the code is the third eighth of the picture's top.
    assert 20 <= listed[0]["x"] <= 60 >= listed[0]["x"] + listed[0]["width"] - 20
    assert listed[0]["y"] == 0


def test_a_merge_gap_joins_them(steps, tmp_path):
    writing = Writing(output=tmp_path / "out.mp4")
    result = condense(steps, writing=writing, grouping=Grouping(merge_gap=4))
    assert [(event.first_frame, event.last_frame) for event in result.events] == [(100, 200)]


def test_pad_keeps_what_is_near_a_change_in_full_rate(steps, tmp_path):
    writing = Writing(output=tmp_path / "out.mp4")
    condense(steps, writing=writing, grouping=Grouping(pad=0.4))
    rows = table(tmp_path / "out.csv")
    assert kept(rows) == [0, *range(90, 111), *range(190, 211)]
    assert {row["reason"] for row in rows if row["kept"] == "1"} == {"first", "change", "pad"}


def test_a_dry_run_lists_events_and_writes_nothing(steps, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "condense", steps, "--dry-run")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 3
    assert lines[1].split()[:2] == ["1", "00:00:04.000"]
    assert "2 events" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        (Areas(ignore="40,0,20,40"), [0, 200]),  # the bit that changes at 4 s
        (Areas(roi="0,0,50%,50%"), [0, 200, 100]),
        (Areas(roi=["40,0,20,40"]), [0, 100]),
        (Areas(ignore="0,0 160,0 160,50 0,50"), [0]),
    ],
)
def test_areas_decide_what_is_seen(steps, tmp_path, areas, expected):
    condense(
        steps, areas=areas, thresholds=Thresholds(preset="exact"),
        writing=Writing(output=tmp_path / "out.mp4"),
    )  # fmt: skip
    assert kept(table(tmp_path / "out.csv")) == sorted(expected)


def test_a_mask_decides_what_is_seen(steps, tmp_path):
    mask = np.zeros((120, 160), np.uint8)
    mask[:, 60:80] = 255  # the bit that changes at 8 s
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    areas = Areas(mask=tmp_path / "mask.png")
    condense(steps, areas=areas, writing=Writing(output=tmp_path / "out.mp4"))
    assert kept(table(tmp_path / "out.csv")) == [0, 200]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--roi", "500,0,10,10"], "160x120"),
        (["--roi", "1,2,3"], "x,y,width,height"),
        (["--ignore", "0,0,100%,100%"], "nothing of the 160x120 picture is left"),
        (["--mask", "no.png"], "no.png"),
        (["--target-ratio", "2"], "above 0 up to 1"),
        (["--target-ratio", "0.1", "--target-duration", "3"], "exclude each other"),
        (["--target-ratio", "0.1", "--pad", "1"], "--pad adds frames"),
        (["--target-ratio", "0.001"], "allows 0 of the 250 frames"),
        (["--pad", "31"], "0 to 30 seconds"),
        (["--events", "events.txt"], ".csv or .json"),
        (["--memory", "2"], "4 to 60 seconds, or 0"),
        (["--config", "no.toml"], "no.toml: No such file"),
    ],
)
def test_what_cannot_be_meant_exits_2_with_one_line(
    steps, tmp_path, capsys, monkeypatch, options, message
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "condense", steps, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seconds", "frames"), [("0.12", 3), ("0.04", 1)])
def test_a_target_is_kept_and_its_threshold_told(
    steps, tmp_path, capsys, monkeypatch, seconds, frames
):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "condense", steps, "-o", "out.mp4", "--target-duration", seconds)
    assert code == 0
    assert len(kept(table(tmp_path / "out.csv"))) == frames
    assert "threshold chosen to fit the target: --min-ssim" in err


def test_a_config_file_gives_what_the_command_line_does_not(steps, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "camera.toml").write_text('ignore = ["40,0,20,40"]\nmerge-gap = 9\n')
    code, out, _ = run(capsys, "config", "--config", "camera.toml", "--merge-gap", "3")
    assert code == 0
    lines = out.splitlines()
    assert 'ignore = ["40,0,20,40"]' in lines
    assert "merge-gap = 3.0" in lines
    assert "memory = 16.0" in lines
    code, _, _ = run(
        capsys, "condense", steps, "-o", "out.mp4", "--config", "camera.toml", "--preset", "exact"
    )
    assert code == 0
    assert kept(table(tmp_path / "out.csv")) == [0, 200]


def test_the_printed_config_is_a_config(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = ("--mask", "\N{MOVIE CAMERA} é\\u\x7f.png")
    _, out, _ = run(capsys, "config", "--preset", "screen", "--roi", "1,2,3,4", *odd)
    (tmp_path / "screen.toml").write_text(out)
    assert run(capsys, "config", "--config=screen.toml")[1] == out
    # Nothing is decoded, and all is said that was asked for.
    assert run(capsys, "config", "--isolate")[0] == 2


def test_a_preview_shows_the_areas(steps, tmp_path):
    target = tmp_path / "areas.png"
    result = preview(steps, areas=Areas(roi="0,0,50%,100%"), picture=Picture(output=target))
    assert result.counted == 0.5
    shown = cv2.imread(str(target))
    scale = shown.shape[1] // 160
    left, right = (shown[60 * scale : 110 * scale, x * scale : (x + 70) * scale] for x in (5, 85))
    assert left.mean() > right.mean() + 20
    with pytest.raises(UsageError, match="exists"):
        preview(steps, picture=Picture(output=target))
    again = Picture(output=target, force=True)
    fewer = preview(steps, reading=Reading(every=5), picture=again)
    assert fewer.frames == -(-result.frames // 5)
