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
from carrierx_provider.core.resource import UNKNOWN, Branch, FieldChange, Plan, PlanKind
from carrierx_provider.external_did import schema
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.messages import (
    not_cleared_warning,
    replace_warning,
    retained_error,
    retained_warning,
)
from carrierx_provider.external_did.ownership import Attributes, Ownership, is_free_for
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
        reads=(calls.find(str(inputs.phonenumber)),) if inputs.adopt_existing else (),
        writes=(calls.register(_registration(inputs, inputs.ownership)),),
        branches=_branches(inputs, may_replace=may_replace) if may_adopt else (),
    )


def plan_replace_own(state: State, inputs: Inputs) -> Plan:
    """Release what an earlier run of this resource registered, and register the number again."""
    # That it is registered was found out already.
    stages = (plan_delete(state, is_read=True), replace(plan_create(inputs), reads=()))
    return Plan(kind=PlanKind.REPLACE, stages=stages, delete_before_replace=True)


def plan_change(  # noqa: PLR0913 -- the three flags are named
    state: State,
    inputs: Inputs,
    live: ExternalDID | None = None,
    *,
    takes_over: bool = False,
    is_retained: bool = False,
    is_same_account: bool = False,
) -> Plan:
    """Lead an External DID from what the state has to what is declared.

    ``live`` is the number as it is now, for the second round of a plan with ``reads``: keys of
    others are then kept even if the state has not seen them, and what others have changed since is
    not cleared. Which fields change was decided, and previewed, without it. Its warnings are what
    only this round can know.

    ``takes_over``: no state has the registration yet, and its ownership record becomes ours.

    ``is_retained``: a replace leaves the registration alone (``retain_on_delete``).

    ``is_same_account``: the names of the state's account and of the declared one lead to the same
    account, so that another name changes the state alone.
    """
    current = state.attributes
    after, _ = _attributes_after(current, state, inputs, takes_over=takes_over)
    changes = _scalar_changes(state, inputs)
    if not json_equal(after.values, current.values):
        changes.append(FieldChange("attributes", current.values, after.values))
    replaces = [name for name in schema.REPLACING if _is_replaced(name, state, inputs)]
    if is_same_account and "account" in replaces:
        replaces.remove("account")
        changes.append(FieldChange("account", state.account, inputs.account))
    if replaces:
        return _plan_replace(state, inputs, tuple(replaces), changes, is_retained=is_retained)
    is_managed_as_before = (
        json_equal(inputs.managed, state.managed) and inputs.name_is_secret is state.name_is_secret
    )
    if not changes and is_managed_as_before and not takes_over:
        return Plan(kind=PlanKind.UNCHANGED)
    return _plan_update(state, inputs, changes, live, takes_over=takes_over)


def _plan_update(
    state: State,
    inputs: Inputs,
    changes: list[FieldChange],
    live: ExternalDID | None,
    *,
    takes_over: bool,
) -> Plan:
    current = state.attributes
    after, kept_keys = _attributes_after(current, state, inputs, takes_over=takes_over)
    kept = [*_kept_fields(state, inputs), *kept_keys]
    body = {
        change.name: change.after
        for change in changes
        if change.name in schema.SCALAR_FIELDS
        and (change.after is not None or change.name not in schema.KEPT_FIELDS)
    }
    changes_attributes = any(change.name == "attributes" for change in changes)
    # The record is no change by itself: it comes, and goes, along with one.
    record_goes = bool(body or changes_attributes) and loses_a_key(current.records, after.records)
    depends_on_live = record_goes or (
        changes_attributes and _depends_on_live(current.values, after.values)
    )
    clears_a_field = None in body.values()
    if live is not None:
        found = _clear_only_ours(body, state, live)
        if depends_on_live:
            current = Attributes.split(live.attributes, state.ownership, inputs.ownership)
            after, kept_keys = _attributes_after(current, state, inputs, takes_over=takes_over)
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
        warnings=(not_cleared_warning(state, kept),) if kept else (),
    )


