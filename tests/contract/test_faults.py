"""What each kind of fault does to a call, before and after the change is made."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrierx_simulator import SimulatorSettings, running_simulator
from tests.contract.conftest import NUMBER, Api, Connect, Start, path_of, problems
from tests.waiting import wait_until

NEW = {"phonenumber": "+46700987654", "capabilities": 3}
# For each kind of fault: its fields, when it comes by default, and the status that is sent.
KINDS: dict[str, tuple[dict[str, Any], str, int | None]] = {
    "status": ({"status": 503}, "before", 503),
    "slow": ({"seconds": 0.1}, "before", 200),
    "drop": ({}, "before", None),
    "half_body": ({}, "after", 200),
    "html": ({"status": 502}, "after", 502),
    "forget_field": ({"field": "name"}, "after", 200),
}


@pytest.mark.parametrize(
    ("kind", "when"),
    [(kind, when) for kind in KINDS for when in (None, "before", "after")][:-2],
)
def test_a_fault_comes_before_the_change_or_after(api: Api, kind: str, when: str | None) -> None:
    """A call is carried out, or not, and the log has what was sent and what the call came to."""
    fields, default, sent = KINDS[kind]
    chosen = {} if when is None else {"when": when}
    api.set_faults({"method": "POST", "fault": kind, **fields, **chosen})
    with suppress(httpx.RemoteProtocolError):
        api.post("/external_dids", json=NEW)
    carried_out = kind == "slow" or (when or default) == "after"
    assert api.logged() == [("POST", sent, kind, 0, 200 if carried_out else None)]
    assert api.numbers() == [NUMBER] * carried_out


@pytest.mark.parametrize(
    ("status", "more", "sent"),
    [(status, {}, None) for status in (418, 429, 500, 502, 503, 504, 599)]
    + [(429, {"retry_after": s}, f"{s:g}") for s in (2, 2.0, 0, 0.25)],
)
def test_status(api: Api, status: int, more: dict[str, float], sent: str | None) -> None:
    """The status comes with an error in CarrierX's shape, and the plan's Retry-After."""
    api.set_faults({"fault": "status", "status": status, **more})
    response = api.get("/external_dids")
    assert problems(response, status) == [(None, "the simulator's fault plan says so")]
    assert response.headers.get("retry-after") == sent


@pytest.mark.parametrize("seconds", [90, -90])
def test_retry_after_as_a_date(api: Api, seconds: int) -> None:
    """Retry-After is an HTTP date, so many seconds from the response on, or back."""
    api.set_faults({"fault": "status", "status": 503, "retry_after": {"date_in": seconds}})
    sent = api.get("/external_dids").headers["retry-after"]
    assert sent.endswith(" GMT")
    left = (parsedate_to_datetime(sent) - datetime.now(UTC)).total_seconds()
    assert seconds - 30 < left <= seconds


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow(api: Api, when: str) -> None:
    """The true response comes, late."""
    api.set_faults({"method": "POST", "fault": "slow", "seconds": 0.3, "when": when})
    response = api.post("/external_dids", json=NEW)
    assert response.elapsed.total_seconds() >= 0.3
    assert response.json()["phonenumber"] == NUMBER


@pytest.mark.parametrize(("when", "seconds"), [("before", 3), ("after", 60)])
def test_a_slow_call_is_carried_out_though_its_client_gave_up(
    api: Api, when: str, seconds: float
) -> None:
    """A client that no longer waits does not stop the change; its call has no status."""
    api.set_faults({"method": "POST", "fault": "slow", "seconds": seconds, "when": when})
    with pytest.raises(httpx.ReadTimeout):
        api.post("/external_dids", json=NEW, timeout=0.2)
    wait_until(lambda: api.numbers() == [NUMBER])
    assert api.logged()[0] == ("POST", None, "slow", 0, 200)


def test_a_slow_call_does_not_delay_the_end(connect: Connect, tmp_path: Path) -> None:
    """A simulator that is stopped drops the calls that still wait, and does not carry them out."""
    settings = SimulatorSettings(data=str(tmp_path / "numbers.db"))
    begun = time.monotonic()
    with running_simulator(settings) as simulator:
        simulator.set_faults({"faults": [{"method": "POST", "fault": "slow", "seconds": 600}]})
        client = connect(simulator.base_url)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/external_dids", json=NEW, timeout=0.2)
        simulator.wait_for_fault()
    assert time.monotonic() - begun < 60
    with running_simulator(settings) as simulator:
        assert connect(simulator.base_url).numbers() == []


def test_drop(api: Api) -> None:
    """The connection is closed without a response, also where the call was refused."""
    api.set_faults({"fault": "drop", "when": "after"})
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        api.post("/external_dids", json={})
    assert str(caught.value) == "Server disconnected without sending a response."
    assert api.logged() == [("POST", None, "drop", 0, 422)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_half_body(api: Api, when: str) -> None:
    """Status 200 and the true Content-Length come, and half of the body."""
    api.set_faults({"method": "POST", "fault": "half_body", "when": when})
    with api.stream("POST", "/external_dids", json=NEW) as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        length = int(response.headers["content-length"])
        received: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message"):
            received.extend(response.iter_raw())
    assert b"".join(received).startswith(b"{")
    assert len(b"".join(received)) == length // 2


def test_half_of_no_body_is_no_response(api: Api) -> None:
    """A response without a body (the 204 of a DELETE) has no half: nothing is sent."""
    path = path_of(api.register())
    api.set_faults({"method": "DELETE", "fault": "half_body"})
    with pytest.raises(httpx.RemoteProtocolError):
        api.delete(path)
    assert api.logged()[-1] == ("DELETE", None, "half_body", 0, 204)
    assert api.numbers() == []


@pytest.mark.parametrize(
    ("more", "status", "title"),
    [
        ({}, 200, "200 OK"),
        ({"status": 404}, 404, "404 Not Found"),
        ({"status": 503}, 503, "503 Service Unavailable"),
        ({"status": 599}, 599, "599 Unknown"),
    ],
)
def test_html(api: Api, more: dict[str, int], status: int, title: str) -> None:
    """A gateway's page comes in the place of the response, with 200 or the plan's status."""
    api.set_faults({"fault": "html", **more})
    response = api.get("/external_dids")
    kind = response.headers["content-type"]
    assert (response.status_code, kind) == (status, "text/html; charset=utf-8")
    assert response.text.startswith(f"<!DOCTYPE html>\n<title>{title}</title>")


@pytest.mark.parametrize(("when", "left"), [({"when": "before"}, 1), ({}, 0)])
def test_a_gateways_404_says_nothing_of_a_number(api: Api, when: dict[str, str], left: int) -> None:
    """A number behind it is still registered; by default a release is carried out all the same."""
    path = path_of(api.register())
    api.set_faults({"path": "*/external_dids/*", "fault": "html", "status": 404, **when})
    assert [api.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert api.total() == left


def test_forget_field_of_an_object(api: Api) -> None:
    """One field of the response is missing; it is stored all the same."""
    api.set_faults({"method": "POST", "fault": "forget_field", "field": "external_did_sid"})
    sent = api.post("/external_dids", json=NEW).json()
    (stored,) = api.get("/external_dids", params={"exclude_fields": "id"}).json()["items"]
    del stored["external_did_sid"]
    assert sent == stored


@pytest.mark.parametrize("field", ["capabilities", "partner_sid", "total"])
def test_forget_field_of_a_list(api: Api, field: str) -> None:
    """In a list every item lacks the field, or the page itself, where it is the page's."""
    api.register("46700000001")
    api.register("46700000002")
    whole = api.get("/external_dids").json()
    api.set_faults({"fault": "forget_field", "field": field})
    page = api.get("/external_dids").json()
    for one in (whole, *whole["items"]):
        one.pop(field, None)
    assert page == whole


