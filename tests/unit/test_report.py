"""What a preview comes to: numbers, calls, drift, verdict and exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from carrierx_cli.report.json_form import as_json
from carrierx_cli.report.messages import reasons_text
from carrierx_cli.report.model import Contents, contents_of
from carrierx_cli.report.sections import sections_of
from carrierx_cli.report.verdict import Risk, exit_code, verdict_on
from carrierx_provider.pulumi_files.preview import PreviewError, read_preview
from tests.unit.previews import NUMBER, SID, STATED, UNKNOWN, outputs_of, preview, step, urn

if TYPE_CHECKING:
    from carrierx_cli.report.analyze import NumberReport

ITEM = f"/phonenumber/external_dids/{SID}"
COLLECTION = "/phonenumber/external_dids"
SECRET = "[secret]"
OLD_SID = "9684eafa-e767-4b0e-acd7-d389cfa7b8c8"


def contents(*steps: dict[str, Any], **others: Any) -> Contents:
    return contents_of(read_preview(preview(*steps, **others)))


def only(*steps: dict[str, Any]) -> NumberReport:
    (number,) = contents(*steps).numbers
    return number


def calls(number: NumberReport) -> list[tuple[str, str, Any, bool, list[str]]]:
    """The calls: method, path, body, whether certain, and what of the body is not told."""
    return [
        (call.method, call.path, call.body, call.certain, [".".join(p) for p in call.not_told])
        for call in number.calls or ()
    ]


def methods(number: NumberReport) -> list[str]:
    return [call.method for call in number.calls or ()]


def changes(number: NumberReport) -> list[tuple[str, Any, Any, bool]]:
    return [(".".join(c.path), c.before, c.after, c.certain) for c in number.changes]


def verdict(*steps: dict[str, Any], **others: Any) -> tuple[Risk, str]:
    told = verdict_on(contents(*steps, **others), ())
    return told.risk, told.line


def test_a_verdict_has_exact_counts_and_the_gravest_comes_first() -> None:
    """Each fate is counted, in order of gravity, and numbers in the thousands are legible."""
    same = [step("same", f"n{index}", STATED, STATED) for index in range(1203)]
    renamed = {**STATED, "name": "New"}
    told = verdict(
        *same,
        *(step("update", f"u{index}", STATED, renamed) for index in range(14)),
        step(
            "replace", "a", STATED, {**STATED, "capabilities": 1}, replaceReasons=["capabilities"]
        ),
        step(
            "replace", "b", STATED, {**STATED, "capabilities": 1}, replaceReasons=["capabilities"]
        ),
    )
    assert told == (
        Risk.RELEASED,
        "Numbers are released: 2 numbers will be released and registered again, 14 updated, 1,203 "
        "unchanged",
    )


OTHER = {"urn": urn("bucket", "aws:s3/bucket:Bucket"), "newState": {"type": "aws:s3/bucket:Bucket"}}


@pytest.mark.parametrize(
    ("steps", "others", "risk", "line"),
    [
        ([], {}, Risk.NOTHING, "No change: no numbers"),
        (
            [step("same", "a", STATED, STATED)],
            {},
            Risk.NOTHING,
            "No change: 1 number unchanged",
        ),
        (
            [step("read", "a", STATED, {})],
            {"summary": {"same": 4}},
            Risk.NOTHING,
            "No change: 1 number read only; 3 resources unchanged and not listed",
        ),
        (
            [{"op": "same", **OTHER}],
            {},
            Risk.NOTHING,
            "No change: no numbers; other resources: 1 unchanged",
        ),
        (
            [{"op": "update", **OTHER}, step("same", "a", STATED, STATED)],
            {},
            Risk.CHANGED,
            "Nothing is released: 1 number unchanged; other resources: 1 changed",
        ),
        (
            [{"op": "transmogrify", **OTHER}],
            {},
            Risk.CHANGED,
            "Nothing is released: no numbers; other resources: 1 changed",
        ),
        (
            [step("transmogrify", "a", STATED, STATED)],
            {},
            Risk.CHANGED,
            "It is not known whether a number is released: 1 number will be changed in a way that "
            "this report cannot tell",
        ),
        (
            [],
            {"summary": {"same": 1, "update": 2}},
            Risk.CHANGED,
            "Nothing is released: no number is listed; 2 resources changed and not listed",
        ),
        (
            [],
            {"summary": {"delete": 1, "update": 2}},
            Risk.RELEASED,
            "Numbers are released: no number is listed; 3 resources changed and not listed, of "
            "which 1 is deleted or replaced, which may be a number",
        ),
        (
            [step("create", "a", None, STATED)],
            {},
            Risk.CHANGED,
            "Nothing is released: 1 number will be registered",
        ),
        (
            [step("delete", "a", STATED)],
            {},
            Risk.RELEASED,
            "Numbers are released: 1 number will be released",
        ),
        (
            [step("delete", "a", STATED, old={"retainOnDelete": True})],
            {},
            Risk.CHANGED,
            "Nothing is released: 1 number will be taken out of the state and left registered",
        ),
        (
            [],
            {"diagnostics": [{"severity": "error", "message": "no"}, {"severity": "warning"}]},
            Risk.FAILED,
            "The preview failed: 1 error, so that this is not the whole; no numbers",
        ),
    ],
)
def test_what_each_kind_of_step_comes_to(
    steps: list[dict[str, Any]], others: dict[str, Any], risk: Risk, line: str
) -> None:
    """A step of an unknown kind is a change; resources of others are counted, not shown."""
    told = contents(*steps, **others)
    verdict = verdict_on(told, ())
    assert (verdict.risk, verdict.line) == (risk, line)
    assert "bucket" not in as_json(told, verdict, ())


@pytest.mark.parametrize(
    ("risk", "changed", "released", "violated"),
    [
        (Risk.NOTHING, 0, 0, 0),
        (Risk.CHANGED, 2, 0, 0),
        (Risk.RELEASED, 3, 3, 0),
        (Risk.VIOLATED, 4, 4, 4),
        (Risk.FAILED, 1, 1, 1),
    ],
)
def test_exit_codes(risk: Risk, changed: int, released: int, violated: int) -> None:
    """--fail-on lets pass what is less grave, and never a preview that failed."""
    codes = [exit_code(risk, on) for on in (Risk.CHANGED, Risk.RELEASED, Risk.VIOLATED)]
    assert codes == [changed, released, violated]


def test_masked_secrets_may_differ_and_what_is_certain_is_told_apart() -> None:
    """Two masks look equal; the engine says that the number changes, and the report with it."""
    stated = {**STATED, "callback_url": SECRET, "attributes": {"key": SECRET, "team": "care"}}
    number = only(step("update", "a", stated, {**stated, "name": "New"}))
    assert changes(number) == [
        ("name", None, "New", True),
        ("callback_url", SECRET, SECRET, False),
        ("attributes.key", SECRET, SECRET, False),
    ]
    body = {"name": "New", "callback_url": SECRET, "attributes": {"key": SECRET}}
    assert calls(number) == [
        # A secret that is an object is merged with what stands below it.
        ("GET", ITEM, None, False, []),
        ("PATCH", ITEM, body, True, ["callback_url", "attributes"]),
    ]
    alone = only(step("update", "a", stated, stated))
    assert calls(alone)[-1][3:] == (False, ["callback_url", "attributes"])


def test_equal_masks_of_what_stays_the_same_are_no_change() -> None:
    """Where the engine says that the number stays the same, its secrets do too."""
    stated = {**STATED, "callback_url": SECRET}
    told = contents(step("same", "a", stated, stated))
    assert verdict_on(told, ()).risk is Risk.NOTHING


def test_a_secret_on_one_side_is_hidden_on_both() -> None:
    """A value that the state has in plain, and the program states as a secret, is not shown."""
    before = {**STATED, "name": "plain-name", "attributes": {"k": ["plain-key"], "l": {"m": 1}}}
    after = {**STATED, "name": SECRET, "name_is_secret": True, "attributes": {"k": [SECRET]}}
    told = contents(step("update", "a", before, after))
    written = as_json(told, verdict_on(told, ()), ())
    assert "plain-name" not in written
    assert "plain-key" not in written
    assert json.loads(written)["numbers"][0]["name"] == SECRET
    named = {**STATED, "name": "plain-name"}
    gone = only(step("delete", "a", named, outputs=outputs_of(named, name_is_secret=True)))
    assert gone.name == SECRET


def test_masked_capabilities_are_what_the_engine_says() -> None:
    """A replace names its reasons: without them equal masks would look like no change at all."""
    stated = {**STATED, "phonenumber": SECRET, "capabilities": SECRET}
    number = only(
        step("replace", "a", stated, stated, replaceReasons=["capabilities"],
             old={"pendingReplacement": True})
    )  # fmt: skip
    assert (number.fate, number.phonenumber) == ("released_and_registered_again", SECRET)
    assert calls(number) == [
        ("GET", ITEM, None, True, []),
        ("DELETE", ITEM, None, True, []),
        (
            "POST",
            COLLECTION,
            {"phonenumber": SECRET, "capabilities": SECRET},
            True,
            ["phonenumber", "capabilities"],
        ),
    ]


@pytest.mark.parametrize(
    ("before", "after"), [(SECRET, "+46700987655"), (NUMBER, SECRET), (SECRET, SECRET)]
)
def test_a_masked_number_that_the_engine_replaces_is_another_one(before: str, after: str) -> None:
    """So the new one is registered before the old one is released, and nothing is read first."""
    number = only(
        step("replace", "a", {**STATED, "phonenumber": before}, {**STATED, "phonenumber": after},
             replaceReasons=["phonenumber"])
    )  # fmt: skip
    assert (number.fate, methods(number)) == ("released_for_another", ["POST", "DELETE"])
    assert all(call.certain for call in number.calls or ())
    assert NUMBER not in str(number.calls)


def test_what_is_known_only_after_up_is_marked() -> None:
    """A value that may turn out to stand already is no certain change, nor a certain replace."""
    stated = {**STATED, "string_key_1": "x"}
    number = only(step("update", "a", stated, {**stated, "string_key_1": UNKNOWN}))
    assert changes(number) == [("string_key_1", "x", "[known after up]", False)]
    assert calls(number) == [
        ("PATCH", ITEM, {"string_key_1": "[known after up]"}, False, ["string_key_1"])
    ]
    replaced = only(
        step("replace", "a", STATED, {**STATED, "capabilities": UNKNOWN},
             replaceReasons=["capabilities"], old={"pendingReplacement": True})
    )  # fmt: skip
    assert [certain for _, _, _, certain, _ in calls(replaced)] == [False, False, False]
    both = {**STATED, "capabilities": UNKNOWN, "name": "New"}
    either = only(step("replace", "a", STATED, both, replaceReasons=["capabilities"],
                       old={"pendingReplacement": True}))  # fmt: skip
    assert methods(either) == ["GET", "DELETE", "POST", "PATCH"]
    assert not any(call.certain for call in either.calls or ())


def test_the_engines_order_and_its_replace_stand() -> None:
    """Where options of the resource turn the plan's own order, or make a replace of an update."""
    other = {**STATED, "phonenumber": "+46700987655"}
    late = step("replace", "a", STATED, other, replaceReasons=["phonenumber"])
    first = step("replace", "a", STATED, other, replaceReasons=["phonenumber"],
                 old={"pendingReplacement": True})  # fmt: skip
    assert methods(only(late)) == ["POST", "DELETE"]
    assert methods(only(first)) == ["DELETE", "POST"]
    assert only(first).fate == "released_for_another"
    forced = only(step("replace", "a", STATED, STATED, old={"pendingReplacement": True}))
    assert forced.fate == "released_and_registered_again"
    assert methods(forced) == ["DELETE", "POST"]
    retained = only(step("replace", "a", STATED, other, replaceReasons=["phonenumber"],
                         old={"retainOnDelete": True}))  # fmt: skip
    assert (retained.fate, methods(retained)) == ("registered", ["POST"])


