"""What a read has to do next: the cases that reads over HTTP reach by chance, or after 30 s."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import pytest

from carrierx_api.bulk_reads.planner import (
    UNPACKED_PAGES,
    VALID_SECONDS,
    OwnCall,
    PageCache,
    ReadCounts,
    ReadPages,
    ReadPlanner,
    Wait,
)
from carrierx_api.models import ExternalDID, ExternalDIDPage


def number(sid: str, **fields: object) -> ExternalDID:
    return ExternalDID.model_validate(
        {"external_did_sid": sid, "phonenumber": "46700987654", **fields}
    )


def page(*sids: str) -> ExternalDIDPage:
    return ExternalDIDPage(items=[number(sid) for sid in sids], has_more=False)


def reads_that_ask_for_a_page(at: float = 0.0) -> ReadPlanner:
    """Reads that have taken three numbers by themselves, and wait for the first page with ``a``."""
    reads = ReadPlanner()
    for sid in ("x", "y", "z"):
        assert reads.ask(sid, at) == OwnCall()
    assert reads.ask("a", at) == ReadPages((0,))
    return reads


def reads_with_an_outdated_page() -> ReadPlanner:
    """Reads of which two wait for the first page to be read again."""
    reads = reads_that_ask_for_a_page()
    reads.arrived(0, page("a", "b"), asked_at=0.0, now=0.0)
    assert reads.ask("a", 31.0) == ReadPages((0,))
    assert reads.ask("b", 31.0) == Wait()
    return reads


def test_an_outdated_page_is_read_again_once_by_all_who_want_it() -> None:
    """It costs as much as the number's own call, and serves its neighbours too."""
    reads = reads_with_an_outdated_page()
    reads.arrived(0, page("a"), asked_at=31.0, now=31.1)
    assert isinstance(reads.ask("a", 31.1), ExternalDID)
    assert reads.ask("b", 31.1) == OwnCall()


def test_an_outdated_page_that_cannot_be_read_again_is_given_up() -> None:
    """Each waiting read requests the number itself, and the page is not requested again."""
    reads = reads_with_an_outdated_page()
    reads.failed(0)
    assert [reads.ask(sid, 31.0) for sid in "ab"] == [OwnCall(), OwnCall()]
    assert reads.gave_up


def test_a_page_that_comes_when_it_no_longer_counts_is_given_up() -> None:
    """To read it again would take as long once more, and so on for ever."""
    reads = reads_that_ask_for_a_page()
    reads.arrived(0, page("a"), asked_at=0.0, now=30.0)
    assert reads.ask("a", 30.0) == OwnCall()


def test_a_write_while_the_page_is_under_way_outdates_what_it_shows() -> None:
    """It is not known which of the two came first; a page that is asked for later shows it."""
    reads = reads_that_ask_for_a_page(1.0)
    reads.cache.mark_write("a", 1.5)
    reads.arrived(0, page("a", "b"), asked_at=1.0, now=2.0)
    assert reads.ask("a", 2.0) == OwnCall()
    assert isinstance(reads.ask("b", 2.0), ExternalDID)
    reads.arrived(0, page("a", "b"), asked_at=1.5, now=2.0)
    assert reads.ask("a", 2.0) == OwnCall()
    reads.arrived(0, page("a", "b"), asked_at=1.6, now=2.0)
    assert isinstance(reads.ask("a", 2.0), ExternalDID)


Order: TypeAlias = Callable[[list[str]], Iterable[str]]
PAGE_SIZE = 10


