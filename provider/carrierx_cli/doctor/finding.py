"""What one check has found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    """Work is possible; or it could not be checked."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for a person: what was checked, how it stands, and what to do."""

    check: str
    mark: Mark
    text: str
    """What was found; a clause without a full stop."""
    todo: str | None = None
    """What to do about it; a sentence or two."""
    account: str | None = None
    """The account in ``carrierx:accounts`` that it is about; None: the default one, or none."""


def ok(check: str, text: str, account: str | None = None) -> Finding:
    """All is well."""
    return Finding(check, Mark.OK, text, None, account)


def warning(check: str, text: str, todo: str | None = None, account: str | None = None) -> Finding:
    """Something to know."""
    return Finding(check, Mark.WARNING, text, todo, account)


def failed(check: str, text: str, todo: str, account: str | None = None) -> Finding:
    """Something that keeps a stack from its work."""
    return Finding(check, Mark.FAILED, text, todo, account)
