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

    from carrierx_provider.core.json_merge import JsonObject


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


def names_an_owner(value: object) -> bool:
    """Whether a value reads like an owner, ``PROJECT/STACK/NAME``."""
    return isinstance(value, str) and bool(Ownership("", value).resource_name)


def is_free_for(attributes: JsonObject | None, ours: Ownership) -> bool:
    """Whether the record may be written: nothing stands under its key, or one of this stack.

    Whatever else stands there is somebody else's, and is left alone.
    """
    if ours.key not in (attributes or {}):
        return True
    record = record_of(attributes, ours.key)
    return record is not None and names_an_owner(record.owner) and record.stack == ours.stack


def records_after(
    attributes: JsonObject, before: Ownership | None, ours: Ownership | None, *, takes_over: bool
) -> tuple[JsonObject, JsonObject]:
    """What stands under the records' keys now, and what shall stand there.

    :param attributes: the number's attributes, with whatever stands under these keys.
    :param before: the record that this resource has written, if any.
    :param ours: the record that it is to have, if any.
    :param takes_over: whether a person has asked to take the number over, whosever it is.
    """
    keys = {each.key for each in (before, ours) if each is not None}
    now = {key: value for key, value in attributes.items() if key in keys}
    after = dict(now)
    if before is not None and after.get(before.key) == before.owner:
        del after[before.key]
    if ours is not None and (takes_over or is_free_for(after, ours)):
        after |= ours.as_attribute()
    return now, after


def record_of(attributes: JsonObject | None, key: str) -> Ownership | None:
    """The record that the attributes hold under ``key``; None where there is none."""
    owner = (attributes or {}).get(key)
    return Ownership(key, owner) if isinstance(owner, str) else None


def without_record(attributes: JsonObject, *ownerships: Ownership | None) -> JsonObject:
    """The attributes without the records: what people and other systems keep there."""
    keys = {ownership.key for ownership in ownerships if ownership is not None}
    return {key: value for key, value in attributes.items() if key not in keys}
