"""The verdict on a preview: one line with exact counts, and an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carrierx_cli.report.model import CHANGING, RELEASING, Outcome, Report
from carrierx_cli.report.policy import Violation
from carrierx_provider.core.text import plural
from carrierx_provider.pulumi_files.preview import REPLACE, SAME


class Risk(StrEnum):
    """How serious the effects of ``up`` would be, the most serious first."""

    FAILED = "failed"
    """The preview is incomplete, so that the risk is not known; or ``up`` is certain to fail."""
    VIOLATED = "violated"
    """A policy forbids it."""
    RELEASED = "released"
    CHANGED = "changed"
    NOTHING = "nothing"


RISK_TEXTS = {
    Risk.FAILED: "The preview failed",
    Risk.VIOLATED: "Forbidden by the policy",
    Risk.RELEASED: "Numbers are released",
    Risk.CHANGED: "Nothing is released",
    Risk.NOTHING: "No change",
}

EXIT_CODES = {Risk.FAILED: 1, Risk.VIOLATED: 4, Risk.RELEASED: 3, Risk.CHANGED: 2, Risk.NOTHING: 0}

HARMLESS_OPS = frozenset({SAME, "read"})
"""What the engine does to a resource of any provider without changing it."""

MAY_RELEASE_OPS = frozenset({"delete", REPLACE})
"""What may release a number if the preview does not name the resource."""

OUTCOME_TEXTS = {
    Outcome.RELEASED: "released",
    Outcome.REGISTERED_AGAIN: "released and registered again",
    Outcome.REPLACED_BY_ANOTHER: "released for another number",
    Outcome.REFUSED: "retained and not replaceable",
    Outcome.UNKNOWN: "changed in a way that this report does not know",
    Outcome.REGISTERED: "registered",
    Outcome.UPDATED: "updated",
    Outcome.FORGOTTEN: "removed from the state and left registered",
    Outcome.READ: "read only",
    Outcome.UNCHANGED: "unchanged",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a preview."""

    risk: Risk
    line: str
    """The first line of a report: the risk, and exact counts."""


def verdict_on(report: Report, violations: Sequence[Violation]) -> Verdict:
    """Judge a preview."""
    risk = _risk(report, violations)
    text = RISK_TEXTS[risk]
    if risk is Risk.CHANGED and report.with_outcome(Outcome.UNKNOWN):
        text = "A number may be released"
    if risk is Risk.FAILED and not report.errors:
        text = "The up fails"
    return Verdict(risk, f"{text}: {'; '.join(_parts(report, violations))}")


def exit_code(risk: Risk, fail_on: Risk) -> int:
    """The exit code: that of the risk, or 0 if it is less serious than what is to fail."""
    order = tuple(Risk)
    return EXIT_CODES[risk] if order.index(risk) <= order.index(fail_on) else 0


def _risk(report: Report, violations: Sequence[Violation]) -> Risk:
    outcomes = {row.outcome for row in report.rows}
    others = {*report.other_resources, *report.not_listed}
    if report.errors or Outcome.REFUSED in outcomes:
        return Risk.FAILED
    if violations:
        return Risk.VIOLATED
    if outcomes & RELEASING or report.not_listed.keys() & MAY_RELEASE_OPS:
        return Risk.RELEASED
    if outcomes & CHANGING or others - HARMLESS_OPS:
        return Risk.CHANGED
    return Risk.NOTHING


def _parts(report: Report, violations: Sequence[Violation]) -> Iterator[str]:
    if violations:
        yield plural(len(violations), "violation")
    if report.errors:
        yield f"{plural(report.errors, 'error')}; the preview is incomplete"
    yield _numbers(report)
    if report.drifts:
        have = "has" if len(report.drifts) == 1 else "have"
        undone = sum(row.only_undoes_drift for row in report.rows)
        undo = "undoes" if undone == 1 else "undo"
        changes = f", {plural(undone, 'change')} only {undo} drift" if undone else ""
        yield f"{plural(len(report.drifts), 'number')} {have} drifted{changes}"
    left = sum(n for op, n in report.other_resources.items() if op in HARMLESS_OPS)
    changed = sum(report.other_resources.values()) - left
    counts = [f"{n:,} {what}" for n, what in ((changed, "changed"), (left, "unchanged")) if n]
    if counts:
        yield f"other resources: {', '.join(counts)}"
    yield from _not_listed(report.not_listed)


def _numbers(report: Report) -> str:
    counts = Counter(row.outcome for row in report.rows)
    found = [(counts[outcome], outcome) for outcome in Outcome if outcome in counts]
    if not found:
        return "no number is listed" if report.not_listed else "no numbers"
    (count, outcome), *more = found
    will_be = "" if outcome in {Outcome.UNCHANGED, Outcome.READ, Outcome.REFUSED} else "will be "
    first = f"{plural(count, 'number')} {will_be}{OUTCOME_TEXTS[outcome]}"
    return ", ".join([first, *(f"{count:,} {OUTCOME_TEXTS[outcome]}" for count, outcome in more)])


def _not_listed(steps: Mapping[str, int]) -> Iterator[str]:
    if SAME in steps:
        yield f"{plural(steps[SAME], 'resource')} unchanged and not listed"
    changed = sum(n for op, n in steps.items() if op not in HARMLESS_OPS)
    gone = sum(n for op, n in steps.items() if op in MAY_RELEASE_OPS)
    if changed:
        possibly = "possibly a number" if gone == 1 else "possibly numbers"
        which = f", {gone:,} of them deleted or replaced ({possibly})" if gone else ""
        yield f"{plural(changed, 'resource')} changed and not listed{which}"
