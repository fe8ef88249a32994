"""The condense job: which frames are kept, what the table says, what the API promises."""

import json
from fractions import Fraction

import numpy as np
import pytest
from conftest import Shown, coded, kept, table, write_clip

from vidsum import Progress, Reading, Thresholds, UsageError, Writing, condense
from vidsum.report.saved import SavedTable

pytestmark = pytest.mark.usefixtures("plain_rule")

HEADER = "frame,time,reference,mse,ssim,local_ssim,x,y,kept,reason,output_frame"
SCORES = ("mse", "ssim", "local_ssim", "x", "y")


def run(clip, folder, **options):
    """Condense into `folder` and return the result and the rows of the table."""
    groups = {Thresholds: {}, Reading: {}, Writing: {"output": folder / "out.mp4"}}
    for name, value in options.items():
        owner = next(group for group in groups if name in group.__dataclass_fields__)
        groups[owner][name] = value
    thresholds, reading, writing = (group(**values) for group, values in groups.items())
    result = condense(clip, thresholds=thresholds, reading=reading, writing=writing)
    return result, table(folder / "out.csv") if result.scores else None


def test_the_table_has_a_row_for_every_frame(clip, tmp_path):
    result, rows = run(clip, tmp_path)
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == HEADER
    assert [int(row["frame"]) for row in rows] == list(range(50))
    assert [row["time"] for row in rows] == [f"{number / 25:.6f}" for number in range(50)]
    assert kept(rows) == [0, 10, 20, 30, 40]
    assert [row["output_frame"] for row in rows if row["kept"] == "1"] == list("01234")
    assert {row["output_frame"] for row in rows if row["kept"] == "0"} == {""}
    assert rows[0]["reason"] == "first"
    assert [rows[number]["reason"] for number in kept(rows)[1:]] == ["change"] * 4
    assert {row["reason"] for row in rows if row["kept"] == "0"} == {"same"}
    assert [row["reference"] for row in rows[1:]] == [
        str((number - 1) // 10 * 10) for number in range(1, 50)
    ]
    assert (result.frames, result.kept, result.compared) == (50, 5, 49)
    assert (result.output, result.scores) == (tmp_path / "out.mp4", tmp_path / "out.csv")
    assert not result.lost_input
    assert not result.stopped
    assert Shown(result.output).codes == [0, 1, 2, 3, 4]


def test_scores_that_were_not_needed_are_empty(clip, tmp_path):
    _, rows = run(clip, tmp_path)
    assert {rows[0][score] for score in SCORES} == {""}
    for row in rows[1:]:
        assert row["mse"]
        assert all(row[score] for score in ("local_ssim", "x", "y")) == (row["kept"] == "1")


@pytest.mark.parametrize("ending", ["json", "jsonl", "parquet"])
def test_the_ending_of_the_table_chooses_its_format(clip, tmp_path, vidsum, ending):
    paths = [tmp_path / f"scores.{kind}" for kind in ("csv", ending)]
    for path in paths:
        vidsum("condense", clip, "-o", tmp_path / "o.mp4", "--scores", path, "--force")
    with SavedTable(paths[0]) as plain, SavedTable(paths[1]) as other:
        assert list(plain) == list(other) != []
        if ending != "jsonl":
            assert other.header["summary"]["complete"]


def test_all_scores_fills_every_cell_and_keeps_the_same(clip, tmp_path):
    _, rows = run(clip, tmp_path, all_scores=True)
    assert kept(rows) == [0, 10, 20, 30, 40]
    for row in rows[1:]:
        assert all(row[score] for score in SCORES)
        assert float(row["local_ssim"]) <= float(row["ssim"]) + 1e-6
        assert 0 <= int(row["x"]) < 160
        assert 0 <= int(row["y"]) < 120
    changed = rows[10]
    assert int(changed["x"]) <= 24
    assert int(changed["y"]) <= 44
    error = (coded(0).astype(int) - coded(1)) ** 2
    assert float(changed["mse"]) == pytest.approx(error.mean(), rel=0.05)


@pytest.mark.parametrize("pool", ["local", "mean"])
@pytest.mark.parametrize("name", ["street.mp4", "lecture.mp4"])
def test_the_prefilter_changes_nothing(samples, tmp_path, name, pool):
    window = {"pool": pool, "start": 8, "end": 16}
    _, with_it = run(samples / name, tmp_path, **window)
    _, without = run(samples / name, tmp_path, no_prefilter=True, force=True, **window)
    assert kept(with_it) == kept(without)
    assert [row["reason"] for row in with_it] == [row["reason"] for row in without]


def test_heartbeat_keeps_one_frame_in_so_much_time(tmp_path):
    clip = write_clip(tmp_path / "x.mp4", [0] * 35 + [1] * 40)
    _, rows = run(clip, tmp_path, heartbeat=0.5)
    assert kept(rows) == [0, 13, 26, 35, 48, 61, 74]
    assert [row["reason"] for row in rows if row["kept"] == "1"] == [
        "first",
        *["heartbeat"] * 2,
        "change",
        *["heartbeat"] * 3,
    ]


def test_every_nth_frame_is_looked_at_and_the_others_have_rows(clip, tmp_path):
    result, rows = run(clip, tmp_path, every=4)
    assert kept(rows) == [0, 12, 20, 32, 40]
    for number, row in enumerate(rows):
        assert (row["reason"] == "skipped") == (number % 4 != 0)
        if row["reason"] == "skipped":
            assert {row[column] for column in (*SCORES, "reference", "output_frame")} == {""}
    assert (result.frames, result.compared) == (50, 12)


def test_an_identical_recording_keeps_its_first_frame(tmp_path):
    result, rows = run(write_clip(tmp_path / "x.mp4", [7] * 20), tmp_path)
    assert kept(rows) == [0]
    assert Shown(result.output).codes == [7]


def test_a_single_frame_is_kept(tmp_path):
    result, rows = run(write_clip(tmp_path / "x.mp4", [7]), tmp_path)
    assert (len(rows), result.kept) == (1, 1)


def test_a_window_gives_the_rows_of_the_whole_run(tmp_path):
    clip = write_clip(tmp_path / "x.mp4", range(60), options={"g": "20"})
    _, whole = run(clip, tmp_path)
    _, rows = run(clip, tmp_path, start="00:00:01", end=2.0, force=True)
    columns = ("frame", "time")
    assert [[row[column] for column in columns] for row in rows] == [
        [row[column] for column in columns] for row in whole[25:50]
    ]
    assert rows[0]["reason"] == "first"
    assert Shown(tmp_path / "out.mp4").codes == list(range(25, 50))


@pytest.mark.parametrize("name", ["street.mp4", "lecture.mp4"])
def test_no_labelled_event_is_lost(samples, tmp_path, name):
    labels = json.loads((samples / "labels.json").read_text())[name]
    result, rows = run(samples / name, tmp_path)
    assert len(rows) == labels["frames"]
    numbers = np.array(kept(rows))
    missed = [
        entry["name"]
        for entry in labels["objects"]
        if not ((numbers >= entry["first"]) & (numbers <= entry["last"])).any()
    ]
    assert missed == []
    assert result.kept < 0.6 * result.frames


def test_segments_are_told_apart_and_their_joint_is_no_event(tmp_path):
    first = write_clip(tmp_path / "a.mp4", [0] * 10 + [1] * 10)
    second = write_clip(tmp_path / "b.mkv", [1] * 10 + [2] * 10)
    result, rows = run([first, second], tmp_path)
    assert list(rows[0]) == [*HEADER.split(","), "source", "source_frame", "source_time"]
    assert kept(rows) == [0, 10, 30]
    assert [row["frame"] for row in rows] == [str(number) for number in range(40)]
    assert [row["time"] for row in rows] == [f"{number / 25:.6f}" for number in range(40)]
    assert [row["source"] for row in rows] == [str(first)] * 20 + [str(second)] * 20
    assert [row["source_frame"] for row in rows] == [str(number) for number in range(20)] * 2
    assert rows[25]["source_time"] == "0.200000"
    assert Shown(result.output).codes == [0, 1, 2]


def test_a_segment_that_cannot_be_decoded_is_told_and_passed_over(tmp_path):
    good = write_clip(tmp_path / "a.mp4", range(10))
    bad = write_clip(tmp_path / "b.mp4", range(10), codec="mjpeg", pixel_format="yuvj420p")
    content = bytearray(bad.read_bytes())
    begin, end = content.index(b"mdat") + 4, content.index(b"moov")
    content[begin:end] = bytes(end - begin)
    bad.write_bytes(content)
    result, rows = run([good, bad, good], tmp_path)
    assert result.lost_input
    assert any("b.mp4: 0 frames decoded" in line for line in result.faults)
    assert [row["source"] for row in rows] == [str(good)] * 20


def test_progress_is_told_to_the_end(clip, tmp_path):
    told: list[Progress] = []
    condense(clip, writing=Writing(output=tmp_path / "out.mp4"), progress=told.append)
    last = told[-1]
    assert (last.frames, last.kept, last.time, last.duration) == (50, 5, 2.0, 2.0)


def test_a_stop_while_the_threshold_is_chosen_is_no_wrong_usage(clip, tmp_path):
    thresholds = Thresholds(preset="exact", target_ratio=0.02)
    writing = Writing(output=tmp_path / "out.mp4")
    result = condense(clip, thresholds=thresholds, writing=writing, should_stop=lambda: True)
    assert result.stopped and result.frames == len(Shown(writing.output).frames) == 1


@pytest.mark.parametrize(("asked", "frames"), [(1, 1), (17, 17), (1000, 50)])
def test_should_stop_ends_the_run_as_if_the_recording_ended(clip, tmp_path, asked, frames):
    answers = iter([False] * (asked - 1) + [True] * 1000)
    output = tmp_path / "out.mp4"
    result = condense(clip, writing=Writing(output=output), should_stop=lambda: next(answers))
    rows = table(tmp_path / "out.csv")
    assert len(rows) == result.frames == frames
    assert result.stopped == (frames < 50)
    assert Shown(output).codes == [number // 10 for number in kept(rows)]
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "out.csv"}


def test_no_scores_writes_the_video_alone(clip, tmp_path):
    result, _ = run(clip, tmp_path, no_scores=True)
    assert result.scores is None
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_outputs_stand_in_the_working_folder_by_default(clip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = condense(str(clip))
    assert str(result.output) == "five.condensed.mp4"
    assert {path.name for path in tmp_path.iterdir()} == {
        "five.condensed.mp4",
        "five.condensed.csv",
    }


def test_command_line_and_api_write_the_same_files(clip, tmp_path, vidsum):
    run(clip, tmp_path, heartbeat=0.3, every=2, all_scores=True, start=0.2)
    options = ("--heartbeat", 0.3, "--every", 2, "--all-scores", "--start", 0.2)
    assert vidsum("condense", clip, "-o", "cli.mp4", *options).code == 0
    assert (tmp_path / "cli.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
    ours, theirs = (Shown(tmp_path / name) for name in ("out.mp4", "cli.mp4"))
    assert ours.times == theirs.times
    assert np.array_equal(ours.lumas, theirs.lumas)


def test_equal_runs_write_equal_files(clip, tmp_path):
    run(clip, tmp_path)
    first = [(tmp_path / name).read_bytes() for name in ("out.mp4", "out.csv")]
    run(clip, tmp_path, force=True)
    assert [(tmp_path / name).read_bytes() for name in ("out.mp4", "out.csv")] == first


def test_variable_rate_times_reach_the_table(tmp_path):
    times = [0, 33, 41, 1041, 1042, 5000]
    clip = write_clip(tmp_path / "x.mkv", range(6), times=times)
    _, rows = run(clip, tmp_path)
    assert [row["time"] for row in rows] == [f"{time / 1000:.6f}" for time in times]


def test_condensing_the_condensed_video_keeps_all_of_it(tmp_path):
    clip = write_clip(tmp_path / "x.mp4", [0, 0, 1, 1, 2, 2, 3, 3])
    first, _ = run(clip, tmp_path)
    (tmp_path / "again").mkdir()
    _, rows = run(first.output, tmp_path / "again")
    assert kept(rows) == list(range(first.kept))


def test_no_inputs_are_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="at least one video file"):
        condense([], writing=Writing(output=tmp_path / "out.mp4"))


@pytest.mark.parametrize("rate", [Fraction(30000, 1001)])
def test_the_duration_counts_the_last_frame(tmp_path, rate):
    result, _ = run(write_clip(tmp_path / "x.mp4", [0] * 30, rate=rate), tmp_path)
    assert result.duration == pytest.approx(float(30 / rate), abs=1e-4)
