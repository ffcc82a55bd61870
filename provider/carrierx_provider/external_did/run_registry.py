"""What a run remembers of its numbers: who uses which, what it wants, and what it has released.

So that no delete releases what another resource uses, and a registration that fails after a release
can put the number back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.external_did.gone import StackAccount
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import Ownership
from carrierx_provider.external_did.state import State

Number: TypeAlias = tuple[object, object]
"""An account (``Connections.identity``) and a number, since one number may be registered in two."""


@dataclass(frozen=True, slots=True)
class Release:
    """A number that this run has released.

    Should the registration that was to follow fail, the number is registered again like that.
    """

    number: Number
    phonenumber: str
    external_did_sid: str
    account: str | None
    body: Mapping[str, Any] = field(repr=False)
    """What registers it again as it was."""
    was_read: bool
    """Whether ``body`` is what a read has shown; otherwise it is what the state has."""
    notices: tuple[str, ...] = ()
    """What is lost with the registration, once the number has a new one."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the program declares of one resource: the checked inputs, and their number."""

    number: Number
    inputs: Mapping[str, Any] = field(repr=False)


@dataclass(slots=True)
class RunRegistry:
    """Which resource relies on which registration in this run.

    A resource that is renamed in the program without an alias is created under its new name first
    and deleted under its old one after. With ``adopt_existing`` the create takes over the very
    registration that the delete would then release. The same after a crash between the two, when
    only the delete is left to a later run: in that run the engine diffs the new resource before it
    deletes the old one. Only a resource that has the registration uses it. One that could not be
    created under its new name still needs the number, and must not lose it to that delete either,
    to which ``--continue-on-error`` leads.

    Both resources have the same SID, so each is known by its instance ID (the output
    ``resource_mark``). A run with ``--target`` diffs the targets only: what others rely on is
    unknown then.

    Threads share it without a lock: each operation on one of its sets is atomic.
    """

    identity: Callable[[object], object] = lambda account: account
    """Of an account's name: two names may be one account."""
    accounts: dict[str | None, StackAccount] = field(default_factory=dict)
    """By account, what the state has of it."""
    known: set[Number] = field(default_factory=set)
    """Numbers of which the state has a resource."""
    came_from: dict[Number, Number] = field(default_factory=dict)
    """By number that is declared, the number that the state has for the same resource."""
    wanted: set[Number] = field(default_factory=set)
    """Of creates that have begun, and have not succeeded."""
    registered: set[Number] = field(default_factory=set)
    """Of creates that have succeeded."""
    releases: dict[Number, Release] = field(default_factory=dict)
    released_first: set[str] = field(default_factory=set)
    """SIDs that a replace releases before it registers the same number."""
    previewed: set[str] = field(default_factory=set)
    """SIDs of which a diff of this run has planned the replace, and warned of it."""
    retained: set[Number] = field(default_factory=set)
    """Those that ``retain_on_delete`` keeps from being released."""
    reads_others: bool = False
    """Whether the program reads numbers that are managed elsewhere (``ExternalDID.get``)."""
    stacks: set[str] = field(default_factory=set)
    """This stack, as ownership records name it."""
    declarers: dict[str, Inputs | Ownership] = field(default_factory=dict)
    """By SID, what identifies the resource that keeps it: the declared ownership record. Without
    records it is all that is declared, and only of SIDs that a person has named."""
    _by_number: dict[Number, Declared] = field(default_factory=dict)
    _by_owner: dict[str, Declared] = field(default_factory=dict)
    _by_number_before: dict[Number, Declared] = field(default_factory=dict)
    _instances: dict[str, set[str | None]] = field(default_factory=dict)
    _claims: set[str] = field(default_factory=set)

    def number(self, account: object, phonenumber: object) -> Number:
        """The key of a number."""
        return (self.identity(account), phonenumber)

    def account(self, name: str | None) -> StackAccount:
        """What the state has of an account; None is the default one."""
        return self.accounts.setdefault(name, StackAccount())

    def note_state(self, state: State) -> StackAccount:
        """Take what the state has of a number; returns all that it has of the number's account."""
        if state.ownership is not None:
            self.stacks.add(state.ownership.stack)
        stack = self.account(state.account)
        stack.add(state.external_did_sid, state.partner_sid)
        return stack

    def note_state_inputs(self, inputs: Mapping[str, Any]) -> Number | None:
        """Take the inputs that the state has of a resource; returns their number, if any."""
        if not isinstance(inputs.get("phonenumber"), str):
            return None
        number = self.number(inputs.get("account"), inputs["phonenumber"])
        self.known.add(number)
        if inputs.get("retain_on_delete") is True:
            # The engine goes by the option that the state has, whatever is declared now.
            self.retained.add(number)
        return number

    def note_declared(self, inputs: Mapping[str, Any], before: Number | None) -> Number:
        """Take what the program declares; returns its number.

        ``before`` is the number that the state has for that resource. The engine does not tell it
        in the second check of a replace, nor with ``--replace``.
        """
        declared = Declared(self.number(inputs.get("account"), inputs.get("phonenumber")), inputs)
        self._by_number[declared.number] = declared
        if (ownership := Ownership.parse(declared.inputs)) is not None:
            self.stacks.add(ownership.stack)
            self._by_owner[ownership.owner] = declared
        if before is not None:
            self._by_number_before[before] = declared
            if UNKNOWN not in declared.number:
                self.came_from[declared.number] = before
        return declared.number

    def declared_for(self, state: State, number: Number) -> Declared | None:
        """What the program declares of the resource that the state has; None if nothing."""
        owner = None if state.ownership is None else state.ownership.owner
        return (
            self._by_number_before.get(number)
            or (None if owner is None else self._by_owner.get(owner))
            or self._by_number.get(number)
        )

    def follows(self, declared: Declared | None, number: Number) -> bool:
        """Whether this is still to be registered in place of the number that the state has."""
        if declared is None or declared.number in self.registered:
            return False
        # What an earlier run has left to be deleted was replaced there.
        return self.came_from.get(declared.number, number) == number

    def release_for(self, number: Number) -> Release | None:
        """What was released so that this number could be registered: itself, or its predecessor."""
        return self.releases.get(self.came_from.get(number, number))

    def mark_used(self, external_did_sid: str, instance_id: str | None) -> None:
        """The resource has the registration, and keeps it."""
        self._instances.setdefault(external_did_sid, set()).add(instance_id)

    def mark_replaced(
        self, external_did_sid: str, instance_id: str | None, *, released_first: bool
    ) -> None:
        """The resource gives the registration up."""
        self._instances.get(external_did_sid, set()).discard(instance_id)
        self.previewed.add(external_did_sid)
        if released_first:
            self.released_first.add(external_did_sid)

    @contextmanager
    def claim(self, external_did_sid: str) -> Iterator[None]:
        """Keep other creates from a registration while one is being taken over."""
        self._claims.add(external_did_sid)
        try:
            yield
        finally:
            self._claims.discard(external_did_sid)

    def is_used(self, external_did_sid: str) -> bool:
        """Whether any resource relies on this registration, or is taking it over."""
        return bool(self._instances.get(external_did_sid)) or external_did_sid in self._claims

    def is_used_by_other(self, external_did_sid: str, instance_id: str | None) -> bool:
        """Whether another resource relies on this registration."""
        return bool(self._instances.get(external_did_sid, set()) - {instance_id})
