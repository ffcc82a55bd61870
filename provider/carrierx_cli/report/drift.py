"""What somebody else has changed in CarrierX, as a preview with ``--refresh`` shows it.

The step of a refresh has the number as the state had it; the step after it has what was found.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from carrierx_cli.report.analyze import Fate, differences
from carrierx_cli.report.masking import as_seen, masked, secret_paths
from carrierx_provider.external_did.ownership import Attributes, Ownership
from carrierx_provider.external_did.schema import MERGED_FIELDS, SCALAR_FIELDS
from carrierx_provider.pulumi_files.preview import REFRESH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carrierx_cli.report.analyze import NumberReport, ReportedChange
    from carrierx_cli.report.masking import Path
    from carrierx_provider.pulumi_files.preview import ResourceState, Step

COMPARED = ("capabilities", *sorted((*SCALAR_FIELDS, *MERGED_FIELDS)))


@dataclass(frozen=True, slots=True)
class DriftedValue:
    """One field or attribute: what the state had, and what stands in CarrierX."""

    path: Path
    recorded: Any = field(repr=False)
    found: Any = field(repr=False)
    managed: bool
    """Whether the program states it, so that ``up`` puts it back."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What has drifted on one number."""

    resource_name: str
    urn: str
    phonenumber: str | None
    name: str | None = field(repr=False)
    external_did_sid: str
    released: bool
    """CarrierX does not know it any more; if the program states it, ``up`` registers it anew."""
    values: tuple[DriftedValue, ...] = ()


def drift_of(refresh: Step, following: Step | None) -> Drift | None:
    """What a refresh has found on one number, or None.

    :param following: the next step on the same resource; None where there is none, so that it is
        gone from the state.
    """
    state = refresh.before
    if state is None or state.external:
        return None
    found = None if following is None else following.before
    before, after = _outputs(state), _outputs(found)
    secrets = secret_paths([before, after, _inputs(state), _inputs(found)])
    drift = Drift(
        resource_name=refresh.resource_name,
        urn=refresh.urn,
        phonenumber=_text(masked(before.get("phonenumber"), ("phonenumber",), secrets)),
        name=_text(masked(before.get("name"), ("name",), secrets)),
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


def following_steps(steps: Sequence[Step]) -> Mapping[str, Step]:
    """The step of each resource that comes after its refresh, by the URN that the refresh has."""
    return {step.urn_before: step for step in reversed(steps) if step.op != REFRESH}


def is_told(step: Step | None, *, lists_sames: bool) -> bool:
    """Whether the preview tells what a refresh has found.

    Without its unchanged resources it does not: one that is missing may be unchanged, or gone.
    """
    return step is not None or lists_sames


def puts_back(number: NumberReport, drift: Drift | None) -> NumberReport:
    """The number, with those of its changes marked that only undo the drift."""
    if drift is None or number.fate in {Fate.UNCHANGED, Fate.READ}:
        return number
    if drift.released:
        return replace(number, only_undoes_drift=number.fate is Fate.REGISTERED)
    recorded = {value.path: value.recorded for value in drift.values}
    changes = tuple(
        replace(change, puts_back=_is_put_back(change, recorded)) for change in number.changes
    )
    undone = bool(changes) and all(change.puts_back for change in changes)
    return replace(
        number, changes=changes, only_undoes_drift=undone and number.fate is Fate.UPDATED
    )


def _is_put_back(change: ReportedChange, recorded: Mapping[Path, Any]) -> bool:
    missing = object()
    return change.certain and recorded.get(change.path, missing) == change.after


def _outputs(state: ResourceState | None) -> dict[str, Any]:
    """As the state has them, less the ownership record, which is the provider's own."""
    if state is None:
        return {}
    outputs: dict[str, Any] = as_seen(dict(state.outputs))
    attributes = outputs.get("attributes") or {}
    if isinstance(attributes, dict):
        outputs["attributes"] = Attributes.split(
            attributes, Ownership.parse(outputs), Ownership.parse(state.inputs)
        ).values
    return outputs


def _inputs(state: ResourceState | None) -> dict[str, Any]:
    seen: dict[str, Any] = as_seen(dict(state.inputs)) if state is not None else {}
    return seen


def _is_managed(path: Path, mask: object) -> bool:
    if path[0] == "capabilities":
        return True
    for key in path:
        if not isinstance(mask, dict) or key not in mask:
            return False
        mask = mask[key]
        if mask is True:
            return True
    return True


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
