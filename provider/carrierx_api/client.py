"""The External DID API, method by method.

How a call is sent, and sent again, is the ``sender``'s.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Self

from carrierx_api import answers, calls
from carrierx_api.bulk_reads.reader import BulkReader
from carrierx_api.calls import Operation
from carrierx_api.change import Change
from carrierx_api.errors import CarrierXError, NotFoundError
from carrierx_api.late_arrivals import LateArrivals
from carrierx_api.models import UPDATABLE_FIELDS, with_plus
from carrierx_api.pause import Pause
from carrierx_api.rate_limit import RateLimit
from carrierx_api.repeatable import repeats_harmlessly
from carrierx_api.sender import Sender
from carrierx_api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Callable,
        Collection,
        Mapping,
        Sequence,
    )
    from types import TracebackType
    from typing import Any

    from carrierx_api.bulk_reads.account_reads import ReadCounts
    from carrierx_api.calls import Call
    from carrierx_api.change import Settle
    from carrierx_api.models import ExternalDID, ExternalDIDPage
    from carrierx_api.transport import Answer, Pool

LOOKS_BEFORE_GONE = 4
"""How often something that was registered has to be unknown before it is taken for released: what
has just been registered may show up late. See ``late_arrivals`` for when once is enough."""

RELEASES_BEFORE_GONE = 2
"""The same for a release that finds nothing: what it left registered would be forgotten."""


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
        rate_limit: RateLimit | None = None,
        pool: Pool | None = None,
        is_abandoned: Callable[[], bool] = lambda: False,
        tell_reads: Callable[[ReadCounts], None] = lambda _: None,
    ) -> None:
        """Open no connection yet.

        :param base_url: ends in ``/core/v2``, e.g. ``https://api.carrierx.com/core/v2``.
        :param token: the bearer token; kept out of every error and repr.
        :param timeout_seconds: longest wait for one answer.
        :param deadline_seconds: how long an operation is attempted anew, from its first call on.
        :param is_abandoned: whether whoever asks for changes is gone; none is sent then.
        :param rate_limit: shared by all clients of an account, its pause by all of a process, so
            that a 429 holds up all of them; default: none until CarrierX answers 429.
        :param pool: the connections, shared by all clients of a process; default: its own.
        :param tell_reads: is told how far the reads in bulk are.
        """
        self._deadline_seconds = deadline_seconds
        self._late_arrivals = LateArrivals()
        self._bulk = BulkReader(self._page_from, tell_reads)
        self._sender = Sender(
            Transport(base_url=base_url, token=token, timeout_seconds=timeout_seconds, pool=pool),
            rate_limit=rate_limit or RateLimit(Pause()),
            deadline_seconds=deadline_seconds,
            is_abandoned=is_abandoned,
            note_write=self._note_write,
        )

    def for_one_operation(self) -> CarrierXClient:
        """Share this client's connections, with one deadline for all calls from now on.

        Without, each call has a deadline of its own.
        """
        bound = copy.copy(self)
        bound._sender = self._sender.with_patience(self._deadline_seconds)  # noqa: SLF001 -- a copy of our own
        return bound

    async def send_for_object(self, call: Call, needed: Sequence[str] = ()) -> ExternalDID:
        """Send a call that is answered with an External DID that has the ``needed`` fields."""
        return await self._sender.send(
            call, lambda call, answer: answers.object_of(call, answer, needed)
        )

    async def send_for_page(self, call: Call) -> ExternalDIDPage:
        """Send a call that is answered with a page of a list."""
        return await self._sender.send(call, answers.page_of)

    async def send_for_nothing(self, call: Call) -> None:
        """Send a DELETE, whose answer is empty."""
        effect_unknown = False
        unknown = 0

        def read_answer(call: Call, answer: Answer) -> None:
            nonlocal unknown
            try:
                answers.nothing_of(call, answer)
            except NotFoundError:
                # What an earlier attempt, whose answer was lost, has released.
                if not effect_unknown:
                    unknown += 1
                    raise

        async def attempt(number: int) -> None:
            nonlocal effect_unknown
            try:
                await self._sender.send_once(call, read_answer, number)
            except CarrierXError as error:
                # Whatever ends the last attempt, an earlier one may have released the number.
                effect_unknown = error.effect_unknown = effect_unknown or error.effect_unknown
                raise

        def is_retried(error: CarrierXError) -> bool:
            if isinstance(error, NotFoundError):
                late = self._late_arrivals.may_show_up(call.external_did_sid)
                return unknown < (RELEASES_BEFORE_GONE if late else 1)
            return repeats_harmlessly(error)

        await self._sender.retried(attempt, is_retried)

    async def send_change(
        self,
        call: Call,
        settle: Settle,
        is_settled_first: Callable[[CarrierXError], bool] = lambda _: False,
    ) -> tuple[ExternalDID, Call]:
        """Send a call that changes something, and is answered with an External DID.

        It is never blindly repeated: see ``Change`` for what the arguments do.

        :returns: the External DID, and the call that made it what it is.
        """

        async def send_once(call: Call, number: int) -> ExternalDID:
            return await self._sender.send_once(call, answers.object_of, number)

        change = Change(call, settle, send_once, is_settled_first)
        try:
            external_did = await self._sender.retried(change.attempt, change.is_retried)
        except CarrierXError as error:
            external_did = await change.after_the_last(error)
        if call.operation is Operation.REGISTER:
            self._late_arrivals.note_new(external_did.external_did_sid)
        return external_did, change.call

    def _note_write(self, call: Call) -> None:
        """Let no read in bulk show the number as it was before this call, or during it."""
        if call.external_did_sid is not None:
            self._bulk.note_write(call.external_did_sid)

    async def register(self, body: Mapping[str, Any]) -> ExternalDID:
        """POST: register a number. Source: "Create External DID"."""
        external_did = await self.send_for_object(calls.register(body))
        self._late_arrivals.note_new(external_did.external_did_sid)
        return external_did

    async def get(self, external_did_sid: str) -> ExternalDID:
        """GET one by its SID. Source: "Get External DID by Secure ID"."""
        return await self.send_for_object(calls.get(external_did_sid))

    async def get_registered(
        self, external_did_sid: str, needed: Sequence[str] = ()
    ) -> ExternalDID:
        """GET one that is known to have been registered, by its SID.

        What CarrierX does not know is asked for again before it is taken for released.

        :param needed: fields without which the answer is of no use.
        :raises NotFoundError: it is released.
        """
        call = calls.get(external_did_sid)
        unknown = 0

        async def attempt(number: int) -> ExternalDID:
            nonlocal unknown
            try:
                return await self._sender.send_once(
                    call, lambda call, answer: answers.object_of(call, answer, needed), number
                )
            except NotFoundError:
                unknown += 1
                raise

        def is_retried(error: CarrierXError) -> bool:
            if isinstance(error, NotFoundError):
                late = self._late_arrivals.may_show_up(external_did_sid)
                return unknown < (LOOKS_BEFORE_GONE if late else 1)
            return repeats_harmlessly(error)

        return await self._sender.retried(attempt, is_retried)

    async def get_registered_in_bulk(
        self, external_did_sid: str, needed: Collection[str] = ()
    ) -> ExternalDID:
        """One of many that are read at a time: from a page of the list where that costs less.

        What a page shows is at most 30 s old, and never from before a change by this client. A
        number that no page has is asked for as ``get_registered`` does.

        :param needed: fields that a page's object must have to serve the read.
        :raises NotFoundError: it is released.
        """
        found = await self._bulk.find(external_did_sid, needed)
        return await self.get_registered(external_did_sid) if found is None else found

    async def _page_from(self, offset: int) -> ExternalDIDPage:
        # Half of the patience is left for the numbers' own calls, should the page not come.
        patient = self._sender.with_patience(self._deadline_seconds / 2)
        return await patient.send(calls.list_page(offset=offset), answers.page_of)

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
                self._late_arrivals.note_new(item.external_did_sid)
                return item
        return None

    async def find_registered(self, phonenumber: str) -> ExternalDID | None:
        """The registration of a number that is known to have one, which may show up late.

        None if it does not: it may be another account's.
        """

        class NotThereError(CarrierXError):
            """It is not to be seen, yet."""

        call = calls.find(phonenumber)
        looks = 0

        async def attempt(_number: int) -> ExternalDID:
            nonlocal looks
            looks += 1
            found = await self.find(phonenumber)
            if found is None:
                raise NotThereError(call, "not there")
            return found

        def is_retried(error: CarrierXError) -> bool:
            return isinstance(error, NotThereError) and looks < LOOKS_BEFORE_GONE

        try:
            return await self._sender.retried(attempt, is_retried)
        except NotThereError:
            return None

    async def close(self) -> None:
        """Close the connection pool."""
        await self._sender.close()

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
