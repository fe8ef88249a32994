"""The command line: options in, exit codes out, all messages on stderr."""

import logging
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from .. import __version__
from ..errors import ExitCode, VidsumError, printable
from .batch import batch
from .compare import compare
from .condense import condense
from .config import config, config_files
from .events import events
from .image import image
from .isolated import is_isolated, limit_memory, run_isolated
from .own_arguments import hide_passwords
from .preview import preview
from .report import report
from .schema import schema
from .terminal import Terminal, say
from .unused import check_used
from .watch import watch

app = App(
    name="vidsum",
    help="Find the frames of a video that show something new.",
    version=__version__,
    default_parameter=Parameter(negative="", show_default=lambda value: value or None),
    help_format="plaintext",
)
for command in (condense, batch, watch, events, compare, image, report, preview, schema, config):
    app.command(command, help_format="markdown")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        app.config = config_files(words)
        command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
        if command is not config:
            check_used(words, bound.arguments.values())
        terminal = bound.arguments.get("terminal")
        if isinstance(terminal, Terminal) and terminal.isolate and not is_isolated():
            return run_isolated(words, _first(bound.args), terminal.memory_limit)
        limit_memory()
        code = command(*bound.args, **bound.kwargs)
    except (CycloptsError, VidsumError) as error:
        # Options are checked before a command runs: an error this early is wrong usage.
        say(f"vidsum: {' '.join(printable(error).split())} (vidsum --help tells more)")
        return ExitCode.USAGE
    return int(code or 0)


def _first(inputs: Sequence[object]) -> str:
    """Return the first input of a command."""
    first = inputs[0]
    return str(first[0] if isinstance(first, list) else first)


def run() -> None:
    """Run the command line and leave the process with its exit code."""
    hide_passwords()
    # Otherwise log messages of packages would be printed; vidsum itself reports what matters.
    logging.getLogger().addHandler(logging.NullHandler())
    sys.exit(main())
