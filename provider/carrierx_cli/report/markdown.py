"""The report as a comment in a pull request, never longer than a code host takes.

Everything that comes from outside is in ``<code>``, and each character that means something to
Markdown, HTML or the host is written as an entity: so it can neither end a cell or a block, nor
become a tag, a link, a picture or a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from carrierx_cli.report.forms import Entry, Section, sections_of
from carrierx_cli.report.model import Report
from carrierx_cli.report.policy import Violation
from carrierx_cli.report.verdict import Verdict
from carrierx_provider.core.text import plural

LONGEST = 65_536
"""Characters of a comment that GitHub accepts; GitLab accepts more."""

SHORTEST = 5_000
"""Characters in which verdict, headings and the counts of what is left out fit in any case."""

_MEANS_SOMETHING = re.compile(r"[^A-Za-z0-9 +,/=;\x80-\U0010ffff-]")
_WOULD_COLLAPSE = re.compile(r"(?<= ) |^ | $")
_NOT_IN_A_MARKER = re.compile(r"[^A-Za-z0-9_./-]")
_LONGEST_IN_A_MARKER = 200

_COLUMNS = ("Number", "Name", "Resource", "What changes, and why", "Calls")
_TABLE_HEAD = (f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}")
_AMONG = ", among them: "


def marker(project: str, stack: str) -> str:
    """The line by which a job finds the comment of the stack."""
    return f"<!-- pulumi-carrierx report: {_plain(project)}/{_plain(stack)} -->"


@dataclass(slots=True)
class _Table:
    """A section, and how much of it fits."""

    section: Section
    rows: Sequence[str]
    names: Sequence[str]
    """The numbers, used to name a release whose row does not fit; empty otherwise."""
    taken: int = 0
    """How many rows are in the comment: the first."""
    named: int = 0
    """How many numbers are, by their row or in the line about what is left out: the first."""

    def lines(self) -> Iterator[str]:
        """The section in Markdown."""
        heading = f"{self.section.heading} ({len(self.rows):,})"
        is_open = self.section.is_open
        yield f"### {heading}" if is_open else f"<details><summary>{heading}</summary>"
        yield ""
        if self.taken:
            yield from (*_TABLE_HEAD, *self.rows[: self.taken], "")
        left_out = len(self.rows) - self.taken
        if left_out:
            named = ", ".join(self.names[self.taken : self.named])
            among = ": " if self.named == len(self.rows) else _AMONG
            yield from (f"Left out: {left_out:,}{among if named else ''}{named}.", "")
        if not is_open:
            yield from ("</details>", "")


def as_markdown(
    report: Report, verdict: Verdict, violations: Sequence[Violation], longest: int = LONGEST
) -> str:
    """The whole comment, at most ``longest`` characters; its first line is the verdict.

    Below ``SHORTEST`` characters not even the headings may fit.
    """
    tables = [_table(section) for section in sections_of(report, violations)]
    count = sum(len(table.rows) for table in tables)
    top = [f"**{verdict.line}**", "", marker(report.project, report.stack), ""]
    frames = [line for table in tables for line in (*table.lines(), *_TABLE_HEAD, "", _AMONG)]
    room = longest - _length(*top, *frames, _shortened(count, count, longest))
    _fit_rows(tables, room - _fit_names(tables, room))
    left_out = count - sum(table.taken for table in tables)
    end = [_shortened(left_out, count, longest)] if left_out else []
    return "\n".join([*top, *(line for table in tables for line in table.lines()), *end])


def _table(section: Section) -> _Table:
    is_serious = section.is_open and not section.leaves_room
    names = [_name(entry) for entry in section.entries] if is_serious else []
    return _Table(section, [_row(entry) for entry in section.entries], names)


def _shortened(left_out: int, rows: int, longest: int) -> str:
    are = "is" if left_out == 1 else "are"
    return (
        f"**Shortened: {left_out:,} of {plural(rows, 'row')} {are} left out**, because a "
        f"comment has at most {longest:,} characters. The first line counts all of them.\n"
    )


def _fit_names(tables: Sequence[_Table], room: int) -> int:
    """Decide which releases are at least named, the most serious first; the room that it takes.

    If there is no room for all of them, they leave half of it to rows.
    """
    sizes = [_length(name) + 1 for table in tables for name in table.names]
    most = room if sum(sizes) <= room else room // 2
    count = left = sum(end <= most for end in accumulate(sizes))
    for table in tables:
        table.named = min(left, len(table.names))
        left -= table.named
    return sum(sizes[:count])


def _fit_rows(tables: Sequence[_Table], room: int) -> None:
    """Decide which rows fit: the most serious, and none after one that does not fit.

    Errors, and a policy that thousands of numbers violate, leave room to see what is released.
    """
    costs = [_costs(table) for table in tables]
    needed = sum(sum(cost) for table, cost in zip(tables, costs, strict=True) if table.names)
    for table, cost in zip(tables, costs, strict=True):
        most = max(room // 2, room - needed) if table.section.leaves_room else room
        table.taken = sum(end <= most for end in accumulate(cost))
        room -= sum(cost[: table.taken])
        if table.taken < len(cost) and not table.section.leaves_room:
            room = 0


def _costs(table: _Table) -> list[int]:
    """The room that each row takes; it makes room where the number would be named."""
    names = [_length(name) + 1 for name in table.names[: table.named]]
    unnamed = [0] * (len(table.rows) - table.named)
    return [_length(row) - name for row, name in zip(table.rows, names + unnamed, strict=True)]


def _length(*lines: str) -> int:
    """Their length in UTF-16 with line breaks, as JavaScript counts; no other count is higher."""
    return sum(len(line.encode("utf-16-le")) // 2 + 1 for line in lines)


def code(text: str) -> str:
    """One line of text from outside, as it is shown, with as many spaces as it has; or nothing."""
    if not text:
        return ""
    kept = _MEANS_SOMETHING.sub(lambda found: f"&#{ord(found[0])};", text)
    return f"<code>{_WOULD_COLLAPSE.sub('&#160;', kept)}</code>"


def _plain(name: str) -> str:
    return _NOT_IN_A_MARKER.sub("_", name)[:_LONGEST_IN_A_MARKER] or "_"


def _name(entry: Entry) -> str:
    """A number as short as possible: the resource's name, if the preview hides the number."""
    return code(entry.number if entry.number.startswith("+") else entry.resource)


def _row(entry: Entry) -> str:
    texts = [*entry.changes, *([entry.why] if entry.why else [])]
    calls = [code(call) + (f" ({code(note)})" if note else "") for call, note in entry.calls]
    cells = (
        code(entry.number),
        code(entry.name),
        code(entry.resource),
        "<br>".join(code(text) for text in texts),
        entry.no_calls or "<br>".join(calls),
    )
    return f"| {' | '.join(cells)} |"
