"""What a read has to do next: the cases that reads over HTTP reach by chance, or after 30 s."""

from carrierx_api.bulk_reads.planner import OwnCall, ReadPages, ReadPlanner, Wait
from carrierx_api.models import ExternalDID, ExternalDIDPage


def page(*sids: str, total: int | None = None, has_more: bool | None = False) -> ExternalDIDPage:
    items = [ExternalDID(external_did_sid=sid, phonenumber="+46700987654") for sid in sids]
    return ExternalDIDPage(items=items, total=total, has_more=has_more)


def reads_with_first_page(first: ExternalDIDPage, at: float = 0.0) -> ReadPlanner:
    """Reads that have taken three numbers by themselves and then the first page."""
    reads = ReadPlanner()
    for sid in ("x", "y", "z"):
        assert reads.ask(sid, at) == OwnCall()
    assert reads.ask("w", at) == ReadPages((0,))
    reads.arrived(0, first, asked_at=at, now=at)
    return reads


def test_a_read_waits_for_a_page_in_flight() -> None:
    """The page is asked for once."""
    reads = ReadPlanner()
    for sid in ("x", "y", "z"):
        reads.ask(sid, 0.0)
    assert reads.ask("a", 0.0) == ReadPages((0,))
    assert reads.ask("b", 0.0) == Wait()
    reads.arrived(0, page("a", "b"), asked_at=0.0, now=0.1)
    assert isinstance(reads.ask("a", 0.1), ExternalDID)
    assert isinstance(reads.ask("b", 0.1), ExternalDID)


def test_an_outdated_page_is_read_again_once_by_all_who_want_it() -> None:
    """It costs as much as the number's own call, and serves its neighbours too."""
    reads = reads_with_first_page(page("a", "b"))
    assert reads.ask("a", 31.0) == ReadPages((0,))
    assert reads.ask("b", 31.0) == Wait()
    reads.arrived(0, page("a"), asked_at=31.0, now=31.1)
    assert isinstance(reads.ask("a", 31.1), ExternalDID)
    assert reads.ask("b", 31.1) == OwnCall()


def test_an_outdated_page_that_cannot_be_read_again_is_given_up() -> None:
    """Each waiting read requests the number itself, and the page is not requested again."""
    reads = reads_with_first_page(page("a", "b"))
    assert reads.ask("a", 31.0) == ReadPages((0,))
    assert reads.ask("b", 31.0) == Wait()
    reads.failed(0)
    assert reads.ask("a", 31.0) == OwnCall()
    assert reads.ask("b", 31.0) == OwnCall()
    assert reads.gave_up


def test_a_page_that_comes_when_it_no_longer_counts_is_given_up() -> None:
    """To read it again would take as long once more, and so on for ever."""
    reads = ReadPlanner()
    for sid in ("x", "y", "z"):
        reads.ask(sid, 0.0)
    assert reads.ask("a", 0.0) == ReadPages((0,))
    reads.arrived(0, page("a"), asked_at=0.0, now=30.0)
    assert reads.ask("a", 30.0) == OwnCall()


def test_a_list_that_says_no_total_is_read_page_by_page() -> None:
    """One more page for each number asked for by itself: neither is ever twice the other."""
    reads = reads_with_first_page(page("a", has_more=True))
    assert reads.ask("later 1", 0.0) == ReadPages((1,))
    reads.arrived(1, page("b", has_more=True), asked_at=0.0, now=0.0)
    assert reads.ask("later 1", 0.0) == ReadPages((2,))
    reads.arrived(2, page("c", has_more=True), asked_at=0.0, now=0.0)
    assert reads.ask("later 1", 0.0) == ReadPages((3,))
    reads.arrived(3, page("d", has_more=True), asked_at=0.0, now=0.0)
    assert reads.ask("later 1", 0.0) == OwnCall()
    assert reads.ask("later 2", 0.0) == ReadPages((4,))


def test_a_server_that_puts_fewer_on_a_page_is_read_with_its_own_size() -> None:
    """The offsets of the pages follow what it gives."""
    reads = reads_with_first_page(page("a", "b", total=5, has_more=True))
    assert reads.page_size == 2
    assert reads.ask("e", 0.0) == ReadPages((1, 2))


def test_a_write_while_the_page_is_under_way_outdates_what_it_shows() -> None:
    """It is not known which of the two came first."""
    reads = ReadPlanner()
    for sid in ("x", "y", "z"):
        reads.ask(sid, 0.0)
    assert reads.ask("a", 1.0) == ReadPages((0,))
    reads.cache.mark_write("a", 1.5)
    reads.arrived(0, page("a", "b"), asked_at=1.0, now=2.0)
    assert reads.ask("a", 2.0) == OwnCall()
    assert isinstance(reads.ask("b", 2.0), ExternalDID)
