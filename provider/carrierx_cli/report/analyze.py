"""What happens to one number: the plan that ``up`` executes, made from a preview's step.

The plan comes from the functions that the provider itself calls. Where they and the engine do not
agree on what happens, as with a secret that the preview masks or an option of the resource, the
engine's word stands: the report never says less than the engine does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_api.calls import InvalidSIDError
from carrierx_cli.report.bounds import at_least, at_most, identity_kept, identity_told
from carrierx_cli.report.calls import (
    ReportedCall,
    a_look_may_come_first,
    changed_after_its_read,
    reported_calls,
)
from carrierx_cli.report.masking import as_seen, masked, secret_paths
from carrierx_cli.report.take_over import or_taken_over
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.core.plan import FieldChange, Plan, PlanKind
from carrierx_provider.core.unknown import UNKNOWN
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.messages import lost_text
from carrierx_provider.external_did.plan import plan_change, plan_create, plan_delete
from carrierx_provider.external_did.state import State
from carrierx_provider.external_did.takeover import ways_to_adopt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from carrierx_api.calls import Call
    from carrierx_cli.report.masking import Path
    from carrierx_provider.external_did.takeover import Match
    from carrierx_provider.pulumi_files.preview import ResourceState, Step


class Fate(StrEnum):
    """What becomes of a number, the gravest first."""

    RELEASED = "released"
    REGISTERED_AGAIN = "released_and_registered_again"
    REPLACED_BY_ANOTHER = "released_for_another"
    NOT_KNOWN = "not_known"
    """The engine does something that this report has no word for."""
    REGISTERED = "registered"
    UPDATED = "updated"
    FORGOTTEN = "forgotten"
    """It leaves the state and stays registered."""
    READ = "read"
    UNCHANGED = "unchanged"


RELEASING = frozenset({Fate.RELEASED, Fate.REGISTERED_AGAIN, Fate.REPLACED_BY_ANOTHER})
CHANGING = RELEASING | {Fate.NOT_KNOWN, Fate.REGISTERED, Fate.UPDATED, Fate.FORGOTTEN}


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """One field or attribute, from what to what. None is null or absent; secrets are masked."""

    path: Path
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    certain: bool = True
    """Whether it changes whatever the values turn out to be that the preview does not tell."""
    puts_back: bool = False
    """Whether it undoes what somebody else has changed, and nothing more."""


@dataclass(frozen=True, slots=True)
class NumberReport:
    """One number of a preview."""

    resource_name: str
    urn: str
    fate: Fate
    engine_op: str
    phonenumber: str | None
    """The number that it has, or gets; None where the preview does not tell it."""
    new_phonenumber: str | None
    """Another number that is registered in its place."""
    name: str | None = field(repr=False)
    account: str | None
    external_did_sid: str | None
    changes: tuple[ReportedChange, ...] = ()
    reasons: tuple[str, ...] = ()
    """The fields whose change replaces the number."""
    lost: str | None = None
    """What goes with the registration, in words; no value but the SID."""
    calls: tuple[ReportedCall, ...] | None = ()
    """None where they are not known."""
    may_be_updated: bool = False
    """Whether it is replaced only for values that are known after ``up``, and may be equal."""
    was_cut_off: bool = False
    """Whether an earlier run released it for a replace, and did not get any further."""
    taken_over_if: tuple[Match, ...] = ()
    """What lets ``up`` go on with a registration of the number that it finds, in place of making
    one."""
    may_release_what_it_finds: bool = False
    """Whether such a registration is released, if CarrierX cannot update it to what is stated."""
    taken_over_by: str | None = None
    """The resource that takes its registration over, so that it is not released."""
    only_undoes_drift: bool = False
    """Whether all of it only puts back what somebody else has changed."""
    stated: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the program states after it, as the preview tells it; for policies, never shown."""
    recorded: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the state has before it; as ``stated``."""


_UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What a plan raises on properties that the provider has not written: by hand, or by one to come.
The engine's word on the step stands all the same."""

_FATES = {
    "create": Fate.REGISTERED,
    "update": Fate.UPDATED,
    "replace": Fate.REGISTERED_AGAIN,
    "delete": Fate.RELEASED,
    "delete-replaced": Fate.RELEASED,
    "create-replacement": Fate.REGISTERED,
    "same": Fate.UNCHANGED,
    "read": Fate.READ,
    "read-replacement": Fate.READ,
    "read-discard": Fate.FORGOTTEN,
    "discard": Fate.FORGOTTEN,
    "discard-replaced": Fate.FORGOTTEN,
    "remove-pending-replace": Fate.FORGOTTEN,
}


