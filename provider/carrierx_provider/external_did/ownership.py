"""Whose registration it is: the ownership record in a number's attributes.

After a crash between CarrierX's answer and the state's write, the next run meets its own
registration as a conflict. It looks exactly like the one of another stack with the same program,
which must never be taken over silently. With a stack's ``carrierx:ownershipKey`` the provider keeps
``PROJECT/STACK/NAME`` under that key, written with the registration itself.

The record is the provider's own: it is never a difference in a plan, nor in the outputs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_provider.nested import JsonObject


@dataclass(frozen=True, slots=True)
class Ownership:
    """An ownership record: the attribute that holds it, and the owner that it names."""

    key: str
    owner: str
    """``PROJECT/STACK/NAME``. Project and stack hold no slash; a resource's name may."""

    @property
    def stack(self) -> str:
        """``PROJECT/STACK``."""
        return "/".join(self.owner.split("/")[:2])

    @property
    def resource_name(self) -> str:
        """The resource's name in the program."""
        return "/".join(self.owner.split("/")[2:])

    def as_properties(self) -> dict[str, str]:
        """As inputs and outputs hold it."""
        return asdict(self)

    def as_attribute(self) -> dict[str, str]:
        """As the number's attributes hold it."""
        return {self.key: self.owner}


def ownership_in(properties: Mapping[str, Any]) -> Ownership | None:
    """The record among inputs or outputs; None where there is none, or no whole one."""
    found = properties.get("ownership")
    if not isinstance(found, dict):
        return None
    key, owner = found.get("key"), found.get("owner")
    return Ownership(key, owner) if isinstance(key, str) and isinstance(owner, str) else None


def record_of(attributes: JsonObject | None, key: str) -> Ownership | None:
    """The record that the attributes hold under ``key``; None where there is none."""
    owner = (attributes or {}).get(key)
    return Ownership(key, owner) if isinstance(owner, str) else None


def without_record(attributes: JsonObject, *ownerships: Ownership | None) -> JsonObject:
    """The attributes without the records: what people and other systems keep there."""
    keys = {ownership.key for ownership in ownerships if ownership is not None}
    return {key: value for key, value in attributes.items() if key not in keys}
