"""The resource: one External DID."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi

from pulumi_carrierx.provider_input import (
    order_input,
    ownership_input,
    retention_input,
    secrecy_input,
)
from pulumi_carrierx.validation import checked_inputs, checked_sid, collect_argument_errors

if TYPE_CHECKING:
    from carrierx_api.capabilities import Capability

Capabilities: TypeAlias = "Capability | int | Sequence[pulumi.Input[Capability | str | int]]"
"""Names (``receive_sms``, ``send_sms``, ``receive_mms``, ``send_mms``), a ``Capability``, or
CarrierX's integer."""

RESOURCE_TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
"""The type token in every state; it must never change."""


class ExternalDID(pulumi.CustomResource):
    """A phone number that lives elsewhere, registered with CarrierX for SMS and MMS.

    You manage what you declare: a field that the program declares is enforced, one that it never
    declared is left alone, one that it no longer declares is cleared if CarrierX can clear it. The
    same applies to each key inside ``attributes``.

    ``name``, ``callback_url``, ``attributes``, ``string_key_1`` and ``string_key_2`` change in
    place. ``phonenumber``, ``capabilities``, ``underlying_carrier_sid`` and ``account`` cannot be
    updated: a change replaces the number's registration.

    Source: CarrierX Core API, Phone Numbers, "External DID Object".
    """

    phonenumber: pulumi.Output[str]
    """The number, E.164 with its ``+``."""
    capabilities: pulumi.Output[int]
    """What was registered: the sum of ``Capability`` bits."""
    underlying_carrier_sid: pulumi.Output[str | None]
    """SID of the carrier under the number."""
    name: pulumi.Output[str | None]
    """The number's name; CarrierX chooses one (``External DID 102505``) if none is declared."""
    callback_url: pulumi.Output[str | None]
    """URL that receives SMS events."""
    attributes: pulumi.Output[dict[str, Any] | None]
    """All attributes of the number, including those of others. An integer beyond 2^53 is shown as a
    string, since the engine cannot keep it exactly."""
    string_key_1: pulumi.Output[str | None]
    """Free text."""
    string_key_2: pulumi.Output[str | None]
    """Free text."""
    account: pulumi.Output[str | None]
    """Name of the account in ``carrierx:accounts``; None is the default one."""
    adopt_existing: pulumi.Output[bool | None]
    """Whether an existing registration could be taken over at creation; None is no."""
    active_capabilities: pulumi.Output[int | None]
    """The capabilities in force; equal to ``capabilities`` right after the registration."""
    status: pulumi.Output[str | None]
    """CarrierX's status of the number, e.g. ``assigned``."""
    campaign_sid: pulumi.Output[str | None]
    """SID of the messaging campaign."""
    classification_sid: pulumi.Output[str | None]
    """SID of the classification."""
    lrn_sid: pulumi.Output[str | None]
    """SID of the location routing number."""
    partner_sid: pulumi.Output[str | None]
    """SID of the partner that the number belongs to."""
    provider_sid: pulumi.Output[str | None]
    """SID of the provider."""
    country_code: pulumi.Output[str | None]
    """ISO 3166-1 alpha-3, e.g. ``SWE``."""
    in_country_format: pulumi.Output[str | None]
    """The number as written in its country."""
    international_format: pulumi.Output[str | None]
    """The number as written abroad."""
    lata: pulumi.Output[str | None]
    """Local access and transport area."""
    locality: pulumi.Output[str | None]
    """City or place."""
    state: pulumi.Output[str | None]
    """State or province."""
    ocn: pulumi.Output[str | None]
    """Operating company number."""
    ocn_block: pulumi.Output[str | None]
    """Operating company number block."""
    carrierx_id: pulumi.Output[int | None]
    """CarrierX's numeric ``id``, which only some of its responses carry; ``id`` is Pulumi's."""
    additional_fields: pulumi.Output[dict[str, Any] | None]
    """Fields that CarrierX sends and does not document."""
    managed_fields: pulumi.Output[dict[str, Any]]
    """Which fields the program declares, without their values; attributes key by key. False marks
    what somebody else has changed since.
    """

    @property
    def external_did_sid(self) -> pulumi.Output[str]:
        """CarrierX's secure ID of this registration, a UUID.

        It is the resource's ``id``, so the preview of an update knows it already.
        """
        return self.id

    @collect_argument_errors
    def __init__(  # noqa: PLR0913 -- one argument for each of CarrierX's fields
        self,
        resource_name: str,
        *,
        phonenumber: pulumi.Input[str],
        capabilities: pulumi.Input[Capabilities],
        underlying_carrier_sid: pulumi.Input[str | None] | None = None,
        name: pulumi.Input[str | None] | None = None,
        callback_url: pulumi.Input[str | None] | None = None,
        attributes: pulumi.Input[Mapping[str, Any] | None] | None = None,
        string_key_1: pulumi.Input[str | None] | None = None,
        string_key_2: pulumi.Input[str | None] | None = None,
        account: pulumi.Input[str | None] | None = None,
        adopt_existing: pulumi.Input[bool | None] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the number.

        Every argument may be an Output of another resource, or a secret. None is the same as
        leaving the argument out. Mistakes are reported by the engine, in the preview, all at once.

        Args:
            resource_name: the resource's name in the stack.
            phonenumber: E.164, with or without ``+``. A change replaces.
            capabilities: names, a ``Capability``, or CarrierX's integer. A change replaces.
            underlying_carrier_sid: SID of the carrier under the number. A change replaces.
            name: the number's name; default: CarrierX chooses one.
            callback_url: http or https URL that receives SMS events.
            attributes: any JSON object; the keys that it declares are managed, others left alone.
            string_key_1: free text.
            string_key_2: free text.
            account: name of an account in ``carrierx:accounts``; default: the account of
                ``carrierx:token``. A change to another account replaces.
            adopt_existing: take the number over if it is registered already, instead of
                failing; default: False.
            opts: Pulumi's options.
        """
        declared = {
            "phonenumber": phonenumber,
            "capabilities": capabilities,
            "underlying_carrier_sid": underlying_carrier_sid,
            "name": name,
            "callback_url": callback_url,
            "attributes": attributes,
            "string_key_1": string_key_1,
            "string_key_2": string_key_2,
            "account": account,
            "adopt_existing": adopt_existing,
        }
        for_the_provider = {
            "name_is_secret": secrecy_input(name),
            "retain_on_delete": retention_input(opts),
            "delete_before_replace": order_input(opts),
            "ownership": ownership_input(resource_name),
        }
        # Every key becomes an Output of the resource, so these are left out if they are None.
        declared |= {key: value for key, value in for_the_provider.items() if value is not None}
        inputs = checked_inputs(resource_name, declared, opts)
        super().__init__(RESOURCE_TYPE, resource_name, {**dict.fromkeys(_OUTPUTS), **inputs}, opts)

    @classmethod
    def get(
        cls,
        resource_name: str,
        sid: pulumi.Input[str],
        *,
        account: pulumi.Input[str | None] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> ExternalDID:
        """Read a number that is managed elsewhere; nothing is ever changed on it.

        Args:
            resource_name: the resource's name in the stack.
            sid: its ``external_did_sid``.
            account: as for the constructor.
            opts: Pulumi's options.
        """
        resource = cls.__new__(cls)
        checked, inputs = checked_sid(resource_name, sid, account, opts)
        inputs = {**dict.fromkeys(_OUTPUTS), **inputs}
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=checked))
        pulumi.CustomResource.__init__(resource, RESOURCE_TYPE, resource_name, inputs, opts)
        return resource


_OUTPUTS = tuple(ExternalDID.__annotations__)

# The SDK evaluates the annotations of the class for every resource, and needs them for one thing: a
# number is a float on the wire, and becomes an integer where the class declares one. So at run time
# the class only declares its integers. A type checker reads the class as it is written.
ExternalDID.__annotations__ = {
    "capabilities": pulumi.Output[int],
    "active_capabilities": pulumi.Output[int | None],
    "carrierx_id": pulumi.Output[int | None],
}