class Destroy:
    """Reads each number of an account, and releases it, one after the other."""

    def __init__(self, numbers: int, seconds_for_each: float = 0.01) -> None:
        self.registered = [f"sid-{index}" for index in range(numbers)]
        self.reads = ReadPlanner()
        self.offsets: list[int] = []
        self._now = 0.0
        self._seconds = seconds_for_each

    def run(self, sids: Iterable[str]) -> None:
        """Read and release these."""
        for sid in sids:
            while isinstance(step := self.reads.ask(sid, self._now), ReadPages):
                for place in step.numbers:
                    self._read(place)
            assert not isinstance(step, Wait)
            self.registered.remove(sid)
            self.reads.cache.mark_write(sid, self._now)
            self.reads.cache.mark_released(sid)
            self._now += self._seconds

    def _read(self, place: int) -> None:
        begin = self.reads.offset_of(place)
        self.offsets.append(begin)
        end = begin + PAGE_SIZE
        shown = ExternalDIDPage(
            items=[number(sid) for sid in self.registered[begin:end]],
            total=len(self.registered),
            has_more=end < len(self.registered),
        )
        self.reads.arrived(place, shown, self._now, self._now)


@pytest.mark.parametrize(
    ("order", "offsets"),
    [
        # Nine are released by then, six of them since the first page: they were on no page.
        pytest.param(list, [0, *range(0, 90, 10)], id="forward"),
        pytest.param(reversed, [*range(0, 100, 10)], id="backward"),
    ],
)
def test_pages_begin_where_the_releases_before_them_have_moved_them(
    order: Order, offsets: list[int]
) -> None:
    """A destroy takes its ten pages, and the nine calls until these were worth it."""
    destroy = Destroy(100)
    destroy.run(order(destroy.registered.copy()))
    assert destroy.offsets == offsets
    assert destroy.reads.counts == ReadCounts(91, own_calls=9, pages_read=10, pages_under_way=0)


@pytest.mark.parametrize(
    ("order", "read_again"),
    [
        pytest.param(list, [0] * 7, id="forward"),
        pytest.param(reversed, [*range(70, -10, -10)], id="backward"),
    ],
)
def test_an_outdated_page_is_read_again_from_where_it_begins_now(
    order: Order, read_again: list[int]
) -> None:
    """A destroy of 200 s: where a page is older than half a minute, it takes one call for many."""
    destroy = Destroy(100, seconds_for_each=2.0)
    destroy.run(order(destroy.registered.copy()))
    assert destroy.offsets[10:] == read_again
    assert destroy.reads.counts.own_calls == 9


def test_a_page_that_has_another_number_at_the_sid_does_not_serve_it() -> None:
    """Which of the two is wrong, the number's own call says. Either spelling is the number's."""
    reads = reads_that_ask_for_a_page()
    reads.arrived(0, page("a"), asked_at=0.0, now=0.0)
    assert reads.ask("a", 1.0, phonenumber="+46700987655") == OwnCall()
    for phonenumber in ("+46700987654", "46700987654", "", None):
        assert isinstance(reads.ask("a", 1.0, phonenumber=phonenumber), ExternalDID)


def test_a_page_counts_for_thirty_seconds_from_its_call() -> None:
    """Not from its response: it shows what existed when it was requested."""
    store = PageCache()
    store.keep(0, [number("a")], asked_at=100.0)
    assert VALID_SECONDS == 30.0
    assert store.value("a", now=129.9) == number("a")
    assert store.outdated_page_of("a", now=129.9) is None
    assert store.value("a", now=130.0) is None
    assert store.outdated_page_of("a", now=130.0) == 0


def test_what_a_page_shows_is_what_came_with_what_was_left_out_left_out() -> None:
    """A null, an absent field and an unknown field stay different."""
    came = number("a", name=None, attributes={"n": 2**60, "o": [1.5, None]}, new_field="x")
    store = PageCache()
    store.keep(0, [came], asked_at=0.0)
    shown = store.value("a", now=1.0)
    assert shown == came
    assert shown is not None
    assert shown.model_fields_set == came.model_fields_set
    assert shown.phonenumber == "+46700987654"


def test_more_pages_than_are_kept_unpacked_can_all_be_shown() -> None:
    """Packed or not, a page shows the same."""
    store = PageCache()
    pages = range(3 * UNPACKED_PAGES)
    for place in pages:
        store.keep(place, [number(f"sid-{place}", name=f"Line {place}")], asked_at=0.0)
    for place in (*pages, *reversed(pages)):
        assert store.value(f"sid-{place}", now=1.0) == number(f"sid-{place}", name=f"Line {place}")
