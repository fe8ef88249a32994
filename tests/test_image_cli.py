"""`vidsum image`: what it prints, and its exit codes."""

import os
from types import SimpleNamespace

import numpy as np
import pytest
from helpers_arrays import scene
from PIL import Image

from vidsum.cli import main
from vidsum.jobs.stills.image import compare_images


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


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs `vidsum image` in the working folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        code = main(["image", *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return SimpleNamespace(code=code, out=said.out.splitlines(), err=said.err.splitlines())

    return run


def test_the_command_prints_the_scores(pair, run):
    result = compare_images("a.png", "b.png")
    told = run("a.png", "b.png", "--json", "out.json", "--diff", "d.png")
    assert told.code == 0
    assert told.out[0] == "330x240, grey, 8 bits"
    values = {line.split()[0]: line.split()[1] for line in told.out[1:6]}
    assert float(values["MSE"]) == pytest.approx(result.mse, abs=1e-4)
    assert float(values["PSNR"]) == pytest.approx(result.psnr, abs=0.01)
    assert float(values["SSIM"].rstrip(",")) == pytest.approx(result.ssim, abs=1e-6)
    assert float(values["similar"]) == pytest.approx(result.percent_similar, abs=0.01)
    assert told.out[6] == "1 region differs:"
    region = result.regions[0]
    box = f"{region.x},{region.y},{region.width},{region.height}"
    assert told.out[7].split()[1] == box
    assert any(line.startswith("  d.png: ") for line in told.err)


def test_the_command_says_what_is_identical_and_what_is_almost(pair, run):
    same = run("a.png", "a.png")
    assert same.out[-1] == "identical"
    assert same.out[2].split() == ["PSNR", "infinite"]
    a, _ = pair
    large = np.tile(a, (4, 4))
    Image.fromarray(large).save("large.png")
    large[500, 500] = 255
    Image.fromarray(large).save("speck.png")
    line = run("large.png", "speck.png", "--min-area", "60").out
    assert line[5].startswith("similar  99.99 %")
    assert line[-1] == "no region differs"


def test_the_command_writes_the_table_of_blocks_beside(pair, run):
    assert run("a.png", "b.png", "--grid", "20").code == 0
    with open("a.grid.csv") as file:
        assert len(file.readlines()) == 1 + 12 * 17
    assert run("a.png", "b.png", "--grid", "20").code == 2
    assert run("a.png", "b.png", "--grid", "20", "--force").code == 0


def test_exit_codes(pair, run, tmp_path):
    Image.fromarray(scene((60, 70))).save("small.png")
    (tmp_path / "text.png").write_text("no image")
    sizes = run("a.png", "small.png")
    assert sizes.code == 2
    assert "330x240" in sizes.err[0] and "70x60" in sizes.err[0] and "--resize" in sizes.err[0]
    assert run("a.png", "small.png", "--resize").code == 0
    assert run("a.png").code == 2
    assert run("a.png", "b.png", "--grid", "3").code == 2
    assert run("a.png", "missing.png").code == 3
    assert run("a.png", "text.png").code == 3
    assert run("a.png", "b.png", "--diff", "missing/d.png").code == 4
    assert run("a.png", "b.png", "--max-pixels", "1000").code == 6
    failed = run("a.png", "b.png", "--fail-under", "ssim=0.99", "--fail-under", "psnr=1")
    assert failed.code == 1
    assert failed.err[-1].startswith("vidsum: failed: ssim is 0.")
    assert len(failed.err) == 1
    assert run("a.png", "a.png", "--fail-under", "ssim=1").code == 0


def test_notes_are_warnings(pair, run):
    told = run("a.png", "b.png", "--color", "--resize")
    assert told.err == []
    Image.fromarray(pair[0]).save("m.gif", save_all=True, append_images=[Image.fromarray(pair[1])])
    told = run("m.gif", "b.png")
    assert told.err == ["vidsum: warning: m.gif holds several pictures; the first one is compared"]


def test_folders_print_a_table_and_groups(pair, run, tmp_path):
    a, _ = pair
    Image.fromarray(scene((200, 300), seed=9)).save("other.png")
    Image.fromarray(a).save("copy\n.jpg", quality=90)
    (tmp_path / "notes.txt").write_text("no image")
    os.remove("b.png")
    told = run(".", "--matches", "m.csv")
    assert told.code == 0
    assert told.out[0].split() == ["SSIM", "image", "nearest"]
    nearest = {line.split()[1]: line.split()[2] for line in told.out[1:4]}
    assert nearest["a.png"] == "copy\\n.jpg"
    assert nearest["copy\\n.jpg"] == "a.png"
    assert told.out[4:] == ["duplicates 1:", "  a.png", "  copy\\n.jpg"]
    assert told.err[0] == "1 other files in the folders are no images by their names"
    (tmp_path / "bad.png").write_text("no image")
    told = run(".")
    assert told.code == 5
    assert "vidsum: warning: bad.png: no image, or in no format that vidsum reads" in told.err


def test_what_folders_have_no_use_for_is_refused(pair, run):
    for option in (["--diff", "d.png"], ["--ignore", "0,0,9,9"], ["--grid", "20"]):
        told = run(".", *option)
        assert told.code == 2
        assert told.err[0].startswith("vidsum: --")


def test_a_missing_folder_exits_3(run, tmp_path):
    (tmp_path / "empty").mkdir()
    told = run("empty", "missing.png")
    assert told.code == 3
    assert told.err == ["vidsum: empty: there is no image in this folder"]
