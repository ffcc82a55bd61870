"""A page in a headless Chromium: measured in a window of any width, and printed.

The page is put into a frame as wide as the window would be, since the page itself runs no script.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

_FLAGS = (
    "--headless",
    # A container's root has no other way, and nothing but the project's own pages is shown.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
_LIGHT, _DARK = 1, 0

_MEASURE = """
const page = document.querySelector("iframe").contentDocument;
const shown = [...page.body.querySelectorAll("*")].filter(e => e.checkVisibility());
const rgb = colour => colour.match(/[0-9.]+/g).map(Number);
const behind = e => {
  for (; e; e = e.parentElement) {
    const colour = rgb(page.defaultView.getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour.slice(0, 3);
  }
  return [255, 255, 255];
};
document.querySelector("pre").textContent = JSON.stringify({
  window_width: page.defaultView.innerWidth,
  page_width: page.documentElement.scrollWidth,
  shown: shown.length,
  text: page.body.innerText,
  cut: shown.filter(e => e.scrollWidth > e.clientWidth && e.clientWidth
    || e.getBoundingClientRect().right > page.defaultView.innerWidth).map(e => e.outerHTML),
  letters: [...new Set(shown.map(e => parseFloat(
    page.defaultView.getComputedStyle(e).fontSize)))].sort((a, b) => a - b),
  colours: [...new Map(shown.map(e => [
    rgb(page.defaultView.getComputedStyle(e).color).slice(0, 3), behind(e)
  ]).map(pair => [JSON.stringify(pair), pair])).values()],
  targets: shown.filter(e => e.tagName == "SUMMARY").map(e => e.getBoundingClientRect().height),
});
"""

_FRAME = """<!doctype html>
<meta charset="utf-8"><pre></pre>
<iframe style="width: {width}px; height: 900px; border: 0" srcdoc="{page}"></iframe>
<script>addEventListener("load", () => {{ {measure} }});</script>
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a page looks like in a window; lengths in CSS pixels."""

    window_width: float
    page_width: float
    """More than the window's: the whole page has to be scrolled sideways."""
    shown: int
    """How many elements there are to see."""
    text: str
    """What there is to read, with the spaces that are to be seen."""
    cut: list[str]
    """Elements that reach out of the window, or whose content reaches out of them."""
    letters: list[float]
    """The sizes of letters, the smallest first."""
    colours: list[tuple[list[int], list[int]]]
    """The colours of a text and of what is behind it, red, green and blue."""
    targets: list[float]
    """The heights of what can be unfolded."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium, and a folder for its files."""

    program: Path
    folder: Path

    def measure(self, page: str, width: int, *, dark: bool = False) -> Measured:
        """Show the page in a window, and measure what is to be seen."""
        frame = self.folder / "frame.html"
        framed = _FRAME.format(width=width, page=html.escape(page), measure=_MEASURE)
        frame.write_text(framed, encoding="utf-8")
        scheme = f"--blink-settings=preferredColorScheme={_DARK if dark else _LIGHT}"
        dumped = self._run([scheme, "--dump-dom", frame.as_uri()])
        told = re.search(r"<pre>(.*?)</pre>", dumped, re.DOTALL)
        assert told is not None, dumped[:1000]
        return Measured(**json.loads(html.unescape(told[1])))

    def print(self, page: str) -> str:
        """Print the page, and give the text that is on the paper."""
        file, printed = self.folder / "page.html", self.folder / "page.pdf"
        file.write_text(page, encoding="utf-8")
        self._run(["--no-pdf-header-footer", f"--print-to-pdf={printed}", file.as_uri()])
        pages = PdfReader(BytesIO(printed.read_bytes())).pages
        return "\n".join(one.extract_text() for one in pages)

    def _run(self, words: Sequence[str]) -> str:
        profile = f"--user-data-dir={self.folder / 'profile'}"
        return subprocess.run(
            [self.program, *_FLAGS, profile, *words],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=120,
        ).stdout
