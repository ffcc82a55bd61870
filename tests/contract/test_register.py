"""POST /phonenumber/external_dids."""

import uuid
from typing import Any

import pytest

from carrierx_simulator import SimulatorSettings, running_simulator
from tests.contract.conftest import Api, Connect, path_of, problems

VALID = [1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]
E164 = "must be a phone number in E.164 format"


WITHOUT_VALUE = (
    *("campaign_sid", "classification_sid", "in_country_format", "international_format", "lata"),
    *("locality", "lrn_sid", "ocn", "ocn_block", "provider_sid", "state"),
    *("string_key_1", "string_key_2"),
)


def test_the_documented_sample_is_registered(api: Api) -> None:
    """The sample of the documentation responds with 200 with the whole object."""
    body = {
        "phonenumber": "12059051025",
        "capabilities": 3,
        "callback_url": "https://example.com/sms-callback",
        "underlying_carrier_sid": "61ced070-8dad-43b4-b5e6-f7d61f7aeb65",
    }
    response = api.post("/external_dids", json=body)
    assert response.status_code == 200
    made = response.json()
    assert uuid.UUID(made.pop("external_did_sid"))
    assert uuid.UUID(made.pop("partner_sid"))
    assert made.pop("name").startswith("External DID ")
    assert made == {
        **body,
        "active_capabilities": 3,
        "attributes": {},
        "country_code": "USA",
        "status": "assigned",
        **dict.fromkeys(WITHOUT_VALUE),
    }


def test_every_settable_field_is_kept(api: Api) -> None:
    """Every field of a registration comes back as it was given."""
    given: dict[str, Any] = {
        "capabilities": 27,
        "name": "support",
        "callback_url": "http://example.com/x?y=1",
        "attributes": {"a": [1, {"b": None}], "å": "ö", "f": 1.5, "t": True},
        "string_key_1": "one",
        "string_key_2": None,
        "underlying_carrier_sid": "carrier",
    }
    made = api.register(**given)
    assert {name: made[name] for name in given} == given
    assert made["active_capabilities"] == 27


@pytest.mark.parametrize("mask", VALID)
def test_every_valid_mask_is_accepted(api: Api, mask: int) -> None:
    """Every non-empty combination of 1, 2, 8 and 16 can be registered."""
    made = api.register(capabilities=mask)
    assert (made["capabilities"], made["active_capabilities"]) == (mask, mask)


def test_an_integer_may_be_written_as_a_float(api: Api) -> None:
    """3.0 is the same JSON number as 3, and is shown as 3."""
    assert repr(api.register(capabilities=3.0)["capabilities"]) == "3"


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (0, "must be a sum of 1, 2, 8 and 16"),
        (-1, "must not contain 4 (voice): External DIDs have no voice"),
        (4, "must not contain 4 (voice): External DIDs have no voice"),
        (7, "must not contain 4 (voice): External DIDs have no voice"),
        (32, "must be a sum of 1, 2, 8 and 16"),
        (35, "must be a sum of 1, 2, 8 and 16"),
        (1.5, "must be an integer"),
        (True, "must be an integer"),
        ("3", "must be an integer"),
        (None, "must be an integer"),
        ([1], "must be an integer"),
    ],
)
def test_other_masks_are_refused(api: Api, mask: object, text: str) -> None:
    """Voice, nothing, unknown bits and other types are a 422 on capabilities."""
    response = api.post("/external_dids", json={"phonenumber": "46700987654", "capabilities": mask})
    assert problems(response, 422) == [("capabilities", text)]


@pytest.mark.parametrize(
    "number", ["", "+", "0700987654", "46 70", "++46700987654", "1" * 16, "123456", 46700987654]
)
def test_numbers_outside_e164_are_refused(api: Api, number: object) -> None:
    """A number that is not an E.164 text is a 422 on phonenumber."""
    response = api.post("/external_dids", json={"phonenumber": number, "capabilities": 3})
    assert problems(response, 422) == [("phonenumber", E164)]


