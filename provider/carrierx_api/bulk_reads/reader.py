"""The reads of one account, carried out: pages are asked for once, whoever waits for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from carrierx_api.bulk_reads.account_reads import AccountReads, OwnCall, ReadPages, Served, Wait
from carrierx_api.errors import CarrierXError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from carrierx_api.bulk_reads.account_reads import ReadCounts
    from carrierx_api.models import ExternalDID, ExternalDIDPage

PAGES_AT_ONCE = 4
"""As many calls as the engine makes at once: what CarrierX can bear of those, it can of these."""


class BulkReader:
    """Serves reads from pages of the list, for one operation. All within one event loop."""

    def __init__(
        self,
        read_page: Callable[[int], Awaitable[ExternalDIDPage]],
        tell: Callable[[ReadCounts], None] = lambda _: None,
    ) -> None:
        """Read nothing yet.

        :param read_page: gives the page that begins at this offset, or raises a ``CarrierXError``.
        :param tell: is told how far the reads are, after each number and each page.
        """
        self._read_page = read_page
        self._tell = tell
        self._reads = AccountReads()
        self._news: anyio.Event | None = None

    async def find(self, external_did_sid: str, needed: Collection[str] = ()) -> ExternalDID | None:
        """The number as a page shows it that is no older than 30 s.

        None where the number's own call has to serve the read: it costs less, or no page has the
        number, or none with all the fields that are ``needed``.
        """
        while True:
            step = self._reads.ask(external_did_sid, time.monotonic(), needed)
            match step:
                case Served(external_did):
                    self._tell(self._reads.counts)
                    return external_did
                case OwnCall():
                    self._tell(self._reads.counts)
                    return None
                case Wait():
                    self._news = self._news or anyio.Event()
                    await self._news.wait()
                case ReadPages(numbers):
                    await self._read(numbers)

    def note_write(self, external_did_sid: str) -> None:
        """Take it that the number is changed or released: to be called before and after."""
        self._reads.note_write(external_did_sid, time.monotonic())

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
                    page = await self._read_page(number * self._reads.page_size)
        except CarrierXError:
            # Whoever waits for it asks for the number itself, and is told why that fails, if so.
            pass
        finally:
            if page is None:
                self._reads.failed(number)
            else:
                self._reads.arrived(number, page, asked_at, time.monotonic())
            if self._news is not None:
                self._news.set()
                self._news = None
            self._tell(self._reads.counts)
