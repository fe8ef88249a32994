"""Gates: limits that pooled scores must meet, as in `--fail-under psnr_y.p5=32`."""

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..errors import UsageError, printable
from .pooling import POOLINGS, Pooled
from .scores import NAMES, is_psnr, lower_is_better

_GATE = re.compile(r"\s*(\w+)\s*(?:\.\s*(\w+)\s*)?=(.*)", re.DOTALL)

_MAX_SCORES = {"ssim": 1.0, "local": 1.0, "vmaf": 100.0}
"""The maximum of a score, by the first word of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A limit below which a pooled score must not fall."""

    score: str
    """One of `NAMES`, a score for which higher means more alike."""
    pooling: str = "mean"
    """One of `POOLINGS`."""
    limit: float

    def __str__(self) -> str:
        pooling = "" if self.pooling == "mean" else f".{self.pooling}"
        return f"{self.score}{pooling}={self.limit:.10g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A gate that a video has not passed."""

    gate: Gate
    value: float | None
    """The pooled score; None if it is undefined: the harmonic mean of a negative SSIM."""

    @property
    def short(self) -> float | None:
        """How far the score is below the limit."""
        return None if self.value is None else self.gate.limit - self.value


def parse_gate(text: str, option: str = "--fail-under") -> Gate:
    """Parse a gate: ``ssim=0.95``, or ``psnr_y.p5=32``.

    Raises
    ------
    UsageError
        If the score or the pooling does not exist, or the limit is no number or unreachable.
    """
    shown = f"{option} {printable(text)}"
    match = _GATE.fullmatch(text)
    if match is None:
        raise UsageError(f"{shown}: write SCORE=LIMIT or SCORE.POOLING=LIMIT, as in psnr_y.p5=32")
    score, pooling, number = match[1], match[2] or "mean", match[3].strip()
    scores = [name for name in NAMES if not lower_is_better(name)]
    if score in NAMES and lower_is_better(score):
        raise UsageError(
            f"{shown}: a lower {score} is better, so it can't fall under a limit; "
            f"use {score.replace('mse', 'psnr')} instead"
        )
    if score not in scores:
        raise UsageError(f"{shown}: there is no score {score}, allowed are {', '.join(scores)}")
    poolings = [name for name in POOLINGS if name != "overall" or is_psnr(score)]
    if pooling not in poolings:
        raise UsageError(
            f"{shown}: {score} is not pooled by {pooling}, allowed are {', '.join(poolings)}"
        )
    try:
        limit = float(number)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise UsageError(
            f"{shown}: the limit is {printable(number) or 'missing'}, allowed are finite numbers"
        )
    largest = _MAX_SCORES.get(score.partition("_")[0], math.inf)
    if limit > largest:
        raise UsageError(
            f"{shown}: no video can pass, as {score} is never above {largest:g}; set it below"
        )
    return Gate(score=score, pooling=pooling, limit=limit)


def check_gates(
    gates: Iterable[Gate],
    computed: Collection[str],
    option: str = "--fail-under",
    *,
    psnr_cap: float | None = None,
) -> None:
    """Raise `UsageError` if a gate needs a score that is not among those `computed`.

    Also if it asks for more decibels than `psnr_cap` allows.
    """
    for gate in gates:
        if gate.score in computed:
            if psnr_cap is not None and is_psnr(gate.score) and gate.limit > psnr_cap:
                raise UsageError(
                    f"{option} {gate}: no video can pass, as --psnr-cap cuts {gate.score} to "
                    f"{psnr_cap:g}; set one of them so that it can"
                )
            continue
        plane = gate.score.partition("_")[2]
        way = (
            "add --vmaf"
            if gate.score == "vmaf"
            else f"the pictures have no plane {plane}, or --planes leaves it out"
        )
        raise UsageError(f"{option} {gate}: {gate.score} is not computed; {way}")


def failures(gates: Iterable[Gate], pooled: Pooled) -> list[Failure]:
    """Return the gates that are not passed, in order.

    An infinite PSNR, of identical pictures, passes.
    """
    failed = []
    for gate in gates:
        value = pooled[gate.score][gate.pooling]
        if value is None and is_psnr(gate.score):
            continue
        if value is None or value < gate.limit:
            failed.append(Failure(gate=gate, value=value))
    return failed
