"""The page of found events: pictures and links of the videos that still exist."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ...errors import VidsumError
from ...report.found import FoundEvent
from ...report.page.found import Card
from ...video.snapshot import event_chapters, snapshot

MOST_CARDS = 200
"""How many events are on a page; at some 8 kB each, it stays below 2 MB."""

_BOX = (240, 240)


def cards_of(events: Sequence[FoundEvent], should_stop: Callable[[], bool]) -> Iterator[Card]:
    """Yield a card for each of the first events.

    The picture is that of the peak from the source, or one from the condensed video.
    """
    chapters: dict[Path, dict[int, tuple[float, float]]] = {}
    for event in events[:MOST_CARDS]:
        if should_stop():
            return
        video = event.recording.video
        if video is not None and video not in chapters:
            chapters[video] = {}
            with contextlib.suppress(VidsumError):
                chapters[video] = event_chapters(video)
        chapter = None if video is None else chapters[video].get(event.number)
        source = _present(event, event.start)
        places = [_present(event, event.start if event.peak_time is None else event.peak_time)]
        if video is not None and chapter is not None:
            places.append((video, sum(chapter) / 2))
        yield Card(
            event=event,
            jpeg=_picture(places),
            source=source,
            video=None if video is None or chapter is None else (video, chapter[0]),
        )


def _present(event: FoundEvent, time: float) -> tuple[Path, float] | None:
    """Return the input for a time in the recording and the time in it, if it is unchanged.

    Inputs at addresses are not looked at.
    """
    place = event.source_at(time)
    if place is None or not isinstance(path := place[0], Path):
        return None
    size = event.recording.sizes[event.recording.inputs.index(path)]
    with contextlib.suppress(OSError, ValueError):  # the latter for what can be no name
        if path.stat().st_size == size:
            return path, place[1]
    return None


def _picture(places: Sequence[tuple[Path, float] | None]) -> bytes | None:
    """Return the picture of the first place that has one."""
    for place in places:
        if place is not None:
            with contextlib.suppress(VidsumError):
                return snapshot(*place, _BOX)
    return None
