"""Caches the pages that were read: each number as it was then, for as long as that is valid.

A page is kept compressed, since an account may hold a million numbers of which a stack has a few.
"""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from carrierx_api.models import ExternalDID

if TYPE_CHECKING:
    from collections.abc import Iterable

VALID_SECONDS = 30.0
"""How long a page is valid, from its request on. Older values would not be a refresh."""

UNPACKED_PAGES = 4
"""Pages that are kept uncompressed: those used last. The engine reads in the order of the state,
which is mostly the order of registration, and so the list's."""

_Objects: TypeAlias = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Page:
    asked_at: float
    packed: bytes = field(repr=False)


class PageCache:
    """Pages of one account's list, by their number from 0 up. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._pages: dict[int, _Page] = {}
        self._page_of: dict[str, int] = {}
        self._written_at: dict[str, float] = {}
        self._unpacked: OrderedDict[int, _Objects] = OrderedDict()

    def keep(self, number: int, items: Iterable[ExternalDID], asked_at: float) -> None:
        """Keep a page, in place of what it was before.

        Args:
            asked_at: When its call was sent; what was written since may not be in it.
        """
        objects: _Objects = {
            item.external_did_sid: item.model_dump(exclude_unset=True) for item in items
        }
        # Level 1: the objects of a list are alike, so more effort gains little.
        packed = zlib.compress(json.dumps(objects).encode(), 1)
        self._pages[number] = _Page(asked_at, packed)
        self._page_of.update(dict.fromkeys(objects, number))
        self._unpacked.pop(number, None)

    def has_seen(self, external_did_sid: str) -> bool:
        """Whether any page had the number, at any time."""
        return external_did_sid in self._page_of

    def outdated_page_of(self, external_did_sid: str, now: float) -> int | None:
        """The page that had the number when it was read, if it is no longer valid.

        To read it again costs one call, as the number's own would, and updates its neighbours too.
        """
        number = self._page_of.get(external_did_sid)
        return None if number is None or self._is_valid(number, now) else number

    def mark_write(self, external_did_sid: str, now: float) -> None:
        """Take it that the number is changed or released: what was requested before is outdated."""
        self._written_at[external_did_sid] = now

    def value(self, external_did_sid: str, now: float) -> ExternalDID | None:
        """The number as a valid page shows it; None if no valid page has it."""
        number = self._page_of.get(external_did_sid)
        if number is None or not self._is_valid(number, now):
            return None
        page = self._pages[number]
        written_at = self._written_at.get(external_did_sid)
        if written_at is not None and page.asked_at <= written_at:
            return None
        found = self._objects(number, page).get(external_did_sid)
        return None if found is None else ExternalDID.model_validate(found)

    def _is_valid(self, number: int, now: float) -> bool:
        return now - self._pages[number].asked_at < VALID_SECONDS

    def _objects(self, number: int, page: _Page) -> _Objects:
        objects = self._unpacked.get(number)
        if objects is None:
            objects = json.loads(zlib.decompress(page.packed))
            self._unpacked[number] = objects
            if len(self._unpacked) > UNPACKED_PAGES:
                self._unpacked.popitem(last=False)
        self._unpacked.move_to_end(number)
        return objects