@pytest.mark.parametrize(
    ("op", "fate", "risk"),
    [
        ("update", "updated", Risk.CHANGED),
        ("replace", "released_and_registered_again", Risk.RELEASED),
        ("delete", "released", Risk.RELEASED),
        ("create", "registered", Risk.CHANGED),
    ],
)
def test_what_cannot_be_planned_is_what_the_engine_says(op: str, fate: str, risk: Risk) -> None:
    """A state that no provider of ours has written never makes a change look smaller."""
    odd = {"phonenumber": ["x"], "attributes": 1}
    told = contents(step(op, "a", odd, None if op == "delete" else odd, old={"id": "a/b"}))
    (number,) = told.numbers
    assert (number.fate, number.calls, verdict_on(told, ()).risk) == (fate, None, risk)
    ((row,),) = (section.rows for section in sections_of(told, ()))
    assert row.no_calls == "not known"


def test_the_halves_of_a_replace_are_one_number_and_an_old_rest_is_another() -> None:
    """What an earlier run has left to be deleted has another ID, and is released by this one."""
    after = {**STATED, "capabilities": 1}
    reasons = {"replaceReasons": ["capabilities"]}
    told = contents(
        step("delete-replaced", "a", STATED),
        step("replace", "a", STATED, after, **reasons),
        step("create-replacement", "a", STATED, after, **reasons),
        step("delete-replaced", "a", STATED, old={"id": OLD_SID}),
    )
    assert [number.fate for number in told.numbers] == ["released", "released_and_registered_again"]
    assert sections_of(told, ())[0].rows[0].why == (
        f"left over from a replace that was cut off; lost: its SID {OLD_SID}, its messaging "
        "enablement"
    )


