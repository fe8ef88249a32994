"""The plot of a run's scores over time."""

import json
import sys

import numpy as np
import pytest

from vidsum.report.schema import columns_of
from vidsum.report.timeline import TimelinePlot

HEADS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
HEADER = {
    "input": {"files": ["street.mp4"]},
    "options": {"min_ssim": 0.7, "pool": "local"},
    "events": [{"start": 2.0, "end": 4.0}],
}

pytestmark = pytest.mark.usefixtures("plain_rule")


def row(number, ssim=0.99, local=0.9, reason="same"):
    kept = reason in ("first", "change")
    return number, number / 25, 0, 1.0, ssim, local, 1, 1, kept, reason, None


def drawn(folder, rows, header):
    with TimelinePlot(folder / "t.png", columns_of(several=False)) as plot:
        for each in rows:
            plot.add(each)
        plot.finish(header)
        plot.publish(force=False)


def rows_named(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_threshold_kept_frames_usual_change_and_events_are_shown(tmp_path, figures):
    rows = [row(number) for number in range(100)]
    rows[50:55] = [row(number, local=0.2, reason="change") for number in range(50, 55)]
    rows[60:67] = [row(number, local=0.3, reason="usual") for number in range(60, 67)]
    drawn(tmp_path, rows, HEADER)
    above, below, marks = figures[0].axes
    assert 0.7 in [line.get_ydata()[0] for line in above.lines if line.get_linestyle() == "--"]
    assert "threshold 0.7" in [text.get_text() for text in above.get_legend().get_texts()]
    assert "threshold" not in str([text.get_text() for text in below.get_legend().get_texts()])
    assert rows_named(marks) == ["kept: 5", "usual change: 7", "events: 1"]
    assert figures[0].get_suptitle() == "street.mp4: 100 frames"


def test_one_bad_frame_in_hours_is_seen(tmp_path, figures):
    rows = [row(number) for number in range(100_000)]
    rows[77_777] = row(77_777, local=-0.4)
    drawn(tmp_path, rows, HEADER | {"options": {"min_ssim": 0.98, "pool": "mean"}})
    above, below, _ = figures[0].axes
    (line, *_) = above.lines
    assert np.nanmin(line.get_ydata()) == -0.4
    assert line.get_xdata().size < 2000
    assert "threshold 0.98" in [text.get_text() for text in below.get_legend().get_texts()]


@pytest.mark.parametrize("rows", [[], [row(0, None, None, "first")]])
def test_an_empty_table_and_a_single_frame_can_be_drawn(tmp_path, figures, rows):
    drawn(tmp_path, rows, {})
    assert rows_named(figures[0].axes[-1])[0] == f"kept: {len(rows)}"


@pytest.mark.parametrize("suffix", HEADS)
def test_the_plot_of_a_video_and_of_its_saved_table(clip, tmp_path, vidsum, suffix):
    table, plots = tmp_path / "t.json", [tmp_path / f"{name}{suffix}" for name in "ab"]
    assert vidsum("report", clip, "--json", table, "--plot", plots[0]).code == 0
    assert vidsum("report", table, "--plot", plots[1]).code == 0
    for plot in plots:
        assert plot.read_bytes().startswith(HEADS[suffix])
    assert json.loads(table.read_text())["events"]
    if suffix == ".png":  # the others name the time at which they were made
        assert plots[0].read_bytes() == plots[1].read_bytes()


@pytest.mark.parametrize("name", ["t.gif", "t", "-"])
def test_other_names_are_refused_before_any_work(clip, tmp_path, vidsum, name):
    result = vidsum("report", clip, f"--plot={name}")
    assert result.code == 2
    assert "--plot" in result.err and ".png, .svg, .pdf" in result.err


def test_without_matplotlib_it_is_said_what_to_install(clip, tmp_path, vidsum, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = vidsum("report", clip, "--plot", tmp_path / "t.png")
    assert result.code == 2
    assert "pip install 'vidsum[plot]'" in result.err
