"""For how long what is unknown may still show up."""

from carrierx_api.retry import SECONDS, EventualConsistency

SID = "798c5c8c-3610-4f61-b5c3-534c952eebec"
NEW_SID = "9684eafa-e767-4b0e-acd7-d389cfa7b8c8"


def test_what_was_kept_from_before_has_its_time_and_no_more() -> None:
    """It was registered before this process began; what the process registers itself is new."""
    time = 100.0
    late = EventualConsistency(lambda: time)
    assert late.may_appear(SID)
    time += SECONDS - 0.1
    late.mark_new(NEW_SID)
    assert late.may_appear(SID)
    time += 0.1
    assert not late.may_appear(SID)
    assert late.may_appear(NEW_SID)
