"""Who relies on which registration in a run."""

import pytest

from carrierx_provider.external_did.run_registry import RunRegistry


@pytest.mark.parametrize(
    ("events", "held"),
    [
        # A plain delete, and one of what this same resource was diffed with: its own affair.
        ([], False),
        ([("use", "SID", "mine")], False),
        # A rename without an alias, in one run, or interrupted and finished in the next.
        ([("use", "SID", "other")], True),
        # A replace of this resource, then a delete by the engine.
        ([("use", "SID", "mine"), ("replace", "SID", "mine")], False),
        # A move: another resource adopts, then this one's diff gives the registration up.
        ([("use", "SID", "other"), ("replace", "SID", "mine")], True),
        # The other resource had it, and gives it up.
        ([("use", "SID", "other"), ("replace", "SID", "other")], False),
        # Another registration is irrelevant.
        ([("use", "ANOTHER", "other")], False),
        # A state written by hand has no instance ID.
        ([("use", "SID", None)], True),
    ],
)
def test_a_delete_is_held_back_only_for_another_resource(
    events: list[tuple[str, str, str | None]], held: bool
) -> None:
    """What matters is whether somebody else relies on the SID, in whatever order it came."""
    run = RunRegistry()
    for event, sid, mark in events:
        if event == "use":
            run.mark_used(sid, mark)
        else:
            run.mark_replaced(sid, mark, released_first=True)
    assert run.is_used_by_other("SID", "mine") is held


def test_only_a_replace_of_the_same_number_releases_it_first() -> None:
    """What is to be registered again as it was is looked at before it is released."""
    run = RunRegistry()
    run.mark_replaced("SID", "mine", released_first=True)
    run.mark_replaced("ANOTHER", "mine", released_first=False)
    assert run.released_first == {"SID"}
