"""The tables of docs/faults.md, from which tests take what they expect."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent / "docs" / "faults.md"
COMMANDS = ("condense", "compare", "report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault and its outcome."""

    codes: dict[str, frozenset[int]]
    """Exit codes that are right, by command; without those that the fault does not concern."""
    says: str
    """What stands in the message; empty where nothing needs to be said."""
    left: str
    """What is left on disk: N, F or P, as the document explains."""
    tests: tuple[str, ...]
    """The tests that hold it, as ``test_file.py::test_name``."""


def read_table(document: str) -> dict[str, Row]:
    """Return the rows of all tables by the name of the fault."""
    rows: dict[str, Row] = {}
    for line in document.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != 7 or cells[0] in ("fault", "---"):
            continue
        name, *codes, says, left, tests = cells
        assert name not in rows, name
        rows[name] = Row(
            codes={
                command: frozenset(int(code) for code in re.findall(r"\d+", cell))
                for command, cell in zip(COMMANDS, codes, strict=True)
                if cell != "-"
            },
            says=says.strip("`"),
            left=left,
            tests=tuple(re.findall(r"`([^`]+)`", tests)),
        )
    return rows


def read_cameras(document: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return fault, message and tests of each row of the table of cameras."""
    rows = []
    for line in document.split("## Cameras")[1].split("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 5 and cells[0] not in ("fault", "---"):
            rows.append((cells[0], cells[2].strip("`"), tuple(re.findall(r"`([^`]+)`", cells[4]))))
    return rows


TABLE = read_table(DOCUMENT.read_text(encoding="utf-8"))


def right_codes(fault: str, command: str = "condense") -> frozenset[int]:
    """Return the exit codes that the document names."""
    return TABLE[fault].codes[command]
