"""What every resource has: checked inputs, a plan, a result, and a lifecycle.

A front translates between an engine and this protocol; it knows no resource. A resource implements
it; it knows no front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, Literal, Protocol, TypeAlias

from carrierx_api.calls import Call


class Unknown(Enum):
    """The type of ``UNKNOWN``, an enum so that type checkers can narrow it."""

    UNKNOWN = "known after up"

    def __repr__(self) -> str:
        return "<known after up>"

    __str__ = __repr__


UNKNOWN: Final[Literal[Unknown.UNKNOWN]] = Unknown.UNKNOWN
"""A value that a preview does not know yet: the output of a resource that does not exist yet."""


IsUnknown: TypeAlias = Callable[[object], bool]
"""What tells an unknown value: the SDK has unknowns of its own."""


def is_unknown(value: object) -> bool:
    """Whether the value itself is unknown."""
    return value is UNKNOWN


class PlanKind(StrEnum):
    """What a plan does."""

    CREATE = "create"
    UNCHANGED = "unchanged"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, from what to what. None is null; the values may be secret.

    A change to None of a field that is kept when it is no longer declared says just that: the
    program no longer declares it.
    """

    name: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """The calls that are made in place of a plan's writes if CarrierX has something already.

    As far as a preview can know them: of an existing object only CarrierX knows the ID, so a name
    holds its place in a path, and an update has the most that it can have to change. Once the
    object is read, the same function makes the exact calls.
    """

    condition: StrEnum
    """What has to be found, in the resource's own terms."""
    calls: tuple[Call, ...]
    """Reads and writes, in order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to one resource, and the HTTP calls that make it happen, as a value.

    A resource's pure functions make it from the state, the declared inputs and, where it has to be
    read first, the live object. The preview shows it, the lifecycle executes it, the report prints
    it: nothing is decided twice.

    An update, a create and a delete have calls: ``reads`` come first, then ``snapshot``, then
    ``writes``; ``branches`` say what is done in place of the writes. A replace has no calls of its
    own but ``stages``, the delete and the create in their order, which the engine runs one by one.
    """

    kind: PlanKind
    changes: tuple[FieldChange, ...] = ()
    reads: tuple[Call, ...] = ()
    """What has to be read first, since the answer decides what is written."""
    snapshot: Call | None = None
    """The read before a release: it shows whose the object is now, and what is registered again
    should a create that follows fail. Pages of the list may take its place."""
    writes: tuple[Call, ...] = ()
    """The calls that change something; where there are ``reads``, as far as they are known before
    these."""
    branches: tuple[Branch, ...] = ()
    """What is done in place of ``writes`` where the reads, or the refusal of the writes, find an
    existing object that may be taken over. A condition that does not hold makes no calls."""
    stages: tuple[Plan, ...] = ()
    """Of a replace: the delete and the create, in their order."""
    replaces: tuple[str, ...] = ()
    """The fields whose change replaces the resource."""
    delete_before_replace: bool = False
    warnings: tuple[str, ...] = ()
    """What a person should know before it happens, one line each."""
    problem: str = ""
    """Why it is certain to fail, in one line: then it has no calls, and nothing is sent."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that is made if no branch is taken, in order."""
        snapshot = () if self.snapshot is None else (self.snapshot,)
        staged = tuple(call for stage in self.stages for call in stage.calls)
        return (*self.reads, *snapshot, *self.writes, *staged)


@dataclass(frozen=True, slots=True)
class InputFailure:
    """One problem with one input; ``reason`` is one line, without values but a number's."""

    field: str
    """The input's name; for a problem inside an object with the path to it, by dots."""
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Checked:
    """Inputs in canonical form, without nulls, and every problem that was found."""

    inputs: dict[str, Any] = field(repr=False)
    """Those that are right; what is unknown is ``UNKNOWN``."""
    failures: tuple[InputFailure, ...]
    warnings: tuple[str, ...] = ()
    """What a person should know before the object is created, one line each."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation leaves behind."""

    id: str
    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] | None = field(default=None, repr=False)
    """After a read: the values now of what the program declares; None if they are as before."""
    notices: tuple[str, ...] = ()
    """What a person should be told, one line each."""


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """Which resource of the program, or of the state, an operation is about."""

    key: str
    """Unique in the stack: the resource's URN."""
    owner: str
    """As an ownership record names it: ``PROJECT/STACK/NAME``."""


class Lifecycle(Protocol):
    """The operations of one kind of resource.

    Inputs and outputs are plain JSON objects, with ``UNKNOWN`` where a preview does not know a
    value yet. Every operation but ``check`` raises ``core.errors.ResourceError``, in one line.
    ``resource`` is None where a front does not know it.
    """

    def check(
        self,
        raw: Mapping[str, Any],
        state_inputs: Mapping[str, Any] | None = None,
        *,
        resource: ResourceRef | None = None,
    ) -> Checked:
        """Check the inputs, in canonical form. ``state_inputs``: of what the state has."""

    def diff(
        self,
        id_: str,
        outputs: Mapping[str, Any],
        inputs: Mapping[str, Any],
        *,
        resource: ResourceRef | None = None,
    ) -> Plan:
        """Plan the way from the state's outputs to the checked inputs, without any call."""

    async def create(
        self, inputs: Mapping[str, Any], *, resource: ResourceRef | None = None
    ) -> Result:
        """Create the object, or take over an existing one where that is allowed."""

    async def read(self, id_: str, outputs: Mapping[str, Any]) -> Result | None:
        """The object as it is now; None when it is gone."""

    async def update(
        self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Result:
        """Change what differs."""

    async def delete(
        self, id_: str, outputs: Mapping[str, Any], *, resource: ResourceRef | None = None
    ) -> tuple[str, ...]:
        """Delete the object, or find it gone; returns what a person should be told."""
