"""All reads of one account in one operation: what to do for each, decided without any effect.

``ask`` says what a read has to do next; whoever does it reports back with ``arrived`` or ``failed``
and asks again. Reads may be interleaved in any way.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from carrierx_api.bulk_reads.choice import Choice, choose
from carrierx_api.bulk_reads.page_store import VALID_SECONDS, PageStore
from carrierx_api.calls import LIST_LIMIT_MAXIMUM

if TYPE_CHECKING:
    from collections.abc import Collection

    from carrierx_api.models import ExternalDID, ExternalDIDPage


@dataclass(frozen=True, slots=True)
class Served:
    """A valid page has it."""

    external_did: ExternalDID


@dataclass(frozen=True, slots=True)
class OwnCall:
    """Ask for the number itself. It may be gone: only its own call can tell."""


@dataclass(frozen=True, slots=True)
class ReadPages:
    """Read these pages of the list, several at once, then ask again."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A page that may have it is under way: ask again when one has come, or failed."""


Next: TypeAlias = Served | OwnCall | ReadPages | Wait


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """How far the reads are."""

    served: int
    """Numbers that pages have served."""
    own_calls: int
    """Numbers that were asked for one by one."""
    pages_read: int
    """Pages of the list that have come, those that were read again among them."""
    pages_under_way: int
    """Pages of the list that are being waited for."""


class AccountReads:
    """The state of the reads. Times are monotonic seconds."""

    def __init__(self) -> None:
        """Know nothing of the account yet."""
        self._store = PageStore()
        self._under_way: set[int] = set()
        self._asked_for: set[int] = set()
        self._have_come: set[int] = set()
        self._page_size = LIST_LIMIT_MAXIMUM
        self._pages = 0
        self._gave_up = False
        self._served = 0
        self._own_calls = 0
        self._arrivals = 0

    @property
    def counts(self) -> ReadCounts:
        """How far the reads are."""
        return ReadCounts(self._served, self._own_calls, self._arrivals, len(self._under_way))

    @property
    def gave_up(self) -> bool:
        """Whether a page has failed. From then on each number is asked for by itself."""
        return self._gave_up

    @property
    def page_size(self) -> int:
        """How many numbers CarrierX puts on a page of this account."""
        return self._page_size

    def ask(self, external_did_sid: str, now: float, needed: Collection[str] = ()) -> Next:
        """Say what a read of this number has to do next.

        An ``OwnCall`` counts as sent once it is answered here, ``ReadPages`` as under way.

        :param needed: fields without which a page's object is of no use.
        """
        found = self._store.value(external_did_sid, now)
        if found is not None and not set(needed) - found.model_fields_set:
            self._served += 1
            return Served(found)
        if found is not None:
            return self._own_call()
        if self._store.has_seen(external_did_sid):
            return self._again(self._store.outdated_page_of(external_did_sid, now))
        if self._under_way - self._have_come:
            return Wait()
        return self._chosen()

    def _again(self, page: int | None) -> Next:
        """The next step for a number that a page had: that page once more, if it is outdated.

        None where it is not: the number has been written since, or is not on it any more.
        """
        if page in self._under_way:
            return Wait()
        if page is None or self._gave_up:
            return self._own_call()
        self._under_way.add(page)
        return ReadPages((page,))

    def _chosen(self) -> Next:
        """The next step for a number that no page had yet."""
        choice = choose(
            own_calls=self._own_calls, pages_read=len(self._asked_for), pages=self._pages
        )
        if choice is Choice.OWN_CALL:
            return self._own_call()
        wanted = range(1 if choice is Choice.FIRST_PAGE else self._pages)
        numbers = tuple(number for number in wanted if number not in self._asked_for)
        self._asked_for.update(numbers)
        self._under_way.update(numbers)
        return ReadPages(numbers)

    def _own_call(self) -> OwnCall:
        self._own_calls += 1
        return OwnCall()

    def arrived(self, number: int, page: ExternalDIDPage, asked_at: float, now: float) -> None:
        """Take a page.

        :param asked_at: when its call was sent.
        """
        items = page.items
        more = page.has_more
        if more is None:
            # A page that does not say so has more behind it if it is full.
            more = len(items) >= self._page_size
        if number == 0 and more and items:
            # A server may put fewer on a page than it was asked for.
            self._page_size = len(items)
        of_total = ceil((page.total or 0) / self._page_size)
        self._pages = max(of_total, self._pages, number + 2) if more and items else number + 1
        self._store.keep(number, items, asked_at)
        self._arrivals += 1
        self._have_come.add(number)
        self._under_way.discard(number)
        if now - asked_at >= VALID_SECONDS:
            # Pages that take so long are outdated when they come.
            self._gave_up = True

    def failed(self, number: int) -> None:
        """Take it that a page could not be had, or was not asked for since another one failed."""
        self._gave_up = True
        self._under_way.discard(number)

    def note_write(self, external_did_sid: str, now: float) -> None:
        """Take it that we change or release the number: to be called before and after."""
        self._store.note_write(external_did_sid, now)
