"""Register, update and delete External DIDs in the storage, as the API's rules allow it.

No HTTP: the routes call it for a client, `carrierx_simulator.testing` for somebody else on the same
account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_simulator import errors, external_did, validation
from carrierx_simulator.merge import merged
from carrierx_simulator.storage import AlreadyRegisteredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx_simulator.json_value import JsonObject
    from carrierx_simulator.settings import SimulatorSettings
    from carrierx_simulator.storage import Storage


class Registrations:
    """The External DIDs of one simulator. Every method returns the stored object."""

    def __init__(self, settings: SimulatorSettings, storage: Storage) -> None:
        """Work on ``storage``, with the prefixes and the merge of ``settings``."""
        self._settings = settings
        self._storage = storage

    def register(self, body: JsonObject) -> JsonObject:
        """Register a number.

        Raises:
            ApiError: 422 for wrong fields, 409 when the number is registered already.

        """
        checked = validation.registration(body, self._settings.allowed_prefixes)
        try:
            return self._storage.register(
                str(checked["phonenumber"]),
                lambda sequence: external_did.new_external_did(sequence, checked),
            )
        except AlreadyRegisteredError as error:
            raise errors.already_registered() from error

    def patch(self, sid: str, body: JsonObject, *, replace_attributes: bool) -> JsonObject:
        """Change what ``body`` names; ``attributes`` merges unless it is to be replaced.

        Raises:
            ApiError: 404 for a SID that does not exist, 422 for wrong fields.

        """

        def change(stored: JsonObject) -> JsonObject:
            validation.patch(body, stored)
            changed = {**stored, **_updatable(body)}
            old, new = stored["attributes"], body.get("attributes")
            if isinstance(old, dict) and isinstance(new, dict) and not replace_attributes:
                changed["attributes"] = merged(old, new, self._settings.merge)
            return changed

        return self._update(sid, change)

    def put(self, sid: str, body: JsonObject) -> JsonObject:
        """Set every updatable field, ``attributes`` to exactly what ``body`` says.

        Raises:
            ApiError: 404 for a SID that does not exist, 422 for missing or wrong fields.

        """

        def change(stored: JsonObject) -> JsonObject:
            validation.put(body)
            return {**stored, **_updatable(body)}

        return self._update(sid, change)

    def delete(self, sid: str) -> None:
        """Delete an External DID and its messaging.

        Raises:
            ApiError: 404 for a SID that does not exist.

        """
        if not self._storage.delete(sid):
            raise errors.no_item()

    def _update(self, sid: str, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
        changed = self._storage.update(sid, change)
        if changed is None:
            raise errors.no_item()
        return changed


def _updatable(body: JsonObject) -> JsonObject:
    return {name: body[name] for name in external_did.UPDATABLE if name in body}
