"""The table in docs/reliability.md: its form, and that it says what the runs came to."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.benchmark.figures import as_markdown
from tools.soak.agreement import Findings
from tools.soak.outcomes import (
    ALL_CAUSES,
    COLUMNS,
    KILLS,
    MUST_BE_ZERO,
    PART,
    TOTAL,
    UNSAVED_COLUMNS,
    UNSAVED_PART,
    WAYS_COLUMNS,
    WAYS_PART,
    Outcome,
    soak_figures,
    unsaved_figures,
    ways_figures,
)
from tools.soak.recovery import Step
from tools.soak.soaked_stack import SoakRun
from tools.soak.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.benchmark.figures import Figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
FEWEST_KILLS = 200
FEWEST_UNSAVED_KILLS = 60


def run(*steps: Step, findings: Findings | None = None, forgotten: int = 0) -> SoakRun:
    """A kill of the provider in a run that changed 20 numbers."""
    return SoakRun(
        ALL_CAUSES[0],
        "0.01 s after call 2",
        1,
        forgotten,
        steps,
        20,
        findings or Findings(),
        "",
    )


def without_counts(text: str) -> str:
    """The text in one line, with every count alike."""
    return re.sub(r"\b\d[\d,]*\b", "N", " ".join(text.split()))


def cells(line: str) -> list[str]:
    """The cells of a table's line."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_runs_of_a_cause_are_counted() -> None:
    """Each cause has a line, the last one is the sum, and steps are counted over all runs."""
    wrong = Findings(lost=["one", "two"], different=["three"])
    figures = soak_figures(
        [
            Outcome(ownership=True, run=run(Step.CANCEL)),
            Outcome(ownership=False, run=run(Step.CANCEL, Step.ADOPT, findings=wrong)),
        ],
        "make soak SEED=7",
    )
    counted = ("2", "2", "40", "1", "2", "0", "0", "1")
    assert figures.rows[0] == (ALL_CAUSES[0], *counted)
    assert figures.rows[1] == (ALL_CAUSES[1], *["0"] * len(counted))
    assert figures.rows[-1] == (TOTAL, *counted)
    assert "`make soak SEED=7`: 2 runs on the real engine, 1 of them" in figures.explanation
    assert "`pulumi cancel` 2" in figures.explanation.replace("\n", " ")


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (Outcome(ownership=True, run=run(Step.CANCEL)), (True, True)),
        (Outcome(ownership=False, run=run(Step.ADOPT)), (True, True)),
        (Outcome(ownership=True, run=run(Step.ADOPT)), (True, False)),
        (Outcome(ownership=True, run=run(findings=Findings(orphaned=["one"]))), (False, True)),
    ],
)
def test_a_broken_promise_is_said(outcome: Outcome, kept: tuple[bool, bool]) -> None:
    """One finding breaks the one promise, one step by hand with ownership the other."""
    figures = soak_figures([outcome], "make soak")
    assert tuple(promise.kept for promise in figures.promises) == kept


def test_what_was_forgotten_is_counted() -> None:
    """Runs without checkpoints have a table of their own, with what no state knew."""
    figures = unsaved_figures(
        [Outcome(ownership=True, run=run(Step.CANCEL, forgotten=n)) for n in (5, 7)],
        "make soak SEED=7",
    )
    row = dict(zip(figures.columns, figures.rows[0], strict=True))
    assert (row["runs"], row["operations"], row["forgotten"], row["lost"]) == ("2", "40", "12", "0")
    assert [each[0] for each in figures.rows] == [*KILLS, TOTAL]


def test_the_ways_of_an_up_are_counted() -> None:
    """They have a table of their own, in which a release from the state is a step."""
    outcomes = [
        Outcome(ownership=True, run=replace(run(Step.RELEASE), cause=way))
        for way in (*WAYS, WAYS[0])
    ]
    figures = ways_figures(outcomes, "make soak SEED=7")
    assert [row[:2] for row in figures.rows] == [
        (WAYS[0], "2"),
        *((way, "1") for way in WAYS[1:]),
        (TOTAL, "5"),
    ]
    assert "`pulumi-carrierx release SID …` 5" in " ".join(figures.explanation.split())


@pytest.mark.parametrize(
    ("part", "columns", "causes", "fewest_kills"),
    [
        (PART, COLUMNS, ALL_CAUSES, FEWEST_KILLS),
        (UNSAVED_PART, UNSAVED_COLUMNS, KILLS, FEWEST_UNSAVED_KILLS),
        (WAYS_PART, WAYS_COLUMNS, WAYS, 0),
    ],
)
def test_the_page_has_the_tables_that_the_code_writes(
    part: str, columns: tuple[str, ...], causes: tuple[str, ...], fewest_kills: int
) -> None:
    """Every cause was tried, every column is there, nothing was lost; and how to repeat it."""
    marks = f"<!-- figures: {part} -->(.*)<!-- end of figures: {part} -->"
    found = re.search(marks, PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "run make soak"
    shown = found[1]
    lines = [line for line in shown.splitlines() if line.startswith("|")]
    assert cells(lines[0]) == list(columns)
    assert [cells(line)[0] for line in lines[2:]] == [*causes, TOTAL]
    for line in lines[2:]:
        row = dict(zip(columns, cells(line), strict=True))
        assert row["runs"] != "0", f"not tried: {line}"
        assert row["times"] != "0", f"never struck: {line}"
        assert [row[column] for column in MUST_BE_ZERO] == ["0"] * len(MUST_BE_ZERO), line
    # What was to be killed, and was over first, shows nothing.
    kills = [int(cells(line)[2]) for line in lines if "SIGKILL" in line]
    assert sum(kills) >= fewest_kills
    assert "Broken" not in shown


@pytest.mark.parametrize(
    ("part", "figures"),
    [(PART, soak_figures), (UNSAVED_PART, unsaved_figures), (WAYS_PART, ways_figures)],
)
def test_the_page_has_the_words_that_the_code_writes(
    part: str, figures: Callable[[list[Outcome], str], Figures]
) -> None:
    """All but the counts: what the table means, what was kept, and the seed that repeats it."""
    marks = f"<!-- figures: {part} -->(.*)<!-- end of figures: {part} -->"
    found = re.search(marks, PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "run make soak"
    command = re.search(r"`(make soak SEED=[^`]+)`", found[1])
    assert command
    expected = figures([Outcome(ownership=True, run=run())], command[1])
    words = as_markdown(replace(expected, rows=()))
    shown = "\n".join(line for line in found[1].splitlines() if not line.startswith("|"))
    assert without_counts(words) in without_counts(shown)


def test_the_kills_without_checkpoints_made_the_state_forget() -> None:
    """Without that the table would show nothing that the other does not."""
    text = PAGE.read_text(encoding="utf-8")
    shown = text.partition(f"<!-- figures: {UNSAVED_PART} -->")[2]
    of_the_engine = [line for line in shown.splitlines() if "engine alone" in line]
    row = dict(zip(UNSAVED_COLUMNS, cells(of_the_engine[0]), strict=True))
    assert int(row["forgotten"]) > int(row["runs"])