def test_what_an_earlier_run_has_released_is_only_registered() -> None:
    """A replace of which only the second half is listed was cut off between the two."""
    after = {**STATED, "capabilities": 1}
    reasons = {"replaceReasons": ["capabilities"], "old": {"pendingReplacement": True}}
    told = contents(
        step("replace", "a", STATED, after, **reasons),
        step("create-replacement", "a", STATED, after, **reasons),
    )
    (number,) = told.numbers
    assert (number.fate, methods(number)) == ("registered", ["POST"])
    assert sections_of(told, ())[0].rows[0].why == (
        "CarrierX cannot update capabilities; an earlier run has released it already, and was cut "
        "off"
    )


def test_a_cut_off_replace_that_is_taken_back_releases_nothing() -> None:
    """Once stated as before, the engine registers the number, then deletes what is gone already."""
    pending = {"old": {"pendingReplacement": True}}
    number = only(
        step("create-replacement", "a", STATED, STATED, **pending),
        step("replace", "a", STATED, STATED, **pending),
        step("delete-replaced", "a", STATED, **pending),
    )
    assert (number.fate, methods(number)) == ("registered", ["POST", "DELETE"])
    assert reasons_text(number) == (
        "an earlier run has released it already, and was cut off; its DELETE is sent once more, and"
        " finds nothing"
    )
    other = {**STATED, "phonenumber": "+46700987655"}
    first = only(
        step("delete-replaced", "a", STATED, **pending),
        step("replace", "a", STATED, other, replaceReasons=["phonenumber"], **pending),
        step("create-replacement", "a", STATED, other, **pending),
    )
    late = only(
        step("create-replacement", "a", STATED, other),
        step("replace", "a", STATED, other, replaceReasons=["phonenumber"]),
        step("delete-replaced", "a", STATED),
    )
    assert [(one.fate, methods(one)) for one in (first, late)] == [
        ("released_for_another", ["DELETE", "POST"]),
        ("released_for_another", ["POST", "DELETE"]),
    ]


