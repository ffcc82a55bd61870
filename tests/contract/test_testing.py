"""`carrierx_simulator.testing`: what a program did, and what somebody else does beside it."""

import threading

import httpx
import pytest

from carrierx_simulator import SAMPLE_TOKEN, Token
from carrierx_simulator.testing import ApiError, SimulatedAccount
from tests.contract.conftest import Api, Serve

NUMBER = "+46700987654"
DIDS = "/core/v2/phonenumber/external_dids"


@pytest.fixture
def own(serve: Serve) -> Api:
    """A program with a simulator of its own."""
    return serve(tokens=(Token(SAMPLE_TOKEN), Token("other")))


@pytest.fixture
def account(own: Api) -> SimulatedAccount:
    return SimulatedAccount(own.simulator)


def test_calls_are_lines_since_the_last_look(own: Api, account: SimulatedAccount) -> None:
    """Each call is one line, with the status of an error; a second look shows only what is new."""
    sid = own.register(NUMBER)["external_did_sid"]
    query = {"nested_objects": "replace"}
    own.patch(f"/external-dids/{sid}", params=query, json={"attributes": {}})
    own.get("/external_dids")
    own.delete("/external_dids/none")
    assert account.calls() == [
        'POST {"capabilities": 3, "phonenumber": "+46700987654"}',
        'PATCH SID ?nested_objects=replace {"attributes": {}}',
        "GET",
        "DELETE SID -> 404",
    ]
    assert account.calls() == []


def test_a_look_may_be_tuples_statuses_or_entries(own: Api, account: SimulatedAccount) -> None:
    """Requests are tuples, statuses are numbers, entries are the log's own."""
    own.get("/external_dids", params={"limit": 2})
    assert account.requests() == [("GET", DIDS, {"limit": "2"}, None)]
    own.total()
    assert account.logged() == own.simulator.requests()[1:]
    own.set_faults({"fault": "drop"})
    for look, expected in ((account.statuses, [None]), (account.calls, ["GET -> lost"])):
        with pytest.raises(httpx.RemoteProtocolError):
            own.total()
        assert look() == expected
        assert look() == []


def test_a_look_survives_a_cleared_log(own: Api, account: SimulatedAccount) -> None:
    """Clearing the log removes what was in it, and nothing that comes afterwards."""
    own.get("/external_dids")
    own.simulator.clear_requests()
    assert account.calls() == []
    own.get("/external_dids")
    own.simulator.clear_requests()
    own.get("/external_dids", params={"limit": 3})
    assert account.calls() == ["GET ?limit=3"]


def test_one_token_can_be_looked_at_alone(own: Api, account: SimulatedAccount) -> None:
    """An account that names a token shows only the calls with it; by default calls with any."""
    other = SimulatedAccount(own.simulator, token=1)
    own.get("/external_dids")
    own.post("/external_dids", headers={"Authorization": "Bearer other"})
    own.get("/external_dids", headers={"Authorization": ""})
    assert other.calls() == ["POST -> 400"]
    assert account.statuses() == [200, 400, 401]


def test_somebody_else_is_not_seen_among_the_calls(own: Api, account: SimulatedAccount) -> None:
    """A registration, a change and a release by somebody else take effect, and are not logged."""
    sid = account.register(phonenumber=NUMBER, capabilities=3, attributes={"a": 1})
    assert (account.sid(NUMBER), account.phonenumber(sid)) == (sid, NUMBER)
    account.change(NUMBER, name="theirs", attributes={"b": 2})
    assert own.get(f"/external_dids/{sid}").json() == account.numbers()[NUMBER]
    assert account.numbers()[NUMBER]["attributes"] == {"a": 1, "b": 2}
    account.change(NUMBER, replace_attributes=True, attributes={"c": 3})
    assert account.numbers()[NUMBER]["attributes"] == {"c": 3}
    account.release(NUMBER)
    assert account.numbers() == {}
    assert account.calls() == ["GET SID"]


def test_somebody_else_meets_no_fault(own: Api, account: SimulatedAccount) -> None:
    """Faults and rate limits are for the program: they neither hit nor count somebody else."""
    own.set_faults({"fault": "drop"}, rate_limits={"0": 1})
    account.register(phonenumber=NUMBER, capabilities=3)
    account.change(NUMBER, name="theirs")
    assert own.simulator.faults()["matches"] == [0]


def test_what_the_api_refuses_somebody_else_is_an_error(account: SimulatedAccount) -> None:
    """The rules of the API hold; the error is a line with every wrong field."""
    with pytest.raises(ApiError) as refused:
        account.register(phonenumber="1", capabilities=4)
    assert str(refused.value) == (
        "422 object validation error: phonenumber: must be a phone number in E.164 format; "
        "capabilities: must not contain 4 (voice): External DIDs have no voice"
    )
    with pytest.raises(LookupError, match=r"^\+46700987654 is not registered$"):
        account.release(NUMBER)
    with pytest.raises(LookupError, match=r"^SID none does not exist$"):
        account.phonenumber("none")


def test_a_test_can_wait_for_a_fault(own: Api) -> None:
    """A wait ends when the fault has hit, and with an error that counts when it has not."""
    own.set_faults({"fault": "status", "status": 503})
    with pytest.raises(TimeoutError, match=r"^fault 0 has hit 0 of 1 calls after 0.05 s$"):
        own.simulator.wait_for_fault(timeout=0.05)
    call = threading.Thread(target=own.get, args=["/external_dids"])
    call.start()
    own.simulator.wait_for_fault(timeout=30)
    assert own.simulator.faults()["hits"] == [1]
    call.join(30)
