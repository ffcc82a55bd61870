"""One number of a report: the plan that ``up`` executes, made from a preview's step.

The plan comes from the functions that the provider itself calls. Where plan and engine disagree,
because of a masked secret or an option of the resource, the engine is right: the report never says
less than the engine does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_api.calls import InvalidSIDError, Operation
from carrierx_cli.report.bounds import (
    lower_bound,
    upper_bound,
    with_identity_of_reasons,
    with_kept_identity,
)
from carrierx_cli.report.calls import (
    a_look_may_come_first,
    changed_after_its_read,
    reported_calls,
)
from carrierx_cli.report.masking import as_seen, differences, masked, secret_paths
from carrierx_cli.report.model import Change, Outcome, Row
from carrierx_cli.report.take_over import or_taken_over, ways_to_take_over
from carrierx_provider.core.unknown import UNKNOWN
from carrierx_provider.external_did.inputs import parse_inputs
from carrierx_provider.external_did.plan import (
    FieldChange,
    Plan,
    PlanKind,
    plan_change,
    plan_create,
    plan_delete,
)
from carrierx_provider.external_did.plan_words import lost_words
from carrierx_provider.external_did.state import parse_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from carrierx_api.calls import Call
    from carrierx_cli.report.calls import ReportedCall
    from carrierx_cli.report.masking import Path
    from carrierx_provider.external_did.inputs import Inputs
    from carrierx_provider.external_did.state import State
    from carrierx_provider.pulumi_files.preview import ResourceState, Step


REGISTER = Operation.REGISTER

_UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What a plan raises on properties that the provider did not write: by hand, or a later version.
The row then says what the engine says."""

_OUTCOMES = {
    "create": Outcome.REGISTERED,
    "update": Outcome.UPDATED,
    "replace": Outcome.REGISTERED_AGAIN,
    "delete": Outcome.RELEASED,
    "delete-replaced": Outcome.RELEASED,
    "create-replacement": Outcome.REGISTERED,
    "same": Outcome.UNCHANGED,
    "read": Outcome.READ,
    "read-replacement": Outcome.READ,
    "read-discard": Outcome.FORGOTTEN,
    "discard": Outcome.FORGOTTEN,
    "discard-replaced": Outcome.FORGOTTEN,
    "remove-pending-replace": Outcome.FORGOTTEN,
}


def analyze_step(step: Step, *, names_sids: bool = False) -> Row:
    """What one step does to its number.

    Args:
        step: Of a resource of ours.
        names_sids: Whether ``CARRIERX_ADOPT`` names registrations that may be taken over.
    """
    sides = _Sides(step)
    if sides.before is not None and step.op in {"delete", "delete-replaced"}:
        return _released(step, sides)
    if sides.after is not None and step.op in {"create", "create-replacement"}:
        return _registered(step, sides, names_sids=names_sids)
    if sides.before is not None and sides.after is not None and step.op in {"update", "replace"}:
        return _changed(step, sides, names_sids=names_sids)
    row = sides.row(step, _OUTCOMES.get(step.op, Outcome.UNKNOWN))
    if row.outcome is Outcome.READ:
        return replace(row, calls=_certainly(sides, calls.get))
    without_calls = row.outcome in {Outcome.UNCHANGED, Outcome.FORGOTTEN}
    return row if without_calls else replace(row, calls=None)


