"""The report of a preview: numbers, calls, drift, verdict and exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.forms import as_json, sections_of
from carrierx_cli.report.messages import reasons_text
from carrierx_cli.report.model import Report, Row
from carrierx_cli.report.verdict import Risk, verdict_on
from carrierx_provider.pulumi_files.preview import PreviewError, read_preview
from tests.unit.outlines import error_of
from tests.unit.previews import (
    BASE,
    NUMBER,
    SID,
    TYPE,
    UNKNOWN,
    number,
    outputs_of,
    preview,
    step,
    urn,
)

ITEM = f"/phonenumber/external_dids/{SID}"
COLLECTION = "/phonenumber/external_dids"
SECRET = "[secret]"
OLD_SID = "9684eafa-e767-4b0e-acd7-d389cfa7b8c8"
ANOTHER = "+46700987655"


def report(*steps: dict[str, Any], **others: Any) -> Report:
    return analyze(read_preview(preview(*steps, **others)))


def only(*steps: dict[str, Any]) -> Row:
    (row,) = report(*steps).rows
    return row


def replaced(
    before: dict[str, Any], after: dict[str, Any], op: str = "replace", **old: Any
) -> dict[str, Any]:
    """A replace for every identity field that differs; ``old`` is for the state before it."""
    reasons = [name for name in ("phonenumber", "capabilities") if before[name] != after[name]]
    return step(op, "a", before, after, replaceReasons=reasons, old=old)


def calls(row: Row) -> list[tuple[str, str, Any, bool, list[str]]]:
    """The calls: method, path, body, whether certain, and which parts of the body are not known."""
    return [
        (call.method, call.path, call.body, call.certain, [".".join(p) for p in call.unknown])
        for call in row.calls or ()
    ]


def methods(row: Row) -> list[str]:
    return [call.method for call in row.calls or ()]


def verdict(reported: Report) -> tuple[Risk, str]:
    found = verdict_on(reported, ())
    return found.risk, found.line


def written(reported: Report) -> str:
    return as_json(reported, verdict_on(reported, ()), ())


OTHER = {"urn": urn("bucket", "aws:s3/bucket:Bucket"), "newState": {"type": "aws:s3/bucket:Bucket"}}
ERROR = {"diagnostics": [{"severity": "error", "message": "no"}, {"severity": "warning"}]}


@pytest.mark.parametrize(
    ("steps", "others", "risk", "line"),
    [
        ([], {}, Risk.NOTHING, "No change: no numbers"),
        ([step("same", "a", BASE, BASE)], {}, Risk.NOTHING, "No change: 1 number unchanged"),
        ([step("read", "a", BASE, {})], {"summary": {"same": 4}}, Risk.NOTHING,
         "No change: 1 number read only; 3 resources unchanged and not listed"),
        ([{"op": "same", **OTHER}], {}, Risk.NOTHING,
         "No change: no numbers; other resources: 1 unchanged"),
        ([{"op": "update", **OTHER}, step("same", "a", BASE, BASE)], {}, Risk.CHANGED,
         "Nothing is released: 1 number unchanged; other resources: 1 changed"),
        ([step("transmogrify", "a", BASE, BASE)], {}, Risk.CHANGED,
         "A number may be released: 1 number will be changed in a way that this report does not "
         "know"),
        ([], {"summary": {"same": 1, "update": 2}}, Risk.CHANGED,
         "Nothing is released: no number is listed; 2 resources changed and not listed"),
        ([], {"summary": {"delete": 1, "update": 2}}, Risk.RELEASED,
         "Numbers are released: no number is listed; 3 resources changed and not listed, 1 of "
         "them deleted or replaced (possibly a number)"),
        ([*(step("same", f"n{index}", BASE, BASE) for index in range(1203)),
          step("update", "u", BASE, number(name="New")),
          *(step("replace", name, BASE, number(capabilities=1)) for name in ("a", "b"))],
         {}, Risk.RELEASED,
         "Numbers are released: 2 numbers will be released and registered again, 1 updated, "
         "1,203 unchanged"),
        ([step("delete", "a", BASE, old={"retainOnDelete": True})], {}, Risk.CHANGED,
         "Nothing is released: 1 number will be removed from the state and left registered"),
        ([replaced(BASE, number(capabilities=1), retainOnDelete=True),
          step("update", "u", BASE, number(name="New"))], {}, Risk.FAILED,
         "The up fails: 1 number retained and not replaceable, 1 updated"),
        ([], ERROR, Risk.FAILED,
         "The preview failed: 1 error; the preview is incomplete; no numbers"),
    ],
)  # fmt: skip
def test_the_verdict_on_each_kind_of_step(
    steps: list[dict[str, Any]], others: dict[str, Any], risk: Risk, line: str
) -> None:
    """A step of an unknown kind is a change; resources of others are counted, not shown."""
    reported = report(*steps, **others)
    assert verdict(reported) == (risk, line)
    assert "bucket" not in written(reported)


def test_masked_secrets_may_differ_and_only_the_rest_is_certain() -> None:
    """Two masks look equal; the engine says that the number changes, and so does the report."""
    declared = {**BASE, "callback_url": SECRET, "attributes": {"key": SECRET, "team": "care"}}
    row = only(step("update", "a", declared, {**declared, "name": "New"}))
    assert [(".".join(c.path), c.before, c.after, c.certain) for c in row.changes] == [
        ("name", None, "New", True),
        ("callback_url", SECRET, SECRET, False),
        ("attributes.key", SECRET, SECRET, False),
    ]
    hidden = ["callback_url", "attributes"]
    body = {"name": "New", "callback_url": SECRET, "attributes": {"key": SECRET}}
    # A secret that is an object is merged with what exists below it.
    assert calls(row) == [("GET", ITEM, None, False, []), ("PATCH", ITEM, body, True, hidden)]
    alone = only(step("update", "a", declared, declared))
    assert calls(alone)[-1][3:] == (False, hidden)
    # If the engine says that the number stays the same, so do its secrets.
    assert verdict(report(step("same", "a", declared, declared)))[0] is Risk.NOTHING


@pytest.mark.parametrize(
    ("before", "after", "mask", "path", "now"),
    [
        (SECRET, None, {"gone_key": True}, "attributes", None),
        (SECRET, {"k": 1}, {"gone_key": {"t": True}}, "attributes", SECRET),
        ({"r": SECRET}, None, {"r": {"gone_key": True}}, "attributes.r", None),
        ({"r": SECRET}, {"r": {"k": 1}}, {"r": {"gone_key": True}}, "attributes.r", SECRET),
    ],
)
def test_a_secret_object_may_lose_keys(
    before: Any, after: Any, mask: dict[str, Any], path: str, now: str | None
) -> None:
    """The state says which keys it declared: they are cleared, if they are still there."""
    was, shall = number(attributes=before), number(**({"attributes": after} if after else {}))
    outputs = outputs_of(was, managed_fields={"attributes": mask})
    reported = report(step("update", "a", was, shall, outputs=outputs))
    (row,) = reported.rows
    assert [(".".join(c.path), c.before, c.after, c.certain) for c in row.changes] == [
        (path, SECRET, now, False)
    ]
    replacing = (("nested_objects", "replace"),)
    assert [(call.method, call.query, call.certain) for call in row.calls or ()] == [
        ("GET", (), False),
        ("PATCH", replacing, False),
    ]
    assert "gone_key" not in written(reported)


def test_a_secret_on_one_side_is_hidden_on_both() -> None:
    """A value that is plain in the state and a secret in the program is not shown."""
    before = {**BASE, "name": "plain-name", "attributes": {"k": ["plain-key"], "l": {"m": 1}}}
    after = {**BASE, "name": SECRET, "name_is_secret": True, "attributes": {"k": [SECRET]}}
    text = written(report(step("update", "a", before, after)))
    assert "plain-name" not in text
    assert "plain-key" not in text
    assert json.loads(text)["numbers"][0]["name"] == SECRET
    named = number(name="plain-name")
    gone = only(step("delete", "a", named, outputs=outputs_of(named, name_is_secret=True)))
    assert gone.name == SECRET
    # A number, also in the filter that looks for it.
    looked_up = only(replaced(number(phonenumber=SECRET), number(adopt_existing=True)))
    assert NUMBER not in str(looked_up)
    assert ("filter", SECRET) in (looked_up.calls or ())[0].query


def test_masked_capabilities_are_what_the_engine_says() -> None:
    """A replace names its reasons: without them equal masks would look like no change at all."""
    masked = {"phonenumber": SECRET, "capabilities": SECRET}
    row = only(step("replace", "a", masked, masked, replaceReasons=["capabilities"], old=PENDING))
    assert (row.outcome, row.phonenumber) == (AGAIN, SECRET)
    assert calls(row) == [
        ("GET", ITEM, None, True, []),
        ("DELETE", ITEM, None, True, []),
        ("POST", COLLECTION, masked, True, ["phonenumber", "capabilities"]),
    ]


def test_a_value_known_only_after_up_is_marked() -> None:
    """A value that may turn out to be the present one is no certain change or replace."""
    declared = number(string_key_1="x")
    row = only(step("update", "a", declared, {**declared, "string_key_1": UNKNOWN}))
    shown = "[known after up]"
    assert [(c.path, c.before, c.after, c.certain) for c in row.changes] == [
        (("string_key_1",), "x", shown, False)
    ]
    assert calls(row) == [("PATCH", ITEM, {"string_key_1": shown}, False, ["string_key_1"])]
    for field in ("capabilities", "account", "underlying_carrier_sid"):
        after = number(name="New", **{field: UNKNOWN})
        either = only(replaced(BASE, after, pendingReplacement=True))
        assert methods(either) == ["GET", "DELETE", "POST", "PATCH"]
        assert not any(call.certain for call in either.calls or ())


def test_what_is_cleared_is_read_first() -> None:
    """The read may find that somebody else has changed it, which the state may also know."""
    declared = number(callback_url="https://example.com/sms")
    row = only(step("update", "a", declared, BASE))
    body = {"callback_url": None}
    assert calls(row) == [("GET", ITEM, None, True, []), ("PATCH", ITEM, body, True, [])]
    assert [call.after_a_read for call in row.calls or ()] == [False, True]
    theirs = outputs_of(declared, managed_fields={"callback_url": False})
    kept = only(step("update", "a", declared, BASE, outputs=theirs))
    assert (kept.changes, kept.calls) == ((), ())


def test_a_preview_that_the_provider_ended_says_why() -> None:
    """Once for each of its errors; what other providers say is not shown."""
    said = "CarrierX cannot update that. Undo that change."
    own = f"CarrierXError: {NUMBER} (a: b): {said}\n"
    texts = {
        f"{NUMBER} (a: b)": f"{NUMBER} (a: b): {said}",
        SECRET: f"{SECRET}: {said}",
        "[no number named]": "support: capabilities: External DIDs never have voice",
    }
    messages = [
        *(f"error: CarrierXError: {text}\n" for text in texts.values()),
        f"error: update failed: {own}    \n",
        "error: bucket-secret",
    ]
    reported = report(
        diagnostics=[{"severity": "error", "message": message} for message in messages]
    )
    (section,) = sections_of(reported, ())
    assert [(entry.number, entry.why) for entry in section.entries] == [
        (number, text.removeprefix(f"{number}: ")) for number, text in texts.items()
    ]
    assert json.loads(written(reported))["errors"] == list(texts.values())


OTHER_NUMBER = number(phonenumber=ANOTHER)
RECEIVING = number(capabilities=1)
PENDING: dict[str, Any] = {"pendingReplacement": True}
ORDERED: dict[str, Any] = {"delete_before_replace": True}
KEPT: dict[str, Any] = {"retainOnDelete": True}
ONLY_READ: dict[str, Any] = {
    **step("replace", "a", BASE),
    "newState": {"type": TYPE, "id": OLD_SID, "external": True, "inputs": {}},
}
LEFT_PENDING = KEPT | PENDING
UP_FAILS = (
    f"registration {SID} is retained (retain_on_delete), and a number can be registered only once: "
    "up fails"
)
OWNED = {**BASE, "ownership": {"key": "managed_by", "owner": "numbers/dev/a"}}
BY_RECORD = (
    "if an earlier run of this resource registered it (ownership record): taken over, with a PATCH "
    "of what differs"
)
AGAIN, FOR_ANOTHER = "released_and_registered_again", "released_for_another"
LOST = f"lost: its SID {SID}, its messaging enablement"
CANNOT_UPDATE = "CarrierX cannot update"


@pytest.mark.parametrize(
    ("steps", "outcome", "made", "why"),
    [
        ([replaced(BASE, OTHER_NUMBER)], FOR_ANOTHER, "POST GET DELETE",
         f"{CANNOT_UPDATE} phonenumber; {LOST}"),
        # An option of the resource makes a replace of what would be no change.
        ([replaced(BASE, BASE, **PENDING)], AGAIN, "GET DELETE POST", LOST),
        ([replaced(BASE, OTHER_NUMBER, **KEPT)], "registered", "POST",
         f"{CANNOT_UPDATE} phonenumber; registration {SID} stays, outside the state"),
        # It counts at once if the program declares it, and until the state no longer has it.
        ([replaced(BASE, {**OTHER_NUMBER, "retain_on_delete": True})], "registered", "POST",
         f"{CANNOT_UPDATE} phonenumber; registration {SID} stays, outside the state"),
        ([replaced(BASE, RECEIVING, **KEPT)], "refused", "POST",
         f"{CANNOT_UPDATE} capabilities; {UP_FAILS}"),
        ([replaced(OWNED, {**OWNED, "capabilities": 1, "adopt_existing": True}, **KEPT)],
         "refused", "GET", f"{CANNOT_UPDATE} capabilities; {UP_FAILS}"),
        ([replaced(BASE, number(capabilities=UNKNOWN), **KEPT)], "refused", "POST",
         f"{CANNOT_UPDATE} capabilities; values known only after up may turn out equal; then it "
         f"is not replaced; {UP_FAILS}"),
        ([replaced(BASE, number(phonenumber=UNKNOWN), **KEPT)], "registered", "POST",
         f"{CANNOT_UPDATE} phonenumber; values known only after up may turn out equal; then it is "
         f"not replaced; registration {SID} stays, outside the state"),
        # An up that failed for it has left it so; then the program is as it was before.
        ([replaced(OWNED, {**OWNED, "capabilities": 1}, **LEFT_PENDING),
          replaced(OWNED, {**OWNED, "capabilities": 1}, "create-replacement", **LEFT_PENDING)],
         "refused", "POST", f"{CANNOT_UPDATE} capabilities; {UP_FAILS}"),
        *(([replaced(declared, declared, "create-replacement", **LEFT_PENDING),
            replaced(declared, declared, **LEFT_PENDING),
            step("delete-replaced", "a", declared, old=LEFT_PENDING)], "refused", made,
           f"{UP_FAILS} without CARRIERX_ADOPT={SID}")
          for declared, made in ((BASE, "POST"), (number(adopt_existing=True), "GET"))),
        ([replaced(OWNED, OWNED, "create-replacement", **LEFT_PENDING),
          replaced(OWNED, OWNED, **LEFT_PENDING),
          step("delete-replaced", "a", OWNED, old=LEFT_PENDING)],
         "registered", "POST GET GET PATCH",
         f"registration {SID} is retained (retain_on_delete); {BY_RECORD}"),
        ([replaced(BASE, number(capabilities=UNKNOWN), **PENDING)], AGAIN, "GET DELETE POST",
         f"{CANNOT_UPDATE} capabilities; values known only after up may turn out equal; then "
         f"nothing is released; {LOST}"),
        # Only the second half is listed: an earlier run was interrupted between the two.
        ([replaced(BASE, RECEIVING, **PENDING),
          replaced(BASE, RECEIVING, "create-replacement", **PENDING)], "registered", "POST",
         f"{CANNOT_UPDATE} capabilities; an earlier run released it and was interrupted"),
        # Then declared as before: the engine registers, and deletes what is gone already.
        ([replaced(BASE, BASE, "create-replacement", **PENDING),
          replaced(BASE, BASE, **PENDING),
          step("delete-replaced", "a", BASE, old=PENDING)], "registered", "POST GET DELETE",
         "an earlier run released it and was interrupted; its DELETE is sent again and finds "
         "nothing"),
        ([step("delete-replaced", "a", BASE, old=PENDING),
          replaced(BASE, OTHER_NUMBER, **PENDING),
          replaced(BASE, OTHER_NUMBER, "create-replacement", **PENDING)],
         FOR_ANOTHER, "GET DELETE POST", f"{CANNOT_UPDATE} phonenumber; {LOST}"),
        # With the option among the inputs, as the SDK passes it on, the number is read first.
        ([step("delete-replaced", "a", BASE, old=PENDING),
          replaced(BASE, OTHER_NUMBER | ORDERED, **PENDING),
          replaced(BASE, OTHER_NUMBER | ORDERED, "create-replacement", **PENDING)],
         FOR_ANOTHER, "GET DELETE POST", f"{CANNOT_UPDATE} phonenumber; {LOST}"),
        ([replaced(OWNED, {**OWNED, **ORDERED, "phonenumber": ANOTHER}, **PENDING)], FOR_ANOTHER,
         "GET DELETE POST GET GET PATCH",
         f"{CANNOT_UPDATE} phonenumber; {BY_RECORD}; {LOST}"),
        ([replaced(BASE, OTHER_NUMBER, "create-replacement"),
          replaced(BASE, OTHER_NUMBER),
          step("delete-replaced", "a", BASE)],
         FOR_ANOTHER, "POST GET DELETE", f"{CANNOT_UPDATE} phonenumber; {LOST}"),
        # Its resource becomes one that only reads another number.
        *((steps, "released", "DELETE",
           f"its resource becomes ExternalDID.get of another SID; {LOST}")
          for steps in ([ONLY_READ], [ONLY_READ | {"op": "read-replacement"}, ONLY_READ,
                                      step("delete-replaced", "a", BASE)])),
        ([ONLY_READ | {"oldState": {**ONLY_READ["oldState"], **KEPT}}], "forgotten", "",
         "stays registered, but no stack manages it any more"),
        ([step("delete-replaced", "a", BASE)], "released", "DELETE",
         f"left over from an interrupted replace; {LOST}"),
        ([step("delete", "a", BASE)], "released", "DELETE",
         f"the program no longer declares it; {LOST}"),
        *(([step(op, "a", BASE, old=LEFT_PENDING)], "forgotten", "",
           "stays registered, but no stack manages it any more")
          for op in ("delete", "delete-replaced", "remove-pending-replace")),
        ([step("odd", "a", BASE, BASE)], "not_known", "", "the engine's step: odd"),
        # The engine only forgets it: what an earlier run released is not said to stay registered.
        ([step("remove-pending-replace", "a", BASE, old=PENDING)], "forgotten", "",
         "an earlier run released it and was interrupted; if that run registered it again, it "
         "stays registered, but no stack manages it any more"),
    ],
)  # fmt: skip
def test_what_happens_to_a_number_and_why(
    steps: list[dict[str, Any]], outcome: str, made: str, why: str
) -> None:
    """In the engine's order, which options of the resource and interrupted runs change."""
    row = only(*steps)
    assert (row.outcome, " ".join(methods(row)), reasons_text(row)) == (outcome, made, why)


