"""The fields of an External DID: documented once, and the same in every call."""

from typing import Any

import httpx
import pytest

from tests.contract.conftest import Api, path_of

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
# Two values that differ; other fields are texts.
VALUES: dict[str, tuple[Any, Any]] = {
    "attributes": ({"a": 1}, {"b": 2}),
    "callback_url": ("https://example.com/1", "https://example.com/2"),
}
TEXTS = ("one", "two")


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


@pytest.mark.parametrize("field", UPDATABLE)
def test_an_updatable_field_can_be_set_by_every_call(api: Api, field: str) -> None:
    """It is kept by a registration, changed by PATCH and by PUT, listed, filtered and ordered."""
    first, second = VALUES.get(field, TEXTS)
    made = api.register(**{field: first})
    assert made[field] == first
    path = path_of(made)
    replace = {"nested_objects": "replace"}
    assert api.patch(path, params=replace, json={field: second}).json()[field] == second
    assert api.get(path).json() == {**made, field: second}
    assert api.put(path, json=made).json()[field] == first
    listed = api.get("/external_dids", params={"order": field, "include_fields": field}).json()
    assert listed["items"] == [{field: first}]
    condition = f'{field} eq "{first}"' if isinstance(first, str) else f"{field}.a eq 1"
    assert len(api.numbers(filter=condition)) == 1
