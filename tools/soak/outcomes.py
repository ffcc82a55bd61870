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
from tools.soak.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tools.soak.soaked_stack import SoakRun

PART = "soak"
UNSAVED_PART = "soak without checkpoints"
WAYS_PART = "soak of other ways"
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
WAYS_COLUMNS = ("way of the `up`", *COLUMNS[1:])
MUST_BE_ZERO = COLUMNS[5:]
KILLS = tuple(kill_cause(victim) for victim in Victim)
ALL_CAUSES = (*KILLS, *CAUSES)
TOTAL = "all"

_LINE = 115
_USUAL_STEPS = tuple(step for step in Step if step is not Step.RELEASE)
"""What may be needed where no other stack has taken a number over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run, and whether the stack kept ownership records."""

    ownership: bool
    run: SoakRun


def soak_figures(outcomes: Sequence[Outcome], command: str) -> Figures:
    """Count for each cause.

    Args:
        command: What repeats these runs.
    """
    with_ownership = [outcome for outcome in outcomes if outcome.ownership]
    return Figures(
        title="Test runs",
        explanation=_paragraphs(
            f"""`{command}`: {len(outcomes)} runs on the real engine, {len(with_ownership)} of
            them with ownership records. Each run is an `up` of 20 numbers that mixes creates,
            updates, replaces and deletes, with one random failure. Then the steps on this page
            are followed, and program, state and account are compared with each other.""",
            """*Times* counts the failures: kills, or failed calls. *Operations* are changes that
            CarrierX carried out. *By hand* counts the runs that needed `CARRIERX_ADOPT`. *Lost*
            are numbers that were released although the program did not ask for it, or that are
            declared but not registered. *Orphaned* are registrations that no resource of the
            state has. *Duplicated* are numbers that were registered more than once. *Different*
            is any other difference between program, state and account, a change that a refresh
            or a preview still shows, and an `up` that does not succeed.""",
            _steps(outcomes),
        ),
        columns=COLUMNS,
        rows=_rows(ALL_CAUSES, COLUMNS, outcomes),
        promises=_promises(outcomes),
    )


def unsaved_figures(outcomes: Sequence[Outcome], command: str) -> Figures:
    """Count for each kill, of runs without checkpoints.

    Args:
        command: What repeats these runs.
    """
    return Figures(
        title="Test runs without checkpoints",
        explanation=_paragraphs(
            f"""`{command}`: {len(outcomes)} runs with `PULUMI_SKIP_CHECKPOINTS=true`, all with
            ownership records, with the same kind of programs. In every second run the same `up`
            is killed twice before it may finish.""",
            """The columns are those of the table above. *Forgotten* are changes that CarrierX had
            carried out when the recovery began, but that were not in the state. After each kill
            of the engine the state on disk was compared with the one from before the run: it was
            the same, or the run was over.""",
            _steps(outcomes),
        ),
        columns=UNSAVED_COLUMNS,
        rows=_rows(KILLS, UNSAVED_COLUMNS, outcomes),
        promises=_promises(outcomes),
    )


def ways_figures(outcomes: Sequence[Outcome], command: str) -> Figures:
    """Count for each way of an ``up`` beside the plain one.

    Args:
        command: What repeats these runs.
    """
    return Figures(
        title="Test runs of other ways",
        explanation=_paragraphs(
            f"""`{command}`: {len(outcomes)} runs with the same kind of programs and failures, half
            of each line killed and half with failing calls, in which the `up` differs from a plain
            one:""",
        )
        + "\n\n"
        + "\n".join(fill(" ".join(text.split()), _LINE, subsequent_indent="  ") for text in _WAYS)
        + "\n\n"
        + _paragraphs(
            """The columns are those of the first table. A registration of another stack that was
            released or changed would count as *lost*.""",
            _steps(outcomes, [*Step]),
        ),
        columns=WAYS_COLUMNS,
        rows=_rows(WAYS, COLUMNS, outcomes),
        promises=_promises(outcomes),
    )


_WAYS = (
    "- `--continue-on-error`: the engine goes on to the deletes after a create that has failed.",
    """- `--replace URN` of three numbers that have not changed, half of all with
    `delete_before_replace=True`. In the end comes `pulumi up --refresh`.""",
    """- `delete_before_replace=True` for all numbers, of which five or more change their
    `phonenumber`: the old number is released first.""",
    """- Numbers of another stack: two numbers that the program no longer declares have got its
    ownership record. The `up` must leave them alone, and `pulumi-carrierx release` takes them out
    of the state.""",
)


def _promises(outcomes: Sequence[Outcome]) -> tuple[Promise, ...]:
    return (
        Promise(
            "nothing was lost, orphaned, duplicated or different.",
            not any(outcome.run.findings.lines() for outcome in outcomes),
        ),
        Promise(
            "with ownership records no run needed `CARRIERX_ADOPT`.",
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


def _steps(outcomes: Sequence[Outcome], steps: Iterable[Step] = _USUAL_STEPS) -> str:
    taken = Counter(step for outcome in outcomes for step in outcome.run.steps)
    counted = ", ".join(f"`{step}` {taken[step]:,}" for step in steps)
    return f"Runs that needed a step in addition to `pulumi up`: {counted}."