OLD_NAME, NEW_NAME = number(account="old"), number(account="new")


@pytest.mark.parametrize(
    ("op", "before", "after", "reasons", "outcome", "made", "replaced_for"),
    [
        ("update", OLD_NAME, NEW_NAME, [], "updated", "", ()),
        ("update", BASE, NEW_NAME, [], "updated", "", ()),
        ("replace", OLD_NAME, NEW_NAME | RECEIVING, ["capabilities"], AGAIN,
         "GET DELETE POST", ("capabilities",)),
        ("replace", OLD_NAME, NEW_NAME, ["account"], AGAIN, "GET DELETE POST", ("account",)),
    ],
)  # fmt: skip
def test_another_name_of_the_same_account_is_what_the_engine_says(
    op: str,
    before: dict[str, Any],
    after: dict[str, Any],
    reasons: list[str],
    outcome: str,
    made: str,
    replaced_for: tuple[str, ...],
) -> None:
    """The settings, which tell whether it is the same account, are not in a preview."""
    row = only(step(op, "a", before, after, replaceReasons=reasons, old=PENDING))
    assert (row.outcome, " ".join(methods(row)), row.replaced_for) == (outcome, made, replaced_for)
    assert (("account",), before.get("account"), "new") in [
        (change.path, change.before, change.after) for change in row.changes
    ]


