"""What was: an External DID as the state's outputs record it after the last operation.

The outputs are CarrierX's fields under CarrierX's names, and ours:

- ``account``, ``adopt_existing``, ``name_is_secret``: as they were stated;
- ``managed_fields``: what the program stated, without values. Once a field is no longer stated,
  nothing else can tell that it ever was;
- ``ownership``: the ownership record as it was written to CarrierX, which is kept out of
  ``attributes``;
- ``resource_mark``: random, to tell two resources apart that have the same registration;
- ``additional_fields``: fields that CarrierX sends and its documentation does not name;
- ``carrierx_id``: CarrierX's ``id``, since ``id`` is Pulumi's own.

A null is not recorded: the engine drops it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from carrierx_api.models import UPDATABLE_FIELDS, ExternalDID
from carrierx_provider.core.json_merge import json_equal, pick
from carrierx_provider.core.json_values import LARGEST_EXACT_INTEGER, SIGNATURE_KEY
from carrierx_provider.external_did.ownership import ownership_in, record_of, without_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_api.calls import Call
    from carrierx_provider.core.json_merge import JsonObject, Mask
    from carrierx_provider.external_did.inputs import Inputs
    from carrierx_provider.external_did.ownership import Ownership

SYSTEM_FIELDS = tuple(
    name
    for name in ExternalDID.model_fields
    if name not in {*UPDATABLE_FIELDS, "id", "external_did_sid", "phonenumber", "capabilities"}
)
"""Fields that CarrierX sets, of which a response may leave out any."""


@dataclass(frozen=True, slots=True)
class State:
    """The outputs as the plan reads them. ``fields`` may hold secrets."""

    external_did_sid: str
    phonenumber: str
    capabilities: int
    account: str | None
    managed: Mask
    mark: str | None
    """Tells two resources of the same registration apart; None in a state written by hand."""
    name_is_secret: bool
    ownership: Ownership | None
    fields: Mapping[str, Any] = field(repr=False)
    """CarrierX's other fields by name; an absent one is null."""

    def value(self, name: str) -> Any:  # noqa: ANN401 -- a field's value
        """The recorded value of any field, ours or CarrierX's; None for null."""
        if name in {"phonenumber", "capabilities", "account"}:
            return getattr(self, name)
        return self.fields.get(name)

    @property
    def as_registered(self) -> dict[str, Any]:
        """CarrierX's fields by name, the ownership record among the attributes."""
        return {
            **self.fields,
            "phonenumber": self.phonenumber,
            "capabilities": self.capabilities,
            "attributes": self.all_attributes,
        }

    @property
    def shown_name(self) -> str | None:
        """The number's name for messages, unless it is secret."""
        return None if self.name_is_secret else self.fields.get("name")

    @property
    def attributes(self) -> JsonObject:
        """The recorded attributes, without the ownership record; empty where there are none."""
        return self.fields.get("attributes") or {}

    @property
    def all_attributes(self) -> JsonObject:
        """The recorded attributes, the ownership record among them."""
        record = self.ownership.as_attribute() if self.ownership else {}
        return {**self.attributes, **record}


def parse_state(outputs: Mapping[str, Any], external_did_sid: str) -> State:
    """Read the outputs back. Those written by hand or by an older version may lack fields."""
    return State(
        external_did_sid=external_did_sid,
        phonenumber=str(outputs.get("phonenumber", "")),
        capabilities=int(outputs.get("capabilities", 0)),
        account=outputs.get("account"),
        managed=outputs.get("managed_fields") or {},
        mark=outputs.get("resource_mark"),
        name_is_secret=outputs.get("name_is_secret") is True,
        ownership=ownership_in(outputs),
        fields={
            name: outputs[name]
            for name in (*UPDATABLE_FIELDS, *SYSTEM_FIELDS)
            if outputs.get(name) is not None
        },
    )


def outputs_after(
    external_did: ExternalDID,
    stated: Inputs,
    before: Mapping[str, Any] | None = None,
    sent: Call | None = None,
) -> dict[str, Any]:
    """The outputs after a create or an update.

    :param external_did: CarrierX's answer. A field that it leaves out has the value that was sent
        or, where none was, the value it had before.
    :param stated: what the program states, all of it known by now.
    :param before: the outputs until now.
    :param sent: the call that was answered; None if nothing had to be sent.
    """
    before = {**(before or {}), **_sent_values(before or {}, sent)}
    ownership = _ownership_after(external_did, stated, before, sent)
    ours = {
        "ownership": ownership.as_properties() if ownership else None,
        "resource_mark": before.get("resource_mark") or uuid4().hex,
        # As it was stated: the answer's spelling may differ, and a difference would replace.
        "phonenumber": stated.phonenumber,
        "account": stated.account,
        "adopt_existing": stated.adopt_existing or None,
        "name_is_secret": stated.name_is_secret or None,
        "managed_fields": stated.managed,
    }
    merged = _merged(before, external_did, ownership)
    return _without_nulls({**merged, **ours})