OWNED = {**STATED, "ownership": {"key": "managed_by", "owner": "numbers/dev/a"}}
FOUND = f"{COLLECTION}/{{external_did_sid}}"
PLAIN = [("POST", COLLECTION, None)]
LOOK_UP = ("GET", COLLECTION, "registered")
TAKE_OVER = [("GET", FOUND, "registered"), ("PATCH", FOUND, "registered")]


def conditions(number: NumberReport) -> list[tuple[str, str, str | None]]:
    return [(call.method, call.path, call.only_if) for call in number.calls or ()]


@pytest.mark.parametrize(
    ("inputs", "names_sids", "made", "why"),
    [
        (STATED, False, PLAIN, ""),
        (
            {**STATED, "adopt_existing": True},
            False,
            [("GET", COLLECTION, None), ("POST", COLLECTION, "free"), TAKE_OVER[0]],
            "if it is registered already (adopt_existing): taken over, with no change",
        ),
        (
            {**OWNED, "adopt_existing": True},
            False,
            [("GET", COLLECTION, None), ("POST", COLLECTION, "free"), *TAKE_OVER],
            "if it is registered already (adopt_existing), or an earlier run of this resource "
            "registered it (ownership record): taken over, with a PATCH of what differs",
        ),
        (
            OWNED,
            False,
            [*PLAIN, LOOK_UP, *TAKE_OVER],
            "if an earlier run of this resource registered it (ownership record): taken over, with "
            "a PATCH of what differs",
        ),
        (
            {**STATED, "name": "Support"},
            True,
            [*PLAIN, LOOK_UP, *TAKE_OVER],
            "if CARRIERX_ADOPT names its SID: taken over, with a PATCH of what differs",
        ),
    ],
)
def test_a_number_that_may_be_registered_already_is_registered_or_taken_over(
    inputs: dict[str, Any],
    names_sids: bool,
    made: list[tuple[str, str, str | None]],
    why: str,
) -> None:
    """What ``up`` then does depends on what stands, wherever a setting lets it be taken over."""
    text = preview(step("create", "a", None, inputs))
    named = frozenset({SID} if names_sids else ())
    told = contents_of(read_preview(text), named_sids=named)
    (number,) = told.numbers
    assert conditions(number) == made
    ((row,),) = (section.rows for section in sections_of(told, ()))
    assert row.why == why
    # What only a take-over calls is told in words, not beside the calls of the registration.
    assert [note for _, note in row.calls] == [
        "only if it is not registered yet" if only_if == "free" else ""
        for method, _, only_if in made
        if only_if != "registered"
    ]
    assert [call.certain for call in number.calls or ()] == [
        only_if is None for _, _, only_if in made
    ]


