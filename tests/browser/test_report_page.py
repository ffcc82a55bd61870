"""The HTML report, as a reviewer sees it on a phone, on a screen and on paper."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.forms import as_html
from carrierx_cli.report.policy import read_policy, violations_of
from carrierx_cli.report.verdict import verdict_on
from carrierx_provider.pulumi_files.preview import read_preview
from tests.unit.previews import BASE, UNKNOWN, preview, step

PACKAGE = "chromium-headless-shell"
PROGRAMS = (PACKAGE, "chromium", "chromium-browser", "google-chrome")
POLICY = "release_needs_label: {attribute: release}\nrequired: [string_key_2]\n"
SMALLEST_LETTER, SMALLEST_TARGET, LEAST_CONTRAST = 13, 44, 4.5
"""Pixels, pixels, and the contrast of text that WCAG 2.2 asks for (1.4.3, level AA)."""

FLAGS = (
    "--headless",
    # A container's root has no other way, and nothing but the project's own pages is shown.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
LIGHT, DARK = 1, 0

MEASURE = """
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
  // What reaches out of the window, or whose content reaches out of it.
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

FRAME = """<!doctype html>
<meta charset="utf-8"><pre></pre>
<iframe style="width: {width}px; height: 900px; border: 0" srcdoc="{page}"></iframe>
<script>addEventListener("load", () => {{ {measure} }});</script>
"""
"""The page is in a frame as wide as the window would be, since the page itself runs no script."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A headless Chromium, and a folder for its files."""

    program: Path
    folder: Path

    def measure(self, page: str, width: int, *, dark: bool = False) -> dict[str, Any]:
        """Show the page in a window, and measure what is to be seen, in CSS pixels."""
        frame = self.folder / "frame.html"
        framed = FRAME.format(width=width, page=html.escape(page), measure=MEASURE)
        frame.write_text(framed, encoding="utf-8")
        scheme = f"--blink-settings=preferredColorScheme={DARK if dark else LIGHT}"
        dumped = self._run([scheme, "--dump-dom", frame.as_uri()])
        told = re.search(r"<pre>(.*?)</pre>", dumped, re.DOTALL)
        assert told is not None, dumped[:1000]
        measured: dict[str, Any] = json.loads(html.unescape(told[1]))
        return measured

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
            [self.program, *FLAGS, profile, *words],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=120,
        ).stdout


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """The first one that runs; root gets the distribution's if there is none."""
    chromium = installed_chromium()
    if chromium is None and os.getuid() == 0 and (apt := shutil.which("apt-get")):
        subprocess.run([apt, "--quiet", "update"], check=True)
        subprocess.run([apt, "--quiet", "install", "--yes", PACKAGE], check=True)
        chromium = installed_chromium()
    if chromium is None:
        pytest.fail(f"there is no Chromium: install the distribution's package {PACKAGE}")
    return Browser(chromium, tmp_path_factory.mktemp("browser"))


def installed_chromium() -> Path | None:
    for name in PROGRAMS:
        found = shutil.which(name)
        # The distribution may have a placeholder there that only says how to install it.
        if found and subprocess.run([found, "--version"], check=False).returncode == 0:
            return Path(found)
    return None


def report() -> str:
    """Every kind of section, with names, keys and values that are long and have no space."""
    long, wide = "y" * 500, "W" * 300
    now: dict[str, Any] = {
        "name": f"Sales, the whole of  Sweden {wide}",
        "callback_url": f"https://sms.example.com/{'segment/' * 40}?token={long}",
        "string_key_1": long,
        "attributes": {f"a_long_key_{wide}": {"inner": [1, long]}, "owner": UNKNOWN},
    }
    steps = [
        step("replace", "support", BASE, {**BASE, "capabilities": 1, **now},
             replaceReasons=["capabilities"]),
        step("delete", f"fax-{wide}", {**BASE, "name": "Fax"}),
        step("update", f"sales_{wide}", BASE, {**BASE, **now}),
        step("create", "new", None, {**BASE, **now}),
        step("refresh", "drifted", {**BASE, "name": "x"}, {**BASE, "name": "x"}),
        step("update", "drifted", {**BASE, "name": wide}, {**BASE, "name": "x"}),
        *(step("same", f"same{n}", BASE, BASE) for n in range(1000)),
    ]  # fmt: skip
    reported = analyze(read_preview(preview(*steps)))
    violations = violations_of(read_policy(POLICY, "policy.yaml"), reported.rows)
    return as_html(reported, verdict_on(reported, violations), violations[:20])


def contrast(text: list[int], ground: list[int]) -> float:
    """The contrast ratio of two colours, by WCAG 2.2's own formula."""

    def luminance(colour: list[int]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(text), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_cut_and_nothing_scrolls_sideways(browser: Browser, width: int) -> None:
    """Whatever stands in a number; folded and unfolded; in letters that can be read."""
    page = report()
    folded = browser.measure(page, width)
    unfolded = browser.measure(page.replace("<details>", "<details open>"), width)
    assert unfolded["shown"] > folded["shown"] > 20
    for seen in (folded, unfolded):
        assert seen["window_width"] == width
        assert seen["page_width"] <= width
        assert seen["cut"] == []
        assert "the whole of  Sweden" in seen["text"]
        assert seen["letters"][0] >= SMALLEST_LETTER
        assert min(seen["targets"]) >= SMALLEST_TARGET


def test_every_text_stands_out_from_its_ground(browser: Browser) -> None:
    """In a light and in a dark surrounding, which the page follows."""
    page = report().replace("<details>", "<details open>")
    light, dark = browser.measure(page, 390), browser.measure(page, 390, dark=True)
    assert light["colours"] != dark["colours"]
    for seen in (light, dark):
        assert min(contrast(*pair) for pair in seen["colours"]) >= LEAST_CONTRAST


def test_what_is_folded_is_printed_too(browser: Browser) -> None:
    """Paper cannot be unfolded: every number and every call is on it."""
    page = report()
    printed = browser.print(page)
    # The calls of the replace, of the release, of the registration and of the two updates.
    assert [printed.count(f"{method} /") for method in ("POST", "DELETE", "PATCH")] == [2, 2, 2]
    for heading in ("Registered (1)", "Updated (1)", "Changed only to undo drift (1)"):
        assert heading in printed
