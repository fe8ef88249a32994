"""The page in a real browser: what it shows, what it counts, and that it loads nothing."""

import math
import re
import shutil
import time
from fractions import Fraction
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from helpers_browser import Tab

from vidsum.errors import OutputError
from vidsum.report.estimate import Estimate
from vidsum.report.page import ComparisonPage, ScoresPage
from vidsum.report.page.numbers import Numbers
from vidsum.report.page.pairs import marks_of, worst
from vidsum.report.page.pictures import Pictures
from vidsum.report.schema import FRAME_COLUMNS, columns_of

RATE = 25
HOSTILE = "a</script><script>alert(1)</script><!--&amp;.mp4"
EVENTS = ((10, 30), (60, 75))
"""First and last changed frame of each event."""

pytest.importorskip("plotly")
pytest.importorskip("jinja2")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A name for the folder of the test: a browser keeps compiled what an address showed before."""
    return tmp_path_factory.mktemp("place") / "here"


@pytest.fixture
def tab(window, place, tmp_path):
    """Opens files of `tmp_path`, one after the other; none may complain."""
    tabs = []
    place.unlink(missing_ok=True)
    place.symlink_to(tmp_path)

    def opened(path, **options):
        tabs.append(Tab(window, place / path.relative_to(tmp_path), **options))
        return tabs[-1]

    yield opened
    for each in tabs:
        each.leave()
        assert each.said == []


def rows_of(frames=100, events=EVENTS, threshold=0.7):
    """Return rows as a run makes them: low scores in events, each frame against the last kept."""
    random = np.random.default_rng(7)
    rows, reference = [], None
    for frame in range(frames):
        inside = any(first <= frame <= last for first, last in events)
        score = round(float(random.uniform(0.1, 0.69) if inside else random.uniform(0.75, 1)), 6)
        kept = frame == 0 or score < threshold
        reason = "first" if frame == 0 else "change" if kept else "same"
        scores = (None, None, None) if frame == 0 else (frame % 7 + 0.5, 0.98, score)
        place = (None, None) if frame == 0 else (40, 30)
        seconds = round(frame / RATE, 6)
        rows.append((frame, seconds, reference, *scores, *place, kept, reason, None))
        reference = frame if kept else reference
    return rows


def header_of(name="street.mp4", events=EVENTS, faults=()):
    return {
        "input": {"files": [name], "width": 160, "height": 120, "codec": "h264"},
        "options": {"min_ssim": 0.7, "pool": "local", "vmaf": None},
        "summary": {"frames": 100, "kept": 38, "seconds": 4.0, "faults": list(faults)},
        "events": [
            {
                **{"event": number, "start": first / RATE, "end": (last + 1) / RATE},
                **{"peak_time": first / RATE, "peak": 0.6, "frames_kept": last - first + 1},
            }
            for number, (first, last) in enumerate(events, 1)
        ],
    }


def jpeg(level):
    return cv2.imencode(".jpg", np.full((90, 160), level, np.uint8))[1].tobytes()


def write_page(target, rows=None, header=None, columns=FRAME_COLUMNS, pictures=(), **options):
    with ScoresPage(target, columns, **options) as page:
        for row in rows_of() if rows is None else rows:
            page.add(row)
        for seconds in pictures:
            page.add_picture(seconds, jpeg(round(50 * seconds)))
        page.finish(header_of() if header is None else header)
        page.publish(force=True)
    return target


def pair_of(number, late=0.5):
    return SimpleNamespace(
        reference=SimpleNamespace(number=number, time=Fraction(number, RATE)),
        distorted=SimpleNamespace(number=number, time=Fraction(number, RATE) + exact(late)),
    )


def exact(seconds):
    return Fraction(repr(seconds))


def write_comparison(target, ssims, pairing=None, options=None, vmaf=None):
    singles = {why: [] for why in ("dropped", "repeated", "inserted", "outside")} | (pairing or {})
    with ComparisonPage(target) as page:
        for number, ssim in enumerate(ssims):
            psnr = math.inf if ssim == 1 else 40 * ssim
            values = {"mse_y": 1.0, "psnr_y": psnr, "ssim_y": ssim, "ssim": ssim, "local_ssim": 0.5}
            page.write(pair_of(number), SimpleNamespace(values=values), (8, 8))
        if vmaf is not None:
            page.add_vmaf(vmaf)
        described = {"file": "in/a.mp4", "width": 160, "height": 120}
        page.finish(
            {
                **{
                    "vidsum": "0.1.0",
                    "reference": described,
                    "distorted": described | {"file": "out/b.mp4"},
                },
                **{"options": options or {}, "pairing": {"pairs": len(ssims), **singles}},
                **{"notes": ["sizes differ"], "failed": [], "faults": [], "complete": True},
                "scores": {"ssim": {"mean": 0.9}, "psnr_y": {"overall": None}},
            }
        )
        page.publish(force=False)
    return target


@pytest.fixture(scope="module")
def opened_run(window, tmp_path_factory):
    """A page of 100 seconds with two moments, open beside the others."""
    path = tmp_path_factory.mktemp("page") / "p.html"
    write_page(path, rows_of(2500), pictures=(0.4, 2.4), begun=time.monotonic())
    shown = Tab(window.context.new_page(), path)
    yield shown
    shown.page.close()


@pytest.fixture
def shown(opened_run):
    """The page of 100 seconds, all of which it shows; it may not complain."""
    opened_run.page.bring_to_front()
    opened_run.page.mouse.move(0, 0)
    opened_run.page.focus("#timeline")
    opened_run.page.keyboard.press("0")
    yield opened_run
    assert opened_run.said == []


def test_a_page_shows_the_run_and_loads_nothing(shown):
    assert shown.page.title() == "street.mp4 \N{EN DASH} vidsum"
    assert shown.others_loaded == []
    figures = shown.text(".figures").split("\n")
    assert figures[figures.index("Frames") + 1] == "2,500"
    assert figures[figures.index("Kept") + 1 :][:2] == ["38", "1.52 %"]
    assert shown.page.locator(".moments img").count() == 2
    assert shown.page.locator("#histogram .drawing svg").count() > 0
    assert "--min-ssim\t0.7" in shown.text(".tables")
    assert "real time" in shown.text(".tables")
    assert shown.page.locator("#players").is_hidden()


def test_names_and_faults_stay_text(tab, tmp_path):
    header = header_of(HOSTILE, faults=[f"{HOSTILE}: <b>damaged</b>"])
    rows = [(*row, HOSTILE, row[0], row[1]) for row in rows_of()]
    page = write_page(
        tmp_path / "p.html", rows, header, columns_of(several=True), title=HOSTILE,
        videos=[tmp_path / "none.mp4"],
    )  # fmt: skip
    shown = tab(page)
    assert shown.text("h1").endswith("script><!--&amp;.mp4")
    assert shown.text(".notices li") == f"{HOSTILE}: <b>damaged</b>"
    assert shown.page.locator("script").count() == 4  # three of the page, and the library


def test_times_may_count_from_1970_on(tab, tmp_path):
    rows = [(row[0], row[1] + 1_746_057_600, *row[2:]) for row in rows_of()]
    shown = tab(write_page(tmp_path / "p.html", rows, header_of(events=())))
    begin, end = shown.drawn()["range"]
    assert (begin - 1_746_057_600, end - begin) == pytest.approx((0, 4), abs=0.001)


def test_another_threshold_counts_as_the_estimate_does(tab, tmp_path):
    rows = rows_of()
    shown = tab(write_page(tmp_path / "p.html", rows))
    assert "keeps 38 (38.00 %) of 100 frames, as it was run" in shown.text("#outcome")
    assert shown.text("#caution").startswith("An estimate")
    for least in (0.2, 0.5, 0.9, rows[20][5]):  # at a score itself, its frame is not below
        estimate = Estimate(least, 0.7, "local_ssim")
        for row in rows:
            estimate.add(row)
        shown.page.fill("#limit-number", str(least))
        said = shown.text("#outcome")
        assert f" keeps {estimate.kept} ({estimate.kept}.00 %) of 100 frames" in said
        assert f"{estimate.more.frames} more, {estimate.fewer.frames} fewer" in said
        strokes = shown.drawn()["lines"][-2:]
        # Each has two ends, and a gap behind it.
        assert [len(line["x"]) // 3 for line in strokes] == [
            estimate.more.frames,
            estimate.fewer.frames,
        ]


def test_the_slider_has_keys_and_a_way_back(tab, tmp_path):
    shown = tab(write_page(tmp_path / "p.html"))
    shown.page.focus("#limit")
    shown.page.keyboard.press("ArrowLeft")
    assert shown.page.input_value("#limit-number") == "0.699"
    shown.page.click("#limit-back")
    assert "as it was run" in shown.text("#outcome")


def test_against_the_previous_frame_the_count_is_exact(tab, tmp_path):
    rows = [(row[0], row[1], row[0] - 1 if row[0] else None, *row[3:]) for row in rows_of()]
    assert tab(write_page(tmp_path / "p.html", rows)).text("#caution").startswith("Exact")


def test_a_moment_moves_the_timeline(shown):
    assert shown.drawn()["range"] == pytest.approx([0, 100])
    shown.page.click(".moments li:nth-child(2) button")
    begin, end = shown.drawn()["range"]
    assert 0 <= begin < 2.4 < 3.04 < end < 10
    assert shown.text("#readout").startswith("00:00:02.400 · frame 60 ·")
    assert shown.page.get_attribute(".moments li:nth-child(2) button", "aria-current") == "true"


def test_hovering_tells_the_frame_and_shows_the_nearest_picture(tab, tmp_path):
    rows = rows_of()
    shown = tab(write_page(tmp_path / "p.html", rows, pictures=(0.4, 2.4)))
    box = shown.page.locator("#timeline").bounding_box()
    inside = box["width"] - 76 - 14
    shown.page.mouse.move(box["x"] + 76 + inside * 0.7, box["y"] + 60)
    told = shown.text(".tip dl").split("\n")
    told = dict(zip(told[::2], told[1::2], strict=True))
    assert (told["time"], told["frame"]) == ("00:00:02.800", "70")
    assert told["local SSIM"] == f"{rows[70][5]:.4f}"
    assert told["decision"] == "kept (change)"
    shown.page.mouse.down()
    shown.page.mouse.up()
    assert shown.text("#readout").startswith("00:00:02.800 · frame 70 ·")
    shown.page.mouse.move(box["x"] + 77 + inside * 0.7, box["y"] + 60)
    second = shown.page.get_attribute(".moments li:nth-child(2) img", "src")
    assert shown.page.get_attribute(".tip img", "src") == second


def test_the_timeline_has_keys(shown):
    shown.page.focus("#timeline")
    press = shown.page.keyboard.press

    def frame():
        return int(re.search(r"frame ([\d,]+)", shown.text("#readout"))[1].replace(",", ""))

    press("Home")
    press("n")
    assert frame() == 10
    press("n")
    assert frame() == 60
    press("p")
    press("ArrowRight")
    assert frame() == 11
    press("+")
    begin, end = shown.drawn()["range"]
    assert end - begin == pytest.approx(50)
    press("Shift+ArrowRight")
    assert shown.drawn()["range"] == pytest.approx([begin + 5, end + 5])
    press("End")
    assert frame() == 2499
    press("0")
    assert np.ptp(shown.drawn()["range"]) == pytest.approx(100)


def test_a_drag_moves_the_view_and_the_wheel_with_control_zooms(shown):
    mouse = shown.page.mouse
    shown.page.click("#zoom-in")
    before = shown.drawn()["range"]
    box = shown.page.locator("#timeline").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 60
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 100, y, steps=4)
    mouse.up()
    moved = shown.drawn()["range"]
    seconds = 100 / (box["width"] - 90) * 50
    assert np.subtract(moved, before) == pytest.approx([seconds, seconds], rel=0.02)
    shown.page.keyboard.down("Control")
    mouse.wheel(0, -100)
    assert np.ptp(shown.drawn()["range"]) < 40
    shown.page.keyboard.up("Control")
    mouse.dblclick(x, y)
    assert shown.drawn()["range"] == pytest.approx([0, 100])


def test_no_peak_of_an_hour_is_lost(tab, tmp_path):
    frames, dip = 90_000, 54_321
    good = (20.0, 0.98, 0.9, 40, 30, False, "same", None)
    rows = [(frame, frame / RATE, 0, *good) for frame in range(frames)]
    rows[dip] = (dip, dip / RATE, 0, 20.0, 0.98, -0.25, 40, 30, True, "change", None)
    begun = time.process_time()
    page = write_page(tmp_path / "p.html", rows, header_of(events=()))
    assert time.process_time() - begun < 5
    assert page.stat().st_size < 4_000_000
    shown = tab(page)
    lines = [line for line in shown.drawn()["lines"] if line["yaxis"] == "y"]
    assert all(len(line["x"]) < 5000 for line in lines)
    assert min(value for line in lines for value in line["y"] if value is not None) == -0.25
    kept = [line for line in shown.drawn()["lines"] if line["yaxis"] == "y3"]
    assert dip / RATE in kept[0]["x"]
    shown.page.fill("#limit-number", "0.95")
    assert shown.text("#outcome").startswith("0.95 keeps 90,000 (100.00 %)")


def test_scores_that_were_not_computed_leave_gaps(tab, tmp_path):
    rows = rows_of()
    for at in (39, 41):
        rows[at] = (*rows[at][:5], None, *rows[at][6:])
    shown = tab(write_page(tmp_path / "p.html", rows))
    curve, *alone = [line for line in shown.drawn()["lines"] if line["yaxis"] == "y"][1:]
    assert curve["x"].index(None) == 38
    assert alone[0]["mode"] == "markers"
    assert alone[0]["x"] == [40 / RATE]
    shown.page.fill("#limit-number", "0.9")
    assert "2 frames without a score stay as they are" in shown.text("#caution")


def test_dark_and_printed(tab, tmp_path):
    page = write_page(tmp_path / "p.html")
    grounds = {}
    for scheme in ("light", "dark"):
        shown = tab(page, colours=scheme)
        ground = "() => getComputedStyle(document.body).backgroundColor"
        grounds[scheme] = shown.page.evaluate(ground), shown.drawn()["colour"]
    assert len(set(grounds["light"] + grounds["dark"])) == 4
    # A dark screen prints dark on white, as wide as the paper is.
    shown.page.evaluate(
        """() => addEventListener("beforeprint", () => {
          const { layout } = document.querySelector("#timeline .drawing");
          window.printed = [layout.font.color, layout.width];
        })"""
    )
    assert shown.page.pdf(format="A4").startswith(b"%PDF")
    colour, width = shown.page.evaluate("window.printed")
    assert colour == grounds["light"][1]
    assert width < (210 - 2 * 14) / 25.4 * 96  # what is left of A4
    assert shown.drawn()["colour"] == grounds["dark"][1]
    shown.page.emulate_media(media="print")
    assert shown.page.locator("#limit").is_hidden()


def test_every_control_has_a_name(shown):
    nameless = shown.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [tabindex]")].filter(one =>
          !one.textContent.trim() && !one.getAttribute("aria-label") &&
          !one.getAttribute("aria-labelledby") && !one.labels?.length).map(one => one.outerHTML)"""
    )
    assert nameless == []
    assert shown.page.locator("h1").count() == 1


