"""How Pulumi names resources: type tokens, URNs, and a stack as a reference. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from carrierx_provider.external_did.ownership import Ownership

STACK_TYPE = "pulumi:pulumi:Stack"

PYTHON_PROVIDER_TYPE = "pulumi:providers:pulumi-python"
"""The provider that runs every dynamic provider of a Python program."""

NUMBER_POOL_TYPE = "carrierx:index:NumberPool"
"""The component, the same in every front."""

DYNAMIC_TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
"""An External DID of ``carrierx_provider.dynamic``, as every state has it; it never changes."""

EXTERNAL_DID_TYPES = frozenset({DYNAMIC_TYPE, "carrierx:index:ExternalDID"})
"""An External DID, whatever front it is declared with: the second is that of a native plugin."""

_PREFIX = "urn:pulumi:"
_PARTS = 4


@dataclass(frozen=True, slots=True)
class URN:
    """A resource's URN: ``urn:pulumi:STACK::PROJECT::PARENT_TYPE$TYPE::NAME``."""

    stack: str
    project: str
    qualified_type: str
    """The type, after those of the components above it."""
    name: str
    """The only part that may hold ``::``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URN."""
        parts = text.removeprefix(_PREFIX).split("::", 3)
        if not text.startswith(_PREFIX) or len(parts) != _PARTS:
            raise ValueError(f"not a URN: {text}")
        return cls(*parts)

    @property
    def type(self) -> str:
        """The resource's own type token."""
        return self.qualified_type.rpartition("$")[2]

    def __str__(self) -> str:
        return f"{_PREFIX}{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


@dataclass(frozen=True, slots=True)
class StackRef:
    """A stack, by the names that its program knows."""

    project: str
    stack: str
    """Without organization and project."""
    ownership_key: str | None
    """The stack's ``carrierx:ownershipKey``; None where it keeps no ownership record."""

    @property
    def full_name(self) -> str:
        """``PROJECT/STACK``, as an ownership record has it."""
        return f"{self.project}/{self.stack}"

    def ownership(self, resource_name: str) -> Ownership | None:
        """The ownership record that the stack keeps with the number of this resource."""
        if self.ownership_key is None:
            return None
        return Ownership(self.ownership_key, f"{self.full_name}/{resource_name}")

    def urn(self, *types: str, name: str) -> str:
        """The URN of a resource: after the types of the components above it comes its own."""
        return str(URN(self.stack, self.project, "$".join(types), name))
