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

import threading
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


class RunRegistry:
    """Who relies on which SID in this run, and which numbers the run has released."""

    def __init__(self) -> None:
        self._instances: dict[str, set[str | None]] = {}
        self._released_first: set[str] = set()
        self._releases: dict[str, Release] = {}
        self._pending: set[tuple[object, str]] = set()
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def mark_used(self, external_did_sid: str, instance_id: str | None) -> None:
        """The resource has the registration, or asks for it, and keeps it."""
        with self._lock:
            self._instances.setdefault(external_did_sid, set()).add(instance_id)

    def mark_replaced(
        self, external_did_sid: str, instance_id: str | None, *, released_first: bool
    ) -> None:
        """The resource gives the registration up."""
        with self._lock:
            self._instances.get(external_did_sid, set()).discard(instance_id)
            if released_first:
                self._released_first.add(external_did_sid)

    def is_released_first(self, external_did_sid: str) -> bool:
        """Whether a replace releases this registration before it makes the new one."""
        with self._lock:
            return external_did_sid in self._released_first

    def is_used(self, external_did_sid: str) -> bool:
        """Whether any resource relies on this registration."""
        with self._lock:
            return bool(self._instances.get(external_did_sid))

    def is_used_by_other(self, external_did_sid: str, instance_id: str | None) -> bool:
        """Whether another resource relies on this registration."""
        with self._lock:
            return bool(self._instances.get(external_did_sid, set()) - {instance_id})

    def mark_known(self, phonenumber: str) -> None:
        """The state has a resource with this number."""
        with self._lock:
            self._known.add(phonenumber)

    def is_known(self, phonenumber: str) -> bool:
        """Whether the state has a resource with this number."""
        with self._lock:
            return phonenumber in self._known

    def mark_create_begun(self, account: object, phonenumber: str) -> None:
        """A resource is about to register the number, or to take it over."""
        with self._lock:
            self._pending.add((account, phonenumber))

    def mark_created(self, account: object, phonenumber: str) -> None:
        """It has."""
        with self._lock:
            self._pending.discard((account, phonenumber))

    def has_failed_create(self, account: object, phonenumber: str) -> bool:
        """Whether a resource of this run declares the number and could not be created."""
        with self._lock:
            return (account, phonenumber) in self._pending

    def mark_released(self, phonenumber: str, release: Release) -> None:
        """The number was released in this run."""
        with self._lock:
            self._releases[phonenumber] = release

    def release_of(self, phonenumber: str) -> Release | None:
        """The release of this number in this run, which a failed registration has to know."""
        with self._lock:
            return self._releases.get(phonenumber)
