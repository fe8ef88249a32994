"""What is known about the sample videos, in the form labels.json gives it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledObject:
    """Something that is in the picture from frame `first` to frame `last`, both included."""

    name: str
    first: int
    last: int
    still: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Json]:
        """The entry of this object in labels.json."""
        entry: dict[str, Json] = {"name": self.name, "first": self.first, "last": self.last}
        if self.still is not None:
            entry["still"] = list(self.still)
        return entry


def merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort intervals of frames and join those that overlap or follow on directly."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def clip_labels(
    *, rate: int, frames: int, objects: Sequence[LabelledObject], note: str
) -> dict[str, Json]:
    ordered = sorted(objects, key=lambda item: (item.first, item.last))
    return {
        "fps": rate,
        "frames": frames,
        "events": [list(pair) for pair in merged((item.first, item.last) for item in ordered)],
        "objects": [item.as_json() for item in ordered],
        "note": note,
    }
