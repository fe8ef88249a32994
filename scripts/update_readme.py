"""Write the command line's help into the README, where the tests look for it."""

import contextlib
import io
import os
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- help of vidsum condense -->\n", "<!-- end of help -->\n"


def main() -> None:
    """Replace what stands between the two marks."""
    text = README.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    README.write_text(f"{before}{BEGIN}\n```text\n{help_text()}\n```\n\n{END}{after}")


def help_text() -> str:
    """Return what `vidsum condense --help` prints, 80 columns wide."""
    os.environ["COLUMNS"] = "80"
    from vidsum.cli import main as vidsum

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        vidsum(["condense", "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


if __name__ == "__main__":
    main()
