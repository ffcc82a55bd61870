"""The report as JSON, for programs. docs/report.md documents its shape."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from carrierx_cli.report.analyze import Fate
from carrierx_cli.report.messages import path_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_cli.report.analyze import NumberReport
    from carrierx_cli.report.calls import ReportedCall
    from carrierx_cli.report.drift import Drift
    from carrierx_cli.report.model import Contents
    from carrierx_cli.report.policy import Violation
    from carrierx_cli.report.verdict import Verdict

FORMAT = 1
"""Goes up with a change that a reader of the JSON has to know of."""


def as_json(contents: Contents, verdict: Verdict, violations: Sequence[Violation]) -> str:
    """One JSON object; keys in a stable order."""
    document = {
        "format": FORMAT,
        "project": contents.project,
        "stack": contents.stack,
        "verdict": verdict.line,
        "risk": verdict.risk,
        "mistakes": contents.mistakes,
        "counts": {fate: len(contents.of(fate)) for fate in Fate},
        "other_resources": contents.other_resources,
        "not_listed": contents.not_listed,
        "violations": [
            {
                "rule": violation.rule,
                "resource": violation.resource_name,
                "number": violation.number,
                "text": violation.text,
            }
            for violation in violations
        ],
        "numbers": [
            _number(number) for number in contents.numbers if number.fate is not Fate.UNCHANGED
        ],
        "drifted": [_drift(drift) for drift in contents.drifts],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # Half a character, which JSON can escape and no encoding can write.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _number(number: NumberReport) -> dict[str, Any]:
    return {
        "resource": number.resource_name,
        "urn": number.urn,
        "fate": number.fate,
        "number": number.phonenumber,
        "new_number": number.new_phonenumber,
        "name": number.name,
        "account": number.account,
        "external_did_sid": number.external_did_sid,
        "replaced_for": list(number.reasons),
        "lost": number.lost,
        "taken_over_if": list(number.taken_over_if),
        "taken_over_by": number.taken_over_by,
        "only_undoes_drift": number.only_undoes_drift,
        "changes": [
            {
                "field": path_text(change.path),
                "before": change.before,
                "after": change.after,
                "certain": change.certain,
                "undoes_drift": change.puts_back,
            }
            for change in number.changes
        ],
        "calls": None if number.calls is None else [_call(call) for call in number.calls],
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
        "not_told": [list(path) for path in call.not_told],
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
                "recorded": value.recorded,
                "found": value.found,
                "stated": value.managed,
            }
            for value in drift.values
        ],
    }
