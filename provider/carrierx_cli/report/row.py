"""One number of a report: the plan that ``up`` executes with its calls, of a preview's step.

The plan comes from the functions that the provider itself calls. Where plan and engine disagree,
because of a masked secret or an option of the resource, the engine is right: the report never says
less than the engine does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

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
from carrierx_provider.core.json_merge import Json, json_equal
from carrierx_provider.core.resource import UNKNOWN, Plan, PlanKind
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.plan import (
    UNKNOWN_SID,
    Condition,
    is_another_number,
    plan_change,
    plan_create,
    plan_delete,
)
from carrierx_provider.external_did.replacement import lost_text
from carrierx_provider.external_did.state import State
from carrierx_provider.external_did.takeover import Match, ways_to_adopt
from carrierx_provider.pulumi_files.markers import read_value
from carrierx_provider.pulumi_files.preview import (
    READ_REPLACEMENT,
    REMOVE_PENDING_REPLACE,
    REPLACE,
    ResourceState,
    Step,
)

_UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What a plan raises on properties that the provider did not write: by hand, or a later version.
The row then says what the engine says."""

NO_STATE = ResourceState(inputs={}, outputs={})
"""Of a resource before its create or after its delete."""

_OUTCOMES = {
    "create": Outcome.REGISTERED,
    "update": Outcome.UPDATED,
    "replace": Outcome.REGISTERED_AGAIN,
    "delete": Outcome.RELEASED,
    "delete-replaced": Outcome.RELEASED,
    "create-replacement": Outcome.REGISTERED,
    "same": Outcome.UNCHANGED,
    "read": Outcome.READ,
    READ_REPLACEMENT: Outcome.READ,
    "read-discard": Outcome.FORGOTTEN,
    "discard": Outcome.FORGOTTEN,
    "discard-replaced": Outcome.FORGOTTEN,
    REMOVE_PENDING_REPLACE: Outcome.FORGOTTEN,
}
"""The outcome by the engine's step, before there is a plan."""


class _Planned(NamedTuple):
    plan: Plan
    state: State
    inputs: Inputs


