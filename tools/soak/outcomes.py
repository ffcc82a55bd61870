"""The runs of a long suite as tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

from tools.benchmark.figures import Figures, Promise
from tools.soak.engine_processes import Victim
from tools.soak.fault_run import CAUSES
from tools.soak.kill_run import kill_cause
from tools.soak.recovery import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.soak.soaked_stack import SoakRun

PART = "soak"
UNSAVED_PART = "soak without checkpoints"
"""How the tables' marks in docs/reliability.md name them."""

COLUMNS = (
    "what went wrong",
    "runs",
    "times",
    "operations",
    "by hand",
    "lost",
    "orphaned",
    "duplicated",
    "different",
)
UNSAVED_COLUMNS = (*COLUMNS[:4], "forgotten", *COLUMNS[4:])
MUST_BE_ZERO = COLUMNS[5:]
KILLS = tuple(kill_cause(victim) for victim in Victim)
ALL_CAUSES = (*KILLS, *CAUSES)
TOTAL = "all"

_LINE = 115


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run, and whether the stack kept ownership records."""

    ownership: bool
    run: SoakRun


def soak_figures(outcomes: Sequence[Outcome], command: str) -> Figures:
    """Count for each cause.

    :param command: what repeats these runs.
    """
    with_ownership = [outcome for outcome in outcomes if outcome.ownership]
    return Figures(
        title="Shown by",
        explanation=_paragraphs(
            f"""`{command}`: {len(outcomes)} runs on the real engine, {len(with_ownership)} of
            them with ownership records. Each is an `up` of 20 numbers with creates, updates,
            replaces and deletes mixed, and one thing that goes wrong at random; then what this
            page says is done, and program, state and account are compared, each with each.""",
            """*Times* is how often it went wrong: kills, or calls. *Operations* are changes
            that CarrierX carried out. *By hand* are the runs that took `CARRIERX_ADOPT`.
            *Lost* are numbers that were released without the program asking for it, or are not
            registered though it states them; *orphaned* are registrations that no resource of
            the state has; *duplicated* are numbers that were registered more than once;
            *different* is anything else in which program, state and account differ, a change
            that a refresh or a preview still shows, and an `up` that does not pass.""",
            _steps(outcomes),
        ),
        columns=COLUMNS,
        rows=_rows(ALL_CAUSES, COLUMNS, outcomes),
        promises=_promises(outcomes),
    )


def unsaved_figures(outcomes: Sequence[Outcome], command: str) -> Figures:
    """Count for each kill, of runs without checkpoints.

    :param command: what repeats these runs.
    """
    return Figures(
        title="Shown by, without checkpoints",
        explanation=_paragraphs(
            f"""`{command}`: {len(outcomes)} runs with `PULUMI_SKIP_CHECKPOINTS=true`, all with
            ownership records, of the same kind of programs. In every second run the same `up` is
            killed twice before one is let through.""",
            """The columns are those of the table above. *Forgotten* are changes that CarrierX had
            carried out when the recovery began, and that no state knew. After each kill of the
            engine the state on disk was compared with the one from before the run: it was the
            same, or the run was over.""",
            _steps(outcomes),
        ),
        columns=UNSAVED_COLUMNS,
        rows=_rows(KILLS, UNSAVED_COLUMNS, outcomes),
        promises=_promises(outcomes),
    )


def _promises(outcomes: Sequence[Outcome]) -> tuple[Promise, ...]:
    return (
        Promise(
            "nothing was lost, orphaned, duplicated or different.",
            not any(outcome.run.findings.lines() for outcome in outcomes),
        ),
        Promise(
            "with ownership records no run took anything by hand.",
            not any(Step.ADOPT in outcome.run.steps for outcome in outcomes if outcome.ownership),
        ),
    )


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(
        fill(" ".join(text.split()), _LINE, break_on_hyphens=False) for text in texts
    )


def _rows(
    causes: Sequence[str], columns: Sequence[str], outcomes: Sequence[Outcome]
) -> tuple[tuple[str, ...], ...]:
    return (
        *(_row(cause, columns, [o for o in outcomes if o.run.cause == cause]) for cause in causes),
        _row(TOTAL, columns, outcomes),
    )


def _row(cause: str, columns: Sequence[str], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    runs = [outcome.run for outcome in outcomes]
    findings = [run.findings for run in runs]
    counts = {
        "runs": len(runs),
        "times": sum(run.struck for run in runs),
        "operations": sum(run.operations for run in runs),
        "forgotten": sum(run.forgotten for run in runs),
        "by hand": sum(Step.ADOPT in run.steps for run in runs),
        "lost": sum(len(found.lost) for found in findings),
        "orphaned": sum(len(found.orphaned) for found in findings),
        "duplicated": sum(len(found.duplicated) for found in findings),
        "different": sum(len(found.different) for found in findings),
    }
    return (cause, *(f"{counts[column]:,}" for column in columns[1:]))


def _steps(outcomes: Sequence[Outcome]) -> str:
    taken = Counter(step for outcome in outcomes for step in outcome.run.steps)
    counted = ", ".join(f"`{step}` {taken[step]:,}" for step in Step)
    return f"Runs that took a step beside `pulumi up`: {counted}."
