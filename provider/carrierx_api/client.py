"""The External DID API, method by method. How a call is sent, and sent again: ``sending``."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, Self

import anyio

from carrierx_api import calls
from carrierx_api.bulk_reads.planner import ReadCounts
from carrierx_api.bulk_reads.reader import BulkReader
from carrierx_api.calls import Action, Call
from carrierx_api.errors import CarrierXError, NotFoundError
from carrierx_api.models import (
    UPDATABLE_FIELDS,
    AccountSeen,
    ExternalDID,
    ExternalDIDPage,
    with_plus,
)
from carrierx_api.rate_limit import RateLimit
from carrierx_api.responses import parse_nothing, parse_object, parse_page
from carrierx_api.retry import (
    READS_BEFORE_GONE,
    RELEASES_BEFORE_GONE,
    Deadline,
    EventualConsistency,
    NotListedError,
)
from carrierx_api.sending import Reconcile, Sender
from carrierx_api.transport import Pool, Response, Transport


@dataclass(slots=True)
class _LookAround:
    """One page of the account, read at most once."""

    is_done: bool = False
    error: CarrierXError | None = None
    lock: anyio.Lock = field(default_factory=anyio.Lock)


class _PageFrom(Protocol):
    """Makes the call for the page of a list that begins at an offset."""

    def __call__(self, *, offset: int) -> Call: ...


class CarrierXClient:
    """One account's External DIDs.

    Every method raises one of ``carrierx_api.errors.CarrierXError``. ``send_*`` takes a call as a
    plan lists it; the other methods build the call first.
    """

    def __init__(  # noqa: PLR0913 -- how to reach an account, and how long to try
        self,
        *,
        base_url: str,
        token: str,
        timeout_seconds: float = 30.0,
        deadline_seconds: float = 60.0,
        requests_per_second: float | None = None,
        pool: Pool | None = None,
        is_abandoned: Callable[[], bool] = lambda: False,
        report_reads: Callable[[ReadCounts], None] = lambda _: None,
    ) -> None:
        """Open no connection yet.

        Args:
            base_url: Ends in ``/core/v2``, e.g. ``https://api.carrierx.com/core/v2``.
            deadline_seconds: How long an operation is retried, from its first call on.
            requests_per_second: Never exceeded by this client; default: no limit until CarrierX
                answers 429.
            pool: Shared by all clients of a process; default: its own.
            is_abandoned: Whether the run that asks for changes has ended; none is sent then.
            report_reads: Called with the progress of reads in bulk.
        """
        self._deadline_seconds = deadline_seconds
        self._consistency = EventualConsistency()
        self.seen = AccountSeen()
        self._look_around = _LookAround()
        self._bulk = BulkReader(self._read_page, report_reads)
        transport = Transport(
            base_url=base_url, token=token, timeout_seconds=timeout_seconds, pool=pool
        )
        self._sender = Sender(
            transport,
            RateLimit(transport.pool.pause, requests_per_second),
            next_deadline=lambda: Deadline(deadline_seconds),
            is_abandoned=is_abandoned,
            mark_write=self._bulk.mark_write,
        )

    def with_deadline(self) -> CarrierXClient:
        """Share the connections; one deadline for all calls from now on, and not one for each."""
        bound = copy.copy(self)
        bound._sender = self._sender.with_deadline(self._deadline_seconds)  # noqa: SLF001 -- a copy of our own
        return bound

    # Calls as a plan lists them.

    async def send_change(
        self,
        call: Call,
        reconcile: Reconcile[ExternalDID],
        look_first: Callable[[CarrierXError], bool] = lambda _: False,
    ) -> tuple[ExternalDID, Call]:
        """Send a call that changes an External DID, or makes one: see ``Sender.change``."""
        return await self._sender.change(call, self._parse_object, reconcile, look_first)

    async def send_delete(self, call: Call) -> None:
        """Send a release.

        Raises:
            NotFoundError: CarrierX has no such SID. With ``effect_unknown``, the response to an
                earlier attempt was lost, which may have released it.
        """
        effect_unknown = False

        async def attempt(number: int) -> None:
            nonlocal effect_unknown
            try:
                await self._sender.send_once(call, parse_nothing, number)
            except CarrierXError as error:
                # The last error may be another one; an earlier attempt may have released it.
                effect_unknown = error.effect_unknown = effect_unknown or error.effect_unknown
                raise

        may_be_hidden = self._consistency.retries(call.external_did_sid, RELEASES_BEFORE_GONE)

        def is_retried(error: CarrierXError) -> bool:
            is_done = effect_unknown and isinstance(error, NotFoundError)
            return not is_done and may_be_hidden(error)

        sid = call.external_did_sid or ""
        try:
            await self._sender.retry(attempt, is_retried)
        except NotFoundError:
            self._bulk.mark_released(sid)
            raise
        self._bulk.mark_released(sid)
        self.seen.external_did_sids.add(sid)

    async def _send_for_object(self, call: Call) -> ExternalDID:
        return await self._sender.send(call, self._parse_object)

    def _parse_object(
        self, call: Call, response: Response, needed: Sequence[str] = ()
    ) -> ExternalDID:
        external_did = parse_object(call, response, needed)
        self.seen.add([external_did])
        if call.action is Action.CREATE:
            self._consistency.mark_new(external_did.external_did_sid)
        return external_did

    # Changes, for a caller that has no plan.

    async def register(self, body: Mapping[str, Any]) -> ExternalDID:
        """POST: register a number. Source: "Create External DID"."""
        return await self._send_for_object(calls.register(body))

    async def update(
        self,
        external_did_sid: str,
        body: Mapping[str, Any],
        *,
        replace_nested_objects: bool = False,
    ) -> ExternalDID:
        """PATCH: change the fields in ``body``. Source: "Update External DID"."""
        return await self._send_for_object(
            calls.update(external_did_sid, body, replace_nested_objects=replace_nested_objects)
        )

    async def replace(self, current: ExternalDID, changes: Mapping[str, Any]) -> ExternalDID:
        """PUT: the whole object, ``current`` with ``changes`` on top.

        PUT requires every field. Read-only fields keep their value whatever is sent, so they are
        sent as they came. Source: "Update External DID".

        Raises:
            ValueError: ``changes`` names a field that CarrierX does not update, or ``current``
                lacks an updatable field, which the PUT would blank.
        """
        fixed = sorted(set(changes) - set(UPDATABLE_FIELDS))
        if fixed:
            raise ValueError(f"CarrierX does not update {', '.join(fixed)}")
        whole = {**current.model_dump(exclude_unset=True), **changes}
        missing = sorted(set(UPDATABLE_FIELDS) - set(whole))
        if missing:
            raise ValueError(
                f"a PUT needs every field, but {', '.join(missing)} is unknown: get it first"
            )
        sid, number = current.external_did_sid, current.phonenumber
        return await self._send_for_object(calls.replace(sid, whole, phonenumber=number))

    async def delete(self, external_did_sid: str) -> None:
        """DELETE: release the number. Source: "Delete External DID".

        After an attempt whose response was lost, a 404 is a success.
        """
        try:
            await self.send_delete(calls.delete(external_did_sid))
        except NotFoundError as error:
            if not error.effect_unknown:
                raise

    # Reads.

    async def get(self, external_did_sid: str) -> ExternalDID:
        """GET one by its SID. Source: "Get External DID by Secure ID"."""
        return await self._send_for_object(calls.get(external_did_sid))

    async def get_registered(
        self,
        external_did_sid: str,
        needed: Sequence[str] = (),
        *,
        phonenumber: str | None = None,
    ) -> ExternalDID:
        """GET one that is known to have been registered. A 404 is retried before it is believed.

        The object has to have the fields that are ``needed``, and this number if it is known.
        """
        return await self._sender.send(
            calls.get(external_did_sid, phonenumber),
            lambda call, response: self._parse_object(call, response, needed),
            self._consistency.retries(external_did_sid, READS_BEFORE_GONE),
        )

    async def get_registered_in_bulk(
        self,
        external_did_sid: str,
        needed: Collection[str] = (),
        *,
        phonenumber: str | None = None,
    ) -> ExternalDID:
        """One of many that are read at a time: from a page of the list where that costs less.

        What a page shows is at most 30 s old, and never from before a change by this client. What
        no page has with all fields ``needed``, and with this number if it is known, is read as
        ``get_registered`` does.
        """
        found = await self._bulk.find(external_did_sid, needed, phonenumber)
        if found is None:
            return await self.get_registered(external_did_sid, phonenumber=phonenumber)
        return found

    async def _read_page(self, offset: int) -> ExternalDIDPage:
        # Half of the time is left for the numbers' own calls, should the page not come.
        sender = self._sender.with_deadline(self._deadline_seconds / 2)
        page = await sender.send(calls.list_page(offset=offset), parse_page)
        self.seen.add(page.items)
        self._look_around.is_done = True
        return page

    async def look_around(self) -> None:
        """Fill ``seen`` with a page of the account, unless one was read already.

        If the page cannot be had, it is not requested again: the same error is raised.
        """
        once = self._look_around
        async with once.lock:
            if once.error is not None:
                raise once.error
            if once.is_done:
                return
            try:
                page = await self._sender.send(calls.list_page(), parse_page)
            except CarrierXError as error:
                once.error = error
                raise
            self.seen.add(page.items)
            once.is_done = True

    async def list(
        self,
        *,
        filter: str | None = None,  # noqa: A002 -- CarrierX's own name of the argument
        order: str | None = None,
    ) -> AsyncIterator[ExternalDID]:
        """Every External DID that ``filter`` matches, page by page. Source: "Get External DIDs".

        Args:
            filter: CarrierX's filter grammar, e.g. ``name like "support%"``; None for all.
            order: ``name asc`` or ``name desc``; None for CarrierX's own order.
        """
        async for item in self._list(partial(calls.list_page, filter=filter, order=order)):
            yield item

    async def _list(self, page_from: _PageFrom) -> AsyncIterator[ExternalDID]:
        offset = 0
        while True:
            page = await self._sender.send(page_from(offset=offset), parse_page)
            self.seen.add(page.items)
            for item in page.items:
                yield item
            offset += len(page.items)
            if not page.items or not page.has_more_than(calls.LIST_LIMIT_MAXIMUM):
                return

    async def find(self, phonenumber: str) -> ExternalDID | None:
        """The registration of this number, or None. ``phonenumber`` is E.164, ``+`` or not."""
        number = with_plus(phonenumber)
        async for item in self._list(partial(calls.find, phonenumber)):
            if item.phonenumber == number:
                self._consistency.mark_new(item.external_did_sid)
                return item
        return None

    async def find_registered(self, phonenumber: str) -> ExternalDID | None:
        """The registration of a number that is known to have one, which may not be visible yet.

        None if it stays invisible: it may be another account's.
        """

        async def attempt(_number: int) -> ExternalDID:
            found = await self.find(phonenumber)
            if found is None:
                raise NotListedError(calls.find(phonenumber), "not in the list")
            return found

        retries = self._consistency.retries(None, READS_BEFORE_GONE)
        try:
            # ``find`` has its own retries.
            return await self._sender.retry(
                attempt, lambda error: isinstance(error, NotListedError) and retries(error)
            )
        except NotListedError:
            return None

    async def close(self) -> None:
        """Close the connection pool."""
        await self._sender.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()
