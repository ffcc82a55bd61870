"""The API client, over real HTTP against the simulator."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from carrierx_api import calls
from carrierx_api.client import CarrierXClient
from carrierx_api.errors import AuthenticationError, CarrierXError, UnexpectedResponseError
from carrierx_api.models import AccountSeen, ExternalDID
from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, SimulatorSettings, running_simulator
from carrierx_simulator.testing import SimulatedAccount

pytestmark = pytest.mark.anyio
NUMBER = "+46700987654"


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that the provider uses."""
    return "asyncio"


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(SimulatorSettings()) as running:
        yield running


@pytest.fixture
async def client(simulator: RunningSimulator) -> AsyncIterator[CarrierXClient]:
    url = simulator.base_url
    async with CarrierXClient(base_url=url, token=SAMPLE_TOKEN, deadline_seconds=2) as client:
        yield client


async def test_put_sends_every_field(client: CarrierXClient) -> None:
    """A PUT is the whole object: fields that do not change are sent as they are."""
    url = "https://example.com/sms"
    fields = {"phonenumber": NUMBER, "capabilities": 3, "callback_url": url, "string_key_1": "K1"}
    before = await client.register({**fields, "name": "support", "attributes": {"owner": "care"}})
    after = await client.replace(before, {"name": "sales", "attributes": {"tier": 1}})
    expected = {**before.model_dump(), "name": "sales", "attributes": {"tier": 1}}
    assert after.model_dump() == expected


@pytest.mark.parametrize(
    ("current", "changes", "message"),
    [
        ({}, {"capabilities": 1, "phonenumber": "x"},
         "CarrierX does not update capabilities, phonenumber"),
        ({"name": "support"}, {"string_key_1": "K1"},
         "a PUT needs every field, but attributes, callback_url, string_key_2 is unknown: get "
         "it first"),
    ],
)  # fmt: skip
async def test_put_refuses_what_would_lose_something(
    client: CarrierXClient, current: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    """A read-only field, or an object that lacks a field, is refused before anything is sent."""
    known = ExternalDID(external_did_sid="s", phonenumber=NUMBER, capabilities=3, **current)
    with pytest.raises(ValueError, match=message):
        await client.replace(known, changes)


@pytest.mark.parametrize("spelling", [NUMBER, NUMBER.removeprefix("+")])
async def test_a_number_is_found_in_either_spelling(client: CarrierXClient, spelling: str) -> None:
    """With ``+`` or without; a number that only ends the same is not taken for it."""
    await client.register({"phonenumber": "+146700987654", "capabilities": 1})
    assert await client.find(spelling) is None
    registered = await client.register({"phonenumber": NUMBER, "capabilities": 1})
    found = await client.find(spelling)
    assert found is not None
    assert found.external_did_sid == registered.external_did_sid
    assert found.phonenumber == NUMBER


async def test_the_token_is_in_no_repr(simulator: RunningSimulator) -> None:
    """Neither the client, nor an error, nor what hangs on it shows the token."""
    token = "a-token-that-must-not-show"
    async with CarrierXClient(base_url=simulator.base_url, token=token) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.get("some-sid")
    for thing in (client, vars(client), caught.value, caught.value.call, vars(caught.value)):
        assert token not in repr(thing)


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "drop", "when": "after"},
        {"fault": "html"},
        {"fault": "half_body"},
        {"fault": "status", "status": 503, "when": "after"},
        {"fault": "forget_field", "field": "external_did_sid"},
        {"fault": "another_object"},
    ],
    ids=lambda fault: fault["fault"],
)
async def test_a_change_whose_response_is_lost_is_sent_once(
    client: CarrierXClient, simulator: RunningSimulator, fault: dict[str, Any]
) -> None:
    """The caller of a single POST, PATCH or PUT gets an error, and has to look what exists."""
    body = {"phonenumber": NUMBER, "capabilities": 3}
    current = await client.register({**body, "phonenumber": "+46700987655"})
    simulator.set_faults({"faults": [fault]})
    for change in (
        client.register(body),
        client.update(current.external_did_sid, {"name": "helpdesk"}),
        client.replace(current, {"name": "desk"}),
    ):
        with pytest.raises(CarrierXError) as lost:
            await change
        assert lost.value.effect_unknown
    assert [call["method"] for call in simulator.requests()] == ["POST", "POST", "PATCH", "PUT"]


async def test_another_object_is_no_evidence_of_an_account(simulator: RunningSimulator) -> None:
    """What a wrong answer shows may be of any account; a read is made again until it is right."""
    account = SimulatedAccount(simulator)
    account.register(phonenumber="+46700987655", capabilities=3)
    sid = account.register(phonenumber=NUMBER, capabilities=3)
    url, impatient = simulator.base_url, 0.3
    async with CarrierXClient(
        base_url=url, token=SAMPLE_TOKEN, deadline_seconds=impatient
    ) as client:
        simulator.set_faults({"faults": [{"fault": "another_object"}]})
        for read in (client.get(sid), client.get_registered(sid, phonenumber=NUMBER)):
            with pytest.raises(UnexpectedResponseError, match="another External DID") as caught:
                await read
            assert caught.value.attempts > 1
        assert client.seen == AccountSeen()
        simulator.set_faults({"faults": [{"fault": "another_object", "calls": {"first": 1}}]})
        assert (await client.get(sid)).phonenumber == NUMBER
        assert client.seen.external_did_sids == {sid}


@pytest.mark.parametrize(
    "sid",
    [
        *("", ".", "..", " ", "a/b", "a/../b", "a%2Fb", "a?b", "a#b", "a b", "a\n", "\ud800", "é"),
        "s" * 101,
    ],
)
def test_a_sid_that_could_name_something_else_is_refused(sid: str) -> None:
    """A slash, dots alone, a question mark: decoded by a proxy, they would name another path."""
    with pytest.raises(ValueError, match="is not the SID of an External DID") as refused:
        calls.delete(sid)
    assert str(refused.value).isprintable()
