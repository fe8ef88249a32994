"""Gates: what they are parsed from, when they fail, and what is refused."""

import math

import pytest

from vidsum import Scoring, UsageError
from vidsum.quality.gates import Gate, check_gates, failures, parse_gate
from vidsum.quality.pooling import Pool
from vidsum.quality.scores import NAMES, Scorer


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("ssim=0.95", Gate(score="ssim", limit=0.95)),
        ("psnr_y.p5=32", Gate(score="psnr_y", pooling="p5", limit=32)),
        ("psnr.overall=30.5", Gate(score="psnr", pooling="overall", limit=30.5)),
        (" vmaf . worst_second = 7e1 ", Gate(score="vmaf", pooling="worst_second", limit=70)),
        ("local_ssim.min=-0.5", Gate(score="local_ssim", pooling="min", limit=-0.5)),
        ("ssim.mean=1", Gate(score="ssim", limit=1)),
    ],
)
def test_a_gate_is_score_pooling_and_limit(text, gate):
    assert parse_gate(text) == gate
    assert parse_gate(str(gate)) == gate


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write SCORE=LIMIT"),
        ("ssim", "write SCORE=LIMIT"),
        ("0.95", "write SCORE=LIMIT"),
        ("ssim.=0.9", "write SCORE=LIMIT"),
        ("ssim>0.9", "write SCORE=LIMIT"),
        ("sim=0.9", "no score sim, allowed are psnr_y, .*local_ssim, vmaf"),
        ("ssim.median=0.9", "ssim is not pooled by median, allowed are mean, harm.*worst_second$"),
        ("ssim.overall=0.9", "ssim is not pooled by overall"),
        ("psnr.mode=30", "allowed are mean, overall"),
        ("psnr.identical=3", "not pooled by identical"),
        ("ssim=", "the limit is missing"),
        ("ssim=high", "the limit is high, allowed are finite numbers"),
        ("ssim=nan", "the limit is nan"),
        ("psnr=inf", "the limit is inf"),
        ("ssim=0,95", "the limit is 0,95"),
        ("mse=5", "a lower mse is better.*use psnr instead"),
        ("mse_u.max=5", "a lower mse_u is better.*use psnr_u instead"),
        ("ssim=95", "ssim is never above 1"),
        ("local_ssim.p5=1.01", "local_ssim is never above 1"),
        ("vmaf=101", "vmaf is never above 100"),
        ("ssim=0.9\nx", r"^--fail-under ssim=0\.9\\nx: the limit is 0\.9\\nx"),
    ],
)
def test_what_is_no_gate_is_refused_in_one_line(text, message):
    with pytest.raises(UsageError, match=message) as error:
        parse_gate(text)
    assert str(error.value).startswith("--fail-under ")
    assert "\n" not in str(error.value)


def test_the_option_is_named_as_it_was_given():
    with pytest.raises(UsageError, match=r"^--limit x: "):
        parse_gate("x", "--limit")


def test_a_score_that_is_not_computed_is_refused_before_any_work():
    luma = Scorer(Scoring(planes="y")).names()
    gates = [parse_gate("ssim=0.9"), parse_gate("psnr_y.p5=30")]
    check_gates(gates, luma)
    with pytest.raises(UsageError, match=r"^--fail-under ssim_u\.p5=0\.9: .*no plane u.*--planes"):
        check_gates([*gates, parse_gate("ssim_u.p5=0.9")], luma)
    with pytest.raises(UsageError, match=r"^--fail-under vmaf=90: .*add --vmaf"):
        check_gates([parse_gate("vmaf=90")], Scorer().names())
    check_gates([parse_gate("vmaf=90")], NAMES)


def test_gates_that_are_not_reached_fail_by_what_is_missing():
    pooled = {"ssim": {"mean": 0.9, "p5": 0.75}, "psnr_y": {"mean": 35.0}}
    gates = [parse_gate(text) for text in ("ssim=0.9", "psnr_y=40", "ssim.p5=0.8")]
    failed = failures(gates, pooled)
    assert [(f.gate, f.value) for f in failed] == [(gates[1], 35.0), (gates[2], 0.75)]
    assert [f.short for f in failed] == pytest.approx([5, 0.05])
    assert failures([], pooled) == []


def test_identical_pictures_pass_whatever_the_psnr_must_be():
    pool = Pool(peak=255)
    for index in range(3):
        pool.add(index, {"mse": 0.0, "psnr": math.inf, "ssim": 1.0})
    texts = ["psnr=99", "psnr.overall=99", "psnr.p5=99", "psnr.worst_second=99", "ssim=1"]
    assert failures(map(parse_gate, texts), pool.pooled()) == []


def test_a_harmonic_mean_that_is_not_defined_fails():
    pool = Pool(peak=255)
    for value in (0.9, -0.1):
        pool.add(0, {"ssim": value})
    (failure,) = failures([parse_gate("ssim.harmonic_mean=0.1")], pool.pooled())
    assert failure.value is None
    assert failure.short is None
