"""docs/performance.md says what was measured, and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tools.benchmark.benchmark import PARTS, main
from tools.benchmark.kept_figures import read_figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
FOLDER = PAGE.with_suffix("")
SVG = "{http://www.w3.org/2000/svg}"


def test_the_page_is_what_its_figures_say(tmp_path: Path) -> None:
    """Made again from figures.json, neither page nor plots change: they were not edited by hand."""
    copy = tmp_path / PAGE.name
    shutil.copy(PAGE, copy)
    main(["--from", str(FOLDER / "figures.json"), "--write", str(copy)])
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    made = {plot.name for plot in copy.with_suffix("").glob("*.svg")}
    assert made == {plot.name for plot in FOLDER.glob("*.svg")}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_its_place_on_the_page(part: str) -> None:
    """In the order in which the text leads to them, not at the end."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(f"<!-- figures: {part} -->") == 1
    assert page.count(f"<!-- end of figures: {part} -->") == 1


def test_no_part_is_kept_that_is_not_measured_any_more() -> None:
    """Else its figures would stay for ever."""
    assert set(read_figures(FOLDER / "figures.json")) <= set(PARTS)


def test_plots_are_text_and_lines_without_a_date() -> None:
    """Searchable, readable on a dark page, and the same whenever the figures are."""
    page = PAGE.read_text(encoding="utf-8")
    assert {plot.name for plot in FOLDER.glob("*.svg")} == {
        Path(link).name for link in re.findall(r"!\[[^]]+\]\((\S+\.svg)\)", page)
    }
    for plot in FOLDER.glob("*.svg"):
        shown = ET.parse(plot)  # noqa: S314 -- made by us
        assert list(shown.iter(f"{SVG}text")), plot.name
        assert "dc:date" not in plot.read_text(encoding="utf-8"), plot.name
