"""One check of ``pulumi-carrierx doctor``, as a line and in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field, TypeAdapter

from carrierx_provider.core.text import plural, printable, shorten


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """Work is possible; or it could not be checked."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, how it ended, and what to do."""

    name: Annotated[str, Field(serialization_alias="check")]
    status: Annotated[Status, Field(serialization_alias="mark")]
    account: str | None = field(default=None, kw_only=True)
    """The account in ``carrierx:accounts`` that it is about; None: the default one, or none."""
    text: str
    """What was found; a clause without a full stop."""
    todo: str | None = None
    """What to do about it; a sentence or two."""


CHECK_COLUMN = len("language host")
STATUS_COLUMN = len(Status.WARNING)


def ok(name: str, text: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Status.OK, text)


def warning(name: str, text: str, todo: str | None = None) -> Check:
    """A check that found something to know."""
    return Check(name, Status.WARNING, text, todo)


def failed(name: str, text: str, todo: str) -> Check:
    """A check that found something that keeps a stack from its work."""
    return Check(name, Status.FAILED, text, todo)


def line(check: Check) -> str:
    """``failed   token          CarrierX refused it. Set another.``"""
    account = f"{shorten(check.account)}: " if check.account is not None else ""
    todo = f". {check.todo}" if check.todo else ""
    return printable(
        f"{check.status.ljust(STATUS_COLUMN)}  {check.name.ljust(CHECK_COLUMN)}  "
        f"{account}{check.text}{todo}"
    )


def summary(checks: Sequence[Check]) -> str:
    """The last line: how many of each status."""
    counts = {status: sum(check.status is status for check in checks) for status in Status}
    warnings = plural(counts[Status.WARNING], "warning")
    return f"{counts[Status.OK]} ok, {warnings}, {counts[Status.FAILED]} failed"


def as_json(checks: Sequence[Check]) -> str:
    """The checks for a program that reads them."""
    entries = TypeAdapter(Sequence[Check]).dump_python(checks, by_alias=True)
    return json.dumps({"ok": none_failed(checks), "findings": entries}, indent=2)


def none_failed(checks: Sequence[Check]) -> bool:
    """Whether no check has failed."""
    return all(check.status is not Status.FAILED for check in checks)
