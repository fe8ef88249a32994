"""The measures of scripts/evaluate.py, on lists and made pictures whose answers are known."""

# ruff: noqa: E402 (the scripts are no package: their folder comes into the path first)

import itertools
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import coded, write_clip

from vidsum.dedup import Decision, Reason

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))

import evaluate
from evaluation import grid, mpdecimate, plot, scene
from evaluation.clips import ClipResult, evaluate_clip, judge_clip
from evaluation.labels import LabelledClip, read_folders
from evaluation.measures import measure
from evaluation.objects import make_objects
from evaluation.rules import RULES
from evaluation.tables import clips_table, grid_table

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg binary")

CLIP = LabelledClip(
    name="clip", path=Path("clip"), rate=4, frames=20, events=((4, 9), (15, 15)), objects=((4, 7),)
)
"""At 4 frames a second, one frame before and one after are near."""


def test_measures_of_a_list_of_kept_frames():
    found = measure([0, 5, 14], 20, CLIP, margin=0)
    assert (found.kept, found.kept_share) == (3, 0.15)
    assert (found.events_found, found.events) == (1, 2)
    assert (found.objects_found, found.objects) == (1, 1)
    assert found.coverage == 4 / 7  # 4, 5, 6, and 15 by its neighbour
    assert found.longest_gap_seconds == 4 / 4  # 6 to 9
    assert found.false_keeps == 2 / 13


def test_an_object_is_found_by_a_frame_just_beside_it():
    assert measure([3], 20, CLIP).objects_found == 1
    assert measure([2], 20, CLIP).objects_found == 0


def test_a_frame_kept_within_the_margin_is_not_false():
    strict, lenient = measure([0, 14], 20, CLIP, margin=0), measure([0, 14], 20, CLIP)
    assert (strict.false_keeps, lenient.false_keeps) == (2 / 13, 1 / 13)
    assert strict.coverage == lenient.coverage


def test_without_labelled_events_there_is_a_share_and_no_more():
    clip = LabelledClip(name="clip", path=Path("clip"), rate=4, frames=20, events=None)
    found = measure([0, 5], 20, clip)
    assert found.kept_share == 0.1
    assert found.coverage is found.false_keeps is found.events is found.longest_gap_seconds is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"fps": 4, "frames": 9, "events": [[5, 9]]}, r"\[5, 9\] is no interval within 9 frames"),
        ({"fps": 4, "events": []}, "'frames'"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused_by_name(tmp_path, entry, message):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "labels.json").write_text(json.dumps({"a.mp4": entry}))
    with pytest.raises(SystemExit, match=rf"labels\.json: a\.mp4: .*{message}"):
        read_folders([tmp_path])


def test_the_labels_of_the_samples_are_read():
    names = [clip.name for clip in read_folders([evaluate.SAMPLES])]
    assert names == ["street.mp4", "lecture.mp4"]


