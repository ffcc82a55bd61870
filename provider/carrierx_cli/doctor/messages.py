"""The findings as lines, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from carrierx_cli.doctor.finding import Mark
from carrierx_provider.core.text import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_cli.doctor.finding import Finding

CHECK_COLUMN = len("language host")
MARK_COLUMN = len(Mark.WARNING)


def line(finding: Finding) -> str:
    """``failed   token          CarrierX refused it. Set another.``"""
    account = f"{shorten(finding.account)}: " if finding.account is not None else ""
    todo = f". {finding.todo}" if finding.todo else ""
    return printable(
        f"{finding.mark.ljust(MARK_COLUMN)}  {finding.check.ljust(CHECK_COLUMN)}  "
        f"{account}{finding.text}{todo}"
    )


def summary(findings: Sequence[Finding]) -> str:
    """The last line: how many of each."""
    counts = {mark: sum(finding.mark is mark for finding in findings) for mark in Mark}
    warnings = "1 warning" if counts[Mark.WARNING] == 1 else f"{counts[Mark.WARNING]} warnings"
    return f"{counts[Mark.OK]} ok, {warnings}, {counts[Mark.FAILED]} failed"


def as_json(findings: Sequence[Finding]) -> str:
    """The findings for a program that reads them."""
    entries = [
        {
            "check": finding.check,
            "mark": finding.mark,
            "account": finding.account,
            "text": finding.text,
            "todo": finding.todo,
        }
        for finding in findings
    ]
    return json.dumps({"ok": all_well(findings), "findings": entries}, indent=2)


def all_well(findings: Sequence[Finding]) -> bool:
    """Whether no check has failed."""
    return all(finding.mark is not Mark.FAILED for finding in findings)
