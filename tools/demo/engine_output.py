"""The engine's output, without what a reader of the demo does not need.

Lines are left out, but not changed, except for URNs: only their end is kept, which is the label.
"""

from __future__ import annotations

import re

_URN = re.compile(r"\[urn=urn:.*::([^:\]]+)\]")
_MARK = re.compile(r"\s*(?:\+-(?=\w)|(?:\+-|--|\+\+|[-+~])\s)\s*")
_IN_PROGRESS = re.compile(r"ing(?: original| replacement)? \([0-9.]+m?s\)|^@ |^Duration:")
_MESSAGE = re.compile(r"(?:Previewing|Updating|Refreshing|Destroying) |warning: |error: ")
_STACK = " pulumi:pulumi:Stack "
_OUTPUTS, _SUMMARY = "Outputs:", "Resources:"


def without_progress(output: str) -> list[str]:
    """Return everything except blank lines, steps in progress and the duration."""
    shown: list[str] = []
    for printed in output.splitlines():
        line = printed.rstrip()
        # The stack's own line is repeated with its outputs.
        if line and not _IN_PROGRESS.search(line) and not (_STACK in line and line in shown):
            shown.append(line)
    return shown


def only_changes(output: str) -> list[str]:
    """Return the engine's messages, what it marks as changed, and its summary."""
    lines = without_progress(output)
    summary = lines.index(_SUMMARY) if _SUMMARY in lines else len(lines)
    counts = [line for line in lines[summary:] if line.startswith(" ")]
    return [*_changes(lines[:summary]), *([_SUMMARY, *counts] if counts else [])]


def _changes(lines: list[str]) -> list[str]:
    shown: list[str] = []
    opened: list[tuple[int, int]] = []  # marked blocks: their column, and their place in shown
    for line in lines:
        marked = _MARK.match(line)
        column = marked.end() if marked else len(line) - len(line.lstrip())
        if line.strip() in {"}", "]"}:
            if opened and opened[-1][0] == column:
                _, place = opened.pop()
                # A block may be marked because of an unknown in it, without a change to show.
                shown[place:] = [] if place == len(shown) - 1 else [*shown[place:], line]
        elif marked:
            if line.endswith(("{", "[")):
                opened.append((column, len(shown)))
            shown.append(line)
        elif urn := _URN.search(line):
            if shown and _MARK.match(shown[-1]):
                shown.append(f"{' ' * column}[urn=…::{urn[1]}]")
        elif _MESSAGE.match(line) or line == _OUTPUTS:
            shown.append(line)
    return shown[:-1] if shown[-1:] == [_OUTPUTS] else shown
