"""`vidsum report`: all scores of all frames, in every format, the same rows."""

import csv
import io
import json
import os
import subprocess
import sys
from functools import partial
from importlib import metadata
from pathlib import Path

import av
import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from conftest import coded, table, write_clip
from PIL import Image

from vidsum import Estimate, ReportFiles, Thresholds, UsageError, report_scores
from vidsum.cli import main
from vidsum.report.schema import FRAME_COLUMNS, columns_of, schema_json
from vidsum.report.tables import TABLES
from vidsum.report.writing import ReportFile
from vidsum.spreadsheet import csv_line, plain_text, source_name

pytestmark = pytest.mark.usefixtures("plain_rule")

NAMES = [column.name for column in FRAME_COLUMNS]
ALL = ("--csv", "a.csv", "--json", "a.json", "--jsonl", "a.jsonl", "--parquet", "a.parquet")


def csv_rows(text):
    """Return the rows of a table in CSV, as the schema has them."""
    kinds = {"integer": int, "number": float, "boolean": lambda cell: cell == "1", "text": str}
    convert = {column.name: kinds[column.kind] for column in columns_of(several=True)}
    return [
        {name: None if cell == "" else convert[name](cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]


def read_all(folder, stem="a"):
    """Return the rows of a table in each of its formats."""
    found = json.loads((folder / f"{stem}.json").read_text())
    lines = (folder / f"{stem}.jsonl").read_text().splitlines()
    return {
        "csv": csv_rows((folder / f"{stem}.csv").read_text()),
        "json": found["frames"],
        "jsonl": [json.loads(line) for line in lines],
        "parquet": pyarrow.parquet.read_table(folder / f"{stem}.parquet").to_pylist(),
    }


@pytest.mark.parametrize("frames", [50, 1])
def test_all_formats_hold_the_same_rows(vidsum, tmp_path, frames):
    clip = write_clip(tmp_path / "clip.mp4", [index // 10 for index in range(frames)])
    assert vidsum("report", clip, *ALL).code == 0
    rows = read_all(tmp_path)
    assert len(rows["csv"]) == frames
    assert list(rows["json"][0]) == NAMES
    assert rows["csv"] == rows["json"] == rows["jsonl"] == rows["parquet"]
    for row in rows["json"][1:]:
        assert None not in [row[name] for name in NAMES if name != "output_frame"]


def test_one_frame_is_spoken_of_as_one(vidsum, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", [0])
    assert ", 1 frame, 1 kept, 0 events" in vidsum("report", clip, "--csv", "a.csv").err
    assert "a.csv: 1 frame, 1 kept" in vidsum("report", "a.csv").err


def test_the_rows_are_those_of_condense(vidsum, clip, tmp_path):
    options = ["--min-ssim", 0.8, "--pad", 0.05]
    assert vidsum("report", clip, "--csv", "r.csv", *options).code == 0
    condense = ["condense", clip, "--dry-run", "--all-scores", "--scores", "c.csv", *options]
    assert main([str(word) for word in condense]) == 0
    assert (tmp_path / "r.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()


def test_the_header_of_json_stands_first_and_tells_of_all_rows(vidsum, clip, tmp_path):
    assert vidsum("report", clip, *ALL, "--min-ssim", 0.8).code == 0
    found = json.loads((tmp_path / "a.json").read_text())
    assert list(found) == ["vidsum", "schema", "input", "options", "summary", "events", "frames"]
    assert found["input"]["width"] == 160
    assert found["options"]["min_ssim"] == 0.8
    kept = sum(row["kept"] for row in found["frames"])
    assert (found["summary"]["frames"], found["summary"]["kept"]) == (50, kept)
    worst = min(found["frames"][1:], key=lambda row: row["ssim"])
    assert found["summary"]["scores"]["ssim"]["worst_frame"] == worst["frame"]
    assert [event["first_frame"] for event in found["events"]] == [10]
    metadata = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet").metadata.metadata
    assert json.loads(metadata[b"vidsum"]) == {
        name: value for name, value in found.items() if name != "frames"
    }


@pytest.mark.parametrize("source", ["csv", "json", "jsonl", "parquet"])
def test_a_saved_table_becomes_the_others_without_the_video(vidsum, clip, tmp_path, source):
    copy = tmp_path / "gone.mp4"
    copy.write_bytes(clip.read_bytes())
    assert vidsum("report", copy, *ALL).code == 0
    copy.unlink()
    named = [word.replace("a.", "b.") for word in ALL]
    assert vidsum("report", f"a.{source}", *named).code == 0
    assert read_all(tmp_path, "b") == read_all(tmp_path)
    if source in ("json", "parquet"):
        assert (tmp_path / "b.json").read_bytes() == (tmp_path / "a.json").read_bytes()


def test_a_table_keeps_the_version_that_made_it(vidsum, clip, tmp_path):
    assert vidsum("report", clip, "--json", "a.json").code == 0
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["vidsum"] == metadata.version("vidsum")
    (tmp_path / "a.json").write_text(json.dumps(told | {"vidsum": "0.0.7"}))
    assert vidsum("report", "a.json", "--parquet", "b.parquet", "--csv", "b.csv").code == 0
    assert vidsum("report", "b.parquet", "--json", "c.json", "--html", "c.html").code == 0
    assert json.loads((tmp_path / "c.json").read_text())["vidsum"] == "0.0.7"
    assert ">0.0.7<" in (tmp_path / "c.html").read_text()
    assert vidsum("report", "b.csv", "--json", "d.json").code == 0
    assert json.loads((tmp_path / "d.json").read_text())["vidsum"] is None


def test_an_empty_table_stays_a_table(vidsum, tmp_path):
    (tmp_path / "e.csv").write_text(",".join(NAMES) + "\n")
    assert vidsum("report", "e.csv", *ALL).code == 0
    assert set(map(len, read_all(tmp_path).values())) == {0}
    for name in ("a.json", "a.parquet"):
        done = vidsum("report", name, "--jsonl", f"{name}.jsonl")
        assert done.code == 0, done.err
        assert (tmp_path / f"{name}.jsonl").read_text() == ""


def test_json_laid_out_by_another_program_is_read(vidsum, clip, tmp_path):
    assert vidsum("report", clip, *ALL).code == 0
    found = json.loads((tmp_path / "a.json").read_text())
    frames = found.pop("frames")
    (tmp_path / "b.json").write_text(json.dumps({"frames": frames, **found}, indent=3))
    assert vidsum("report", "b.json", "--json", "c.json").code == 0
    assert (tmp_path / "c.json").read_bytes() == (tmp_path / "a.json").read_bytes()


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"frames": [{"frame": 1}]}', b"[1", b'{"frames": 3}']
)
def test_what_is_no_table_is_said(vidsum, tmp_path, text):
    (tmp_path / "x.json").write_bytes(text)
    done = vidsum("report", "x.json", "--csv", "y.csv")
    assert (done.code, len(done.lines)) == (3, 1)
    assert done.err.startswith("vidsum: x.json: not a table of scores")
    assert not (tmp_path / "y.csv").exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0,0.0,,,,,,,1,first", "row 0: 10 cells, not 11"),
        ("0,0.0,,x,,,,,1,first,", "row 0: mse is 'x', not number or null"),
        ("0,0.0,,nan,,,,,1,first,", "row 0: mse is nan"),
        ("0.5,0.0,,,,,,,1,first,", "row 0: frame is 0.5, not integer"),
        ("1" * 5000 + ",0.0,,,,,,,1,first,", "row 0: frame is"),
        ("0,,,,,,,,1,first,", "row 0: time is empty"),
        ("0,0.0,,,,,,,2,first,", "row 0: kept is '2'"),
        ("0,0.0,,,,,,,1,\x1b[31m,", "row 0: reason is"),
    ],
)
def test_a_wrong_cell_is_named(vidsum, tmp_path, line, why):
    (tmp_path / "x.csv").write_text(",".join(NAMES) + f"\n{line}\n")
    done = vidsum("report", "x.csv", "--jsonl", "y.jsonl")
    assert (done.code, len(done.lines)) == (3, 1)
    assert why in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.json", "x.jsonl"])
def test_noise_is_no_table(vidsum, tmp_path, name):
    (tmp_path / name).write_bytes(np.random.default_rng(1).bytes(5000))
    done = vidsum("report", name, "--csv", "y.csv")
    assert (done.code, len(done.lines)) == (3, 1)


def run_for_stdout(capfdbinary, *words):
    code = main([str(word) for word in words])
    sys.stdout.flush()
    assert code == 0
    return capfdbinary.readouterr().out


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet"])
def test_standard_output_gets_what_a_file_does(capfdbinary, clip, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    run_for_stdout(capfdbinary, "report", clip, f"--{kind}", "a")
    written = run_for_stdout(capfdbinary, "report", clip, f"--{kind}", "-")
    assert written == (tmp_path / "a").read_bytes()
    assert os.listdir(tmp_path) == ["a"]


def test_a_reader_that_goes_away_is_an_error_of_one_line(clip):
    command = [sys.executable, "-m", "vidsum", "report", str(clip), "--csv", "-"]
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert run.returncode == 4
    assert run.stderr.splitlines()[-1].startswith("vidsum: standard output: cannot be written")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (["--csv", "missing/a.csv"], 4, "there is no folder"),
        (["--csv", "a.csv", "--json", "a.csv"], 2, "two outputs have this name"),
        (["--csv", "-", "--json", "-"], 2, "two tables go to standard output"),
        (["--parquet", "here.mp4"], 2, "this file exists"),
        (["--csv", "--json"], 2, "begins with a hyphen"),
        (["--against", "prevoius"], 2, "allowed are kept, previous, first"),
        (["--against", "first", "--heartbeat", "3"], 2, "leave the other options of the rule out"),
    ],
)
def test_wrong_options_are_told_before_any_work(vidsum, tmp_path, options, code, why):
    (tmp_path / "here.mp4").write_bytes(b"x")
    done = vidsum("report", "is not looked for.mp4", *options)
    assert (done.code, len(done.lines)) == (code, 1)
    assert why in done.err


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet"])
def test_a_full_disk_is_said_and_no_table_has_its_name(vidsum, clip, tmp_path, monkeypatch, kind):
    full = partial(open, "/dev/full", "wb", buffering=0)
    monkeypatch.setattr(ReportFile, "_open", lambda self: full())
    done = vidsum("report", clip, f"--{kind}", f"a.{kind}")
    assert done.code == 4
    assert f"a.{kind}: cannot be written, the disk is full" in done.err
    assert not (tmp_path / f"a.{kind}").exists()


@pytest.mark.parametrize(
    ("against", "references"),
    [
        ("previous", [None, 0, 1, 2, 3, 4]),
        ("first", [None, 0, 0, 0, 0, 0]),
        ("kept", [None, 0, 0, 0, 3, 4]),
    ],
)
def test_what_frames_are_compared_with(vidsum, tmp_path, against, references):
    codes = [1, 1, 1, 2, 1, 1]
    clip = write_clip(tmp_path / "clip.mp4", codes, codec="ffv1", container={"f": "matroska"})
    assert vidsum("report", clip, "--against", against, "--json", "a.json").code == 0
    rows = json.loads((tmp_path / "a.json").read_text())["frames"]
    assert [row["reference"] for row in rows] == references
    for row, code in zip(rows[1:], codes[1:], strict=True):
        one, other = (coded(number).astype(float) for number in (codes[row["reference"]], code))
        assert row["mse"] == pytest.approx(((one - other) ** 2).mean(), abs=1e-6)
        assert row["kept"] == (code != codes[row["reference"]])
        assert row["reason"] == ("change" if row["kept"] else "same")


def test_against_an_image_of_the_video(vidsum, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", [5, 5, 9], options={"qp": "1"})
    with av.open(clip) as video:
        first = next(video.decode(video=0)).to_image()
    first.save(tmp_path / "first.png")
    assert vidsum("report", clip, "--against", "first.png", "--json", "a.json").code == 0
    rows = json.loads((tmp_path / "a.json").read_text())["frames"]
    assert [row["reason"] for row in rows] == ["same", "same", "change"]
    assert [row["reference"] for row in rows] == [None] * 3
    # The picture went to RGB in 8 bits and back.
    assert rows[0]["mse"] < 1
    assert rows[0]["local_ssim"] > 0.97


def test_an_image_of_another_size_is_refused(vidsum, clip, tmp_path):
    Image.new("RGB", (120, 160)).save(tmp_path / "i.png")
    done = vidsum("report", clip, "--against", "i.png")
    assert done.code == 2
    assert "is 120x160, the upright picture of the video is 160x120" in done.err


def estimate(capsys, *words):
    capsys.readouterr()
    assert main(["report", *map(str, words)]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.parquet"])
def test_what_another_threshold_would_change(vidsum, capsys, tmp_path, name):
    codes = [1, 1, 3, 3, 3, 7, 7]
    clip = write_clip(tmp_path / "clip.mp4", codes)
    assert vidsum("report", clip, "--against", "previous", *ALL).code == 0
    said = estimate(capsys, name, "--min-ssim", -0.99)
    assert "1 instead of 3 frames kept: 0 more, 2 fewer" in said
    assert "not kept any more: 2, 5" in said
    assert "estimate" not in said
    said = estimate(capsys, name, "--min-ssim", 1)
    rows = read_all(tmp_path)["json"]
    more = [row["frame"] for row in rows[1:] if row["reason"] == "same" and row["local_ssim"] < 1]
    assert f"{len(more)} more, 0 fewer" in said


def test_a_threshold_is_of_the_ssim_that_has_decided(vidsum, capsys, clip):
    assert vidsum("report", clip, "--pool", "mean", "--json", "a.json").code == 0
    done = vidsum("report", "a.json", "--min-ssim", 0.9)
    assert (done.code, "decided on with --pool mean" in done.err) == (2, True)
    said = estimate(capsys, "a.json", "--pool", "mean", "--min-ssim", 0.98)
    assert "0 more, 0 fewer" in said


def test_against_kept_frames_it_is_called_an_estimate(vidsum, capsys, clip):
    assert vidsum("report", clip, "--csv", "a.csv").code == 0
    assert "an estimate" in estimate(capsys, "a.csv", "--min-ssim", 0.5)


def test_scores_that_were_not_computed_are_counted(vidsum, capsys, clip, tmp_path):
    main(["condense", str(clip), "--dry-run", "--quiet", "--scores", str(tmp_path / "c.csv")])
    empty = sum(
        row["reason"] == "same" and not row["local_ssim"] for row in table(tmp_path / "c.csv")
    )
    assert f"{empty} frames have no score" in estimate(
        capsys, tmp_path / "c.csv", "--min-ssim", 0.9999
    )


@pytest.mark.parametrize(
    "options",
    [["--preset", "exact"], ["--roi", "0,0,9,9"], ["--every", "2"], ["--against", "first"]],
)
def test_a_saved_table_is_not_compared_again(vidsum, tmp_path, options):
    (tmp_path / "e.csv").write_text(",".join(NAMES) + "\n")
    done = vidsum("report", "e.csv", "--json", "a.json", *options)
    assert done.code == 2
    assert "a saved table is not compared again" in done.err


def test_names_of_inputs_are_no_formula_and_no_escape(vidsum, clip, tmp_path):
    for name in ("=1+2.mp4", "\x1b[31mred\n.mp4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    done = vidsum("report", "=1+2.mp4", "\x1b[31mred\n.mp4", *ALL)
    assert done.code == 0
    assert "\x1b" not in done.err
    rows = read_all(tmp_path)
    assert rows["csv"] == rows["json"] == rows["jsonl"] == rows["parquet"]
    assert {row["source"] for row in rows["csv"]} == {"./=1+2.mp4", r"\x1b[31mred\n.mp4"}
    for name in ALL[1::2]:
        assert b"\x1b" not in (tmp_path / name).read_bytes() or name == "a.parquet"
    assert source_name("-x") == "./-x"


@pytest.mark.parametrize("text", ["=1", "+a", "-a", "@a", "\ta", "\ra", "'=1", "''@"])
def test_texts_are_inert_in_csv_and_come_back(text):
    (cells,) = csv.reader(io.StringIO(csv_line([text]), newline=""))
    assert cells[0][0] == "'"
    assert plain_text(cells[0]) == text


@pytest.mark.parametrize("text", ["-0.040000", "+3", "5", "'a", "a=1", "", "first"])
def test_other_cells_stay_what_they_are(text):
    assert next(csv.reader([csv_line([text])]))[0] == text
    assert plain_text(text) == text


def test_pyarrow_reads_the_csv_too(vidsum, clip, tmp_path):
    assert vidsum("report", clip, *ALL).code == 0
    of_csv = pyarrow.csv.read_csv(tmp_path / "a.csv")
    of_parquet = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    for name in ("frame", "time", "reference", "mse", "ssim", "local_ssim", "x", "y", "reason"):
        assert of_csv[name].to_pylist() == of_parquet[name].to_pylist()


def test_parquet_without_pyarrow_says_what_to_install(vidsum, clip, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    done = vidsum("report", clip, "--parquet", "a.parquet")
    assert done.code == 2
    assert "pip install 'vidsum[parquet]'" in done.err


def test_the_schema_is_told(capsys):
    assert main(["schema"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in (*NAMES, "source_time", "parquet"))
    assert main(["schema", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == schema_json()


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_written_as_a_stream(tmp_path, kind):
    row = (None, None, None, None, None, True, "first", None)
    with TABLES[kind](tmp_path / "rows", columns_of(several=False)) as rows:
        for frame in range(40_000):
            rows.add((frame, frame / 7, None, *row))
        (part,) = tmp_path.iterdir()
        assert part.stat().st_size > 1000
        rows.finish({})
        rows.publish(force=False)
    assert os.listdir(tmp_path) == ["rows"]


def test_thresholds_are_those_of_the_plain_rule(vidsum, clip, tmp_path):
    assert (
        vidsum("report", clip, "--against", "first", "--pool", "mean", "--json", "a.json").code == 0
    )
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["options"]["against"] == "first"
    limit = 1 - Thresholds(pool="mean").max_dissimilarity
    assert [row["kept"] for row in found["frames"][1:]] == [
        row["ssim"] < limit for row in found["frames"][1:]
    ]


def test_the_help_of_the_command_is_the_help_in_the_readme(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    main(["report", "--help"])
    lines = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert "\n".join(lines) in readme


def test_from_python_a_table_goes_to_any_stream(clip):
    stream = io.BytesIO()
    result = report_scores(clip, files=ReportFiles(jsonl="-"), stdout=stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(rows) == result.frames == 50
    assert sum(row["kept"] for row in rows) == result.kept
    with pytest.raises(UsageError, match="there is none; name a file"):
        report_scores(clip, files=ReportFiles(csv="-"))


def test_what_is_stopped_is_complete_and_says_so(clip, tmp_path):
    files = ReportFiles(json=tmp_path / "a.json", parquet=tmp_path / "a.parquet")
    answers = iter([False] * 9)
    result = report_scores(clip, files=files, should_stop=lambda: next(answers, True))
    assert result.stopped
    found = json.loads((tmp_path / "a.json").read_text())
    assert len(found["frames"]) == 10
    assert not found["summary"]["complete"]
    assert pyarrow.parquet.read_metadata(tmp_path / "a.parquet").num_rows == 10


def test_a_missing_table_is_said(vidsum):
    done = vidsum("report", "missing.csv", "--json", "a.json")
    assert (done.code, done.lines) == (3, ["vidsum: missing.csv: there is no such file"])


def test_what_is_usual_below_the_old_threshold_stays_dropped():
    estimate = Estimate(0.6, 0.7, "local_ssim")
    estimate.add((0, 0.0, None, None, None, None, None, None, True, "first", None))
    for number, (score, reason) in enumerate(
        [(0.5, "same"), (0.9, "same"), (0.4, "usual"), (0.65, "change"), (0.3, "change")], 1
    ):
        kept = reason == "change"
        estimate.add((number, number / 25, 0, 1.0, 0.9, score, 1, 1, kept, reason, None))
    assert (estimate.kept_before, estimate.kept, estimate.more.frames) == (3, 2, 0)
    assert str(estimate.fewer) == "4"


def test_a_heartbeat_in_place_of_short_events_makes_no_table_exact():
    estimate = Estimate(0.6, 0.7, "local_ssim")
    rows = [(0, "first", None), (1, "short", 0), (2, "heartbeat", 1), (3, "same", 1)]
    for number, reason, reference in rows:
        scores = (None,) * 3 if reference is None else (1.0, 0.9, 0.8)
        kept = reason in ("first", "heartbeat")
        row = (number, number / 25, reference, *scores, None, None, kept, reason, None)
        estimate.add(row)
    assert not estimate.is_exact
    estimate.add((4, 0.2, 2, 1.0, 0.9, 0.8, 1, 1, False, "same", None))
    assert estimate.is_exact
