"""What a page shows counts for 30 seconds, and not across a write."""

from carrierx_api.bulk_reads.planner import UNPACKED_PAGES, VALID_SECONDS, PageCache
from carrierx_api.models import ExternalDID


def number(sid: str, **fields: object) -> ExternalDID:
    return ExternalDID.model_validate(
        {"external_did_sid": sid, "phonenumber": "46700987654", **fields}
    )


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


def test_a_number_that_was_written_is_not_shown_as_it_was_before() -> None:
    """Nor as a page shows it that was asked for before the write had ended."""
    store = PageCache()
    store.keep(0, [number("a"), number("b")], asked_at=10.0)
    store.mark_write("a", now=11.0)
    assert store.value("a", now=12.0) is None
    assert store.value("b", now=12.0) == number("b")
    store.keep(0, [number("a")], asked_at=11.0)
    assert store.value("a", now=12.0) is None
    store.keep(0, [number("a")], asked_at=11.5)
    assert store.value("a", now=12.0) == number("a")


def test_a_page_that_is_read_again_no_longer_has_what_has_moved() -> None:
    """Its number is then neither shown nor looked for there again."""
    store = PageCache()
    store.keep(0, [number("a"), number("b")], asked_at=0.0)
    store.keep(0, [number("b")], asked_at=40.0)
    assert store.has_seen("a")
    assert store.value("a", now=41.0) is None
    assert store.outdated_page_of("a", now=41.0) is None
    assert store.value("b", now=41.0) == number("b")


def test_more_pages_than_are_kept_unpacked_can_all_be_shown() -> None:
    """Packed or not, a page shows the same."""
    store = PageCache()
    pages = range(3 * UNPACKED_PAGES)
    for page in pages:
        store.keep(page, [number(f"sid-{page}", name=f"Line {page}")], asked_at=0.0)
    for page in (*pages, *reversed(pages)):
        assert store.value(f"sid-{page}", now=1.0) == number(f"sid-{page}", name=f"Line {page}")
