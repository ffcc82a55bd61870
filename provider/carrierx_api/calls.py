"""The calls of the External DID API, as values.

A plan lists the calls it is going to make, a preview shows them, and the client sends exactly
these values. So every call is built here and nowhere else.

Source: Core API, Phone Numbers, "External DID Methods". The documentation of DELETE spells the
path ``external-dids``; every other page spells it ``external_dids``, which is what we send.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

COLLECTION = "/phonenumber/external_dids"

LIST_LIMIT_MAXIMUM = 1000
"""The largest page that CarrierX gives (default of the API: 10)."""


class Action(Enum):
    """What a call does at CarrierX, which decides whether it may be repeated."""

    READ = auto()
    IDEMPOTENT = auto()
    """A second time it changes nothing more: a release."""
    CREATE = auto()
    UPDATE = auto()
    """A second time it might undo what somebody else has written since."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of the API.

    Scopes are documented on each method's page; those of the registration are inferred from the
    pattern of the others.
    """

    label: str
    """As an error message names it: "CarrierX refused the update"."""
    action: Action
    scopes: tuple[str, ...]
    """Scopes of which one is enough."""


def _operation(label: str, action: Action, scope: str) -> Operation:
    return Operation(label, action, ("phonenumber.manage", f"phonenumber.{scope}"))


REGISTER = _operation("registration", Action.CREATE, "create")
LIST = _operation("look-up", Action.READ, "read")
GET = _operation("read", Action.READ, "read")
UPDATE = _operation("update", Action.UPDATE, "update")
REPLACE = _operation("full update", Action.UPDATE, "update")
DELETE = _operation("release", Action.IDEMPOTENT, "delete")

OPERATIONS = (REGISTER, LIST, GET, UPDATE, REPLACE, DELETE)


class InvalidSIDError(ValueError):
    """A text that cannot be a SID: in a path it would name another resource."""


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
    external_did_sid: str | None = None
    """The External DID that the call is about; None for the collection's calls."""
    phonenumber: str | None = None
    """The number that this External DID has, or that is looked for, where the caller knows it: the
    response must be of it. Not sent by itself."""
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def action(self) -> Action:
        """What the call does at CarrierX."""
        return self.operation.action


def register(body: Mapping[str, Any]) -> Call:
    """POST: register a number; ``body`` has at least ``phonenumber`` and ``capabilities``."""
    number = body.get("phonenumber")
    # In a preview it may be unknown.
    known = number if isinstance(number, str) else None
    return Call(REGISTER, "POST", COLLECTION, phonenumber=known, body=body)


def list_page(
    *,
    limit: int = LIST_LIMIT_MAXIMUM,
    offset: int = 0,
    filter: str | None = None,  # noqa: A002 -- CarrierX's own name of the argument
    order: str | None = None,
) -> Call:
    """GET: one page, by offset: the sample of ``pagination.next`` names another collection."""
    query = {"limit": str(limit), "offset": str(offset), "filter": filter, "order": order}
    given = tuple((name, value) for name, value in query.items() if value is not None)
    return Call(LIST, "GET", COLLECTION, query=given)


def number_filter(phonenumber: str) -> str:
    """A filter for the registrations whose number ends in these digits.

    CarrierX writes a number sometimes with ``+`` and sometimes without, and does not say which
    spelling the filter compares. ``like`` with a leading ``%`` finds both; the caller compares the
    numbers in the response.
    """
    return f'phonenumber like "%{phonenumber.removeprefix("+")}"'


def find(phonenumber: str, *, offset: int = 0) -> Call:
    """GET: a page of the registrations whose number ends in these digits."""
    page = list_page(offset=offset, filter=number_filter(phonenumber))
    return dataclasses.replace(page, phonenumber=phonenumber)


def get(external_did_sid: str, phonenumber: str | None = None) -> Call:
    """GET: one External DID."""
    return Call(GET, "GET", _path_of(external_did_sid), external_did_sid, phonenumber or None)


def update(
    external_did_sid: str,
    body: Mapping[str, Any],
    *,
    replace_nested_objects: bool = False,
    phonenumber: str | None = None,
) -> Call:
    """PATCH: only the fields in ``body`` change.

    ``attributes`` is merged, unless ``replace_nested_objects``: then it becomes exactly what the
    body says (query argument ``nested_objects=replace``).

    Source: Core API, Phone Numbers, "Update External DID".
    """
    query = (("nested_objects", "replace"),) if replace_nested_objects else ()
    sid, path = external_did_sid, _path_of(external_did_sid)
    return Call(UPDATE, "PATCH", path, sid, phonenumber or None, query, body)


def replace(
    external_did_sid: str, body: Mapping[str, Any], *, phonenumber: str | None = None
) -> Call:
    """PUT: the whole object; every field has to be present."""
    sid, path = external_did_sid, _path_of(external_did_sid)
    return Call(REPLACE, "PUT", path, sid, phonenumber or None, body=body)


def delete(external_did_sid: str) -> Call:
    """DELETE: release the number."""
    return Call(DELETE, "DELETE", _path_of(external_did_sid), external_did_sid)


def checked_sid(external_did_sid: object) -> str:
    """The SID if it can be one. CarrierX's are UUIDs; any short word of plain characters passes."""
    # A slash, a dot-dot or a question mark would name another resource, even encoded: a proxy on
    # the way to CarrierX may decode a path and normalise it.
    if not isinstance(external_did_sid, str):
        raise InvalidSIDError("the SID of an External DID must be a string")
    plain = re.fullmatch(r"[A-Za-z0-9._~-]{1,100}", external_did_sid)
    if not plain or not external_did_sid.strip("."):
        raise InvalidSIDError(f"{external_did_sid!r:.60} is not the SID of an External DID")
    return external_did_sid


def _path_of(external_did_sid: str) -> str:
    return f"{COLLECTION}/{checked_sid(external_did_sid)}"
