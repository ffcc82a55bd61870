"""How a stack names what is in it: URNs, and the owner that it keeps with a number. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from carrierx_provider.external_did.ownership import Ownership

RESOURCE_TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
"""As in ``pulumi_carrierx``: the type token in every state."""

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE = "pulumi:providers:pulumi-python"


@dataclass(frozen=True, slots=True)
class StackPlace:
    """A stack, by the names that its program knows."""

    project: str
    stack: str
    """Without organization and project."""
    ownership_key: str | None
    """The stack's ``carrierx:ownershipKey``; None where it keeps no record."""

    @property
    def record_name(self) -> str:
        """``PROJECT/STACK``, as an ownership record has it."""
        return f"{self.project}/{self.stack}"

    def ownership(self, label: str) -> Ownership | None:
        """The record that the stack keeps with the number of this resource."""
        if self.ownership_key is None:
            return None
        return Ownership(self.ownership_key, f"{self.record_name}/{label}")

    def urn(self, resource_type: str, name: str) -> str:
        """The URN of a resource that has no parent but the stack."""
        return f"urn:pulumi:{self.stack}::{self.project}::{resource_type}::{name}"

    @property
    def stack_urn(self) -> str:
        """The URN of the stack's own resource, above all others."""
        return self.urn(STACK_TYPE, f"{self.project}-{self.stack}")


def name_in(urn: str) -> str:
    """The resource's name in a URN, of which only the name may hold ``::``."""
    return urn.split("::", 3)[-1]
