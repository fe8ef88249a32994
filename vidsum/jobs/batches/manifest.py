"""The manifest of a recording in a batch: the file next to its results by which runs continue.

It is written before work on the recording begins, in the state `running`, and again when the work
has ended. Whatever ends the run in between, the next run resumes the recording.
"""

import dataclasses
import datetime
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ...errors import ExitCode
from ...files import save_text
from ..identity import file_change

State: TypeAlias = Literal["running", "done", "failed", "interrupted"]
"""`interrupted` is a camera's segment, which no run resumes; a recording stays `running`."""

UNTOLD: dict[str, Any] = {"inputs": None, "mask": None, "options": {}}
"""The identity of what a run has left that did not come to tell it."""

_FORMAT = "vidsum manifest 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The state of a recording, and its result."""

    state: State
    identity: dict[str, Any]
    """Version, inputs (None if they can't be read), mask and options, as in `identity_of`."""
    started: str
    """When work began, in UTC."""
    ended: str | None = None
    exit_code: int | None = None
    """The exit code of `vidsum condense` for it."""
    messages: tuple[str, ...] = ()
    """Errors and warnings, one line each."""
    result: dict[str, Any] | None = None
    """Counts, or when an interrupted segment began and ended; None if there is no result."""
    files: tuple[str, ...] = ()
    """Names of the results, in the folder of the manifest."""
    recorded: dict[str, Any] | None = None
    """Camera, time zone and starts, as in `Recorded`; None in old manifests."""

    @classmethod
    def begun(cls, identity: dict[str, Any], recorded: dict[str, Any] | None = None) -> "Manifest":
        """Return the manifest of a recording on which work begins now."""
        return cls(state="running", identity=identity, started=_now(), recorded=recorded)

    def failed(self, exit_code: int, message: str) -> "Manifest":
        """Return the manifest with the recording failed, now."""
        return dataclasses.replace(
            self, state="failed", ended=_now(), exit_code=exit_code, messages=(message,)
        )

    def done(
        self, result: dict[str, Any], files: tuple[str, ...], messages: tuple[str, ...]
    ) -> "Manifest":
        """Return the manifest with the recording done, now."""
        code = ExitCode.INCOMPLETE if result["lost_input"] else ExitCode.DONE
        return dataclasses.replace(
            self,
            state="done",
            ended=_now(),
            exit_code=int(code),
            messages=messages,
            result=result,
            files=files,
        )

    def interrupted(
        self, end: datetime.datetime, files: tuple[str, ...], message: str
    ) -> "Manifest":
        """Return the manifest of a camera's segment that was cut short, at `end`."""
        ended = end.isoformat(timespec="seconds")
        return dataclasses.replace(
            self,
            state="interrupted",
            ended=ended,
            messages=(message,),
            result={"start": self.started, "end": ended},
            files=files,
        )

    def save(self, path: Path) -> None:
        """Write the file, atomically for readers."""
        values = {"format": _FORMAT, **dataclasses.asdict(self)}
        save_text(path, json.dumps(values, indent=2) + "\n", force=True)

    @classmethod
    def load(cls, path: Path) -> "Manifest | None":
        """Return the manifest in a file; None if there is none in it."""
        try:
            return cls.parse(path.read_bytes())
        except OSError:
            return None

    @classmethod
    def parse(cls, content: bytes) -> "Manifest | None":
        """Return the manifest with this content; None if it isn't one."""
        try:
            values = json.loads(content)
            if not _is_manifest(values):
                return None
            del values["format"]
            lists = {name: tuple(values[name]) for name in ("messages", "files")}
            return cls(**values | lists)
        except (ValueError, TypeError, RecursionError):
            return None


def _is_manifest(values: object) -> bool:
    """Return whether values of JSON are those of a manifest, so that nobody else has to look."""
    match values:
        case {
            "format": str(form),
            "state": str(state),
            "identity": {"inputs": None | list() as inputs, "mask": mask, "options": dict()},
            "started": str(),
            "messages": list(messages),
            "files": list(names),
            **others,
        }:
            return (
                form == _FORMAT
                and all(isinstance(text, str) for text in (*messages, *names))
                and not any(b"\0" in os.fsencode(name) for name in names)
                and all(_is_file(one) for one in inputs or ())
                and (mask is None or _is_file(mask))
                and isinstance(others.get("ended"), str | None)
                and isinstance(others.get("exit_code"), int | None)
                and isinstance(others.get("recorded"), dict | None)
                and _is_result(state, others.get("result"))
            )
    return False


def _is_file(values: object) -> bool:
    match values:
        case {"path": str(), "size": None | int(), "time": _, "content": _}:
            return True
    return False


def _is_result(state: str, values: object) -> bool:
    """Return whether a recording in this state may have such a result."""
    match state, values:
        case "running" | "failed", None:
            return True
        case "interrupted", {"start": str(), "end": str()}:
            return True
        case "done", {"frames": int(), "kept": int(), "events": int(), "duration": length, **more}:
            places = more.get("segments", [])
            return _is_time(length) and isinstance(places, list) and all(map(_is_place, places))
    return False


def _is_place(values: object) -> bool:
    """Return whether it is where a segment begins, or None for one of which nothing was seen."""
    match values:
        case None:
            return True
        case [begin, clock, int()]:
            return _is_time(begin) and _is_time(clock)
    return False


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max


def input_change(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return what has changed about the inputs between two identities; None for nothing.

    The location of a file is ignored: a disk may be mounted elsewhere.
    """
    before, today = then["inputs"], now["inputs"]
    if before is None or today is None:
        return None if before == today else "could not be read before"
    if len(before) != len(today):
        return f"had {len(before)} segments, has {len(today)}"
    for one, other in zip(before, today, strict=True):
        if change := file_change(one, other):
            return f"another {change} than before"
    return None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
