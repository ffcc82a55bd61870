"""Messaging of one External DID. What is refused at first is in test_refusals.py."""

from typing import Any

import pytest

from tests.contract.conftest import Api, Serve, path_of, problems
from tests.waiting import wait_until

CAMPAIGN = "fef13cdd-2f65-4ed8-8272-de2a940d0cb5"
FIRST = "cannot change while messaging is enabled: disable it first, or use force=true"
ENABLED = {"campaign_sid": CAMPAIGN, "enabled": True, "type": "a2p"}


@pytest.fixture
def path(api: Api) -> str:
    return f"{path_of(api.register())}/messaging"


@pytest.mark.parametrize(
    ("bodies", "status", "state"),
    [
        ([ENABLED], "enabled", ENABLED),
        # Enabling what is enabled the same way is neither a change nor an error.
        ([ENABLED, ENABLED], "enabled", ENABLED),
        ([ENABLED, {"enabled": False}], "disabled", {**ENABLED, "enabled": False}),
        ([{}], "disabled", {"enabled": False, "type": "a2p", "campaign_sid": None}),
        # Another type drops the identifier.
        (
            [{"campaign_sid": CAMPAIGN}, {"type": "p2p", "p2p_nnid": "103"}],
            "disabled",
            {"type": "p2p", "campaign_sid": None, "p2p_nnid": "103"},
        ),
        (
            [{"type": "p2p", "p2p_nnid": "103"}, {"type": "a2p"}],
            "disabled",
            {"type": "a2p", "campaign_sid": None, "p2p_nnid": None},
        ),
    ],
)
def test_a_post_is_in_progress_and_settles(
    api: Api, path: str, bodies: list[dict[str, Any]], status: str, state: dict[str, Any]
) -> None:
    """A POST keeps what it leaves out; active_capabilities stay whatever messaging does."""
    for body in bodies:
        shown = api.post(path, json=body).json()
        assert shown["status"] == "in_progress"
        did = api.get(path.removesuffix("/messaging")).json()
        assert did["active_capabilities"] == did["capabilities"] == 3
    wait_until(lambda: api.get(path).json()["status"] != "in_progress")
    assert api.get(path).json() == {**shown, "status": status}
    external_id = shown.pop("campaign_external_id")
    expected = {"enabled": False, "p2p_nnid": None, "did_sid": path.split("/")[2], **state}
    assert shown == {**expected, "status": "in_progress"}
    if state["campaign_sid"] is None:
        assert external_id is None
    else:
        assert (external_id[0], len(external_id)) == ("C", 7)


def test_the_status_stays_in_progress_for_its_delay(serve: Serve) -> None:
    """Until messaging_delay_ms is over, GET responds with in_progress."""
    api = serve(messaging_delay_ms=60_000)
    path = f"{path_of(api.register())}/messaging"
    api.post(path, json={"enabled": True}).raise_for_status()
    assert api.get(path).json()["status"] == "in_progress"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"campaign_sid": "other"}, ["campaign_sid"]),
        ({"type": "p2p"}, ["type", "campaign_sid"]),
        ({"type": "p2p", "p2p_nnid": "103"}, ["type", "campaign_sid", "p2p_nnid"]),
    ],
)
def test_a_change_takes_two_steps_or_force(
    api: Api, path: str, change: dict[str, str], fields: list[str]
) -> None:
    """While enabled, another type or identifier is a 409; disabling first or force works."""
    api.post(path, json=ENABLED).raise_for_status()
    refused = api.post(path, json=change)
    assert problems(refused, 409) == [(field, FIRST) for field in fields]

    forced = api.post(path, params={"force": "true"}, json={"enabled": True, **change})
    assert forced.status_code == 200
    assert change.items() <= forced.json().items()

    # The first state again, and then the two documented steps.
    api.post(path, params={"force": "true"}, json=ENABLED).raise_for_status()
    api.post(path, json={"enabled": False}).raise_for_status()
    again = api.post(path, json={"enabled": True, **change})
    assert again.status_code == 200
    assert change.items() <= again.json().items()


def test_a_new_registration_has_no_messaging(api: Api, path: str) -> None:
    """Deleting a number loses its messaging; the same number registered again starts without."""
    api.post(path, json={"enabled": True}).raise_for_status()
    api.delete(path.removesuffix("/messaging")).raise_for_status()
    assert api.get(path).status_code == 404
    assert api.get(f"{path_of(api.register())}/messaging").status_code == 404