def test_a_saved_table_without_a_header_is_enough(tab, tmp_path):
    shown = tab(write_page(tmp_path / "p.html", header={}, title="old.csv"))
    assert shown.text("h1") == "old.csv"
    assert "lists no events" in shown.text("main")
    highest = max(row[5] for row in rows_of() if row[9] == "change")
    assert shown.text("#outcome").startswith(f"{highest + 1e-6:.6g} keeps 38")


def test_a_table_without_rows_is_a_page(tab, tmp_path):
    shown = tab(write_page(tmp_path / "p.html", rows=[], header=header_of(events=())))
    assert shown.page.locator("#over-time").is_hidden()


def test_the_video_plays_where_it_lies_beside_the_page(tab, tmp_path, samples):
    video = tmp_path / "50% #1 <b>.mp4"
    shutil.copy(samples / "street.mp4", video)
    page = write_page(tmp_path / "p.html", pictures=(2.4,), videos=[video])
    shown = tab(page)
    can_play = "document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.640028\"')"
    if not shown.page.evaluate(can_play):
        pytest.skip("this browser can't play H.264")
    shown.page.wait_for_selector("#players video")
    shown.page.click(".moments li:nth-child(2) button")
    at = "() => document.querySelector('video').currentTime"
    shown.page.wait_for_function(f"({at})() >= 2.4")
    assert shown.others_loaded[0].endswith("/50%25%20%231%20%3Cb%3E.mp4")
    shown.page.locator("video").evaluate("video => video.pause()")


