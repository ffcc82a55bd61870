"""The report as JSON, for programs. docs/report.md documents its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from carrierx_cli.report.messages import path_text
from carrierx_cli.report.model import Drift, Outcome, Report, ReportedCall, Row
from carrierx_cli.report.policy import Violation
from carrierx_cli.report.verdict import Verdict

FORMAT = 1
"""Raised with a change that readers of the JSON have to know about."""


def as_json(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> str:
    """One JSON object; keys in a stable order."""
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
        "violations": [
            {
                "rule": violation.rule,
                "resource": violation.resource_name,
                "number": violation.number,
                "text": violation.text,
            }
            for violation in violations
        ],
        "numbers": [_row(row) for row in report.rows if row.outcome is not Outcome.UNCHANGED],
        "drifted": [_drift(drift) for drift in report.drifts],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # Half a character: JSON can escape it, no encoding can write it.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _row(row: Row) -> dict[str, Any]:
    return {
        "resource": row.resource_name,
        "urn": row.urn,
        "fate": row.outcome,
        "number": row.phonenumber,
        "new_number": row.new_phonenumber,
        "name": row.name,
        "account": row.account,
        "external_did_sid": row.external_did_sid,
        "replaced_for": list(row.replaced_for),
        "lost": row.lost,
        "taken_over_if": list(row.taken_over_if),
        "taken_over_by": row.taken_over_by,
        "only_undoes_drift": row.only_undoes_drift,
        "changes": [
            {
                "field": path_text(change.path),
                "before": change.before,
                "after": change.after,
                "certain": change.certain,
                "undoes_drift": change.undoes_drift,
            }
            for change in row.changes
        ],
        "calls": None if row.calls is None else [_call(call) for call in row.calls],
    }


def _call(call: ReportedCall) -> dict[str, Any]:
    return {
        "method": call.method,
        "path": call.path,
        "query": dict(call.query),
        "body": call.body,
        "certain": call.certain,
        "only_if": call.only_if,
        "after_a_read": call.after_a_read,
        "not_told": [list(path) for path in call.unknown],
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "resource": drift.resource_name,
        "urn": drift.urn,
        "number": drift.phonenumber,
        "name": drift.name,
        "external_did_sid": drift.external_did_sid,
        "released": drift.released,
        "values": [
            {
                "field": path_text(value.path),
                "recorded": value.in_state,
                "found": value.found,
                "stated": value.managed,
            }
            for value in drift.values
        ],
    }
