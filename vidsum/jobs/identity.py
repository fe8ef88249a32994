"""The identity of a run: which inputs it reads, and how; only the same run can be resumed."""

import hashlib
import importlib.metadata
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, UsageError, printable
from ..options import Writing
from ..options.reading import LIMITS
from ..remote import InputPath
from ..video.opening import check_readable
from ..video.parts import libraries
from .condensing.checkpoint import Checkpoint

_END_BYTES = 1 << 16
"""How many bytes at either end of an input are compared."""

_NOT_COMPARED = ("output", "force", "resume", *LIMITS)
"""Options that may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A run that can be resumed."""

    min_ssim: float | None
    """The threshold that was chosen for a target, or given."""
    state: Any
    """The state that it saved last."""


def interrupted_run(
    checkpoint: Checkpoint, identity: dict[str, Any], writing: Writing
) -> Interrupted | None:
    """Return the run to which a checkpoint belongs, if there is one and it is to be resumed.

    Raises
    ------
    UsageError
        If it was another run, or neither `--resume` nor `--force` is given.
    """
    if not checkpoint.is_left or (writing.force and not writing.resume):
        return None
    if not writing.resume:
        raise UsageError(
            f"{printable(checkpoint.output)}: a run that wrote it was interrupted; resume it "
            "with --resume, or start over with --force"
        )
    before, state = checkpoint.load()
    check_same(before["run"], identity)
    return Interrupted(min_ssim=before["min_ssim"], state=state)


def identity_of(
    inputs: Sequence[InputPath], mask: Path | None, options: dict[str, object]
) -> dict[str, Any]:
    """Return what must stay the same, as plain JSON values."""
    return {
        "vidsum": importlib.metadata.version("vidsum"),
        "libraries": libraries(str(options.get("codec"))),
        "inputs": [_file_identity(path) for path in inputs],
        "mask": _file_identity(mask) if mask is not None and mask.is_file() else None,
        "options": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in options.items()
            if name not in _NOT_COMPARED
        },
    }


def check_same(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Raise `UsageError`, naming what has changed, unless two identities are the same."""
    for name in ("vidsum", "libraries"):
        if before[name] != now[name]:
            what = "vidsum" if name == "vidsum" else "the libraries that decode and encode"
            raise _changed(f"{what} was {printable(before[name])}, is {now[name]}")
    if len(before["inputs"]) != len(now["inputs"]):
        raise _changed(f"there were {len(before['inputs'])} inputs, are {len(now['inputs'])}")
    files = [*zip(before["inputs"], now["inputs"], strict=True), (before["mask"], now["mask"])]
    for then, today in files:
        if then is None or today is None:
            continue
        if then["path"] != today["path"] or file_change(then, today):
            raise _changed(_file_difference(then, today))
    change = option_change(before, now)
    if change is not None:
        raise _changed(change)


def option_change(
    then: Mapping[str, Any], now: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> str | None:
    """Return which option has changed between two identities; None for none.

    An option that one of them does not name had its default: an earlier version may not have known
    it.
    """
    before, today = ({**(defaults or {}), **one["options"]} for one in (then, now))
    for option in sorted({*before, *today}):
        if before.get(option) != today.get(option):
            was, is_now = (_told(values.get(option)) for values in (before, today))
            return f"--{option.replace('_', '-')} was {was}, is {is_now}"
    masks = then["mask"], now["mask"]
    if all(masks) and masks[0]["content"] != masks[1]["content"]:
        return "the picture of --mask is another"
    return None


def file_change(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return what has changed about a file, wherever it is; None for nothing."""
    names = {"size": "size", "content": "content", "time": "time of change"}
    for what, name in names.items():
        # A server may not report all of these, nor every time.
        if None not in (then[what], now[what]) and then[what] != now[what]:
            return name
    return None


def _file_identity(path: InputPath) -> dict[str, Any]:
    if not isinstance(path, Path):
        return path.identity()
    check_readable(path)
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            digest.update(file.read(_END_BYTES))
            file.seek(max(0, status.st_size - _END_BYTES))
            digest.update(file.read(_END_BYTES))
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read ({error.strerror})") from error
    return {
        "path": printable(path.absolute()),
        "size": status.st_size,
        "time": status.st_mtime_ns,
        "content": digest.hexdigest(),
    }


def _file_difference(then: dict[str, Any], today: dict[str, Any]) -> str:
    if then["path"] != today["path"]:
        return f"the input was {printable(then['path'])}, is {today['path']}"
    return f"the input {today['path']} has changed, its {file_change(then, today)} is another"


def _changed(what: str) -> UsageError:
    return UsageError(
        f"--resume: {what}; only the same run on the same input can be continued, another one "
        "starts over with --force"
    )


def _told(value: object) -> str:
    return "not set" if value is None else printable(value)