def test_all_errors_are_named_at_once(api: Api) -> None:
    """One 422 has an entry for every wrong, missing, read-only and unknown field."""
    response = api.post(
        "/external_dids",
        json={
            "capabilities": 4,
            "name": None,
            "callback_url": "ftp://example.com",
            "attributes": [],
            "string_key_1": 1,
            "string_key_2": {},
            "underlying_carrier_sid": 2,
            "status": "assigned",
            "colour": "red",
        },
    )
    assert response.json()["message"] == "object validation error"
    assert sorted(problems(response, 422), key=str) == sorted(
        [
            ("phonenumber", "is required"),
            ("capabilities", "must not contain 4 (voice): External DIDs have no voice"),
            ("name", "must be a string"),
            ("callback_url", "must be an http(s) URL"),
            ("attributes", "must be an object"),
            ("string_key_1", "must be a string or null"),
            ("string_key_2", "must be a string or null"),
            ("underlying_carrier_sid", "must be a string or null"),
            ("status", "is read-only"),
            ("colour", "is not a field of an External DID"),
        ],
        key=str,
    )


@pytest.mark.parametrize(
    "url", ["", "example.com", "http://", "https:///x", "javascript:alert(1)", "http://a b", 1]
)
def test_callback_urls_are_http(api: Api, url: object) -> None:
    """A callback_url that is not an http or https URL is a 422 with the documented message."""
    body = {"phonenumber": "46700987654", "capabilities": 3, "callback_url": url}
    response = api.post("/external_dids", json=body)
    assert problems(response, 422) == [("callback_url", "must be an http(s) URL")]


def test_an_empty_object_lacks_the_required_fields(api: Api) -> None:
    """{} is a body, and a 422 for the number and the capabilities."""
    response = api.post("/external_dids", json={})
    assert problems(response, 422) == [
        ("phonenumber", "is required"),
        ("capabilities", "is required"),
    ]


def test_a_number_is_registered_once(api: Api) -> None:
    """A second registration, in either spelling, is a 409 and changes nothing."""
    made = api.register("46700987654", name="first")
    for spelling in ("46700987654", "+46700987654"):
        again = api.post("/external_dids", json={"phonenumber": spelling, "capabilities": 1})
        assert problems(again, 409) == [("phonenumber", "is already registered")]
    assert api.get(path_of(made)).json() == made
    assert api.get("/external_dids").json()["total"] == 1


def test_a_deleted_number_can_be_registered_again(api: Api) -> None:
    """Delete and register gives the same number another SID and another generated name."""
    first = api.register()
    api.delete(path_of(first)).raise_for_status()
    second = api.register(capabilities=1)
    assert second["capabilities"] == 1
    assert second["external_did_sid"] != first["external_did_sid"]
    assert second["name"] != first["name"]


def test_generated_names_count_from_the_documented_one(connect: Connect) -> None:
    """Names that are left out are generated as in the sample, never twice."""
    with running_simulator() as simulator:
        client = connect(simulator.base_url)
        names = [
            client.post("/external_dids", json={"phonenumber": n, "capabilities": 3}).json()["name"]
            for n in ("46700000001", "46700000002")
        ]
    assert names == ["External DID 102505", "External DID 102506"]


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("46700987654", "SWE"),
        ("12059051025", "USA"),
        ("351912345678", "PRT"),
        ("99912345678", None),
    ],
)
def test_the_country_follows_the_prefix(api: Api, number: str, country: str | None) -> None:
    """country_code is alpha-3 where the small table knows the prefix, else null."""
    assert api.register(number)["country_code"] == country


def test_numbers_outside_the_allowed_prefixes_are_refused(connect: Connect) -> None:
    """With allowed_prefixes set, another number is a 422, and an allowed one passes."""
    with running_simulator(SimulatorSettings(allowed_prefixes=("46", "+1205"))) as simulator:
        client = connect(simulator.base_url)
        refused = client.post(
            "/external_dids", json={"phonenumber": "4512345678", "capabilities": 1}
        )
        assert problems(refused, 422) == [
            ("phonenumber", "is outside the partner's allowed prefixes")
        ]
        for number in ("+46700987654", "12059051025"):
            body = {"phonenumber": number, "capabilities": 1}
            assert client.post("/external_dids", json=body).status_code == 200


def test_the_hyphen_spelling_registers_too(api: Api) -> None:
    """The other spelling of the path is the same collection."""
    body = {"phonenumber": "46700987654", "capabilities": 3}
    made = api.post("/external-dids", json=body).json()
    assert api.get(path_of(made)).json() == made
    assert api.get(f"/external-dids/{made['external_did_sid']}").json() == made
    assert api.get("/external-dids").json()["total"] == 1
    assert api.delete(f"/external-dids/{made['external_did_sid']}").status_code == 204
