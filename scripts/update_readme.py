"""Write the help of each command into the README, where the tests look for it."""

import contextlib
import io
import os
import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
PART = re.compile(r"(<!-- help of vidsum (\w+) -->\n).*?(<!-- end of help -->\n)", re.DOTALL)


def main() -> None:
    """Replace the text between the marks."""
    text = README.read_text()
    README.write_text(
        PART.sub(lambda part: f"{part[1]}\n```text\n{help_text(part[2])}\n```\n\n{part[3]}", text)
    )


def help_text(command: str) -> str:
    """Return what `vidsum COMMAND --help` prints, 80 columns wide."""
    os.environ["COLUMNS"] = "80"
    from vidsum.cli import main as vidsum

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        vidsum([command, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


if __name__ == "__main__":
    main()
