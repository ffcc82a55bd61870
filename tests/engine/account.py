"""A simulated CarrierX account, as a test looks at it and as somebody else changes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from types import TracebackType

    from carrierx_simulator.running import RunningSimulator

COLLECTION = "/phonenumber/external_dids"


class Account:
    """Numbers and calls of one simulator. Calls of ``somebody_else`` are not counted."""

    def __init__(self, simulator: RunningSimulator, somebody_else: str) -> None:
        """Look at ``simulator``, and change it with the token ``somebody_else``."""
        self.base_url = simulator.base_url
        self._log_url = f"{simulator.origin}/_simulator/requests"
        self._http = httpx.Client(
            base_url=simulator.base_url, headers={"Authorization": f"Bearer {somebody_else}"}
        )

    def calls(self) -> list[str]:
        """The provider's calls since the last look, each one line: ``PATCH SID ?query {body}``."""
        return [_line(request) for request in self._logged()]

    def requests(self) -> list[tuple[str, str, dict[str, str], Any]]:
        """The same calls as ``(method, path, query, body)``."""
        return [
            (request["method"], request["path"], request["query"], request["body"])
            for request in self._logged()
        ]

    def statuses(self) -> list[int]:
        """How the provider's calls since the last look were answered."""
        return [request["status"] for request in self._logged()]

    def _logged(self) -> list[dict[str, Any]]:
        requests = self._http.get(self._log_url).json()
        self._http.delete(self._log_url)
        return [request for request in requests if request["token"] == 0]

    def numbers(self) -> dict[str, dict[str, Any]]:
        """Every registered number's object, by number with ``+``."""
        page = self._http.get(f"{COLLECTION.lstrip('/')}?limit=1000").json()
        return {"+" + item["phonenumber"].lstrip("+"): item for item in page["items"]}

    def sid(self, phonenumber: str) -> str:
        """The SID that the number is registered under now."""
        sid: str = self.numbers()[phonenumber]["external_did_sid"]
        return sid

    def register(self, **body: Any) -> str:
        """Somebody else registers a number; its SID."""
        answer = self._http.post(COLLECTION.lstrip("/"), json=body)
        assert answer.is_success, answer.text
        sid: str = answer.json()["external_did_sid"]
        return sid

    def change(self, phonenumber: str, *, replace_attributes: bool = False, **body: Any) -> None:
        """Somebody else changes a number behind the engine's back."""
        answer = self._http.patch(
            f"{COLLECTION.lstrip('/')}/{self.sid(phonenumber)}",
            params={"nested_objects": "replace"} if replace_attributes else None,
            json=body,
        )
        assert answer.is_success, answer.text

    def release(self, phonenumber: str) -> None:
        """Somebody else releases a number."""
        answer = self._http.delete(f"{COLLECTION.lstrip('/')}/{self.sid(phonenumber)}")
        assert answer.is_success, answer.text

    def __enter__(self) -> Self:
        """Use the account in ``with``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._http.close()


def _line(request: dict[str, Any]) -> str:
    path = request["path"].removeprefix("/core/v2" + COLLECTION).strip("/")
    query = "&".join(f"{name}={value}" for name, value in request["query"].items())
    parts = [request["method"], "SID" if path else "", f"?{query}" if query else ""]
    if request["body"] is not None:
        parts.append(json.dumps(request["body"], sort_keys=True))
    if request["status"] is None:
        parts.append("-> lost")
    elif request["status"] >= httpx.codes.BAD_REQUEST:
        parts.append(f"-> {request['status']}")
    return " ".join(part for part in parts if part)
