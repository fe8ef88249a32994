"""Labelled clips: what happens in which frames, according to the labels.json next to them."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Interval: TypeAlias = tuple[int, int]
"""First and last frame, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledClip:
    """A clip and what is known of it."""

    name: str
    path: Path
    rate: float
    """Frames per second, by which frame numbers become times."""
    frames: int
    events: tuple[Interval, ...] | None
    """None if there are no labels for them."""
    objects: tuple[Interval, ...] = ()
    preset: str | None = None
    """The preset that suits the clip, where the labels name one."""


def read_folders(folders: Sequence[Path]) -> list[LabelledClip]:
    """Return the labelled clips of all folders, or leave with a message."""
    return [clip for folder in folders for clip in read_labels(folder)]


def read_labels(folder: Path) -> Iterator[LabelledClip]:
    """Yield the clips of the folder's labels.json; entries without "events" are none."""
    path = folder / "labels.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}; a folder of labelled clips holds such a file")
    except ValueError as error:
        sys.exit(f"{path}: {error}; expected is JSON")
    for name, entry in entries.items():
        if "events" not in entry:
            continue
        try:
            yield _clip(folder, name, entry)
        except (KeyError, TypeError, ValueError) as error:
            sys.exit(f"{path}: {name}: {error!r}; see sample_videos/labels.json for the form")


def _clip(folder: Path, name: str, entry: dict[str, Any]) -> LabelledClip:
    if not (folder / name).is_file():
        raise ValueError("there is no such file")
    frames = int(entry["frames"])
    events = entry["events"]
    return LabelledClip(
        name=name,
        path=folder / name,
        rate=float(entry["fps"]),
        frames=frames,
        events=None if events is None else tuple(_interval(pair, frames) for pair in events),
        objects=tuple(
            _interval((item["first"], item["last"]), frames) for item in entry.get("objects", ())
        ),
        preset=entry.get("preset"),
    )


def _interval(pair: Sequence[int], frames: int) -> Interval:
    first, last = pair
    if not 0 <= first <= last < frames:
        raise ValueError(f"[{first}, {last}] is no interval within {frames} frames")
    return first, last