def test_a_take_over_is_the_update_that_up_plans() -> None:
    """At the most it sends all that is stated, and the record; of which, only what differs."""
    stated = {**OWNED, "name": "Support", "attributes": {"team": "care", "routing": {"q": 1}}}
    number = only(step("create", "a", None, stated))
    attributes = {"team": "care", "routing": {"q": 1}, "managed_by": "numbers/dev/a"}
    assert calls(number)[-1] == (
        "PATCH",
        FOUND,
        {"name": "Support", "attributes": attributes},
        False,
        ["name", "attributes"],
    )
    assert (number.calls or ())[-1].after_a_read
    unknown = only(step("create", "a", None, {**stated, "attributes": UNKNOWN, "name": SECRET}))
    assert calls(unknown)[-1][2:] == (
        {"name": SECRET, "attributes": "[known after up]"},
        False,
        ["name", "attributes"],
    )


def test_what_a_cut_off_replace_may_find_is_released_again() -> None:
    """A refused replace has registered the number as it was: with ownership, up releases that."""
    before, after = {**OWNED, "name": "Support"}, {**OWNED, "name": "Support", "capabilities": 1}
    reasons = {"replaceReasons": ["capabilities"], "old": {"pendingReplacement": True}}

    def cut_off(after: dict[str, Any]) -> Contents:
        return contents(
            step("replace", "a", before, after, **reasons),
            step("create-replacement", "a", before, after, **reasons),
        )

    told = cut_off(after)
    (number,) = told.numbers
    assert conditions(number) == [
        *PLAIN,
        LOOK_UP,
        *TAKE_OVER,
        ("DELETE", FOUND, "registered_otherwise"),
        ("POST", COLLECTION, "registered_otherwise"),
    ]
    (section,) = sections_of(told, ())
    assert (verdict_on(told, ()).risk, section.is_open) == (Risk.RELEASED, True)
    assert section.rows[0].why == (
        "CarrierX cannot update capabilities; an earlier run has released it already, and was cut "
        "off; if this resource's own registration of it stands, that is released; if an earlier run"
        " of this resource registered it (ownership record): taken over, with a PATCH of what "
        "differs"
    )
    assert [note for _, note in section.rows[0].calls] == [
        "",
        *["only if it is registered already, and cannot be updated to this"] * 2,
    ]
    (reverted,) = cut_off(before).numbers
    assert conditions(reverted) == [*PLAIN, LOOK_UP, *TAKE_OVER]
    assert reverted.fate == "registered"
    (other,) = contents(
        step("replace", "a", before, {**after, "phonenumber": "+46700987655"}, **reasons)
    ).numbers
    assert [method for method, _, _ in conditions(other)] == [
        *("DELETE", "POST", "GET", "GET", "PATCH"),
    ]
    released_here = step("replace", "a", before, after, **reasons)
    assert [method for method, _, _ in conditions(only(released_here))] == ["GET", "DELETE", "POST"]
    assert "stands" not in reasons_text(only(released_here))


