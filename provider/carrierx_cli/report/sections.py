"""The parts of a report, the same in each of its forms: which are open, and their entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_cli.report.messages import (
    call_notes,
    call_text,
    calls_shown,
    change_texts,
    drift_texts,
    name_text,
    number_text,
    reasons_text,
)
from carrierx_cli.report.model import CHANGING, RELEASING, Outcome
from carrierx_cli.report.verdict import OUTCOME_TEXTS
from carrierx_provider.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carrierx_cli.report.model import Drift, Report, Row
    from carrierx_cli.report.policy import Violation


@dataclass(frozen=True, slots=True)
class Entry:
    """One number. Each text is printable and one line, and may come from outside."""

    number: str
    name: str
    """Empty if there is no text."""
    resource: str
    changes: tuple[str, ...] = ()
    why: str = ""
    """Why it is released, and what is lost; or which rule it breaks."""
    calls: tuple[tuple[str, str], ...] = ()
    """Each call, and what is not certain about it."""
    no_calls: str = ""
    """Why there is no call, if one would be expected."""


@dataclass(frozen=True, slots=True)
class Section:
    """Numbers with the same outcome."""

    heading: str
    entries: tuple[Entry, ...]
    is_open: bool = False
    """Whether it is shown unfolded: what is destructive, or not known."""
    is_policy: bool = False
    """Whether its entries are violations of the policy, whatever happens to the numbers."""


def sections_of(report: Report, violations: Sequence[Violation]) -> tuple[Section, ...]:
    """The parts that have an entry: the policy, the outcomes in their order, and the drift."""
    return tuple(section for section in _sections(report, violations) if section.entries)


def _sections(report: Report, violations: Sequence[Violation]) -> Iterator[Section]:
    yield Section(
        "Policy violations",
        tuple(_violation(one) for one in violations),
        is_open=True,
        is_policy=True,
    )
    for outcome in Outcome:
        if outcome in CHANGING:
            text = OUTCOME_TEXTS[outcome]
            yield Section(
                text[0].upper() + text[1:],
                tuple(_row(o) for o in report.with_outcome(outcome) if not o.only_undoes_drift),
                is_open=outcome in RELEASING or outcome is Outcome.UNKNOWN,
            )
    yield Section(
        "Changed only to undo drift",
        tuple(_row(one) for one in report.rows if one.only_undoes_drift),
    )
    yield Section(
        "Drifted: changed at CarrierX by somebody else", tuple(_drift(one) for one in report.drifts)
    )


def _violation(violation: Violation) -> Entry:
    return Entry(
        number=name_text(violation.number),
        name="",
        resource=name_text(violation.resource_name),
        why=printable(violation.text),
    )


def _row(row: Row) -> Entry:
    return Entry(
        number=number_text(row),
        name=name_text(row.name),
        resource=name_text(row.resource_name),
        changes=tuple(change_texts(row)),
        why=reasons_text(row),
        calls=tuple((call_text(call), call_notes(call)) for call in calls_shown(row)),
        no_calls=_no_calls(row),
    )


def _no_calls(row: Row) -> str:
    if row.calls is None:
        return "not known"
    return "none: only the state changes" if not row.calls else ""


def _drift(drift: Drift) -> Entry:
    return Entry(
        number=number_text(drift),
        name=name_text(drift.name),
        resource=name_text(drift.resource_name),
        changes=tuple(drift_texts(drift)),
    )
