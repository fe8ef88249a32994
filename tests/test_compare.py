"""`vidsum compare`: from two files to exit codes, tables and what they say."""

import json
import random
from fractions import Fraction
from types import SimpleNamespace

import av
import av.filter
import numpy as np
import pytest
from conftest import picture, table, write_clip

import vidsum as package
from vidsum.cli import main

CODES = random.Random(7).sample(range(256), 100)
"""A hundred pictures, each unlike any other."""


@pytest.fixture
def compare(capsys, tmp_path, monkeypatch):
    """Runs the command on two clips; returns its exit code, messages, table and JSON."""
    monkeypatch.chdir(tmp_path)

    def run(reference, distorted, *options) -> SimpleNamespace:
        capsys.readouterr()
        files = ["--scores", "c.csv", "--json", "c.json", "--force"]
        code = main(["compare", str(reference), str(distorted), *files, *map(str, options)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        found = json.loads((tmp_path / "c.json").read_text()) if code in (0, 1, 5) else None
        rows = table(tmp_path / "c.csv") if found else None
        return SimpleNamespace(code=code, out=said.out, err=said.err, rows=rows, json=found)

    return run


@pytest.fixture
def clip_of(tmp_path):
    """Writes a clip of pictures by their codes; `quality` is that of the copies."""

    def write(name, codes, *, quality=20, **options):
        encoder = {"qp": str(quality), "preset": "ultrafast"}
        return write_clip(tmp_path / name, codes, options=encoder, **options)

    return write


@pytest.fixture
def reference(clip_of):
    return clip_of("reference.mp4", CODES)


def numbers(found, why):
    return [entry["frame"] for entry in found["pairing"][why]]


def pairs(found):
    return [(row["frame"], row["distorted_frame"]) for row in found["frames"]]


def test_a_video_equals_itself(compare, reference):
    done = compare(reference, reference)
    assert done.code == 0
    assert pairs(done.json) == [(number, number) for number in range(100)]
    assert {row["psnr_y"] for row in done.rows} == {""}
    assert {frame["psnr"] for frame in done.json["frames"]} == {None}
    assert done.json["scores"]["psnr_y"]["mean"] is None
    assert done.json["scores"]["psnr_y"]["identical"] == 100
    assert done.json["scores"]["ssim"]["min"] == 1
    assert "identical" in done.out


def test_a_cap_is_made_up_only_where_it_is_asked_for(compare, reference):
    done = compare(reference, reference, "--psnr-cap", 60)
    assert {row["psnr_y"] for row in done.rows} == {"60.000000"}
    assert done.json["scores"]["psnr"]["mean"] == 60


def test_columns_and_the_table_of_poolings(compare, reference, clip_of):
    done = compare(reference, clip_of("copy.mp4", CODES, quality=40))
    assert ",".join(done.rows[0]) == (
        "frame,time,distorted_frame,distorted_time,mse_y,mse_u,mse_v,psnr_y,psnr_u,psnr_v,"
        "ssim_y,ssim_u,ssim_v,ssim,local_ssim,x,y"
    )
    assert done.rows[3]["time"] == done.rows[3]["distorted_time"] == "0.120000"
    head, *lines = done.out.splitlines()
    assert head.split()[:4] == ["mean", "overall", "harmonic", "min"]
    shown = {line.split()[0]: line.split()[1:] for line in lines}
    mean = sum(float(row["ssim"]) for row in done.rows) / 100
    assert float(shown["ssim"][0]) == pytest.approx(mean, abs=6e-5)
    assert set(shown) >= {"mse_y", "psnr_u", "psnr", "ssim_v", "local_ssim"}


def test_the_schema_tells_the_columns(compare, reference, capsys):
    assert main(["schema", "--compare", "--json"]) == 0
    schema = json.loads(capsys.readouterr().out)
    for planes in ("yuv", "y"):
        done = compare(reference, reference, "--planes", planes)
        assert [*done.rows[0], "vmaf", "mse", "psnr"] == list(schema["properties"])
        row = done.json["frames"][0]
        assert set(schema["required"]) <= set(row) <= set(schema["properties"])
        assert all(
            row[name] is not None or "null" in schema["properties"][name]["type"] for name in row
        )
    assert main(["schema", "--compare"]) == 0
    assert "  psnr_u        (number or null) " in capsys.readouterr().out
    assert main(["schema", "--compare", "--events"]) == 2


def filtered(reference, distorted, name):
    """Return what FFmpeg's filter of this name says of each pair of frames."""
    with av.open(reference) as one, av.open(distorted) as other:
        streams = [video.streams.video[0] for video in (one, other)]
        graph = av.filter.Graph()
        # The filters take the distorted video first.
        buffers = [graph.add_buffer(template=stream) for stream in reversed(streams)]
        step, sink = graph.add(name), graph.add("buffersink")
        for index, buffer in enumerate(buffers):
            buffer.link_to(step, 0, index)
        step.link_to(sink)
        graph.configure()
        found = []
        for frames in zip(one.decode(streams[0]), other.decode(streams[1]), strict=True):
            for buffer, frame in zip(buffers, reversed(frames), strict=True):
                frame.pts = len(found)
                buffer.push(frame)
            found.append(dict(sink.pull().metadata))
    return found


def test_scores_are_those_of_ffmpeg(compare, reference, clip_of):
    copy = clip_of("copy.mp4", CODES, quality=38)
    done = compare(reference, copy)
    by_ssim, by_psnr = (filtered(reference, copy, name) for name in ("ssim", "psnr"))
    for row, frame, ssim, psnr in zip(
        done.rows, done.json["frames"], by_ssim, by_psnr, strict=True
    ):
        for plane in "yuv":
            told = float(ssim[f"lavfi.ssim.{plane.upper()}"])
            assert float(row[f"ssim_{plane}"]) == pytest.approx(told, abs=1e-5)
            told = float(psnr[f"lavfi.psnr.psnr.{plane}"])
            assert float(row[f"psnr_{plane}"]) == pytest.approx(told, abs=0.01)
        assert float(row["ssim"]) == pytest.approx(float(ssim["lavfi.ssim.All"]), abs=1e-5)
        assert frame["psnr"] == pytest.approx(float(psnr["lavfi.psnr.psnr_avg"]), abs=0.01)


@pytest.mark.parametrize(
    ("codes", "dropped", "repeated", "inserted"),
    [
        (CODES[:40] + CODES[43:], [40, 41, 42], [], []),
        (CODES[:40] + [CODES[39]] * 2 + CODES[40:], [], [40, 41], []),
        ([*CODES[:40], 0b10101010, *CODES[40:]], [], [], [40]),
        (CODES[:40] + CODES[41:70] + [CODES[69]] + CODES[70:], [40], [69], []),
    ],
    ids=["three dropped", "two repeated", "one inserted", "one dropped, later one repeated"],
)
def test_faults_are_listed_and_what_follows_is_paired_again(
    compare, reference, clip_of, codes, dropped, repeated, inserted
):
    done = compare(reference, clip_of("copy.mp4", codes, quality=35))
    assert done.code == 0
    assert numbers(done.json, "dropped") == dropped
    assert numbers(done.json, "repeated") == repeated
    assert numbers(done.json, "inserted") == inserted
    assert not done.json["pairing"]["outside"]
    assert all(CODES[one] == codes[other] for one, other in pairs(done.json))
    assert len(done.rows) == 100 - len(dropped)
    assert done.json["scores"]["ssim"]["min"] > 0.8


@pytest.mark.parametrize(("cut", "offset"), [(slice(30, None), -1.2), (slice(None, 60), 0)])
def test_cut_ends_are_not_scored(compare, reference, clip_of, cut, offset):
    done = compare(reference, clip_of("copy.mp4", CODES[cut], quality=35))
    assert [one for one, _ in pairs(done.json)] == list(range(100))[cut]
    assert done.json["pairing"]["offset"] == pytest.approx(offset, abs=0.001)
    assert not done.json["pairing"]["dropped"]
    assert len(done.json["pairing"]["outside"]) == 100 - len(done.rows)
    assert "outside the common stretch, not scored" in done.err


def test_another_frame_rate_is_paired_by_time_each_frame_once(compare, reference, clip_of):
    codes = [CODES[min(round(number * 25 / 30), 99)] for number in range(120)]
    done = compare(reference, clip_of("copy.mp4", codes, quality=35, rate=30))
    assert all(CODES[one] == codes[other] for one, other in pairs(done.json))
    assert len(done.rows) == 100
    assert len(numbers(done.json, "repeated")) == 20
    assert "frame rates differ: 25 and 30" in done.err


def test_a_frame_rate_that_its_container_rounds_is_no_other(compare, clip_of):
    rates = Fraction(60000, 1001), Fraction(2997, 50)
    one, other = (clip_of(f"{rate.numerator}.mp4", CODES[:20], rate=rate) for rate in rates)
    assert "warning" not in compare(one, other).err


def test_by_time_alone_a_shift_stays_where_it_is(compare, reference, clip_of):
    copy = clip_of("copy.mp4", CODES[10:])
    assert compare(reference, copy).json["scores"]["ssim"]["min"] > 0.95
    assert compare(reference, copy, "--align", "none").json["scores"]["ssim"]["mean"] < 0.9
    told = compare(reference, copy, "--align", "-0.4")
    assert told.json["scores"]["ssim"]["min"] > 0.95
    assert pairs(told.json)[0] == (10, 0)


def test_a_still_picture_is_paired_by_time_and_that_is_said(compare, clip_of):
    still = clip_of("still.mp4", [5] * 60)
    done = compare(still, clip_of("copy.mp4", [5] * 60, quality=40))
    assert pairs(done.json) == [(number, number) for number in range(60)]
    assert done.json["pairing"]["ambiguous"]
    assert "time alone tells their partners" in done.err


def test_sizes_and_depths_that_differ_are_brought_together_and_said(compare, reference, clip_of):
    small = clip_of("small.mp4", CODES, size=(80, 60))
    done = compare(reference, small)
    assert "sizes differ: 80x60 is scaled to 160x120 (bicubic)" in done.err
    assert done.json["scores"]["ssim"]["mean"] > 0.8
    both = compare(reference, small, "--scale-to", "80x60")
    assert both.json["scores"]["ssim"]["mean"] > done.json["scores"]["ssim"]["mean"]


def test_the_gate(compare, reference, clip_of):
    copy = clip_of("copy.mp4", CODES, quality=45)
    passed = compare(reference, copy, "--fail-under", "ssim=0.5", "--fail-under", "psnr_y.p5=10")
    assert passed.code == 0
    assert passed.json["passed"]
    limits = ["--fail-under", "ssim=0.999", "--fail-under", "psnr_y.p5=10"]
    failed = compare(reference, copy, *limits)
    assert failed.code == 1
    assert failed.json["failed"] == ["ssim=0.999"]
    short = 0.999 - failed.json["scores"]["ssim"]["mean"]
    (line,) = (line for line in failed.err.splitlines() if "failed:" in line)
    assert line.startswith("vidsum: failed: --fail-under ssim=0.999: ssim mean is 0.")
    assert f"{short:.3g} short of 0.999" in line


def test_frames_that_are_dropped_can_fail_a_build(compare, reference, clip_of):
    copy = clip_of("copy.mp4", CODES[:40] + CODES[43:])
    assert compare(reference, copy, "--max-dropped", 3).code == 0
    failed = compare(reference, copy, "--max-dropped", 2)
    assert failed.code == 1
    assert "--max-dropped 2: 3 frames are dropped" in failed.err
    assert failed.json["failed"] == ["max_dropped=2"]


def test_a_copy_that_was_cut_off_can_fail_a_build(compare, reference, clip_of):
    copy = clip_of("copy.mp4", CODES[:-7])
    assert compare(reference, copy, "--max-dropped", 0, "--max-outside", 7).code == 0
    assert compare(copy, reference, "--max-outside", 0).code == 0  # frames of the copy
    failed = compare(reference, copy, "--max-outside", 6)
    assert failed.code == 1
    assert "--max-outside 6: 7 frames are outside the common stretch" in failed.err
    assert failed.json["failed"] == ["max_outside=6"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--fail-under", "beauty=1"], "there is no score beauty"),
        (["--fail-under", "vmaf=90"], "vmaf is not computed; add --vmaf"),
        (["--planes", "y", "--fail-under", "psnr_u=30"], "psnr_u is not computed"),
        (["--align", "soon"], "allowed are auto, none, or an offset"),
        (["--scale-to", "big"], "allowed are sizes such as 1280x720"),
        (["--psnr-cap", "40", "--fail-under", "psnr_y.p5=45"], "--psnr-cap cuts psnr_y to 40"),
        (["--scale-to", "9999x9999"], "--max-pixels 99980001 allows them"),
        (["--max-dropped", "-1"], "allowed are whole numbers from 0"),
        (["--max-outside", "-1"], "allowed are whole numbers from 0"),
        (["--planes", "rgb"], "allowed are yuv"),
    ],
)
def test_wrong_options_are_told_before_any_work(compare, reference, tmp_path, options, why):
    done = compare(reference, tmp_path / "is not looked for.mp4", *options)
    assert done.code == 2
    assert why in done.err
    assert len(done.err.splitlines()) == 1


def test_planes_that_are_not_wanted_or_not_there_are_empty(compare, reference, clip_of):
    done = compare(reference, clip_of("copy.mp4", CODES, quality=40), "--planes", "y")
    assert {row["ssim_u"] for row in done.rows} == {""}
    assert {row["ssim_y"] for row in done.rows} == {row["ssim"] for row in done.rows}


def test_another_scene_is_refused(compare, samples):
    done = compare(samples / "street.mp4", samples / "lecture.mp4")
    assert done.code == 3
    assert "lecture.mp4: this doesn't look like the same video as" in done.err
    assert "--align none compares them" in done.err


def test_no_common_stretch(compare, reference, tmp_path):
    done = compare(reference, reference, "--align", "100")
    assert done.code == 3
    assert "no stretch in common" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["reference.mp4"]


def test_inputs_that_cannot_be_read(compare, reference, tmp_path):
    (tmp_path / "empty.mp4").touch()
    for name in ("empty.mp4", "missing.mp4"):
        done = compare(reference, tmp_path / name)
        assert done.code == 3
        assert name in done.err


def test_a_cut_off_copy_is_compared_as_far_as_it_goes(compare, reference, clip_of):
    copy = clip_of("copy.mkv", CODES)
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size * 6 // 10])
    done = compare(reference, copy)
    assert done.code == 5
    assert 40 < len(done.rows) < 80
    assert "copy.mkv" in done.err


def test_existing_files_stay(vidsum, reference, tmp_path):
    (tmp_path / "reference.compare.csv").write_text("mine")
    done = vidsum("compare", reference, reference)
    assert done.code == 2
    assert "replace it with --force" in done.err
    assert (tmp_path / "reference.compare.csv").read_text() == "mine"


def test_the_same_twice(compare, reference, clip_of, tmp_path):
    copy = clip_of("copy.mp4", CODES[:40] + CODES[43:], quality=42)
    texts = []
    for _ in range(2):
        compare(reference, copy)
        texts.append([(tmp_path / name).read_bytes() for name in ("c.csv", "c.json")])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("turned", [False, True])
def test_the_place_is_where_the_damage_is(compare, tmp_path, turned):
    def write(name, damaged):
        path = tmp_path / name
        with av.open(str(path), "w") as file:
            stream = file.add_stream("libx264", 25, options={"qp": "0"})
            stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
            if turned:
                stream.set_display_rotation(90)
            for number in range(10):
                luma = np.full((120, 160), 90 + number, np.uint8)
                if damaged:
                    luma[10:30, 130:150] = np.random.default_rng(1).integers(0, 255, (20, 20))
                frame = picture(luma)
                frame.pts = number
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        return path

    at_half = ["--scale-to", "60x80"] if turned else []
    done = compare(write("a.mp4", False), write("b.mp4", True), *at_half)
    # Upright, the turned one is 120x160, and the damage from 10,10 on.
    (left, right), (top, bottom) = ((1, 19), (1, 19)) if turned else ((126, 154), (6, 34))
    assert all(left <= int(row["x"]) <= right for row in done.rows)
    assert all(top <= int(row["y"]) <= bottom for row in done.rows)


def test_from_python(reference, clip_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copy = clip_of("copy.mp4", CODES[:40] + CODES[43:], quality=40)
    before = sorted(tmp_path.iterdir())
    told = []
    result = package.compare(
        reference,
        copy,
        scoring=package.Scoring(fail_under=["ssim.worst_second=0.9999"]),
        progress=told.append,
    )
    assert sorted(tmp_path.iterdir()) == before
    assert result.pairs == 97
    assert [single.number for single in result.unpaired] == [40, 41, 42]
    assert not result.passed
    assert result.pooled["psnr_y"]["overall"] < result.pooled["psnr_y"]["mean"]
    stopped = package.compare(reference, copy, should_stop=lambda: True)
    assert stopped.stopped
    assert stopped.pairs == 1
