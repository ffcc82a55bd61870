"""The resource: one External DID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi

from pulumi_carrierx.early_check import checked_inputs, checked_sid, noting_wrong_arguments
from pulumi_carrierx.ownership_input import ownership_input
from pulumi_carrierx.program_values import secrecy_input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carrierx_api.capabilities import Capability

Capabilities: TypeAlias = "Capability | int | Sequence[pulumi.Input[Capability | str | int]]"
"""Names (``receive_sms``, ``send_sms``, ``receive_mms``, ``send_mms``), a ``Capability``, or
CarrierX's integer."""

RESOURCE_TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
"""The type token in every state; it never changes."""


class ExternalDID(pulumi.CustomResource):
    """A phone number that lives elsewhere, registered with CarrierX for SMS and MMS.

    You manage what you state: a field that the program states is enforced, one that it never
    stated is left alone, one that it stops stating is cleared where CarrierX can. The same goes
    for each key inside ``attributes``.

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
    """The number's name; CarrierX makes one up (``External DID 102505``) where none is stated."""

    callback_url: pulumi.Output[str | None]
    """URL that receives SMS events."""

    attributes: pulumi.Output[dict[str, Any] | None]
    """All attributes of the number, those of others included. An integer beyond 2^53 is shown as a
    string, since the engine cannot keep it exactly."""

    string_key_1: pulumi.Output[str | None]
    """Free text."""

    string_key_2: pulumi.Output[str | None]
    """Free text."""

    account: pulumi.Output[str | None]
    """Name of the account in ``carrierx:accounts``; None is the default one."""

    adopt_existing: pulumi.Output[bool | None]
    """Whether the number might be taken over when this resource was created; None is no."""

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
    """The number as it is written in its country."""

    international_format: pulumi.Output[str | None]
    """The number as it is written abroad."""

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
    """Fields that CarrierX sends and its documentation does not name."""

    managed_fields: pulumi.Output[dict[str, Any]]
    """Which fields the program states, without their values; attributes key by key."""

    @property
    def external_did_sid(self) -> pulumi.Output[str]:
        """CarrierX's secure ID of this registration, a UUID.

        It is the resource's ``id``, so the preview of an update knows it already.
        """
        return self.id

    @noting_wrong_arguments
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

        Every argument may be an Output of another resource, or a secret. None says nothing, as if
        the argument were left out. Mistakes are reported by the engine, in the preview, all at
        once.

        :param resource_name: the resource's name in the stack.
        :param phonenumber: E.164, with or without ``+``. A change replaces.
        :param capabilities: names, a ``Capability``, or CarrierX's integer. A change replaces.
        :param underlying_carrier_sid: SID of the carrier under the number. A change replaces.
        :param name: the number's name; default: CarrierX makes one up.
        :param callback_url: http or https URL that receives SMS events.
        :param attributes: any JSON object; the keys that it states are managed, others left alone.
        :param string_key_1: free text.
        :param string_key_2: free text.
        :param account: name of an account in ``carrierx:accounts``; default: the account of
            ``carrierx:token``. A change replaces.
        :param adopt_existing: take the number over if it is registered already, instead of
            failing; default: False.
        :param opts: Pulumi's options.
        """
        stated = {
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
        found_out = {
            "name_is_secret": secrecy_input(name),
            "ownership": ownership_input(resource_name),
        }
        # What has a name here becomes an Output of the resource; these two are for the provider.
        stated |= {key: value for key, value in found_out.items() if value is not None}
        super().__init__(
            RESOURCE_TYPE,
            resource_name,
            {**checked_inputs(resource_name, stated, opts), **dict.fromkeys(_OUTPUTS_ONLY)},
            opts,
        )

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

        :param resource_name: the resource's name in the stack.
        :param sid: its ``external_did_sid``.
        :param account: as for the constructor.
        :param opts: Pulumi's options.
        """
        resource = cls.__new__(cls)
        checked, inputs = checked_sid(resource_name, sid, account, opts)
        pulumi.CustomResource.__init__(
            resource,
            RESOURCE_TYPE,
            resource_name,
            {**dict.fromkeys(_OUTPUTS), **inputs},
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=checked)),
        )
        return resource


_OUTPUTS_ONLY = (
    "active_capabilities",
    "status",
    "campaign_sid",
    "classification_sid",
    "lrn_sid",
    "partner_sid",
    "provider_sid",
    "country_code",
    "in_country_format",
    "international_format",
    "lata",
    "locality",
    "state",
    "ocn",
    "ocn_block",
    "carrierx_id",
    "additional_fields",
    "managed_fields",
)

_OUTPUTS = tuple(ExternalDID.__annotations__)

# For every resource the SDK evaluates the annotations of its class anew, and has one use for them:
# a number is a float on the wire, and becomes an integer where one is declared. So at run time the
# class declares its integers alone. A type checker reads the class as it is written.
ExternalDID.__annotations__ = {
    "capabilities": pulumi.Output[int],
    "active_capabilities": pulumi.Output[int | None],
    "carrierx_id": pulumi.Output[int | None],
}
