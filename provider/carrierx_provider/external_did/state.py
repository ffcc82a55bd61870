"""What the state stores: an External DID as its outputs record it after the last operation.

The outputs are CarrierX's fields under CarrierX's names, and ours:

- ``account``, ``adopt_existing``, ``name_is_secret``: as they were declared;
- ``managed_fields``: what the program declared, without values. Once a field is no longer declared,
  nothing else can tell that it ever was. ``False`` in place of ``True``: a response has shown that
  somebody else changed the value since, so that it is not ours to clear;
- ``ownership``: the ownership record as it was written to CarrierX, which is kept out of
  ``attributes``;
- ``resource_mark``: random, so that two resources with the same registration differ;
- ``additional_fields``: fields that CarrierX sends and its documentation does not name;
- ``carrierx_id``: CarrierX's ``id``, since ``id`` is Pulumi's own.

A null is not stored: the engine drops it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import uuid4

from carrierx_api.calls import Call
from carrierx_api.models import UPDATABLE_FIELDS, ExternalDID
from carrierx_provider.core.json_merge import Mask, json_equal, mark_changed, merge, pick
from carrierx_provider.core.json_values import LARGEST_EXACT_INTEGER, SIGNATURE_KEY, exact_json
from carrierx_provider.core.resource import is_unknown
from carrierx_provider.core.text import number_and_name
from carrierx_provider.external_did import schema
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import Attributes, Ownership, record_of


@dataclass(frozen=True, slots=True)
class State:
    """The outputs as the plan reads them. ``fields``, ``attributes`` and ``outputs`` may be secret.

    Attributes:
        phonenumber: E.164; empty in a state that was written by hand without it.
        managed: What the program declared, key by key, and which of it somebody else has changed.
        instance_id: The output ``resource_mark``; None in a state that was written by hand.
        ownership: The ownership record that CarrierX has.
        attributes: Split by that record and by the declared one.
        fields: CarrierX's fields by name; an absent one is null.
        outputs: All of it, as the engine stores it.
    """

    external_did_sid: str
    phonenumber: str
    account: str | None
    managed: Mask
    instance_id: str | None
    name_is_secret: bool
    ownership: Ownership | None
    attributes: Attributes = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(
        cls, outputs: Mapping[str, Any], external_did_sid: str, declared: Ownership | None = None
    ) -> Self:
        """Read the outputs. Those written by hand or by an older version may lack fields.

        ``declared`` is the ownership record that the program declares; its key may be another one.
        """
        ownership = Ownership.parse(outputs)
        record = ownership.as_attribute() if ownership else {}
        fields = pick(dict(outputs), dict.fromkeys(ExternalDID.model_fields, True))
        if "capabilities" in fields:
            fields["capabilities"] = int(fields["capabilities"])
        return cls(
            external_did_sid=external_did_sid,
            phonenumber=str(outputs.get("phonenumber", "")),
            account=outputs.get("account"),
            managed=outputs.get("managed_fields") or {},
            instance_id=outputs.get("resource_mark"),
            name_is_secret=outputs.get("name_is_secret") is True,
            ownership=ownership,
            attributes=Attributes.split(
                {**(outputs.get("attributes") or {}), **record}, ownership, declared
            ),
            fields=fields,
            outputs=outputs,
        )

    @classmethod
    def of_existing(cls, external_did: ExternalDID, inputs: Inputs) -> Self:
        """A registration that no state has yet, for the resource that is to take it over."""
        ours = inputs.ownership
        record = record_of(external_did.attributes, ours.key) if ours else None
        outputs = {
            **outputs_read(external_did, {}),
            "account": inputs.account,
            "resource_mark": uuid4().hex,
            "ownership": record.as_properties() if record else None,
        }
        return cls.parse(_without_nulls(outputs), external_did.external_did_sid, ours)

    def value(self, name: str) -> Any:  # noqa: ANN401 -- a field's value
        """The value of any field but the attributes; None for null."""
        return self.account if name == "account" else self.fields.get(name)

    @property
    def partner_sid(self) -> str | None:
        """Of the account in which the number was registered; None if the state has none."""
        partner_sid: str | None = self.fields.get("partner_sid")
        return partner_sid

    @property
    def label(self) -> str:
        """The number and its name as messages show them, unless the name is secret."""
        name = None if self.name_is_secret else self.fields.get("name")
        return number_and_name(self.phonenumber or f"SID {self.external_did_sid}", name)

    def as_seen(self, seen: ExternalDID | None) -> Self:
        """With what a read has shown since; a field that it leaves out is as it was."""
        if seen is None:
            return self
        live = seen.model_dump(exclude_unset=True)
        fields = {**self.fields, **pick(live, dict.fromkeys(ExternalDID.model_fields, True))}
        attributes = self.attributes
        if "attributes" in live:
            attributes = Attributes.split(live["attributes"], self.ownership)
        gone = {name for name, value in live.items() if value is None}
        fields = {name: value for name, value in fields.items() if name not in gone}
        return replace(self, fields=fields, attributes=attributes)

    def body_to_register_again(self, seen: ExternalDID | None) -> dict[str, Any]:
        """The body that registers the number as it was; ``seen`` is how it was last read.

        Which number that is, the state says.
        """
        was = self.as_seen(seen)
        attributes: object = was.attributes.joined
        if seen is None or "attributes" not in seen.model_fields_set:
            # The engine passes every number in the state as a float.
            attributes, _ = exact_json(attributes, is_unknown)
        phonenumber = self.phonenumber or was.fields.get("phonenumber")
        body = {**was.fields, "phonenumber": phonenumber, "attributes": attributes}
        return {name: body[name] for name in schema.BODY_FIELDS if body.get(name) not in (None, {})}


def matches_create(call: Call, existing: ExternalDID) -> bool:
    """Whether an existing registration is exactly what this call asked for.

    Exactly: a field or an attribute that was not asked for speaks against it, unless CarrierX makes
    it up where it is left out.
    """
    asked: Mapping[str, Any] = call.body or {}
    made_up = {*schema.KEPT_FIELDS, *schema.CHOSEN_FIELDS} - asked.keys()
    # The number is the one that was looked for.
    fields = set(schema.BODY_FIELDS) - {"phonenumber", *schema.MERGED_FIELDS} - made_up
    return all(asked.get(name) == getattr(existing, name) for name in fields) and json_equal(
        asked.get("attributes") or {}, existing.attributes or {}
    )


def matches_update(call: Call, existing: ExternalDID) -> bool:
    """Whether every field of this update has the value that it asked for."""
    asked = dict(call.body or {})
    if "attributes" in asked:
        sent, live = asked.pop("attributes"), existing.attributes or {}
        # Nested objects are sent whole, so that shallow and deep merges come to the same.
        if not json_equal(live, sent if call.query else merge(live, sent)):
            return False
    return all(getattr(existing, name) == value for name, value in asked.items())


def outputs_after(
    external_did: ExternalDID,
    inputs: Inputs,
    before: Mapping[str, Any] | None = None,
    sent: Call | None = None,
) -> dict[str, Any]:
    """The outputs after a create or an update.

    Args:
        external_did: CarrierX's response. A field that it leaves out has the value that was sent
            or, where none was, the value that it had before.
        sent: The call of that response; None if nothing had to be sent.
    """
    before = {**(before or {}), **_sent_values(before or {}, sent)}
    ownership = _ownership_after(external_did, inputs, before, sent)
    ours = {
        "ownership": ownership.as_properties() if ownership else None,
        "resource_mark": before.get("resource_mark") or uuid4().hex,
        # As it was declared: the response's spelling may differ, and a difference would replace.
        "phonenumber": inputs.phonenumber,
        "account": inputs.account,
        "adopt_existing": inputs.adopt_existing or None,
        "name_is_secret": inputs.name_is_secret or None,
    }
    merged = _merged(before, external_did, ownership)
    declared = {name: getattr(inputs, name) for name in inputs.managed}
    # Somebody else may have changed what was not sent, since the state was written.
    managed = _marked(inputs.managed, declared, merged)
    return _without_nulls({**merged, **ours, "managed_fields": managed})


def outputs_kept(before: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    """The outputs after an update that had nothing to send.

    What is managed has changed, or the name of the account.
    """
    ours = {
        "account": inputs.account,
        "managed_fields": inputs.managed,
        "name_is_secret": inputs.name_is_secret or None,
    }
    return _without_nulls({**before, **ours})


def outputs_read(external_did: ExternalDID, before: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs after a refresh, or after a first read (``ExternalDID.get``).

    Responses differ in which of the system's fields they carry. So a field that turns up for the
    first time is no drift: where nothing else has changed, the outputs stay as they are.
    """
    merged = _without_nulls(_merged(before, external_did, Ownership.parse(before)))
    if "managed_fields" not in before:
        return {**merged, "managed_fields": {}}
    merged["managed_fields"] = _marked(before["managed_fields"], before, merged)
    if "phonenumber" in before:
        merged["phonenumber"] = before["phonenumber"]
    seen = {key: merged[key] for key in merged if key in before or key in UPDATABLE_FIELDS}
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
    return frozenset({*names, *additional, *UPDATABLE_FIELDS, *schema.REQUIRED_FIELDS} - {"id"})


