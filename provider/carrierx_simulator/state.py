"""What one simulator keeps, and how the API's rules change it. No HTTP.

The routes call it for a client, `carrierx_simulator.testing` for somebody else on the account.
"""

from __future__ import annotations

import threading
from typing import Any

from carrierx_simulator import errors
from carrierx_simulator.active_faults import ActiveFaults
from carrierx_simulator.errors import Entry, wrong_fields
from carrierx_simulator.external_did import (
    FIELDS,
    LIST_FIELDS,
    UPDATABLE,
    Registration,
    Updatable,
    new_external_did,
)
from carrierx_simulator.json_values import JsonObject, JsonValue, merge_objects
from carrierx_simulator.request import LoggedCall
from carrierx_simulator.settings import SimulatorSettings
from carrierx_simulator.storage import Storage, StoredAccount


class RequestLog:
    """The log of API calls, in the order of their arrival. Usable from any thread.

    An entry never holds a header, so no token can be in it; it says which of the simulator's
    tokens was used by its position.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[LoggedCall] = []
        self._cleared = 0

    def add(self, call: LoggedCall) -> None:
        """Append a call that is still to be completed."""
        with self._lock:
            self._calls.append(call)

    def entries(self) -> list[dict[str, Any]]:
        """All entries so far."""
        return self.since(0)[0]

    def since(self, position: int) -> tuple[list[dict[str, Any]], int]:
        """The entries from a position on, and the position behind them.

        Positions count every call of the simulator, from 0, also those that were cleared.
        """
        with self._lock:
            calls = self._calls[max(0, position - self._cleared) :]
            end = self._cleared + len(self._calls)
        return [call.model_dump() for call in calls], end

    def clear(self) -> None:
        """Empty the log. A call that is under way is still completed, outside the log."""
        with self._lock:
            self._cleared += len(self._calls)
            self._calls = []


class SimulatorState:
    """The state of one simulator, for as long as it runs. Usable from any thread."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.storage = Storage(settings.data)
        self.log = RequestLog()
        self.faults = ActiveFaults(settings, self.storage)

    def account(self, token: int) -> Account:
        """The account of the token at this position."""
        partner_sid = self.settings.tokens[token].partner_sid
        return Account(self.settings, self.storage.account(partner_sid))


class Account:
    """The account of one partner. Usable from any thread.

    `register`, `patch` and `put` change what is stored, and return it. Each checks the whole body,
    and raises one `ApiError` (422) with an entry for every wrong field.
    """

    def __init__(self, settings: SimulatorSettings, stored: StoredAccount) -> None:
        self._settings = settings
        self.stored = stored

    def register(self, body: JsonObject) -> JsonObject:
        """Register a number.

        Restrictions on prefixes: phone-numbers/external-did ("validated against partner system
        restrictions … at creation time"). A number that is registered already is a 409.
        """
        entries = wrong_fields(Registration, body, _extra_field)
        digits = str(body.get("phonenumber")).removeprefix("+")
        prefixes = tuple(prefix.removeprefix("+") for prefix in self._settings.allowed_prefixes)
        refused = prefixes and not digits.startswith(prefixes)
        if refused and not any(entry.field == "phonenumber" for entry in entries):
            entries.append(Entry("phonenumber", "is outside the partner's allowed prefixes"))
        _check(entries)
        fields = Registration.model_validate(body).model_dump(include=set(body))
        fields["phonenumber"] = digits
        partner_sid = self.stored.partner_sid
        return self.stored.register(digits, lambda n: new_external_did(n, partner_sid, fields))

    def patch(self, sid: str, body: JsonObject, *, replace_attributes: bool) -> JsonObject:
        """Change what ``body`` names; ``attributes`` merges unless it is to be replaced.

        Only updatable fields may differ. What CarrierX does with others is not documented: here an
        equal value passes, and a different one is an error, so that nothing is lost silently.
        """

        def change(stored: JsonObject) -> JsonObject:
            different = {
                name: value
                for name, value in body.items()
                if name in UPDATABLE or not _is_stored(name, value, stored)
            }
            _check(wrong_fields(Updatable, different, _extra_field))
            changed = {**stored, **_updatable(body)}
            if "attributes" in body and not replace_attributes:
                changed["attributes"] = merge_objects(
                    stored["attributes"], body["attributes"], deep=self._settings.merge == "deep"
                )
            return changed

        return self.stored.update(sid, change)

    def put(self, sid: str, body: JsonObject) -> JsonObject:
        """Set every updatable field, ``attributes`` to exactly what ``body`` says.

        The documentation wants the whole object; the values of other fields do not matter.
        """

        def change(stored: JsonObject) -> JsonObject:
            missing = [Entry(name, "is required") for name in FIELDS if name not in body]
            kept = set(LIST_FIELDS) - set(UPDATABLE)
            checked = {name: value for name, value in body.items() if name not in kept}
            _check(missing + wrong_fields(Updatable, checked, _extra_field))
            return {**stored, **_updatable(body)}

        return self.stored.update(sid, change)


def _check(entries: list[Entry]) -> None:
    if entries:
        raise errors.invalid(entries)


def _extra_field(name: str) -> str:
    """What is wrong with a field that the checked model does not have."""
    if name in Registration.model_fields:
        return "cannot be updated; delete the External DID and register it again"
    return "is read-only" if name in LIST_FIELDS else "is not a field of an External DID"


def _updatable(body: JsonObject) -> JsonObject:
    return {name: body[name] for name in UPDATABLE if name in body}


def _is_stored(name: str, value: JsonValue, stored: JsonObject) -> bool:
    if name == "phonenumber" and isinstance(value, str):
        value = value.removeprefix("+")
    # 3.0 is the same JSON number as 3, but true is not the same as 1.
    return name in stored and value == stored[name] and not isinstance(value, bool)
