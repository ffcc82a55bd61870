"""What the states of a project manage already. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_provider.adopt.stack_place import RESOURCE_TYPE, name_in
from carrierx_provider.orphans.stack_state import stack_state

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Managed:
    """What one stack's state has."""

    sids: frozenset[str]
    """The IDs of all its resources, those of unfinished operations among them."""
    names: frozenset[str]
    """The names of its External DIDs, wherever in its program they stand."""
    sids_by_number: Mapping[tuple[str | None, str], str] = field(repr=False)
    """The SID by account and number."""
    elsewhere: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Which other stack of the project has a SID."""


def managed_by(deployment: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> Managed:
    """Read the stack's deployment, and those of the project's other stacks by their names."""
    external_dids = [
        resource
        for resource in deployment.get("resources") or []
        if resource["type"] == RESOURCE_TYPE and not resource.get("external")
    ]
    return Managed(
        sids=stack_state(deployment).sids,
        names=frozenset(name_in(resource["urn"]) for resource in external_dids),
        sids_by_number={
            (outputs.get("account"), str(outputs.get("phonenumber"))): resource["id"]
            for resource in external_dids
            if isinstance(outputs := resource.get("outputs"), dict) and resource.get("id")
        },
        elsewhere={
            sid: stack for stack, other in others.items() for sid in stack_state(other).sids
        },
    )
