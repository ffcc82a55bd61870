"""What a run remembers of its numbers: who uses which, what it wants, and what it has released.

So that no delete releases what another resource uses, and a registration that fails after a release
can put the number back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from carrierx_provider.core.resource import ResourceRef
from carrierx_provider.external_did.gone import StackAccount
from carrierx_provider.external_did.ownership import Ownership
from carrierx_provider.external_did.state import State

Number: TypeAlias = tuple[object, object]
"""An account (``Connections.identity``) and a number, since one number may be registered in two."""

Key: TypeAlias = object
"""What identifies a resource in a run: its URN. Where a front does not know it, its ``Number``, by
which a resource that gets another number is not recognised."""


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
    """What the program declares of one resource."""

    number: Number
    inputs: Mapping[str, Any] = field(repr=False)
    """As they were checked."""
    before: Number | None
    """The number that the state has for it; None if it has none, or the engine has not told it."""


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
    accounts: dict[object, StackAccount] = field(default_factory=dict)
    """By account, what the state has of it."""
    known: set[Number] = field(default_factory=set)
    """Numbers of which the state has a resource."""
    wanted: dict[Key, Number] = field(default_factory=dict)
    """Of creates that have begun, and have not succeeded."""
    registered: set[Key] = field(default_factory=set)
    """Resources whose create has succeeded."""
    releases: dict[Number, Release] = field(default_factory=dict)
    """What this run has released, and CarrierX may still show."""
    made_way: dict[Key, list[Release]] = field(default_factory=dict)
    """By resource, what was released for its create."""
    released_first: set[str] = field(default_factory=set)
    """SIDs that a replace releases before it registers the same number."""
    previewed: set[str] = field(default_factory=set)
    """SIDs of which a diff of this run has planned the replace, and warned of it."""
    retained: set[Number] = field(default_factory=set)
    """Those that ``retain_on_delete`` keeps from being released."""
    read_only: set[str] = field(default_factory=set)
    """SIDs that the program reads (``ExternalDID.get``)."""
    stacks: set[str] = field(default_factory=set)
    """This stack, as ownership records name it."""
    resources: dict[tuple[str, str | None], Key] = field(default_factory=dict)
    """By SID and instance ID, the resource that the engine has diffed with that state. After a
    rename with an alias, a delete has the resource's old URN."""
    owners: dict[Key, str] = field(default_factory=dict)
    """By resource, how an ownership record names it."""
    moving: dict[Key, State] = field(default_factory=dict)
    """What the state has of resources that are to be released before they get another number."""
    _declared: dict[Key, Declared] = field(default_factory=dict)
    _instances: dict[str, set[str | None]] = field(default_factory=dict)
    _claims: set[str] = field(default_factory=set)

    def number(self, account: object, phonenumber: object) -> Number:
        """The key of a number."""
        return (self.identity(account), phonenumber)

    def key(self, resource: ResourceRef | None, number: Number) -> Key:
        """The key of a resource."""
        if resource is None:
            return number
        self.owners[resource.key] = resource.owner
        self.stacks.add("/".join(resource.owner.split("/")[:2]))
        return resource.key

    def account(self, name: str | None) -> StackAccount:
        """What the state has of an account; None is the default one."""
        return self.accounts.setdefault(self.identity(name), StackAccount())

    def note_state(self, state: State) -> StackAccount:
        """Take what the state has of a number; returns all that it has of the number's account."""
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

    def note_declared(
        self, resource: ResourceRef | None, inputs: Mapping[str, Any], before: Number | None
    ) -> Number:
        """Take what the program declares; returns its number.

        ``before`` is the number that the state has for that resource. The engine does not tell it
        in the second check of a replace, nor with ``--replace``.
        """
        number = self.number(inputs.get("account"), inputs.get("phonenumber"))
        key = self.key(resource, number)
        earlier = self._declared.get(key)
        if before is None and earlier is not None:
            before = earlier.before
        self._declared[key] = Declared(number, inputs, before)
        if (ownership := Ownership.parse(inputs)) is not None:
            self.stacks.add(ownership.stack)
        return number

    def declared_for(self, key: Key) -> Declared | None:
        """What the program declares of a resource; None if it no longer has it."""
        return self._declared.get(key)

    def follows(self, key: Key, number: Number) -> bool:
        """Whether the resource is still to be created in place of the number that the state has."""
        declared = self._declared.get(key)
        if declared is None or key in self.registered:
            return False
        # What an earlier run has left to be deleted was replaced there.
        return declared.before in {None, number}

    def is_wanted_in_vain(self, key: Key, number: Number) -> bool:
        """Whether another resource declares the number, and could not be created.

        It may be this one under another name. One that itself has another number gives this up.
        """
        declared = self._declared.get(key)
        if declared is not None and declared.number != number:
            return False
        return any(
            wanted == number or (wanted[1] == number[1] and self._is_new(other))
            for other, wanted in self.wanted.items()
            if other != key
        )

    def _is_new(self, key: Key) -> bool:
        """Whether the state has nothing of the resource: a rename may change the account too."""
        declared = self._declared.get(key)
        return declared is None or declared.before is None

    def is_declared_by_other(self, key: Key, number: Number) -> bool:
        """Whether the program declares the number in another resource."""
        return any(one.number == number for other, one in self._declared.items() if other != key)

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
