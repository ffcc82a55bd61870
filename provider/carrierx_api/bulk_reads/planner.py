"""Plans the reads of one account in one operation, without any effect.

``ask`` says what a read has to do next; the reader reports back with ``arrived`` or ``failed`` and
asks again. Reads may be interleaved in any way.

Which call serves the next read at the least cost, the number's own or pages of the list? It is
unknown how many reads will come, and at first how many pages the account has. That is the
ski-rental problem: rent (one call for each number) until the rent paid equals the price, then buy
(the pages). The calls are then never more than twice those of the better choice in hindsight, plus
two.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, inf
from typing import Any

from carrierx_api.calls import LIST_LIMIT_MAXIMUM
from carrierx_api.models import ExternalDID, ExternalDIDPage

VALID_SECONDS = 30.0
"""How long a page is valid, from its request on. Older values would not be a refresh."""

UNPACKED_PAGES = 4
"""Pages that are kept uncompressed: those used last. The engine reads in the order of the state,
which is mostly the order of registration, and so the list's."""


@dataclass(frozen=True, slots=True)
class _Page:
    asked_at: float
    packed: bytes = field(repr=False)


class PageCache:
    """Pages of one account's list, by their number from 0 up. Times are monotonic seconds.

    A page is kept compressed, since an account may hold a million numbers of which a stack has a
    few.
    """

    def __init__(self) -> None:
        self.pages: dict[int, _Page] = {}
        self.page_of: dict[str, int] = {}
        """The page that has, or had, each number."""
        self._written_at: dict[str, float] = {}
        self._released: set[str] = set()
        self._unpack = lru_cache(UNPACKED_PAGES)(_unpack)

    def keep(self, number: int, items: Iterable[ExternalDID], asked_at: float) -> None:
        """Keep a page in place of an older one; writes since ``asked_at`` may be missing in it."""
        objects = {item.external_did_sid: item.model_dump(exclude_unset=True) for item in items}
        # Level 1: the objects of a list are alike, so more effort gains little.
        packed = zlib.compress(json.dumps(objects).encode(), 1)
        self.pages[number] = _Page(asked_at, packed)
        self.page_of.update(dict.fromkeys(objects, number))

    def outdated_page_of(self, external_did_sid: str, now: float) -> int | None:
        """The page that had the number when it was read, if it is no longer valid.

        To read it again costs one call, as the number's own would, and updates its neighbours too.
        """
        number = self.page_of.get(external_did_sid)
        return None if number is None or self._is_valid(number, now) else number

    def mark_write(self, external_did_sid: str, now: float) -> None:
        """Take it that we change or release the number: what was requested before is outdated.

        Called before and after.
        """
        self._written_at[external_did_sid] = now

    def mark_released(self, external_did_sid: str) -> None:
        """Take it that we have released the number: what follows it in the list moves up."""
        self._released.add(external_did_sid)

    def released_before(self, number: int) -> int:
        """How many numbers of the pages before this one we have released since they were read."""
        return sum(self.page_of.get(sid, number) < number for sid in self._released)

    def value(self, external_did_sid: str, now: float) -> ExternalDID | None:
        """The number as a valid page shows it; None if no valid page has it."""
        number = self.page_of.get(external_did_sid)
        if number is None or not self._is_valid(number, now):
            return None
        page = self.pages[number]
        if page.asked_at <= self._written_at.get(external_did_sid, -inf):
            return None
        found = self._unpack(page.packed).get(external_did_sid)
        return None if found is None else ExternalDID.model_validate(found)

    def _is_valid(self, number: int, now: float) -> bool:
        return now - self.pages[number].asked_at < VALID_SECONDS


def _unpack(packed: bytes) -> dict[str, dict[str, Any]]:
    objects: dict[str, dict[str, Any]] = json.loads(zlib.decompress(packed))
    return objects


OWN_CALLS_BEFORE_THE_FIRST_PAGE = 3
"""A stack of so few numbers requests no page of 1,000. Three is the most that the bound allows: an
account of one page then costs four calls where one would have done."""


@dataclass(frozen=True, slots=True)
class OwnCall:
    """Request the number itself. It may be gone: only its own call can show that."""


