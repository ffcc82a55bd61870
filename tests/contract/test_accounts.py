"""Several accounts in one simulator: each token sees that of its partner, and no other."""

from typing import Any

import pytest

from carrierx_simulator import PARTNER_SID, SettingsError, SimulatorSettings, Token
from carrierx_simulator.testing import SimulatedAccount
from tests.contract.conftest import NUMBER, Api, Connect, Serve, path_of, problems

SECOND = "46700987655"
OTHER = "0b5c7a39-7d5e-4f10-9f63-2f1d0c6f7a11"
TOKENS = (Token("ours"), Token("theirs", partner_sid=OTHER), Token("also-ours"))
NO_ITEM = [(None, "cannot find item by sid")]


@pytest.fixture
def ours(serve: Serve) -> Api:
    """The first of two accounts."""
    return serve(tokens=TOKENS, messaging_delay_ms=0)


@pytest.fixture
def theirs(ours: Api, connect: Connect) -> Api:
    return connect(ours.simulator.base_url, "theirs")


@pytest.mark.parametrize(
    ("method", "more", "body"),
    [
        ("GET", "", {}),
        ("PATCH", "", {"json": {"name": "theirs"}}),
        ("PUT", "", {"json": {"name": "theirs"}}),
        ("DELETE", "", {}),
        ("GET", "/messaging", {}),
        ("POST", "/messaging", {"json": {"enabled": False}}),
    ],
)
def test_a_number_of_another_account_is_the_documented_404(
    ours: Api, theirs: Api, method: str, more: str, body: dict[str, Any]
) -> None:
    """Whatever is tried on a SID of another account says that there is none, and does nothing."""
    made = ours.register()
    enabled = ours.post(f"{path_of(made)}/messaging", json={"enabled": True}).json()
    response = theirs.request(method, path_of(made) + more, **body)
    assert response.json()["message"] == "no item error"
    assert problems(response, 404) == NO_ITEM
    assert ours.get(path_of(made)).json() == made
    messaging = ours.get(f"{path_of(made)}/messaging").json()
    assert messaging == {**enabled, "status": "enabled"}


def test_a_number_can_be_registered_once_in_each_account(
    ours: Api, theirs: Api, connect: Connect
) -> None:
    """Every object says whose it is; a list, its total and its filters are about one account."""
    mine, other = ours.register(), theirs.register(name="theirs")
    assert (mine["partner_sid"], other["partner_sid"]) == (PARTNER_SID, OTHER)
    assert mine["external_did_sid"] != other["external_did_sid"]
    body = {"phonenumber": NUMBER, "capabilities": 3}
    for client in (ours, theirs):
        refused = client.post("/external_dids", json=body)
        assert problems(refused, 409) == [("phonenumber", "is already registered")]
    theirs.register(SECOND)
    assert (ours.numbers(), theirs.numbers()) == ([NUMBER], [NUMBER, SECOND])
    assert (ours.total(), theirs.total()) == (1, 2)
    for query in ({"filter": f"phonenumber eq {NUMBER}"}, {"filter": "name ne x"}, {"order": "id"}):
        (item,) = ours.get("/external_dids", params=query).json()["items"]
        assert item["external_did_sid"] == mine["external_did_sid"]
    second = {"limit": 1, "offset": 1}
    assert ours.numbers(**second) == []
    assert theirs.numbers(**second) == [SECOND]
    assert connect(ours.simulator.base_url, "also-ours").numbers() == [NUMBER]
    ours.delete(path_of(mine)).raise_for_status()
    assert (ours.numbers(), theirs.total()) == ([], 2)


def test_a_test_looks_at_the_account_of_a_token(ours: Api, theirs: Api) -> None:
    """A test reads and changes the account of the token that it names; by default the first's."""
    default, first, second, third = (
        SimulatedAccount(ours.simulator, token=token) for token in (None, 0, 1, 2)
    )
    mine, other = ours.register()["external_did_sid"], theirs.register()["external_did_sid"]
    for account, sid in ((default, mine), (first, mine), (second, other), (third, mine)):
        assert account.sid(NUMBER) == sid
        assert account.phonenumber(sid) == f"+{NUMBER}"
    with pytest.raises(LookupError, match=f"^SID {other} does not exist$"):
        first.phonenumber(other)
    second.change(NUMBER, name="changed")
    assert theirs.get(f"/external_dids/{other}").json() == second.numbers()[f"+{NUMBER}"]
    assert second.numbers()[f"+{NUMBER}"]["name"] == "changed"
    assert first.numbers()[f"+{NUMBER}"]["name"] != "changed"
    second.release(NUMBER)
    assert (second.numbers(), first.numbers()) == ({}, default.numbers())
    second.register(phonenumber=NUMBER, capabilities=1)
    assert second.numbers()[f"+{NUMBER}"]["partner_sid"] == OTHER
    assert [len(account.calls()) for account in (default, first, second, third)] == [3, 1, 2, 0]


def test_faults_know_a_number_in_any_account(ours: Api, theirs: Api) -> None:
    """A fault finds a number in any account. Reads that could not show it are not counted."""
    ours.set_faults({"method": "POST", "fault": "delay_visibility", "reads": 1})
    path = path_of(ours.register())
    assert [theirs.get(path).status_code for _ in range(2)] == [404, 404]
    assert theirs.numbers() == []
    assert [ours.get(path).status_code for _ in range(2)] == [404, 200]
    path = path_of(ours.register(SECOND))
    ours.set_faults({"phonenumber": SECOND, "fault": "status", "status": 503})
    assert theirs.get(path).status_code == 503


@pytest.mark.parametrize("partner_sid", ["", "other", OTHER.upper(), f"{{{OTHER}}}", f"{OTHER}\n"])
def test_a_partner_is_a_uuid(partner_sid: str) -> None:
    """Two spellings of one UUID would be two accounts, so there is one spelling."""
    with pytest.raises(SettingsError) as caught:
        SimulatorSettings(tokens=(Token("one"), Token("two", partner_sid=partner_sid)))
    assert caught.value.problems == {
        "partner_sids": f"token 2 has the partner_sid {partner_sid!r}; it must be a UUID in lower "
        "case"
    }
