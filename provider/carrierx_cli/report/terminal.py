"""The report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from carrierx_cli.report.sections import sections_of
from carrierx_cli.report.verdict import Risk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carrierx_cli.report.model import Report
    from carrierx_cli.report.policy import Violation
    from carrierx_cli.report.sections import Entry
    from carrierx_cli.report.verdict import Verdict

_STYLES = {
    Risk.FAILED: "bold red",
    Risk.VIOLATED: "bold red",
    Risk.RELEASED: "bold red",
    Risk.CHANGED: "bold yellow",
    Risk.NOTHING: "bold green",
}


def as_terminal(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> Group:
    """What rich prints; text from outside is text, whatever markup it looks like."""
    lines = [Text(verdict.line, _STYLES[verdict.risk])]
    for section in sections_of(report, violations):
        lines += [Text(), Text(f"{section.heading} ({len(section.entries):,})", "bold")]
        for entry in section.entries:
            lines += _lines(entry)
    return Group(*lines)


def _lines(entry: Entry) -> Iterator[Text]:
    named = f"{entry.number}  {entry.name}" if entry.name else entry.number
    yield Text.assemble("  ", named, (f"  {entry.resource}", "dim"))
    for change in entry.changes:
        yield Text(f"    {change}")
    if entry.why:
        yield Text(f"    {entry.why}")
    if entry.no_calls:
        yield Text(f"    calls: {entry.no_calls}", "dim")
    for call, note in entry.calls:
        yield Text(f"    {call}{f'  ({note})' if note else ''}", "dim")
