"""A whole preview, number by number: one row a resource, and what has drifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from carrierx_cli.report.masking import SECRET_TEXT, Path, masked, secret_paths, shown_text
from carrierx_cli.report.model import Drift, DriftedValue, Outcome, Report, Row
from carrierx_cli.report.row import NO_STATE, StepAnalysis, differences, properties
from carrierx_provider.external_did.ownership import Attributes, Ownership
from carrierx_provider.external_did.schema import (
    BODY_FIELDS,
    MERGED_FIELDS,
    REQUIRED_FIELDS,
    SCALAR_FIELDS,
)
from carrierx_provider.external_did.takeover import Match
from carrierx_provider.pulumi_files.preview import (
    CREATE_REPLACEMENT,
    DELETE_REPLACED,
    READ_REPLACEMENT,
    REFRESH,
    REPLACE,
    Preview,
    ResourceState,
    Step,
)
from carrierx_provider.pulumi_files.urn import EXTERNAL_DID_TYPES, STACK_TYPE

_COMPARED = (
    *(name for name in BODY_FIELDS if name in REQUIRED_FIELDS),
    *sorted((*SCALAR_FIELDS, *MERGED_FIELDS)),
)
"""The fields that may drift: not those for which CarrierX may choose a value."""


def analyze(preview: Preview, *, named_sids: Collection[str] = ()) -> Report:
    """The report of a preview; ``CARRIERX_ADOPT`` lets ``up`` take ``named_sids`` over."""
    ours = [step for step in preview.steps if step.type in EXTERNAL_DID_TYPES]
    others = [step for step in preview.steps if step.type not in {*EXTERNAL_DID_TYPES, STACK_TYPE}]
    drifts = _drifts_of(ours, lists_all=preview.lists_sames and not preview.errors)
    planned = [
        _marking_undone(
            StepAnalysis(step, names_sids=bool(named_sids)).row(), drifts.get(step.urn_before)
        )
        for step in _one_for_each(ours)
    ]
    rows = _with_take_overs(planned, named_sids)
    return Report(
        project=preview.project,
        stack=preview.stack,
        errors=preview.errors,
        provider_errors=preview.provider_errors,
        rows=tuple(sorted(rows, key=_place)),
        drifts=tuple(sorted(drifts.values(), key=lambda one: (one.phonenumber or "", one.urn))),
        other_resources=dict(sorted(Counter(step.op for step in _one_for_each(others)).items())),
        not_listed=dict(sorted(preview.not_listed.items())),
    )


def _place(row: Row) -> tuple[int, str, str, str]:
    sid = row.external_did_sid or ""
    return tuple(Outcome).index(row.outcome), row.phonenumber or "", row.urn, sid


def _with_take_overs(rows: Sequence[Row], named_sids: Collection[str]) -> Iterator[Row]:
    """The rows, without the releases that ``up`` leaves out.

    A resource that is renamed without an alias is deleted under its old name. If the new one takes
    the registration over, the delete leaves it alone (see ``run_registry.RunRegistry``).
    """
    registered = {
        (row.phonenumber, row.account): row
        for row in rows
        if row.outcome is Outcome.REGISTERED
        # Two numbers that the preview hides are not the same.
        and isinstance(row.inputs.get("phonenumber"), str)
        and row.account != SECRET_TEXT
    }

    for row in rows:
        new = registered.get((row.phonenumber, row.account))
        if row.outcome is not Outcome.RELEASED or new is None:
            yield row
        elif Match.ADOPT_EXISTING in new.taken_over_if or row.external_did_sid in named_sids:
            name = new.resource_name
            yield replace(row, outcome=Outcome.FORGOTTEN, taken_over_by=name, lost=None, calls=())
        else:
            yield row


def _one_for_each(steps: Sequence[Step]) -> list[Step]:
    """The steps without refreshes, and without the halves of a replace that is listed itself.

    What an earlier run left to be deleted is not such a half: it has another ID. If only one half
    of a replace is listed, an earlier run was interrupted between the two. The same is true of a
    replace that deletes first and is listed second: its program has returned to the old inputs.
    """
    created: dict[str, int] = {}
    for place, step in enumerate(steps):
        if step.op == CREATE_REPLACEMENT:
            created.setdefault(step.urn, place)
    deleted = {_identity(step) for step in steps if step.op == DELETE_REPLACED}
    replaced = {_identity(step) for step in steps if step.op == REPLACE}
    replaced_urns = {urn for urn, _ in replaced}

    def is_half(step: Step) -> bool:
        if step.op in {CREATE_REPLACEMENT, READ_REPLACEMENT}:
            return step.urn in replaced_urns
        return step.op == DELETE_REPLACED and _identity(step) in replaced

    def with_its_past(place: int, step: Step) -> Step:
        if step.op != REPLACE or step.urn not in created:
            return step
        goes_first = (step.before or NO_STATE).pending_replacement
        again = goes_first and created[step.urn] < place and _identity(step) in deleted
        gone = again or _identity(step) not in deleted
        return step.model_copy(update={"before_is_gone": gone, "deletes_it_again": again})

    return [
        with_its_past(place, step)
        for place, step in enumerate(steps)
        if step.op != REFRESH and not is_half(step)
    ]


def _identity(step: Step) -> tuple[str, str]:
    return step.urn, (step.before or NO_STATE).id


def _drifts_of(steps: Sequence[Step], *, lists_all: bool) -> dict[str, Drift]:
    """What the refreshes of a preview have found, by the URN in the state.

    The step of a refresh has the number as the state had it; the step after it has what was found.
    Unless it lists unchanged resources too, one that has no other step may be unchanged, or gone.
    """
    following = {step.urn_before: step for step in reversed(steps) if step.op != REFRESH}
    found = {
        step.urn: _drift(step, following.get(step.urn))
        for step in steps
        if step.op == REFRESH and (step.urn in following or lists_all)
    }
    return {urn: drift for urn, drift in found.items() if drift is not None}


def _drift(refresh: Step, following: Step | None) -> Drift | None:
    state = refresh.before
    if state is None or state.external:
        return None
    found = None if following is None else following.before
    before, after = _outputs(state), _outputs(found or NO_STATE)
    inputs = [properties(side.inputs) for side in (state, found or NO_STATE)]
    secrets = secret_paths([before, after, *inputs])
    values = tuple(
        DriftedValue(
            path,
            masked(was, path, secrets),
            masked(now, path, secrets),
            managed=path[0] in REQUIRED_FIELDS or _is_managed(path, before.get("managed_fields")),
        )
        for name in (_COMPARED if found else ())
        for path, was, now in differences(before.get(name), after.get(name), (name,))
    )
    if found and not values:
        return None
    return Drift(
        resource_name=refresh.resource_name,
        urn=refresh.urn,
        phonenumber=shown_text("phonenumber", secrets, before),
        name=shown_text("name", secrets, before),
        external_did_sid=state.id,
        released=found is None,
        values=values,
    )


def _marking_undone(row: Row, drift: Drift | None) -> Row:
    """The row, with those of its changes marked that only undo the drift."""
    if drift is None or row.outcome in {Outcome.UNCHANGED, Outcome.READ}:
        return row
    if drift.released:
        return replace(row, only_undoes_drift=row.outcome is Outcome.REGISTERED)
    in_state = [(value.path, value.in_state) for value in drift.values]
    changes = tuple(
        replace(change, undoes_drift=change.certain and (change.path, change.after) in in_state)
        for change in row.changes
    )
    undone = row.outcome is Outcome.UPDATED and all(change.undoes_drift for change in changes)
    return replace(row, changes=changes, only_undoes_drift=undone and bool(changes))


def _outputs(state: ResourceState) -> dict[str, Any]:
    """As the state has them, less the ownership record, which is the provider's own."""
    outputs = properties(state.outputs)
    attributes = outputs.get("attributes") or {}
    if isinstance(attributes, dict):
        owners = Ownership.parse(outputs), Ownership.parse(state.inputs)
        outputs["attributes"] = Attributes.split(attributes, *owners).values
    return outputs


def _is_managed(path: Path, mask: object) -> bool:
    if isinstance(mask, bool) or not path:
        return True
    return isinstance(mask, dict) and path[0] in mask and _is_managed(path[1:], mask[path[0]])
