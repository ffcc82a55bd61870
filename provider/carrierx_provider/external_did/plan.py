"""The plan: what will change on one External DID, and the HTTP calls that change it.

A plan is a value, made by pure functions from what was (``State``), what is stated (``Inputs``)
and, where it has to be asked, what is live. The preview shows it and the update sends its calls;
nothing decides twice.

Source of the rules: Core API, Phone Numbers, "Update External DID" (what is updatable, how
``attributes`` merges) and "External DID Object" (``capabilities`` cannot be updated).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_provider.core.json_merge import (
    JsonObject,
    json_equal,
    loses_a_key,
    merge,
    remove,
    removed_keys,
)
from carrierx_provider.core.plan import Branch, FieldChange, Plan, PlanKind
from carrierx_provider.core.unknown import UNKNOWN
from carrierx_provider.external_did.inputs import SCALAR_FIELDS
from carrierx_provider.external_did.ownership import records_after, without_record
from carrierx_provider.external_did.plan_words import replace_warning
from carrierx_provider.external_did.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_api.calls import Call
    from carrierx_provider.external_did.inputs import Inputs
    from carrierx_provider.external_did.ownership import Ownership


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


def plan_create(stated: Inputs, *, may_adopt: bool = False, may_replace: bool = False) -> Plan:
    """Register a number. With ``adopt_existing``, look first whether it is registered already.

    Args:
        stated: The declared inputs.
        may_adopt: Whether there is any way to take an existing registration over.
        may_replace: Whether one that an earlier run of this resource made may be released if
            CarrierX cannot update it to what is declared.
    """
    return Plan(
        kind=PlanKind.CREATE,
        changes=tuple(
            FieldChange(name, None, value) for name, value in _registration(stated).items()
        ),
        reads=(_look_up(stated),) if stated.adopt_existing else (),
        writes=(calls.register(_registration(stated, stated.ownership)),),
        branches=_branches(stated, may_replace=may_replace) if may_adopt else (),
    )


def _look_up(stated: Inputs) -> Call:
    number = stated.phonenumber
    return calls.find(repr(number) if number is UNKNOWN else str(number))


def _branches(stated: Inputs, *, may_replace: bool) -> tuple[Branch, ...]:
    """The most that is called where the number turns out to be registered already."""
    existing = _without_anything_declared(stated)
    # A registration that was refused is looked up; with adopt_existing that came before.
    look_up = () if stated.adopt_existing else (_look_up(stated),)
    # For what a list leaves out, or for the attributes of others.
    read = calls.get(UNKNOWN_SID)
    adopt = Branch(Condition.REGISTERED, (*look_up, read, *plan_take_over(existing, stated).writes))
    if not may_replace:
        return (adopt,)
    replace = (*plan_delete(existing).writes, *plan_create(stated).writes)
    return (adopt, Branch(Condition.OUTGROWN, replace))


def _without_anything_declared(stated: Inputs) -> State:
    """A registration that has nothing yet of what an update can bring."""
    carrier = stated.underlying_carrier_sid
    # What is unknown is the same unknown here, and is no reason to replace.
    identity: Any = (stated.phonenumber, stated.capabilities, stated.account)
    phonenumber, capabilities, account = identity
    return State(
        external_did_sid=UNKNOWN_SID,
        phonenumber=phonenumber,
        capabilities=capabilities,
        account=account,
        managed={},
        mark=None,
        name_is_secret=stated.name_is_secret,
        ownership=None,
        fields={} if carrier is None else {"underlying_carrier_sid": carrier},
    )


def plan_delete(recorded: State, *, is_replaced: bool = False) -> Plan:
    """Release a number.

    Args:
        recorded: The number.
        is_replaced: Whether it is to be registered again after that.
    """
    sid = recorded.external_did_sid
    return Plan(
        kind=PlanKind.DELETE,
        snapshot=calls.get(sid) if is_replaced else None,
        writes=(calls.delete(sid),),
    )


def plan_change(recorded: State, stated: Inputs, live_attributes: JsonObject | None = None) -> Plan:
    """Lead an External DID from what was recorded to what is stated.

    :param live_attributes: the number's attributes as they are now, for the second round of a plan
        with ``reads``: keys of others are then kept even if the state has not seen them. Which
        fields change was decided, and previewed, without them.
    """
    replaces = _replaces(recorded, stated)
    if replaces:
        return _plan_replace(recorded, stated, replaces)
    return _plan_update(recorded, stated, live_attributes)


def plan_take_over(
    recorded: State, stated: Inputs, live_attributes: JsonObject | None = None
) -> Plan:
    """Lead a registration that no state records yet to what is stated, and record its owner."""
    replaces = _replaces(recorded, stated)
    if replaces:
        return _plan_replace(recorded, stated, replaces)
    return _plan_update(recorded, stated, live_attributes, takes_over=True)


def _plan_update(
    recorded: State,
    stated: Inputs,
    live_attributes: JsonObject | None,
    *,
    takes_over: bool = False,
) -> Plan:
    sid = recorded.external_did_sid
    attributes_change = _attributes_change(recorded, stated)
    scalar_changes = _scalar_changes(recorded, stated)
    changes = (*scalar_changes, *attributes_change)
    # A name that is no longer stated stays what it is.
    body = {
        change.name: change.after
        for change in scalar_changes
        if change.name in stated.fields or change.name != "name"
    }

    known = recorded.all_attributes
    owners = (recorded.ownership, stated.ownership)
    before, after = records_after(known, *owners, takes_over=takes_over)
    # The ownership record is no change by itself: it comes, and goes, along with one.
    record_goes = bool(body or attributes_change) and bool(before.keys() - after.keys())
    base = without_record(known, *owners)
    target = _target(base, recorded, stated)
    asks_live = bool(record_goes or (attributes_change and _depends_on_live(base, target)))
    if asks_live and live_attributes is not None:
        before, after = records_after(live_attributes, *owners, takes_over=takes_over)
        base = without_record(live_attributes, *owners)
        target = _target(base, recorded, stated)
    replace_nested_objects = (
        asks_live
        and target is not UNKNOWN
        and (loses_a_key(base, target) or bool(before.keys() - after.keys()))
    )
    if replace_nested_objects:
        body["attributes"] = {**target, **after}
    else:
        part = _changed_keys(base, target) if attributes_change else {}
        if part is not UNKNOWN and (body or part or takes_over):
            part = {**part, **_changed_keys(before, after)}
        if part:
            body["attributes"] = part
    update = _patch(sid, body, replace_nested_objects=replace_nested_objects)

    recorded_as_it_is = (
        json_equal(stated.managed, recorded.managed)
        and stated.name_is_secret is recorded.name_is_secret
    )
    if not changes and recorded_as_it_is and not takes_over:
        return Plan(kind=PlanKind.UNCHANGED)
    return Plan(
        kind=PlanKind.UPDATE,
        changes=changes,
        reads=(calls.get(sid),) if asks_live else (),
        writes=update,
    )


def _plan_replace(recorded: State, stated: Inputs, replaces: tuple[str, ...]) -> Plan:
    # One number can be registered once. Only if it is certain to be another number (or the same in
    # nobody's way) may the new registration come first.
    another_number = (
        stated.phonenumber is not UNKNOWN and stated.phonenumber != recorded.phonenumber
    )
    delete = plan_delete(recorded, is_replaced=not another_number)
    create = plan_create(stated)
    return Plan(
        kind=PlanKind.REPLACE,
        changes=(
            *(FieldChange(name, recorded.value(name), getattr(stated, name)) for name in replaces),
            *_scalar_changes(recorded, stated),
            *_attributes_change(recorded, stated),
        ),
        stages=(create, delete) if another_number else (delete, create),
        replaces=replaces,
        delete_before_replace=not another_number,
        warnings=(replace_warning(recorded, stated, replaces, another_number=another_number),),
    )


def _replaces(recorded: State, stated: Inputs) -> tuple[str, ...]:
    """The changed fields that CarrierX cannot update. What is unknown is taken for changed."""
    changed = [
        name
        for name in ("phonenumber", "capabilities")
        # A state written by hand may lack them: that is no reason to release a number.
        if recorded.value(name) and getattr(stated, name) != recorded.value(name)
    ]
    if stated.account != recorded.account:
        changed.append("account")
    # The carrier that CarrierX chose, or that is no longer stated, is no reason to replace.
    carrier = stated.underlying_carrier_sid
    if carrier is not None and carrier != recorded.value("underlying_carrier_sid"):
        changed.append("underlying_carrier_sid")
    return tuple(changed)


def _scalar_changes(recorded: State, stated: Inputs) -> list[FieldChange]:
    changes = []
    for name in SCALAR_FIELDS:
        before = recorded.fields.get(name)
        if name in stated.fields:
            after = stated.fields[name]
            if before != after:
                changes.append(FieldChange(name, before, after))
        elif name in recorded.managed and (name == "name" or before is not None):
            changes.append(FieldChange(name, before, None))
    return changes


def _attributes_change(recorded: State, stated: Inputs) -> list[FieldChange]:
    before = without_record(recorded.attributes, recorded.ownership, stated.ownership)
    target = _target(before, recorded, stated)
    if json_equal(target, before):
        return []
    return [FieldChange("attributes", before, target)]


def _target(base: JsonObject, recorded: State, stated: Inputs) -> Any:  # noqa: ANN401 -- object or UNKNOWN
    """The attributes as they shall be: ``base`` less what is no longer stated, plus what is."""
    if stated.attributes is UNKNOWN:
        return UNKNOWN
    before = recorded.managed.get("attributes", {})
    now = stated.managed.get("attributes", {})
    gone = removed_keys(before, now) if isinstance(before, dict) and isinstance(now, dict) else {}
    return merge(remove(base, gone), stated.attributes)


def _depends_on_live(base: JsonObject, target: Any) -> bool:  # noqa: ANN401 -- object or UNKNOWN
    """Whether the call needs the keys of others, as they are now.

    That is so when a key has to vanish, since ``nested_objects=replace`` wants all that stays, and
    when a nested object changes: the documentation leaves open whether the merge is deep, and a
    shallow one would drop the nested keys that the body leaves out. What is unknown may be such an
    object.
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


def _patch(
    sid: str, body: Mapping[str, Any], *, replace_nested_objects: bool = False
) -> tuple[Call, ...]:
    if not body:
        return ()
    return (calls.update(sid, body, replace_nested_objects=replace_nested_objects),)


def _registration(stated: Inputs, ownership: Ownership | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "phonenumber": stated.phonenumber,
        "capabilities": stated.capabilities,
    }
    if stated.underlying_carrier_sid is not None:
        body["underlying_carrier_sid"] = stated.underlying_carrier_sid
    body |= stated.fields
    attributes = stated.attributes
    if ownership is not None and attributes is not UNKNOWN:
        attributes = {**attributes, **ownership.as_attribute()}
    if attributes:
        body["attributes"] = attributes
    return body