def test_forget_field_leaves_errors_alone(api: Api) -> None:
    """An error keeps its message."""
    api.set_faults({"fault": "forget_field", "field": "message"})
    assert api.get("/external_dids/none").json()["message"] == "no item error"


def test_another_object(api: Api) -> None:
    """The call is carried out; the response is of the first number that it is not about."""
    first, second, third = (api.register(f"4670000000{n}") for n in (1, 2, 3))
    api.set_faults({"fault": "another_object"})
    assert api.get(path_of(first)).json() == {**second, "phonenumber": "46700000002"}
    assert api.patch(path_of(third), json={"name": "Line"}).json()["phonenumber"] == "46700000001"
    sent = api.post("/external_dids", json=NEW).json()
    assert sent["external_did_sid"] == first["external_did_sid"]
    found = api.get("/external_dids", params={"filter": "phonenumber eq 46700000001"}).json()
    assert [item["phonenumber"] for item in found["items"]] == ["46700000002"]
    assert found["items"][0]["id"]
    assert api.delete(path_of(second)).status_code == 204
    api.set_faults()
    assert api.get(path_of(third)).json()["name"] == "Line"
    assert api.numbers() == ["46700000001", "46700000003", NUMBER]


def test_without_another_object_the_response_is_the_true_one(api: Api) -> None:
    """Also a list that shows all there are, an error, and a number's messaging."""
    path = path_of(api.register())
    api.set_faults({"fault": "another_object"})
    assert api.get(path).json()["external_did_sid"] == path.rpartition("/")[2]
    assert api.numbers() == [NUMBER]
    assert api.get("/external_dids/none").json()["message"] == "no item error"
    api.register("46700000002")
    assert api.get(f"{path}/messaging").status_code == 404
    assert api.logged()[-1] == ("GET", 404, None, None, 404)


