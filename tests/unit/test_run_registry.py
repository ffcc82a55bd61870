"""Who relies on which registration in a run."""

import pytest

from carrierx_provider.external_did.run_registry import RunRegistry


@pytest.mark.parametrize(
    ("events", "held"),
    [
        # A plain delete, and one of what this same resource was diffed with: its own affair.
        ("", False),
        ("used SID mine", False),
        # A rename without an alias, in one run, or interrupted and finished in the next.
        ("used SID other", True),
        # A replace of this resource, then a delete by the engine.
        ("used SID mine, replaced SID mine", False),
        # A move: another resource adopts, then this one's diff gives the registration up.
        ("used SID other, replaced SID mine", True),
        # The other resource had it, and gives it up.
        ("used SID other, replaced SID other", False),
        # Another registration is irrelevant.
        ("used ANOTHER other", False),
        # A state written by hand has no instance ID.
        ("used SID none", True),
    ],
)
def test_a_delete_is_held_back_only_for_another_resource(events: str, held: bool) -> None:
    """What matters is whether somebody else relies on the SID, in whatever order it came."""
    run = RunRegistry()
    for event in filter(None, events.split(", ")):
        kind, sid, mark = event.split()
        if kind == "used":
            run.mark_used(sid, None if mark == "none" else mark)
        else:
            run.mark_replaced(sid, mark, released_first=True)
    assert run.is_used_by_other("SID", "mine") is held


def test_only_a_replace_of_the_same_number_releases_it_first() -> None:
    """What is to be registered again as it was is looked at before it is released."""
    run = RunRegistry()
    run.mark_replaced("SID", "mine", released_first=True)
    run.mark_replaced("ANOTHER", "mine", released_first=False)
    assert run.released_first == {"SID"}
