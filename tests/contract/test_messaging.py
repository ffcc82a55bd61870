"""Messaging of one External DID."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from carrierx_simulator import SimulatorSettings, running_simulator
from tests.contract.conftest import Api, Connect, problems
from tests.waiting import wait_until

CAMPAIGN = "fef13cdd-2f65-4ed8-8272-de2a940d0cb5"
FIRST = "cannot change while messaging is enabled: disable it first, or use force=true"


@pytest.fixture
def path(api: Api) -> str:
    return f"/external_dids/{api.register()['external_did_sid']}/messaging"


def settled(api: Api, path: str) -> dict[str, Any]:
    """Wait until the status is no longer in_progress."""
    wait_until(lambda: api.get(path).json()["status"] != "in_progress")
    state: dict[str, Any] = api.get(path).json()
    return state


def test_a_number_without_messaging_is_404(api: Api, path: str) -> None:
    """GET is the documented 404 until the first POST."""
    response = api.get(path)
    assert response.status_code == 404
    assert response.json() == {
        "message": "no item error",
        "errors": [{"field": None, "message": "cannot find item by sid", "reference_sid": None}],
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_number_is_404(api: Api, method: str) -> None:
    """Messaging of a SID that does not exist is the same 404."""
    json: dict[str, Any] | None = {} if method == "POST" else None
    response = api.request(method, "/external_dids/unknown/messaging", json=json)
    assert response.status_code == 404
    assert response.json()["message"] == "no item error"


def test_the_documented_sample_enables(api: Api, path: str) -> None:
    """The sample responds with in_progress at once, and is enabled later."""
    response = api.post(path, json={"campaign_sid": CAMPAIGN, "enabled": True, "type": "a2p"})
    assert response.status_code == 200
    state = response.json()
    external_id = state.pop("campaign_external_id")
    assert external_id[0] == "C"
    assert len(external_id) == 7
    assert state == {
        "campaign_sid": CAMPAIGN,
        "did_sid": path.split("/")[2],
        "enabled": True,
        "p2p_nnid": None,
        "status": "in_progress",
        "type": "a2p",
    }
    expected = {**state, "campaign_external_id": external_id, "status": "enabled"}
    assert settled(api, path) == expected


def test_the_status_stays_in_progress_for_its_delay(connect: Connect) -> None:
    """Until messaging_delay_ms is over, GET responds with in_progress."""
    with running_simulator(SimulatorSettings(messaging_delay_ms=60_000)) as simulator:
        client = connect(simulator.base_url)
        body = {"phonenumber": "46700987654", "capabilities": 3}
        sid = client.post("/external_dids", json=body).json()["external_did_sid"]
        client.post(f"/external_dids/{sid}/messaging", json={"enabled": True}).raise_for_status()
        assert client.get(f"/external_dids/{sid}/messaging").json()["status"] == "in_progress"


def test_disabling_keeps_the_rest(api: Api, path: str) -> None:
    """Setting enabled to false ends in disabled, and keeps type and campaign for the next time."""
    api.post(path, json={"campaign_sid": CAMPAIGN, "enabled": True}).raise_for_status()
    assert api.post(path, json={"enabled": False}).json()["status"] == "in_progress"
    state = settled(api, path)
    assert (state["status"], state["enabled"]) == ("disabled", False)
    assert (state["type"], state["campaign_sid"]) == ("a2p", CAMPAIGN)


def test_an_empty_body_enables_nothing(api: Api, path: str) -> None:
    """By default enabled is false by default, and the type a2p."""
    api.post(path, json={}).raise_for_status()
    state = settled(api, path)
    assert (state["status"], state["enabled"], state["type"]) == ("disabled", False, "a2p")
    assert state["campaign_external_id"] is None


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
    enabled = {"campaign_sid": CAMPAIGN, "enabled": True, "type": "a2p"}
    api.post(path, json=enabled).raise_for_status()
    refused = api.post(path, json=change)
    assert problems(refused, 409) == [(field, FIRST) for field in fields]

    forced = api.post(path, params={"force": "true"}, json={"enabled": True, **change})
    assert forced.status_code == 200
    assert change.items() <= forced.json().items()

    # The first state again, and then the two documented steps.
    api.post(path, params={"force": "true"}, json=enabled).raise_for_status()
    api.post(path, json={"enabled": False}).raise_for_status()
    again = api.post(path, json={"enabled": True, **change})
    assert again.status_code == 200
    assert change.items() <= again.json().items()


def test_repeating_the_same_state_is_fine(api: Api, path: str) -> None:
    """Enabling what is enabled the same way is neither a change nor an error."""
    body = {"campaign_sid": CAMPAIGN, "enabled": True, "type": "a2p"}
    assert [api.post(path, json=body).status_code for _ in range(2)] == [200, 200]


def test_another_type_drops_the_identifier(api: Api, path: str) -> None:
    """p2p has a p2p_nnid and no campaign; going back to a2p drops it."""
    api.post(path, json={"campaign_sid": CAMPAIGN}).raise_for_status()
    p2p = api.post(path, json={"type": "p2p", "p2p_nnid": "103"}).json()
    assert (p2p["campaign_sid"], p2p["campaign_external_id"], p2p["p2p_nnid"]) == (
        None,
        None,
        "103",
    )
    a2p = api.post(path, json={"type": "a2p"}).json()
    assert (a2p["campaign_sid"], a2p["p2p_nnid"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"enabled": "true"}, [("enabled", "must be a boolean")]),
        ({"enabled": None}, [("enabled", "must be a boolean")]),
        ({"type": "sms"}, [("type", "must be a2p or p2p")]),
        ({"type": ["a2p"]}, [("type", "must be a2p or p2p")]),
        (
            {"campaign_sid": 1, "p2p_nnid": [], "status": "enabled", "colour": 1},
            [
                ("campaign_sid", "must be a string or null"),
                ("p2p_nnid", "must be a string or null"),
                ("status", "is read-only"),
                ("colour", "is not a field of messaging"),
            ],
        ),
        ({"type": "p2p", "campaign_sid": "c"}, [("campaign_sid", "applies to the type a2p only")]),
        ({"type": "a2p", "p2p_nnid": "n"}, [("p2p_nnid", "applies to the type p2p only")]),
        (
            {"campaign_sid": "c", "p2p_nnid": "n"},
            [
                ("campaign_sid", "applies to the type a2p only"),
                ("p2p_nnid", "applies to the type p2p only"),
            ],
        ),
    ],
)
def test_a_wrong_body_is_422(
    api: Api, path: str, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Wrong fields and contradictions are named all at once, and nothing is stored."""
    response = api.post(path, json=body)
    assert problems(response, 422) == expected
    assert api.get(path).status_code == 404


