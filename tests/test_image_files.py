"""What a comparison of two images writes: pictures, the table of blocks, JSON."""

import csv
import json
import os
import sys

import numpy as np
import pytest
from helpers_arrays import scene
from PIL import Image
from skimage import metrics as skimage

from vidsum import OutputError, UsageError
from vidsum.jobs.stills.folders import match_images
from vidsum.jobs.stills.image import compare_images
from vidsum.options.stills import StillFiles, Stills
from vidsum.stills import picture


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """Two images in the working folder, of which the second has a square turned negative."""
    monkeypatch.chdir(tmp_path)
    a = scene((240, 330))
    b = a.copy()
    b[80:130, 150:220] = 255 - b[80:130, 150:220]
    Image.fromarray(a).save("a.png")
    Image.fromarray(b).save("b.png")
    return a, b


def written(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_the_difference_picture_has_boxes_round_what_differs(pair):
    _, b = pair
    result = compare_images("a.png", "b.png", files=StillFiles(diff="diff.png"))
    pixels = written("diff.png")
    assert pixels.shape == (240, 330, 3)
    coloured = np.ptp(pixels, axis=2) > 60
    (region,) = result.regions
    coloured[: region.y, : region.x + 30] = False  # its number
    rows, columns = (np.flatnonzero(coloured.any(axis=axis)) for axis in (1, 0))
    assert region.y - 6 <= rows[0] < region.y
    assert region.x - 6 <= columns[0] < region.x
    assert region.x + region.width < columns[-1] + 1 <= region.x + region.width + 6
    assert region.y + region.height < rows[-1] + 1 <= region.y + region.height + 6
    # The rest is the second image in pale grey.
    plain = np.corrcoef(pixels[140:, :, 0].ravel(), b[140:].ravel())[0, 1]
    assert plain > 0.99
    assert pixels[140:].min() > 120


@pytest.mark.parametrize("level", [0, 128, 255])
def test_boxes_are_seen_on_any_background(level):
    b = np.full((400, 400), level, np.uint8)
    b[200:230, 200:230] = 255 - level if level != 128 else 255
    a = np.full((400, 400), level, np.uint8)
    result = compare_images(a, b)
    still = picture.Still(name="b", planes=(b,))
    drawn = np.asarray(picture.difference_picture(still, result.cells, result.regions)).astype(int)
    row = drawn[215, 180:200]
    steps = np.abs(np.diff(row, axis=0)).sum(axis=1)
    assert steps.max() > 250
    assert {tuple(pixel) for pixel in row} >= {picture._BOX, picture._RIM, picture._EDGE}


def test_boxes_stay_within_the_picture():
    a = np.full((400, 1700), 90, np.uint8)  # lines are wider than the margin of a window here
    b = 255 - a
    b[5:-5, 5:-5] = a[5:-5, 5:-5]
    result = compare_images(a, b)
    still = picture.Still(name="b", planes=(b,))
    drawn = np.asarray(picture.difference_picture(still, result.cells, result.regions))
    for edge in (drawn[:5], drawn[-5:], drawn[:, :5], drawn[:, -5:]):
        middle = edge[150:-150] if len(edge) > 5 else edge[:, 150:-150]
        assert picture._BOX in {tuple(pixel) for pixel in middle.reshape(-1, 3)}


def test_the_difference_picture_of_many_bands_is_that_of_one(pair, monkeypatch):
    files = StillFiles(diff="one.png")
    compare_images("a.png", "b.png", files=files, stills=Stills(color=True))
    monkeypatch.setattr("vidsum.stills.still._BAND_PIXELS", 2000)
    compare_images("a.png", "b.png", files=StillFiles(diff="many.png"), stills=Stills(color=True))
    assert np.array_equal(written("one.png"), written("many.png"))


def test_pictures_of_16_bits_are_drawn_in_8(pair):
    a, b = (image.astype(np.uint16) * 257 for image in pair)
    compare_images(a, b, files=StillFiles(diff="deep.png"))
    compare_images(*pair, files=StillFiles(diff="flat.png"))
    assert np.array_equal(written("deep.png"), written("flat.png"))


@pytest.mark.parametrize("suffix, begins", [("png", b"\x89PNG"), ("jpg", b"\xff\xd8")])
def test_the_ending_of_the_name_decides_the_format(pair, suffix, begins):
    files = StillFiles(diff=f"diff.{suffix}", figure=f"figure.{suffix}")
    compare_images("a.png", "b.png", files=files)
    for name in ("diff", "figure"):
        with open(f"{name}.{suffix}", "rb") as file:
            assert file.read(4).startswith(begins)


NAME = "a$\\frac$ \u4e16.png"
"""No formula, and with a letter that the font of the figure doesn't have."""


@pytest.mark.parametrize("color", [False, True])
def test_the_figure_shows_scores_and_names_as_they_are(pair, color):
    os.rename("a.png", NAME)
    result = compare_images(
        NAME, "b.png", stills=Stills(color=color), files=StillFiles(figure="f.svg")
    )
    with open("f.svg", encoding="utf-8") as file:
        text = file.read()
    assert f"SSIM {result.ssim:.4f}" in text
    assert "A: a$" in text
    compare_images(*pair, files=StillFiles(figure="f.png"))
    assert written("f.png").shape[1] > 1500


def test_without_matplotlib_the_figure_names_the_remedy(pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'vidsum\[plot\]'"):
        compare_images("a.png", "b.png", files=StillFiles(figure="f.png", diff="d.png"))
    assert sorted(os.listdir()) == ["a.png", "b.png"]
    compare_images("a.png", "b.png", files=StillFiles(diff="d.png"))


def test_the_table_of_blocks(pair):
    a, b = pair
    compare_images(a, b, stills=Stills(grid=100), files=StillFiles(grid_file="g.csv"))
    with open("g.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(int(row["x"]), int(row["y"])) for row in rows[:5]] == [
        (0, 0), (100, 0), (200, 0), (300, 0), (0, 100),
    ]  # fmt: skip
    assert rows[-1]["width"] == "30"
    assert rows[-1]["height"] == "40"
    block = np.s_[100:200, 100:200]
    assert float(rows[5]["mse"]) == pytest.approx(skimage.mean_squared_error(a[block], b[block]))
    expected = skimage.structural_similarity(a[block], b[block])
    assert float(rows[5]["ssim"]) == pytest.approx(expected, abs=1e-6)


def test_scores_of_blocks_that_were_not_computed_are_empty_cells(pair):
    a, b = (image[:, :203] for image in pair)
    compare_images(a, b, stills=Stills(grid=100), files=StillFiles(grid_file="g.csv"))
    with open("g.csv", newline="") as file:
        narrow = list(csv.DictReader(file))[2]
    assert (narrow["width"], narrow["ssim"]) == ("3", "")
    assert float(narrow["mse"]) >= 0


def test_json_has_all_scores(pair):
    files = StillFiles(json="out.json")
    result = compare_images("a.png", "b.png", files=files, stills=Stills(fail_under="ssim=1"))
    assert result.files == (files.json,)
    with open("out.json") as file:
        values = json.load(file)
    assert (values["a"], values["b"], values["identical"]) == ("a.png", "b.png", False)
    for name in ("mse", "psnr", "ssim", "nrmse", "percent_similar", "local_ssim", "width"):
        assert values[name] == getattr(result, name)
    (region,) = values["regions"]
    assert region["x"] == result.regions[0].x
    assert values["channels"]["grey"]["ssim"] == result.ssim
    assert values["failed"] == list(result.failed)


def test_an_infinite_psnr_is_null_in_json(pair):
    compare_images("a.png", "a.png", files=StillFiles(json="out.json"))
    with open("out.json") as file:
        values = json.load(file)
    assert values["psnr"] is None
    assert values["channels"]["grey"]["psnr"] is None
    assert values["identical"] is True


def test_names_that_are_no_utf_8_are_escaped_in_json(pair):
    name = os.fsdecode(b"\xff\xe2\x80\xaf.png")
    os.rename("a.png", name)
    compare_images(name, "b.png", files=StillFiles(json="out.json"))
    match_images(name, "b.png", files=StillFiles(json="found.json"))
    with open("out.json") as one, open("found.json") as other:
        told = [json.load(one)["a"], json.load(other)["matches"][0]["image"]]
    assert told == ["\\udcff\u202f.png"] * 2


@pytest.mark.parametrize(
    "files, says",
    [
        ({"diff": "d.gif"}, "--diff d.gif: its name has to end in .png, .jpg, .jpeg"),
        ({"figure": "f.bmp"}, "--figure f.bmp: its name has to end in .png"),
        ({"diff": "b.png"}, "this output is the input b.png"),
        ({"json": "a.png"}, "this output is the input a.png"),
        ({"diff": "x.png", "figure": "x.png"}, "two outputs have this name"),
        ({"matches": "x.csv"}, "--matches is for folders"),
        ({"grid_file": "x.csv"}, "--grid-file needs --grid N"),
        ({"json": "old.json"}, "this file exists"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_outputs_are_checked_before_any_work(pair, files, says):
    with open("old.json", "w") as file:
        file.write("old")
    with pytest.raises(UsageError, match=says):
        compare_images("a.png", "b.png", files=StillFiles(**files))
    assert sorted(os.listdir()) == ["a.png", "b.png", "old.json"]


def test_what_two_images_have_no_use_for_is_refused(pair):
    with pytest.raises(UsageError, match="--duplicates is for folders"):
        compare_images("a.png", "b.png", stills=Stills(duplicates=0.5))


def test_force_replaces_files(pair):
    with open("d.png", "w") as file:
        file.write("old")
    compare_images("a.png", "b.png", files=StillFiles(diff="d.png", force=True))
    assert written("d.png").shape == (240, 330, 3)


def test_nothing_half_written_is_left(pair, monkeypatch):
    def full(self, part, *arguments, **options):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OutputError, match=r"d\.png: cannot be written, the disk is full"):
        compare_images("a.png", "b.png", files=StillFiles(diff="d.png"))
    assert sorted(os.listdir()) == ["a.png", "b.png"]


def test_a_jpeg_that_would_be_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    long = np.zeros((8, 65501), np.uint8)
    with pytest.raises(OutputError, match=r"65501x8 is too large for JPEG; name a \.png"):
        compare_images(long, long, files=StillFiles(diff="d.jpg"))


def test_nothing_is_written_that_was_not_asked_for(pair):
    compare_images("a.png", "b.png", stills=Stills(grid=20))
    assert sorted(os.listdir()) == ["a.png", "b.png"]