@pytest.mark.parametrize(
    ("op", "outcome", "risk"),
    [
        ("update", "updated", Risk.CHANGED),
        ("replace", AGAIN, Risk.RELEASED),
        ("delete", "released", Risk.RELEASED),
        ("create", "registered", Risk.CHANGED),
    ],
)
def test_what_cannot_be_planned_is_what_the_engine_says(op: str, outcome: str, risk: Risk) -> None:
    """A state that this provider did not write never makes a change look smaller."""
    odd = {"phonenumber": ["x"], "attributes": 1}
    reported = report(step(op, "a", odd, None if op == "delete" else odd, old={"id": "a/b"}))
    (row,) = reported.rows
    assert (row.outcome, row.calls, verdict(reported)[0]) == (outcome, None, risk)
    assert sections_of(reported, ())[0].entries[0].no_calls == "not known"


def test_the_halves_of_a_replace_are_one_number_and_an_old_one_is_another() -> None:
    """What an earlier run left to be deleted has another ID, and is released by this one."""
    reported = report(
        step("delete-replaced", "a", BASE),
        replaced(BASE, RECEIVING),
        replaced(BASE, RECEIVING, "create-replacement"),
        step("delete-replaced", "a", BASE, old={"id": OLD_SID}),
    )
    assert [(row.outcome, row.external_did_sid) for row in reported.rows] == [
        ("released", OLD_SID),
        ("released_and_registered_again", SID),
    ]


