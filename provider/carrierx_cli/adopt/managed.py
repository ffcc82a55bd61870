"""What the states of a project manage already. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_provider.pulumi_files.urn import RESOURCE_TYPE, name_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Managed:
    """What one stack's state has."""

    sids: frozenset[str]
    """The IDs of all its resources, those of unfinished operations among them.

    A number that the stack only reads is not managed by it.
    """
    names: frozenset[str]
    """The names of its External DIDs, wherever in its program they stand, read ones too."""
    sids_by_number: Mapping[tuple[str | None, str], str] = field(repr=False)
    """The SID by account and number."""
    elsewhere: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Which other stack of the project has a SID."""


def managed_by(deployment: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> Managed:
    """Read the stack's deployment, and those of the project's other stacks by their names."""
    external_dids = [
        resource
        for resource in deployment.get("resources") or []
        if resource["type"] == RESOURCE_TYPE
    ]
    return Managed(
        sids=frozenset(_sids(deployment)),
        names=frozenset(name_in(resource["urn"]) for resource in external_dids),
        sids_by_number=dict(_numbers(external_dids)),
        elsewhere={sid: stack for stack, other in others.items() for sid in _sids(other)},
    )


def _sids(deployment: Mapping[str, Any]) -> Iterator[str]:
    operations = deployment.get("pending_operations") or []
    for resource in (
        *(deployment.get("resources") or []),
        *(operation["resource"] for operation in operations),
    ):
        if resource.get("id") and not resource.get("external"):
            yield resource["id"]


def _numbers(
    external_dids: list[dict[str, Any]],
) -> Iterator[tuple[tuple[str | None, str], str]]:
    for resource in external_dids:
        outputs = resource.get("outputs") or {}
        account, number = outputs.get("account"), outputs.get("phonenumber")
        # A secret is an object here, and says nothing.
        if not isinstance(number, str) or not isinstance(account, str | None):
            continue
        if resource.get("id") and not resource.get("external"):
            yield (account, number), resource["id"]
