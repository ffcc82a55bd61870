"""docs/troubleshooting.md: each text that it explains is one that the code gives.

Every text of an error is asserted word for word in some test, or shown in an output that
``tests/engine/test_docs.py`` compares. A text on the page has to be found in one of these, so a
text that is reworded is missed here until the page says it in the new words.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.markdown_blocks import blocks_of, commands_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs/troubleshooting.md"

ENTRY = re.compile(r"^- `(?P<text>[^`]+)`\n\n  \S", re.MULTILINE)
ANYTHING = "…"
DIFFERS = "\0"
"""Stands for what an f-string puts in: no text on a page has it."""

FEWEST_LETTERS = 15
"""Of what an entry says beside its ellipses: fewer could be found by chance."""


def entries() -> list[str]:
    """The texts that the page explains."""
    return [found["text"] for found in ENTRY.finditer(PAGE.read_text(encoding="utf-8"))]


@cache
def asserted_and_shown() -> tuple[str, ...]:
    """The strings of all tests but this one, and the lines of output that the pages show."""
    tests = sorted((CHECKOUT / "tests").rglob("test_*.py"))
    strings = [text for test in tests if test != Path(__file__) for text in strings_of(test)]
    shown = [
        line
        for page in sorted((CHECKOUT / "docs").glob("*.md"))
        for block in blocks_of(page, page.name)
        if block.language == "console"
        for command in commands_of(block)
        for line in command.shown
    ]
    return (*strings, *shown)


def strings_of(test: Path) -> Iterator[str]:
    """A module's strings less its docstrings, what f-strings put in left open."""
    tree = ast.parse(test.read_text(encoding="utf-8"))
    passed_over: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over |= set(node.values)
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else DIFFERS
                for part in node.values
            )
        elif isinstance(node, ast.Expr):
            # A string that is a statement of its own is a docstring.
            passed_over.add(node.value)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in passed_over
        ):
            yield node.value


def is_found(text: str) -> bool:
    """Whether one string has the text, with anything for each ellipsis."""
    pattern = re.compile(".*?".join(map(re.escape, text.split(ANYTHING))))
    return any(pattern.search(string) for string in asserted_and_shown())


@pytest.mark.parametrize("text", entries())
def test_the_text_is_one_that_the_code_gives(text: str) -> None:
    """It is asserted word for word elsewhere, or shown in an output that is compared."""
    assert sum(map(str.isalpha, text)) >= FEWEST_LETTERS
    assert is_found(text)


def test_the_page_explains_each_refusal_of_carrierx() -> None:
    """Every status that has words of its own has an entry, and each group has entries."""
    text = PAGE.read_text(encoding="utf-8")
    refusals = text[text.index("## CarrierX refuses") : text.index("## Registered already")]
    for status in (400, 401, 403, 404, 409, 415, 422, 429, 500):
        assert str(status) in refusals
    groups = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(groups) > 1
    assert [group for group in groups if not ENTRY.search(group)] == []


def test_a_text_that_no_code_gives_is_not_found() -> None:
    """A word changed, or two texts run into one, is seen."""
    right = "CarrierX refused the … (404): … The number may have been released elsewhere"
    assert is_found(right)
    assert not is_found(right.replace("may have been", "was"))
    assert not is_found(f"{right}: check the token in …")
