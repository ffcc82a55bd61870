"""README.md, CONTRIBUTING.md, docs/ and the examples' pages: each command runs, and prints what is
shown.

How a page says what is a file, a change or a command: ``markdown_blocks``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.documented_session import DocumentedSession
from tests.engine.markdown_blocks import Block, blocks_of, commands_of, prose_of
from tests.engine.shown_output import ShownOutput

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "examples"
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{page.name}" for page in sorted((CHECKOUT / "docs").glob("*.md"))),
    *(f"examples/{page.parent.name}/README.md" for page in sorted(EXAMPLES.glob("*/README.md"))),
]
LINKED = [*PAGES, "CHANGELOG.md"]
IN_THE_CHECKOUT = {"CONTRIBUTING.md", "docs/ci.md", "docs/scale.md", "docs/teams.md"}

NOT_RUN = {
    "make demo": "test_demo.py runs it",
    "make test": "this test is part of it",
    "make test-fast": "make test runs the same tests",
    "make lint": "make test does it first",
    "make setup": "sets up the checkout that this test runs in",
    'export PATH="$PWD/.venv/bin:$(make -s engine):$PATH"': "the session's PATH begins with these",
    "pip install '/path/to/checkout[simulator]'": "is in place; test_built_wheel.py builds it",
    "python -m venv venv": "is for the next command",
    "venv/bin/pip install -r requirements.txt": "asks an index",
    **dict.fromkeys(
        (
            "pulumi preview --policy-pack path/to/policy-pack",
            "pulumi up --policy-pack path/to/policy-pack",
        ),
        "needs an engine of Pulumi's installer; test_policy_pack.py asks the pack itself",
    ),
}
"""Commands that are only looked at, and why. Those that call make name a target that exists."""

NOT_RUN_BLOCKS = {
    ("docs/teams.md", "error: the stack is currently locked"): "test_shared_backend.py compares it",
    ("docs/performance.md", "make bench"): "takes minutes, and wants the machine to itself",
}
"""Blocks that are only shown, by page and how the first line begins, and why."""

STAND_INS = {
    "docs/simulator.md": "def program_under_test(**settings):\n    print(*settings)\n\n",
}
"""What the page's own Python, a block without a title, leaves to the reader's imagination."""

LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
PATH = re.compile(r"`((?:provider|sdk|examples|tests|tools|docs)/[^`\s]*)`")
MAKE = re.compile(r"\bmake (?:-s )?(?P<target>[a-z-]+)")

ONE = "798c5c8c-3610-4f61-b5c3-534c952eebec"
TWO = "9684eafa-e767-4b0e-acd7-d389cfa7b8c8"
OTHER = "a13c384d-cf78-46fd-ab8b-1056b49291ba"


def follow(block: Block, session: DocumentedSession, shown: ShownOutput) -> None:
    """Do what one block says, and compare what is printed with what is shown."""
    if block.language == "console":
        for command in commands_of(block):
            if command.text in NOT_RUN:
                continue
            place = f"{block.page}:{command.line}: $ {command.text}"
            finished = session.run(shown.with_real_sids(command.text))
            assert (finished.exit_code != 0) == command.fails, f"{place}\n{finished.output}"
            difference = shown.difference(command.shown, finished.output) if command.shown else None
            assert difference is None, f"{place}\n{difference}"
    elif block.title and block.language == "diff":
        session.change(block.title, shown.with_real_sids(block.text))
    elif block.title:
        session.write(block.title, shown.with_real_sids(block.text))
    elif block.language == "python":
        session.write("block.py", STAND_INS.get(block.page, "") + block.text)
        finished = session.run("python block.py")
        assert finished.exit_code == 0, f"{block.place}\n{finished.output}"
    else:
        assert any(is_block(block, *listed) for listed in NOT_RUN_BLOCKS), (
            f"{block.place}: this block is neither run nor listed with a reason: give it the info "
            f'string console, or a title="…" to save it under\n{block.text}'
        )


def is_block(block: Block, page: str, beginning: str) -> bool:
    """Whether an exception is about this block."""
    return block.page == page and block.text.startswith(beginning)


def follow_page(page: Path, name: str, home: Path, start: Path) -> None:
    """Do what a page says, from top to bottom."""
    shown = ShownOutput()
    with DocumentedSession(home, start) as session:
        for block in blocks_of(page, name):
            follow(block, session, shown)


def all_blocks() -> Iterator[Block]:
    """The blocks of all pages."""
    for page in PAGES:
        yield from blocks_of(CHECKOUT / page, page)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_shows(page: str, tmp_path: Path) -> None:
    """Followed from top to bottom, each command of a page prints what the page shows for it."""
    home = tmp_path / "home"
    example = (CHECKOUT / page).parent
    if example.parent == EXAMPLES:
        # The page is for somebody in a copy of its folder.
        start = Path(shutil.copytree(example, home / example.name))
    else:
        start = CHECKOUT if page in IN_THE_CHECKOUT else home
    follow_page(CHECKOUT / page, page, home, start)


def test_exceptions_are_of_use() -> None:
    """Each command and block that is not run, with its reason, is still on a page."""
    blocks = list(all_blocks())
    commands = {
        command.text
        for block in blocks
        if block.language == "console"
        for command in commands_of(block)
    }
    assert set(NOT_RUN) - commands == set()
    for listed in NOT_RUN_BLOCKS:
        assert any(is_block(block, *listed) for block in blocks), listed
    assert set(STAND_INS) <= {block.page for block in blocks}


def test_every_make_target_named_exists() -> None:
    """What the pages say about make, in a block or in a sentence, the Makefile can do."""
    named = set()
    for page in PAGES:
        code = [*re.findall(r"`([^`\n]+)`", prose_of(CHECKOUT / page))]
        code += [block.text for block in blocks_of(CHECKOUT / page, page)]
        named |= {found["target"] for text in code for found in MAKE.finditer(text)}
    assert {"demo", "test"} <= named
    finished = subprocess.run(
        ["make", "-n", *sorted(named)],  # noqa: S607 -- the user's own make
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


@pytest.mark.parametrize("page", LINKED)
def test_links_and_paths_lead_somewhere(page: str) -> None:
    """A link to a file, a heading behind a ``#``, and a path named in the text, are there."""
    prose = prose_of(CHECKOUT / page)
    missing = [link for link in LINK.findall(prose) if not leads_somewhere(link, CHECKOUT / page)]
    missing += [path for path in PATH.findall(prose) if not (CHECKOUT / path).exists()]
    assert missing == []


