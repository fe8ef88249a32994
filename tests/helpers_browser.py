"""A real browser without a window, for what only a browser can tell."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@contextmanager
def browser_page() -> Iterator[object]:
    """Open a page of the Chromium of this machine; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip(f"there is no browser: none of {', '.join(_NAMES)}")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield browser.new_context().new_page()
        browser.close()


class Tab:
    """A file that is open: what it says on the console, what it loads, and what it shows."""

    def __init__(self, page, path: Path, *, colours: str = "light") -> None:
        self.page = page
        self.address = path.as_uri()
        self.said: list[str] = []
        self.loaded: list[str] = []
        self._listeners = {
            "console": lambda message: self.said.append(message.text),
            "pageerror": lambda error: self.said.append(str(error)),
            "request": lambda request: self.loaded.append(request.url),
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)
        page.bring_to_front()  # in the background it would be drawn late
        page.set_viewport_size({"width": 1200, "height": 1000})
        page.emulate_media(media="screen", color_scheme=colours)
        page.mouse.move(0, 0)
        page.goto(self.address)
        page.wait_for_selector("html[data-ready]", state="attached")

    def leave(self) -> None:
        """Listen no more."""
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    @property
    def others_loaded(self) -> list[str]:
        """What was loaded besides the page and what it holds itself."""
        return [url for url in self.loaded if url != self.address and not url.startswith("data:")]

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def drawn(self) -> dict:
        """Return the range of the timeline, and its lines by their panels."""
        self.settle()
        return self.page.evaluate(
            """() => {
              const { data, layout } = document.querySelector("#timeline .drawing");
              return {
                range: [...layout.xaxis.range],
                colour: layout.font.color,
                lines: data.map(({ x, y, yaxis, line, mode }) =>
                  ({ x: [...x], y: [...y], yaxis, mode, colour: line && line.color })),
              };
            }"""
        )
