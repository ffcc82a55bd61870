"""What somebody else has changed at CarrierX, as a preview with ``--refresh`` shows it.

The step of a refresh has the number as the state had it; the step after it has what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from carrierx_cli.report.masking import Path, masked, secret_paths, shown_text
from carrierx_cli.report.model import Drift, DriftedValue, Outcome, Row
from carrierx_cli.report.row import differences, properties
from carrierx_provider.external_did.ownership import Attributes, Ownership
from carrierx_provider.external_did.schema import (
    BODY_FIELDS,
    MERGED_FIELDS,
    REQUIRED_FIELDS,
    SCALAR_FIELDS,
)
from carrierx_provider.pulumi_files.preview import REFRESH, ResourceState, Step

COMPARED = (
    *(name for name in BODY_FIELDS if name in REQUIRED_FIELDS),
    *sorted((*SCALAR_FIELDS, *MERGED_FIELDS)),
)
"""Not the fields for which CarrierX may choose a value."""


def drifts_of(steps: Sequence[Step], *, lists_all: bool) -> dict[str, Drift]:
    """What the refreshes of a preview have found, by the URN in the state.

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
    before, after = _outputs(state), _outputs(found)
    secrets = secret_paths(
        [before, after, properties(state, "inputs"), properties(found, "inputs")]
    )
    drift = Drift(
        resource_name=refresh.resource_name,
        urn=refresh.urn,
        phonenumber=shown_text("phonenumber", secrets, before),
        name=shown_text("name", secrets, before),
        external_did_sid=state.id,
        released=found is None,
    )
    if found is None:
        return drift
    values = tuple(
        DriftedValue(
            path,
            masked(was, path, secrets),
            masked(now, path, secrets),
            managed=_is_managed(path, before.get("managed_fields") or {}),
        )
        for name in COMPARED
        for path, was, now in differences(before.get(name), after.get(name), (name,))
    )
    return replace(drift, values=values) if values else None


def marking_undone(row: Row, drift: Drift | None) -> Row:
    """The row, with those of its changes marked that only undo the drift."""
    if drift is None or row.outcome in {Outcome.UNCHANGED, Outcome.READ}:
        return row
    if drift.released:
        return replace(row, only_undoes_drift=row.outcome is Outcome.REGISTERED)
    in_state = {value.path: value.in_state for value in drift.values}
    changes = tuple(
        replace(
            change,
            undoes_drift=change.certain
            and change.path in in_state
            and in_state[change.path] == change.after,
        )
        for change in row.changes
    )
    undone = bool(changes) and all(change.undoes_drift for change in changes)
    return replace(
        row, changes=changes, only_undoes_drift=undone and row.outcome is Outcome.UPDATED
    )


def _outputs(state: ResourceState | None) -> dict[str, Any]:
    """As the state has them, less the ownership record, which is the provider's own."""
    if state is None:
        return {}
    outputs = properties(state, "outputs")
    attributes = outputs.get("attributes") or {}
    if isinstance(attributes, dict):
        owners = Ownership.parse(outputs), Ownership.parse(state.inputs)
        outputs["attributes"] = Attributes.split(attributes, *owners).values
    return outputs


def _is_managed(path: Path, mask: object) -> bool:
    if path[0] in REQUIRED_FIELDS:
        return True
    for key in path:
        if not isinstance(mask, dict) or key not in mask:
            return False
        mask = mask[key]
        if mask is True:
            return True
    return True