@needs_ffmpeg
def test_mpdecimate_and_vidsum_keep_the_frames_that_differ(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", [1, 1, 2, 2, 2, 3, 3, 1], rate=10)
    assert mpdecimate.kept_frames(path, (1.0, 0.5)) == [[0, 2, 5, 7]] * 2
    assert judge_clip(path, [RULES["exact"]]) == (8, [[0, 2, 5, 7]])
    with mpdecimate.Pipe((120, 160)) as pipe:
        for code in (1, 1, 2, 2, 3):
            pipe.feed(coded(code))
        assert pipe.kept() == [0, 2, 4]


def test_a_curve_is_for_clips_with_event_free_stretches(tmp_path, monkeypatch):
    monkeypatch.setattr(mpdecimate, "is_there", lambda: False)
    path = write_clip(tmp_path / "clip.mp4", [1, 1, 2, 2])
    curve, single = (
        list(
            evaluate_clip(
                LabelledClip(name="clip", path=path, rate=25, frames=4, events=events),
                [RULES["exact"]],
                margin=0,
            )
        )
        for events in (((2, 3),), ((0, 3),))
    )
    assert [result.threshold for result in curve] == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    assert [result.threshold for result in curve if result.is_default] == [0.7]
    assert [result.threshold for result in single] == [0.7]
    assert clips_table(curve).count("\n") == 2  # a row for its own threshold alone
    assert "| clip | exact | 2 of 4 | 50.0 % | 1 of 1 |  | 100.0 % | 0.04 s | 50.0 % |" in (
        clips_table(curve)
    )


def thing(size=24, contrast=40):
    flat = np.full((scene.HEIGHT, scene.WIDTH), 100 * scene.ONE_LEVEL, np.int16)
    return flat, make_objects(flat, size=size, contrast=contrast, count=3, seed=1)


def test_an_object_has_its_contrast_and_size_and_leaves_nothing_behind():
    flat, objects = thing()
    for item in objects:
        restore = item.draw(flat, item.first)
        difference = (flat / scene.ONE_LEVEL - 100) / np.sign(item.level)
        rows, columns = np.nonzero(difference > 20)
        assert 20 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 25
        assert difference[difference > 20].mean() == pytest.approx(40, abs=5)
        restore()
        assert (flat == 100 * scene.ONE_LEVEL).all()


@pytest.mark.parametrize(("behind", "sign"), [(40, 1), (200, -1)])
def test_an_object_is_brighter_or_darker_as_there_is_room(behind, sign):
    flat = np.full((scene.HEIGHT, scene.WIDTH), behind * scene.ONE_LEVEL, np.int16)
    objects = make_objects(flat, size=24, contrast=80, count=6, seed=1)
    assert [item.level for item in objects] == [sign * 80] * 6


def test_objects_come_one_after_another_and_only_between_black_and_white():
    made = scene.make_scene(1)
    objects = make_objects(made, size=48, contrast=80, count=6, seed=1)
    assert all(a.last < b.first for a, b in itertools.pairwise(objects))
    for item in objects:
        item.draw(made, item.last)
    brightest = (made.max() / scene.ONE_LEVEL - scene.BLACK) * (1 + scene.SWING) + scene.BLACK
    assert made.min() / scene.ONE_LEVEL >= scene.BLACK
    assert brightest <= scene.WHITE


def test_the_sensor_adds_the_noise_and_the_gain_that_it_should():
    flat = np.full((scene.HEIGHT, scene.WIDTH), 100 * scene.ONE_LEVEL, np.int16)
    picture, other = np.empty((2, scene.HEIGHT, scene.WIDTH), np.uint8)
    generator = np.random.default_rng(1)
    sensor = scene.Sensor(5, 1)
    sensor.expose(flat, 1.05, generator, picture)
    sensor.expose(flat, 1.05, generator, other)
    assert picture.std() == pytest.approx(5, rel=0.02)
    assert picture.mean() == pytest.approx(16 + 84 * 1.05, abs=0.05)
    assert abs(np.corrcoef(picture[::4, ::4].ravel(), other[::4, ::4].ravel())[0, 1]) < 0.02


def test_a_frame_kept_for_the_clock_does_not_show_the_object():
    _, (item, *_) = thing()
    x, y = (round(side) for side in item.centre(item.first + 5))

    def shown(place, number=item.first + 5, reference=None):
        decision = Decision(reason=Reason.CHANGE, place=place, reference=reference)
        return grid.shows(decision, number, item)

    assert shown((x, y))
    assert shown((x + 12 + 24 - 1, y))
    assert not shown((x + 12 + 24 + 1, y))
    assert not shown((40, 30))
    assert not shown(None)
    assert not shown((x, y), number=item.last + 1)
    # Where it has been in the frame that was compared.
    left = tuple(round(side) for side in item.centre(item.first))
    assert shown(left, number=item.last, reference=item.first)


@pytest.fixture
def small_cells(monkeypatch):
    """Results of a quiet cell with a clock and of one with a large object."""
    monkeypatch.setattr(grid, "OBJECTS", 1)
    monkeypatch.setattr(grid, "QUIET_SECONDS", 14)
    monkeypatch.setattr(mpdecimate, "is_there", lambda: False)
    made, sensor = scene.make_scene(1), scene.Sensor(0, 1)
    return [
        result
        for cell in (
            grid.Cell(sigma=0, busy=True),
            grid.Cell(sigma=0, busy=True, size=96, contrast=80),
            grid.Cell(sigma=0, busy=False),
            grid.Cell(sigma=0, busy=False, size=96, contrast=80),
        )
        for result in grid.evaluate_cell(cell, [RULES["exact"]], made, sensor)
    ]


def test_the_plain_rule_finds_a_large_object_and_keeps_every_tick(small_cells):
    ticking, _, quiet, _ = small_cells
    assert [result.found for result in small_cells] == [0, 1, 0, 1]
    assert (ticking.kept, ticking.kept_in_lead_in, quiet.kept) == (13, 9, 0)
    assert grid.false_keeps_a_minute(ticking) == pytest.approx(60)
    table = grid_table(small_cells)
    assert "objects found: from 12 px, contrast from 40, noise up to 5 | 100.0 % | 100.0 % |" in (
        table
    )
    assert "false keeps a minute: noise 0 | 0.0 (0) | 60.0 (9) |" in table
    assert "8 px" not in table


def test_the_plot_is_a_picture(small_cells, tmp_path):
    pytest.importorskip("matplotlib")
    clips = [
        ClipResult(
            clip=CLIP,
            contender=name,
            threshold=threshold,
            is_default=threshold == 0.7,
            measures=measure(kept, 20, CLIP),
            kept=kept,
        )
        for name in ("exact", mpdecimate.NAME)
        for threshold, kept in ((0.5, [0, 5]), (0.7, [0, 5, 12]))
    ]
    plot.draw(clips, small_cells, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_rule_is_refused_with_those_that_are_known(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--rules", "exact,keen"])
    with pytest.raises(SystemExit):
        evaluate.main()
    assert "keen is unknown, allowed are surveillance, screen, exact" in capsys.readouterr().err
