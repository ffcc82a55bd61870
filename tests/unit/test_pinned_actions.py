"""The actions that a reader of docs/ and examples/ copies into a pipeline."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
WORKFLOWS_IN = (".github", "docs", "examples")
SUFFIXES = {".md", ".yaml", ".yml"}

USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<action>.*?)\s*$", re.MULTILINE)
PINNED = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)+)@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+")


def uses() -> dict[str, list[str]]:
    """What each file says behind ``uses:``."""
    pages = [page for page in CHECKOUT.glob("*.md") if page.is_file()]
    below = [file for folder in WORKFLOWS_IN for file in (CHECKOUT / folder).rglob("*")]
    texts = {
        str(file.relative_to(CHECKOUT)): file.read_text(encoding="utf-8")
        for file in (*pages, *below)
        if file.suffix in SUFFIXES
    }
    return {name: found for name, text in texts.items() if (found := USES.findall(text))}


def test_every_action_is_pinned_by_a_commit() -> None:
    """A tag can be moved to other code; the version stands beside the hash, for people."""
    found = uses()
    assert "docs/scale.md" in found
    assert "examples/ci/github-actions/numbers-up.yml" in found
    loose = [(name, use) for name, all_of in found.items() for use in all_of]
    assert [entry for entry in loose if not PINNED.fullmatch(entry[1])] == []