def test_a_secret_number_is_not_shown_by_its_look_up() -> None:
    """A number that is secret on one side is hidden in the filter that looks for it too."""
    number = only(
        step("replace", "a", {**STATED, "phonenumber": SECRET},
             {**STATED, "adopt_existing": True}, replaceReasons=["phonenumber"])
    )  # fmt: skip
    assert NUMBER not in str(number)
    assert ("filter", SECRET) in (number.calls or ())[0].query


def test_a_rename_that_adopts_releases_nothing() -> None:
    """The new resource takes the registration over, so the delete of the old one lets go of it."""
    old, new = step("delete", "old", STATED), step("create", "new", None, STATED)
    assert verdict_on(contents(old, new), ()).risk is Risk.RELEASED
    new["newState"]["inputs"] = {**STATED, "adopt_existing": True}
    told = contents(old, new)
    assert verdict_on(told, ()).line == (
        "Nothing is released: 1 number will be registered, 1 taken out of the state and left "
        "registered"
    )
    (row,) = sections_of(told, ())[1].rows
    assert (row.why, row.calls) == ("stays registered: new takes it over", ())
    new["newState"]["inputs"] = STATED
    for named, risk in ((OLD_SID, Risk.RELEASED), (SID, Risk.CHANGED)):
        told = contents_of(read_preview(preview(old, new)), named_sids=frozenset({named}))
        assert verdict_on(told, ()).risk is risk


def test_drift_is_told_apart_from_intended_change() -> None:
    """What somebody else changed, whether it is put back, and who was released, by themselves."""
    stated = {**STATED, "name": "Support", "attributes": {"team": "care"}}
    drifted = {**stated, "name": "Drifted"}
    found = outputs_of(drifted, attributes={"team": "care", "theirs": 1},
                       managed_fields=outputs_of(stated)["managed_fields"])  # fmt: skip
    told = contents(
        step("refresh", "a", stated, stated),
        step("refresh", "b", stated, stated),
        step("refresh", "c", stated, stated),
        step("refresh", "d", stated, stated),
        step("update", "a", drifted, stated, outputs=found),
        step("update", "b", drifted, {**stated, "string_key_1": "x"}, outputs=found),
        step("create", "c", None, stated),
        step("same", "d", stated, stated),
    )
    assert verdict_on(told, ()).line == (
        "Nothing is released: 1 number will be registered, 2 updated, 1 unchanged; 3 numbers have "
        "drifted, 2 of the changes only undo it"
    )
    headings = {section.heading: section for section in sections_of(told, ())}
    assert {heading: [row.resource for row in s.rows] for heading, s in headings.items()} == {
        "Updated": ["b"],
        "Changed only to undo a drift": ["c", "a"],
        "Drifted: changed in CarrierX by somebody else": ["a", "b", "c"],
    }
    assert headings["Updated"].rows[0].changes == (
        'name: "Drifted" → "Support" (undoes a drift)',
        'string_key_1: not set → "x"',
    )
    rows = headings["Drifted: changed in CarrierX by somebody else"].rows
    assert [row.changes for row in rows] == [
        (
            "attributes.theirs: not set → 1 (not stated by the program: left alone)",
            'name: "Support" → "Drifted"',
        ),
    ] * 2 + [("released: CarrierX does not know it any more",)]