class _Sides:
    """A step's resource before and after, as the preview shows it, and where its secrets are."""

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

    def row(self, step: Step, outcome: Outcome) -> Row:
        """What is known without a plan."""
        before, after = self.before or {}, self.after or {}
        number = self._text("phonenumber", before) or self._text("phonenumber", after)
        another = self._text("phonenumber", after)
        return Row(
            resource_name=step.resource_name,
            urn=step.urn,
            outcome=outcome,
            engine_op=step.op,
            phonenumber=number,
            new_phonenumber=another if another != number else None,
            name=self._text("name", after) or self._text("name", before),
            account=self._text("account", after) or self._text("account", before),
            external_did_sid=self.sid or None,
            inputs=after,
            outputs=before,
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
    """The one call on the number; None if the state has no SID that could be called."""
    try:
        made = (call_on(sides.sid),)
    except InvalidSIDError:
        return None
    return reported_calls(made, made, sides.secrets, ())


def _released(step: Step, sides: _Sides) -> Row:
    if sides.retained or sides.external:
        return sides.row(step, Outcome.FORGOTTEN)
    return replace(
        sides.row(step, Outcome.RELEASED),
        lost=f"its SID {sides.sid}, its messaging enablement",
        calls=_certainly(sides, calls.delete),
    )


def _registered(step: Step, sides: _Sides, *, names_sids: bool) -> Row:
    row = sides.row(step, Outcome.REGISTERED)
    try:
        inputs = parse_inputs(upper_bound({}, sides.after or {})[1])
        plan = plan_create(inputs)
    except _UNREADABLE:
        return replace(row, calls=None)
    ways = ways_to_take_over(inputs, names_sids=names_sids)
    made = reported_calls(plan.calls, plan.calls, sides.secrets, changed_after_its_read(plan))
    return replace(
        row,
        changes=_changes(plan, plan, sides),
        calls=or_taken_over(made, inputs, sides.secrets) if ways else made,
        taken_over_if=ways,
    )


def _changed(step: Step, sides: _Sides, *, names_sids: bool) -> Row:
    is_replace = step.op == "replace"
    row = sides.row(step, _OUTCOMES[step.op])
    before, after = with_identity_of_reasons(
        sides.before or {}, sides.after or {}, step.replace_reasons if is_replace else ()
    )
    try:
        most, state, inputs = _planned(sides.sid, *upper_bound(before, after))
        least, _, least_inputs = _planned(sides.sid, *lower_bound(before, after))
    except _UNREADABLE:
        return replace(row, calls=None, replaced_for=step.replace_reasons)
    if not is_replace:
        # An update never replaces: the preview was made by a version with other rules.
        if most.kind is PlanKind.REPLACE:
            changes = _changes(most, least, sides)
            return replace(row, outcome=Outcome.UNKNOWN, calls=None, changes=changes)
        made = a_look_may_come_first(most.calls, sides.sid)
        after_a_read = made[1:] if len(made) > len(most.calls) else changed_after_its_read(most)
        return replace(
            row,
            changes=_changes(most, least, sides),
            calls=reported_calls(made, least.calls, sides.secrets, after_a_read),
        )
    another = (
        most.kind is PlanKind.REPLACE
        and inputs.phonenumber is not UNKNOWN
        and inputs.phonenumber != state.phonenumber
    )
    outcome = Outcome.REPLACED_BY_ANOTHER if another else Outcome.REGISTERED_AGAIN
    # If this replace does not release the number itself, up may find a registration of it.
    may_exist = another or sides.is_kept
    ways = ways_to_take_over(inputs, names_sids=names_sids) if may_exist else ()
    may_be_outgrown = (
        sides.is_kept
        and not another
        and most.kind is PlanKind.REPLACE
        and inputs.ownership is not None
    )
    if sides.is_kept and not may_be_outgrown:
        outcome = Outcome.REGISTERED
    made = _replacing(most, state, inputs, step.before, releases=not sides.is_kept)
    if step.deletes_it_again:
        made = (*made, *plan_delete(state).sends)
    adopting = [call for call in made if inputs.adopt_existing and call.operation is REGISTER]
    surely = _as_least(made, least_inputs)
    may_be_updated = _only_unknown_reasons(most, sides)
    if may_be_updated:
        kept, _, _ = _planned(sides.sid, *upper_bound(before, with_kept_identity(before, after)))
        in_place = a_look_may_come_first(kept.calls, sides.sid)
        made = (*made, *(call for call in in_place if call not in made))
        adopting += [call for call in in_place if call.operation is Operation.UPDATE]
        surely = ()
    reported = reported_calls(made, surely, sides.secrets, adopting)
    if ways:
        reported = or_taken_over(reported, inputs, sides.secrets, may_be_outgrown=may_be_outgrown)
    return replace(
        row,
        outcome=outcome,
        changes=_changes(most, least, sides),
        replaced_for=most.replaces or step.replace_reasons,
        may_be_updated=may_be_updated,
        was_interrupted=step.before_is_gone,
        taken_over_if=ways,
        may_release_existing=may_be_outgrown,
        lost=None if sides.is_kept else lost_words(state, inputs),
        calls=reported,
    )


def _planned(
    sid: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[Plan, State, Inputs]:
    state, declared = parse_state(outputs, sid), parse_inputs(inputs)
    return plan_change(state, declared), state, declared


def _replacing(
    plan: Plan,
    state: State,
    inputs: Inputs,
    before: ResourceState | None,
    *,
    releases: bool,
) -> tuple[Call, ...]:
    """The calls of a replace, in the order that the engine has chosen."""
    registration = plan_create(inputs).calls
    if not releases:
        return registration
    release = plan_delete(state).sends
    if plan.delete_before_replace and plan.asks is not None:
        release = (plan.asks, *release)
    first = before is not None and before.pending_replacement
    return (*release, *registration) if first else (*registration, *release)


def _only_unknown_reasons(plan: Plan, sides: _Sides) -> bool:
    inputs = sides.after or {}
    return bool(plan.replaces) and all(inputs.get(name) is UNKNOWN for name in plan.replaces)


def _as_least(made: tuple[Call, ...], inputs: Inputs) -> tuple[Call, ...]:
    """The calls with the registration's body as far as the preview shows it."""
    (registration,) = plan_create(inputs).sends
    return tuple(
        registration if call.operation is registration.operation else call for call in made
    )


def _changes(most: Plan, least: Plan, sides: _Sides) -> tuple[Change, ...]:
    certain = {path for change in least.changes for path, _, _ in _leaves(change)}
    return tuple(
        Change(
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