FOUND = f"{COLLECTION}/{{external_did_sid}}"
TAKE_OVER = "GET SID if registered, PATCH SID if registered"
BY_POST = f"POST, GET if registered, {TAKE_OVER}"


def conditions(row: Row) -> str:
    """Each call, and the condition on which it is made."""
    return ", ".join(
        f"{call.method}{' SID' if call.path == FOUND else ''}"
        + (f" if {call.only_if}" if call.only_if else "")
        for call in row.calls or ()
    )


@pytest.mark.parametrize(
    ("inputs", "named_sids", "made", "why"),
    [
        (BASE, [], "POST", ""),
        (number(adopt_existing=True), [], "GET, POST if free, GET SID if registered",
         "if the number is already registered (adopt_existing): taken over, with no change"),
        ({**OWNED, "adopt_existing": True}, [], f"GET, POST if free, {TAKE_OVER}",
         "if the number is already registered (adopt_existing), or an earlier run of this "
         "resource registered it (ownership record): taken over, with a PATCH of what differs"),
        (OWNED, [], BY_POST, BY_RECORD),
        (number(name="Support"), [SID], BY_POST,
         "if CARRIERX_ADOPT names its SID: taken over, with a PATCH of what differs"),
    ],
)  # fmt: skip
def test_a_number_that_may_already_be_registered_is_registered_or_taken_over(
    inputs: dict[str, Any], named_sids: list[str], made: str, why: str
) -> None:
    """If a setting lets ``up`` take over what exists, the report has both ways."""
    text = preview(step("create", "a", None, inputs))
    reported = analyze(read_preview(text), named_sids=named_sids)
    (row,) = reported.rows
    assert conditions(row) == made
    assert all(call.certain is (call.only_if is None) for call in row.calls or ())
    ((entry,),) = (section.entries for section in sections_of(reported, ()))
    assert entry.why == why
    # The calls of a take-over are described in words, not beside the calls of the registration.
    assert [note for _, note in entry.calls] == [
        "only if the number is not registered yet" if call.endswith("free") else ""
        for call in made.split(", ")
        if not call.endswith("if registered")
    ]


