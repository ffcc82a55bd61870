"""The HTML report, as a reviewer sees it on a phone, on a screen and on paper."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.forms import as_html
from carrierx_cli.report.policy import read_policy, violations_of
from carrierx_cli.report.verdict import verdict_on
from carrierx_provider.pulumi_files.preview import read_preview
from tests.browser.browser import Browser
from tests.unit.previews import BASE, UNKNOWN, preview, step

PACKAGE = "chromium-headless-shell"
CHROMIUM_NAMES = (
    *(PACKAGE, "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
POLICY = "release_needs_label: {attribute: release}\nrequired: [string_key_2]\n"
SMALLEST_LETTER, SMALLEST_TARGET, LEAST_CONTRAST = 13, 44, 4.5
"""Pixels, pixels, and the contrast of text that WCAG 2.2 asks for (1.4.3, level AA)."""


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
    for name in CHROMIUM_NAMES:
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
    assert unfolded.shown > folded.shown > 20
    for seen in (folded, unfolded):
        assert seen.window_width == width
        assert seen.page_width <= width
        assert seen.cut == []
        assert "the whole of  Sweden" in seen.text
        assert seen.letters[0] >= SMALLEST_LETTER
        assert min(seen.targets) >= SMALLEST_TARGET


def test_every_text_stands_out_from_its_ground(browser: Browser) -> None:
    """In a light and in a dark surrounding, which the page follows."""
    page = report().replace("<details>", "<details open>")
    light, dark = browser.measure(page, 390), browser.measure(page, 390, dark=True)
    assert light.colours != dark.colours
    for seen in (light, dark):
        assert min(contrast(*pair) for pair in seen.colours) >= LEAST_CONTRAST


def test_what_is_folded_is_printed_too(browser: Browser) -> None:
    """Paper cannot be unfolded: every number and every call is on it."""
    page = report()
    printed = browser.print(page)
    # The calls of the replace, of the release, of the registration and of the two updates.
    assert [printed.count(f"{method} /") for method in ("POST", "DELETE", "PATCH")] == [2, 2, 2]
    for heading in ("Registered (1)", "Updated (1)", "Changed only to undo drift (1)"):
        assert heading in printed
