"""Packages that few users need, installed as extras of vidsum."""

import importlib
from typing import Literal, TypeAlias

from .errors import UsageError

Extra: TypeAlias = Literal[
    "edl", "events", "html", "metrics", "parquet", "plot", "ray", "remote", "sftp", "watch-folder"
]

_MODULES: dict[Extra, tuple[str, ...]] = {
    "edl": ("opentimelineio",),
    "events": ("duckdb",),
    "html": ("plotly", "jinja2"),
    "metrics": ("prometheus_client",),
    "parquet": ("pyarrow.parquet",),  # there are builds of pyarrow without it
    "plot": ("matplotlib",),
    "ray": ("ray",),
    "remote": ("fsspec",),
    "sftp": ("sshfs",),
    "watch-folder": ("watchfiles",),
}
"""The modules that are imported of each extra."""


def check_extra(what: str, extra: Extra, *, instead: str = "") -> None:
    """Raise `UsageError` unless the packages of an extra are installed.

    Parameters
    ----------
    what
        The option or file that needs them, for the message.
    extra
        The name of the extra.
    instead
        An alternative to installing it.
    """
    missing = []
    for module in _MODULES[extra]:
        try:
            importlib.import_module(module)
        except ImportError:
            missing.append(module.partition(".")[0])
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise UsageError(
            f"{what} needs {' and '.join(missing)}, which {verb} not installed: "
            f"pip install 'vidsum[{extra}]'" + (instead and f"; {instead}")
        )
