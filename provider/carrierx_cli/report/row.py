"""One number of a report: the plan that ``up`` executes with its calls, of a preview's step.

The plan comes from the functions that the provider itself calls. Where plan and engine disagree,
because of a masked secret or an option of the resource, the engine is right: the report never says
less than the engine does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from carrierx_api import calls
from carrierx_cli.report.masking import (
    SECRET_TEXT,
    Path,
    is_opaque,
    is_under,
    lower_bound,
    masked,
    secret_paths,
    shown_text,
    upper_bound,
    with_kept_identity,
    with_stand_ins,
)
from carrierx_cli.report.model import Change, Outcome, ReportedCall, Row
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.core.resource import UNKNOWN, Plan, PlanKind
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.messages import lost_text
from carrierx_provider.external_did.plan import (
    UNKNOWN_SID,
    Condition,
    plan_change,
    plan_create,
    plan_delete,
)
from carrierx_provider.external_did.state import State
from carrierx_provider.external_did.takeover import Match, ways_to_adopt
from carrierx_provider.pulumi_files.markers import read_value
from carrierx_provider.pulumi_files.preview import REPLACE, ResourceState, Step

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
"""The outcome by the engine's step, before there is a plan."""


def analyze_step(step: Step, *, names_sids: bool = False) -> Row:
    """What a step does to its number; ``names_sids``: ``CARRIERX_ADOPT`` names registrations."""
    sides = _Sides(step)
    row = sides.row(step)
    if row.outcome in {Outcome.UNCHANGED, Outcome.FORGOTTEN}:
        return row
    try:
        return _planned(row, sides, step, names_sids=names_sids)
    except _UNREADABLE:
        reasons = step.replace_reasons if step.op == REPLACE else ()
        return replace(row, calls=None, replaced_for=reasons)


def _planned(row: Row, sides: _Sides, step: Step, *, names_sids: bool) -> Row:
    if row.outcome in {Outcome.READ, Outcome.RELEASED}:
        call_on = calls.get if row.outcome is Outcome.READ else calls.delete
        return replace(row, calls=sides.certain_call(call_on(sides.sid)))
    if row.outcome is Outcome.REGISTERED:
        return _registered(row, sides, names_sids=names_sids)
    if row.outcome is Outcome.UNKNOWN or step.before is None or step.after is None:
        return replace(row, calls=None)
    change = _Change(sides, step)
    if step.op == REPLACE:
        return _replaced(row, sides, change, step, names_sids=names_sids)
    return _updated(row, sides, change)


class _Sides:
    """A step's resource before and after, as the preview shows it, and where its secrets are."""

    def __init__(self, step: Step) -> None:
        self.before = properties(step.before, "outputs")
        self.after = properties(step.after, "inputs")
        self.retained = step.before is not None and step.before.retained
        self.external = step.before is not None and step.before.external
        self.is_kept = self.retained or step.before_is_gone
        """Whether a replace has nothing to release: it is left alone, or an earlier run did."""
        state = step.before or step.after
        self.sid = "" if state is None else state.id
        states = (step.before, step.after)
        sides = [properties(one, "inputs") for one in states]
        self.secrets = secret_paths([*sides, *(properties(one, "outputs") for one in states)])

    def row(self, step: Step) -> Row:
        """What is known without a plan."""
        number = shown_text("phonenumber", self.secrets, self.before, self.after)
        another = shown_text("phonenumber", self.secrets, self.after)
        outcome = _OUTCOMES.get(step.op, Outcome.UNKNOWN)
        if outcome is Outcome.RELEASED and (self.retained or self.external):
            outcome = Outcome.FORGOTTEN
        is_lost = outcome is Outcome.RELEASED
        return Row(
            resource_name=step.resource_name,
            urn=step.urn,
            outcome=outcome,
            engine_op=step.op,
            phonenumber=number,
            new_phonenumber=another if another != number else None,
            name=shown_text("name", self.secrets, self.after, self.before),
            account=shown_text("account", self.secrets, self.after, self.before),
            external_did_sid=self.sid or None,
            lost=f"its SID {self.sid}, its messaging enablement" if is_lost else None,
            inputs=self.after,
            outputs=self.before,
        )

    def certain_call(self, call: calls.Call) -> tuple[ReportedCall, ...]:
        """The one call that is made."""
        plan = Plan(PlanKind.UNCHANGED, writes=(call,))
        return _reported_calls(plan, plan, self.secrets)

    def changes(self, most: Plan, least: Plan) -> tuple[Change, ...]:
        """What changes, attributes key by key; only what the lower bound changes is certain."""
        certain = {path for path, _, _ in _leaves(least)}
        return tuple(
            Change(
                path,
                masked(before, path, self.secrets),
                masked(after, path, self.secrets),
                certain=path in certain,
            )
            for path, before, after in _leaves(most)
        )