def number_report(step: Step, *, names_sids: bool = False) -> NumberReport:
    """What one step does to its number.

    :param names_sids: whether ``CARRIERX_ADOPT`` names registrations that may be taken over.
    """
    sides = _Sides(step)
    if sides.before is not None and step.op in {"delete", "delete-replaced"}:
        return _released(step, sides)
    if sides.after is not None and step.op in {"create", "create-replacement"}:
        return _registered(step, sides, names_sids=names_sids)
    if sides.before is not None and sides.after is not None and step.op in {"update", "replace"}:
        return _changed(step, sides, names_sids=names_sids)
    report = sides.report(step, _FATES.get(step.op, Fate.NOT_KNOWN))
    if report.fate is Fate.READ:
        return replace(report, calls=_certainly(sides, calls.get))
    return (
        report if report.fate in {Fate.UNCHANGED, Fate.FORGOTTEN} else replace(report, calls=None)
    )


class _Sides:
    """A step's resource before and after, as the preview tells it, and where its secrets are."""

    def __init__(self, step: Step) -> None:
        self.before = _properties(step.before, "outputs")
        self.after = _properties(step.after, "inputs")
        self.retained = step.before is not None and step.before.retained
        self.external = step.before is not None and step.before.external
        self.is_kept = self.retained or step.before_is_gone
        """Whether a replace has nothing to release: it is left alone, or an earlier run did."""
        state = step.before or step.after
        self.sid = "" if state is None else state.id
        self.secrets = secret_paths(
            [
                side
                for state in (step.before, step.after)
                for which in ("inputs", "outputs")
                for side in [_properties(state, which)]
                if side is not None
            ]
        )

    def shown(self, value: Any, *path: str) -> Any:  # noqa: ANN401 -- any JSON
        """The value without what may not be shown."""
        return masked(value, path, self.secrets)

    def report(self, step: Step, fate: Fate) -> NumberReport:
        """What is known without a plan."""
        was, now = self.before or {}, self.after or {}
        number = self._text("phonenumber", was) or self._text("phonenumber", now)
        another = self._text("phonenumber", now)
        return NumberReport(
            resource_name=step.resource_name,
            urn=step.urn,
            fate=fate,
            engine_op=step.op,
            phonenumber=number,
            new_phonenumber=another if another != number else None,
            name=self._text("name", now) or self._text("name", was),
            account=self._text("account", now) or self._text("account", was),
            external_did_sid=self.sid or None,
            stated=now,
            recorded=was,
        )

    def _text(self, name: str, side: Mapping[str, Any]) -> str | None:
        value = self.shown(side.get(name), name)
        return value if isinstance(value, str) and value else None


def _properties(state: ResourceState | None, which: str) -> dict[str, Any] | None:
    if state is None:
        return None
    seen: dict[str, Any] = as_seen(state.inputs if which == "inputs" else state.outputs)
    return {name: value for name, value in seen.items() if name != "__provider"}


def _certainly(sides: _Sides, call_on: Callable[[str], Call]) -> tuple[ReportedCall, ...] | None:
    """The one call on the number; None where the state has no SID that could be called."""
    try:
        made = (call_on(sides.sid),)
    except InvalidSIDError:
        return None
    return reported_calls(made, made, sides.secrets, ())


def _released(step: Step, sides: _Sides) -> NumberReport:
    if sides.retained or sides.external:
        return sides.report(step, Fate.FORGOTTEN)
    return replace(
        sides.report(step, Fate.RELEASED),
        lost=f"its SID {sides.sid}, its messaging enablement",
        calls=_certainly(sides, calls.delete),
    )


def _registered(step: Step, sides: _Sides, *, names_sids: bool) -> NumberReport:
    report = sides.report(step, Fate.REGISTERED)
    inputs = sides.after or {}
    try:
        stated = Inputs.parse(at_most({}, inputs)[1])
        ways = ways_to_adopt(stated, names_sids=names_sids)
        plan = plan_create(stated, may_adopt=bool(ways))
    except _UNREADABLE:
        return replace(report, calls=None)
    made = reported_calls(plan.calls, plan.calls, sides.secrets, changed_after_its_read(plan))
    return replace(
        report,
        changes=_changes(plan, plan, sides),
        calls=or_taken_over(made, stated, plan.branches, sides.secrets) if plan.branches else made,
        taken_over_if=ways,
    )


