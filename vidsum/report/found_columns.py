"""The columns of a table of events from many recordings, and their meaning."""

from .schema import Column, defined, properties_of

EVENT_COLUMNS = (
    Column(name="event", kind="integer", meaning="its number in the recording, from 1"),
    Column(
        name="start",
        kind="number",
        meaning="time of its first changed frame in the recording, in seconds, to 6 decimals as "
        "all numbers",
    ),
    Column(name="end", kind="number", meaning="when its last changed frame ends"),
    Column(name="duration", kind="number", meaning="seconds from start to end"),
    Column(
        name="peak_time",
        kind="number",
        nullable=True,
        meaning="time of its strongest change in the recording",
    ),
    Column(
        name="peak",
        kind="number",
        nullable=True,
        meaning="its strength, 0 to 2: the largest local dissimilarity, 1 - SSIM",
    ),
    Column(
        name="x",
        kind="integer",
        nullable=True,
        meaning="left of what holds all places that changed, in pixels of the upright picture",
    ),
    Column(name="y", kind="integer", nullable=True, meaning="its top"),
    Column(name="width", kind="integer", nullable=True, meaning="its width"),
    Column(name="height", kind="integer", nullable=True, meaning="its height"),
    Column(name="frames_kept", kind="integer", meaning="frames kept from its first to its last"),
    Column(name="first_frame", kind="integer", meaning="number of its first changed frame"),
    Column(name="last_frame", kind="integer", meaning="number of its last changed frame"),
    Column(
        name="first_output",
        kind="integer",
        nullable=True,
        meaning="number of its first changed frame in the condensed video",
    ),
    Column(
        name="last_output",
        kind="integer",
        nullable=True,
        meaning="number of its last changed frame there",
    ),
)
"""Columns that lists of events have as well."""

FOUND_COLUMNS = (
    Column(
        name="camera",
        kind="text",
        meaning="the camera, from the name of the file; else its folder, else its name",
    ),
    Column(
        name="begins",
        kind="text",
        nullable=True,
        meaning="date and time at which it begins (ISO 8601, with the offset from UTC); null if "
        "nobody knows when the recording began",
    ),
    Column(name="ends", kind="text", nullable=True, meaning="date and time at which it ends"),
    *EVENT_COLUMNS,
    Column(
        name="recording",
        kind="text",
        meaning="folder and name of the results; control characters escaped, ./ before one that "
        "begins as a formula does",
    ),
    Column(name="video", kind="text", nullable=True, meaning="the condensed video"),
    Column(
        name="source",
        kind="text",
        nullable=True,
        meaning="the input, of several the one that the event begins in",
    ),
    Column(
        name="source_start",
        kind="number",
        nullable=True,
        meaning="when it begins there, in seconds, to about a frame where inputs are several",
    ),
)
"""Columns of tables of found events."""


def found_schema_text() -> str:
    """Return a human-readable description of a table of found events."""
    columns = [(one.name, f"({one.type_text}) {one.meaning}") for one in FOUND_COLUMNS]
    return "\n".join(
        [
            "Table of `vidsum events`, a row for every event.",
            "",
            *defined(columns),
            "",
            *defined(_FORMATS.items()),
        ]
    )


def found_schema_json() -> dict[str, object]:
    """Return the JSON Schema of an event, an object as in JSON."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of vidsum events",
        "type": "object",
        "properties": properties_of(FOUND_COLUMNS),
        "required": [column.name for column in FOUND_COLUMNS],
        "formats": _FORMATS,
    }


_FORMATS = {
    "csv": "a header line, then a line for each event",
    "json": "one object: events, a list of an object for each event",
}
