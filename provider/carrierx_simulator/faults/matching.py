"""What a fault is matched with: a call's method, path, token and phone number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from carrierx_simulator.body import parsed
from carrierx_simulator.call import call_of
from carrierx_simulator.external_did import FIELDS
from carrierx_simulator.faults.plan import DelayVisibilityFault
from carrierx_simulator.filter_expression import FilterError, parse
from carrierx_simulator.paths import API, COLLECTIONS

if TYPE_CHECKING:
    from starlette.types import Scope

    from carrierx_simulator.faults.plan import Fault
    from carrierx_simulator.storage import Storage

_COLLECTION = COLLECTIONS[0].removeprefix(API)
_OTHER_SPELLING = COLLECTIONS[1].removeprefix(API)
_ONE = re.compile(rf"{_COLLECTION}/(?P<sid>[^/]+)(/messaging)?")


@dataclass(frozen=True, slots=True)
class MatchedCall:
    """A call, as fault plans speak of it. ``phonenumber`` is digits, or None where unknown."""

    method: str
    path: str
    token: int | None
    phonenumber: str | None

    @property
    def registers(self) -> bool:
        """Whether this is a registration."""
        return self.method == "POST" and self.path == _COLLECTION

    def matches(self, fault: Fault) -> bool:
        """Whether the fault speaks of this call, whichever of its calls it then hits."""
        if isinstance(fault, DelayVisibilityFault) and not self.registers:
            return False
        return (
            fault.method in {None, self.method}
            and (fault.path is None or fnmatchcase(self.path, fault.path))
            and fault.token in {None, self.token}
            and fault.phonenumber in {None, self.phonenumber}
        )


class PhoneNumbers:
    """Finds the phone number that a call is about."""

    def __init__(self, storage: Storage) -> None:
        """Look SIDs up in this storage."""
        self._storage = storage
        # A DELETE whose answer was lost is sent again, when its SID is no longer stored.
        self._seen: dict[str, str] = {}

    def matched(self, scope: Scope) -> MatchedCall:
        """What fault plans are told of a call."""
        path: str = scope["path"].removeprefix(API)
        if (path + "/").startswith(_OTHER_SPELLING + "/"):
            path = _COLLECTION + path.removeprefix(_OTHER_SPELLING)
        number = self._number(scope, path)
        return MatchedCall(scope["method"], path, call_of(scope).token, number)

    def _number(self, scope: Scope, path: str) -> str | None:
        if one := _ONE.fullmatch(path):
            return self._of_sid(one["sid"])
        if path == _COLLECTION and scope["method"] == "POST":
            return _in_body(call_of(scope).body)
        if path == _COLLECTION:
            return _in_filter(scope["query_string"].decode("latin-1"))
        return None

    def _of_sid(self, sid: str) -> str | None:
        stored = self._storage.get(sid)
        if stored is not None:
            self._seen[sid] = str(stored["phonenumber"])
        return self._seen.get(sid)


def _in_body(body: bytes | None) -> str | None:
    try:
        value = parsed(body or b"")
    except ValueError:
        return None
    number = value.get("phonenumber") if isinstance(value, dict) else None
    return number.removeprefix("+") if isinstance(number, str) else None


def _in_filter(query: str) -> str | None:
    stated = dict(parse_qsl(query)).get("filter", "")
    try:
        conditions = parse(stated, (*FIELDS, "id"))
    except FilterError:
        return None
    # A client that does not know which spelling the filter compares asks for `like "%digits"`.
    numbers = (
        c.value.lstrip("+%")
        for c in conditions
        if c.path == ("phonenumber",) and c.operator in {"eq", "like"}
    )
    return next((number for number in numbers if number.isdigit()), None)
