"""Which registrations the resources of one run rely on, so that no delete releases another's.

A resource that is renamed in the program without an alias is created under its new name first and
deleted under its old one after. With ``adopt_existing`` the create takes over the very registration
that the delete would then release. The same after a crash between the two, when only the delete is
left to a later run: in that run the engine diffs the new resource before it deletes the old one.

Both resources have the same SID, so each is known by its instance ID (the output
``resource_mark``). A run with ``--target`` diffs the targets only: what others rely on is unknown
then.

A resource that could not be created under its new name must not lose its number to the delete of
its old one either, which ``--continue-on-error`` would go on to.

What a replace has released is kept here too, as it was: should the new registration be refused, the
number is registered again like that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Release:
    """A number that this run has released."""

    external_did_sid: str
    account: str | None
    body: Mapping[str, Any] = field(repr=False)
    """What registers it again as it was."""


@dataclass(slots=True)
class RunRegistry:
    """Who relies on which SID in this run, and which numbers the run has released.

    Threads share it without a lock: each operation on one of its sets is atomic.
    """

    known: set[str] = field(default_factory=set)
    """Numbers of which the state has a resource."""
    pending: set[tuple[object, str]] = field(default_factory=set)
    """Account and number of creates that have begun, and have not succeeded."""
    releases: dict[str, Release] = field(default_factory=dict)
    """What this run has released, by number, which a failed registration has to know."""
    released_first: set[str] = field(default_factory=set)
    """SIDs that a replace releases before it makes the new registration."""
    _instances: dict[str, set[str | None]] = field(default_factory=dict)

    def mark_used(self, external_did_sid: str, instance_id: str | None) -> None:
        """The resource has the registration, or asks for it, and keeps it."""
        self._instances.setdefault(external_did_sid, set()).add(instance_id)

    def mark_replaced(
        self, external_did_sid: str, instance_id: str | None, *, released_first: bool
    ) -> None:
        """The resource gives the registration up."""
        self._instances.get(external_did_sid, set()).discard(instance_id)
        if released_first:
            self.released_first.add(external_did_sid)

    def is_used(self, external_did_sid: str) -> bool:
        """Whether any resource relies on this registration."""
        return bool(self._instances.get(external_did_sid))

    def is_used_by_other(self, external_did_sid: str, instance_id: str | None) -> bool:
        """Whether another resource relies on this registration."""
        return bool(self._instances.get(external_did_sid, set()) - {instance_id})
