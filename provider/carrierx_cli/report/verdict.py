"""The verdict: what a preview comes to, in one line with exact counts, and as an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from carrierx_cli.report.analyze import CHANGING, RELEASING, Fate
from carrierx_cli.report.model import HARMLESS_OPS
from carrierx_provider.pulumi_files.preview import REPLACE, SAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_cli.report.model import Contents
    from carrierx_cli.report.policy import Violation


class Risk(StrEnum):
    """How grave what ``up`` would do is, the gravest first."""

    FAILED = "failed"
    """The preview has not come to its end, so nobody knows."""
    VIOLATED = "violated"
    """A policy forbids it."""
    RELEASED = "released"
    CHANGED = "changed"
    NOTHING = "nothing"


RISK_WORDS = {
    Risk.FAILED: "The preview failed",
    Risk.VIOLATED: "Against the policy",
    Risk.RELEASED: "Numbers are released",
    Risk.CHANGED: "Nothing is released",
    Risk.NOTHING: "No change",
}

NOT_ALL_TOLD = "It is not known whether a number is released"
"""In place of the words for a change, where the engine does what this report has no word for."""

EXIT_CODES = {
    Risk.FAILED: 1,
    Risk.VIOLATED: 4,
    Risk.RELEASED: 3,
    Risk.CHANGED: 2,
    Risk.NOTHING: 0,
}

MAY_RELEASE_OPS = frozenset({"delete", REPLACE})
"""What may release a number where the preview does not tell of what it is done to."""

FATE_WORDS = {
    Fate.RELEASED: "released",
    Fate.REGISTERED_AGAIN: "released and registered again",
    Fate.REPLACED_BY_ANOTHER: "released for another number",
    Fate.NOT_KNOWN: "changed in a way that this report cannot tell",
    Fate.REGISTERED: "registered",
    Fate.UPDATED: "updated",
    Fate.FORGOTTEN: "taken out of the state and left registered",
    Fate.READ: "read only",
    Fate.UNCHANGED: "unchanged",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a preview comes to."""

    risk: Risk
    sentence: str
    """One line with exact counts, without the risk."""
    tells_all: bool = True
    """Whether there is a word for all that would happen."""

    @property
    def line(self) -> str:
        """The first line of a report."""
        words = RISK_WORDS[self.risk]
        if self.risk is Risk.CHANGED and not self.tells_all:
            words = NOT_ALL_TOLD
        return f"{words}: {self.sentence}"


def verdict_on(contents: Contents, violations: Sequence[Violation]) -> Verdict:
    """Judge a preview."""
    return Verdict(
        _risk(contents, violations),
        _sentence(contents, violations),
        tells_all=not contents.of(Fate.NOT_KNOWN),
    )


def exit_code(risk: Risk, fail_on: Risk) -> int:
    """The exit code: that of the risk, or 0 where it is less grave than what is to fail."""
    order = tuple(Risk)
    if risk is Risk.FAILED or order.index(risk) <= order.index(fail_on):
        return EXIT_CODES[risk]
    return 0


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """``1 number``, ``1,203 numbers``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _risk(contents: Contents, violations: Sequence[Violation]) -> Risk:
    fates = {number.fate for number in contents.numbers}
    others = {*contents.other_resources, *contents.not_listed}
    if contents.mistakes:
        return Risk.FAILED
    if violations:
        return Risk.VIOLATED
    if fates & RELEASING or contents.not_listed.keys() & MAY_RELEASE_OPS:
        return Risk.RELEASED
    if fates & CHANGING or others - HARMLESS_OPS:
        return Risk.CHANGED
    return Risk.NOTHING


def _sentence(contents: Contents, violations: Sequence[Violation]) -> str:
    parts = [_numbers(contents)]
    if contents.mistakes:
        parts.insert(0, f"{counted(contents.mistakes, 'error')}, so that this is not the whole")
    if violations:
        parts.insert(0, counted(len(violations), "violation"))
    if contents.drifts:
        parts.append(_drifted(contents))
    others = _others(contents)
    if others:
        parts.append(others)
    return "; ".join(parts)


def _numbers(contents: Contents) -> str:
    counts = [(fate, len(contents.of(fate))) for fate in Fate]
    words = [(count, FATE_WORDS[fate]) for fate, count in counts if count]
    if not words:
        return "no number is listed" if contents.not_listed else "no numbers"
    (count, word), *more = words
    will_be = "" if word in {FATE_WORDS[Fate.UNCHANGED], FATE_WORDS[Fate.READ]} else "will be "
    first = f"{counted(count, 'number')} {will_be}{word}"
    return ", ".join([first, *(f"{count:,} {word}" for count, word in more)])


def _drifted(contents: Contents) -> str:
    have = "has" if len(contents.drifts) == 1 else "have"
    undone = sum(1 for number in contents.numbers if number.only_undoes_drift)
    part = f", {undone:,} of the changes only undo it" if undone > 1 else ""
    part = ", 1 of the changes only undoes it" if undone == 1 else part
    return f"{counted(len(contents.drifts), 'number')} {have} drifted{part}"


def _others(contents: Contents) -> str:
    parts = []
    changed = sum(n for op, n in contents.other_resources.items() if op not in HARMLESS_OPS)
    left = sum(n for op, n in contents.other_resources.items() if op in HARMLESS_OPS)
    if changed or left:
        counts = [f"{changed:,} changed"] if changed else []
        counts += [f"{left:,} unchanged"] if left else []
        parts.append(f"other resources: {', '.join(counts)}")
    same = contents.not_listed.get(SAME, 0)
    if same:
        parts.append(f"{counted(same, 'resource')} unchanged and not listed")
    more = sum(n for op, n in contents.not_listed.items() if op not in HARMLESS_OPS)
    gone = sum(n for op, n in contents.not_listed.items() if op in MAY_RELEASE_OPS)
    if more:
        are = "is" if gone == 1 else "are"
        may_be = "a number" if gone == 1 else "numbers"
        which = f", of which {gone:,} {are} deleted or replaced, which may be {may_be}"
        parts.append(f"{counted(more, 'resource')} changed and not listed{which if gone else ''}")
    return "; ".join(parts)
