"""`--html` of the commands: each writes one whole page, or says why not."""

import re
import sys

import pytest
from conftest import write_clip

from vidsum import ComparisonFiles, compare

pytest.importorskip("plotly")
pytest.importorskip("jinja2")

pytestmark = pytest.mark.usefixtures("plain_rule")


def pictures_in(page):
    return len(set(re.findall(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", page.read_text())))


def test_condense_and_report_show_their_highlights(clip, tmp_path, vidsum):
    condensed, reported = tmp_path / "c.html", tmp_path / "r.html"
    run = vidsum("condense", clip, "-o", tmp_path / "o.mp4", "--html", condensed)
    assert run.code == 0, run.err
    assert "c.html: page" in run.err
    assert vidsum("report", clip, "--html", reported).code == 0
    kept = int(re.search(r"(\d+) kept", run.err)[1])
    for page in (condensed, reported):
        assert page.read_text().startswith("<!doctype html>")
        assert f"<title>{clip.name}" in page.read_text()
        assert pictures_in(page) == kept  # there is room for all of them
    assert not list(tmp_path.glob("*.part*"))


def test_the_page_of_a_saved_table_is_called_by_its_name(clip, tmp_path, vidsum):
    assert vidsum("report", clip, "--csv", tmp_path / "scores.csv").code == 0
    assert vidsum("report", tmp_path / "scores.csv", "--html", tmp_path / "s.html").code == 0
    assert "<title>scores.csv" in (tmp_path / "s.html").read_text()
    assert pictures_in(tmp_path / "s.html") == 0


def test_compare_shows_its_worst_moments(tmp_path):
    copy = write_clip(
        tmp_path / "b.mp4", [n // 5 for n in range(100)], options={"crf": "45"}, size=(160, 120)
    )
    reference = write_clip(tmp_path / "a.mkv", [n // 5 for n in range(100)], codec="ffv1")
    page = tmp_path / "c.html"
    compare(reference, copy, files=ComparisonFiles(no_scores=True, html=page))
    assert "b.mp4 against a.mkv" in page.read_text()
    assert pictures_in(page) >= 4


@pytest.mark.parametrize("command", ["condense", "report", "compare"])
def test_other_names_are_refused_before_any_work(clip, tmp_path, vidsum, command):
    inputs = [clip] * (2 if command == "compare" else 1)
    run = vidsum(command, *inputs, "--html", tmp_path / "page.txt")
    assert run.code == 2
    assert "--html" in run.err and ".html or .htm" in run.err


@pytest.mark.parametrize("command", ["condense", "report", "compare"])
def test_what_is_missing_is_named_before_any_work(clip, tmp_path, vidsum, monkeypatch, command):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.chdir(tmp_path)
    inputs = [clip] * (2 if command == "compare" else 1)
    run = vidsum(command, *inputs, "--html", tmp_path / "page.html")
    assert run.code == 2
    assert "pip install 'vidsum[html]'" in run.err
    assert not list(tmp_path.iterdir())
