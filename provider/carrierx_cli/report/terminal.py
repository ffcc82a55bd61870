"""The report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from carrierx_cli.report.sections import sections_of
from carrierx_cli.report.verdict import Risk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carrierx_cli.report.model import Contents
    from carrierx_cli.report.policy import Violation
    from carrierx_cli.report.sections import Row
    from carrierx_cli.report.verdict import Verdict

_STYLES = {
    Risk.FAILED: "bold red",
    Risk.VIOLATED: "bold red",
    Risk.RELEASED: "bold red",
    Risk.CHANGED: "bold yellow",
    Risk.NOTHING: "bold green",
}


def as_terminal(contents: Contents, verdict: Verdict, violations: Sequence[Violation]) -> Group:
    """What rich prints; text from outside is text, whatever markup it looks like."""
    lines = [Text(verdict.line, _STYLES[verdict.risk])]
    for section in sections_of(contents, violations):
        lines += [Text(), Text(f"{section.heading} ({len(section.rows):,})", "bold")]
        for row in section.rows:
            lines += _lines(row)
    return Group(*lines)


def _lines(row: Row) -> Iterator[Text]:
    named = f"{row.number}  {row.name}" if row.name else row.number
    yield Text.assemble("  ", named, (f"  {row.resource}", "dim"))
    for change in row.changes:
        yield Text(f"    {change}")
    if row.why:
        yield Text(f"    {row.why}")
    if row.no_calls:
        yield Text(f"    calls: {row.no_calls}", "dim")
    for call, note in row.calls:
        yield Text(f"    {call}{f'  ({note})' if note else ''}", "dim")
