"""The plan of one External DID, made by pure functions.

From the state (``State``), what is declared (``Inputs``) and, where it has to be read first, what
is live. See ``core.resource`` for what a plan is.

Source of the rules: Core API, Phone Numbers, "Update External DID" (what is updatable, how
``attributes`` merges) and "External DID Object" (``capabilities`` cannot be updated).
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

from carrierx_api import calls
from carrierx_api.calls import Call
from carrierx_provider.core.json_merge import (
    JsonObject,
    json_equal,
    loses_a_key,
    merge,
    remove,
    removed_keys,
)
from carrierx_provider.core.resource import UNKNOWN, Branch, FieldChange, Plan, PlanKind
from carrierx_provider.external_did import schema
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.messages import replace_warning
from carrierx_provider.external_did.ownership import Attributes, Ownership, records_after
from carrierx_provider.external_did.state import State


class Condition(StrEnum):
    """What has to be found of a number for a branch of its registration to be taken."""

    FREE = "free"
    """It is not registered yet: the plan's own writes."""
    REGISTERED = "registered"
    """It is registered already, and may be taken over."""
    OUTGROWN = "registered_otherwise"
    """An earlier run of this resource registered it, and it differs in what cannot be updated."""


UNKNOWN_SID = "external_did_sid"
"""In the calls of a branch: a SID that only CarrierX knows."""


def plan_create(inputs: Inputs, *, may_adopt: bool = False, may_replace: bool = False) -> Plan:
    """Register a number. With ``adopt_existing``, look first whether it is registered already.

    Args:
        may_adopt: Whether there is any way to take an existing registration over.
        may_replace: Whether one that an earlier run of this resource made may be released if
            CarrierX cannot update it to what is declared.
    """
    return Plan(
        kind=PlanKind.CREATE,
        changes=tuple(
            FieldChange(name, None, value) for name, value in _registration(inputs).items()
        ),
        reads=(_look_up(inputs),) if inputs.adopt_existing else (),
        writes=(calls.register(_registration(inputs, inputs.ownership)),),
        branches=_branches(inputs, may_replace=may_replace) if may_adopt else (),
    )


def plan_replace_own(state: State, inputs: Inputs) -> Plan:
    """Release what an earlier run of this resource registered, and register the number again."""
    stages = (plan_delete(state), plan_create(inputs))
    return Plan(kind=PlanKind.REPLACE, stages=stages, delete_before_replace=True)


def plan_change(
    state: State, inputs: Inputs, live: Attributes | None = None, *, takes_over: bool = False
) -> Plan:
    """Lead an External DID from what the state has to what is declared.

    ``live`` are the number's attributes as they are now, for the second round of a plan with
    ``reads``: keys of others are then kept even if the state has not seen them. Which fields change
    was decided, and previewed, without them.

    ``takes_over``: no state has the registration yet, and its ownership record becomes ours.
    """
    replaces = tuple(name for name in schema.REPLACING if _is_replaced(name, state, inputs))
    if replaces:
        return _plan_replace(state, inputs, replaces)
    scalar_changes = _scalar_changes(state, inputs)
    attributes_change = _attributes_change(state, inputs)
    changes = (*scalar_changes, *attributes_change)
    is_managed_as_before = (
        json_equal(inputs.managed, state.managed) and inputs.name_is_secret is state.name_is_secret
    )
    if not changes and is_managed_as_before and not takes_over:
        return Plan(kind=PlanKind.UNCHANGED)
    body = {
        change.name: change.after
        for change in scalar_changes
        if change.after is not None or change.name not in schema.KEPT_FIELDS
    }
    current, target = state.attributes, _target(state.attributes.values, state, inputs)
    records = _records_after(current, state, inputs, takes_over=takes_over)
    # The record is no change by itself: it comes, and goes, along with one.
    record_goes = bool(body or attributes_change) and _drops(current.records, records)
    depends_on_live = record_goes or (
        bool(attributes_change) and _depends_on_live(current.values, target)
    )
    if depends_on_live and live is not None:
        current, target = live, _target(live.values, state, inputs)
        records = _records_after(current, state, inputs, takes_over=takes_over)
    replace_nested_objects = (
        depends_on_live
        and target is not UNKNOWN
        and (loses_a_key(current.values, target) or _drops(current.records, records))
    )
    if replace_nested_objects:
        body["attributes"] = Attributes(target, records).joined
    else:
        part = _changed_keys(current.values, target) if attributes_change else {}
        if part is not UNKNOWN and (body or part or takes_over):
            part = Attributes(part, _changed_keys(current.records, records)).joined
        if part:
            body["attributes"] = part
    sid = state.external_did_sid
    # Without a body there is no call, so that the SID of a state written by hand does not matter.
    update = (
        (calls.update(sid, body, replace_nested_objects=replace_nested_objects),) if body else ()
    )
    return Plan(
        kind=PlanKind.UPDATE,
        changes=changes,
        reads=(calls.get(sid),) if depends_on_live else (),
        writes=update,
    )


def plan_delete(state: State, *, is_replaced: bool = False) -> Plan:
    """Release a number; ``is_replaced``: it is to be registered again after that."""
    sid = state.external_did_sid
    return Plan(
        kind=PlanKind.DELETE,
        snapshot=calls.get(sid) if is_replaced else None,
        writes=(calls.delete(sid),),
    )


