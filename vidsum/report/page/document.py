"""The page as text: content, template, style and scripts in one file that loads nothing."""

import base64
import functools
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..writing import ReportFile
from .content import Content
from .numbers import deflated

if TYPE_CHECKING:
    import markupsafe

_SCRIPTS = ("data", "theme", "curves", "timeline", "cursor", "rule", "players", "main")
"""The parts of the page's script, in the order in which they depend on one another."""


class PageFile(ReportFile):
    """A page, which is written in one go when everything is known."""

    def __init__(self, target: Path, stream: BinaryIO | None = None) -> None:
        super().__init__(target, ".html", head="", stream=stream)

    def _write_content(self, content: Content) -> None:
        """Write all of it."""
        self._put(document(content))
        self.complete()


def document(content: Content) -> str:
    """Return the page as HTML."""
    script = "".join(_static(f"{name}.js") for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{script}}})();\n'
    library = _library()
    return rendered(
        "page.html.jinja",
        content=content,
        policy=_policy(hashes=(_sha256(script), library.sha256)),
        script=_embedded(script),
        library=library.deflated,
    )


def rendered(template: str, **values: object) -> str:
    """Return a page as HTML: a template with these values, and the style of all pages."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False}  # and in the order given
    page = environment.from_string(_static(template))
    return page.render(style=_embedded(_static("page.css")), **values)


def _embedded(text: str) -> "markupsafe.Markup":
    """Mark as safe text that is our own or the library's: text from a file never comes here."""
    import markupsafe

    return markupsafe.Markup(text)


class _Library(NamedTuple):
    sha256: str
    deflated: str


@functools.cache
def _library() -> _Library:
    """Return the library in the form that a page contains: 1.5 MB, slow to compress."""
    from plotly.offline import get_plotlyjs

    text = get_plotlyjs()
    return _Library(sha256=_sha256(text), deflated=deflated(text.encode()))


def _static(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def _policy(*, hashes: Iterable[str]) -> str:
    """Return what the page may do: run these scripts, show its own content, play files next to it.

    The library sets the style of what it draws, so styles are not listed individually.
    """
    scripts = " ".join(f"'sha256-{each}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
