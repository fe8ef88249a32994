"""The page of events found in many recordings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import printable
from ...frame import clock
from ..found import FoundEvent, moment_text, strength_text
from ..writing import ReportFile
from .content import Figure
from .document import rendered
from .facts import length_text
from .pictures import picture_address
from .players import relative_address

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""What the page may do: show its own content. It runs no script."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An event as shown on the page."""

    event: FoundEvent
    jpeg: bytes | None
    """A small picture of it, if there is one."""
    source: tuple[Path, float] | None
    """The input, if it still exists, and the time in it at which the event begins."""
    video: tuple[Path, float] | None
    """The same for the condensed video."""


class FoundPage(ReportFile):
    """Writes a page with a card for each event: its picture, and links that open the videos there.

    Parameters
    ----------
    target
        The file to write.
    """

    def __init__(self, target: Path) -> None:
        super().__init__(target, ".html", head="")

    def write(
        self,
        cards: Sequence[Card],
        *,
        about: str,
        figures: Sequence[Figure],
        notices: Sequence[str],
    ) -> None:
        """Write all of it.

        Parameters
        ----------
        cards
            The events, in order.
        about
            The search.
        figures
            Numbers at the head of the page.
        notices
            What could not be read, and how many events are not on the page.
        """
        self._put(
            rendered(
                "found.html.jinja",
                policy=_POLICY,
                about=printable(about),
                figures=figures,
                notices=notices,
                cards=[self._shown(card) for card in cards],
            )
        )
        self.complete()

    def _shown(self, card: Card) -> dict[str, object]:
        event = card.event
        links = [
            {"label": label, "address": f"{relative_address(path, self.target)}#t={time:.3f}"}
            for label, place in (("source", card.source), ("condensed", card.video))
            if place is not None
            for path, time in (place,)
        ]
        return {
            "picture": None if card.jpeg is None else picture_address(card.jpeg),
            "camera": printable(event.recording.camera),
            "when": clock(event.start) if event.begins is None else moment_text(event.begins),
            "details": [length_text(event.duration), f"peak {strength_text(event.peak)}"],
            "place": f"{printable(event.recording.name)}, event {event.number}",
            "links": links,
        }
