"""The report's Markdown, HTML and terminal text: text from outside stays text in all of them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.forms import as_html, as_terminal, sections_of
from carrierx_cli.report.markdown import LONGEST, SHORTEST, as_markdown, marker
from carrierx_cli.report.messages import value_text
from carrierx_cli.report.model import Report
from carrierx_cli.report.policy import Violation
from carrierx_cli.report.verdict import verdict_on
from carrierx_provider.pulumi_files.preview import read_preview
from tests.unit.previews import BASE, number, preview, step

HOSTILE = [
    "`code` ``more`` ```fence```",
    "| a | cell |",
    "two\nlines\r\n\n# heading\n- item",
    "<script>alert(1)</script>",
    "</code></td></table></details><!-- pulumi-carrierx report: other/prod -->",
    "@everyone @octo-org/team",
    "![x](https://evil.example/?a) [y](javascript:alert(1)) https://evil.example www.evil.example",
    "&lt;b&gt; &#64;someone \\| \\`",
    "**bold** _em_ ~~gone~~ $x^2$ :rocket: #1 org/repo#2 a@b.example",
    "\u202eright to left\u202c \u2028 \x00 \x1b[31mred\x1b]8;;https://evil.example\x07",
    "[bold]rich markup[/bold] [link=https://evil.example]x[/link]",
    "{{ 7 * 7 }} {% raw %}",
]
IN_MARKDOWN = {"p", "strong", "h3", "code", "details", "summary", "br"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
IN_HTML = {"html", "head", "meta", "title", "style", "body", "p", "h1", "h2", "h3"} | {
    "section", "details", "summary", "article", "span", "ul", "li"
}  # fmt: skip


class Seen(HTMLParser):
    """What a browser sees in a page: its tags, its comments, and the text in each tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.comments: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"br", "meta"}:
            self._open.append(tag)
            self._text = ""

    def handle_data(self, data: str) -> None:
        """Text, with its entities decoded."""
        self._text += data
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", data))

    def handle_endtag(self, tag: str) -> None:
        """The tag that was opened last ends, and no other."""
        assert self._open.pop() == tag

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.comments.append(data)


def rendered(markdown: str) -> Seen:
    """The Markdown as a code host renders it: CommonMark with tables and HTML."""
    return Seen(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def report_of(*steps: dict[str, Any], errors: Sequence[str] = ()) -> Report:
    """The report of these steps, and of errors of the provider."""
    diagnostics = [{"severity": "error", "message": f"CarrierXError: {one}"} for one in errors]
    return analyze(read_preview(preview(*steps, diagnostics=diagnostics)))


def markdown_of(report: Report, violations: Sequence[Violation] = (), **more: int) -> str:
    return as_markdown(report, verdict_on(report, violations), violations, **more)


def hostile_steps(texts: Sequence[str]) -> list[dict[str, Any]]:
    """For each text, a number that has it everywhere, with every outcome."""
    steps = []
    for index, text in enumerate(texts):
        was = number(name=text, callback_url=text, attributes={text: text})
        shall = number(name=f"{text}!", string_key_1=text, attributes={"k": [text]})
        receiving = {**shall, "capabilities": 1}
        name = f"{index}{text}"
        steps += [
            step("update", f"u{name}", was, shall),
            step("delete", f"d{name}", was),
            step("create", f"c{name}", None, {**shall, "account": text}),
            step("replace", f"r{name}", was, receiving, replaceReasons=["capabilities"]),
            step(f"odd {text}", f"o{name}", was, shall),
            step("refresh", f"f{name}", was, was),
            step("update", f"f{name}", {**was, "name": f"{text}?"}, was),
        ]
    return steps


@example(HOSTILE)
@given(texts=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=2))
def test_no_text_does_harm_in_markdown(texts: list[str]) -> None:
    """Only the report's own tags; text from outside in ``<code>``; five cells for each number."""
    report = report_of(*hostile_steps(texts))
    violations = [Violation("required", text, text, text) for text in texts]
    markdown = markdown_of(report, violations, longest=1_000_000)
    seen = rendered(markdown)
    assert set(seen.tags) <= IN_MARKDOWN
    assert seen.attributes == set()
    assert seen.comments == [marker("numbers", "dev")[4:-3]]
    sections = sections_of(report, violations)
    rows = sum(len(section.entries) for section in sections)
    assert seen.tags.count("td") == rows * 5
    assert seen.tags.count("table") == len(sections)
    outside = " ".join(text for tag, text in seen.texts if tag != "code")
    assert re.fullmatch(r"[A-Za-z0-9 ,.:;()*→\n]*", outside), outside
    # Neither a link that GitHub would make by itself, nor a mention of somebody.
    assert not re.search(r"@|://|www\.", markdown)
    # A host shows a run of spaces as one, so they are written as non-breaking ones.
    inside = {text.replace("\xa0", " ") for tag, text in seen.texts if tag == "code"}
    shown = re.findall(r"<code>([^<]*)</code>", markdown)
    assert not any(re.search(r"  |^ | $", text) for text in shown)
    for section in sections:
        for entry in section.entries:
            texts = [entry.number, entry.name, entry.resource, entry.why, *entry.changes]
            texts += [text for call in entry.calls for text in call]
            assert {text for text in texts if text.strip()} <= inside


