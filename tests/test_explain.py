"""Why a frame was kept or dropped: the sentence, and the picture."""

import re
from fractions import Fraction

import cv2
import numpy as np
import pytest
from conftest import write_clip
from helpers_arrays import scene, with_object

from vidsum import Grouping, Thresholds, Writing, condense
from vidsum.dedup import Decision, Reason
from vidsum.frame import Frame
from vidsum.report.entry import Entry
from vidsum.report.why import why


@pytest.fixture
def clip(tmp_path):
    """Five seconds of a still picture, ten frames in each; an object stands there from 2 s on."""
    still = scene((192, 256))
    lumas = [still] * 20 + [with_object(still, 100, 60, 32, level=250)] * 30
    return write_clip(tmp_path / "a.mkv", lumas, codec="ffv1", rate=10, size=(256, 192))


def explained(clip, folder, number, thresholds=None, grouping=None, **writing):
    """Return the picture that explains a frame, and the sentence in it."""
    result = condense(
        clip,
        thresholds=thresholds or Thresholds(preset="exact"),
        grouping=grouping,
        writing=Writing(output=folder / "o.mp4", explain=(number,), force=True, **writing),
    )
    (one,) = result.explained
    assert (one.frame, one.picture) == (number, folder / f"o.frame-{number}.png")
    return cv2.imread(str(one.picture)), one.why


@pytest.mark.parametrize(
    ("number", "options", "words"),
    [
        (0, {}, "no frame before it"),
        (5, {}, "against frame 0, the squared error alone proves"),
        (20, {}, r"its SSIM at \d+,\d+ against frame 0 is -?0\.\d+, below the threshold of 0.7"),
        (25, {"no_prefilter": True}, "against frame 20 is 1.000, not below the threshold of 0.7"),
        (25, {"pool": "mean", "no_prefilter": True}, "its mean SSIM against frame 0 is 0.98"),
        (10, {"heartbeat": 1}, "the last kept frame is older than the heartbeat of 1 s allows"),
        (5, {"pool": "mean"}, "alone proves that its mean SSIM is not below the threshold of 0.98"),
        (20, {"max_rate": 0.2}, r"below the threshold of 0.7, but frame 0, .* too near"),
    ],
)
def test_the_sentence_says_why(clip, tmp_path, number, options, words):
    _, said = explained(clip, tmp_path, number, Thresholds(preset="exact", **options))
    assert re.search(words, said), said


def test_the_sentence_speaks_of_what_finally_became_of_a_frame(clip, tmp_path):
    _, said = explained(clip, tmp_path, 16, grouping=Grouping(pad=0.5))
    assert "within 0.5 s of a change (--pad)" in said
    _, said = explained(clip, tmp_path, 16, timing="speedup")
    assert "within 1 s of a change (--timing speedup)" in said
    _, said = explained(clip, tmp_path, 20, grouping=Grouping(min_event=3))
    assert "its event was shorter than 3 s" in said


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason):
    frame = Frame(number=7, time=Fraction(1, 2), luma=np.zeros((2, 2), np.uint8))
    decision = Decision(reason=reason, reference=3, local_ssim=0.5, place=(1, 1))
    said = why(Entry(frame=frame, decision=decision), Thresholds(), Grouping())
    fate = "kept" if decision.kept else "dropped"
    assert re.fullmatch(rf"Frame 7 at 00:00:00.500 was {fate}: \S.*\.", said)
    assert "None" not in said


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.5, "0.500, below the threshold of 0.7, but no lower than is usual there"),
        (0.8, "0.800, not below the threshold of 0.7"),
        (None, "SSIM is nowhere below the threshold of 0.7 but where lower is usual"),
    ],
)
def test_where_much_is_usual_no_threshold_is_said_to_be_kept(score, words):
    frame = Frame(number=7, time=Fraction(1, 2), luma=np.zeros((2, 2), np.uint8))
    decision = Decision(reason=Reason.SAME, reference=3, local_ssim=score, place=(1, 1))
    assert words in why(Entry(frame=frame, decision=decision), Thresholds(), Grouping())


def test_the_picture_shows_both_frames_and_where_they_differ(clip, tmp_path):
    picture, _ = explained(clip, tmp_path, 20)
    still = cv2.cvtColor(scene((192, 256)), cv2.COLOR_GRAY2BGR)
    # Two panels of 256x192 stand in each of two rows; both frames are in the upper one.
    upper = picture[: picture.shape[0] // 2]
    _, _, (left, top), _ = cv2.minMaxLoc(cv2.matchTemplate(upper, still, cv2.TM_SQDIFF))
    assert left > picture.shape[1] / 2
    frame = picture[top : top + 192, 12 : 12 + 256]
    reference = picture[top : top + 192, left : left + 256]
    differs = np.abs(frame.astype(int) - reference).max(axis=2) > 60
    ys, xs = np.nonzero(differs)
    assert 100 < np.median(xs) < 132 and 60 < np.median(ys) < 92  # the object
    heat = picture[top + 252 : top + 252 + 192, 12 : 12 + 256].max(axis=2) > 100
    columns = np.nonzero(heat)[1]
    assert 100 < np.median(columns) < 132 and np.ptp(columns) < 100


def test_a_frame_that_is_not_there_is_told(clip, tmp_path, vidsum):
    result = vidsum("condense", clip, "--explain", 99, "--explain", 3, "-o", tmp_path / "o.mp4")
    assert result.code == 0
    assert "--explain 99: none of the 50 frames decoded" in result.err
    assert (tmp_path / "o.frame-3.png").exists()
    assert not list(tmp_path.glob("*frame-99*"))


def test_frames_are_named_by_their_number_in_the_recording_wherever_it_begins(
    clip, tmp_path, vidsum
):
    wanted = ("--explain", 5, "--explain", 20)
    result = vidsum("condense", clip, "--start", 1.5, *wanted, "-o", tmp_path / "o.mp4")
    assert result.code == 0
    assert "--explain 5: none of the 35 frames decoded" in result.err
    assert [path.name for path in tmp_path.glob("*frame*")] == ["o.frame-20.png"]
    assert cv2.imread(str(tmp_path / "o.frame-20.png")) is not None


def test_a_picture_that_exists_is_not_replaced(clip, tmp_path, vidsum):
    (tmp_path / "o.frame-3.png").write_text("mine")
    result = vidsum("condense", clip, "--explain", 3, "-o", tmp_path / "o.mp4")
    assert result.code == 2
    assert (tmp_path / "o.frame-3.png").read_text() == "mine"
    assert not (tmp_path / "o.mp4").exists()
