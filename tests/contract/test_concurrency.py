"""Several clients at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.contract.conftest import Api, path_of


def test_one_of_two_simultaneous_registrations_wins(api: Api) -> None:
    """Two threads that register the same number: exactly one succeeds, the other gets 409."""
    for i in range(20):
        together = threading.Barrier(2)

        def attempt(
            number: str = f"467000000{i:02}", together: threading.Barrier = together
        ) -> int:
            together.wait(60)
            body = {"phonenumber": number, "capabilities": 3}
            return api.post("/external_dids", json=body).status_code

        with ThreadPoolExecutor(2) as pool:
            responses = [pool.submit(attempt) for _ in range(2)]
        assert sorted(response.result() for response in responses) == [200, 409]
    assert api.get("/external_dids").json()["total"] == 20


def test_simultaneous_updates_lose_nothing(api: Api) -> None:
    """Merges of different keys at the same time all arrive."""
    path = path_of(api.register())
    keys = [f"key{i}" for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda key: api.patch(path, json={"attributes": {key: 1}}), keys)
        assert {response.status_code for response in responses} == {200}
    assert api.get(path).json()["attributes"] == dict.fromkeys(keys, 1)


def test_many_registrations_at_once_are_all_there(api: Api) -> None:
    """Registrations from many threads have distinct SIDs and distinct generated names."""

    def attempt(i: int) -> dict[str, Any]:
        body = {"phonenumber": f"4670000{i:04}", "capabilities": 3}
        made: dict[str, Any] = api.post("/external_dids", json=body).json()
        return made

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(attempt, range(100)))
    assert len({one["external_did_sid"] for one in made}) == 100
    assert len({one["name"] for one in made}) == 100
    assert api.get("/external_dids").json()["total"] == 100
