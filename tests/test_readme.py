import importlib.util
import re
from pathlib import Path

import pytest

import vidsum
from vidsum.options import Writing

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def words(text):
    """Return the words of a help page, without its frames and line breaks."""
    return re.sub(r"[│╭╮╰╯─\s]+", " ", text)


COMMANDS = ("condense", "batch", "watch", "events", "compare", "image", "report")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_the_command_is_the_help_in_the_readme(monkeypatch, command):
    spec = importlib.util.spec_from_file_location("readme", ROOT / "scripts" / "update_readme.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setenv("COLUMNS", "80")
    assert words(script.help_text(command)) in words(README)


def test_every_command_is_in_the_readme():
    from vidsum.cli import app

    commands = {name for name in app.resolved_commands() if not name.startswith("-")}
    assert commands >= {*COMMANDS, "preview", "config"}
    for command in commands:
        assert f"`vidsum {command}" in README


def names_of(columns):
    return tuple(column.name for column in columns)


def test_the_columns_of_the_readme_are_those_of_the_table():
    from vidsum.report.schema import FRAME_COLUMNS, INPUT_COLUMNS

    section = README.split("The **scores table**")[1].split("## `vidsum compare`")[0]
    first_cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    assert tuple(re.findall(r"`(\w+)`", " ".join(first_cells))) == names_of(FRAME_COLUMNS)
    assert re.findall(r"`(source\w*)`", section) == list(names_of(INPUT_COLUMNS))


def test_the_columns_of_compare_are_those_of_its_table():
    from vidsum.report.comparison import COLUMNS

    section = README.split("The **table of pairs**")[1].split("\n\n")[0]
    assert tuple(re.findall(r"`(\w+)`", section)) == (*COLUMNS, "vmaf")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"vidsum\.([A-Za-z]\w+)\(", README))))
def test_what_the_readme_calls_is_there(name):
    assert name in vidsum.__all__


def test_output_may_be_a_string_as_in_the_readme():
    assert Writing(output="day.mkv", codec="h264").output == Path("day.mkv")