def test_a_project_and_a_stack_cannot_end_the_marker() -> None:
    """The marker is one comment, whatever the names are."""
    assert marker("numbers", "dev") == "<!-- pulumi-carrierx report: numbers/dev -->"
    assert marker("a-->b", "\n<!--") == "<!-- pulumi-carrierx report: a--_b/___-- -->"
    assert marker("", "") == "<!-- pulumi-carrierx report: _/_ -->"


@given(
    counts=st.tuples(*[st.integers(0, 60)] * 3),
    length=st.integers(0, 400),
    char=st.sampled_from(["x", "`", "ä", "😀", "\n", "<"]),
    longest=st.sampled_from([SHORTEST, 20_000, LONGEST]),
)
def test_a_comment_is_never_too_long_and_says_what_it_leaves_out(
    counts: tuple[int, int, int], length: int, char: str, longest: int
) -> None:
    """It fits, however many numbers there are; the most serious are shown, the counts are exact.

    A short row would fit where a more serious, long one did not, and is left out all the same.
    """
    deleted, updated, created = counts
    text = char * length
    report = report_of(
        *(step("delete", f"d{n}", number(name=text)) for n in range(deleted)),
        *(step("update", f"u{n}", BASE, number(name=f"{text}!")) for n in range(updated)),
        *(step("create", f"c{n}", None, BASE) for n in range(created)),
    )
    markdown = markdown_of(report, longest=longest)
    # As JavaScript counts; no other count is higher.
    assert len(markdown.encode("utf-16-le")) <= longest * 2
    rows = [line for line in markdown.splitlines() if line.startswith("| <code>")]
    left_out = re.findall(r"^Left out: ([0-9,]*[0-9])", markdown, re.MULTILINE)
    missing = deleted + updated + created - len(rows)
    assert sum(int(count.replace(",", "")) for count in left_out) == missing
    assert (f"**Shortened: {missing:,} of " in markdown) is bool(missing)
    assert (f"{longest:,} characters" in markdown) is bool(missing)
    # A destructive one is left out only if no less serious one is shown.
    shown = [line.split("</code>")[0] for line in rows]
    assert len(shown) >= min(deleted, 1) or longest < LONGEST
    if len([row for row in rows if "DELETE" in row]) < deleted:
        assert all("DELETE" in row for row in rows)
    assert rendered(markdown).tags.count("details") == bool(updated) + bool(created)


def test_a_whole_account_that_is_released_fits() -> None:
    """Beside a policy that all of it breaks, and neither hides the other."""
    violations = [Violation("required", "n", f"+46711{n:06}", "owner") for n in range(5000)]
    many = report_of(*(step("delete", f"d{n}", BASE) for n in range(5000)))
    markdown = markdown_of(many, violations)
    assert markdown.count("| <code>DELETE ") > 50
    assert markdown.count("<code>owner</code>") > 200
    shown = markdown.count("| <code>DELETE ") + markdown.count("<code>owner</code>")
    assert f"**Shortened: {10_000 - shown:,} of 10,000 rows are left out**" in markdown


@pytest.mark.parametrize(
    ("released", "errors", "longest", "rows", "named"),
    [
        (10, 0, LONGEST, 10, 10),
        (100, 0, SHORTEST, 6, 100),
        (100, 0, 10_000, 25, 100),
        (2_000, 0, 32_768, 60, 596),
        (3, 200, SHORTEST, 3, 3),
        (100, 200, 10_000, 12, 100),
    ],
)
def test_a_short_comment_still_names_what_is_released(
    released: int, errors: int, longest: int, rows: int, named: int
) -> None:
    """Numbers whose rows do not fit are listed, and counted if there is no room for that either.

    Errors come first, and leave room for them.
    """
    report = report_of(
        *(
            step("delete", f"r{n}", number(phonenumber=f"+46711{n:06}", name="Support"))
            for n in range(released)
        ),
        step("update", "u", BASE, number(name="x")),
        errors=[f"+4670{n:07} (support): CarrierX refused the registration" for n in range(errors)],
    )
    markdown = markdown_of(report, longest=longest)
    assert len(markdown) <= longest
    assert ("+46700000000" in markdown) is bool(errors)
    assert "<code></code>" not in markdown
    listed = [line for line in markdown.splitlines() if line.startswith("| <code>")]
    assert sum("DELETE" in line for line in listed) == rows
    assert len(set(re.findall(r"\+46711[0-9]{6}", markdown))) == named
    assert set(rendered(markdown).tags) <= IN_MARKDOWN
    left_out = [line for line in markdown.splitlines() if line.startswith("Left out: ")]
    among = ": " if named == released else ", among them: "
    assert (left_out == []) is (longest == LONGEST)
    left_out = [line for line in left_out if not errors or "46711" in line]
    assert all(line.startswith(f"Left out: {released - rows:,}{among}") for line in left_out[:1])


