"""A long refresh prints its progress, a short one prints nothing."""

from carrierx_api.bulk_reads.planner import ReadCounts
from carrierx_provider.core.connections import SECONDS_BETWEEN_LINES, ReadProgress


def test_a_line_comes_every_five_seconds_and_says_how_far_it_is() -> None:
    """The first line comes five seconds after the first read."""
    now = 100.0
    lines: list[str] = []
    progress = ReadProgress(lines.append, None, clock=lambda: now)
    for seconds, counts in (
        (0.0, ReadCounts(served=0, own_calls=1, pages_read=0, pages_under_way=0)),
        (4.9, ReadCounts(served=0, own_calls=3, pages_read=0, pages_under_way=1)),
        (5.0, ReadCounts(served=0, own_calls=4, pages_read=1, pages_under_way=11)),
        (7.0, ReadCounts(served=80, own_calls=4, pages_read=4, pages_under_way=8)),
        (12.0, ReadCounts(served=1200, own_calls=4, pages_read=12, pages_under_way=0)),
    ):
        now = 100.0 + seconds
        progress.note(counts)
    assert SECONDS_BETWEEN_LINES == 5.0
    assert lines == [
        "Reading from CarrierX: 4 numbers so far, list pages: 1 of 12.",
        "Reading from CarrierX: 1,204 numbers so far, list pages: 12.",
    ]


def test_a_line_about_a_named_account_names_it() -> None:
    """Several accounts may be read at the same time."""
    now = 0.0
    lines: list[str] = []
    progress = ReadProgress(lines.append, "reseller-b", clock=lambda: now)
    progress.note(ReadCounts(0, 1, 0, 0))
    now = 6.0
    progress.note(ReadCounts(0, 2, 0, 0))
    assert lines == ["Reading from CarrierX, account reseller-b: 2 numbers so far."]
