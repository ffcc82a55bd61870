"""The texts of a report, the same in all its forms: plain text, each in one line."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import takewhile

from carrierx_api.capabilities import capability_names
from carrierx_cli.report.masking import SECRET_TEXT, UNKNOWN_TEXT, Path, path_text
from carrierx_cli.report.model import Change, Drift, Outcome, ReportedCall, Row
from carrierx_provider.core.json_merge import Json
from carrierx_provider.core.text import printable
from carrierx_provider.external_did.plan import Condition
from carrierx_provider.external_did.takeover import Match
from carrierx_provider.pulumi_files.preview import DELETE_REPLACED, REPLACE

LONGEST_VALUE = 120
"""Characters of one value that are shown."""
LONGEST_BODY = 600
MOST_CHANGES = 20

ONLY_IF = {
    Condition.FREE: "only if the number is not registered yet",
    Condition.REGISTERED: "only if the number is already registered",
    Condition.OUTGROWN: "only if the number is already registered and cannot be updated to this",
}

TAKEN_OVER_IF = {
    Match.ADOPT_EXISTING: "the number is already registered (adopt_existing)",
    Match.OWN_RECORD: "an earlier run of this resource registered it (ownership record)",
    Match.NAMED: "CARRIERX_ADOPT names its SID",
}

_BEFORE_A_DIFFERENCE = 40
_INVISIBLE = frozenset({"Mn", "Cf", "Zs"})
_BRAILLE_BLANK = "\u2800"
"""A symbol by its category. Everything else that is blank is escaped in any case."""
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT_MARK = "\u200e"


def number_text(number: Row | Drift) -> str:
    """``+46700987654``, or ``+46700987654 → +46700987655``."""
    text = name_text(number.phonenumber or UNKNOWN_TEXT)
    another = getattr(number, "new_phonenumber", None)
    return f"{text} → {name_text(another)}" if another else text


def name_text(name: str | None) -> str:
    """A name, shortened; empty for none."""
    return _shortened(printable(name or ""))


def value_text(path: Path, value: Json) -> str:
    """The whole value, in one line."""
    if value is None:
        return "not set"
    if value in (SECRET_TEXT, UNKNOWN_TEXT):
        return str(value)
    if path == ("capabilities",) and isinstance(value, int | float) and value % 1 == 0:
        return f"{int(value)} ({capability_names(int(value))})"
    return _json_text(value)


def _json_text(value: Json) -> str:
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def change_texts(row: Row) -> tuple[str, ...]:
    """The changes, as many as a person reads, and the count of the others."""
    is_new = row.outcome is Outcome.REGISTERED and not row.replaced_for
    # The row itself has the new number already.
    changes = [c for c in row.changes if not (is_new and c.path == ("phonenumber",))]
    return _at_most(_change(change, is_new=is_new) for change in changes)


def _change(change: Change, *, is_new: bool) -> str:
    """``name: "Support" → "Sales"``; of a new number ``name: "Sales"``."""
    stopped = change.after is None and change.path == ("name",)
    after = "no longer declared" if stopped else value_text(change.path, change.after)
    before = value_text(change.path, change.before)
    shown = _shortened(after) if is_new else _diff(before, after)
    notes = [] if change.certain else ["may stay unchanged"]
    notes += ["undoes drift"] if change.undoes_drift else []
    text = f"{path_text(change.path)}: {shown}"
    return f"{text} ({', '.join(notes)})" if notes else text


def drift_texts(drift: Drift) -> tuple[str, ...]:
    """What has drifted on a number."""
    if drift.released:
        return ("released: CarrierX no longer has it",)
    return _at_most(
        f"{path_text(value.path)}: "
        + _diff(value_text(value.path, value.in_state), value_text(value.path, value.found))
        + ("" if value.managed else " (not declared by the program: left alone)")
        for value in drift.values
    )


def _at_most(texts: Iterable[str]) -> tuple[str, ...]:
    found = tuple(texts)
    if len(found) <= MOST_CHANGES:
        return found
    return (*found[:MOST_CHANGES], f"and {len(found) - MOST_CHANGES:,} more")


def reasons_text(row: Row) -> str:
    """Why a number is released or left, and what is lost; empty if there is nothing to say."""
    if row.taken_over_by is not None:
        return f"stays registered: {name_text(row.taken_over_by)} takes it over"
    if row.outcome is Outcome.FORGOTTEN and row.was_interrupted:
        return (
            "an earlier run released it and was interrupted; if that run registered it again, it "
            "stays registered, but no stack manages it any more"
        )
    if row.outcome is Outcome.FORGOTTEN:
        return "stays registered, but no stack manages it any more"
    if row.outcome is Outcome.UNKNOWN:
        return f"the engine's step: {name_text(row.engine_op)}"
    return "; ".join(_reasons(row))


def _reasons(row: Row) -> Iterator[str]:
    if row.replaced_for:
        yield f"CarrierX cannot update {', '.join(map(printable, row.replaced_for))}"
    elif row.engine_op == DELETE_REPLACED:
        yield "left over from an interrupted replace"
    elif row.engine_op == REPLACE and row.outcome is Outcome.RELEASED:
        yield "its resource becomes ExternalDID.get of another SID"
    elif row.outcome is Outcome.RELEASED:
        yield "the program no longer declares it"
    if row.may_be_updated:
        then = "it is not replaced" if row.is_retained else "nothing is released"
        yield f"values known only after up may turn out equal; then {then}"
    yield from _existing_registration(row)
    if row.taken_over_if:
        ways = ", or ".join(TAKEN_OVER_IF[way] for way in row.taken_over_if)
        calls = (call for call in row.calls or () if call.only_if is Condition.REGISTERED)
        is_updated = any(call.method == "PATCH" for call in calls)
        change = "a PATCH of what differs" if is_updated else "no change"
        yield f"if {ways}: taken over, with {change}"
    if row.lost:
        yield f"lost: {_shortened(printable(row.lost), LONGEST_BODY)}"


def _existing_registration(row: Row) -> Iterator[str]:
    kept = f"registration {row.external_did_sid} is retained (retain_on_delete)"
    if row.was_interrupted:
        yield "an earlier run released it and was interrupted"
        if any(call.method == "DELETE" and call.certain for call in row.calls or ()):
            yield "its DELETE is sent again and finds nothing"
    if row.may_release_existing:
        yield "if that run registered it again as it was, that registration is released"
    elif row.outcome is Outcome.REFUSED:
        command = "" if row.replaced_for else f" without CARRIERX_ADOPT={row.external_did_sid}"
        yield f"{kept}, and a number can be registered only once: up fails{command}"
    elif row.is_retained and not row.replaced_for:
        yield kept
    elif not row.was_interrupted and row.outcome is Outcome.REGISTERED and row.replaced_for:
        yield f"registration {row.external_did_sid} stays, outside the state"


def call_text(call: ReportedCall) -> str:
    """``PATCH /phonenumber/external_dids/SID {"name": "Sales"}``."""
    query = "&".join(f"{name}={value}" for name, value in call.query)
    text = f"{call.method} {call.path}{'?' if query else ''}{query}"
    if call.body is not None:
        text += f" {_shortened(_json_text(call.body), LONGEST_BODY)}"
    return printable(text)


def call_notes(call: ReportedCall) -> str:
    """What is not certain about a call; empty for nothing."""
    if call.only_if is not None:
        notes = [ONLY_IF[call.only_if]]
    else:
        notes = [] if call.certain else ["may be sent"]
        notes += ["may change after the read before it"] if call.after_a_read else []
    if call.unknown and call.body is not None:
        paths = ", ".join(path_text(path) for path in call.unknown[:MOST_CHANGES])
        notes.append(f"not known from the preview: {paths}")
    return "; ".join(notes)


def _diff(before: str, after: str) -> str:
    """``"Support" → "Sales"``, of two values that are JSON in one line, so that a person sees why.

    Code hosts show a run of spaces as one, some characters look like others or are invisible, and
    two long values may differ only behind the part that is shown.
    """
    if before != after and _visible(before) == _visible(after):
        before, after = _escaped(before), _escaped(after)
    first = 0
    if before[:LONGEST_VALUE] == after[:LONGEST_VALUE]:
        pairs = zip(before, after, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        first = max(0, same - _BEFORE_A_DIFFERENCE)
    one, other = (_shortened(text, first=first) for text in (before, after))
    # Between two texts that run from right to left the arrow would point the wrong way.
    turns = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in one + other)
    mark = _LEFT_TO_RIGHT_MARK if turns else ""
    return f"{one}{mark} → {mark}{other}"


def _shortened(text: str, longest: int = LONGEST_VALUE, first: int = 0) -> str:
    """The text, or that many characters of it from ``first`` on, and its length."""
    if len(text) <= longest:
        return text
    more = "…" if first + longest < len(text) else ""
    return f"{'…' if first else ''}{text[first : first + longest]}{more} ({len(text):,} characters)"


def _visible(text: str) -> str:
    return "".join(
        char
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) not in _INVISIBLE and char != _BRAILLE_BLANK
    )


def _escaped(text: str) -> str:
    """The text in ASCII, with JSON's escapes, and a dot for each space."""
    return "".join(char if char.isascii() else f"\\u{ord(char):04x}" for char in text).replace(
        " ", "·"
    )