@dataclass(frozen=True, slots=True)
class ReadPages:
    """Read these pages of the list, several at once, then ask again."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A page that may have it is in flight: ask again when one has arrived, or failed."""


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """How far the reads are."""

    served: int
    """Numbers that were served from pages."""
    own_calls: int
    """Numbers that were requested one by one."""
    pages_read: int
    """Pages of the list that have arrived, those that were read again included."""
    pages_under_way: int
    """Pages of the list that are in flight."""


class ReadPlanner:
    """Which pages were read and which are in flight. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.cache = PageCache()
        self._under_way: set[int] = set()
        self._asked_for: set[int] = set()
        self.page_size = LIST_LIMIT_MAXIMUM
        """How many numbers CarrierX puts on a page of this account."""
        self._pages = 0
        self.gave_up = False
        """Whether a page has failed. From then on each number is requested by itself."""
        self._served = 0
        self._own_calls = 0
        self._arrivals = 0

    @property
    def counts(self) -> ReadCounts:
        """How far the reads are."""
        return ReadCounts(self._served, self._own_calls, self._arrivals, len(self._under_way))

    def offset_of(self, number: int) -> int:
        """Where in the list a page begins now: with the same number as when it was read first.

        A destroy reads pages between its releases. By their first places they would skip as many
        numbers as were released before them, each of which would then take a call of its own.
        """
        return max(0, number * self.page_size - self.cache.released_before(number))

    def ask(
        self,
        external_did_sid: str,
        now: float,
        needed: Collection[str] = (),
        phonenumber: str | None = None,
    ) -> ExternalDID | OwnCall | ReadPages | Wait:
        """The number itself, where a valid page has it; otherwise what a read has to do next.

        ``needed`` are fields that it has to have there, ``phonenumber`` its number if it is known.
        An ``OwnCall`` counts as sent once it is answered here, ``ReadPages`` as under way.
        """
        found = self.cache.value(external_did_sid, now)
        pages: tuple[int, ...] = ()
        if found is not None:
            if found.model_fields_set.issuperset(needed) and found.has_number(phonenumber):
                self._served += 1
                return found
        elif external_did_sid in self.cache.page_of:
            # If it is not outdated, the number has been written since, or is no longer on its page.
            outdated = self.cache.outdated_page_of(external_did_sid, now)
            if outdated in self._under_way:
                return Wait()
            pages = () if outdated is None or self.gave_up else (outdated,)
        elif self._under_way - self.cache.pages.keys():
            return Wait()
        else:
            pages = self._new_pages()
        if not pages:
            self._own_calls += 1
            return OwnCall()
        self._asked_for.update(pages)
        self._under_way.update(pages)
        return ReadPages(pages)

    def _new_pages(self) -> tuple[int, ...]:
        """The pages to read for a number that none has had; none where its own call costs less."""
        if not self._asked_for:
            # Only the first page says how many there are.
            return () if self._own_calls < OWN_CALLS_BEFORE_THE_FIRST_PAGE else (0,)
        if self._own_calls < self._pages - 1:
            return ()
        # A number that is on no page is gone, or moved between two pages during the reads.
        return tuple(number for number in range(self._pages) if number not in self._asked_for)

    def arrived(self, number: int, page: ExternalDIDPage, asked_at: float, now: float) -> None:
        """Take a page; what was written since its call was sent, ``asked_at``, may not be in it."""
        items = page.items
        more = page.has_more_than(self.page_size)
        if number == 0 and more and items:
            # A server may put fewer on a page than it was asked for.
            self.page_size = len(items)
        of_total = ceil((page.total or 0) / self.page_size)
        self._pages = max(of_total, self._pages, number + 2) if more and items else number + 1
        self.cache.keep(number, items, asked_at)
        self._arrivals += 1
        self._under_way.discard(number)
        if now - asked_at >= VALID_SECONDS:
            # Pages that take so long are outdated when they arrive.
            self.gave_up = True

    def failed(self, number: int) -> None:
        """Take it that a page failed, or was not requested since another one failed."""
        self.gave_up = True
        self._under_way.discard(number)
