"""`vidsum schema`."""

import json as json_format

from .terminal import print_out


def schema(*, json: bool = False) -> int:
    """Print what the table of scores holds: its columns, and each format.

    Parameters
    ----------
    json
        Print it as a JSON Schema of the rows in JSON and JSON Lines.
    """
    from ..report.schema import schema_json, schema_text

    print_out(json_format.dumps(schema_json(), indent=2) if json else schema_text())
    return 0
