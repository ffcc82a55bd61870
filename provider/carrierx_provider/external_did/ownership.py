"""Whose registration it is: the ownership record in a number's attributes.

After a crash between CarrierX's response and the write of the state, the next run meets its own
registration as a conflict. It looks exactly like the one of another stack with the same program,
which must never be taken over silently. With a stack's ``carrierx:ownershipKey`` the provider keeps
``PROJECT/STACK/NAME`` under that key, written with the registration itself.

The record is the provider's own: it is never a difference in a plan, nor in the outputs. It is
split off the attributes when a response or a state is parsed, and joined when a body is built.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field

from carrierx_provider.core.json_merge import JsonObject

LONGEST_OWNER = 200
"""Characters of an owner that a message shows."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """An ownership record: the attribute that holds it, and the owner that it names."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1)]
    owner: Annotated[str, Field(min_length=1)]
    """``PROJECT/STACK/NAME``. Project and stack hold no slash; a resource's name may."""

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> Self | None:
        """The record among inputs or outputs; None if it is missing or incomplete."""
        found = properties.get("ownership")
        if not isinstance(found, dict):
            return None
        key, owner = found.get("key"), found.get("owner")
        return cls(key, owner) if isinstance(key, str) and isinstance(owner, str) else None

    @property
    def stack(self) -> str:
        """``PROJECT/STACK``."""
        return "/".join(self.owner.split("/")[:2])

    @property
    def resource_name(self) -> str:
        """The resource's name in the program; empty where a record names no owner."""
        return "/".join(self.owner.split("/")[2:])

    def as_properties(self) -> dict[str, str]:
        """As inputs and outputs hold it."""
        return asdict(self)

    def as_attribute(self) -> dict[str, str]:
        """As the number's attributes hold it."""
        return {self.key: self.owner}


@dataclass(frozen=True, slots=True)
class Attributes:
    """A number's attributes, with the ownership records split off."""

    values: Any = field(default_factory=dict, repr=False)
    """What people and other systems keep there: an object, or ``UNKNOWN`` in a plan."""
    records: JsonObject = field(default_factory=dict, repr=False)
    """What is under the keys of ownership records, whether it names an owner or not."""

    @classmethod
    def split(cls, attributes: JsonObject | None, *ownerships: Ownership | None) -> Self:
        """Split what a response or a state has, by the keys of these records."""
        keys = {ownership.key for ownership in ownerships if ownership is not None}
        values: JsonObject = {}
        records: JsonObject = {}
        for key, value in (attributes or {}).items():
            (records if key in keys else values)[key] = value
        return cls(values, records)

    @property
    def joined(self) -> JsonObject:
        """As CarrierX has them."""
        return {**self.values, **self.records}


def record_of(attributes: JsonObject | None, key: str) -> Ownership | None:
    """The record that the attributes have under ``key``, or None."""
    owner = (attributes or {}).get(key)
    return Ownership(key, owner) if isinstance(owner, str) else None


def other_stack(attributes: JsonObject | None, *known: Ownership | None) -> Ownership | None:
    """The record of another stack than those of the known records, under one of their keys."""
    records = [record for record in known if record is not None]
    stacks = {record.stack for record in records}
    for key in sorted({record.key for record in records}):
        found = record_of(attributes, key)
        if found is not None and found.resource_name and found.stack not in stacks:
            return found
    return None


def is_free_for(attributes: JsonObject, ours: Ownership) -> bool:
    """Whether the record may be written: its key is free, or has a record of this stack.

    Anything else under the key is somebody else's, and is left alone.
    """
    if ours.key not in attributes:
        return True
    record = record_of(attributes, ours.key)
    return record is not None and bool(record.resource_name) and record.stack == ours.stack


def other_owner(
    attributes: JsonObject | None, keys: Collection[str], ours: Ownership | None
) -> Ownership | None:
    """The owner that a record names, if it is not the one that the state has; None without one.

    Args:
        keys: Where records are.
        ours: The record that the state has.
    """
    for key in sorted(keys):
        value = (attributes or {}).get(key)
        is_ours = ours is not None and ours.key == key
        owner = value if isinstance(value, str) or not is_ours else json.dumps(value)
        if value is None or not isinstance(owner, str):
            continue
        record = Ownership(key, owner)
        # Where the state has no record, a text that names no owner is somebody's own attribute.
        if record != ours and (is_ours or record.resource_name):
            return record
    return None


def owner_text(owner: str) -> str:
    """An owner, or a part of one, as a message shows it: CarrierX may have any text there."""
    shown = "".join(character if character.isprintable() else " " for character in owner)
    text = " ".join(shown.split())
    return text if len(text) <= LONGEST_OWNER else f"{text[:LONGEST_OWNER]}…"