def outputs_kept(before: Mapping[str, Any], stated: Inputs) -> dict[str, Any]:
    """The outputs after an update that had nothing to send: only what is managed has changed."""
    ours = {
        "managed_fields": stated.managed,
        "name_is_secret": stated.name_is_secret or None,
    }
    return _without_nulls({**before, **ours})


def outputs_read(external_did: ExternalDID, before: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs after a refresh, or after a first read (``ExternalDID.get``).

    Responses differ in which of the system's fields they carry. So a field that turns up for the
    first time is no drift: where nothing else has changed, the outputs stay as they are.
    """
    merged = _without_nulls(_merged(before, external_did, ownership_in(before)))
    if "managed_fields" not in before:
        return {**merged, "managed_fields": {}}
    if "phonenumber" in before:
        merged["phonenumber"] = before["phonenumber"]
    known = {key for key in merged if key in before or key in UPDATABLE_FIELDS}
    seen = {key: merged[key] for key in known}
    if "additional_fields" in seen:
        seen["additional_fields"] = {
            key: value
            for key, value in seen["additional_fields"].items()
            if key in before["additional_fields"]
        }
    return dict(before) if json_equal(seen, dict(before)) else merged


def fields_recorded(outputs: Mapping[str, Any]) -> frozenset[str]:
    """CarrierX's fields, by its own names, without which an object cannot serve a refresh.

    Those that may change, and whatever the outputs hold: what an object leaves out would count as
    unchanged. ``id`` never changes, and is in some responses only.
    """
    names = {name for name in ExternalDID.model_fields if outputs.get(name) is not None}
    additional = outputs.get("additional_fields") or {}
    return frozenset(
        {*names, *additional, *UPDATABLE_FIELDS, "phonenumber", "capabilities"} - {"id"}
    )


def inputs_seen(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What stands now where the program stated something: the inputs of a refreshed resource.

    With them, a preview after a drift can say what drifted, and from which value.
    """
    always = (
        "phonenumber",
        "capabilities",
        "account",
        "adopt_existing",
        "name_is_secret",
        "ownership",
    )
    seen = {name: outputs[name] for name in always if name in outputs}
    return {**seen, **pick(dict(outputs), outputs.get("managed_fields") or {})}


def _ownership_after(
    external_did: ExternalDID, stated: Inputs, before: Mapping[str, Any], sent: Call | None
) -> Ownership | None:
    """The record that stands now: what was sent, or what the answer shows."""
    ours = stated.ownership
    if ours is None:
        return None if sent is not None else ownership_in(before)
    written = (sent.body or {}).get("attributes") if sent is not None else None
    for attributes in (written, external_did.attributes):
        if record_of(attributes, ours.key) == ours:
            return ours
    return ownership_in(before)


def _sent_values(before: Mapping[str, Any], sent: Call | None) -> dict[str, Any]:
    if sent is None or sent.body is None:
        return {}
    values = dict(sent.body)
    if "attributes" in values and not sent.query:
        values["attributes"] = {**(before.get("attributes") or {}), **values["attributes"]}
    return values


def _merged(
    before: Mapping[str, Any], external_did: ExternalDID, ownership: Ownership | None
) -> dict[str, Any]:
    answered = external_did.model_dump(exclude_unset=True)
    additional = {
        **(before.get("additional_fields") or {}),
        **{name: answered.pop(name) for name in external_did.model_extra or {}},
    }
    if "id" in answered:
        answered["carrierx_id"] = answered.pop("id")
    if additional:
        answered["additional_fields"] = additional
    merged = {**before, **answered}
    if merged.get("attributes"):
        merged["attributes"] = without_record(merged["attributes"], ownership)
    return {key: _representable(value) for key, value in merged.items()}


def _without_nulls(outputs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in outputs.items() if value is not None}


def _representable(value: Any) -> Any:  # noqa: ANN401 -- JSON is any of its types
    """The value with numbers that a 64-bit float cannot hold exactly written as strings.

    The program cannot state such a number; somebody else's attributes may hold one.
    """
    if isinstance(value, dict):
        return {
            f"({key})" if key == SIGNATURE_KEY else key: _representable(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_representable(inner) for inner in value]
    if isinstance(value, int) and abs(value) > LARGEST_EXACT_INTEGER:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
