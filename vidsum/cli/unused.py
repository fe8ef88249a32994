"""Options on the command line that would have no effect.

A file for `--config`, which serves runs of many kinds, may contain them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class _Modifier:
    """An option that modifies the effect of another one."""

    name: str
    needs: str
    """The option without which it has no effect."""
    is_used: Callable[[Any], bool]
    """Whether the options in the same dataclass use that one."""


_MEMORY = "--memory, which is 0 with --preset exact and --pool mean"

_MODIFIERS = (
    _Modifier("sheet_size", "--sheet", lambda files: files.sheet is not None),
    _Modifier("speedup", "--timing speedup", lambda files: files.timing == "speedup"),
    _Modifier("usual", _MEMORY, lambda rule: rule.memory_seconds > 0),
    _Modifier("learn", _MEMORY, lambda rule: rule.memory_seconds > 0 or not rule.learn),
    _Modifier("light", "--pool local", lambda rule: rule.pool == "local" or rule.light == "keep"),
    _Modifier("max_gap", "--group", lambda sources: sources.group is not None),
    _Modifier("settle", "--watch-folder", lambda watching: watching.watch_folder),
    _Modifier("rescan", "--watch-folder", lambda watching: watching.watch_folder),
    _Modifier("max_offset", "--align auto", lambda alignment: alignment.automatic),
    _Modifier("max_memory", "--isolate", lambda terminal: terminal.isolate),
)


def check_used(words: Sequence[str], groups: Iterable[object]) -> None:
    """Raise `UsageError` for an option among `words` that has no effect.

    Parameters
    ----------
    words
        The command line.
    groups
        The dataclasses of options parsed from it.
    """
    options = words[: words.index("--")] if "--" in words else words
    given = {word.partition("=")[0].replace("_", "-") for word in options if word[:2] == "--"}
    found = list(groups)
    for modifier in _MODIFIERS:
        option = "--" + modifier.name.replace("_", "-")
        if option in given and not any(
            modifier.is_used(group) for group in found if hasattr(group, modifier.name)
        ):
            raise UsageError(
                f"{option} does nothing without {modifier.needs}; add that, or leave {option} out"
            )