def plan_delete(state: State, *, is_read: bool = False) -> Plan:
    """Release a number; ``is_read``: it was read just before."""
    sid = state.external_did_sid
    return Plan(
        kind=PlanKind.DELETE,
        snapshot=None if is_read else calls.get(sid, state.phonenumber),
        writes=(calls.delete(sid),),
    )


def is_another_number(state: State, inputs: Inputs) -> bool:
    """Whether it is certain that what is declared is another number than the state's."""
    return inputs.phonenumber is not UNKNOWN and inputs.phonenumber != state.phonenumber


def _branches(inputs: Inputs, *, may_replace: bool) -> tuple[Branch, ...]:
    """The most that is called where the number turns out to be registered already."""
    # A registration that was refused is looked up; with adopt_existing that came before.
    look_up = () if inputs.adopt_existing else (calls.find(str(inputs.phonenumber)),)
    # For what a list leaves out, or for the attributes of others.
    read = calls.get(UNKNOWN_SID)
    registration = _registration(inputs, inputs.ownership)
    body = {name: value for name, value in registration.items() if name not in schema.REPLACING}
    update = (calls.update(UNKNOWN_SID, body),) if body else ()
    adopt = Branch(Condition.REGISTERED, (*look_up, read, *update))
    if not may_replace:
        return (adopt,)
    # It is looked up already.
    replaced = (calls.delete(UNKNOWN_SID), calls.register(registration))
    return (adopt, Branch(Condition.OUTGROWN, replaced))


def _plan_replace(
    state: State,
    inputs: Inputs,
    replaces: tuple[str, ...],
    changes: list[FieldChange],
    *,
    is_retained: bool,
) -> Plan:
    # One number can be registered once. Only if it is certain to be another number may the new
    # registration come first.
    another_number = is_another_number(state, inputs)
    released_first = not another_number or bool(inputs.delete_before_replace)
    plan = Plan(
        kind=PlanKind.REPLACE,
        changes=(
            *(FieldChange(name, state.value(name), getattr(inputs, name)) for name in replaces),
            *changes,
        ),
        replaces=replaces,
        delete_before_replace=released_first,
    )
    create = plan_create(inputs)
    if is_retained:
        # A value that is not known yet may turn out to be the present one, or another number.
        may_succeed = all(getattr(inputs, name) is UNKNOWN for name in replaces)
        if may_succeed or "phonenumber" in replaces:
            warning = retained_warning(state, inputs, replaces, another_number=another_number)
            return replace(plan, stages=(create,), warnings=(warning,))
        return replace(plan, problem=retained_error(state, inputs, replaces))
    delete = plan_delete(state)
    warning = replace_warning(
        state, inputs, replaces, another_number=another_number, released_first=released_first
    )
    return replace(
        plan,
        stages=(delete, create) if released_first else (create, delete),
        warnings=(warning,),
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
        before, after = state.fields.get(name), getattr(inputs, name)
        if after is not None:
            if before != after:
                changes.append(FieldChange(name, before, after))
        elif state.managed.get(name) and (name in schema.KEPT_FIELDS or before is not None):
            changes.append(FieldChange(name, before, None))
    return changes


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
    """Take out of the body what is null already, or others' by now; returns what is others'.

    A field that the response leaves out counts as unchanged.
    """
    changed = [
        name
        for name, value in body.items()
        if value is None
        and name in live.model_fields_set
        and getattr(live, name) != state.fields.get(name)
    ]
    for name in changed:
        del body[name]
    return [(name,) for name in changed if getattr(live, name) is not None]


def _attributes_after(
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
    # A person has asked to take the number over, even from another owner.
    if ours is not None and (takes_over or is_free_for(records, ours)):
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


def _registration(inputs: Inputs, ownership: Ownership | None = None) -> dict[str, Any]:
    body = {
        name: value for name in schema.BODY_FIELDS if (value := getattr(inputs, name)) is not None
    }
    attributes = inputs.declared_attributes
    if ownership is not None and attributes is not UNKNOWN:
        attributes = Attributes(attributes, ownership.as_attribute()).joined
    body["attributes"] = attributes
    return {name: value for name, value in body.items() if value != {}}
