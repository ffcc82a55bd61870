"""What a program may write, and what it gets back, as the types see it.

Nothing here runs: mypy reads it. An ignored error is a mistake that the types have to catch; mypy
complains of an ignore that it does not need.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any, assert_type

import pulumi

import pulumi_carrierx as carrierx
from carrierx_api.models import ExternalDID as RegisteredExternalDID


def the_least_that_a_number_needs() -> None:
    carrierx.ExternalDID("support", phonenumber="+46700987654", capabilities=["receive_sms"])


def every_argument_as_a_plain_value() -> None:
    carrierx.ExternalDID(
        "support",
        phonenumber="+46700987654",
        capabilities=["receive_sms", "send_sms"],
        underlying_carrier_sid="ec5ffc0b-11f7-4a0d-8d3a-dd64b8d63eb3",
        name="support",
        callback_url="https://example.com/sms",
        attributes={"team": "support", "on call": {"hours": [8, 17]}, "none": None},
        string_key_1="one",
        string_key_2="two",
        account="reseller-b",
        adopt_existing=True,
        opts=pulumi.ResourceOptions(protect=True),
    )


def every_argument_as_an_output(
    first: carrierx.ExternalDID, phonenumber: pulumi.Output[str]
) -> None:
    carrierx.ExternalDID(
        "second",
        phonenumber=phonenumber,
        capabilities=first.capabilities,
        underlying_carrier_sid=first.underlying_carrier_sid,
        name=first.name,
        callback_url=first.callback_url,
        attributes=first.attributes,
        string_key_1=first.string_key_1,
        string_key_2=first.external_did_sid,
        account=first.account,
        adopt_existing=first.adopt_existing,
        opts=pulumi.ResourceOptions(depends_on=[first]),
    )


def an_argument_that_is_still_to_come(text: Awaitable[str], flag: Awaitable[bool]) -> None:
    carrierx.ExternalDID("support", phonenumber=text, capabilities=3, adopt_existing=flag)


def an_optional_argument_that_says_nothing() -> None:
    carrierx.ExternalDID(
        "support",
        phonenumber="+46700987654",
        capabilities=3,
        underlying_carrier_sid=None,
        name=None,
        callback_url=None,
        attributes=None,
        string_key_1=None,
        string_key_2=None,
        account=None,
        adopt_existing=None,
        opts=None,
    )


def a_secret(config: pulumi.Config) -> None:
    carrierx.ExternalDID(
        "support",
        phonenumber="+46700987654",
        capabilities=3,
        callback_url=config.require_secret("callback"),
        attributes={"key": config.require_secret("key")},
    )


def every_form_of_capabilities(
    name: pulumi.Output[str],
    names: pulumi.Output[list[str]],
    flag: pulumi.Output[carrierx.Capability],
    table: dict[str, carrierx.Capabilities],
) -> None:
    number = "+46700987654"
    one = carrierx.Capability.RECEIVE_SMS
    carrierx.ExternalDID("a name", phonenumber=number, capabilities=["receive_sms"])
    carrierx.ExternalDID("names", phonenumber=number, capabilities=("receive_sms", "send_sms"))
    carrierx.ExternalDID("a flag", phonenumber=number, capabilities=one)
    both = one | carrierx.Capability.SEND_SMS
    carrierx.ExternalDID("flags", phonenumber=number, capabilities=both)
    carrierx.ExternalDID("a list of flags", phonenumber=number, capabilities=[one])
    carrierx.ExternalDID("mixed", phonenumber=number, capabilities=[one, "send_sms", 8])
    carrierx.ExternalDID("CarrierX's integer", phonenumber=number, capabilities=3)
    carrierx.ExternalDID("an output in a list", phonenumber=number, capabilities=[name])
    carrierx.ExternalDID("a list that is an output", phonenumber=number, capabilities=names)
    carrierx.ExternalDID("a flag that is an output", phonenumber=number, capabilities=flag)
    for key, capabilities in table.items():
        carrierx.ExternalDID(key, phonenumber=number, capabilities=capabilities)


def the_outputs(number: carrierx.ExternalDID) -> None:
    assert_type(number.id, pulumi.Output[str])
    assert_type(number.urn, pulumi.Output[str])
    assert_type(number.phonenumber, pulumi.Output[str])
    assert_type(number.capabilities, pulumi.Output[int])
    assert_type(number.external_did_sid, pulumi.Output[str])
    assert_type(number.managed_fields, pulumi.Output[dict[str, Any]])
    assert_type(number.active_capabilities, pulumi.Output[int | None])
    assert_type(number.carrierx_id, pulumi.Output[int | None])
    assert_type(number.adopt_existing, pulumi.Output[bool | None])
    assert_type(number.attributes, pulumi.Output[dict[str, Any] | None])
    assert_type(number.additional_fields, pulumi.Output[dict[str, Any] | None])
    for text in (
        number.underlying_carrier_sid,
        number.name,
        number.callback_url,
        number.string_key_1,
        number.string_key_2,
        number.account,
        number.status,
        number.campaign_sid,
        number.classification_sid,
        number.lrn_sid,
        number.partner_sid,
        number.provider_sid,
        number.country_code,
        number.in_country_format,
        number.international_format,
        number.lata,
        number.locality,
        number.state,
        number.ocn,
        number.ocn_block,
    ):
        assert_type(text, pulumi.Output[str | None])


def a_number_that_is_managed_elsewhere(sid: pulumi.Output[str]) -> None:
    assert_type(carrierx.ExternalDID.get("shared", "a SID"), carrierx.ExternalDID)
    carrierx.ExternalDID.get("shared", sid, account="reseller-b", opts=pulumi.ResourceOptions())


def a_look_up() -> None:
    by_sid = carrierx.get_external_did(sid="a SID", account="reseller-b")
    by_number = carrierx.get_external_did(phonenumber="+46700987654")
    assert_type(by_sid.phonenumber, str)
    assert_type(by_number.external_did_sid, str)
    assert_type(by_number.name, str | None)


def a_look_up_by_an_output(number: carrierx.ExternalDID) -> None:
    found = carrierx.get_external_did_output(sid=number.external_did_sid, account=None)
    assert_type(found, pulumi.Output[RegisteredExternalDID])
    assert_type(found.apply(lambda known: known.phonenumber), pulumi.Output[str])


def a_list() -> None:
    found = carrierx.list_external_dids(
        filter='name like "support%"', order="name asc", account="reseller-b"
    )
    assert_type(found, list[RegisteredExternalDID])
    assert_type(carrierx.list_external_dids(), list[RegisteredExternalDID])


def a_pool_of_numbers(rows: list[carrierx.NumberRow], hook: pulumi.Output[str]) -> None:
    pool = carrierx.NumberPool("numbers", table="numbers.csv")
    assert_type(pool.numbers, Mapping[str, carrierx.ExternalDID])
    assert_type(pool.sids, pulumi.Output[dict[str, str]])
    carrierx.NumberPool(
        "numbers",
        table=Path("numbers.yaml"),
        others=Path().glob("numbers.*.yaml"),
        opts=pulumi.ResourceOptions(protect=True, depends_on=[pool]),
    )
    carrierx.NumberPool("rows", table=rows, others=["numbers.csv"], allow_empty=True)
    carrierx.NumberPool("some rows", table=(row for row in rows if row.label == "support"))
    carrierx.NumberPool(
        "a program's own rows",
        table={"support": {"phonenumber": "+46700987654", "capabilities": 3, "callback_url": hook}},
    )


def a_table_of_numbers() -> None:
    try:
        rows = carrierx.read_number_table("numbers.csv")
    except carrierx.TableError as error:
        assert_type([mistake.line for mistake in error.mistakes], list[int | None])
        return
    assert_type(rows, list[carrierx.NumberRow])
    assert_type(carrierx.read_number_table("none.csv", allow_empty=True), list[carrierx.NumberRow])
    for row in rows:
        assert_type(row.phonenumber, str)
        assert_type(row.line, int)
        carrierx.ExternalDID(row.label, **row.fields)


def what_the_types_refuse() -> None:
    carrierx.ExternalDID("no number", capabilities=3)  # type: ignore[call-arg]
    carrierx.ExternalDID("no capabilities", phonenumber="+46700987654")  # type: ignore[call-arg]
    carrierx.ExternalDID(
        "a number that is an integer",
        phonenumber=46700987654,  # type: ignore[arg-type]
        capabilities=3,
    )
    carrierx.ExternalDID(
        "attributes that are no object",
        phonenumber="+46700987654",
        capabilities=3,
        attributes=["support"],  # type: ignore[arg-type]
    )
    carrierx.ExternalDID(
        "an argument that there is not",
        phonenumber="+46700987654",
        capabilities=3,
        callback="https://example.com/sms",  # type: ignore[call-arg]
    )
    carrierx.get_external_did("a SID without its name")  # type: ignore[call-arg]
    carrierx.NumberPool("no table")  # type: ignore[call-arg]
    carrierx.NumberPool("a table without its name", "numbers.csv")  # type: ignore[call-arg]
    carrierx.NumberPool("a number", table=46700987654)  # type: ignore[arg-type]