def test_frames_without_a_partner_are_marked_in_the_time_of_the_reference(tab, tmp_path):
    pairing = {
        "dropped": [{"video": "reference", "frame": 7, "time": 0.28}],
        "repeated": [{"video": "distorted", "frame": 9, "time": 1.5}],
    }
    page = write_comparison(tmp_path / "p.html", [0.95] * 100, pairing)
    shown = tab(page)
    strips = [line for line in shown.drawn()["lines"] if line["yaxis"] == "y4"]
    assert [line["x"][0] for line in strips if line["x"]][:2] == [0.28, 1.0]
    assert shown.text("h1") == "b.mp4 against a.mp4"
    assert shown.text(".notices li") == "sizes differ"
    assert "PSNR Y, overall\nidentical" in shown.text(".figures")


def test_a_comparison_counts_the_pairs_below_a_limit(tab, tmp_path):
    ssims = [round(0.8 + index / 500, 6) for index in range(100)] + [1.0]
    page = write_comparison(
        tmp_path / "p.html",
        ssims,
        options={"fail_under": ["ssim=0.9", "ssim.min=0.1"]},
        vmaf=[50.0] * 101,
    )
    shown = tab(page)
    shown.page.select_option("#score", "ssim")
    below = sum(ssim < 0.9 for ssim in ssims)
    assert shown.text("#outcome").startswith(f"{below} pairs of 101")
    shown.page.fill("#limit-number", "0.85")
    below = sum(ssim < 0.85 for ssim in ssims)
    assert shown.text("#outcome").startswith(f"{below} pairs of 101")
    shown.page.focus("#timeline")
    shown.page.keyboard.press("End")
    assert "PSNR Y identical" in shown.text("#readout")