def test_a_take_over_is_the_update_that_up_plans() -> None:
    """It sends at most everything that is declared, and the record; of these, only what differs."""
    declared = {**OWNED, "name": "Support", "attributes": {"team": "care", "routing": {"q": 1}}}
    row = only(step("create", "a", None, declared))
    attributes = {"team": "care", "routing": {"q": 1}, "managed_by": "numbers/dev/a"}
    body = {"name": "Support", "attributes": attributes}
    assert calls(row)[-1] == ("PATCH", FOUND, body, False, ["name", "attributes"])
    assert (row.calls or ())[-1].after_a_read


def test_what_an_interrupted_replace_registered_again_is_released() -> None:
    """A refused replace registered the number as it was: with ownership, up releases that."""
    before = {**OWNED, "name": "Support"}
    after = {**before, "capabilities": 1}

    def interrupted(after: dict[str, Any]) -> Report:
        return report(
            replaced(before, after, **PENDING),
            replaced(before, after, "create-replacement", **PENDING),
        )

    reported = interrupted(after)
    (row,) = reported.rows
    assert conditions(row) == (
        f"{BY_POST}, DELETE SID if registered_otherwise, POST if registered_otherwise"
    )
    (section,) = sections_of(reported, ())
    assert (verdict(reported)[0], section.is_open) == (Risk.RELEASED, True)
    (entry,) = section.entries
    assert entry.why == (
        "CarrierX cannot update capabilities; an earlier run released it and was interrupted; if "
        f"that run registered it again as it was, that registration is released; {BY_RECORD}"
    )
    note = "only if the number is already registered and cannot be updated to this"
    assert [found for _, found in entry.calls] == ["", note, note]
    (reverted,) = interrupted(before).rows
    assert (reverted.outcome, conditions(reverted)) == ("registered", BY_POST)


