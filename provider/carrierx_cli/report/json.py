"""The report as JSON, for programs. docs/report.md documents its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pydantic import TypeAdapter

from carrierx_cli.report.model import Drift, Outcome, Report, Row
from carrierx_cli.report.policy import Violation
from carrierx_cli.report.verdict import Verdict

FORMAT = 1
"""Raised with a change that readers of the JSON have to know about."""

_ENTRIES = TypeAdapter(Sequence[Row | Drift | Violation])


def as_json(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> str:
    """One JSON object; keys in a stable order."""
    changed = [row for row in report.rows if row.outcome is not Outcome.UNCHANGED]
    document = {
        "format": FORMAT,
        "project": report.project,
        "stack": report.stack,
        "verdict": verdict.line,
        "risk": verdict.risk,
        "mistakes": report.errors,
        "counts": {outcome: len(report.with_outcome(outcome)) for outcome in Outcome},
        "other_resources": report.other_resources,
        "not_listed": report.not_listed,
        "violations": _ENTRIES.dump_python(violations, by_alias=True),
        "numbers": _ENTRIES.dump_python(changed, by_alias=True),
        "drifted": _ENTRIES.dump_python(report.drifts, by_alias=True),
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # Half a character: JSON can escape it, no encoding can write it.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
