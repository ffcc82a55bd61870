"""The parts of a report, the same in each of its forms: what stands open, and a row per number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_cli.report.analyze import CHANGING, RELEASING, Fate
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
from carrierx_cli.report.verdict import FATE_WORDS
from carrierx_provider.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carrierx_cli.report.analyze import NumberReport
    from carrierx_cli.report.drift import Drift
    from carrierx_cli.report.model import Contents
    from carrierx_cli.report.policy import Violation


@dataclass(frozen=True, slots=True)
class Row:
    """One number. Each text is printable and one line, and may come from outside."""

    number: str
    name: str
    """Empty where there is none."""
    resource: str
    changes: tuple[str, ...]
    why: str = ""
    """Why it is released, and what is lost; or which rule it is against."""
    calls: tuple[tuple[str, str], ...] = ()
    """Each call, and what is not certain about it."""
    no_calls: str = ""
    """Why there is no call, where one would be expected."""


@dataclass(frozen=True, slots=True)
class Section:
    """Numbers with the same fate."""

    heading: str
    is_open: bool
    """Whether it is shown unfolded: what is destructive, or not known."""
    rows: tuple[Row, ...]
    is_policy: bool = False
    """Whether its rows say what is against the policy, whatever becomes of the numbers."""


def sections_of(contents: Contents, violations: Sequence[Violation]) -> tuple[Section, ...]:
    """The parts that have a row, in order: the policy, the gravest first, and the drift."""
    return tuple(section for section in _sections(contents, violations) if section.rows)


def _sections(contents: Contents, violations: Sequence[Violation]) -> Iterator[Section]:
    yield Section(
        "Against the policy",
        is_open=True,
        rows=tuple(_violation(one) for one in violations),
        is_policy=True,
    )
    for fate in Fate:
        if fate in CHANGING:
            yield Section(
                _capitalized(FATE_WORDS[fate]),
                is_open=fate in RELEASING or fate is Fate.NOT_KNOWN,
                rows=tuple(_number(one) for one in contents.of(fate) if not one.only_undoes_drift),
            )
    yield Section(
        "Changed only to undo a drift",
        is_open=False,
        rows=tuple(_number(one) for one in contents.numbers if one.only_undoes_drift),
    )
    yield Section(
        "Drifted: changed in CarrierX by somebody else",
        is_open=False,
        rows=tuple(_drift(one) for one in contents.drifts),
    )


def _violation(violation: Violation) -> Row:
    return Row(
        number=name_text(violation.number),
        name="",
        resource=name_text(violation.resource_name),
        changes=(),
        why=printable(violation.text),
    )


def _number(number: NumberReport) -> Row:
    return Row(
        number=number_text(number),
        name=name_text(number.name),
        resource=name_text(number.resource_name),
        changes=tuple(change_texts(number)),
        why=reasons_text(number),
        calls=tuple((call_text(call), call_notes(call)) for call in calls_shown(number)),
        no_calls=_no_calls(number),
    )


def _no_calls(number: NumberReport) -> str:
    if number.calls is None:
        return "not known"
    return "none: only the state changes" if not number.calls else ""


def _drift(drift: Drift) -> Row:
    return Row(
        number=number_text(drift),
        name=name_text(drift.name),
        resource=name_text(drift.resource_name),
        changes=tuple(drift_texts(drift)),
    )


def _capitalized(words: str) -> str:
    return words[0].upper() + words[1:]
