"""The rule on lists of arrays: what is kept, with which scores, and an exact prefilter."""

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from helpers_arrays import plane, scene, to_levels, with_grain, with_object
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsum import Thresholds, UsageError
from vidsum.dedup import Judge, Reason, prefilter
from vidsum.frame import Frame
from vidsum.metrics import Block8Reference, ssim

RATE = 25


def judged(lumas, *, all_scores=False, rate=RATE, **options):
    """Return the decision on each picture of a sequence."""
    options.setdefault("preset", "exact")
    judge = Judge(lumas[0].shape, Thresholds(**options), all_scores=all_scores)
    return [
        judge.judge(Frame(number=number, time=Fraction(number, rate), luma=luma))
        for number, luma in enumerate(lumas)
    ]


def kept(decisions):
    return [number for number, decision in enumerate(decisions) if decision.kept]


def scores(decision):
    return decision.mse, decision.ssim, decision.local_ssim, decision.place


def lowest_tile(reference, candidate):
    """Return the lowest SSIM of all 16x16 tiles at stride 4, and the centre of that tile."""
    height, width = reference.shape
    return min(
        (
            ssim(reference[y : y + 16, x : x + 16], candidate[y : y + 16, x : x + 16]),
            (x + 8, y + 8),
        )
        for y in range(0, height - 15, 4)
        for x in range(0, width - 15, 4)
    )


@st.composite
def sequences(draw):
    """Sequences of what cameras see: grain, brightness steps, small objects, flat black."""
    shape = draw(st.sampled_from([(16, 16), (40, 56), (33, 50), (9, 70)]))
    seed = draw(st.integers(0, 999))
    picture = draw(st.sampled_from(["scene", "black", "grey", "random", "contrasty"]))
    still = {
        "scene": lambda: scene(shape, seed=seed),
        "black": lambda: np.zeros(shape, np.uint8),
        "grey": lambda: np.full(shape, 120, np.uint8),
        "random": lambda: plane("random", shape, seed=seed),
        "contrasty": lambda: plane("contrasty", shape),
    }[picture]()
    steps = st.fixed_dictionaries(
        {
            "grain": st.sampled_from([0, 0.3, 1, 3, 8, 25]),
            "brightness": st.sampled_from([0, 0, 1, -2, 7, 40]),
            "object": st.none()
            | st.tuples(
                st.integers(0, shape[1] - 1),
                st.integers(0, shape[0] - 1),
                st.sampled_from([1, 2, 4, 10]),
                st.integers(0, 255),
            ),
        }
    )
    lumas = []
    for number, step in enumerate(draw(st.lists(steps, min_size=2, max_size=7))):
        luma = still if step["object"] is None else with_object(still, *step["object"])
        lumas.append(with_grain(luma + float(step["brightness"]), step["grain"], seed=number))
    return lumas


rules = st.fixed_dictionaries(
    {
        "pool": st.sampled_from(["local", "mean"]),
        "min_ssim": st.none()
        | st.floats(-0.5, 1)
        | st.sampled_from([-0.5, 0, 0.5, 0.9, 0.98, 0.999, 1]),
    }
)


@settings(max_examples=150)
@given(sequences(), rules)
def test_the_prefilter_changes_no_decision(lumas, rule):
    fast, slow = judged(lumas, **rule), judged(lumas, no_prefilter=True, **rule)

    assert [d.reason for d in fast] == [d.reason for d in slow]
    assert [d.reference for d in fast] == [d.reference for d in slow]
    for with_prefilter, without in zip(fast, slow, strict=True):
        for name, one, other in zip(
            ("mse", "ssim", "local_ssim", "place"),
            scores(with_prefilter),
            scores(without),
            strict=True,
        ):
            assert one is None or one == other, name
        assert not without.prefiltered
        # What it decides alone is never a change.
        assert not with_prefilter.prefiltered or not with_prefilter.kept


@settings(max_examples=60)
@given(sequences(), rules)
def test_all_scores_changes_no_decision_and_fills_every_cell(lumas, rule):
    plain, full = judged(lumas, **rule), judged(lumas, all_scores=True, **rule)

    assert [(d.reason, d.reference) for d in plain] == [(d.reason, d.reference) for d in full]
    assert not any(d.prefiltered for d in full)
    assert None not in [score for decision in full[1:] for score in scores(decision)]