def test_a_rename_that_adopts_releases_nothing() -> None:
    """The new resource takes the registration over, so the delete of the old one leaves it."""
    old = step("delete", "old", BASE)
    adopting = step("create", "new", None, number(adopt_existing=True))
    reported = report(old, adopting)
    assert verdict(reported)[1] == (
        "Nothing is released: 1 number will be registered, 1 removed from the state and left "
        "registered"
    )
    (entry,) = sections_of(reported, ())[1].entries
    assert (entry.why, entry.calls) == ("stays registered: new takes it over", ())
    text = preview(old, step("create", "new", None, BASE))
    for named, risk in (([], Risk.RELEASED), ([OLD_SID], Risk.RELEASED), ([SID], Risk.CHANGED)):
        assert verdict(analyze(read_preview(text), named_sids=named))[0] is risk


DRIFTED = "Drifted: changed at CarrierX by somebody else"


def test_drift_is_separate_from_intended_change() -> None:
    """What somebody else changed or released, and whether it is undone, has its own section."""
    declared = {**BASE, "name": "Support", "attributes": {"team": "care"}}
    drifted = {**declared, "name": "Drifted"}
    found = outputs_of(drifted, attributes={"team": "care", "theirs": 1},
                       managed_fields=outputs_of(declared)["managed_fields"])  # fmt: skip
    reported = report(
        *(step("refresh", name, declared, declared) for name in "abcd"),
        step("update", "a", drifted, declared, outputs=found),
        step("update", "b", drifted, {**declared, "string_key_1": "x"}, outputs=found),
        step("create", "c", None, declared),
        step("same", "d", declared, declared),
    )
    assert verdict(reported)[1] == (
        "Nothing is released: 1 number will be registered, 2 updated, 1 unchanged; 3 numbers have "
        "drifted, 2 changes only undo drift"
    )
    sections = {
        section.heading: [(entry.resource, entry.changes) for entry in section.entries]
        for section in sections_of(reported, ())
    }
    undone = 'name: "Drifted" → "Support" (undoes drift)'
    values = (
        "attributes.theirs: not set → 1 (not declared by the program: left alone)",
        'name: "Support" → "Drifted"',
    )
    registered = ("capabilities: 3 (receive_sms, send_sms)", 'name: "Support"',
                  'attributes.team: "care"')  # fmt: skip
    assert sections == {
        "Updated": [("b", (undone, 'string_key_1: not set → "x"'))],
        "Changed only to undo drift": [("c", registered), ("a", (undone,))],
        DRIFTED: [("a", values), ("b", values), ("c", ("released: CarrierX no longer has it",))],
    }


def test_what_has_drifted_before_is_still_declared() -> None:
    """Also where somebody else has put an object in place of a declared value."""
    declared = number(attributes={"s": "ours"})
    state, found = (
        outputs_of(number(attributes={"s": {"k": n}}), managed_fields={"attributes": {"s": False}})
        for n in (1, 2)
    )
    reported = report(
        step("refresh", "a", declared, declared, outputs=state),
        step("update", "a", declared, declared, outputs=found),
    )
    assert [(v.path, v.managed) for v in reported.drifts[0].values] == [
        (("attributes", "s", "k"), True)
    ]


