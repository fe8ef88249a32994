"""Folders of results: the recordings in them, with or without a manifest, and their events."""

import dataclasses
import datetime
import os
import re
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, get_args

from ...errors import InputError, printable
from ...files import fitting_name
from ...options.batch import Sources, VideoFormat
from ...remote import path_or_address
from ...report.event_lists import LARGEST, EventKind, event_kind
from ...report.found import FoundRecording
from ..batches.manifest import Manifest
from ..batches.recorded import Recorded, recorded_of
from ..batches.sources import Source
from ..judging import local_path
from .joined import Made, inclusion
from .wall_clock import Stretch, stretches_of

_MANIFEST = ".manifest.json"
_EVENTS = ".events.json"

_TABLE = re.compile(r"(?P<stem>.+?)(?:\.(?:events|scores|condensed))?\.(?:json|csv|parquet)")
"""Names of tables."""

_PREFERENCE: tuple[EventKind, ...] = ("json", "csv", "scores")
"""Which of several tables of one recording is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What is known about a recording apart from its events."""

    recording: FoundRecording
    table: Path
    """The file with its events."""
    kind: EventKind
    zone: datetime.tzinfo | None
    """The time zone of its clock; None if its time is unknown."""
    starts: tuple[tuple[float, datetime.datetime], ...]
    end: float | None
    """When it ends in its own time, in seconds; None if unknown."""
    made: Made | None
    """What it was made from; None without a manifest."""

    def stretches(self) -> list[Stretch]:
        """Return what clocks showed during it."""
        return [] if self.zone is None else list(stretches_of(self.starts, self.zone, self.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """The first frame that was seen of one of several inputs."""

    begin: float
    """Its time in the recording, in seconds."""
    clock: float
    """Its time on the input's own clock."""
    is_first: bool
    """Whether it is the first frame of the input."""


@dataclass(slots=True, kw_only=True)
class Inventory:
    """What was found in folders."""

    results: list[Results] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """One line for each folder and manifest that can't be read."""
    unfinished: list[Made] = field(default_factory=list)
    """Recordings that have failed, or are being processed."""
    manifests: list[Path] = field(default_factory=list)
    """All manifests that were examined."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found, and no fault recorded."""
        return not (self.results or self.faults or self.unfinished)


def inventory_of(names: Sequence[str | os.PathLike[str]], time_zone: str | None) -> Inventory:
    """Return the recordings whose results are in the folders, or that are named themselves.

    Parameters
    ----------
    names
        Folders, which are searched at any depth, or files with events.
    time_zone
        The time zone of clocks; None for the one in each manifest.

    Raises
    ------
    InputError
        If there is no such folder, or none of them has any results.
    """
    found = Inventory()
    seen: set[str] = set()
    for name in names:
        path = local_path(name)
        if path.is_dir():
            for place, folders, files in os.walk(path, onerror=partial(_note, found)):
                folders.sort()
                if os.path.realpath(place) not in seen:
                    seen.add(os.path.realpath(place))
                    _take(found, path, Path(place), sorted(files), time_zone)
        elif path.is_file():
            one = Inventory()
            _take(one, path.parent, path.parent, [_manifest_of(path) or path.name], time_zone)
            if one.is_empty:
                raise InputError(
                    f"{printable(path)}: no list of events that vidsum wrote; name one, or a "
                    "folder of `vidsum batch`"
                )
            found.results += one.results
            found.faults += one.faults
            found.unfinished += one.unfinished
            found.manifests += one.manifests
        else:
            raise InputError(f"{printable(path)}: there is no such folder or file")
    # A file that is named twice, or is in a folder that is named, counts once.
    found.results = list({os.path.realpath(one.table): one for one in found.results}.values())
    if found.is_empty:
        first = printable(names[0]) if names else "no folder is named"
        raise InputError(
            f"{first}: no results of `vidsum batch` are here, and no list of events (--events)"
        )
    is_included = inclusion(one.made for one in found.results if one.made is not None)
    found.results = [one for one in found.results if one.made is None or not is_included(one.made)]
    found.unfinished = [made for made in found.unfinished if not is_included(made)]
    return found


def _manifest_of(path: Path) -> str | None:
    """Return the name of the manifest next to a file with events that lists it, if there is one.

    It says more about the recording than the file's name.
    """
    match = _TABLE.fullmatch(path.name)
    if match is None:
        return None
    name = fitting_name(match["stem"], _MANIFEST)
    manifest = Manifest.load(path.with_name(name))
    is_told = manifest is not None and manifest.state == "done" and path.name in manifest.files
    return name if is_told else None


def _note(found: Inventory, error: OSError) -> None:
    """Record a folder that is left out."""
    found.faults.append(f"{printable(error.filename)}: left out, cannot be read ({error.strerror})")


def _take(
    found: Inventory, base: Path, folder: Path, files: Sequence[str], time_zone: str | None
) -> None:
    """Add the recordings that have results among the files of a folder."""
    told = set()
    for name in files:
        if name.endswith(_MANIFEST):
            stem = name.removesuffix(_MANIFEST)
            told.add(stem)
            found.manifests.append(folder / name)
            manifest = Manifest.load(folder / name)
            try:
                if manifest is None:
                    raise ValueError("it is damaged, or of another version")
                told.update(manifest.files)  # long names are cut to fit, depending on their ending
                if manifest.state == "done":
                    found.results.append(_with_manifest(manifest, base, folder, stem, time_zone))
                else:
                    found.unfinished.append(Made.of(manifest.identity))
            except ValueError as error:
                found.faults.append(
                    f"{printable(folder / name)}: not a manifest that vidsum can read, "
                    f"{printable(error)}; `vidsum batch` writes it again"
                )
    found.results += _without_manifest(base, folder, files, told, time_zone)


def _with_manifest(
    manifest: Manifest, base: Path, folder: Path, stem: str, time_zone: str | None
) -> Results:
    # Whatever a manifest says, its files are next to it.
    names = [Path(name).name for name in manifest.files]
    assert manifest.result is not None
    duration = manifest.result["duration"]
    if not 0 <= duration <= LARGEST:
        raise ValueError(f"its duration is {duration}")
    if manifest.recorded is None:
        recorded = _recorded_by_name(base, folder / f"{stem}{_EVENTS}", time_zone)
    else:
        recorded = Recorded.from_values(manifest.recorded)
    first = recorded.starts[0][0] if recorded.starts else 0.0
    inputs = manifest.identity["inputs"] or ()
    seen = _seen(manifest.result.get("segments"), len(inputs), first + duration)
    return _results(
        _moved(recorded, seen),
        folder / stem,
        table=folder / next((name for name in names if name.endswith(_EVENTS)), stem + _EVENTS),
        video=next((folder / name for name in names if _is_video(name)), None),
        inputs=inputs,
        seen=seen,
        end=first + duration,
        made=Made.of(manifest.identity),
        time_zone=time_zone,
    )


def _seen(told: Sequence[Any] | None, inputs: int, end: float) -> list[_Segment]:
    """Return where the segments begin according to a manifest; empty if it doesn't say.

    A segment of which nothing was seen begins where the next one does, and has no length.
    """
    if told is None:
        return []
    if len(told) != inputs:
        raise ValueError("it does not list every segment")
    found: list[_Segment] = []
    following = _Segment(begin=end, clock=0.0, is_first=True)
    for one in reversed(told):
        if one is not None:
            begin, clock, number = one
            if not (abs(begin) <= LARGEST and abs(clock) <= LARGEST):
                raise ValueError(f"a segment begins at {begin} s, {clock} s on its own clock")
            following = _Segment(begin=begin, clock=clock, is_first=number == 0)
        found.append(following)
    return found[::-1]


def _moved(recorded: Recorded, seen: Sequence[_Segment]) -> Recorded:
    """Return `recorded` with the actual beginnings of segments instead of the expected ones."""
    if len(recorded.starts) != len(seen):
        return recorded
    starts = tuple(
        (one.begin if one.is_first else begin, start)
        for one, (begin, start) in zip(seen, recorded.starts, strict=True)
    )
    return dataclasses.replace(recorded, starts=starts)


def _without_manifest(
    base: Path, folder: Path, files: Sequence[str], told: set[str], time_zone: str | None
) -> Iterator[Results]:
    """Yield the recordings of tables that belong to no manifest."""
    tables: dict[str, list[tuple[EventKind, Path]]] = {}
    for name in files:
        match = _TABLE.fullmatch(name)
        if match is None or {name, match["stem"]} & told or name.endswith(_MANIFEST):
            continue
        kind = event_kind(folder / name)
        if kind is not None:
            tables.setdefault(match["stem"], []).append((kind, folder / name))
    for stem, found in tables.items():
        kind, table = min(found, key=lambda one: _PREFERENCE.index(one[0]))
        videos = (fitting_name(stem, f".condensed.{ending}") for ending in get_args(VideoFormat))
        yield _results(
            _recorded_by_name(base, table.with_name(stem + table.suffix), time_zone),
            folder / stem,
            table=table,
            kind=kind,
            video=next((folder / name for name in videos if (folder / name).is_file()), None),
            time_zone=time_zone,
        )


def _results(
    recorded: Recorded,
    place: Path,
    *,
    table: Path,
    kind: EventKind = "json",
    video: Path | None,
    inputs: Sequence[Mapping[str, Any]] = (),
    seen: Sequence[_Segment] = (),
    end: float | None = None,
    made: Made | None = None,
    time_zone: str | None,
) -> Results:
    zone: datetime.tzinfo | None = recorded.starts[0][1].tzinfo if recorded.starts else None
    if zone is not None and (name := time_zone or recorded.time_zone) is not None:
        zone = zoneinfo.ZoneInfo(name)
    begins = tuple(begin for begin, _ in recorded.starts)
    return Results(
        recording=FoundRecording(
            name=printable(place),
            camera=recorded.camera,
            video=video,
            inputs=tuple(path_or_address(one["path"]) for one in inputs),
            sizes=tuple(one["size"] for one in inputs),
            begins=tuple(one.begin for one in seen) or begins,
            # Older manifests don't hold it: as in most files.
            clocks=tuple(one.clock for one in seen) or (*begins[:1], *(0.0 for _ in begins[1:])),
        ),
        table=table.absolute(),
        kind=kind,
        zone=zone,
        starts=recorded.starts,
        end=end,
        made=made,
    )


def _recorded_by_name(base: Path, path: Path, time_zone: str | None) -> Recorded:
    """Return the camera and time that the name of results gives."""
    source = Source(path=path, below=path.relative_to(base))
    return recorded_of([source], (), Sources(time_zone=time_zone))


def _is_video(name: str) -> bool:
    return name.endswith(tuple(f".condensed.{ending}" for ending in get_args(VideoFormat)))