def test_delayed_visibility(api: Api) -> None:
    """A number shows up after so many reads that would have shown it: by SID or in any list."""
    api.register("46700000001")
    api.set_faults({"fault": "delay_visibility", "reads": 4})
    path = path_of(api.register("46700000002"))
    assert api.logged()[-1] == ("POST", 200, "delay_visibility", 0, 200)
    assert api.get(path).json()["message"] == "no item error"
    assert api.numbers() == ["46700000001"]
    only = {"filter": "phonenumber eq 46700000002"}
    page = api.get("/external_dids", params=only).json()
    assert (page["total"], page["count"], page["items"]) == (0, 0, [])
    # These two would not have shown it, and do not count.
    assert api.get("/external_dids", params={"limit": 1}).json()["total"] == 1
    assert api.get("/external_dids", params={"filter": "name eq x"}).json()["total"] == 0
    assert api.get(path).status_code == 404
    assert api.get(path).status_code == 200
    assert api.numbers() == ["46700000001", "46700000002"]


def test_a_page_is_full_without_the_hidden(api: Api) -> None:
    """The number after a hidden one takes its place, so that paging meets each number once."""
    api.register("46700000001")
    api.set_faults({"phonenumber": "46700000002", "fault": "delay_visibility", "reads": 9})
    api.register("46700000002")
    api.register("46700000003")
    pages = [
        api.get("/external_dids", params={"limit": 1, "offset": offset}).json()
        for offset in range(2)
    ]
    numbers = [item["phonenumber"] for page in pages for item in page["items"]]
    assert numbers == ["46700000001", "46700000003"]
    assert [(page["total"], page["has_more"]) for page in pages] == [(2, True), (2, False)]


def test_the_hidden_is_there_for_changes(api: Api) -> None:
    """Only reads miss it: it can be changed and deleted, and not registered again."""
    api.set_faults({"fault": "delay_visibility", "reads": 9})
    path = path_of(api.register())
    assert api.patch(path, json={"name": "new"}).json()["name"] == "new"
    assert api.post("/external_dids", json=NEW).status_code == 409
    assert api.get(path).status_code == 404
    api.simulator.clear_faults()
    assert api.get(path).status_code == 200
    assert api.delete(path).status_code == 204


def test_a_dropped_connection_leaves_nothing_in_the_output(start: Start, connect: Connect) -> None:
    """Faults are on purpose: the simulator prints nothing about them, and ends with 0."""
    process, base_url = start("--port", "0")
    client = connect(base_url)
    url = f"{base_url.removesuffix('/core/v2')}/_simulator/faults"
    for fault in ({"fault": "drop"}, {"fault": "drop", "when": "after"}, {"fault": "half_body"}):
        client.put(url, json={"faults": [fault]}).raise_for_status()
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/external_dids")
    client.put(url, json={"faults": [{"fault": "slow", "seconds": 60}]}).raise_for_status()
    with pytest.raises(httpx.ReadTimeout):
        client.get("/external_dids", timeout=0.1)
    process.terminate()
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


def test_without_faults_connections_are_kept(api: Api) -> None:
    """A fault closes its own connection only; a status keeps even that one open."""
    api.set_faults({"method": "GET", "calls": {"first": 1}, "fault": "status", "status": 503})
    first, second = api.get("/external_dids"), api.get("/external_dids")
    streams = [response.extensions["network_stream"] for response in (first, second)]
    ports = [stream.get_extra_info("client_addr") for stream in streams]
    assert [first.status_code, second.status_code] == [503, 200]
    assert ports[0] == ports[1]
