"""What a program declares, checked and in canonical form."""

from typing import Any

import pytest

from carrierx_api.capabilities import Capability
from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.external_did.inputs import Inputs, check_inputs

NUMBER = "+46700987654"
NAMES = "receive_sms, send_sms, receive_mms, send_mms"
NO_VOICE = f"capabilities: External DIDs never have voice (bit 4): use {NAMES}"
NO_BIT = (
    "has a bit that is not a capability: the bits are 1 receive_sms, 2 send_sms, 8 receive_mms, "
    "16 send_mms"
)
NO_LIST = f"capabilities: must be a list of {NAMES}, or CarrierX's integer"
NONE_NAMED = (
    "capabilities: must name at least one capability: a number with none can neither receive nor "
    f"send ({NAMES})"
)
NO_STRING = "phonenumber: must be a string, an E.164 number such as +46700987654"
NO_E164 = (
    "is not E.164: write the country code and the number in digits alone, such as +46700987654"
)
NO_URL = "callback_url: must be an http(s) URL without white space, such as https://example.com/sms"
BEYOND = "is an integer beyond 2^53, which the engine cannot keep exactly: write it as a string"


def problems(**inputs: Any) -> list[str]:
    """The failures' lines, for a number that is right but for these inputs."""
    raw = {"phonenumber": NUMBER, "capabilities": 3.0, **inputs}
    return [str(failure) for failure in check_inputs(raw).failures]


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("phonenumber", None, "phonenumber: is missing: every External DID needs it"),
        ("capabilities", None, "capabilities: is missing: every External DID needs it"),
        ("phonenumber", "+46 70 098 76 54",
         "phonenumber: '+46 70 098 76 54' is not E.164: write the country code and the number "
         "in digits alone, such as +46700987654"),
        ("phonenumber", "+٤٦٧٠٠٩٨٧٦٥٤", f"phonenumber: '+٤٦٧٠٠٩٨٧٦٥٤' {NO_E164}"),
        ("phonenumber", "0700987654",
         "phonenumber: +0700987654 does not begin with a country code"),
        ("phonenumber", "99912345678",
         "phonenumber: +99912345678 does not begin with a country code"),
        ("phonenumber", "46700",
         "phonenumber: +46700 is too short: a phone number has 7 to 15 digits, country code "
         "included"),
        ("phonenumber", "+4670098765432109",
         "phonenumber: +4670098765432109 is too long: a phone number has 7 to 15 digits, country "
         "code included"),
        ("phonenumber", True, NO_STRING),
        ("capabilities", 0.0, NONE_NAMED),
        ("capabilities", [], NONE_NAMED),
        ("capabilities", 4.0, NO_VOICE),
        ("capabilities", ["send_sms", "voice"], NO_VOICE),
        ("capabilities", 32.0,
         "capabilities: 32 has a bit that is not a capability: the bits are 1 receive_sms, "
         "2 send_sms, 8 receive_mms, 16 send_mms"),
        ("capabilities", -1.0, f"capabilities: -1 {NO_BIT}"),
        ("capabilities", 1.5, NO_LIST),
        ("capabilities", True, NO_LIST),
        ("name", "", "name: must not be empty: leave it out instead"),
        ("name", 5.0, "name: must be a string, not a number"),
        ("callback_url", "ftp://example.com", NO_URL),
        ("callback_url", "https://example.com/\x00", NO_URL),
        ("string_key_2", ["x"], "string_key_2: must be a string, not a list"),
        ("underlying_carrier_sid", "",
         "underlying_carrier_sid: must not be empty: leave it out instead"),
        ("adopt_existing", "yes", "adopt_existing: must be true or false, not a string"),
        ("attributes", ["x"], "attributes: must be an object (a dict), not a list"),
        ("attributes", {"n": 2.0**53}, f"attributes.n: {BEYOND}"),
        ("attributes", {"n": float("inf")},
         "attributes.n: is not a finite number: write it as a string"),
        ("colour", "red",
         "colour: is not an input of an External DID: the inputs are phonenumber, capabilities, "
         "underlying_carrier_sid, name, callback_url, attributes, string_key_1, string_key_2, "
         "account, adopt_existing"),
    ],
)  # fmt: skip
def test_a_problem_is_one_clear_line(field: str, value: object, line: str) -> None:
    """Each problem names its field, what is wrong and what to write instead."""
    assert problems(**{field: value}) == [line]


def test_the_key_of_the_owner_is_a_problem_beside_others() -> None:
    """All problems of attributes are told at once; null declares nothing."""
    ownership = {"key": "managed_by", "owner": "shop/production/support"}
    attributes = {"managed_by": "us", "n": 2.0**53}
    assert problems(ownership=ownership, attributes=attributes) == [
        f"attributes.n: {BEYOND}",
        "attributes.managed_by: is where carrierx:ownershipKey keeps the number's owner: set "
        "another carrierx:ownershipKey, or declare another key; if an earlier up declared this "
        "one, remove it in an up without carrierx:ownershipKey",
    ]
    attributes["managed_by"] = None
    assert problems(ownership=ownership, attributes=attributes) == [f"attributes.n: {BEYOND}"]


def test_values_that_may_be_secret_stay_out_of_the_reasons() -> None:
    """A callback URL, a name, a key and attributes are never repeated in a reason; all are told."""
    secret = "s3cr3t"
    wrong: dict[str, Any] = {"string_key_1": {"x": secret}, "attributes": [secret]}
    lines = problems(callback_url=f"ftp://{secret}", name=[secret], **wrong)
    assert len(lines) == 4
    assert secret not in " ".join(lines)


@pytest.mark.parametrize(
    ("field", "spelling", "canonical"),
    [
        *(
            ("phonenumber", spelling, NUMBER)
            for spelling in ("46700987654", 46700987654, 46700987654.0)
        ),
        *(
            ("capabilities", spelling, 3)
            for spelling in (
                3.0,
                ["receive_sms", "send_sms"],
                ["send_sms", "receive_sms", "send_sms"],
                [1.0, 2.0],
                ["receive_sms", 2.0],
                Capability.RECEIVE_SMS | Capability.SEND_SMS,
            )
        ),
        ("attributes", {"a": None, "b": {"c": None, "d": [None]}}, {"b": {"d": [None]}}),
    ],
)
def test_each_value_has_one_canonical_form(field: str, spelling: object, canonical: object) -> None:
    """Also a number that a table's reader took for one; nulls declare nothing, but in an array."""
    raw = {"phonenumber": NUMBER, "capabilities": 3, "name": None, field: spelling}
    checked = check_inputs(raw)
    assert checked.failures == ()
    assert checked.inputs == {"phonenumber": NUMBER, "capabilities": 3, field: canonical}
    assert type(checked.inputs["capabilities"]) is int


def test_what_is_unknown_stays_unknown_and_the_rest_is_checked() -> None:
    """A preview's unknowns pass, required ones too, while known fields beside them are checked."""
    unknown = {
        "phonenumber": UNKNOWN,
        "capabilities": [UNKNOWN, "send_sms"],
        "attributes": {"a": UNKNOWN, "b": 3.0, "c": None},
    }
    checked = check_inputs({**unknown, "name": ""})
    assert [failure.field for failure in checked.failures] == ["name"]
    known = check_inputs({**unknown, "capabilities": UNKNOWN}).inputs
    assert known["attributes"] == {"a": UNKNOWN, "b": 3}
    assert type(known["attributes"]["b"]) is int
    inputs = Inputs.parse(known)
    assert inputs.phonenumber is UNKNOWN
    assert inputs.managed == {"attributes": {"a": True, "b": True}}
