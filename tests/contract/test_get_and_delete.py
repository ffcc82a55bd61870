"""GET and DELETE of one External DID."""

import pytest

from tests.contract.conftest import Api, path_of

UNKNOWN = "e8df62d5-07a3-4189-a67e-87585067c5fe"
NO_ITEM = {
    "message": "no item error",
    "errors": [{"field": None, "message": "cannot find item by sid", "reference_sid": None}],
}


def test_get_shows_what_was_registered(api: Api) -> None:
    """GET responds with 200 with the same object as the registration, without id and without +."""
    made = api.register("+46700987654", name="support")
    response = api.get(path_of(made))
    assert response.status_code == 200
    assert response.json() == made
    assert response.json()["phonenumber"] == "46700987654"
    assert "id" not in response.json()


def test_get_can_choose_fields(api: Api) -> None:
    """Field filtering works on a single object as well."""
    sid = api.register(name="support")["external_did_sid"]
    response = api.get(f"/external_dids/{sid}", params={"include_fields": "name,capabilities"})
    assert response.json() == {"capabilities": 3, "name": "support"}


def test_delete_is_204_without_a_body(api: Api) -> None:
    """DELETE responds with 204 with an empty body, and then the SID is unknown."""
    sid = api.register()["external_did_sid"]
    response = api.delete(f"/external_dids/{sid}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.get(f"/external_dids/{sid}").status_code == 404
    assert api.delete(f"/external_dids/{sid}").status_code == 404
    assert api.get("/external_dids").json()["total"] == 0


@pytest.mark.parametrize("sid", [UNKNOWN, "x", "46700987654", "%00", "%F0%9F%98%80", "..."])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_an_unknown_sid_is_the_documented_404(api: Api, method: str, sid: str) -> None:
    """Every call on a SID that does not exist is a 404 with the documented body."""
    if method in ("PATCH", "PUT"):
        response = api.request(method, f"/external_dids/{sid}", json={})
    else:
        response = api.request(method, f"/external_dids/{sid}")
    assert response.status_code == 404
    assert response.json() == NO_ITEM
