"""Values that several groups of options share."""

import dataclasses
import re
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_args

from cyclopts import Parameter

from ..errors import UsageError, printable

Time: TypeAlias = Annotated[float | str | None, Parameter(metavar="TIME")]

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d+)?)")


def parse_time(option: str, value: float | str | None) -> float | None:
    """Return `value`, in seconds or as HH:MM:SS.mmm, in seconds.

    Raises
    ------
    UsageError
        If it is neither, or negative.
    """
    if value is None:
        return None
    if isinstance(value, str):
        match = _CLOCK.fullmatch(value.strip())
        if match is None:
            raise UsageError(
                f"{option} is {value!r}, allowed are seconds (90.5) or HH:MM:SS.mmm (00:01:30.500)"
            )
        hours, minutes, seconds = (float(group or 0) for group in match.groups())
        if match[2] and (seconds >= 60 or (match[1] and minutes >= 60)):
            raise UsageError(f"{option} is {value!r}: minutes and seconds go up to 59")
        total = hours * 3600 + minutes * 60 + seconds
    else:
        total = float(value)
    if not 0 <= total < float("inf"):
        raise UsageError(f"{option} is {value!r}, allowed are finite times from 0")
    return total


def check_choice(option: str, value: str, choices: object) -> None:
    """Raise `UsageError` if `value` is none of the literals `choices`."""
    allowed = get_args(choices)
    if value not in allowed:
        raise UsageError(f"{option} is {value!r}, allowed are {', '.join(allowed)}")


def check_ending(option: str, path: Path | None, endings: tuple[str, ...]) -> None:
    """Raise `UsageError` unless the name of a file has one of these `endings`."""
    if path is not None and path.suffix.lower() not in endings:
        found = f"the ending {printable(path.suffix)}" if path.suffix else "no ending"
        raise UsageError(
            f"{option} {printable(path)}: {found} names no format for it; end the name with "
            f"{' or '.join(endings)}"
        )


def shared_values(options: Any, kind: type) -> dict[str, Any]:
    """Return the values in `options` of the fields that they inherit from the dataclass `kind`."""
    return {field.name: getattr(options, field.name) for field in dataclasses.fields(kind)}
