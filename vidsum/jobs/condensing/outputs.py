"""The files of a condense run: opened together, fed by the flow, published when complete."""

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np

from ...dedup.events import Event
from ...dedup.state import State, Value
from ...errors import printable
from ...files import discard, is_part
from ...frame import Frame, VideoInfo, exact
from ...options import Grouping, Reading, Writing
from ...remote import InputPath
from ...report.edl import EdlFile
from ...report.entry import Entry
from ...report.events import EventsFile
from ...report.subtitles import SubtitlesFile
from ...report.writing import ReportFile, WholeFile
from ...video import CondensedVideo
from ...video.colour import ColourTags
from ...video.condensed import Begun
from ...video.parts import Part
from ...video.pen import Pixels
from .chapters import Chapters
from .cuts import cuts, stretches, write_clips
from .flow import Flow
from .highlights import Highlights, Sheet
from .sound import Sound
from .tables import Further, Rows, open_rows, table_format

_Report = TypeVar("_Report", bound=ReportFile)


class Outputs:
    """All files that a run writes; entering opens them.

    Parameters
    ----------
    info
        The video that frames come from.
    paths
        All inputs.
    output, scores
        The condensed video and the table of scores; None for none.
    explained
        The pictures that explain frames, by frame number.
    grouping, reading, writing
        Options of the user.
    picture
        Adds the picture to frames that come without one.
    state
        What an interrupted run has saved; None to start from the beginning.
    further
        Columns after the usual ones of the table.
    """

    rows: Rows
    """The rows of the table, counted whether it is written or not."""

    def __init__(
        self,
        *,
        info: VideoInfo,
        paths: Sequence[InputPath],
        output: Path | None,
        scores: Path | None,
        explained: Mapping[int, Path],
        grouping: Grouping,
        reading: Reading,
        writing: Writing,
        picture: Callable[[Frame], Frame],
        state: Any | None = None,
        further: Further | None = None,
    ) -> None:
        self.video = None
        if output is not None:
            begun = None if state is None else _begun(output, state["video"])
            self.video = CondensedVideo(output, info, writing, begun=begun, picture=picture)
        """The condensed video, if one is written."""
        self.on_frame: list[Callable[[Entry], None]] = []
        """Called with every frame."""
        self.on_event: list[Callable[[Event], None]] = []
        """Called with every event."""
        self._info = info
        self._paths = paths
        self._local = [path for path in paths if isinstance(path, Path)]
        """All inputs, if clips or cuts are requested."""
        self._picture = picture
        self._resumed = state
        named = (output, scores, *writing.reports)
        self._folders = {path.absolute().parent for path in named if path is not None}
        self._tables = {} if scores is None else {table_format(scores): scores}
        if writing.html is not None:
            self._tables["html"] = writing.html
        self._further = further
        self._pad = exact(grouping.pad) or Fraction(0)
        self._reading = reading
        self._writing = writing
        self._reports: list[ReportFile] = []
        self._chapters = self._subtitles = self._edl = None
        if self.video is not None:
            self._chapters = Chapters(self.video, self._pad)
            self.on_frame.append(self._chapters.add_frame)
            self.on_event.append(self._chapters.add_event)
        self.missing_clips: list[str] = []
        """Which clips could not be written, one line for each input."""
        self.sound: Sound | None = None
        """The sound of the condensed video, if requested."""
        if self.video is not None and writing.audio == "cut":
            self.sound = Sound(self.video, paths, info.rate, reading)
            self.on_frame.append(self.sound.add_frame)
        if writing.events is not None:
            events = self._added(EventsFile(writing.events))
            self.on_event.append(events.write)
        if writing.subtitles is not None:
            gap = exact(grouping.merge_gap) or Fraction(0)
            names = [str(path) for path in paths]
            self._subtitles = self._added(SubtitlesFile(writing.subtitles, names, max_gap=gap))
            self.on_frame.append(self._subtitle)
        if writing.edl is not None:
            self._edl = self._added(EdlFile(writing.edl, info.rate))
        self._sheet = None
        if writing.sheet is not None:
            self._sheet = Sheet(
                self._added(WholeFile(writing.sheet)), info, paths, writing, picture
            )
            self.on_frame.append(self._sheet.highlights.add_frame)
            self.on_event.append(self._sheet.highlights.add_event)
        self.explained = {number: WholeFile(path) for number, path in explained.items()}
        """The pictures that explain frames, by frame number."""
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as resources:
            if self.video is not None:
                resources.enter_context(self.video)
            self.rows = resources.enter_context(
                open_rows(
                    self._tables,
                    self._paths,
                    self._info,
                    picture=self._picture,
                    further=self._further,
                )
            )
            self.on_frame.append(self.rows.add_frame)
            self.on_event.append(self.rows.add_event)
            for report in (*self._reports, *self.explained.values()):
                resources.enter_context(report)
            self._resources = resources.pop_all()
        if self._resumed is not None:
            for name, highlights in self._highlights().items():
                drawn = self._resumed["pictures"][name]
                highlights.expect({int(number): _drawn(one) for number, one in drawn.items()})
            # The files of this run replace them.
            for leftover in map(Path, self._resumed["leftovers"]):
                if is_part(leftover.name) and leftover.parent in self._folders:
                    discard(leftover)
        return self

    def __exit__(self, *error: Any) -> None:
        self._resources.__exit__(*error)

    def state(self) -> State:
        """Return what another run needs to continue with these files."""
        assert self.video is not None
        return {
            "video": _video_state(self.video.begun),
            "pictures": {
                name: {str(number): _plain(one) for number, one in highlights.pictures().items()}
                for name, highlights in self._highlights().items()
            },
            "leftovers": [
                str(path.absolute())
                for path in (
                    *self.video.leftovers,
                    *self.rows.parts,
                    *(report.part for report in self._reports),
                )
            ],
        }

    def _highlights(self) -> dict[str, Highlights[Any]]:
        found: dict[str, Highlights[Any]] = {}
        if self.rows.highlights is not None:
            found["page"] = self.rows.highlights
        if self._sheet is not None:
            found["sheet"] = self._sheet.highlights
        return found

    def publish(
        self,
        flow: Flow,
        header: Mapping[str, object],
        progress: Callable[[float], None] = lambda share: None,
    ) -> tuple[Path, ...]:
        """Complete all files before any of them gets its name; return the clips.

        `progress` is called with the share of the condensed video, 0 to 1, that is complete.
        """
        found = list(stretches(flow.events, flow.beginnings, flow.end, pad=self._pad))
        reading, force = self._reading, self._writing.force
        if self._edl is not None:
            rate = self._info.rate
            self._edl.write(cuts(found, flow.beginnings, self._local, rate=rate, reading=reading))
        if self._sheet is not None:
            self._sheet.write(flow)
        if self.video is not None:
            if self._subtitles is not None:
                self._subtitles.finish(self.video.end(flow.end))
            chapters = () if self._chapters is None else self._chapters.found
            sound = None
            if self.sound is not None:
                sound = self.sound.track(self.video.end(flow.end), flow.shifts)
            self.video.complete(flow.end, chapters, sound, progress)
        self.rows.finish(header)
        drawn = [file for file in self.explained.values() if file.is_written]
        reports = [*self._reports, *drawn]
        for report in reports:
            report.complete()

        if self.video is not None:
            self.video.publish(force=force)
        self.rows.publish(force=force)
        for report in reports:
            report.publish(force=force)
        if self._writing.clips is None:
            return ()
        lost = [one for one in found if one.source in flow.shifts]
        for source, count in Counter(one.source for one in lost).items():
            self.missing_clips.append(
                f"{printable(self._paths[source])}: clips: {count} left out, timestamps restart "
                "within this file, so they give no place in it"
            )
        # Last: a source that can't be copied affects nothing else.
        found = [one for one in found if one not in lost]
        return write_clips(found, self._local, self._writing.clips, reading=reading, force=force)

    def _added(self, report: _Report) -> _Report:
        self._reports.append(report)
        return report

    def _subtitle(self, entry: Entry) -> None:
        if entry.output is not None and self.video is not None and self._subtitles is not None:
            self._subtitles.write(entry.frame, self.video.begin_of(entry.output))


def _video_state(begun: Begun) -> State:
    tags = begun.tags
    return {
        "parts": [[part.path.name, part.pictures] for part in begun.parts],
        "tags": None if tags is None else [tags.primaries, tags.transfer, tags.matrix],
    }


def _begun(output: Path, state: Any) -> Begun:
    tags = state["tags"]
    parts = [(output.with_name(name), count) for name, count in state["parts"]]
    return Begun(
        parts=tuple(Part(path=path, pictures=count) for path, count in parts),
        tags=tags and ColourTags(primaries=tags[0], transfer=tags[1], matrix=tags[2]),
    )


def _plain(picture: Pixels | bytes) -> Value:
    return np.frombuffer(picture, np.uint8) if isinstance(picture, bytes) else picture


def _drawn(picture: Pixels) -> Pixels | bytes:
    """Return a picture as drawn: pixels have three dimensions, the bytes of a JPEG one."""
    return picture if picture.ndim > 1 else picture.tobytes()
