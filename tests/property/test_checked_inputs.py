"""Checked inputs need no second check: what the engine does to them is undone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from tests.property.changes import ATTRIBUTES, declared
from tests.property.test_plan_and_calls import through_the_engine

OPTIONAL = {
    "account": st.none() | st.just("reseller-b"),
    "adopt_existing": st.none() | st.booleans(),
    "name_is_secret": st.none() | st.just(True),  # noqa: FBT003 -- an input's value
    "ownership": st.none() | st.just({"key": "managed_by", "owner": "shop/prod/support"}),
    "underlying_carrier_sid": st.none() | st.just("5e2ff4a1-3c0e-4a3e-9d5f-0a1f3c1b2d01"),
}


@given(
    declared(),
    st.fixed_dictionaries({}, optional=OPTIONAL),
    st.sampled_from(["+46700987654", "46700987654", 46700987654]),
)
def test_what_was_checked_once_is_read_as_if_it_were_checked_again(
    inputs: dict[str, Any], optional: dict[str, Any], phonenumber: object
) -> None:
    """Every field, also integers inside attributes, which the engine carries as floats."""
    checked = check_inputs({**inputs, **optional, "phonenumber": phonenumber})
    assert checked.failures == ()
    carried = through_the_engine(checked.inputs)
    once, again = Inputs.parse(carried), Inputs.parse(check_inputs(carried).inputs)
    assert once == again
    # 3 == 3.0, and a call would differ.
    assert repr(once.attributes) == repr(again.attributes)
    assert type(once.capabilities) is int


@given(declared(), ATTRIBUTES, st.sets(st.sampled_from(["phonenumber", "capabilities", "name"])))
def test_what_is_unknown_is_read_as_unknown(
    inputs: dict[str, Any], attributes: dict[str, Any], unknown: set[str]
) -> None:
    """In a preview any field may be unknown, and so may a member of the attributes."""
    raw = {
        **inputs,
        "phonenumber": "+46700987654",
        "attributes": {**attributes, "later": UNKNOWN},
        **dict.fromkeys(unknown, UNKNOWN),
    }
    checked = check_inputs(raw)
    assert checked.failures == ()
    once, again = Inputs.parse(checked.inputs), Inputs.parse(check_inputs(checked.inputs).inputs)
    assert once == again
    assert isinstance(once.attributes, dict)
    assert once.attributes["later"] is UNKNOWN