@settings(max_examples=60)
@given(sequences(), rules)
def test_kept_frames_judged_again_are_all_kept(lumas, rule):
    decisions = judged(lumas, **rule)
    chosen = [lumas[number] for number in kept(decisions)]

    assert kept(judged(chosen, **rule)) == list(range(len(chosen)))
    assert {d.reason for d in decisions if not d.kept} <= {Reason.SAME}
    assert {d.reason for d in decisions if d.kept} <= {Reason.FIRST, Reason.CHANGE}


windows = st.tuples(
    st.sampled_from(["random", "smooth", "noisy", "constant", "black", "saturated", "contrasty"]),
    st.integers(0, 50),
)


@settings(max_examples=200)
@given(windows, windows, st.floats(0, 1))
def test_no_window_is_less_similar_than_its_squared_error_allows(one, two, blend):
    reference, other = (plane(kind, (8, 8), seed=seed) for kind, seed in (one, two))
    candidate = to_levels(reference * (1 - blend) + other * blend)
    prepared = Block8Reference(reference)
    weights = np.empty((1, 1))
    prefilter.weigh(prepared.sums, prepared.squares, weights)

    error = ((reference.astype(int) - candidate) ** 2).sum()
    assert 1 - prepared.ssim(candidate) <= weights[0, 0] * error + 1e-12


@pytest.mark.parametrize("pool", ["local", "mean"])
def test_the_prefilter_decides_frames_of_a_still_scene_alone(pool):
    still = scene((144, 192))
    lumas = [with_grain(still, 0.4, seed=seed) for seed in range(10)]
    decisions = judged(lumas, pool=pool, min_ssim=0.7)

    assert kept(decisions) == [0]
    for decision in decisions[1:]:
        assert decision.prefiltered
        assert decision.mse > 0
        assert scores(decision)[1:] == (None, None, None)


@pytest.mark.parametrize("shape", [(16, 16), (48, 64), (36, 100)], ids=str)
def test_scores_are_those_of_the_tiles_of_the_picture(shape):
    still = scene(shape)
    changed = with_object(with_grain(still, 3), shape[1] - 9, 2, 7, 240)
    decision = judged([still, changed], all_scores=True)[1]

    local, place = lowest_tile(still, changed)
    assert decision.local_ssim == pytest.approx(local, abs=1e-12)
    assert decision.place == place
    assert decision.ssim == pytest.approx(ssim(still, changed), abs=1e-12)
    assert decision.mse == ((still.astype(float) - changed) ** 2).mean()


@pytest.mark.parametrize("no_prefilter", [False, True])
@pytest.mark.parametrize("shape", [(48, 64), (1, 1), (3, 5), (17, 33), (15, 90)], ids=str)
def test_mse_is_that_of_the_picture_without_padding(shape, no_prefilter):
    one, two = (plane("random", shape, seed=seed) for seed in (1, 2))
    decision = judged([one, two], min_ssim=-1, no_prefilter=no_prefilter)[1]
    assert decision.mse == pytest.approx(((one.astype(float) - two) ** 2).mean(), rel=1e-12)


@pytest.mark.parametrize("shape", [(30, 1502), (34, 1600)], ids=str)
def test_mse_of_a_large_picture_is_that_of_its_reduced_size(shape):
    one, two = (plane("random", shape, seed=seed) for seed in (1, 2))
    size = (shape[1] // 2, shape[0] // 2)
    small = [cv2.resize(p, size, interpolation=cv2.INTER_AREA).astype(float) for p in (one, two)]
    decision = judged([one, two], min_ssim=-1)[1]
    assert decision.mse == pytest.approx(((small[0] - small[1]) ** 2).mean(), rel=1e-12)


def test_the_first_frame_is_kept_without_a_score():
    decisions = judged([scene((40, 60))] * 3)
    assert decisions[0].reason is Reason.FIRST
    assert decisions[0].reference is None
    assert scores(decisions[0]) == (None, None, None, None)
    assert [d.reason for d in decisions[1:]] == [Reason.SAME] * 2


def test_a_small_object_in_1080p_is_seen_by_its_place_and_not_by_the_mean():
    still = scene((1080, 1920))
    lumas = [still, with_grain(still, 1), *(with_object(still, 1403, 611, n, 30) for n in (8, 12))]

    assert kept(judged(lumas)) == [0, 2, 3]
    assert kept(judged(lumas, pool="mean")) == [0]


@pytest.mark.parametrize(
    ("shape", "factor"), [((360, 640), 1), ((300, 1920), 2), ((300, 3840), 4)], ids=str
)
@pytest.mark.parametrize("where", ["upper left", "middle", "lower right"])
def test_the_place_is_where_the_object_is(shape, factor, where):
    side = 6 * factor
    height, width = shape
    x, y = {
        "upper left": (0, 0),
        "middle": (width // 2 + 5, height // 2 - 3),
        "lower right": (width - side, height - side),
    }[where]
    still = scene(shape)
    decision = judged([still, with_object(still, x, y, side, 255)])[1]

    assert decision.reason is Reason.CHANGE
    # The neighbourhood of 16x16 samples round the place touches the object.
    for place, start in zip(decision.place, (x, y), strict=True):
        assert start - 8 * factor <= place <= start + side + 8 * factor


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (17, 33)], ids=str)
def test_tiny_frames_are_judged_and_their_place_lies_inside(shape):
    black, white = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    decisions = judged([black, black, white, white, black], all_scores=True)

    assert kept(decisions) == [0, 2, 4]
    assert decisions[1].mse == 0
    assert decisions[1].ssim == decisions[1].local_ssim == 1
    assert decisions[2].mse == 255**2
    for decision in decisions[1:]:
        x, y = decision.place
        assert 0 <= x < shape[1]
        assert 0 <= y < shape[0]


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_change_at_the_very_edge_of_an_uneven_picture_is_seen(edge):
    """Its last three columns and rows fill no cell of 4x4 samples."""
    still = scene((67, 91))
    changed = still.copy()
    strip = {
        "left": np.s_[20:40, :3],
        "right": np.s_[20:40, -3:],
        "top": np.s_[:3, 20:40],
        "bottom": np.s_[-3:, 20:40],
    }[edge]
    changed[strip] = plane("random", changed[strip].shape)
    # A strip this narrow fills a third of the windows that are pooled.
    assert kept(judged([still, changed], min_ssim=0.8)) == [0, 1]


