"""The rules of vidsum that are measured."""

import dataclasses

from vidsum.dedup import Judge
from vidsum.options import PRESETS, Thresholds

CURVE_MIN_SSIM = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""The thresholds of a curve; a rule's own is added."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A way to decide which frames are kept."""

    label: str
    thresholds: Thresholds = dataclasses.field(default_factory=Thresholds)

    @property
    def min_ssim(self) -> float:
        """The threshold that decides."""
        return round(1 - self.thresholds.max_dissimilarity, 6)

    def at(self, min_ssim: float) -> "Rule":
        """Return the same rule with another threshold."""
        thresholds = dataclasses.replace(self.thresholds, min_ssim=min_ssim)
        return dataclasses.replace(self, thresholds=thresholds)


RULES = {preset: Rule(label=preset, thresholds=Thresholds(preset=preset)) for preset in PRESETS}
"""What `--rules` can name."""


def make_judge(shape: tuple[int, int], rule: Rule) -> Judge:
    """Return a judge of frames of `shape`: the only place where one is made."""
    return Judge(shape, rule.thresholds)


def curve_thresholds(rule: Rule) -> list[float]:
    """Return the thresholds of the rule's curve, its own among them."""
    return sorted({*CURVE_MIN_SSIM, rule.min_ssim})
