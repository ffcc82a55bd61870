"""The runs of a long suite as one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

from tests.benchmark.figures import Figures, Promise
from tests.soak.engine_processes import Victim
from tests.soak.fault_run import CAUSES
from tests.soak.kill_run import kill_cause
from tests.soak.recovery import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.soak.soaked_stack import SoakRun

PART = "soak"
"""How the table's marks in docs/reliability.md name it."""

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
MUST_BE_ZERO = COLUMNS[5:]
ALL_CAUSES = (*(kill_cause(victim) for victim in Victim), *CAUSES)
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
        explanation="\n\n".join(
            fill(" ".join(text.split()), _LINE, break_on_hyphens=False)
            for text in (
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
            )
        ),
        columns=COLUMNS,
        rows=(
            *(_row(cause, [o for o in outcomes if o.run.cause == cause]) for cause in ALL_CAUSES),
            _row(TOTAL, outcomes),
        ),
        promises=(
            Promise(
                "nothing was lost, orphaned, duplicated or different.",
                not any(outcome.run.findings.lines() for outcome in outcomes),
            ),
            Promise(
                "with ownership records no run took anything by hand.",
                not any(Step.ADOPT in outcome.run.steps for outcome in with_ownership),
            ),
        ),
    )


def _row(cause: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    runs = [outcome.run for outcome in outcomes]
    findings = [run.findings for run in runs]
    counts = (
        len(runs),
        sum(run.struck for run in runs),
        sum(run.operations for run in runs),
        sum(Step.ADOPT in run.steps for run in runs),
        sum(len(found.lost) for found in findings),
        sum(len(found.orphaned) for found in findings),
        sum(len(found.duplicated) for found in findings),
        sum(len(found.different) for found in findings),
    )
    return (cause, *(f"{count:,}" for count in counts))


def _steps(outcomes: Sequence[Outcome]) -> str:
    taken = Counter(step for outcome in outcomes for step in outcome.run.steps)
    counted = ", ".join(f"`{step}` {taken[step]:,}" for step in Step)
    return f"Runs that took a step beside `pulumi up`: {counted}."
