"""`vidsum schema`."""

import json as json_format

from ..errors import UsageError
from .terminal import print_out


def schema(*, json: bool = False, events: bool = False, compare: bool = False) -> int:
    """Print the columns of the table of scores, and its formats.

    Parameters
    ----------
    json
        Print it as a JSON Schema of the rows in JSON and JSON Lines.
    events
        Print the columns of `vidsum events` instead.
    compare
        Print the columns of `vidsum compare` instead.
    """
    if events and compare:
        raise UsageError("--events and --compare are tables of their own; choose one")
    if compare:
        from ..report.compared_columns import pairs_schema_json as as_json
        from ..report.compared_columns import pairs_schema_text as as_text
    elif events:
        from ..report.found_columns import found_schema_json as as_json
        from ..report.found_columns import found_schema_text as as_text
    else:
        from ..report.schema import schema_json as as_json
        from ..report.schema import schema_text as as_text

    print_out(json_format.dumps(as_json(), indent=2) if json else as_text())
    return 0
