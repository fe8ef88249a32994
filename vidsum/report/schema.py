"""The columns of a table of scores in every format, and their meaning."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from ..dedup import Reason
from .entry import Entry

SCHEMA = 1
"""Version of the columns, stored in headers. It is raised when readers must know of a change."""

Kind: TypeAlias = Literal["integer", "number", "boolean", "text"]
Value: TypeAlias = int | float | bool | str | None
Row: TypeAlias = tuple[Value, ...]
"""The values of one frame, in the order of the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of every row."""

    name: str
    kind: Kind
    nullable: bool = False
    """Whether rows may lack it: an empty cell in CSV, null elsewhere."""
    meaning: str

    @property
    def type_text(self) -> str:
        """Its type in words."""
        return f"{self.kind} or null" if self.nullable else self.kind


_REASONS = ", ".join(Reason)

FRAME_COLUMNS = (
    Column(name="frame", kind="integer", meaning="number, from 0, in presentation order"),
    Column(
        name="time",
        kind="number",
        meaning="presentation time in seconds, to 6 decimals as all numbers",
    ),
    Column(
        name="reference",
        kind="integer",
        nullable=True,
        meaning="number of the frame it was compared with: the last kept one, or what --against "
        "says; null for an image",
    ),
    Column(
        name="mse",
        kind="number",
        nullable=True,
        meaning="mean squared error, 0 to 65025; 0 is equal",
    ),
    Column(
        name="ssim", kind="number", nullable=True, meaning="mean SSIM over all windows, -1 to 1"
    ),
    Column(
        name="local_ssim",
        kind="number",
        nullable=True,
        meaning="lowest SSIM of any neighbourhood; of a frame kept for a change, of those where "
        "the change counts",
    ),
    Column(
        name="x",
        kind="integer",
        nullable=True,
        meaning="column of that neighbourhood's centre, in pixels of the upright picture",
    ),
    Column(name="y", kind="integer", nullable=True, meaning="row of that centre"),
    Column(
        name="kept",
        kind="boolean",
        meaning="whether the rule keeps the frame; with --against previous, first or an image, "
        "whether it differs from that; 1 or 0 in CSV",
    ),
    Column(name="reason", kind="text", meaning=f"why: {_REASONS}"),
    Column(
        name="output_frame",
        kind="integer",
        nullable=True,
        meaning="number in the condensed video, where one was written",
    ),
)
"""Columns of every table; `INPUT_COLUMNS` follow if there are several inputs."""

INPUT_COLUMNS = (
    Column(
        name="source",
        kind="text",
        meaning="name of the input; control characters escaped, ./ before one that begins as a "
        "formula does",
    ),
    Column(name="source_frame", kind="integer", meaning="number within that input"),
    Column(name="source_time", kind="number", meaning="time within that input, in seconds"),
)

LIVE_COLUMNS = (
    Column(name="utc", kind="text", meaning="when it was shown, UTC in ISO 8601"),
    Column(
        name="gap",
        kind="number",
        nullable=True,
        meaning="seconds lost before it, where the camera was; null elsewhere",
    ),
    Column(
        name="late",
        kind="integer",
        meaning="frames dropped before it because this machine was too slow",
    ),
)
"""Additional columns in the tables of `vidsum watch`."""

FORMATS = {
    "csv": "a header line, then a line for each frame",
    "jsonl": "an object for each frame, one a line",
    "json": "one object: vidsum (version), schema, input, options, summary and events, then "
    "frames, a list of an object for each frame",
    "parquet": "a row for each frame; the header of JSON is in the file's metadata, key vidsum",
}
"""The structure of each format."""


def columns_of(*, several: bool) -> tuple[Column, ...]:
    """Return the columns of a table for one input, or for several."""
    return FRAME_COLUMNS + (INPUT_COLUMNS if several else ())


def row_of(entry: Entry, sources: Sequence[str] | None) -> Row:
    """Return the row of one frame.

    Parameters
    ----------
    entry
        The frame and the decision on it.
    sources
        Names of the inputs, if there are several.
    """
    frame, decision = entry.frame, entry.decision
    x, y = (None, None) if entry.place is None else entry.place
    row = (
        frame.number,
        _seconds(frame.time),
        decision.reference,
        _rounded(decision.mse),
        _rounded(decision.ssim),
        _rounded(decision.local_ssim),
        x,
        y,
        decision.kept,
        decision.reason.value,
        entry.output,
    )
    if sources is None:
        return row
    return (*row, sources[frame.source], frame.source_number, _seconds(frame.source_time))


def schema_text() -> str:
    """Return a human-readable description of a table."""
    columns = [
        (column.name, f"({column.type_text}) {column.meaning}")
        for column in (*columns_of(several=True), *LIVE_COLUMNS)
    ]
    return "\n".join(
        [
            f"Schema {SCHEMA}: the table of scores, a row for every decoded frame.",
            "",
            *defined(columns),
            "",
            *textwrap.wrap(_NOTE, _WIDTH),
            "",
            *defined(FORMATS.items()),
        ]
    )


def schema_json() -> dict[str, object]:
    """Return the JSON Schema of a row, an object as in JSON and JSON Lines."""
    required = [column.name for column in FRAME_COLUMNS]
    properties = properties_of((*columns_of(several=True), *LIVE_COLUMNS))
    properties["reason"]["enum"] = [reason.value for reason in Reason]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A row of vidsum's table of scores",
        "version": SCHEMA,
        "type": "object",
        "properties": properties,
        "required": required,
        "formats": FORMATS,
    }


def properties_of(columns: Iterable[Column]) -> dict[str, dict[str, object]]:
    """Return columns as properties of a JSON Schema."""
    properties: dict[str, dict[str, object]] = {}
    for column in columns:
        kind = _JSON_TYPES[column.kind]
        properties[column.name] = {
            "type": [kind, "null"] if column.nullable else kind,
            "description": column.meaning,
        }
    return properties


_WIDTH = 100

_NOTE = (
    "The columns source to source_time are there where there are several inputs, those from utc on "
    "where a camera was watched. Scores are those of the luma "
    "as stored, in 8 bits, reduced so that its long side is near 1000 samples; its PSNR is "
    "10 log10(65025 / mse)."
)


def defined(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield lines with names before their meanings."""
    indent = " " * 16
    for name, meaning in entries:
        yield from textwrap.wrap(
            meaning, _WIDTH, initial_indent=f"  {name:13} ", subsequent_indent=indent
        )


_JSON_TYPES: dict[Kind, str] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "text": "string",
}


def _seconds(time: Fraction) -> float:
    return round(float(time), 6)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 6)