def test_the_index_has_every_page() -> None:
    """``docs/README.md`` leads to each page beside it."""
    linked = set(LINK.findall(prose_of(CHECKOUT / "docs/README.md")))
    beside = {page.name for page in (CHECKOUT / "docs").glob("*.md")} - {"README.md"}
    assert beside - linked == set()


def leads_somewhere(link: str, page: Path) -> bool:
    """Whether the file is there, and the heading in it."""
    path, _, anchor = link.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in anchors_of(file))


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```\nmake everything\n```", "neither run nor listed"),
        ("```json\n{}\n```", "neither run nor listed"),
        ("Text:\n\n    make everything\n", "neither run nor listed"),
        ("```console\n$ echo one\ntwo\n```", "- two"),
        ("```console\n$ false\n```", "$ false"),
        ("```console\n$ true\nerror: no\n```", "$ true"),
        ('```python title="a.py"\none = 1\n```\n```diff title="a.py"\n-two = 2\n```', "0 times"),
        ("```python\nraise ValueError\n```", "ValueError"),
    ],
)
def test_a_wrong_page_fails(text: str, complaint: str, tmp_path: Path) -> None:
    """A block that is not run, and a command that does not do what it shows, are reported."""
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    home = tmp_path / "home"
    with pytest.raises(AssertionError) as caught:
        follow_page(page, "page.md", home, home)
    assert complaint in str(caught.value)
