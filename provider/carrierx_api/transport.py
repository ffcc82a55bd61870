"""HTTP itself: the one module that knows httpx, so that a successor is one import away."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from carrierx_api.errors import NoAnswerError, TimedOutError, UnreachableError

if TYPE_CHECKING:
    from carrierx_api.calls import Call


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status. ``content`` is left out of the repr."""

    status: int
    content: bytes = field(repr=False)
    retry_after: str | None = None

    def json(self) -> Any:  # noqa: ANN401 -- JSON is any of its types
        """The body as JSON.

        :raises ValueError: the body is not JSON.
        """
        return json.loads(self.content)


class Transport:
    """Sends calls to one base URL with one token, over a connection pool of its own."""

    def __init__(self, *, base_url: str, token: str, timeout_seconds: float) -> None:
        """Open no connection yet. ``base_url`` ends in ``/core/v2``."""
        self._timeout_seconds = timeout_seconds
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
            },
            timeout=timeout_seconds,
            # A redirect would carry the token to wherever the answer says.
            follow_redirects=False,
        )

    async def send(self, call: Call) -> Answer:
        """Send one call once.

        :raises TimedOutError: no answer in time.
        :raises UnreachableError: the connection could not be made.
        :raises NoAnswerError: the connection broke before the answer was whole.
        """
        content = None if call.body is None else json.dumps(call.body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            # httpx limits each wait; a server that drips its answer would never reach that limit.
            with anyio.fail_after(self._timeout_seconds):
                response = await self._http.request(
                    call.method,
                    call.path.removeprefix("/"),
                    params=call.query or None,
                    content=content,
                    headers=headers,
                )
        except httpx.ConnectTimeout:
            raise UnreachableError(
                call, f"no connection within {self._timeout_seconds:g} s"
            ) from None
        except (httpx.TimeoutException, TimeoutError):
            raise TimedOutError(call, seconds=self._timeout_seconds) from None
        except httpx.ConnectError as error:
            raise UnreachableError(call, _reason(error)) from None
        except httpx.RequestError as error:
            raise NoAnswerError(call, _reason(error)) from None
        return Answer(
            status=response.status_code,
            content=response.content,
            retry_after=response.headers.get("Retry-After"),
        )

    async def close(self) -> None:
        """Close the connection pool."""
        await self._http.aclose()


def _reason(error: Exception) -> str:
    """The innermost reason: httpx says no more than "All connection attempts failed"."""
    innermost: BaseException = error
    while True:
        deeper = innermost.__cause__ or innermost.__context__
        if isinstance(deeper, BaseExceptionGroup):
            deeper = deeper.exceptions[0]
        if deeper is None:
            break
        innermost = deeper
    if isinstance(innermost, ConnectionRefusedError):
        return "connection refused"
    return " ".join(str(innermost).split()) or type(innermost).__name__
