"""Why a frame was kept or dropped, in a sentence."""

from collections.abc import Mapping

from ..dedup import Reason
from ..frame import clock
from ..options import Grouping, Thresholds
from .entry import Entry


def why(
    entry: Entry, thresholds: Thresholds, grouping: Grouping, *, padded_by: str = "--pad"
) -> str:
    """Return why a frame was kept or dropped.

    Parameters
    ----------
    entry
        The frame, and the final decision on it.
    thresholds, grouping
        The rule.
    padded_by
        The option that sets the padding of `grouping`.
    """
    frame, decision = entry.frame, entry.decision
    fate = "kept" if decision.kept else "dropped"
    begin = f"Frame {frame.number} at {clock(frame.time)} was {fate}"
    return f"{begin}: {_reasons(entry, thresholds, grouping, padded_by)[decision.reason]}."


def _reasons(
    entry: Entry, thresholds: Thresholds, grouping: Grouping, padded_by: str
) -> Mapping[Reason, str]:
    limit = f"{1 - thresholds.max_dissimilarity:g}"
    return {
        Reason.FIRST: "there was no frame before it to compare it with",
        Reason.CHANGE: f"{_score(entry, thresholds)}, below the threshold of {limit}",
        Reason.LIGHT: "the light has changed and has settled; nothing else is new",
        Reason.HEARTBEAT: (
            f"the last kept frame is older than the heartbeat of {thresholds.heartbeat or 0:g} s "
            "allows"
        ),
        Reason.PAD: f"it lies within {grouping.pad:g} s of a change ({padded_by})",
        Reason.SPEEDUP: "one in every few frames between events is shown (--timing speedup)",
        Reason.SAME: _same(entry, thresholds, limit),
        Reason.USUAL: (
            f"{_score(entry, thresholds)}, but where it differs, it does so as this picture "
            "usually does, or by its light alone"
        ),
        Reason.SOON: (
            f"{_score(entry, thresholds)}, below the threshold of {limit}, but frame "
            f"{entry.decision.reference}, the last kept one, is too near (--max-rate)"
        ),
        Reason.SHORT: f"its event was shorter than {grouping.min_event:g} s (--min-event)",
        Reason.SKIPPED: "only every Nth frame is looked at (--every)",
    }


def _same(entry: Entry, thresholds: Thresholds, limit: str) -> str:
    decision = entry.decision
    if decision.prefiltered or (decision.local_ssim is None and decision.ssim is None):
        places = " but where lower is usual" if thresholds.memory_seconds else ""
        what = "its mean SSIM is not" if thresholds.pool == "mean" else "SSIM is nowhere"
        return (
            f"against frame {decision.reference}, the squared error alone proves that {what} "
            f"below the threshold of {limit}{places}"
        )
    lowest = decision.local_ssim
    if (
        thresholds.pool == "local"
        and lowest is not None
        and 1 - lowest > thresholds.max_dissimilarity
    ):
        return (
            f"{_score(entry, thresholds)}, below the threshold of {limit}, but no lower than is "
            "usual there"
        )
    return f"{_score(entry, thresholds)}, not below the threshold of {limit}"


def _score(entry: Entry, thresholds: Thresholds) -> str:
    decision = entry.decision
    if thresholds.pool == "mean" and decision.ssim is not None:
        return f"its mean SSIM against frame {decision.reference} is {decision.ssim:.3f}"
    where = "" if entry.place is None else f" at {entry.place[0]},{entry.place[1]}"
    score = "unknown" if decision.local_ssim is None else f"{decision.local_ssim:.3f}"
    return f"its SSIM{where} against frame {decision.reference} is {score}"
