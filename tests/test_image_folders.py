"""Images of folders: each one's nearest, and groups of duplicates."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from helpers_arrays import scene
from PIL import Image, ImageEnhance

from vidsum import InputError, UsageError
from vidsum.jobs.stills.folders import match_images
from vidsum.metrics import ssim
from vidsum.options.stills import StillFiles, Stills
from vidsum.stills.comparison import Stopped
from vidsum.stills.matching import match_signatures
from vidsum.stills.signatures import read_reduced, sign
from vidsum.stills.still import Look

GREY = Look(color=False, background=(255, 255, 255))


def picture(seed, shape=(240, 320)):
    return Image.fromarray(scene(shape, seed=seed))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three pictures, one of them with copies, in `photos` of the working folder."""
    monkeypatch.chdir(tmp_path)
    photos = tmp_path / "photos"
    photos.mkdir()
    for seed in range(3):
        picture(seed).save(photos / f"{seed}.png")
    original = picture(1)
    original.save(photos / "1-jpeg.jpg", quality=80)
    original.resize((200, 150), Image.Resampling.LANCZOS).save(photos / "1-small.png")
    ImageEnhance.Brightness(original).enhance(1.1).save(photos / "1-bright.webp", lossless=True)
    original.save(photos / "1-same.bmp")
    return Path("photos")


def names(paths):
    return {path.name for path in paths}


COPIES = {"1.png", "1-jpeg.jpg", "1-small.png", "1-bright.webp", "1-same.bmp"}


def test_copies_are_found_and_others_are_not(folder):
    found = match_images(folder)
    (group,) = found.groups
    assert names(group) == COPIES
    by_name = {match.image.name: match for match in found.matches}
    assert len(by_name) == 7
    assert by_name["1.png"].nearest.name == "1-same.bmp"
    assert by_name["1.png"].ssim == 1
    assert by_name["1-jpeg.jpg"].nearest.name in COPIES
    for name in ("0.png", "2.png"):
        assert by_name[name].group is None
        assert by_name[name].nearest is not None
        assert by_name[name].ssim < 0.9
    assert {by_name[name].group for name in COPIES} == {1}
    assert not found.lost_input


def test_nearest_is_the_one_of_highest_ssim(folder):
    rng = np.random.default_rng(0)
    for number in range(6):  # of which very small versions tell little
        noise = rng.integers(0, 256, (100, 100), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"noise{number}.png")
    images = {path: read_reduced(path, GREY, 10**6) for path in folder.iterdir()}
    for match in match_images(folder).matches:
        scores = {
            other: ssim(images[match.image], image, kernel="uniform7")
            for other, image in images.items()
            if other != match.image
        }
        assert match.ssim == pytest.approx(max(scores.values()))
        assert scores[match.nearest] == pytest.approx(match.ssim)


def test_the_threshold_decides(folder):
    (all_of_them,) = match_images(folder, stills=Stills(duplicates=-1)).groups
    assert len(all_of_them) == 7
    (identical,) = match_images(folder, stills=Stills(duplicates=1)).groups
    assert names(identical) == {"1.png", "1-same.bmp"}


def test_a_file_against_a_folder_and_a_folder_against_a_file(folder):
    picture(1).save("wanted.tif")
    found = match_images("wanted.tif", folder)
    (match,) = found.matches
    assert (match.image.name, match.nearest.name, match.ssim) == ("wanted.tif", "1-same.bmp", 1)
    (group,) = found.groups
    assert names(group) == {"wanted.tif", *COPIES}
    found = match_images(folder, "wanted.tif")
    assert {match.nearest.name for match in found.matches} == {"wanted.tif"}
    assert len(found.matches) == 7
    best = max(found.matches, key=lambda match: match.ssim)
    assert best.image.name in COPIES


