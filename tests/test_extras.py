"""Packages that are not installed: what is said, and that it fits what the extras hold."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from vidsum.errors import UsageError
from vidsum.extras import check_extra

EXTRAS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        (["plotly"], "--html needs plotly, which is not installed: pip install 'vidsum[html]'"),
        (
            ["plotly", "jinja2"],
            "--html needs plotly and jinja2, which are not installed: pip install 'vidsum[html]'",
        ),
    ],
)
def test_a_missing_library_is_said(monkeypatch, gone, says):
    for name in gone:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError) as raised:
        check_extra("--html", "html")
    assert str(raised.value) == says


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'vidsum\[plot\]'"):
        check_extra("--plot", "plot")


@pytest.mark.parametrize("extra", sorted({*EXTRAS} - {"test", "all"}))
def test_what_an_extra_installs_is_what_is_looked_for(monkeypatch, extra):
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in EXTRAS[extra]}
    for name in names:
        pytest.importorskip(name)
        for module in {*sys.modules} | {name}:
            if module.partition(".")[0] == name:
                monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as raised:
        check_extra("it", extra)
    needed = re.match(r"it needs (.*), which (?:is|are) not", str(raised.value))[1]
    assert set(needed.split(" and ")) == names