class StepAnalysis:
    """A step's resource before and after, as the preview shows it, and where its secrets are."""

    def __init__(self, step: Step, *, names_sids: bool) -> None:
        """``names_sids``: whether ``CARRIERX_ADOPT`` names registrations."""
        self._step = step
        self._names_sids = names_sids
        self._reasons = step.replace_reasons if step.op == REPLACE else ()
        self._state = step.before or NO_STATE
        after = step.after or NO_STATE
        self._before, self._after = properties(self._state.outputs), properties(after.inputs)
        others = (properties(self._state.inputs), properties(after.outputs))
        self._secrets = secret_paths([self._before, self._after, *others])
        self._sid = (step.before or after).id
        # The engine goes by the state; the provider also by what is declared.
        self._is_retained = self._state.retained or self._after.get("retain_on_delete") is True

    def row(self) -> Row:
        """What the step does to its number."""
        row = self._without_plan()
        if row.outcome in {Outcome.UNCHANGED, Outcome.FORGOTTEN}:
            return row
        try:
            return self._with_plan(row)
        except _UNREADABLE:
            return replace(row, calls=None, replaced_for=self._reasons)

    def _without_plan(self) -> Row:
        step = self._step
        number = shown_text("phonenumber", self._secrets, self._before, self._after)
        another = shown_text("phonenumber", self._secrets, self._after)
        outcome = _OUTCOMES.get(step.op, Outcome.UNKNOWN)
        if step.op == REPLACE and (step.after or NO_STATE).external:
            # The resource only reads another number from now on (``ExternalDID.get``).
            outcome = Outcome.RELEASED
        if outcome is Outcome.RELEASED and (self._state.retained or self._state.external):
            outcome = Outcome.FORGOTTEN
        lost = f"its SID {self._sid}, its messaging enablement"
        return Row(
            resource_name=step.resource_name,
            urn=step.urn,
            outcome=outcome,
            engine_op=step.op,
            phonenumber=number,
            new_phonenumber=another if another != number else None,
            name=shown_text("name", self._secrets, self._after, self._before),
            account=shown_text("account", self._secrets, self._after, self._before),
            external_did_sid=self._sid or None,
            lost=lost if outcome is Outcome.RELEASED else None,
            was_interrupted=step.op == REMOVE_PENDING_REPLACE and not self._state.retained,
            inputs=self._after,
            outputs=self._before,
        )

    def _with_plan(self, row: Row) -> Row:
        if row.outcome in {Outcome.READ, Outcome.RELEASED}:
            # The read before a release is left out: pages of the list serve it for many numbers.
            call = (calls.get if row.outcome is Outcome.READ else calls.delete)(self._sid)
            return replace(row, calls=(self._reported(call, call),))
        if row.outcome is Outcome.REGISTERED:
            inputs = Inputs.parse(upper_bound({}, self._after)[1])
            ways = ways_to_adopt(inputs, names_sids=self._names_sids)
            plan = plan_create(inputs, may_adopt=bool(ways))
            changes, made = self._changes(plan, plan), tuple(self._calls(plan, plan))
            return replace(row, changes=changes, calls=made, taken_over_if=ways)
        if row.outcome is Outcome.UNKNOWN or self._step.before is None or self._step.after is None:
            return replace(row, calls=None)
        before, after = with_stand_ins(self._before, self._after, self._reasons)
        most = self._planned(*upper_bound(before, after))
        least = self._planned(*lower_bound(before, after))
        row = replace(row, changes=self._changes(most.plan, least.plan))
        if self._step.op != REPLACE:
            if most.plan.kind is PlanKind.REPLACE:
                # An update never replaces: the preview was made by a version with other rules.
                return replace(row, outcome=Outcome.UNKNOWN, calls=None)
            return replace(row, calls=tuple(self._calls(most.plan, least.plan)))
        in_place = None
        replaces = most.plan.replaces
        if replaces and all(self._after.get(name) is UNKNOWN for name in replaces):
            # All values that replace the number are known only after `up`, and may turn out equal.
            in_place = self._planned(*upper_bound(before, with_kept_identity(before, after))).plan
        return self._replaced(row, most, least, in_place)

    def _planned(self, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> _Planned:
        declared = Inputs.parse(inputs)
        state = State.parse(outputs, self._sid, declared.ownership)
        # Only the engine's step tells whether two names lead to the same account.
        is_same_account = declared.account is not UNKNOWN and "account" not in self._reasons
        plan = plan_change(
            state, declared, is_retained=self._is_retained, is_same_account=is_same_account
        )
        return _Planned(plan, state, declared)

    def _replaced(self, row: Row, most: _Planned, least: _Planned, in_place: Plan | None) -> Row:
        step, (plan, state, inputs) = self._step, most
        is_replace = plan.kind is PlanKind.REPLACE
        another = is_replace and is_another_number(state, inputs)
        # Whether there is nothing to release: it is left alone, or an earlier run released it.
        is_kept = self._is_retained or step.before_is_gone
        # If this replace does not release the number itself, up may find a registration of it.
        may_exist = another or is_kept
        ways = ways_to_adopt(inputs, names_sids=self._names_sids) if may_exist else ()
        # What is retained cannot be registered again, only taken over by this very resource.
        is_own = bool({Match.OWN_RECORD, Match.NAMED}.intersection(ways))
        may_succeed = "phonenumber" in plan.replaces if is_replace else is_own
        is_refused = self._is_retained and not may_succeed
        if is_refused:
            ways = ()
        is_gone = is_kept and not self._is_retained
        may_release = is_gone and is_replace and not another and Match.OWN_RECORD in ways
        create = plan_create(inputs, may_adopt=bool(ways), may_replace=may_release)
        if is_refused and create.reads:
            create = replace(create, writes=())
        stages: list[tuple[Plan, Plan | None]] = [(create, plan_create(least.inputs))]
        delete = plan_delete(state)
        if step.deletes_it_again and not self._is_retained:
            stages.append((delete, delete))
        elif not is_kept:
            # The engine's order, which an option of the resource may have turned.
            stages.insert(0 if self._state.pending_replacement else 1, (delete, delete))
        if in_place is not None:
            stages = [(stage, None) for stage in (*(stage for stage, _ in stages), in_place)]
        made = [call for stage, sure in stages for call in self._calls(stage, sure)]
        released = Outcome.REPLACED_BY_ANOTHER if another else Outcome.REGISTERED_AGAIN
        kept = Outcome.REFUSED if is_refused else Outcome.REGISTERED
        return replace(
            row,
            outcome=kept if is_kept and not may_release else released,
            replaced_for=plan.replaces or step.replace_reasons,
            may_be_updated=in_place is not None,
            is_retained=self._is_retained,
            was_interrupted=step.before_is_gone and not self._is_retained,
            taken_over_if=ways,
            may_release_existing=may_release,
            lost=None if is_kept else lost_text(state, inputs),
            # An update may read what the replace has read.
            calls=tuple(call for n, call in enumerate(made) if call not in made[:n]),
        )

    def _changes(self, most: Plan, least: Plan) -> tuple[Change, ...]:
        """What changes, attributes key by key; only what the lower bound changes is certain."""
        secrets = self._secrets
        certain = {path for path, _, _ in _leaves(least, secrets)}
        return tuple(
            Change(path, masked(was, path, secrets), masked(now, path, secrets), path in certain)
            for path, was, now in _leaves(most, secrets)
        )

    def _calls(self, plan: Plan, least: Plan | None) -> Iterator[ReportedCall]:
        """The calls of a plan, the upper bound, followed by those of its branches.

        The calls of ``least``, the lower bound, are certain; None if nothing is.
        """
        certain = {} if least is None else {(call.method, call.path): call for call in least.calls}
        for place, call in enumerate(plan.calls):
            reported = self._reported(call, certain.get((call.method, call.path)))
            if plan.reads and place >= len(plan.reads):
                reported = replace(reported, after_a_read=True)
                if plan.branches:
                    reported = replace(reported, certain=False, only_if=Condition.FREE)
            yield reported
        for branch in plan.branches:
            for call in branch.calls:
                # An update sends what differs from what is found, which may be nothing.
                is_update = call.operation is calls.UPDATE
                yield replace(
                    self._reported(call, None if is_update else call),
                    path=call.path.replace(f"/{UNKNOWN_SID}", f"/{{{UNKNOWN_SID}}}"),
                    certain=False,
                    after_a_read=is_update,
                    only_if=Condition(branch.condition),
                )

    def _reported(self, call: calls.Call, surely: calls.Call | None) -> ReportedCall:
        query = call.query
        if is_under(("phonenumber",), self._secrets):
            # A look-up has the number in its filter.
            query = tuple((name, SECRET_TEXT if name == "filter" else text) for name, text in query)
        body = dict(call.body or {})
        sure = {} if surely is None else dict(surely.body or {})
        return ReportedCall(
            method=call.method,
            path=call.path,
            query=query,
            body=None if call.body is None else masked(body, (), self._secrets),
            certain=surely is not None,
            unknown=tuple(_unknown_parts(body, sure, (), self._secrets)),
        )


def properties(values: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's inputs or outputs, as the preview shows them."""
    return {name: read_value(value) for name, value in values.items() if name != "__provider"}


def _leaves(plan: Plan, secrets: frozenset[Path]) -> Iterator[tuple[Path, Any, Any]]:
    for change in plan.changes:
        yield from differences(change.before, change.after, (change.name,), secrets)


def differences(
    before: Json, after: Json, path: Path, secrets: frozenset[Path] = frozenset()
) -> Iterator[tuple[Path, Json, Json]]:
    """What differs between two JSON values, at the deepest key that both have as objects.

    Of a secret object no key is named.
    """
    if path in secrets:
        before, after = (None if side == {} else side for side in (before, after))
        if not json_equal(before, after):
            yield path, before, after
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), (*path, key), secrets)
    elif before is None and isinstance(after, dict) and path == ("attributes",):
        yield from differences({}, after, path, secrets)
    elif not json_equal(before, after):
        yield path, before, after


def _unknown_parts(most: Json, least: Json, path: Path, secrets: frozenset[Path]) -> Iterator[Path]:
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