def _look_up(inputs: Inputs) -> Call:
    number = inputs.phonenumber
    return calls.find(repr(number) if number is UNKNOWN else str(number))


def _branches(inputs: Inputs, *, may_replace: bool) -> tuple[Branch, ...]:
    """The most that is called where the number turns out to be registered already."""
    existing = _without_anything_declared(inputs)
    # A registration that was refused is looked up; with adopt_existing that came before.
    look_up = () if inputs.adopt_existing else (_look_up(inputs),)
    # For what a list leaves out, or for the attributes of others.
    read = calls.get(UNKNOWN_SID)
    change = plan_change(existing, inputs, takes_over=True)
    adopt = Branch(Condition.REGISTERED, (*look_up, read, *change.writes))
    if not may_replace:
        return (adopt,)
    # It is looked up already.
    release, registration = plan_replace_own(existing, inputs).stages
    return (adopt, Branch(Condition.OUTGROWN, (*release.writes, *registration.writes)))


def _without_anything_declared(inputs: Inputs) -> State:
    """A registration that has nothing yet of what an update can bring."""
    chosen = {name: getattr(inputs, name) for name in schema.CHOSEN_FIELDS}
    # What is unknown is the same unknown here, and is no reason to replace.
    identity: dict[str, Any] = {
        name: getattr(inputs, name) for name in schema.REPLACING if name not in schema.CHOSEN_FIELDS
    }
    return replace(
        State.parse({}, UNKNOWN_SID),
        **identity,
        name_is_secret=inputs.name_is_secret is True,
        fields={name: value for name, value in chosen.items() if value is not None},
    )


def _plan_replace(state: State, inputs: Inputs, replaces: tuple[str, ...]) -> Plan:
    # One number can be registered once. Only if it is certain to be another number may the new
    # registration come first.
    another_number = inputs.phonenumber is not UNKNOWN and inputs.phonenumber != state.phonenumber
    delete = plan_delete(state, is_replaced=not another_number)
    create = plan_create(inputs)
    return Plan(
        kind=PlanKind.REPLACE,
        changes=(
            *(FieldChange(name, state.value(name), getattr(inputs, name)) for name in replaces),
            *_scalar_changes(state, inputs),
            *_attributes_change(state, inputs),
        ),
        stages=(create, delete) if another_number else (delete, create),
        replaces=replaces,
        delete_before_replace=not another_number,
        warnings=(replace_warning(state, inputs, replaces, another_number=another_number),),
    )


def _is_replaced(name: str, state: State, inputs: Inputs) -> bool:
    """Whether a field that CarrierX cannot update has changed, or is unknown and may have."""
    before, after = state.value(name), getattr(inputs, name)
    if name in schema.REQUIRED_FIELDS and not before:
        # A state written by hand may lack it: that is no reason to release a number.
        return False
    if name in schema.CHOSEN_FIELDS and after is None:
        return False
    return bool(after != before)


def _scalar_changes(state: State, inputs: Inputs) -> list[FieldChange]:
    changes = []
    for name in schema.SCALAR_FIELDS:
        before, after = state.fields.get(name), inputs.scalars.get(name)
        if after is not None:
            if before != after:
                changes.append(FieldChange(name, before, after))
        elif name in state.managed and (name in schema.KEPT_FIELDS or before is not None):
            changes.append(FieldChange(name, before, None))
    return changes


def _attributes_change(state: State, inputs: Inputs) -> list[FieldChange]:
    before = state.attributes.values
    target = _target(before, state, inputs)
    return [] if json_equal(target, before) else [FieldChange("attributes", before, target)]


def _target(base: JsonObject, state: State, inputs: Inputs) -> Any:  # noqa: ANN401 -- object or UNKNOWN
    """The attributes as they are to be: ``base`` less what is no longer declared, plus what is."""
    declared = inputs.declared_attributes
    if declared is UNKNOWN:
        return UNKNOWN
    before = state.managed.get("attributes", {})
    now = inputs.managed.get("attributes", {})
    gone = removed_keys(before, now) if isinstance(before, dict) and isinstance(now, dict) else {}
    return merge(remove(base, gone), declared)


def _records_after(
    current: Attributes, state: State, inputs: Inputs, *, takes_over: bool
) -> JsonObject:
    return records_after(current.records, state.ownership, inputs.ownership, takes_over=takes_over)


def _drops(before: JsonObject, after: JsonObject) -> bool:
    return bool(before.keys() - after.keys())


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


def _changed_keys(base: JsonObject, target: Any) -> Any:  # noqa: ANN401 -- object or UNKNOWN
    if target is UNKNOWN:
        return UNKNOWN
    return {
        key: value
        for key, value in target.items()
        if key not in base or not json_equal(base[key], value)
    }


def _registration(inputs: Inputs, ownership: Ownership | None = None) -> dict[str, Any]:
    body = {
        name: value for name in schema.BODY_FIELDS if (value := getattr(inputs, name)) is not None
    }
    attributes = inputs.declared_attributes
    if ownership is not None and attributes is not UNKNOWN:
        attributes = Attributes(attributes, ownership.as_attribute()).joined
    body["attributes"] = attributes
    return {name: value for name, value in body.items() if value != {}}
