"""The verdict on a preview: one line with exact counts, and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from carrierx_cli.report.model import CHANGING, RELEASING, Outcome, Report
from carrierx_cli.report.policy import Violation
from carrierx_provider.core.text import plural
from carrierx_provider.pulumi_files.preview import REPLACE, SAME


class Risk(StrEnum):
    """How serious it is what ``up`` would do, the most serious first."""

    FAILED = "failed"
    """The preview is incomplete, so the risk is not known."""
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

MAY_RELEASE = "A number may be released"
"""Instead of the text for a change, if the engine does something that this report does not know."""

EXIT_CODES = {Risk.FAILED: 1, Risk.VIOLATED: 4, Risk.RELEASED: 3, Risk.CHANGED: 2, Risk.NOTHING: 0}

HARMLESS_OPS = frozenset({SAME, "read"})
"""What the engine does to a resource of any provider without changing it."""

MAY_RELEASE_OPS = frozenset({"delete", REPLACE})
"""What may release a number if the preview does not name the resource."""

OUTCOME_TEXTS = {
    Outcome.RELEASED: "released",
    Outcome.REGISTERED_AGAIN: "released and registered again",
    Outcome.REPLACED_BY_ANOTHER: "released for another number",
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
    sentence: str
    """One line with exact counts, without the risk."""
    complete: bool = True
    """Whether the report knows everything that would happen."""

    @property
    def line(self) -> str:
        """The first line of a report."""
        known = self.complete or self.risk is not Risk.CHANGED
        return f"{RISK_TEXTS[self.risk] if known else MAY_RELEASE}: {self.sentence}"


def verdict_on(report: Report, violations: Sequence[Violation]) -> Verdict:
    """Judge a preview."""
    return Verdict(
        _risk(report, violations),
        _sentence(report, violations),
        complete=not report.with_outcome(Outcome.UNKNOWN),
    )


def exit_code(risk: Risk, fail_on: Risk) -> int:
    """The exit code: that of the risk, or 0 if it is less serious than what is to fail."""
    order = tuple(Risk)
    if risk is Risk.FAILED or order.index(risk) <= order.index(fail_on):
        return EXIT_CODES[risk]
    return 0


def _risk(report: Report, violations: Sequence[Violation]) -> Risk:
    outcomes = {row.outcome for row in report.rows}
    others = {*report.other_resources, *report.not_listed}
    if report.errors:
        return Risk.FAILED
    if violations:
        return Risk.VIOLATED
    if outcomes & RELEASING or report.not_listed.keys() & MAY_RELEASE_OPS:
        return Risk.RELEASED
    if outcomes & CHANGING or others - HARMLESS_OPS:
        return Risk.CHANGED
    return Risk.NOTHING


def _sentence(report: Report, violations: Sequence[Violation]) -> str:
    parts = [plural(len(violations), "violation")] if violations else []
    if report.errors:
        parts.append(f"{plural(report.errors, 'error')}; the preview is incomplete")
    parts.append(_numbers(report))
    if report.drifts:
        parts.append(_drifted(report))
    others = _others(report)
    if others:
        parts.append(others)
    return "; ".join(parts)


def _numbers(report: Report) -> str:
    counts = [(outcome, len(report.with_outcome(outcome))) for outcome in Outcome]
    found = [(count, outcome) for outcome, count in counts if count]
    if not found:
        return "no number is listed" if report.not_listed else "no numbers"
    (count, outcome), *more = found
    will_be = "" if outcome in {Outcome.UNCHANGED, Outcome.READ} else "will be "
    first = f"{plural(count, 'number')} {will_be}{OUTCOME_TEXTS[outcome]}"
    return ", ".join([first, *(f"{count:,} {OUTCOME_TEXTS[outcome]}" for count, outcome in more)])


def _drifted(report: Report) -> str:
    have = "has" if len(report.drifts) == 1 else "have"
    undone = sum(1 for row in report.rows if row.only_undoes_drift)
    undo = "undoes" if undone == 1 else "undo"
    part = f", {plural(undone, 'change')} only {undo} drift" if undone else ""
    return f"{plural(len(report.drifts), 'number')} {have} drifted{part}"


def _others(report: Report) -> str:
    parts = []
    changed = sum(n for op, n in report.other_resources.items() if op not in HARMLESS_OPS)
    left = sum(n for op, n in report.other_resources.items() if op in HARMLESS_OPS)
    if changed or left:
        counts = [f"{changed:,} changed"] if changed else []
        counts += [f"{left:,} unchanged"] if left else []
        parts.append(f"other resources: {', '.join(counts)}")
    same = report.not_listed.get(SAME, 0)
    if same:
        parts.append(f"{plural(same, 'resource')} unchanged and not listed")
    more = sum(n for op, n in report.not_listed.items() if op not in HARMLESS_OPS)
    gone = sum(n for op, n in report.not_listed.items() if op in MAY_RELEASE_OPS)
    if more:
        possibly = "possibly a number" if gone == 1 else "possibly numbers"
        which = f", {gone:,} of them deleted or replaced ({possibly})" if gone else ""
        parts.append(f"{plural(more, 'resource')} changed and not listed{which}")
    return "; ".join(parts)
