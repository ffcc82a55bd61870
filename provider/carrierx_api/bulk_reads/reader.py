"""Carries out the reads of one account: each page is requested once, however many wait for it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

import anyio

from carrierx_api.bulk_reads.planner import OwnCall, ReadCounts, ReadPages, ReadPlanner, Wait
from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError
from carrierx_api.models import ExternalDID, ExternalDIDPage

PAGES_AT_ONCE = 4
"""As many calls as the engine makes at once."""


@dataclass(slots=True)
class BulkReader:
    """Serves reads from pages of the list, for one operation. All within one event loop."""

    read_page: Callable[[int], Awaitable[ExternalDIDPage]]
    """Gives the page that begins at this offset, or raises a ``CarrierXError``."""
    report: Callable[[ReadCounts], None]
    """Called with how far the reads are, after each number and each page."""
    _reads: ReadPlanner = field(default_factory=ReadPlanner)
    _arrival: anyio.Event = field(default_factory=anyio.Event)

    async def find(
        self,
        external_did_sid: str,
        needed: Collection[str] = (),
        phonenumber: str | None = None,
    ) -> ExternalDID | None:
        """The number as shown by a page that is no older than 30 s.

        None where the number's own call has to serve the read: it costs less, or no page has the
        SID with all the fields that are ``needed``, and with this number if it is known.
        """
        while True:
            match self._reads.ask(external_did_sid, time.monotonic(), needed, phonenumber):
                case ExternalDID() as external_did:
                    self.report(self._reads.counts)
                    return external_did
                case OwnCall():
                    self.report(self._reads.counts)
                    return None
                case Wait():
                    await self._arrival.wait()
                case ReadPages(numbers):
                    await self._read(numbers)

    def mark_write(self, call: Call) -> None:
        """Let no page show the number as it was before this call, or during it."""
        if call.external_did_sid is not None:
            self._reads.cache.mark_write(call.external_did_sid, time.monotonic())

    def mark_released(self, external_did_sid: str) -> None:
        """Let pages that are read from now on begin where the release has moved them."""
        self._reads.cache.mark_released(external_did_sid)

    async def _read(self, numbers: tuple[int, ...]) -> None:
        at_once = anyio.CapacityLimiter(PAGES_AT_ONCE)
        async with anyio.create_task_group() as tasks:
            for number in numbers:
                tasks.start_soon(self._read_one, number, at_once)

    async def _read_one(self, number: int, at_once: anyio.CapacityLimiter) -> None:
        page = None
        try:
            async with at_once:
                asked_at = time.monotonic()
                if not self._reads.gave_up:
                    page = await self.read_page(self._reads.offset_of(number))
        except CarrierXError:
            # Each read that waits for it requests its number itself, and raises if that fails too.
            pass
        finally:
            if page is None:
                self._reads.failed(number)
            else:
                self._reads.arrived(number, page, asked_at, time.monotonic())
            self._arrival.set()
            self._arrival = anyio.Event()
            self.report(self._reads.counts)