def test_what_is_renamed_by_an_alias_has_drifted_under_its_old_name() -> None:
    """The refresh comes before the program, so that it has the URN of the state."""
    stated, drifted = {**STATED, "name": "Support"}, {**STATED, "name": "Else"}
    found = outputs_of(drifted, managed_fields=outputs_of(stated)["managed_fields"])
    renamed = {"old": {"urn": urn("old")}}
    told = contents(
        step("refresh", "old", stated, stated, **renamed),
        step("update", "new", drifted, stated, outputs=found, **renamed),
        step("refresh", "other", STATED, STATED),
        step("same", "another", STATED, STATED, old={"urn": urn("other")}),
    )
    assert verdict_on(told, ()).line == (
        "Nothing is released: 1 number will be updated, 1 unchanged; 1 number has drifted, 1 of the"
        " changes only undoes it"
    )


def test_what_a_cut_off_replace_leaves_and_the_program_drops_is_gone_already() -> None:
    """The engine only forgets it: what an earlier run released is not said to stay registered."""
    told = contents(step("remove-pending-replace", "a", STATED, old={"pendingReplacement": True}))
    (row,) = sections_of(told, ())[0].rows
    assert (row.calls, verdict_on(told, ()).risk) == ((), Risk.CHANGED)
    assert row.why == (
        "an earlier run has released it already, and was cut off; if it was registered again as it "
        "was, it stays registered, and no stack manages it any more"
    )


@pytest.mark.parametrize("capabilities", [float("nan"), float("inf"), 3.5, 10**30, "3", [1], None])
def test_capabilities_that_are_none_are_shown_as_they_are(capabilities: Any) -> None:
    """A state written by hand ends no report, and no part of what it says is left out."""
    told = contents(step("create", "a", None, {**STATED, "capabilities": capabilities}))
    (number,) = told.numbers
    assert (number.fate, verdict_on(told, ()).risk) == ("registered", Risk.CHANGED)
    assert sections_of(told, ())[0].rows


def test_ten_thousand_steps_are_one_comment() -> None:
    """Each is counted, whatever finds room."""
    told = contents(
        *(step("delete", f"d{n}", {**STATED, "phonenumber": f"+4670{n:07}"}) for n in range(5000)),
        *(step("create", f"c{n}", None, {**STATED, "name": f"c{n}"}) for n in range(5000)),
    )
    verdict = verdict_on(told, ())
    assert verdict.line == (
        "Numbers are released: 5,000 numbers will be released, 5,000 registered"
    )
    assert len(json.loads(as_json(told, verdict, ()))["numbers"]) == 10_000


def test_a_masked_change_is_not_said_to_undo_a_masked_drift() -> None:
    """That both are secret does not make them the same value."""
    stated = {**STATED, "callback_url": SECRET}
    found = outputs_of({**stated, "callback_url": "https://drifted.example/"})
    told = contents(
        step("refresh", "a", stated, stated), step("update", "a", stated, stated, outputs=found)
    )
    assert [section.heading for section in sections_of(told, ())] == [
        "Updated",
        "Drifted: changed in CarrierX by somebody else",
    ]
    assert "drifted.example" not in as_json(told, verdict_on(told, ()), ())


def test_without_its_unchanged_resources_a_preview_does_not_tell_who_is_gone() -> None:
    """A refreshed number without another step is gone only if every other one is listed."""
    refresh = step("refresh", "a", STATED, STATED)
    assert [drift.released for drift in contents(refresh).drifts] == [True]
    assert contents(refresh, summary={"same": 2}).drifts == ()


