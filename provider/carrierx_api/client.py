"""The External DID API, method by method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from carrierx_api import answers, calls
from carrierx_api.models import UPDATABLE_FIELDS, with_plus
from carrierx_api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from types import TracebackType
    from typing import Any

    from carrierx_api.calls import Call
    from carrierx_api.models import ExternalDID, ExternalDIDPage


class CarrierXClient:
    """One account's External DIDs.

    Every method raises one of ``carrierx_api.errors.CarrierXError``. ``send_*`` takes a call as a
    plan lists it; the other methods build the call first.
    """

    def __init__(self, *, base_url: str, token: str, timeout_seconds: float = 30.0) -> None:
        """Open no connection yet.

        :param base_url: ends in ``/core/v2``, e.g. ``https://api.carrierx.com/core/v2``.
        :param token: the bearer token; kept out of every error and repr.
        :param timeout_seconds: longest wait for a connection and for each part of an answer.
        """
        self._transport = Transport(base_url=base_url, token=token, timeout_seconds=timeout_seconds)

    async def send_for_object(self, call: Call) -> ExternalDID:
        """Send a call that is answered with an External DID."""
        return answers.object_of(call, await self._transport.send(call))

    async def send_for_page(self, call: Call) -> ExternalDIDPage:
        """Send a call that is answered with a page of a list."""
        return answers.page_of(call, await self._transport.send(call))

    async def send_for_nothing(self, call: Call) -> None:
        """Send a call whose answer is empty."""
        answers.nothing_of(call, await self._transport.send(call))

    async def register(self, body: Mapping[str, Any]) -> ExternalDID:
        """POST: register a number. Source: "Create External DID"."""
        return await self.send_for_object(calls.register(body))

    async def get(self, external_did_sid: str) -> ExternalDID:
        """GET one by its SID. Source: "Get External DID by Secure ID"."""
        return await self.send_for_object(calls.get(external_did_sid))

    async def update(
        self,
        external_did_sid: str,
        body: Mapping[str, Any],
        *,
        replace_nested_objects: bool = False,
    ) -> ExternalDID:
        """PATCH: change the fields in ``body``. Source: "Update External DID"."""
        return await self.send_for_object(
            calls.update(external_did_sid, body, replace_nested_objects=replace_nested_objects)
        )

    async def replace(self, current: ExternalDID, changes: Mapping[str, Any]) -> ExternalDID:
        """PUT: the whole object, ``current`` with ``changes`` on top.

        Source: "Update External DID".

        PUT wants every field present. Read-only fields keep their value whatever is sent, so they
        are sent as they came.

        :raises ValueError: ``changes`` names a field that CarrierX does not update, or ``current``
            lacks an updatable field, which the PUT would blank.
        """
        fixed = sorted(set(changes) - set(UPDATABLE_FIELDS))
        if fixed:
            message = f"CarrierX does not update {', '.join(fixed)}"
            raise ValueError(message)
        whole = {**current.model_dump(exclude_unset=True), **changes}
        missing = sorted(set(UPDATABLE_FIELDS) - set(whole))
        if missing:
            message = f"a PUT wants every field, but {', '.join(missing)} is not known: get it"
            raise ValueError(message)
        return await self.send_for_object(calls.replace(current.external_did_sid, whole))

    async def delete(self, external_did_sid: str) -> None:
        """DELETE: release the number. Source: "Delete External DID"."""
        await self.send_for_nothing(calls.delete(external_did_sid))

    async def list(
        self,
        *,
        filter: str | None = None,  # noqa: A002 -- CarrierX's own name of the argument
        order: str | None = None,
    ) -> AsyncIterator[ExternalDID]:
        """Every External DID that ``filter`` matches, page by page. Source: "Get External DIDs".

        :param filter: CarrierX's filter grammar, e.g. ``name like "support%"``; None for all.
        :param order: ``name asc`` or ``name desc``; None for CarrierX's own order.
        """
        offset = 0
        while True:
            page = await self.send_for_page(
                calls.list_page(offset=offset, filter=filter, order=order)
            )
            for item in page.items:
                yield item
            offset += len(page.items)
            # A page that does not say so has more behind it if it is full.
            full = len(page.items) >= calls.LIST_LIMIT_MAXIMUM
            if not page.items or not (full if page.has_more is None else page.has_more):
                return

    async def find(self, phonenumber: str) -> ExternalDID | None:
        """The registration of this number, or None. ``phonenumber`` is E.164, ``+`` or not."""
        wanted = with_plus(phonenumber)
        async for item in self.list(filter=calls.number_filter(phonenumber)):
            if item.phonenumber == wanted:
                return item
        return None

    async def close(self) -> None:
        """Close the connection pool."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        """Use the client in ``async with``."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection pool."""
        await self.close()
