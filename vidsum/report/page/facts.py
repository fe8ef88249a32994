"""The small tables of a page, from the header of a run."""

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import printable
from .content import Facts

_LIBRARIES = {"av": "PyAV", "numpy": "NumPy", "opencv-python": "OpenCV", "plotly": "Plotly"}


def options_facts(options: object) -> Facts:
    """Return the options by their names on the command line, without those that are not set."""
    told = options if isinstance(options, Mapping) else {}
    rows = [
        (f"--{str(name).replace('_', '-')}", value_text(value))
        for name, value in told.items()
        if value is not None and value is not False and value != [] and value != ()
    ]
    return Facts(title="Options", rows=rows, options=True)


def input_facts(title: str, described: object) -> Facts:
    """Return a header's description of an input."""
    told = dict(described) if isinstance(described, Mapping) else {}
    size = [value_text(told.pop(side)) for side in ("width", "height") if side in told]
    rows = [(str(name).replace("_", " "), value_text(value)) for name, value in told.items()]
    if size:
        rows.insert(1, ("size", "x".join(size)))
    return Facts(title=title, rows=rows)


def summary_facts(summary: Mapping[str, Any]) -> Facts:
    """Return the header's summary of a table."""
    rows = []
    for name in ("frames", "kept", "events", "seconds", "first_time", "last_time"):
        if summary.get(name) is not None:
            rows.append((name.replace("_", " "), value_text(summary[name])))
    for reason, count in (summary.get("reasons") or {}).items():
        rows.append((f"reason {reason}", f"{count:,}"))
    for score, told in (summary.get("scores") or {}).items():
        if told.get("mean") is not None:
            text = f"mean {told['mean']:.6g}, worst {told['worst']:.6g} at frame"
            rows.append((score.replace("_", " "), f"{text} {told['worst_frame']}"))
    return Facts(title="Summary", rows=rows)


def run_facts(
    *,
    vidsum: object,
    elapsed: float | None,
    frames: int,
    seconds: float | None,
) -> Facts:
    """Return the versions, the machine and the speed of a run.

    Parameters
    ----------
    vidsum
        The version that made the table; None if unknown.
    elapsed
        Seconds that the run took; None for a page of a saved table.
    frames
        Frames that were processed.
    seconds
        The length of the video.
    """
    rows = [] if vidsum is None else [("vidsum", value_text(vidsum))]
    if elapsed:
        rows += [
            ("Python", platform.python_version()),
            *((shown, importlib.metadata.version(name)) for name, shown in _installed()),
            ("machine", _machine()),
            ("time taken", f"{elapsed:.1f} s"),
            ("speed", speed_text(elapsed, frames, seconds)),
        ]
    return Facts(title="Versions and speed", rows=rows)


def speed_text(elapsed: float, frames: int, seconds: float | None) -> str:
    """Return the speed of a run."""
    speed = f"{frames / elapsed:,.0f} frames/s"
    if not seconds:
        return speed
    times = seconds / elapsed
    return f"{speed}, {times:,.{0 if times > 10 else 1}f} times real time"


def notices(header: Mapping[str, object]) -> list[str]:
    """Return the faults in a header, and a premature end if there was one."""
    found = []
    if header.get("complete") is False:
        found.append("The run was stopped before the end of the input; this is what it had seen.")
    if header.get("lost_input"):
        found.append("Part of the input was lost.")
    faults = header.get("faults")
    if isinstance(faults, list | tuple):
        found += [value_text(fault) for fault in faults]
    return found


def value_text(value: object) -> str:
    """Return a value of a header as human-readable text."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {value_text(entry)}" for name, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(value_text(entry) for entry in value) or "none"
    return printable(value)


def length_text(seconds: float) -> str:
    """Return a length as human-readable text.

    Examples
    --------
    >>> length_text(4.25), length_text(75), length_text(8000)
    ('4.25 s', '1 min 15 s', '2 h 13 min')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, second = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {second} s"
    hours, minute = divmod(minutes, 60)
    return f"{hours} h {minute} min"


def base_names(names: object) -> str:
    """Return the names of files without their folders, on one line."""
    listed = list(names) if isinstance(names, list | tuple) else [names] if names else []
    shown = [Path(str(name)).name for name in listed]
    more = len(shown) - 2
    return ", ".join(shown[:2]) + (f" and {more} more" if more > 0 else "")


def _installed() -> list[tuple[str, str]]:
    found = []
    for name, shown in _LIBRARIES.items():
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found.append((name, shown))
    return found


def _machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    return f"{os.cpu_count()} cores, {model}, {platform.system()}"