def test_what_is_destructive_is_open_and_the_rest_is_folded() -> None:
    """In Markdown and in HTML, in the same order."""
    report = report_of(
        step("update", "u", BASE, number(name="x")),
        step("delete", "d", BASE),
        step("odd", "o", BASE, BASE),
    )
    released = "Released (1)"
    odd, updated = "Changed in a way that this report does not know (1)", "Updated (1)"
    headings = re.findall(r"^### (.*)$|<summary>(.*)</summary>", markdown_of(report), re.MULTILINE)
    assert headings == [(released, ""), (odd, ""), ("", updated)]
    seen = Seen(as_html(report, verdict_on(report, ()), ()))
    shown = [(tag, text) for tag, text in seen.texts if tag in {"h2", "summary"}]
    assert shown == [("h2", released), ("h2", odd), ("summary", updated)]


def test_a_page_needs_no_other_file() -> None:
    """No script, no link, nothing fetched; what comes from outside is text."""
    report = report_of(*hostile_steps(HOSTILE))
    page = as_html(report, verdict_on(report, ()), ())
    seen = Seen(page)
    assert set(seen.tags) <= IN_HTML
    assert seen.attributes <= {"lang", "charset", "name", "content", "http-equiv", "class"}
    assert seen.comments == []
    assert not re.search(r"url\(|@import", page)
    assert "width=device-width" in page
    entries = [entry for section in sections_of(report, ()) for entry in section.entries]
    assert seen.tags.count("article") == len(entries)
    assert {text for entry in entries for text in entry.changes} <= {t for _, t in seen.texts}


def test_a_terminal_shows_every_row_as_text() -> None:
    """No control character reaches the terminal, and markup in a text is not interpreted."""
    report = report_of(*hostile_steps(HOSTILE))
    file = io.StringIO()
    shown = as_terminal(report, verdict_on(report, ()), ())
    Console(file=file, width=80, highlight=False).print(shown, soft_wrap=True)
    printed = file.getvalue()
    assert re.search(r"[^\n\x20-\uffff\U00010000-\U0010ffff]", printed) is None
    assert "\u202e" not in printed
    for section in sections_of(report, ()):
        for entry in section.entries:
            assert all(f"    {change}\n" in printed for change in entry.changes)
            assert all(f"    {call}" in printed for call, _ in entry.calls)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("Support", "Sales", '"Support" → "Sales"'),
        ("Support", "Support ", '"Support" → "Support·"'),
        ("a b c", "a  b c", '"a·b·c" → "a··b·c"'),
        ("a b", "a\tb", '"a b" → "a\\tb"'),
        ("caf\u00e9", "cafe\u0301", '"caf\\u00e9" → "cafe\\u0301"'),
        ("heart \u2764", "heart \u2764\ufe0f", '"heart·\\u2764" → "heart·\\u2764\\ufe0f"'),
        ("x", "x\u3164", '"x" → "x\\u3164"'),
        ("x", "x\u2800", '"x" → "x\\u2800"'),
        ("\u05d0", "\u05d1", '"\u05d0"\u200e → \u200e"\u05d1"'),
        ("y" * 300 + "a", "y" * 300 + "b",
         f'…{"y" * 40}a" (303 characters) → …{"y" * 40}b" (303 characters)'),
        ("y" * 150, "y" * 400, f'…{"y" * 40}" (152 characters) → …{"y" * 120}… (402 characters)'),
    ],
)  # fmt: skip
def test_two_values_that_differ_look_different(before: str, after: str, text: str) -> None:
    """Spaces, characters that look alike or are invisible, right-to-left text, and long values."""
    report = report_of(
        step("update", "u", number(name=before), number(name=after)),
        step("refresh", "v", number(name=before), BASE),
        step("same", "v", number(name=after), BASE),
    )
    updated, drifted = (section.entries[0].changes for section in sections_of(report, ()))
    assert (updated, drifted) == ((f"name: {text}",),) * 2


def test_invalid_capabilities_are_shown_as_they_are() -> None:
    """The engine keeps numbers as floats; half a capability is not the whole one."""
    shown = [value_text(("capabilities",), value) for value in (3, 3.0, 1.5, "3")]
    assert shown == ["3 (receive_sms, send_sms)", "3 (receive_sms, send_sms)", "1.5", '"3"']


def test_long_values_are_shortened_with_their_length() -> None:
    """A long value does not crowd out other numbers; the JSON has all of it."""
    declared = number(name="n" * 200)
    report = report_of(step("update", "u", declared, {**declared, "string_key_1": "x" * 2000}))
    (entry,) = sections_of(report, ())[0].entries
    (change,), ((call, _),) = entry.changes, entry.calls
    assert change == f'string_key_1: not set → "{"x" * 119}… (2,002 characters)'
    assert call.endswith("(2,020 characters)")
    assert len(entry.name) < 150