def inputs_seen(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The values now of what the program declared: the inputs of a refreshed resource.

    With them, a preview after a drift can show what drifted, and from which value.
    """
    managed = {*schema.SCALAR_FIELDS, *schema.MERGED_FIELDS, *schema.CHOSEN_FIELDS}
    mask: Mask = {name: True for name in schema.Fields.model_fields if name not in managed}
    return pick(dict(outputs), {**mask, **(outputs.get("managed_fields") or {})})


def _marked(managed: Mask, before: Mapping[str, Any], now: Mapping[str, Any]) -> Mask:
    """What is managed, with a mark for each value that somebody else has changed."""
    kept = {name: inner for name, inner in managed.items() if name not in schema.CLEARED_FIELDS}
    cleared = {name: inner for name, inner in managed.items() if name not in kept}
    return {**kept, **mark_changed(cleared, dict(before), dict(now))}


def _ownership_after(
    external_did: ExternalDID, inputs: Inputs, before: Mapping[str, Any], sent: Call | None
) -> Ownership | None:
    """The record that CarrierX has now: what was sent, or what the response shows."""
    ours = inputs.ownership
    if ours is None:
        return None if sent is not None else Ownership.parse(before)
    written = (sent.body or {}).get("attributes") if sent is not None else None
    for attributes in (written, external_did.attributes):
        if record_of(attributes, ours.key) == ours:
            return ours
    return Ownership.parse(before)


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
    seen = external_did.model_dump(exclude_unset=True)
    additional = {
        **(before.get("additional_fields") or {}),
        **{name: seen.pop(name) for name in external_did.model_extra or {}},
    }
    if "id" in seen:
        seen["carrierx_id"] = seen.pop("id")
    if additional:
        seen["additional_fields"] = additional
    merged = {**before, **seen}
    if merged.get("attributes"):
        merged["attributes"] = Attributes.split(merged["attributes"], ownership).values
    return {key: _representable(value) for key, value in merged.items()}


def _without_nulls(outputs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in outputs.items() if value is not None}


def _representable(value: Any) -> Any:  # noqa: ANN401 -- JSON is any of its types
    """The value with numbers that a 64-bit float cannot hold exactly written as strings.

    The program cannot declare such a number; attributes of others may have one.
    """
    if isinstance(value, dict):
        return {
            f"({key})" if key == SIGNATURE_KEY else key: _representable(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_representable(inner) for inner in value]
    is_inexact = isinstance(value, int) and abs(value) > LARGEST_EXACT_INTEGER
    if is_inexact or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    return value
