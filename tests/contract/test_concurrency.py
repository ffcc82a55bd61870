"""Several clients at the same time."""

from concurrent.futures import ThreadPoolExecutor

from tests.contract.conftest import Api, path_of


def test_one_of_two_simultaneous_registrations_wins(api: Api) -> None:
    """Of those who register a number at the same time one succeeds; names and SIDs differ."""
    numbers = [f"467000000{i:02}" for i in range(50)]
    bodies = [{"phonenumber": number, "capabilities": 3} for number in numbers for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda body: api.post("/external_dids", json=body), bodies))
    statuses = [sorted(r.status_code for r in responses[i : i + 2]) for i in range(0, 100, 2)]
    assert statuses == [[200, 409]] * 50
    made = [response.json() for response in responses if response.status_code == 200]
    assert len({one["external_did_sid"] for one in made}) == 50
    assert len({one["name"] for one in made}) == 50
    assert api.total() == 50


def test_simultaneous_updates_lose_nothing(api: Api) -> None:
    """Merges of different keys at the same time all arrive."""
    path = path_of(api.register())
    keys = [f"key{i}" for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda key: api.patch(path, json={"attributes": {key: 1}}), keys)
        assert {response.status_code for response in responses} == {200}
    assert api.get(path).json()["attributes"] == dict.fromkeys(keys, 1)
