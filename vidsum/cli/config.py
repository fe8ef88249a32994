"""`vidsum config`, and the files that `--config` names."""

import dataclasses
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.config import Dict

from ..errors import UsageError, printable
from ..options import Areas, Grouping, Reading, Thresholds, Writing
from ..options.panels import panel
from .flat import FlatAreas, FlatGrouping, FlatReading, FlatThresholds, FlatWriting
from .terminal import print_out


def config(
    *,
    thresholds: FlatThresholds = None,
    areas: FlatAreas = None,
    grouping: FlatGrouping = None,
    reading: FlatReading = None,
    writing: FlatWriting = None,
    config: Annotated[Path | None, Parameter(metavar="FILE", group=panel("General"))] = None,
) -> int:
    """Print the options that `vidsum condense` would use, as a file for --config.

    Parameters
    ----------
    config
        Read options from this file; those on the command line take precedence.
    """
    groups = (
        thresholds or Thresholds(),
        areas or Areas(),
        grouping or Grouping(),
        reading or Reading(),
        writing or Writing(),
    )
    lines = []
    for group in groups:
        chosen = effective(group)
        lines += [f"{name.replace('_', '-')} = {_toml(value)}" for name, value in chosen.items()]
    print_out("\n".join(lines))
    return 0


def effective(group: Any) -> dict[str, object]:
    """Return the options of a group that have a value, including those from the preset."""
    values = {field.name: getattr(group, field.name) for field in dataclasses.fields(group)}
    if isinstance(group, Thresholds):
        values |= group.resolved
    return {
        name: value for name, value in values.items() if value is not None and value not in ((), "")
    }


def config_files(argv: Sequence[str]) -> tuple[Dict, ...]:
    """Return the contents of the file that `--config` names, if it is given.

    Raises
    ------
    UsageError
        If it can't be read.
    """
    name = None
    for index, word in enumerate(argv):
        if word == "--":
            break
        if word == "--config" and index + 1 < len(argv):
            name = argv[index + 1]
        elif word.startswith("--config="):
            name = word.partition("=")[2]
    if name is None:
        return ()
    path = Path(name)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--config {printable(path)}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(
            f"--config {printable(path)}: {error}; a line is OPTION = VALUE, for example "
            "min-ssim = 0.6 (`vidsum config` prints them all)"
        ) from error
    # A file written for condense also serves these commands, which have fewer options.
    fewer = argv[0] in ("preview", "report", "batch", "watch")
    return (Dict(values, use_commands_as_keys=False, source=printable(path), allow_unknown=fewer),)


def _toml(value: object) -> str:
    """Return a value as TOML, whose strings and lists look like JSON's.

    Except that JSON escapes a character beyond the first 65536 as two, which TOML does not allow.
    """
    if isinstance(value, Path):
        value = str(value)
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if " " <= char <= "~" else f"\\U{ord(char):08x}" for char in text)
