"""The frames that stand for a recording: of each event the strongest, and kept frames evenly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..dedup import Reason
from ..dedup.events import Event
from ..errors import printable
from ..frame import Frame, VideoInfo, clock
from ..options import Writing
from ..report.entry import Entry
from ..report.writing import WholeFile
from ..video.pen import Pixels
from ..video.picture import encoded_picture
from ..video.sheet import Cell, cell_size, draw_sheet
from ..video.thumbnails import Thumbnails
from .flow import Flow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Highlight:
    """A kept frame, drawn small."""

    frame: Frame
    """The frame, without its picture."""
    picture: Pixels
    event: Event | None = None
    """The event whose strongest change it shows, if it does."""

    @property
    def strength(self) -> float:
        """The dissimilarity of that change; 0 of other frames."""
        return 0.0 if self.event is None or self.event.peak is None else self.event.peak


class Highlights:
    """Collects highlights while frames pass by; memory does not grow with the recording.

    Parameters
    ----------
    draw
        Makes a frame small.
    most
        So many are wanted. Of more events, the strongest are taken; of fewer, kept frames are added
        that are spread evenly over all of them.
    """

    def __init__(self, draw: Callable[[Frame], Pixels], most: int) -> None:
        self._draw = draw
        self._most = most
        self._events: list[Highlight] = []
        self._peak: Highlight | None = None
        """The strongest frame so far of the event that is going on."""
        self._others: list[Highlight] = []
        self._kept = 0
        self._stride = 1
        """Every such kept frame is one of the others."""

    def add_frame(self, entry: Entry) -> None:
        """Take the next frame."""
        if not entry.decision.kept:
            return
        drawn = None
        event, frame = entry.event, entry.frame
        if entry.decision.reason is Reason.CHANGE and event is not None:
            begins = event.first_frame == frame.number
            if begins or event.peak_frame == frame.number:
                drawn = self._peak = self._highlight(frame)
        if self._kept % self._stride == 0:
            self._others.append(drawn or self._highlight(frame))
            if len(self._others) > 2 * self._most:
                del self._others[1::2]
                self._stride *= 2
        self._kept += 1

    def add_event(self, event: Event) -> None:
        """Take the event that has just ended."""
        assert self._peak is not None
        shown = Highlight(frame=self._peak.frame, picture=self._peak.picture, event=event)
        self._events.append(shown)
        if len(self._events) > self._most:
            weakest = min(range(len(self._events)), key=lambda at: self._events[at].strength)
            del self._events[weakest]

    def chosen(self) -> list[Highlight]:
        """Return the highlights so far, in the order of time."""
        shown = {highlight.frame.number: highlight for highlight in self._events}
        others = [one for one in self._others if one.frame.number not in shown]
        room = min(self._most - len(shown), len(others))
        for index in range(room):
            one = others[(2 * index + 1) * len(others) // (2 * room)]
            shown[one.frame.number] = one
        return [shown[number] for number in sorted(shown)]

    def _highlight(self, frame: Frame) -> Highlight:
        return Highlight(frame=frame.without_picture(), picture=self._draw(frame))


class Sheet:
    """The contact sheet of a run.

    Parameters
    ----------
    file
        What it is written into.
    info
        The video that frames come from.
    paths
        All inputs.
    writing
        How many columns and rows it has.
    """

    def __init__(
        self, file: WholeFile, info: VideoInfo, paths: Sequence[Path], writing: Writing
    ) -> None:
        small = Thumbnails(info, cell_size(writing.sheet_columns))
        self.highlights = Highlights(small.draw, writing.sheet_columns * writing.sheet_rows)
        """What it shows."""
        self._file = file
        self._paths = paths
        self._columns = writing.sheet_columns

    def write(self, flow: Flow) -> None:
        """Draw the sheet, once all frames were seen."""
        chosen = self.highlights.chosen()
        cells = [
            Cell(
                picture=one.picture,
                title=clock(one.frame.time)[:-4],
                note="" if one.event is None else _note(one.event),
            )
            for one in chosen
        ]
        picture = draw_sheet(cells, self._columns, self._head(flow, chosen))
        self._file.write(encoded_picture(self._file.target, picture))

    def _head(self, flow: Flow, chosen: Sequence[Highlight]) -> tuple[str, str]:
        name = printable(self._paths[0].name)
        if len(self._paths) > 1:
            name += f" and {len(self._paths) - 1} more"
        events, shown = len(flow.events), sum(one.event is not None for one in chosen)
        of_events = f"{shown} strongest of {events}" if shown < events else f"{events}"
        others = len(chosen) - shown
        parts = [f"events: {of_events}, each where it differs most"] * bool(events)
        parts += [f"{'other ' * bool(events)}kept frames: {others} of {flow.kept}"] * bool(others)
        return f"{name}, {clock(flow.end - flow.begin)[:-4]}", "; ".join(parts)


def _note(event: Event) -> str:
    return f"event {event.number}, {float(event.duration):.1f} s"