def test_frames_are_compared_with_the_last_kept_one_so_slow_drift_is_caught():
    one, other = scene((64, 96), seed=1), scene((64, 96), seed=2)
    lumas = [to_levels(one + (other.astype(float) - one) * step / 40) for step in range(41)]

    for before, after in pairwise(lumas):
        assert kept(judged([before, after])) == [0]
    decisions = judged(lumas)
    assert len(kept(decisions)) > 1
    for number, decision in enumerate(decisions[1:], 1):
        assert decision.reference == max(n for n in kept(decisions) if n < number)


def test_a_visitor_is_kept_once_when_it_comes_and_once_when_it_goes():
    empty = scene((90, 120))
    busy = with_object(empty, 40, 30, 12, 220)
    lumas = [with_grain(p, 1, seed=n) for n, p in enumerate([empty] * 5 + [busy] * 5 + [empty] * 5)]
    assert kept(judged(lumas)) == [0, 5, 10]


def test_the_threshold_itself_is_still_the_same():
    still = scene((16, 16))
    changed = with_object(still, 4, 4, 5, 200)
    similarity = judged([still, changed], all_scores=True)[1].local_ssim
    assert -0.9 < similarity < 0.9

    for pool in ("local", "mean"):  # one neighbourhood: its mean is the mean of the picture
        for no_prefilter in (False, True):
            rule = {"pool": pool, "no_prefilter": no_prefilter}
            assert kept(judged([still, changed], min_ssim=similarity - 1e-9, **rule)) == [0]
            assert kept(judged([still, changed], min_ssim=similarity + 1e-9, **rule)) == [0, 1]


@pytest.mark.parametrize("pool", ["local", "mean"])
@pytest.mark.parametrize("no_prefilter", [False, True])
def test_the_extreme_thresholds_keep_every_change_and_none(pool, no_prefilter):
    still = scene((40, 60))
    lumas = [still, still, with_object(still, 30, 20, 1, int(still[20, 30]) + 1), 255 - still]
    rule = {"pool": pool, "no_prefilter": no_prefilter}
    assert kept(judged(lumas, min_ssim=1, **rule)) == [0, 2, 3]
    assert kept(judged(lumas, min_ssim=-1, **rule)) == [0]


@pytest.mark.parametrize(
    ("seconds", "rate", "distance"), [(1, 25, 25), (0.2, 25, 5), (0.1, 20, 2), (0.5, 30, 15)]
)
def test_a_heartbeat_keeps_a_frame_of_a_still_picture_in_so_much_time(seconds, rate, distance):
    decisions = judged([scene((20, 30))] * 61, heartbeat=seconds, rate=rate)
    assert kept(decisions) == list(range(0, 61, distance))
    assert {decisions[number].reason for number in kept(decisions)[1:]} == {Reason.HEARTBEAT}
    assert {d.reason for d in decisions if not d.kept} == {Reason.SAME}


