"""The calls of the External DID API, as values.

A plan lists the calls it is going to make, a preview shows them, and the client sends exactly
these values. So every call is built here and nowhere else.

Source: Core API, Phone Numbers, "External DID Methods". The documentation of DELETE spells the
path ``external-dids``; every other page spells it ``external_dids``, which is what we send.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

COLLECTION = "/phonenumber/external_dids"

LIST_LIMIT_MAXIMUM = 1000
"""The largest page that CarrierX gives (default of the API: 10)."""


class Operation(StrEnum):
    """What a call is for, in the words of an error message ("CarrierX refused the update")."""

    REGISTER = "registration"
    LIST = "look-up"
    GET = "read"
    UPDATE = "update"
    REPLACE = "full update"
    DELETE = "release"


SCOPES: Mapping[Operation, tuple[str, ...]] = {
    Operation.REGISTER: ("phonenumber.manage", "phonenumber.create"),
    Operation.LIST: ("phonenumber.manage", "phonenumber.read"),
    Operation.GET: ("phonenumber.manage", "phonenumber.read"),
    Operation.UPDATE: ("phonenumber.manage", "phonenumber.update"),
    Operation.REPLACE: ("phonenumber.manage", "phonenumber.update"),
    Operation.DELETE: ("phonenumber.manage", "phonenumber.delete"),
}
"""Scopes of which one is enough. Documented on each method's page; that of the registration is
inferred from the pattern of the others."""


class InvalidSIDError(ValueError):
    """A text that can be no SID, since in a path it would name another resource."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call, without host and credentials.

    ``path`` is below the base URL and already percent-encoded. ``query`` is in sending order.
    ``body`` is a JSON object, or None for a call that carries none. It may hold secret values, so
    it is left out of the repr.
    """

    operation: Operation
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def external_did_sid(self) -> str | None:
        """The SID of the External DID that the call is about; None for the collection's calls."""
        return self.path.removeprefix(COLLECTION).removeprefix("/") or None


def register(body: Mapping[str, Any]) -> Call:
    """POST: register a number; ``body`` holds ``phonenumber`` and ``capabilities`` at the least."""
    return Call(Operation.REGISTER, "POST", COLLECTION, body=body)


def list_page(
    *,
    limit: int = LIST_LIMIT_MAXIMUM,
    offset: int = 0,
    filter: str | None = None,  # noqa: A002 -- CarrierX's own name of the argument
    order: str | None = None,
) -> Call:
    """GET: one page of the list.

    Pages go by offset: the documented sample of ``pagination.next`` names another collection.
    """
    query = [("limit", str(limit)), ("offset", str(offset))]
    if filter is not None:
        query.append(("filter", filter))
    if order is not None:
        query.append(("order", order))
    return Call(Operation.LIST, "GET", COLLECTION, query=tuple(query))


def number_filter(phonenumber: str) -> str:
    """A filter for the registrations whose number ends in these digits.

    CarrierX writes a number sometimes with ``+`` and sometimes without, and does not say which
    spelling the filter compares. ``like`` with a leading ``%`` finds both; whoever asks compares
    the numbers in the answer.
    """
    return f'phonenumber like "%{phonenumber.removeprefix("+")}"'


def find(phonenumber: str) -> Call:
    """GET: the first page of the registrations whose number ends in these digits."""
    return list_page(filter=number_filter(phonenumber))


def get(external_did_sid: str) -> Call:
    """GET: one External DID."""
    return Call(Operation.GET, "GET", _item(external_did_sid))


def update(
    external_did_sid: str, body: Mapping[str, Any], *, replace_nested_objects: bool = False
) -> Call:
    """PATCH: only the fields in ``body`` change.

    ``attributes`` is merged, unless ``replace_nested_objects``: then it becomes exactly what the
    body says (query argument ``nested_objects=replace``).

    Source: Core API, Phone Numbers, "Update External DID".
    """
    query = (("nested_objects", "replace"),) if replace_nested_objects else ()
    return Call(Operation.UPDATE, "PATCH", _item(external_did_sid), query, body)


def replace(external_did_sid: str, body: Mapping[str, Any]) -> Call:
    """PUT: the whole object; every field has to be present."""
    return Call(Operation.REPLACE, "PUT", _item(external_did_sid), body=body)


def delete(external_did_sid: str) -> Call:
    """DELETE: release the number."""
    return Call(Operation.DELETE, "DELETE", _item(external_did_sid))


def checked_sid(external_did_sid: object) -> str:
    """The SID, if it can be one. CarrierX's are UUIDs; any short word of plain characters passes.

    :raises InvalidSIDError: it can be none, in one line.
    """
    # A slash, a dot-dot or a question mark would name another resource, even encoded: whatever
    # stands between us and CarrierX may decode a path, and normalise it.
    if not isinstance(external_did_sid, str):
        message = "the SID of an External DID must be a string"
        raise InvalidSIDError(message)
    plain = re.fullmatch(r"[A-Za-z0-9._~-]{1,100}", external_did_sid)
    if not plain or not external_did_sid.strip("."):
        message = f"{external_did_sid!r:.60} is not the SID of an External DID"
        raise InvalidSIDError(message)
    return external_did_sid


def _item(external_did_sid: str) -> str:
    return f"{COLLECTION}/{checked_sid(external_did_sid)}"
