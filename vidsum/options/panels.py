"""The panels in which `--help` shows options, in their order."""

from cyclopts import Group

_TITLES = (
    "Recordings",
    "Camera",
    "Search",
    "Comparison",
    "Pairing",
    "Scores",
    "Output",
    "Condensed video",
    "Rule",
    "Areas",
    "Events",
    "Alerts",
    "Input",
    "Limits",
    "Processes",
    "Watched folders",
    "General",
)


def panel(title: str) -> Group:
    """Return the panel with this title."""
    return Group(title, sort_key=_TITLES.index(title))