def properties(state: ResourceState | None, which: Literal["inputs", "outputs"]) -> dict[str, Any]:
    """A resource's inputs or outputs, as the preview shows them."""
    if state is None:
        return {}
    values = state.inputs if which == "inputs" else state.outputs
    return {name: read_value(value) for name, value in values.items() if name != "__provider"}


def _leaves(plan: Plan) -> Iterator[tuple[Path, Any, Any]]:
    for change in plan.changes:
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


class _Change:
    """The bounds of a change, planned."""

    def __init__(self, sides: _Sides, step: Step) -> None:
        reasons = step.replace_reasons if step.op == REPLACE else ()
        before, after = with_stand_ins(sides.before, sides.after, reasons)
        self._sid = sides.sid
        self.most, self.state, self.inputs = self._planned(*upper_bound(before, after))
        self.least, _, self.least_inputs = self._planned(*lower_bound(before, after))
        replaces = self.most.replaces
        self.in_place: Plan | None = None
        """What ``up`` does if all values that replace the number are known only after it, and turn
        out equal."""
        if replaces and all(sides.after.get(name) is UNKNOWN for name in replaces):
            kept = with_kept_identity(before, after)
            self.in_place, _, _ = self._planned(*upper_bound(before, kept))

    def _planned(
        self, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> tuple[Plan, State, Inputs]:
        declared = Inputs.parse(inputs)
        state = State.parse(outputs, self._sid, declared.ownership)
        return plan_change(state, declared), state, declared


def _registered(row: Row, sides: _Sides, *, names_sids: bool) -> Row:
    inputs = Inputs.parse(upper_bound({}, sides.after)[1])
    ways = ways_to_adopt(inputs, names_sids=names_sids)
    plan = plan_create(inputs, may_adopt=bool(ways))
    return replace(
        row,
        changes=sides.changes(plan, plan),
        calls=_reported_calls(plan, plan, sides.secrets),
        taken_over_if=ways,
    )


def _updated(row: Row, sides: _Sides, change: _Change) -> Row:
    row = replace(row, changes=sides.changes(change.most, change.least))
    if change.most.kind is PlanKind.REPLACE:
        # An update never replaces: the preview was made by a version with other rules.
        return replace(row, outcome=Outcome.UNKNOWN, calls=None)
    return replace(row, calls=_reported_calls(change.most, change.least, sides.secrets))


def _replaced(row: Row, sides: _Sides, change: _Change, step: Step, *, names_sids: bool) -> Row:
    most, state, inputs = change.most, change.state, change.inputs
    is_replace = most.kind is PlanKind.REPLACE
    another = is_replace and not most.delete_before_replace
    # If this replace does not release the number itself, up may find a registration of it.
    may_exist = another or sides.is_kept
    ways = ways_to_adopt(inputs, names_sids=names_sids) if may_exist else ()
    may_release = sides.is_kept and is_replace and not another and Match.OWN_RECORD in ways
    create = plan_create(inputs, may_adopt=bool(ways), may_replace=may_release)
    delete = plan_delete(state, is_replaced=most.delete_before_replace)
    stages: list[tuple[Plan, Plan | None]] = [(create, plan_create(change.least_inputs))]
    if step.deletes_it_again:
        stages.append((plan_delete(state), plan_delete(state)))
    elif not sides.is_kept:
        # The engine's order, which an option of the resource may have turned.
        goes_first = step.before is not None and step.before.pending_replacement
        stages.insert(0 if goes_first else 1, (delete, delete))
    if change.in_place is not None:
        stages = [(plan, None) for plan in (*(plan for plan, _ in stages), change.in_place)]
    reported = [
        call for plan, least in stages for call in _reported_calls(plan, least, sides.secrets)
    ]
    released = Outcome.REPLACED_BY_ANOTHER if another else Outcome.REGISTERED_AGAIN
    return replace(
        row,
        outcome=Outcome.REGISTERED if sides.is_kept and not may_release else released,
        changes=sides.changes(most, change.least),
        replaced_for=most.replaces or step.replace_reasons,
        may_be_updated=change.in_place is not None,
        was_interrupted=step.before_is_gone,
        taken_over_if=ways,
        may_release_existing=may_release,
        lost=None if sides.is_kept else lost_text(state, inputs),
        # An update may read what the replace has read.
        calls=tuple(call for n, call in enumerate(reported) if call not in reported[:n]),
    )


def _reported_calls(
    plan: Plan, least: Plan | None, secrets: frozenset[Path]
) -> tuple[ReportedCall, ...]:
    """The calls of a plan, the upper bound, followed by those of its branches.

    The calls of ``least``, the lower bound, are certain; None if nothing is.
    """
    certain = {} if least is None else {(call.method, call.path): call for call in least.calls}
    made = [_reported(call, certain.get((call.method, call.path)), secrets) for call in plan.calls]
    if plan.reads:
        first = len(plan.reads)
        made[first:] = [replace(call, after_a_read=True) for call in made[first:]]
        if plan.branches:
            made[first:] = [
                replace(call, certain=False, only_if=Condition.FREE) for call in made[first:]
            ]
    for branch in plan.branches:
        made += [_if_found(call, Condition(branch.condition), secrets) for call in branch.calls]
    return tuple(made)


def _if_found(call: calls.Call, condition: Condition, secrets: frozenset[Path]) -> ReportedCall:
    # An update sends what differs from what is found, which may be nothing.
    is_update = call.operation is calls.UPDATE
    return replace(
        _reported(call, None if is_update else call, secrets),
        path=call.path.replace(f"/{UNKNOWN_SID}", f"/{{{UNKNOWN_SID}}}"),
        certain=False,
        after_a_read=is_update,
        only_if=condition,
    )


def _reported(
    call: calls.Call, surely: calls.Call | None, secrets: frozenset[Path]
) -> ReportedCall:
    body = None if call.body is None else masked(dict(call.body), (), secrets)
    query = call.query
    if is_under(("phonenumber",), secrets):
        # A look-up has the number in its filter.
        query = tuple((name, SECRET_TEXT if name == "filter" else text) for name, text in query)
    sure = None if surely is None or surely.body is None else dict(surely.body)
    return ReportedCall(
        method=call.method,
        path=call.path,
        query=query,
        body=body,
        certain=surely is not None,
        unknown=tuple(_unknown_parts(dict(call.body or {}), sure or {}, (), secrets)),
        after_a_read=False,
    )


def _unknown_parts(
    most: Any,  # noqa: ANN401 -- any JSON
    least: Any,  # noqa: ANN401 -- any JSON
    path: Path,
    secrets: frozenset[Path],
) -> Iterator[Path]:
    if is_under(path, secrets):
        yield path
    elif isinstance(most, dict) and isinstance(least, dict):
        for key, value in most.items():
            if key in least:
                yield from _unknown_parts(value, least[key], (*path, key), secrets)
            else:
                yield (*path, key)
    elif is_opaque(most) or not json_equal(most, least):
        yield path