def test_a_heartbeat_counts_from_the_last_kept_frame_and_keeps_its_picture():
    still = scene((40, 60))
    lumas = [with_grain(still, 0.5, seed=number) for number in range(40)]
    lumas[7] = 255 - still
    decisions = judged(lumas, heartbeat=0.4)

    assert kept(decisions) == [0, 7, 8, 18, 28, 38]
    assert [decisions[n].reason for n in (7, 8, 18)] == [
        Reason.CHANGE,
        Reason.CHANGE,
        Reason.HEARTBEAT,
    ]
    assert decisions[19].reference == 18
    assert decisions[19].mse == ((lumas[18].astype(float) - lumas[19]) ** 2).mean()


def test_a_heartbeat_decided_by_the_squared_error_has_no_other_score():
    decision = judged([scene((40, 60))] * 26, heartbeat=1)[25]
    assert decision.reason is Reason.HEARTBEAT
    assert scores(decision) == (0, None, None, None)


def test_a_score_is_left_out_rather_than_invented():
    """Where only part of the picture was compared, its mean is unknown, but a change's place isn't.

    A frame that stays has been searched only where the prefilter was in doubt, so its lowest SSIM
    is unknown too.
    """
    still = np.full((160, 160), 100, np.uint8)
    changed, faint = with_object(still, 80, 80, 10, 250), with_object(still, 80, 80, 2, 122)
    seen, unseen = judged([still, changed])[1], judged([still, faint])[1]

    assert (seen.reason, seen.prefiltered, seen.ssim) == (Reason.CHANGE, False, None)
    assert seen.local_ssim == pytest.approx(lowest_tile(still, changed)[0])
    assert (unseen.reason, unseen.prefiltered) == (Reason.SAME, False)
    assert scores(unseen)[1:] == (None, None, None)


@pytest.mark.parametrize("shape", [(41, 62), (24, 1502), (28, 3001)], ids=str)
@pytest.mark.parametrize("padding", [32, 7])
def test_views_of_padded_read_only_memory_give_the_same_decisions(shape, padding):
    still = scene(shape)
    lumas = [with_grain(still, sigma, seed=n) for n, sigma in enumerate((0, 1, 30, 1, 3))]
    memory = np.full((len(lumas), shape[0], shape[1] + padding), 255, np.uint8)
    memory[:, :, : shape[1]] = lumas
    memory.flags.writeable = False
    views = [picture[:, : shape[1]] for picture in memory]

    assert not views[0].flags.c_contiguous
    assert judged(views, all_scores=True) == judged(lumas, all_scores=True)


def test_a_kept_frame_may_be_overwritten_by_the_decoder():
    still = scene((40, 60))
    judge = Judge(still.shape, Thresholds())
    memory = still.copy()
    judge.judge(Frame(number=0, time=Fraction(0), luma=memory))
    memory[:] = 255 - memory
    assert judge.judge(Frame(number=1, time=Fraction(1), luma=memory)).reason is Reason.CHANGE


@pytest.mark.parametrize("shape", [(40, 61), (41, 60), (60, 40)], ids=str)
def test_a_frame_of_another_size_is_refused(shape):
    judge = Judge((40, 60), Thresholds())
    judge.judge(Frame(number=0, time=Fraction(0), luma=np.zeros((40, 60), np.uint8)))
    with pytest.raises(UsageError, match="frame 1 has shape") as error:
        judge.judge(Frame(number=1, time=Fraction(1), luma=np.zeros(shape, np.uint8)))
    assert f"{shape}, expected (40, 60)" in str(error.value)


@pytest.mark.parametrize("pool", ["local", "mean"])
def test_windows_are_in_doubt_only_where_something_changed(pool):
    still = scene((128, 192))
    changed = still.copy()
    changed[60:72, 90:102] = 255
    same, other = judged([still, still, changed], pool=pool, min_ssim=0.999)[1:]
    assert same.doubtful == 0
    # Every window of 8x8 samples at stride 4 that touches the 12x12 object, and no other.
    assert other.doubtful == (4 * 5 if pool == "local" else 31 * 47)


def test_the_mean_may_exceed_the_threshold_where_no_place_does():
    """Each of the four corners lies in one neighbourhood alone, which counts a ninth of it."""
    grey = np.full((20, 20), 120, np.uint8)
    corners = grey.copy()
    corners[::18, ::18] = corners[1::18, 1::18] = corners[::18, 1::18] = corners[1::18, ::18] = 133
    decision = judged([grey, corners], pool="mean", min_ssim=0.98)[1]
    assert decision.reason is Reason.CHANGE
    assert decision.box is None
