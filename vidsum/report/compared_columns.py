"""The columns of a comparison's table of pairs, and their meaning."""

from ..quality.scores import NAMES
from .schema import Column, defined, properties_of

SCORES = tuple(name for name in NAMES if name not in ("mse", "psnr", "vmaf"))
"""Scores of a row. Those of all planes together that are means of means are only in JSON."""

_KINDS = {
    "mse": "mean squared error, in squared levels of the depth that is compared",
    "psnr": "PSNR in dB against the largest level of that depth; null where identical",
    "ssim": "mean SSIM, -1 to 1, as --ssim defines it",
}

_PLANES = {
    "": "of all planes together, each weighted by its number of samples",
    "y": "of the luma",
    "u": "of the first chroma plane",
    "v": "of the second chroma plane",
}


def _score(name: str) -> Column:
    kind, _, plane = name.partition("_")
    meaning = f"{_KINDS[kind]}; {_PLANES[plane]}"
    return Column(name=name, kind="number", nullable=True, meaning=meaning)


_LOCAL = Column(
    name="local_ssim",
    kind="number",
    meaning="lowest SSIM of any neighbourhood of the luma, always that of block8",
)

PAIR_COLUMNS = (
    Column(name="frame", kind="integer", meaning="number in the reference, from 0"),
    Column(
        name="time",
        kind="number",
        meaning="presentation time there in seconds, to 6 decimals as all numbers",
    ),
    Column(name="distorted_frame", kind="integer", meaning="number in the copy"),
    Column(name="distorted_time", kind="number", meaning="presentation time there"),
    *(_LOCAL if name == _LOCAL.name else _score(name) for name in SCORES),
    Column(
        name="x",
        kind="integer",
        meaning="column of that neighbourhood's centre, in pixels of the upright picture as it is "
        "compared",
    ),
    Column(name="y", kind="integer", meaning="row of that centre"),
)
"""Columns of the table in CSV."""

_FURTHER_COLUMNS = (
    Column(name="vmaf", kind="number", nullable=True, meaning="VMAF, 0 to 100, with --vmaf"),
    *(_score(name) for name in ("mse", "psnr")),
)
"""`vmaf` follows in CSV if it was computed; JSON has all."""

_ALWAYS = frozenset({*(column.name for column in PAIR_COLUMNS), "mse", "psnr"}) - {
    name for name in SCORES if name[-2:] in ("_y", "_u", "_v")
}
"""Keys of every JSON object: planes that --planes leaves out are absent."""


def pairs_schema_text() -> str:
    """Return a human-readable description of a table of pairs."""
    columns = [
        (one.name, f"({one.type_text}) {one.meaning}") for one in (*PAIR_COLUMNS, *_FURTHER_COLUMNS)
    ]
    return "\n".join(
        [
            "Table of `vidsum compare`, a row for every pair of frames that was scored.",
            "",
            *defined(columns),
            "",
            *defined(_FORMATS.items()),
        ]
    )


def pairs_schema_json() -> dict[str, object]:
    """Return the JSON Schema of a pair, an object as in JSON."""
    columns = (*PAIR_COLUMNS, *_FURTHER_COLUMNS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pair of vidsum compare",
        "type": "object",
        "properties": properties_of(columns),
        "required": [column.name for column in columns if column.name in _ALWAYS],
        "formats": _FORMATS,
    }


_FORMATS = {
    "csv": "a header line, then a line for each pair; mse and psnr stand in JSON alone",
    "json": "one object: frames, a list of an object for each pair, without the scores of planes "
    "that --planes leaves out; then what is known of all",
}