def _changed(step: Step, sides: _Sides, *, names_sids: bool) -> NumberReport:
    is_replace = step.op == "replace"
    report = sides.report(step, _FATES[step.op])
    before, after = identity_told(
        sides.before or {}, sides.after or {}, step.replace_reasons if is_replace else ()
    )
    try:
        most, recorded, stated = _planned(sides.sid, *at_most(before, after))
        least, _, least_stated = _planned(sides.sid, *at_least(before, after))
    except _UNREADABLE:
        return replace(report, calls=None, reasons=step.replace_reasons)
    if not is_replace:
        # An update never replaces: whoever wrote the preview plans by other rules than this.
        if most.kind is PlanKind.REPLACE:
            changes = _changes(most, least, sides)
            return replace(report, fate=Fate.NOT_KNOWN, calls=None, changes=changes)
        made = a_look_may_come_first(most.calls, sides.sid)
        after_a_read = made[1:] if len(made) > len(most.calls) else changed_after_its_read(most)
        return replace(
            report,
            changes=_changes(most, least, sides),
            calls=reported_calls(made, least.calls, sides.secrets, after_a_read),
        )
    another = (
        most.kind is PlanKind.REPLACE
        and stated.phonenumber is not UNKNOWN
        and stated.phonenumber != recorded.phonenumber
    )
    fate = Fate.REPLACED_BY_ANOTHER if another else Fate.REGISTERED_AGAIN
    # What stands of a number that this replace does not release itself, up may find.
    may_be_found = another or sides.is_kept
    ways = ways_to_adopt(stated, names_sids=names_sids) if may_be_found else ()
    may_be_outgrown = (
        sides.is_kept
        and not another
        and most.kind is PlanKind.REPLACE
        and stated.ownership is not None
    )
    if sides.is_kept and not may_be_outgrown:
        fate = Fate.REGISTERED
    made = _replacing(most, recorded, stated, step.before, releases=not sides.is_kept)
    if step.deletes_it_again:
        made = (*made, *plan_delete(recorded).writes)
    adopting = [call for call in made if stated.adopts and call.operation is calls.REGISTER]
    surely = _as_least(made, least_stated)
    may_be_updated = _only_unknown_reasons(most, sides)
    if may_be_updated:
        kept, _, _ = _planned(sides.sid, *at_most(before, identity_kept(before, after)))
        in_place = a_look_may_come_first(kept.calls, sides.sid)
        made = (*made, *(call for call in in_place if call not in made))
        adopting += [call for call in in_place if call.operation is calls.UPDATE]
        surely = ()
    reported = reported_calls(made, surely, sides.secrets, adopting)
    if ways:
        create = plan_create(stated, may_adopt=True, may_replace=may_be_outgrown)
        reported = or_taken_over(reported, stated, create.branches, sides.secrets)
    return replace(
        report,
        fate=fate,
        changes=_changes(most, least, sides),
        reasons=most.replaces or step.replace_reasons,
        may_be_updated=may_be_updated,
        was_cut_off=step.before_is_gone,
        taken_over_if=ways,
        may_release_what_it_finds=may_be_outgrown,
        lost=None if sides.is_kept else lost_text(recorded, stated),
        calls=reported,
    )


def _planned(
    sid: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[Plan, State, Inputs]:
    stated = Inputs.parse(inputs)
    recorded = State.parse(outputs, sid, stated.ownership)
    return plan_change(recorded, stated), recorded, stated


def _replacing(
    plan: Plan,
    recorded: State,
    stated: Inputs,
    before: ResourceState | None,
    *,
    releases: bool,
) -> tuple[Call, ...]:
    """The calls of a replace, in the order that the engine has chosen."""
    registration = plan_create(stated).calls
    if not releases:
        return registration
    release = plan_delete(recorded, is_replaced=plan.delete_before_replace).calls
    first = before is not None and before.pending_replacement
    return (*release, *registration) if first else (*registration, *release)


def _only_unknown_reasons(plan: Plan, sides: _Sides) -> bool:
    stated = sides.after or {}
    return bool(plan.replaces) and all(stated.get(name) is UNKNOWN for name in plan.replaces)


def _as_least(made: tuple[Call, ...], stated: Inputs) -> tuple[Call, ...]:
    """The calls with the registration's body as far as the preview tells it."""
    (registration,) = plan_create(stated).writes
    return tuple(
        registration if call.operation is registration.operation else call for call in made
    )


def _changes(most: Plan, least: Plan, sides: _Sides) -> tuple[ReportedChange, ...]:
    certain = {path for change in least.changes for path, _, _ in _leaves(change)}
    return tuple(
        ReportedChange(
            path,
            sides.shown(before, *path),
            sides.shown(after, *path),
            certain=path in certain,
        )
        for change in most.changes
        for path, before, after in _leaves(change)
    )


def _leaves(change: FieldChange) -> Iterator[tuple[Path, Any, Any]]:
    """A change of ``attributes`` key by key, at any depth."""
    yield from differences(change.before, change.after, (change.name,))


def differences(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:  # noqa: ANN401 -- any JSON
    """What differs between two JSON values, at the deepest key that both have as objects."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif before is None and isinstance(after, dict) and path == ("attributes",):
        yield from differences({}, after, path)
    elif not json_equal(before, after):
        yield path, before, after
