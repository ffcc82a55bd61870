"""What was measured before stays beside what is measured now, where that is honest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.benchmark.kept_figures import KeptPart, read_figures, write_figures

if TYPE_CHECKING:
    from pathlib import Path

WITH = "engine 1, 2 cores"
BEFORE = KeptPart(
    WITH, (("2026-11-01", {"of": "a", "is": 1}), ("2026-11-01", {"of": "b", "is": 2}))
)
NEW = [("2026-11-03", {"of": "b", "is": 3})]


def test_what_is_measured_anew_replaces_what_it_is_about() -> None:
    """The rest stays, with its date."""
    renewed = BEFORE.renewed(NEW, WITH, lambda what: what["of"])
    assert renewed.plain == [{"of": "a", "is": 1}, {"of": "b", "is": 3}]
    assert renewed.surroundings == f"Measured from 2026-11-01 to 2026-11-03 with {WITH}."


def test_figures_of_two_machines_are_not_mixed() -> None:
    """Other versions or other cores: all that was there is dropped."""
    renewed = BEFORE.renewed(NEW, "engine 2, 8 cores", lambda what: what["of"])
    assert renewed.plain == [{"of": "b", "is": 3}]
    assert renewed.surroundings == "Measured on 2026-11-03 with engine 2, 8 cores."


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    """A line for each, so that a difference can be read; no file is no figures."""
    file = tmp_path / "new" / "figures.json"
    assert read_figures(file) == {}
    kept = {"one": BEFORE, "other": KeptPart(WITH)}
    write_figures(file, kept)
    assert read_figures(file) == kept
    lines = file.read_text(encoding="utf-8").splitlines()
    assert sum('"of"' in line for line in lines) == 2