def test_the_order_does_not_depend_on_the_engines() -> None:
    """The engine lists steps as they come; the report by gravity and number."""
    steps = [
        step("create", f"n{index}", None, {**STATED, "phonenumber": f"+4670098760{index}"})
        for index in range(5)
    ]
    forwards, backwards = contents(*steps), contents(*reversed(steps))
    assert as_json(forwards, verdict_on(forwards, ()), ()) == as_json(
        backwards, verdict_on(backwards, ()), ()
    )


def test_the_shape_of_the_json() -> None:
    """Every key is there, whatever the preview."""
    told = contents(step("update", "support", STATED, {**STATED, "name": "New"}))
    written = json.loads(as_json(told, verdict_on(told, ()), ()))
    assert written == {
        "format": 1,
        "project": "numbers",
        "stack": "dev",
        "verdict": "Nothing is released: 1 number will be updated",
        "risk": "changed",
        "mistakes": 0,
        "counts": {
            "released": 0,
            "released_and_registered_again": 0,
            "released_for_another": 0,
            "not_known": 0,
            "registered": 0,
            "updated": 1,
            "forgotten": 0,
            "read": 0,
            "unchanged": 0,
        },
        "other_resources": {},
        "not_listed": {},
        "violations": [],
        "numbers": [
            {
                "resource": "support",
                "urn": urn("support"),
                "fate": "updated",
                "number": NUMBER,
                "new_number": None,
                "name": "New",
                "account": None,
                "external_did_sid": SID,
                "replaced_for": [],
                "lost": None,
                "taken_over_if": [],
                "taken_over_by": None,
                "only_undoes_drift": False,
                "changes": [
                    {
                        "field": "name",
                        "before": None,
                        "after": "New",
                        "certain": True,
                        "undoes_drift": False,
                    }
                ],
                "calls": [
                    {
                        "method": "PATCH",
                        "path": ITEM,
                        "query": {},
                        "body": {"name": "New"},
                        "certain": True,
                        "only_if": None,
                        "after_a_read": False,
                        "not_told": [],
                    }
                ],
            }
        ],
        "drifted": [],
    }


EVENT = '{"sequence": 0, "timestamp": 1, "preludeEvent": {"config": {}}}'
EVENTS = (
    "these are the engine's events, one a line, not a preview: set "
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW=false and run `pulumi preview --json` again"
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            " \n",
            "the preview is empty: `pulumi preview --json` printed nothing; its standard error "
            "says why",
        ),
        (
            "Previewing update (dev):",
            "the preview is not JSON, or is incomplete: make it with `pulumi preview --json` and "
            "keep standard error out of it",
        ),
        (
            "[" * 100_000,
            "the preview is not JSON, or is incomplete: make it with `pulumi preview --json` and "
            "keep standard error out of it",
        ),
        (
            preview(step("delete", "a", STATED))[:-20],
            "the preview is not JSON, or is incomplete: make it with `pulumi preview --json` and "
            "keep standard error out of it",
        ),
        (EVENT, EVENTS),
        (f"\n{EVENT}\n{EVENT}\n", EVENTS),
        (
            '{"steps": [], "changeSummary": {"update": 1e999}}',
            "cannot read the preview: a step or its summary does not have the form that `pulumi "
            "preview --json` prints. Make it again with Pulumi 3.200.0 or newer",
        ),
        ("[]", "this JSON is not a preview: make it with `pulumi preview --json`"),
        ('{"version": 3}', "this JSON is not a preview: make it with `pulumi preview --json`"),
        (
            '{"steps": [{"op": "create"}]}',
            "cannot read the preview: a step or its summary does not have the form that `pulumi "
            "preview --json` prints. Make it again with Pulumi 3.200.0 or newer",
        ),
        (
            json.dumps({"steps": [{"op": "refresh", "urn": urn("s", "pulumi:pulumi:Stack")}]}),
            "this is the preview of a refresh, which does not say what has drifted: make it with "
            "`pulumi preview --refresh --json --show-sames --show-replacement-steps`",
        ),
    ],
)  # fmt: skip
def test_what_is_no_preview_is_refused_in_one_line(text: str, line: str) -> None:
    """Nothing that cannot be read is taken for a preview without changes."""
    with pytest.raises(PreviewError) as caught:
        read_preview(text)
    assert str(caught.value) == line
