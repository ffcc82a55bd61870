"""The report in its forms: its parts as people read them, in a terminal and on a page; JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter
from rich.console import Group
from rich.text import Text

from carrierx_cli.report.messages import (
    call_notes,
    call_text,
    change_texts,
    drift_texts,
    name_text,
    number_text,
    reasons_text,
)
from carrierx_cli.report.model import CHANGING, RELEASING, Drift, Outcome, Report, Row
from carrierx_cli.report.policy import Violation
from carrierx_cli.report.verdict import OUTCOME_TEXTS, Risk, Verdict
from carrierx_provider.core.text import printable
from carrierx_provider.external_did.plan import Condition

FORMAT = 1
"""Raised with a change that readers of the JSON have to know about."""

_ENTRIES = TypeAdapter(Sequence[Row | Drift | Violation])

NOT_NAMED = "[no number named]"
"""In place of the number, for an error that does not begin with one."""

_NUMBER_AND_REASON = re.compile(r"((?:\+|\[secret\])[^ :]*(?: \(.*?\))?): (.*)")

_STYLES = {Risk.CHANGED: "bold yellow", Risk.NOTHING: "bold green"}
"""What is more serious is red."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One number. Each text is printable and one line, and may come from outside."""

    number: str
    name: str
    """Empty if there is none."""
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
    leaves_room: bool = False
    """Whether it leaves half of a comment to releases: it comes first, however long it is."""


def sections_of(report: Report, violations: Sequence[Violation]) -> tuple[Section, ...]:
    """The parts that have an entry: errors, the policy, the outcomes in order, and the drift."""
    violated = tuple(
        Entry(name_text(one.number), "", name_text(one.resource_name), why=printable(one.text))
        for one in violations
    )
    errors = tuple(
        Entry(name_text(subject or NOT_NAMED), "", "", why=printable(reason))
        for subject, reason in map(_error_parts, report.provider_errors)
    )
    sections = [
        Section("Errors", errors, is_open=True, leaves_room=True),
        Section("Policy violations", violated, is_open=True, leaves_room=True),
    ]
    for outcome in Outcome:
        if outcome in CHANGING:
            rows = (row for row in report.with_outcome(outcome) if not row.only_undoes_drift)
            is_open = outcome in RELEASING | {Outcome.REFUSED, Outcome.UNKNOWN}
            heading = OUTCOME_TEXTS[outcome].capitalize()
            sections.append(Section(heading, tuple(map(_row, rows)), is_open=is_open))
    undoing = tuple(_row(one) for one in report.rows if one.only_undoes_drift)
    sections.append(Section("Changed only to undo drift", undoing))
    drifted = tuple(
        Entry(number_text(one), name_text(one.name), name_text(one.resource_name), drift_texts(one))
        for one in report.drifts
    )
    sections.append(Section("Drifted: changed at CarrierX by somebody else", drifted))
    return tuple(section for section in sections if section.entries)


def _error_parts(text: str) -> tuple[str | None, str]:
    """The number that an error is about, if it begins with one, and the rest."""
    found = _NUMBER_AND_REASON.fullmatch(text)
    return (found[1], found[2]) if found else (None, text)


def _row(row: Row) -> Entry:
    # The reasons describe a take-over, so that its calls are left out.
    calls = [call for call in row.calls or () if call.only_if is not Condition.REGISTERED]
    no_calls = "" if row.calls else "none: only the state changes"
    return Entry(
        number_text(row),
        name_text(row.name),
        name_text(row.resource_name),
        change_texts(row),
        why=reasons_text(row),
        calls=tuple((call_text(call), call_notes(call)) for call in calls),
        no_calls="not known" if row.calls is None else no_calls,
    )


def as_terminal(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> Group:
    """What rich prints; text from outside is text, whatever markup it looks like."""
    lines = [Text(verdict.line, _STYLES.get(verdict.risk, "bold red"))]
    for section in sections_of(report, violations):
        lines += [Text(), Text(f"{section.heading} ({len(section.entries):,})", "bold")]
        for entry in section.entries:
            lines += _terminal_lines(entry)
    return Group(*lines)


def _terminal_lines(entry: Entry) -> Iterator[Text]:
    named = f"{entry.number}  {entry.name}" if entry.name else entry.number
    yield Text.assemble("  ", named, (f"  {entry.resource}", "dim"))
    for text in (*entry.changes, entry.why):
        if text:
            yield Text(f"    {text}")
    if entry.no_calls:
        yield Text(f"    calls: {entry.no_calls}", "dim")
    for call, note in entry.calls:
        yield Text(f"    {call}{f'  ({note})' if note else ''}", "dim")


def as_html(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> str:
    """One page with every number, that needs nothing but itself: no script, nothing fetched."""
    environment = Environment(
        loader=PackageLoader("carrierx_cli.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        project=printable(report.project),
        stack=printable(report.stack),
        verdict=verdict,
        sections=sections_of(report, violations),
    )


def as_json(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> str:
    """One JSON object; keys in a stable order."""
    changed = [row for row in report.rows if row.outcome is not Outcome.UNCHANGED]
    document = {
        "format": FORMAT,
        "project": report.project,
        "stack": report.stack,
        "verdict": verdict.line,
        "risk": verdict.risk,
        "mistakes": report.errors,
        "errors": report.provider_errors,
        "counts": {outcome: len(report.with_outcome(outcome)) for outcome in Outcome},
        "other_resources": report.other_resources,
        "not_listed": report.not_listed,
        "violations": _ENTRIES.dump_python(violations, by_alias=True),
        "numbers": _ENTRIES.dump_python(changed, by_alias=True),
        "drifted": _ENTRIES.dump_python(report.drifts, by_alias=True),
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # Half a character: JSON can escape it, no encoding can write it.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
