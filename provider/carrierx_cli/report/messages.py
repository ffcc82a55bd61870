"""How all forms of a report word its values and calls: plain text, in one line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from carrierx_api.capabilities import capability_names
from carrierx_cli.report.analyze import Fate
from carrierx_cli.report.masking import SECRET_TEXT, UNKNOWN_TEXT
from carrierx_cli.report.value_diff import LONGEST_VALUE, shortened_from, told_apart
from carrierx_provider.core.text import printable
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.plan import Condition
from carrierx_provider.external_did.takeover import Match
from carrierx_provider.pulumi_files.preview import DELETE_REPLACED, REMOVE_PENDING_REPLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx_cli.report.analyze import NumberReport, ReportedChange
    from carrierx_cli.report.calls import ReportedCall
    from carrierx_cli.report.drift import Drift
    from carrierx_cli.report.masking import Path

LONGEST_BODY = 600
MOST_CHANGES = 20
NOT_SET = "not set"

NOT_CERTAIN = "may be made"
AFTER_A_READ = "may differ by what is read first"

ONLY_IF = {
    Condition.FREE: "only if it is not registered yet",
    Condition.REGISTERED: "only if it is registered already",
    Condition.OUTGROWN: "only if it is registered already, and cannot be updated to this",
}

TAKEN_OVER_IF = {
    Match.ADOPT_EXISTING: "it is registered already (adopt_existing)",
    Match.OWN_RECORD: "an earlier run of this resource registered it (ownership record)",
    Match.NAMED: "CARRIERX_ADOPT names its SID",
}


def number_text(number: NumberReport | Drift) -> str:
    """``+46700987654``, or ``+46700987654 → +46700987655``."""
    text = name_text(number.phonenumber or UNKNOWN_TEXT)
    another = getattr(number, "new_phonenumber", None)
    return f"{text} → {name_text(another)}" if another else text


def path_text(path: Path) -> str:
    """``attributes.team``."""
    return f"{path[0]}{shown_path(path[1:])}"


def value_text(path: Path, value: Any) -> str:  # noqa: ANN401 -- any JSON
    """A value, not too long."""
    return shortened_from(_whole_text(path, value))


def _whole_text(path: Path, value: Any) -> str:  # noqa: ANN401 -- any JSON
    if value is None:
        return NOT_SET
    if value in (SECRET_TEXT, UNKNOWN_TEXT):
        return str(value)
    if path == ("capabilities",) and _is_whole(value):
        return f"{int(value)} ({capability_names(int(value))})"
    return json_text(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def json_text(value: Any) -> str:  # noqa: ANN401 -- any JSON
    """One line of JSON, as people read it."""
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def change_text(change: ReportedChange, *, is_new: bool = False) -> str:
    """``name: "Support" → "Sales"``; of a new number ``name: "Sales"``."""
    after = _after(change)
    if is_new:
        text = f"{path_text(change.path)}: {shortened_from(after)}"
    else:
        before = _whole_text(change.path, change.before)
        text = f"{path_text(change.path)}: {told_apart(before, after)}"
    notes = [] if change.certain else ["may stay as it is"]
    notes += ["undoes a drift"] if change.puts_back else []
    return f"{text} ({', '.join(notes)})" if notes else text


def change_texts(number: NumberReport) -> Iterator[str]:
    """The changes, as many as a person reads, and the count of the others."""
    is_new = number.fate is Fate.REGISTERED and not number.reasons
    # A new number stands in the row already.
    changes = [c for c in number.changes if not (is_new and c.path == ("phonenumber",))]
    for change in changes[:MOST_CHANGES]:
        yield change_text(change, is_new=is_new)
    others = len(changes) - MOST_CHANGES
    if others > 0:
        yield f"and {others:,} more"


def reasons_text(number: NumberReport) -> str:
    """Why a number is released or left, and what is lost; empty where nothing has to be said."""
    if number.taken_over_by is not None:
        return f"stays registered: {name_text(number.taken_over_by)} takes it over"
    if number.engine_op == REMOVE_PENDING_REPLACE:
        return (
            "an earlier run has released it already, and was cut off; if it was registered again "
            "as it was, it stays registered, and no stack manages it any more"
        )
    if number.fate is Fate.FORGOTTEN:
        return "stays registered, and no stack manages it any more"
    if number.fate is Fate.NOT_KNOWN:
        return f"the engine's step: {name_text(number.engine_op)}"
    return "; ".join(_reasons(number))


def _reasons(number: NumberReport) -> Iterator[str]:
    if number.reasons:
        yield f"CarrierX cannot update {', '.join(map(printable, number.reasons))}"
    elif number.engine_op == DELETE_REPLACED:
        yield "left over from a replace that was cut off"
    elif number.fate is Fate.RELEASED:
        yield "the program does not state it any more"
    if number.may_be_updated:
        yield "what is known only after up may turn out equal: then nothing is released"
    yield from _what_stands(number)
    if number.taken_over_if:
        ways = ", or ".join(TAKEN_OVER_IF[way] for way in number.taken_over_if)
        yield f"if {ways}: taken over, with {_change_then(number)}"
    if number.lost:
        yield f"lost: {_short(printable(number.lost), LONGEST_BODY)}"


def _what_stands(number: NumberReport) -> Iterator[str]:
    if number.was_cut_off:
        yield "an earlier run has released it already, and was cut off"
        if any(call.method == "DELETE" and call.certain for call in number.calls or ()):
            yield "its DELETE is sent once more, and finds nothing"
    if number.may_release_what_it_finds:
        yield "if this resource's own registration of it stands, that is released"
    elif not number.was_cut_off and number.fate is Fate.REGISTERED and number.reasons:
        yield f"the registration {number.external_did_sid} stays, outside of the state"


def _change_then(number: NumberReport) -> str:
    found = {call.method for call in number.calls or () if call.only_if is Condition.REGISTERED}
    return "a PATCH of what differs" if "PATCH" in found else "no change"


def calls_shown(number: NumberReport) -> Iterator[ReportedCall]:
    """The calls that a person reads: without those of a take-over, which the reasons tell."""
    for call in number.calls or ():
        if call.only_if is not Condition.REGISTERED:
            yield call


def call_text(call: ReportedCall) -> str:
    """``PATCH /phonenumber/external_dids/SID {"name": "Sales"}``."""
    query = "&".join(f"{name}={value}" for name, value in call.query)
    text = f"{call.method} {call.path}{'?' if query else ''}{query}"
    if call.body is not None:
        text += f" {_short(json_text(call.body), LONGEST_BODY)}"
    return printable(text)


def call_notes(call: ReportedCall) -> str:
    """What is not certain about a call; empty for nothing."""
    if call.only_if is not None:
        notes = [ONLY_IF[call.only_if]]
    else:
        notes = [] if call.certain else [NOT_CERTAIN]
        notes += [AFTER_A_READ] if call.after_a_read else []
    if call.not_told and call.body is not None:
        paths = ", ".join(path_text(path) for path in call.not_told[:MOST_CHANGES])
        notes.append(f"not told by the preview: {paths}")
    return "; ".join(notes)


def drift_texts(drift: Drift) -> Iterator[str]:
    """What has drifted on a number."""
    if drift.released:
        yield "released: CarrierX does not know it any more"
    for value in drift.values[:MOST_CHANGES]:
        fate = "" if value.managed else " (not stated by the program: left alone)"
        recorded = _whole_text(value.path, value.recorded)
        found = _whole_text(value.path, value.found)
        yield f"{path_text(value.path)}: {told_apart(recorded, found)}{fate}"
    others = len(drift.values) - MOST_CHANGES
    if others > 0:
        yield f"and {others:,} more"


def _after(change: ReportedChange) -> str:
    if change.after is None and change.path == ("name",):
        return "no longer stated"
    return _whole_text(change.path, change.after)


def name_text(name: str | None) -> str:
    """A name, not too long; empty for none."""
    return _short(printable(name or ""), LONGEST_VALUE)


def _short(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text):,} characters)"
