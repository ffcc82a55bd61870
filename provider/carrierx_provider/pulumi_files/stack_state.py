"""What a stack's state says about the numbers that it has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class StackState:
    """The part of a deployment that tells orphans from numbers in use."""

    sids: frozenset[str]
    """The IDs of all resources, those of unfinished operations among them."""
    pending_operations: int
    """Operations of an interrupted run, or of one that is under way."""
    names_being_created: frozenset[str]
    """External DIDs whose create has not ended, by their name in the program."""


def stack_state(deployment: Mapping[str, Any]) -> StackState:
    """Read a deployment, as ``pulumi stack export`` gives it."""
    resources: list[dict[str, Any]] = deployment.get("resources") or []
    pending: list[dict[str, Any]] = deployment.get("pending_operations") or []
    # An interrupted delete or update has its resource here: it is the stack's own until that ends.
    in_operation: list[dict[str, Any]] = [operation["resource"] for operation in pending]
    return StackState(
        sids=frozenset(
            resource["id"] for resource in (*resources, *in_operation) if resource.get("id")
        ),
        pending_operations=len(pending),
        names_being_created=frozenset(
            _name(operation["resource"]["urn"])
            for operation in pending
            if operation["type"] == "creating"
            and operation["resource"]["type"].endswith(":ExternalDID")
        ),
    )


def _name(urn: str) -> str:
    """``urn:pulumi:STACK::PROJECT::TYPE::NAME``, of which only the name may hold ``::``."""
    return urn.split("::", 3)[-1]