def test_the_worst_moments_lie_a_second_apart():
    times, scores = np.arange(100) / RATE, np.full(100, 0.9)
    scores[[50, 51, 90]] = 0.3, 0.2, 0.5
    found = list(worst(times, scores, 3))
    assert found[:2] == [51, 90]
    assert np.diff(sorted(times[found])).min() >= 1
    assert list(worst(times, np.full(100, np.inf))) == []


def test_marks_outside_keep_the_nearest_shift():
    values = {"time": np.array([1.0, 2.0]), "distorted_time": np.array([1.5, 2.6])}
    single = {"video": "distorted", "frame": 0, "time": 1.0}
    pairing = {"dropped": [], "repeated": [], "inserted": [], "outside": [single]}
    assert marks_of(pairing, values) == [{"label": "outside", "times": [0.5]}]


def test_numbers_keep_their_digits():
    numbers = Numbers(1_000_000)
    for value in (0.7, None, math.inf, -0.123456, 1e9):
        numbers.add(value)
    assert numbers.values()[[0, 3]].tolist() == [0.7, -0.123456]
    assert np.isnan(numbers.values()[1])
    assert numbers.values()[2] == math.inf
    assert len(numbers) == 5


def test_of_many_pictures_those_of_the_greatest_weight_stay():
    pictures = Pictures(most=2)
    for seconds, weight in ((1.0, 0.5), (2.0, 0.9), (3.0, 0.1), (4.0, 0.7)):
        pictures.add(seconds, b"x", weight)
    assert pictures.take(3.5, 4.5, None)[0] == 4.0
    assert [seconds for seconds, _ in pictures.rest()] == [2.0]


def test_a_page_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "p.html"
    with pytest.raises(RuntimeError), ScoresPage(target, FRAME_COLUMNS) as page:
        page.add(rows_of(1)[0])
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    target.write_text("mine")
    with ScoresPage(target, FRAME_COLUMNS) as page:
        page.finish({})
        with pytest.raises(OutputError, match="has appeared meanwhile"):
            page.publish(force=False)
    assert target.read_text() == "mine"
