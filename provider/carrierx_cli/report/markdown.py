"""The report as a comment in a pull request, never longer than a code host takes.

Everything that comes from outside is in ``<code>``, and each character that means something to
Markdown, HTML or the host is written as an entity: so it can neither end a cell or a block, nor
become a tag, a link, a picture or a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from carrierx_cli.report.forms import Entry, Section, sections_of
from carrierx_cli.report.model import Report
from carrierx_cli.report.policy import Violation
from carrierx_cli.report.verdict import Verdict
from carrierx_provider.core.text import plural

LONGEST = 65_536
"""Characters of a comment that GitHub accepts; GitLab accepts more."""

_FOR_FRAMES = 5_000
"""Characters kept free for verdict, headings and the counts of what is left out."""

_MEANS_SOMETHING = re.compile(r"[^A-Za-z0-9 +,/=;\x80-\U0010ffff-]")
_WOULD_COLLAPSE = re.compile(r"(?<= ) |^ | $")
_NOT_IN_A_MARKER = re.compile(r"[^A-Za-z0-9_./-]")
_LONGEST_IN_A_MARKER = 200

_COLUMNS = ("Number", "Name", "Resource", "What changes, and why", "Calls")


def marker(project: str, stack: str) -> str:
    """The line by which a job finds the comment of the stack."""
    return f"<!-- pulumi-carrierx report: {_plain(project)}/{_plain(stack)} -->"


def as_markdown(
    report: Report, verdict: Verdict, violations: Sequence[Violation], longest: int = LONGEST
) -> str:
    """The whole comment, at most ``longest`` characters; its first line is the verdict.

    Below 5,000 characters not even the headings may fit.
    """
    tables = [
        (section, [_line(entry) for entry in section.entries])
        for section in sections_of(report, violations)
    ]
    parts = [f"**{verdict.line}**", "", marker(report.project, report.stack), ""]
    left_out = 0
    for (section, lines), taken in zip(
        tables, _that_fit(tables, longest - _FOR_FRAMES), strict=True
    ):
        left_out += len(lines) - taken
        parts += _framed(section, lines[:taken])
    if left_out:
        rows = sum(len(lines) for _, lines in tables)
        are = "is" if left_out == 1 else "are"
        parts.append(
            f"**Shortened: {left_out:,} of {plural(rows, 'row')} {are} left out**, because a "
            f"comment has at most {longest:,} characters. The first line counts all of them.\n"
        )
    return "\n".join(parts)


def _that_fit(tables: Sequence[tuple[Section, Sequence[str]]], room: int) -> Iterator[int]:
    """How many rows of each section fit: the most serious, and none after one that does not fit.

    A policy that thousands of numbers violate leaves room to see what is released.
    """
    serious = [lines for section, lines in tables if section.is_open and not section.is_policy]
    needed = sum(_length(line) for lines in serious for line in lines)
    for section, lines in tables:
        most = max(room // 2, room - needed) if section.is_policy else room
        taken = sum(end <= most for end in accumulate(map(_length, lines)))
        room -= sum(map(_length, lines[:taken]))
        if taken < len(lines) and not section.is_policy:
            room = 0
        yield taken


def _length(line: str) -> int:
    """Its length in UTF-16 with its line break, as JavaScript counts; no other count is higher."""
    return len(line.encode("utf-16-le")) // 2 + 1


def code(text: str) -> str:
    """One line of text from outside, as it is shown, with as many spaces as it has."""
    kept = _MEANS_SOMETHING.sub(lambda found: f"&#{ord(found[0])};", text)
    return f"<code>{_WOULD_COLLAPSE.sub('&#160;', kept)}</code>"


def _plain(name: str) -> str:
    return _NOT_IN_A_MARKER.sub("_", name)[:_LONGEST_IN_A_MARKER] or "_"


def _framed(section: Section, lines: Sequence[str]) -> Iterator[str]:
    heading = f"{section.heading} ({len(section.entries):,})"
    yield f"### {heading}" if section.is_open else f"<details><summary>{heading}</summary>"
    yield ""
    if lines:
        yield from (f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}", *lines, "")
    others = len(section.entries) - len(lines)
    if others:
        yield from (f"Left out: {others:,}.", "")
    if not section.is_open:
        yield from ("</details>", "")


def _line(entry: Entry) -> str:
    texts = [*entry.changes, *([entry.why] if entry.why else [])]
    calls = [code(call) + (f" ({code(note)})" if note else "") for call, note in entry.calls]
    cells = (
        code(entry.number),
        code(entry.name) if entry.name else "",
        code(entry.resource),
        "<br>".join(code(text) for text in texts),
        entry.no_calls or "<br>".join(calls),
    )
    return f"| {' | '.join(cells)} |"
