"""POST, GET and DELETE of one External DID, and its fields. Refusals: test_refusals.py."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.contract.conftest import NUMBER, Api, Serve, path_of, problems

UPDATABLE = ["attributes", "callback_url", "name", "string_key_1", "string_key_2"]
AT_REGISTRATION = ["capabilities", "phonenumber", "underlying_carrier_sid"]
WITHOUT_VALUE = [
    *("campaign_sid", "classification_sid", "in_country_format", "international_format", "lata"),
    *("locality", "lrn_sid", "ocn", "ocn_block", "provider_sid", "state"),
]
READ_ONLY = [
    *("active_capabilities", "country_code", "external_did_sid", "partner_sid", "status"),
    *WITHOUT_VALUE,
]
EVERY_FIELD = sorted([*UPDATABLE, *AT_REGISTRATION, *READ_ONLY])
GIVEN: dict[str, Any] = {
    "capabilities": 27,
    "name": "support",
    "callback_url": "http://example.com/x?y=1",
    "attributes": {"a": [1, {"b": None}], "å": "ö", "f": 1.5, "t": True},
    "string_key_1": "one",
    "string_key_2": None,
    "underlying_carrier_sid": "carrier",
}


def test_the_fields_are_the_documented_ones(api: Api, stranger: httpx.Client) -> None:
    """A response and the OpenAPI document have the documented fields, each with its role."""
    document = stranger.get(f"{api.simulator.origin}/_simulator/openapi.json").json()
    schemas = document["components"]["schemas"]
    properties = {name: sorted(schema["properties"]) for name, schema in schemas.items()}
    assert sorted(api.register()) == properties["ExternalDid"] == EVERY_FIELD
    assert sorted(schemas["ExternalDid"]["required"]) == EVERY_FIELD
    assert schemas["Put"]["required"] == EVERY_FIELD
    assert properties["Patch"] == UPDATABLE
    assert properties["Registration"] == sorted([*UPDATABLE, *AT_REGISTRATION])
    assert properties["SelectedFields"] == properties["Put"] == sorted([*EVERY_FIELD, "id"])


def test_the_documented_sample_is_registered(api: Api) -> None:
    """The sample of the documentation responds with 200 with the whole object."""
    body = {
        "phonenumber": "12059051025",
        "capabilities": 3,
        "callback_url": "https://example.com/sms-callback",
        "underlying_carrier_sid": "61ced070-8dad-43b4-b5e6-f7d61f7aeb65",
    }
    made = api.post("/external_dids", json=body).json()
    assert uuid.UUID(made.pop("external_did_sid"))
    assert uuid.UUID(made.pop("partner_sid"))
    assert made.pop("name").startswith("External DID ")
    assert made == {
        **body,
        "active_capabilities": 3,
        "attributes": {},
        "country_code": "USA",
        "status": "assigned",
        **dict.fromkeys([*WITHOUT_VALUE, "string_key_1", "string_key_2"]),
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (GIVEN, {**GIVEN, "active_capabilities": 27}),
        *(
            ({"capabilities": mask}, {"capabilities": mask, "active_capabilities": mask})
            for mask in (1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
        ),
        ({"phonenumber": "12059051025"}, {"country_code": "USA"}),
        ({"phonenumber": "+351912345678"}, {"country_code": "PRT", "phonenumber": "351912345678"}),
        ({"phonenumber": "99912345678"}, {"country_code": None}),
        ({}, {"country_code": "SWE"}),
    ],
)
def test_get_shows_what_was_registered(
    api: Api, given: dict[str, Any], shown: dict[str, Any]
) -> None:
    """Fields are kept as given; a GET is the same object, without id and without +."""
    made = api.register(**given)
    assert shown.items() <= made.items()
    assert api.get(path_of(made)).json() == made


def test_an_integer_may_be_written_as_a_float(api: Api) -> None:
    """3.0 is the same JSON number as 3, and is shown as 3."""
    assert repr(api.register(capabilities=3.0)["capabilities"]) == "3"


def test_a_deleted_number_can_be_registered_again(api: Api) -> None:
    """DELETE is a 204 without a body; then the number gets another SID and another name."""
    first = api.register()
    response = api.delete(path_of(first))
    assert (response.status_code, response.content) == (204, b"")
    assert api.get(path_of(first)).status_code == api.delete(path_of(first)).status_code == 404
    assert api.total() == 0
    second = api.register(capabilities=1)
    assert second["capabilities"] == 1
    assert second["external_did_sid"] != first["external_did_sid"]
    assert second["name"] != first["name"]


def test_settings_take_effect_at_registration(serve: Serve) -> None:
    """Numbers have an allowed prefix; names that are left out count from the documented one."""
    api = serve(allowed_prefixes=("46", "+1205"))
    refused = api.post("/external_dids", json={"phonenumber": "4512345678", "capabilities": 1})
    assert problems(refused, 422) == [("phonenumber", "is outside the partner's allowed prefixes")]
    names = [api.register(number)["name"] for number in (f"+{NUMBER}", "12059051025")]
    assert names == ["External DID 102505", "External DID 102506"]


def test_the_hyphen_spelling_registers_too(api: Api) -> None:
    """The other spelling of the path is the same collection."""
    body = {"phonenumber": NUMBER, "capabilities": 3}
    made = api.post("/external-dids", json=body).json()
    other = f"/external-dids/{made['external_did_sid']}"
    assert api.get(path_of(made)).json() == api.get(other).json() == made
    assert api.get("/external-dids").json()["total"] == 1
    assert api.delete(other).status_code == 204


def test_one_of_two_simultaneous_registrations_wins(api: Api) -> None:
    """Of those who register a number at the same time one succeeds; names and SIDs differ."""
    numbers = [f"467000000{i:02}" for i in range(50)]
    bodies = [{"phonenumber": number, "capabilities": 3} for number in numbers for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda body: api.post("/external_dids", json=body), bodies))
    statuses = [sorted(r.status_code for r in responses[i : i + 2]) for i in range(0, 100, 2)]
    assert statuses == [[200, 409]] * 50
    made = [response.json() for response in responses if response.status_code == 200]
    assert len({one["external_did_sid"] for one in made}) == 50
    assert len({one["name"] for one in made}) == 50
    assert api.total() == 50
