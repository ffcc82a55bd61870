"""The PATCH of an update: what it contains, whether a read comes first, and what it leaves alone.

Pure. Source of the rules: Core API, Phone Numbers, "Update External DID": how ``attributes``
merges, and what ``nested_objects=replace`` does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from carrierx_api import calls
from carrierx_api.models import ExternalDID
from carrierx_provider.core.json_merge import (
    JsonObject,
    Path,
    clear,
    json_equal,
    loses_a_key,
    mask_of,
    merge,
)
from carrierx_provider.core.resource import UNKNOWN, FieldChange, Plan, PlanKind
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did import schema
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import (
    Attributes,
    Ownership,
    is_free_for,
    other_stack,
    owner_text,
)
from carrierx_provider.external_did.state import State

MOST_PATHS = 10
"""Fields and keys that a warning names."""


def plan_update(
    state: State,
    inputs: Inputs,
    changes: list[FieldChange],
    live: ExternalDID | None,
    *,
    takes_over: bool,
) -> Plan:
    """The update that makes these changes; for the arguments see ``plan.plan_change``."""
    current = state.attributes
    after, kept_keys = attributes_after(current, state, inputs, takes_over=takes_over)
    kept = [*_kept_fields(state, inputs), *kept_keys]
    body = {
        change.name: change.after
        for change in changes
        if change.name in schema.SCALAR_FIELDS
        and (change.after is not None or change.name not in schema.KEPT_FIELDS)
    }
    changes_attributes = any(change.name == "attributes" for change in changes)
    # The record is no change by itself: it comes, and goes, along with one.
    changes_record = bool(body or changes_attributes) and not json_equal(
        current.records, after.records
    )
    # Only what CarrierX has now shows whether the record's key is free. A take-over has read it.
    depends_on_live = (changes_record and not takes_over) or (
        changes_attributes and _depends_on_live(current.values, after.values)
    )
    clears_a_field = None in body.values()
    another = None
    if live is not None:
        another = other_stack(live.attributes, state.ownership, inputs.ownership)
        # On another stack's number nothing is ours to clear.
        written = replace(state, fields={}, attributes=Attributes()) if another else state
        found = _clear_only_ours(body, written, live)
        if depends_on_live:
            current = Attributes.split(live.attributes, state.ownership, inputs.ownership)
            after, kept_keys = attributes_after(current, written, inputs, takes_over=takes_over)
            found += kept_keys
        kept = [path for path in found if path not in kept]
    replace_nested_objects = False
    if after.values is UNKNOWN:
        body["attributes"] = UNKNOWN
    elif depends_on_live and loses_a_key(current.joined, after.joined):
        replace_nested_objects = True
        body["attributes"] = after.joined
    else:
        part = _changed_keys(current.values, after.values) if changes_attributes else {}
        if body or part or takes_over:
            part |= _changed_keys(current.records, after.records)
        if part:
            body["attributes"] = part
    warnings = []
    if kept:
        warnings.append(not_cleared_warning(state, kept, another))
    if (body or live is not None) and not (kept and another):
        another = another or other_stack(current.joined, state.ownership, inputs.ownership)
        warnings += _record_warnings(state, inputs, after, another)
    sid = state.external_did_sid
    # Without a body there is no call, so that the SID of a state written by hand does not matter.
    update = (
        (
            calls.update(
                sid,
                body,
                replace_nested_objects=replace_nested_objects,
                phonenumber=state.phonenumber,
            ),
        )
        if body
        else ()
    )
    return Plan(
        kind=PlanKind.UPDATE,
        changes=tuple(changes),
        reads=(calls.get(sid, state.phonenumber),) if depends_on_live or clears_a_field else (),
        writes=update,
        warnings=tuple(warnings),
    )


def _record_warnings(
    state: State, inputs: Inputs, after: Attributes, another: Ownership | None
) -> list[str]:
    """The warning that no ownership record is written, if that is so."""
    ours = inputs.ownership
    if ours is None or after.records.get(ours.key) == ours.owner:
        return []
    return [no_record_warning(state, inputs, another)]


def _kept_fields(state: State, inputs: Inputs) -> list[Path]:
    """The fields no longer declared of which the state knows that somebody else changed them."""
    return [
        (name,)
        for name in schema.SCALAR_FIELDS
        if getattr(inputs, name) is None
        and state.managed.get(name) is False
        and state.fields.get(name) is not None
    ]


def _clear_only_ours(body: dict[str, Any], state: State, live: ExternalDID) -> list[Path]:
    """Take out of the body what is null already or others have changed; returns the latter."""
    kept: list[Path] = []
    for name in [name for name, value in body.items() if value is None]:
        now = getattr(live, name)
        if now is None or now != state.fields.get(name):
            del body[name]
        if now is not None and name not in body:
            kept.append((name,))
    return kept


def attributes_after(
    base: Attributes, state: State, inputs: Inputs, *, takes_over: bool
) -> tuple[Attributes, list[Path]]:
    """The attributes as they are to be: ``base`` less what is no longer declared, plus what is.

    Returns:
        Them, and the paths no longer declared that stay, since somebody else has changed them.
    """
    written, ours = state.ownership, inputs.ownership
    records = dict(base.records)
    if written is not None and records.get(written.key) == written.owner:
        del records[written.key]
    is_free = (
        ours is not None
        and is_free_for(records, ours)
        and other_stack(records, written, ours) is None
    )
    # A person has asked to take the number over, even from another owner.
    if ours is not None and (takes_over or is_free):
        records |= ours.as_attribute()
    declared = inputs.declared_attributes
    if declared is UNKNOWN:
        return Attributes(declared, records), []
    before = state.managed.get("attributes")
    was_declared = before if isinstance(before, dict) else {}
    left, kept = clear(base.values, was_declared, mask_of(declared), state.attributes.values)
    return Attributes(merge(left, declared), records), [("attributes", *path) for path in kept]


def _depends_on_live(base: JsonObject, target: Any) -> bool:  # noqa: ANN401 -- object or UNKNOWN
    """Whether the call needs the keys of others, as they are now.

    That is so when a key has to disappear, since ``nested_objects=replace`` needs all that stays,
    and when a nested object changes: the documentation leaves open whether the merge is deep, and a
    shallow one would drop the nested keys that the body leaves out. An unknown value may turn out
    to be such an object.
    """
    if target is UNKNOWN:
        return True
    changed = _changed_keys(base, target).values()
    return loses_a_key(base, target) or any(
        value is UNKNOWN or isinstance(value, dict) for value in changed
    )


def _changed_keys(base: JsonObject, target: JsonObject) -> JsonObject:
    return {
        key: value
        for key, value in target.items()
        if key not in base or not json_equal(base[key], value)
    }


def not_cleared_warning(state: State, paths: Collection[Path], another: Ownership | None) -> str:
    """For what the program no longer declares, and is not ours to clear.

    ``another`` is the other stack that has the number; None where single values are somebody's.
    """
    texts = [f"{name}{shown_path(inside)}" for name, *inside in sorted(paths)]
    more = f" and {len(texts) - MOST_PATHS:,} more" if len(texts) > MOST_PATHS else ""
    why = (
        "Somebody else has changed this since the program set it, or an up was interrupted. To "
        "clear it, declare it in one up and remove it in the next."
        if another is None
        else _belongs_to_text(state, another)
    )
    return (
        f"{state.label}: no longer declared, but not cleared: {', '.join(texts[:MOST_PATHS])}{more}"
        f". {why}"
    )


def no_record_warning(state: State, inputs: Inputs, another: Ownership | None) -> str:
    """For a number that gets no ownership record, since its key holds somebody else's value."""
    key = inputs.ownership.key if inputs.ownership else ""
    why = (
        f"attributes.{key} holds somebody else's value. Set another carrierx:ownershipKey, or let "
        "them remove that value."
        if another is None
        else _belongs_to_text(state, another)
    )
    return f"{state.label}: no ownership record is written: {why}"


def _belongs_to_text(state: State, another: Ownership) -> str:
    sid = state.external_did_sid
    return (
        f"SID {sid} belongs to {owner_text(another.owner)} now (attributes.{another.key}). Remove "
        f"the number from this program and from its state: `pulumi-carrierx release {sid}`."
    )
