"""The page of a table of scores, for `report` and `condense`."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...dedup import Reason
from ...errors import printable
from ...frame import clock
from ...spreadsheet import source_name
from ..estimate import Estimate, threshold_of
from ..schema import Column, Row
from ..totals import PLACES
from .content import Content, Figure, Moment, Moments
from .document import PageFile
from .facts import (
    base_names,
    input_facts,
    length_text,
    notices,
    options_facts,
    run_facts,
    speed_text,
    summary_facts,
)
from .numbers import Numbers
from .pictures import Pictures
from .players import Track, relative_address

_STEPS_PER_UNIT = {"time": 1000, "mse": 10_000, "ssim": 1_000_000, "local_ssim": 1_000_000}
"""Steps per unit for fractional numbers: scores that may decide keep all their digits."""

_MAX_LISTED_EVENTS = 500
"""How many events are listed, the strongest."""

_LABELS = {"local_ssim": "local SSIM", "ssim": "mean SSIM", "mse": "MSE"}
_REASONS = {reason.value: code for code, reason in enumerate(Reason)}


class ScoresPage(PageFile):
    """Writes the page of a table of scores; a `Table`, like those of the other formats.

    Until it is finished, it holds 44 bytes per frame and at most 500 pictures.

    Parameters
    ----------
    target
        The file to write.
    columns
        The columns of the rows, as `columns_of` returns them.
    stream
        Where to write instead of a file.
    title
        The title of the page if the header names no input.
    videos
        The inputs, in order: the page plays them from where they are now.
    begun
        When the run began, by `time.monotonic()`; None for a page of a saved table, whose time is
        not worth reporting.
    """

    def __init__(
        self,
        target: Path,
        columns: Sequence[Column],
        stream: BinaryIO | None = None,
        *,
        title: str = "Table of scores",
        videos: Sequence[Path] = (),
        begun: float | None = None,
    ) -> None:
        super().__init__(target, stream)
        self._title = printable(title)
        # The columns after these describe the inputs.
        self._columns = {name: Numbers(_STEPS_PER_UNIT.get(name, 1)) for name in PLACES}
        self._numbers = list(self._columns.values())
        self._source = len(PLACES) if len(columns) > len(PLACES) else None
        self._videos = {source_name(video): video for video in videos}
        self._tracks: list[Track] = []
        self._playing: str | None = None
        self._begun = begun
        self._pictures = Pictures()
        self._highest: dict[str, Row] = {}
        # Used only for `is_exact`, which depends on no threshold.
        self._estimate = Estimate(0.0, 0.0, "local_ssim")

    def add(self, row: Row) -> None:
        """Take one row."""
        for numbers, value in zip(self._numbers, row, strict=False):
            numbers.add(_REASONS[value] if isinstance(value, str) else value)
        self._estimate.add(row)
        if row[PLACES["reason"]] == Reason.CHANGE:
            for score in ("local_ssim", "ssim"):
                before = self._highest.get(score)
                if before is None or _score(row, score) > _score(before, score):
                    self._highest[score] = row
        if self._videos:
            self._play(row)

    def add_picture(self, time: float, jpeg: bytes, *, weight: float = 0.0) -> None:
        """Take a small picture of the recording, some 240 pixels wide.

        An event shows the picture of its time that is nearest to its peak; hovering over the
        timeline shows the nearest of all.

        Parameters
        ----------
        time
            Its time in seconds.
        jpeg
            The picture as a JPEG file.
        weight
            Of more than 500 pictures, those with the greatest weight are kept: the peak of the
            event.
        """
        self._pictures.add(time, jpeg, weight)

    def finish(self, header: Mapping[str, object]) -> None:
        """Write the page; `header` is the header of the table."""
        self._write_content(self._content(header))

    def _play(self, row: Row) -> None:
        """Note where in the recording an input begins."""
        if self._source is None:
            name, own = next(iter(self._videos)), row[PLACES["time"]]
        else:
            name, own = str(row[self._source]), row[self._source + 2]
        if name == self._playing or name not in self._videos:
            return
        self._playing = name
        begin = float(row[PLACES["time"]] or 0)
        address = relative_address(self._videos[name], self.target)
        self._tracks.append(Track(address=address, begin=begin, shift=float(own or 0) - begin))

    def _content(self, header: Mapping[str, object]) -> Content:
        options, summary = _mapping(header.get("options")), _mapping(header.get("summary"))
        described = _mapping(header.get("input"))
        score = "ssim" if options.get("pool") == "mean" else "local_ssim"
        highest = self._highest.get(score)
        threshold = threshold_of(header, [] if highest is None else [highest], score)
        times = self._columns["time"].values()
        frames, kept = times.size, int(np.nansum(self._columns["kept"].values()))
        seconds = _seconds(summary, times)
        events = header.get("events")
        moments = self._moments(events if isinstance(events, list) else None)
        elapsed = None if self._begun is None else time.monotonic() - self._begun
        figures = [
            Figure(label="Frames", value=f"{frames:,}", detail=length_text(seconds)),
            Figure(label="Kept", value=f"{kept:,}", detail=share_text(kept, frames)),
        ]
        if isinstance(events, list):
            figures.append(Figure(label="Events", value=f"{len(events):,}"))
        if threshold > -1:
            figures.append(
                Figure(label="Threshold", value=f"{threshold:.6g}", detail=_LABELS[score])
            )
        if elapsed:
            speed, _, times_real = speed_text(elapsed, frames, seconds).partition(", ")
            figures.append(Figure(label="Speed", value=speed, detail=times_real))
        return Content(
            title=base_names(described.get("files")) or self._title,
            about="Scores of every frame, and what was kept",
            notices=notices(summary),
            figures=figures,
            moments=moments,
            rule_title="Another threshold",
            rule_note=_RULE_NOTE if threshold > -1 else _NO_THRESHOLD,
            tables=[
                facts
                for facts in (
                    input_facts("Input", described),
                    summary_facts(summary),
                    options_facts(options),
                    run_facts(
                        vidsum=header.get("vidsum"),
                        elapsed=elapsed,
                        frames=frames,
                        seconds=seconds,
                    ),
                )
                if facts.rows
            ],
            data={
                "kind": "frames",
                "columns": {name: column.packed() for name, column in self._columns.items()},
                "reasons": list(_REASONS),
                "labels": _LABELS,
                "panels": _panels(self._columns, score),
                "events": _spans(events),
                "score": score,
                "limits": {score: threshold} if threshold > -1 else {},
                "exact": self._estimate.is_exact,
                "players": [{"label": "", "tracks": [track.as_data() for track in self._tracks]}]
                if self._tracks
                else [],
                "pictures": self._pictures.rest(),
            },
        )

    def _moments(self, events: Sequence[Mapping[str, Any]] | None) -> Moments:
        if not events:
            why = "The table lists no events." if events is None else "Nothing changed."
            return Moments(title="Events", note=why, entries=())
        shown = sorted(events, key=lambda event: event.get("peak") or 0, reverse=True)
        shown = sorted(shown[:_MAX_LISTED_EVENTS], key=lambda event: event["start"])
        note = "Choose one to see it in the timeline."
        if len(shown) < len(events):
            note = f"The strongest {len(shown)} of {len(events):,}; the timeline shows all. {note}"
        return Moments(title="Events", note=note, entries=[self._moment(event) for event in shown])

    def _moment(self, event: Mapping[str, Any]) -> Moment:
        start, end, peak = event["start"], event["end"], event.get("peak")
        details = [length_text(end - start)]
        if peak is not None:
            details.append(f"peak {peak:.2f}")
        details.append(f"{event['frames_kept']:,} kept")
        return Moment(
            title=f"Event {event['event']}",
            time=start,
            end=end,
            clock=clock(start),
            details=details,
            picture=self._pictures.take(start, end, event.get("peak_time")),
        )


_RULE_NOTE = (
    "How many frames have which score. Move the threshold to see what another --min-ssim would "
    "have kept."
)
_NO_THRESHOLD = "How many frames have which score."


def share_text(part: int, whole: int) -> str:
    """Return a share in percent."""
    return f"{100 * part / whole:.2f} %" if whole else ""


def _panels(columns: Mapping[str, Numbers], score: str) -> list[dict[str, object]]:
    """Return the panel over time: that of the score that decides first."""
    there = {name for name in _LABELS if np.isfinite(columns[name].values()).any() or name == score}
    others = [name for name in ("local_ssim", "ssim") if name in there and name != score]
    panels: list[dict[str, object]] = [
        {"title": "SSIM", "series": [score, *others], "top": 1, "log": False}
    ]
    if "mse" in there:
        panels.append({"title": "MSE", "series": ["mse"], "top": None, "log": True})
    return panels


def _spans(events: object) -> list[tuple[float, float]]:
    if not isinstance(events, list):
        return []
    return [(event["start"], event["end"]) for event in events]


def _score(row: Row, score: str) -> float:
    value = row[PLACES[score]]
    return -2.0 if value is None else float(value)


def _seconds(summary: Mapping[str, Any], times: Any) -> float:
    """Return the length of the video; without a header, the start of its last frame."""
    told = summary.get("seconds")
    if isinstance(told, int | float):
        return float(told)
    return float(times[-1] - times[0]) if times.size else 0.0


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