def test_a_number_renamed_by_an_alias_has_drifted_under_its_old_name() -> None:
    """The refresh comes before the program, so it has the URN of the state."""
    declared, drifted = number(name="Support"), number(name="Else")
    found = outputs_of(drifted, managed_fields=outputs_of(declared)["managed_fields"])
    renamed = {"old": {"urn": urn("old")}}
    reported = report(
        step("refresh", "old", declared, declared, **renamed),
        step("update", "new", drifted, declared, outputs=found, **renamed),
    )
    assert verdict(reported)[1] == (
        "Nothing is released: 1 number will be updated; 1 number has drifted, 1 change only undoes "
        "drift"
    )


def test_a_masked_change_is_not_said_to_undo_a_masked_drift() -> None:
    """That both are secret does not make them the same value."""
    declared = number(callback_url=SECRET)
    found = outputs_of({**declared, "callback_url": "https://drifted.example/"})
    reported = report(
        step("refresh", "a", declared, declared),
        step("update", "a", declared, declared, outputs=found),
    )
    assert [section.heading for section in sections_of(reported, ())] == ["Updated", DRIFTED]
    assert "drifted.example" not in written(reported)


def test_without_its_unchanged_resources_a_preview_does_not_say_who_is_gone() -> None:
    """A refreshed number without another step is gone only if every other one is listed."""
    refresh = step("refresh", "a", BASE, BASE)
    assert [drift.released for drift in report(refresh).drifts] == [True]
    assert report(refresh, summary={"same": 2}).drifts == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("attributes", odd) for odd in ("x", {"a": {"b": "x"}})),
        *(("capabilities", odd) for odd in (float("nan"), float("inf"), 10**30, "3", None)),
    ],
)
def test_invalid_values_end_no_report(field: str, value: Any) -> None:
    """Those of a program that the provider has yet to check, or of a state written by hand."""
    odd = number(**{field: value})
    for one_step in (
        step("create", "a", None, odd),
        step("update", "a", odd, BASE),
        step("update", "a", BASE, odd),
        replaced(BASE, {**odd, "account": UNKNOWN}),
    ):
        reported = report(one_step)
        assert len(json.loads(written(reported))["numbers"]) == 1
        assert sections_of(reported, ())[0].entries
    assert only(step("create", "a", None, odd)).outcome == "registered"


def test_the_order_does_not_depend_on_the_engines() -> None:
    """The engine lists steps as they come; the report by outcome and number."""
    steps = [
        step("create", f"n{index}", None, number(phonenumber=f"+4670098760{index}"))
        for index in range(5)
    ]
    assert written(report(*steps)) == written(report(*reversed(steps)))


def test_the_shape_of_the_json() -> None:
    """Every key is there, whatever the preview."""
    change = {"field": "name", "before": None, "after": "New"}
    call = {"method": "PATCH", "path": ITEM, "query": {}, "body": {"name": "New"}}
    resource = {
        "resource": "support",
        "urn": urn("support"),
        "fate": "updated",
        "number": NUMBER,
        "name": "New",
        "external_did_sid": SID,
        **dict.fromkeys(("new_number", "account", "lost", "taken_over_by")),
        "replaced_for": [],
        "taken_over_if": [],
        "only_undoes_drift": False,
        "changes": [{**change, "certain": True, "undoes_drift": False}],
        "calls": [
            {**call, "certain": True, "only_if": None, "after_a_read": False, "not_told": []}
        ],
    }
    others = ("released", AGAIN, FOR_ANOTHER, "refused", "not_known", "registered")
    reported = report(step("update", "support", BASE, number(name="New")))
    assert json.loads(written(reported)) == {
        "format": 1,
        "project": "numbers",
        "stack": "dev",
        "verdict": "Nothing is released: 1 number will be updated",
        "risk": "changed",
        "mistakes": 0,
        "errors": [],
        "counts": {
            **dict.fromkeys((*others, "forgotten", "read", "unchanged"), 0),
            "updated": 1,
        },
        "other_resources": {},
        "not_listed": {},
        "violations": [],
        "numbers": [resource],
        "drifted": [],
    }


WHOLE = json.dumps(json.loads(preview(step("delete", "support", BASE))), indent=4)
EMPTY = (
    "the preview is empty: the engine failed before it ran the program, and the standard error of "
    "`pulumi preview --json` says why"
)
BREAKS_OFF = (
    "the preview breaks off in line 27: run `pulumi preview --json` again, and keep all that it "
    "prints"
)
KEEP_OUT = "keep standard error and other output out of it"
EVENT = '{"sequence": 0, "timestamp": 1, "preludeEvent": {"config": {}}}'
EVENTS = (
    "these are the engine's events, one a line, not a preview: set "
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW=false and run `pulumi preview --json` again"
)
PART = (
    "the JSON in line {line} looks like a preview, but is indented or is a part of other JSON: "
    "keep all that `pulumi preview --json` prints, and nothing else"
)
NO_OBJECT = "this is not the output of `pulumi preview --json`: it has no object with steps"
TOO_DEEP = "the preview is nested too deeply to read"
DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
NO_PREVIEW = "this JSON is not a preview: make it with `pulumi preview --json`"