def test_an_identifier_of_the_other_type_is_a_conflict(api: Api, path: str) -> None:
    """An identifier that does not fit the stored type is a 409."""
    response = api.post(path, json={"p2p_nnid": "103"})
    assert problems(response, 409) == [("p2p_nnid", "does not apply to the type a2p")]


@pytest.mark.parametrize("force", ["1", "", "yes", "True"])
def test_force_is_true_or_false(api: Api, path: str, force: str) -> None:
    """Any other value of force is a 400."""
    response = api.post(path, params={"force": force}, json={})
    assert problems(response, 400) == [("force", "must be true or false")]


def test_capabilities_stay_active_whatever_messaging_does(api: Api, path: str) -> None:
    """active_capabilities equals capabilities before, during and after messaging."""
    one = path.removesuffix("/messaging")
    for body in ({"enabled": True}, {"enabled": False}):
        api.post(path, json=body).raise_for_status()
        did = api.get(one).json()
        assert did["active_capabilities"] == did["capabilities"] == 3


def test_a_new_registration_has_no_messaging(api: Api, path: str) -> None:
    """Deleting a number loses its messaging; the same number registered again starts without."""
    api.post(path, json={"enabled": True}).raise_for_status()
    api.delete(path.removesuffix("/messaging")).raise_for_status()
    assert api.get(path).status_code == 404
    assert (
        api.get(f"/external_dids/{api.register()['external_did_sid']}/messaging").status_code == 404
    )


def test_a_data_file_of_an_earlier_version_is_converted(
    connect: Connect, tmp_path: Path, api: Api
) -> None:
    """Messaging that was stored in a column of the numbers is still there."""
    made = api.register()
    stored = {"enabled": True, "type": "a2p", "campaign_sid": None, "p2p_nnid": None}
    data = str(tmp_path / "numbers.db")
    with sqlite3.connect(data) as database:
        database.execute("PRAGMA application_id = 0x43585349")
        database.execute(
            "CREATE TABLE external_dids (sequence INTEGER PRIMARY KEY AUTOINCREMENT, "
            "external_did_sid TEXT UNIQUE, phonenumber TEXT NOT NULL UNIQUE, object TEXT, "
            "messaging TEXT)"
        )
        for sid, number, messaging in (
            (made["external_did_sid"], "46700987654", json.dumps({**stored, "settles_at": 0})),
            ("another", "46700987655", None),
        ):
            values = (sid, number, json.dumps({**made, "external_did_sid": sid}), messaging)
            database.execute(
                "INSERT INTO external_dids (external_did_sid, phonenumber, object, messaging) "
                "VALUES (?, ?, ?, ?)",
                values,
            )
    database.close()
    for _ in range(2):
        with running_simulator(SimulatorSettings(data=data)) as converted:
            client = connect(converted.base_url)
            assert (
                client.get(f"/external_dids/{made['external_did_sid']}/messaging").json()["status"]
                == "enabled"
            )
            assert client.get("/external_dids/another").status_code == 200
            assert client.get("/external_dids/another/messaging").status_code == 404
