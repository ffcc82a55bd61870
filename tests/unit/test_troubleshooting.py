"""docs/troubleshooting.md: each text that it explains is one that the code gives.

Every text of an error is asserted word for word in some test, or shown in an output that
``tests/engine/test_docs.py`` compares. A text on the page has to be found in one of these, so a
text that is reworded is missed here until the page says it in the new words.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from carrierx_provider.external_did.schema import INPUT_FIELDS
from tests.engine.markdown_blocks import blocks_of, commands_of

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs/troubleshooting.md"

ENTRY = re.compile(r"^- (?P<texts>`[^`]+`(?:, or\n  `[^`]+`)*)\n\n  \S", re.MULTILINE)
TEXT = re.compile(r"`([^`]+)`")
ANYTHING = "…"
DIFFERS = "\0"
"""Stands for what an f-string puts in: no text on a page has it."""

WHOLE_LINES = {
    "tests/unit/test_error_texts.py": (
        *("CarrierX ", "carrierx:", "no CarrierX", "no account", "the account", "the base URL"),
        "the token",
    ),
    "tests/unit/test_inputs.py": tuple(f"{name}: " for name in INPUT_FIELDS),
}
"""How the lines begin that these tests assert as a whole."""

FEWEST_LETTERS = 15
"""Of what an entry says beside its ellipses: fewer could be found by chance."""


def entries() -> list[str]:
    """The texts that the page explains."""
    page = PAGE.read_text(encoding="utf-8")
    return [text for found in ENTRY.finditer(page) for text in TEXT.findall(found["texts"])]


@cache
def asserted_and_shown() -> tuple[str, ...]:
    """The strings of all tests but this one, and the lines of output that the pages show."""
    tests = sorted((CHECKOUT / "tests").rglob("test_*.py"))
    strings = [
        # As an outline continues a line.
        re.sub(r"\n {5,}", " ", text)
        for test in tests
        if test != Path(__file__)
        for text in strings_of(test)
    ]
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
    nodes = list(ast.walk(ast.parse(test.read_text(encoding="utf-8"))))
    passed_over = {
        part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
    }
    # A string that is a statement of its own is a docstring.
    passed_over |= {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        match node:
            case ast.JoinedStr(values=parts):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else DIFFERS for part in parts
                )
            case ast.Constant(value=str(text)) if node not in passed_over:
                yield text


def letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def is_found(text: str) -> bool:
    return any(map(pattern_of(text).search, asserted_and_shown()))


@cache
def pattern_of(text: str) -> re.Pattern[str]:
    """What finds the text, with anything for each ellipsis."""
    # What comes before a text, such as the value at fault, may be put in front of it by its test.
    parts = text.removeprefix(f"{ANYTHING} ").split(ANYTHING)
    return re.compile(".*?".join(map(re.escape, parts)))


@pytest.mark.parametrize("text", entries())
def test_the_text_is_one_that_the_code_gives(text: str) -> None:
    """It is asserted word for word elsewhere, or shown in an output that is compared."""
    assert letters(text) >= FEWEST_LETTERS
    assert is_found(text)


@pytest.mark.parametrize(("module", "beginnings"), WHOLE_LINES.items())
def test_what_is_asserted_there_is_explained(module: str, beginnings: tuple[str, ...]) -> None:
    """The lines of these tests stand for all answers of CarrierX, settings and inputs."""
    lines = [
        string
        for string in strings_of(CHECKOUT / module)
        # What is shorter has its reason in a variable, or is a name.
        if string.startswith(beginnings) and letters(string) >= FEWEST_LETTERS and " " in string
    ]
    assert len(lines) > len(beginnings)
    assert [
        line for line in lines if not any(pattern_of(text).search(line) for text in entries())
    ] == []