@pytest.mark.parametrize("whole", [WHOLE, preview(step("delete", "support", BASE))])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("warning: {} is old\n", "\nPolicies: {ok}\n"),
        ("Enter your passphrase: ", ""),
        ('{"level": "info", "duration": 3}\n', " {}\n{\n"),
    ],
)
def test_a_preview_is_found_between_other_output(whole: str, before: str, after: str) -> None:
    """Of policies, of a prompt, of what else a job writes; with either line end."""
    for text in (f"{before}{whole}{after}", f"{before}{whole}{after}".replace("\n", "\r\n")):
        assert read_preview(text) == read_preview(whole)


LIKE_A_PREVIEW = preview(
    step("same", "support", BASE, number(attributes={"a": [{"config": {}, "duration": 1}]})),
    step("same", "sales", BASE, number(attributes={"config": {}, "duration": 1})),
)


@pytest.mark.parametrize(
    "whole", [LIKE_A_PREVIEW, json.dumps(json.loads(LIKE_A_PREVIEW), indent=4)]
)
def test_no_part_of_a_preview_is_taken_for_the_whole(whole: str) -> None:
    """Wherever it is cut off: a report of a part would say that less happens."""
    for place in range(1, len(whole)):
        for part in (whole[:place], whole[place:]):
            with pytest.raises(PreviewError):
                read_preview(part)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" \n", EMPTY),
        ("{}\n", EMPTY),
        ("{}\nerror: project 'main' could not be read: no such file\n",
         "the preview is empty: pulumi: project 'main' could not be read: no such file"),
        ("error: no stack\n{}\n", "the preview is empty: pulumi: no stack"),
        (f"{{}}\nerror: {'x' * 2000}\n", f"the preview is empty: pulumi: {'x' * 1000}"),
        ("[" * 100_000, TOO_DEEP),
        (f'warning: old\n{{"steps": {DEEP}}}', TOO_DEEP),
        (f'{{"duration": {"9" * 5000}}}', NO_OBJECT),
        ("CARRIERX_TOKEN=a-secret\n", NO_OBJECT),
        ("\nPreviewing update (dev)\n",
         'this is not the output of `pulumi preview --json`: it begins with "Previewing update '
         '(dev)"'),
        (WHOLE[:-20], BREAKS_OFF),
        (f"warning: {{}}\n{WHOLE[:400]}", BREAKS_OFF.replace("27", "13")),
        (WHOLE.replace("\n", "\nwarning: old plugin\n", 1),
         'the preview is not JSON in line 2, which begins with "warning: old plugin": '
         f"{KEEP_OUT}"),
        (WHOLE.replace("\n", "\nCARRIERX_TOKEN=a-secret\n", 1),
         f"the preview is not JSON in line 2: {KEEP_OUT}"),
        (WHOLE.replace('"same"', 'error: "same"'),
         f"the preview is not JSON in line 4: {KEEP_OUT}"),
        (WHOLE.replace('::support"', "::support"),
         f"the preview is not JSON in line 9: {KEEP_OUT}"),
        (f"{WHOLE}\n{WHOLE}",
         "there are 2 previews, which begin in the lines 1, 30: keep one of them"),
        (EVENT, EVENTS),
        (f"\n{EVENT}\n{EVENT}\n", EVENTS),
        ('{"steps": [], "changeSummary": {"update": 1e999}}',
         "cannot read the preview: a step or its summary does not have the form that `pulumi "
         "preview --json` prints. Make it again with Pulumi 3.200.0 or newer"),
        ("\n".join(f"18:00 {line}" for line in WHOLE.splitlines()),
         f"the preview is not JSON in line 2: {KEEP_OUT}"),
        ('{\n{"a": ?\n' * 100_000, f"the preview is not JSON in line 2: {KEEP_OUT}"),
        (f'{{"a":"{"x" * 999}"}}\n{{"a": ?', f"the preview is not JSON in line 2: {KEEP_OUT}"),
        (f'{{"a":"{"x" * 999}"?\n{{"a": ?', f"the preview is not JSON in line 1: {KEEP_OUT}"),
        ('{"steps": [], "duration": 1}\n' * 12,
         "there are 12 previews, which begin in the lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …: keep "
         "one of them"),
        (f"job:\n  {WHOLE}".replace("\n", "\n  "), PART.format(line=2)),
        ('{"steps": [], "duration": 1}, done', PART.format(line=1)),
        ("[]", NO_PREVIEW),
        ('{"version": 3}', NO_PREVIEW),
        (json.dumps({"steps": [{"op": "refresh", "urn": urn("s", "pulumi:pulumi:Stack")}]}),
         "this is the preview of a refresh, which does not say what has drifted: make it with "
         "`pulumi preview --refresh --json --show-sames --show-replacement-steps`"),
    ],
)  # fmt: skip
def test_what_is_no_preview_is_refused_in_one_line(text: str, line: str) -> None:
    """Nothing that cannot be read is taken for a preview without changes."""
    assert error_of(PreviewError, read_preview, text) == line
