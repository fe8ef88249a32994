"""The frames that represent a recording: each event's strongest, and others evenly spread."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...dedup import Reason
from ...dedup.events import Event
from ...errors import printable
from ...frame import Frame, VideoInfo, clock
from ...options import Writing
from ...remote import InputPath
from ...report.entry import Entry
from ...report.writing import WholeFile
from ...video.pen import Pixels
from ...video.picture import encoded_picture
from ...video.sheet import Cell, cell_size, draw_sheet
from ...video.thumbnails import Thumbnails
from .flow import Flow

Drawn = TypeVar("Drawn")
"""A small picture, in whatever form is requested."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Highlight(Generic[Drawn]):
    """A kept frame, drawn small."""

    frame: Frame
    """The frame, without its picture."""
    picture: Drawn | None
    """None until it is drawn, for a frame that came without its picture."""
    event: Event | None = None
    """The event whose strongest change it shows, if any."""

    @property
    def strength(self) -> float:
        """The dissimilarity of that change; 0 for other frames."""
        return 0.0 if self.event is None or self.event.peak is None else self.event.peak


class Highlights(Generic[Drawn]):
    """Collects highlights as frames pass by; memory does not grow with the recording.

    Parameters
    ----------
    draw
        Makes a small picture of a frame, whether it comes with its picture or not.
    most
        How many are wanted. If there are more events, the strongest are taken; if fewer, kept
        frames are added, evenly spread over the recording.
    """

    def __init__(self, draw: Callable[[Frame], Drawn], most: int) -> None:
        self._draw = draw
        self._most = most
        self._drawn: dict[int, Drawn] = {}
        """Pictures that an interrupted run has drawn, by frame number."""
        self._events: list[Highlight[Drawn]] = []
        self._peak: Highlight[Drawn] | None = None
        """The strongest frame so far of the current event."""
        self._others: list[Highlight[Drawn]] = []
        self._kept = 0
        self._stride = 1
        """Every Nth kept frame is one of the others."""

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
        self._events.append(dataclasses.replace(self._peak, event=event))
        if len(self._events) > self._most:
            weakest = min(range(len(self._events)), key=lambda at: self._events[at].strength)
            del self._events[weakest]

    def chosen(self) -> list[Highlight[Drawn]]:
        """Return the highlights so far, in order of time."""
        shown = {highlight.frame.number: highlight for highlight in self._events}
        others = [one for one in self._others if one.frame.number not in shown]
        room = min(self._most - len(shown), len(others))
        for index in range(room):
            one = others[(2 * index + 1) * len(others) // (2 * room)]
            shown[one.frame.number] = one
        return [self._with_picture(shown[number]) for number in sorted(shown)]

    def pictures(self) -> dict[int, Drawn]:
        """Return all pictures that are held, by frame number."""
        self._events = [self._with_picture(one) for one in self._events]
        self._others = [self._with_picture(one) for one in self._others]
        self._peak = None if self._peak is None else self._with_picture(self._peak)
        held = [*self._events, *self._others, *([] if self._peak is None else [self._peak])]
        return {one.frame.number: one.picture for one in held if one.picture is not None}

    def expect(self, drawn: dict[int, Drawn]) -> None:
        """Use these pictures for frames that come without theirs."""
        self._drawn = drawn

    def _highlight(self, frame: Frame) -> Highlight[Drawn]:
        picture = None if frame.native is None else self._draw(frame)
        return Highlight(frame=frame.without_picture(), picture=picture)

    def _with_picture(self, one: Highlight[Drawn]) -> Highlight[Drawn]:
        if one.picture is not None:
            return one
        drawn = self._drawn.get(one.frame.number)
        return dataclasses.replace(one, picture=self._draw(one.frame) if drawn is None else drawn)


class Sheet:
    """The contact sheet of a run.

    Parameters
    ----------
    file
        The file to write.
    info
        The video that frames come from.
    paths
        All inputs.
    writing
        How many columns and rows it has.
    picture
        Adds the picture to frames that come without one.
    """

    def __init__(
        self,
        file: WholeFile,
        info: VideoInfo,
        paths: Sequence[InputPath],
        writing: Writing,
        picture: Callable[[Frame], Frame],
    ) -> None:
        small = Thumbnails(info, cell_size(writing.sheet_columns))
        self.highlights: Highlights[Pixels] = Highlights(
            lambda frame: small.draw(picture(frame)), writing.sheet_columns * writing.sheet_rows
        )
        """The frames it shows."""
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
            if one.picture is not None
        ]
        picture = draw_sheet(cells, self._columns, self._head(flow, chosen))
        self._file.write(encoded_picture(self._file.target, picture))

    def _head(self, flow: Flow, chosen: Sequence[Highlight[Pixels]]) -> tuple[str, str]:
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
