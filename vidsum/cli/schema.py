"""`vidsum schema`."""

import json as json_format

from .terminal import print_out


def schema(*, json: bool = False, events: bool = False) -> int:
    """Print what the table of scores holds: its columns, and each format.

    Parameters
    ----------
    json
        Print it as a JSON Schema of the rows in JSON and JSON Lines.
    events
        Print what the table of `vidsum events` holds instead.
    """
    if events:
        from ..report.found_columns import found_schema_json as as_json
        from ..report.found_columns import found_schema_text as as_text
    else:
        from ..report.schema import schema_json as as_json
        from ..report.schema import schema_text as as_text

    print_out(json_format.dumps(as_json(), indent=2) if json else as_text())
    return 0