def test_of_two_folders_only_those_alike_across_them_are_groups(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    picture(2).save(other / "found.jpg", quality=90)
    picture(7).save(other / "new.png")
    found = match_images(folder, other)
    assert {match.nearest.name for match in found.matches} <= {"found.jpg", "new.png"}
    (group,) = found.groups
    assert names(group) == {"2.png", "found.jpg"}


def test_a_folder_with_itself_is_the_folder_alone(folder):
    alone = match_images(folder)
    for same in (folder, folder.resolve(), folder / ".." / folder.name):
        found = match_images(folder, same)
        assert (found.matches, found.groups) == (alone.matches, alone.groups)


def test_transparency_and_orientation_count(tmp_path):
    image = picture(1)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.rotate(90, expand=True).save(tmp_path / "turned.png", exif=exif)
    clear = image.convert("RGBA")
    clear.paste((9, 9, 9, 0), (0, 0, 100, 240))
    clear.save(tmp_path / "clear.png")
    white = image.convert("RGB")
    white.paste((255, 255, 255), (0, 0, 100, 240))
    white.save(tmp_path / "white.png")
    image.save(tmp_path / "plain.png")
    groups = match_images(tmp_path).groups
    assert {frozenset(names(group)) for group in groups} == {
        frozenset({"turned.png", "plain.png"}),
        frozenset({"clear.png", "white.png"}),
    }


def test_what_cannot_be_read_is_listed(folder):
    (folder / "bad.png").write_text("no image")
    (folder / "empty.jpg").touch()
    (folder / "notes.txt").write_text("no image, and not called one")
    (folder / ".hidden.png").write_text("hidden")
    (folder / "deeper.png").mkdir()
    files = StillFiles(matches="m.csv", json="m.json")
    found = match_images(folder, files=files)
    assert found.lost_input
    assert [file.path.name for file in found.unreadable] == ["bad.png", "empty.jpg"]
    assert found.other_files == 1
    assert len(found.matches) == 7
    with open("m.csv", newline="") as file:
        rows = {row["image"]: row for row in csv.DictReader(file)}
    assert "in no format that vidsum reads" in rows["photos/bad.png"]["fault"]
    assert rows["photos/bad.png"]["nearest"] == ""
    assert rows["photos/1.png"] == {
        "image": "photos/1.png",
        "nearest": "photos/1-same.bmp",
        "ssim": "1.000000",
        "group": "1",
        "fault": "",
    }
    with open("m.json") as file:
        values = json.load(file)
    assert len(values["matches"]) == 7
    assert len(values["groups"][0]) == 5
    assert values["unreadable"][1]["path"] == "photos/empty.jpg"


def test_too_large_ones_are_listed(folder):
    found = match_images(folder, stills=Stills(max_pixels=40_000))
    assert len(found.matches) == 1
    assert found.matches[0].nearest is None
    assert "more than --max-pixels 40000" in found.unreadable[0].reason


def test_names_are_no_formulas(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture(1).save("=1+1.png")
    picture(2).save("plain.png")
    match_images("=1+1.png", "plain.png", files=StillFiles(matches="m.csv"))
    with open("m.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["image"] == "./=1+1.png"


def test_folders_without_a_readable_image_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no image in this folder"):
        match_images(tmp_path)
    (tmp_path / "bad.png").write_text("no image")
    with pytest.raises(InputError, match="none of its images can be read"):
        match_images(tmp_path)
    good = tmp_path / "good"
    good.mkdir()
    picture(1).save(good / "1.png")
    for a, b in ((good, tmp_path), (tmp_path, good)):
        with pytest.raises(InputError, match=f"^{tmp_path}: none of its images can be read; "):
            match_images(a, b)
    with pytest.raises(InputError, match=r"^[^:]*missing: there is no such file$"):
        match_images(good, tmp_path / "missing")


@pytest.mark.parametrize(
    "options, says",
    [
        ({"stills": Stills(grid=20)}, "--grid is for two images"),
        ({"stills": Stills(fail_under="ssim=1")}, "--fail-under is for two images"),
        ({"stills": Stills(color=True)}, "--color is for two images"),
        ({"stills": Stills(resize=True)}, "--resize is for two images"),
        ({"stills": Stills(min_ssim=0.5)}, "--min-ssim is for two images"),
        ({"stills": Stills(min_area=0)}, "--min-area is for two images"),
        ({"files": StillFiles(diff="d.png")}, "--diff is for two images"),
        ({"files": StillFiles(figure="f.png")}, "--figure is for two images"),
        ({"files": StillFiles(matches="photos/1.png", force=True)}, "this output is the input"),
    ],
)
def test_what_folders_have_no_use_for_is_refused(folder, options, says):
    with pytest.raises(UsageError, match=says):
        match_images(folder, **options)


def test_the_search_can_be_stopped(folder):
    asked = iter([False, False, *[True] * 99])
    with pytest.raises(Stopped):
        match_images(folder, files=StillFiles(matches="m.csv"), should_stop=lambda: next(asked))
    assert not os.path.exists("m.csv")


def test_the_number_of_comparisons_does_not_grow_as_the_square():
    rng = np.random.default_rng(0)
    places = rng.normal(0, 1, (600, 8)).astype(np.float32)
    asked = []

    def compare(first, second):
        asked.append((first, second))
        return 1 - float(((places[first] - places[second]) ** 2).sum())

    everyone = range(len(places))
    nearest, groups = match_signatures(places, everyone, everyone, compare, 0.9)
    assert len(asked) == len(set(asked)) < 16 * 600
    distances = ((places[:, np.newaxis] - places) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    assert [nearest[item][0] for item in everyone] == distances.argmin(axis=1).tolist()
    for first, second in zip(*np.nonzero(distances <= 0.0999), strict=True):
        assert groups.find(int(first)) == groups.find(int(second))


def test_a_crowd_of_copies_is_one_group():
    # More of them than any one has neighbours to be compared with.
    rng = np.random.default_rng(0)
    places = rng.normal(0, 0.01, (200, 4)).astype(np.float32)
    places[100:] += 10
    everyone = range(len(places))
    asked = []

    def compare(first, second):
        asked.append((first, second))
        return float(abs(places[first] - places[second]).max() < 5)

    _, groups = match_signatures(places, everyone, everyone, compare, 0.9)
    assert len(asked) <= 3 * 200 + 2
    assert len({groups.find(item) for item in range(100)}) == 1
    assert len({groups.find(item) for item in everyone}) == 2


def test_thousands_of_identical_images_need_no_comparison(tmp_path):
    image = picture(1, (64, 64))
    for index in range(40):
        image.save(tmp_path / f"{index:02}.png")
    found = match_images(tmp_path)
    assert found.compared == 0
    assert len(found.groups[0]) == 40
    assert all(match.ssim == 1 and match.nearest != match.image for match in found.matches)


def test_signatures_of_copies_are_near(folder):
    signed = {path.name: sign(read_reduced(path, GREY, 10**6)) for path in folder.iterdir()}
    mine = signed["1.png"].vector
    distance = {name: np.linalg.norm(other.vector - mine) for name, other in signed.items()}
    assert max(distance[name] for name in COPIES) < min(distance["0.png"], distance["2.png"]) / 3
    assert signed["1.png"].digest == signed["1-same.bmp"].digest != signed["1-jpeg.jpg"].digest
