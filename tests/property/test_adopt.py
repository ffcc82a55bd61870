"""Any number that can be declared at all is adopted so that nothing about it will change."""

from typing import Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from carrierx_api.models import ExternalDID
from carrierx_cli.adopt.adoption import plan_adoption
from carrierx_cli.adopt.select import Selection
from carrierx_cli.adopt.table import read_table
from carrierx_provider.core.json_merge import json_equal, without_nulls
from carrierx_provider.core.resource import PlanKind
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import State, inputs_seen, outputs_read
from carrierx_provider.pulumi_files.state_edit import write_whole
from carrierx_provider.pulumi_files.urn import StackRef
from pulumi_carrierx import read_number_table
from tests.property.test_bad_input import ANY_TEXT, JSON, NEARLY_URLS, UNICODE, USUAL_KEYS
from tests.property.test_plan_and_calls import through_the_engine

KEY = "managed_by"
SID = "798c5c8c-3610-4f61-b5c3-534c952eebec"
OURS, THEIRS = "trial/dev/support", "other/prod/support"
TRICKY = st.sampled_from(
    [
        *("", '"', '"x"', "'", "{}", "{a", " x ", "a\nb", "a\r\nb", "\r", "\t", "\ufeff", "\x85"),
        *("no", "~", "null", "1e3", "0o7", "1:30", "2024-01-01", "=", "<<", "- a", "a: b", "# c"),
        *("#", "a # b", "=1+1", "true", "[]", "{}x", '""', '{"a": 1}', "a,b", "a;b", "a\tb"),
        *("0.10", "\u2028", "\x00", "\x7f", "\U0001f4de"),
    ]
)
TEXT = TRICKY | UNICODE | ANY_TEXT

NUMBERS = st.fixed_dictionaries(
    {
        "phonenumber": st.sampled_from(["46700987654", "+46700987654", "+1234567", "0701234567"]),
        "capabilities": st.integers(0, 31),
        "name": st.none() | TEXT,
        "callback_url": st.none() | st.just("") | NEARLY_URLS,
        "string_key_1": st.none() | TEXT,
        "string_key_2": st.none() | TEXT,
        "attributes": st.none()
        | st.dictionaries(TRICKY | USUAL_KEYS, JSON | TRICKY, max_size=4)
        | st.dictionaries(ANY_TEXT, JSON | ANY_TEXT | st.integers(), max_size=2),
    },
    optional={
        "underlying_carrier_sid": st.none() | UNICODE,
        "active_capabilities": st.none() | st.integers(0, 31),
        "status": st.none() | st.just("assigned"),
        "id": st.integers(1, 9),
        "something_new": JSON,
    },
)
RIGHT = {"phonenumber": "+46700987654", "capabilities": 3, "callback_url": None}
# Most of all numbers are refused for one of these three, and what else they have says nothing then.
MOSTLY_RIGHT = NUMBERS.map(lambda number: {**number, **RIGHT})
RECORDS = st.none() | st.sampled_from([OURS, THEIRS, "no owner", 7])

EXISTING = {
    "numbers.yaml": "# kept\nother: {phonenumber: '+46700987699', capabilities: 3} # so\n",
    "numbers.csv": "label,attributes,capabilities,phonenumber,name,callback_url,string_key_1,"
    'string_key_2,account\r\nother,"{""a"": 1}",3,+46700987699,Other,,,,\r\n',
}


def with_record(number: dict[str, Any], record: Any) -> ExternalDID:
    """The number as CarrierX has it, with this ownership record."""
    if record is not None:
        number = {**number, "attributes": {**(number["attributes"] or {}), KEY: record}}
    return ExternalDID(external_did_sid=SID, **number)


@pytest.mark.parametrize("file", EXISTING)
@given(
    number=NUMBERS | MOSTLY_RIGHT,
    record=RECORDS,
    keeps_record=st.booleans(),
    account=st.none() | st.just("reseller-b"),
    longer=st.booleans(),
)
@example(
    number={**RIGHT, "name": " x ", "string_key_1": None, "string_key_2": None, "attributes": None},
    record=None,
    keeps_record=False,
    account=None,
    longer=False,
)
def test_an_adopted_number_is_unchanged(
    file: str,
    number: dict[str, Any],
    record: Any,
    keeps_record: bool,
    account: str | None,
    longer: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """By its row as the program reads it: no plan, no drift; or refused with a reason."""
    place = StackRef("trial", "dev", KEY if keeps_record else None)
    external_did = with_record(number, record)
    before = EXISTING[file] if longer else ""
    table = read_table(before, file)
    selection = Selection((external_did,), ())
    adoption = plan_adoption(selection, account, table, frozenset(), place, lambda name: name)
    if adoption.skipped:
        event("refused")
        (skipped,) = adoption.skipped
        assert skipped.detail.isprintable()
        assert (adoption.table, adoption.new_rows, adoption.numbers) == (before, 0, ())
        return
    event("adopted")
    assert adoption.table.startswith(before)
    written = tmp_path_factory.getbasetemp() / file
    write_whole(written, adoption.table)
    after = {row.label: dict(row.fields) for row in read_number_table(written)}
    (entry,) = adoption.numbers
    assert json_equal({k: v for k, v in after.items() if k != entry.label}, table.rows)
    assert after[entry.label].get("account") == account
    if keeps_record:
        assert KEY not in after[entry.label].get("attributes", {})

    assert entry.plan.kind is PlanKind.UNCHANGED
    outputs = without_nulls(through_the_engine(entry.outputs))
    inputs = without_nulls(through_the_engine(entry.inputs))
    for kept in (outputs, inputs):
        del kept["__provider"]
    # The program of the next run states the row; the resource class adds the record.
    ownership = place.ownership(entry.label)
    ours = {"ownership": ownership.as_properties()} if ownership else {}
    checked = check_inputs(through_the_engine({**after[entry.label], **ours}))
    assert checked.failures == ()
    declared = Inputs.parse(through_the_engine(checked.inputs))
    assert plan_change(State.parse(outputs, SID), declared).kind is PlanKind.UNCHANGED
    # A refresh reads the same number.
    seen = outputs_read(external_did, outputs)
    assert json_equal(without_nulls(through_the_engine(seen)), outputs)
    assert json_equal(without_nulls(through_the_engine(inputs_seen(seen))), inputs)
    for kept in (inputs, checked.inputs):
        kept.pop("ownership", None)
    assert json_equal(inputs, checked.inputs)
    if ownership:
        # Adopting writes nothing at CarrierX; the number's first change writes its record.
        another = f"{external_did.string_key_1} and another"
        changed = check_inputs({**after[entry.label], **ours, "string_key_1": another})
        plan = plan_change(State.parse(entry.outputs, SID), Inputs.parse(changed.inputs))
        (call,) = plan.writes
        written_record = {} if record == ownership.owner else ownership.as_attribute()
        assert (call.body or {}).get("attributes", {}) == written_record
