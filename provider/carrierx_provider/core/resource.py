"""What every resource has: checked inputs, a result, and a lifecycle.

A front translates between an engine and this protocol; it knows no resource. A resource implements
it; it knows no front.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_provider.core.plan import Plan


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
    """Inputs in canonical form, without nulls, and every problem that was found.

    Attributes:
        inputs: Those that are right; what is unknown is ``UNKNOWN``.
        failures: Problems of those that are not.
    """

    inputs: dict[str, Any] = field(repr=False)
    failures: tuple[InputFailure, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation leaves behind."""

    id: str
    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] | None = field(default=None, repr=False)
    """After a read: the values now of what the program declares."""
    notices: tuple[str, ...] = ()
    """What a person should be told, one line each."""


class Lifecycle(Protocol):
    """The operations of one kind of resource.

    Inputs and outputs are plain JSON objects, with ``UNKNOWN`` where a preview does not know a
    value yet. Every operation but ``check`` raises ``core.errors.ResourceError``, in one line.
    """

    def check(
        self, raw: Mapping[str, Any], state_inputs: Mapping[str, Any] | None = None
    ) -> Checked:
        """Check the inputs and bring them into canonical form.

        Args:
            state_inputs: The inputs in the state; empty for a resource that it does not have.
        """

    def diff(self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Plan:
        """Plan the way from the state's outputs to the checked inputs, without any call."""

    async def create(self, inputs: Mapping[str, Any]) -> Result:
        """Create the object, or take over an existing one where that is allowed."""

    async def read(self, id_: str, outputs: Mapping[str, Any]) -> Result | None:
        """The object as it is now; None when it is gone."""

    async def update(
        self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Result:
        """Change what differs."""

    async def delete(self, id_: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Delete the object; one that is gone already is fine.

        Returns:
            What a person should be told, one line each.
        """
