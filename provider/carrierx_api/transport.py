"""HTTP itself: the one module that knows httpx, so that a successor is one import away."""

from __future__ import annotations

import json
import math
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from carrierx_api.answer_body import ACCEPT_ENCODING, BodyError, TooLongError, read_body
from carrierx_api.errors import (
    NoAnswerError,
    TimedOutError,
    UnexpectedAnswerError,
    UnreachableError,
)

if TYPE_CHECKING:
    from carrierx_api.calls import Call

REASON_LIMIT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status. ``content`` is left out of the repr."""

    status: int
    content: bytes | bytearray = field(repr=False)
    retry_after: str | None = None

    def json(self) -> Any:  # noqa: ANN401 -- JSON is any of its types
        """The body as JSON.

        :raises ValueError: the body is not JSON, or none that could be passed on: nested too deep,
            a number without end.
        """
        try:
            return json.loads(self.content, parse_float=_finite, parse_constant=_finite)
        except RecursionError:
            raise ValueError("nested too deep") from None


def _finite(text: str) -> float:
    # Neither the engine's protocol nor its state can hold another.
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


class Transport:
    """Sends calls to one base URL with one token, over a connection pool of its own.

    The certificate of an https server is always verified: against the CAs that the environment's
    SSL_CERT_FILE or SSL_CERT_DIR names, or those of the package certifi.
    """

    def __init__(self, *, base_url: str, token: str, timeout_seconds: float) -> None:
        """Open no connection yet. ``base_url`` ends in ``/core/v2``."""
        self._base_url = base_url
        # Headers of httpx: their repr leaves the token out.
        self._headers = httpx.Headers(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "Accept-Encoding": ACCEPT_ENCODING,
            }
        )
        self._timeout_seconds = timeout_seconds
        self._http: httpx.AsyncClient | None = None

    async def send(self, call: Call) -> Answer:
        """Send one call once.

        :raises TimedOutError: no whole answer in time.
        :raises UnreachableError: the connection could not be made.
        :raises NoAnswerError: the connection broke before the answer was whole.
        :raises UnexpectedAnswerError: a body beyond the limit, or packed in a way that cannot be
            unpacked.
        """
        try:
            # httpx limits each wait; a server that drips its answer would never reach that limit.
            with anyio.fail_after(self._timeout_seconds):
                return await self._send(self._opened(call), call)
        except httpx.ConnectTimeout:
            raise UnreachableError(
                call, f"no connection within {self._timeout_seconds:g} s"
            ) from None
        except (httpx.TimeoutException, TimeoutError):
            raise TimedOutError(call, seconds=self._timeout_seconds) from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            untrusted = isinstance(_innermost(error), ssl.SSLCertVerificationError)
            raise UnreachableError(call, self._reason(error), may_pass=not untrusted) from None
        except httpx.RequestError as error:
            raise NoAnswerError(call, self._reason(error)) from None

    async def _send(self, http: httpx.AsyncClient, call: Call) -> Answer:
        content = None if call.body is None else json.dumps(call.body).encode()
        async with http.stream(
            call.method,
            call.path.removeprefix("/"),
            params=call.query or None,
            content=content,
            headers={} if content is None else {"Content-Type": "application/json"},
        ) as response:
            try:
                body = await read_body(
                    response.aiter_raw(), response.headers.get("Content-Encoding", "")
                )
            except BodyError as error:
                raise UnexpectedAnswerError(
                    call,
                    str(error),
                    status=response.status_code,
                    may_pass=not isinstance(error, TooLongError),
                ) from None
            return Answer(
                status=response.status_code,
                # The words of a refusal are shown, and whoever refuses may repeat what it was sent.
                content=body.replace(self._token.encode(), b"<token>")
                if response.is_error
                else body,
                retry_after=response.headers.get("Retry-After"),
            )

    def _opened(self, call: Call) -> httpx.AsyncClient:
        """The connection pool, made for the first call: what the environment names may be wrong."""
        if self._http is None:
            try:
                self._http = httpx.AsyncClient(
                    base_url=self._base_url,
                    headers=self._headers,
                    timeout=self._timeout_seconds,
                    # A redirect would carry the token to wherever the answer says.
                    follow_redirects=False,
                    # Plain http is for this machine alone: a proxy would carry the token off it.
                    mounts={"http://": None},
                )
            except OSError:
                raise UnreachableError(
                    call,
                    "SSL_CERT_FILE or SSL_CERT_DIR names no readable certificates",
                    may_pass=False,
                ) from None
            except (ValueError, ImportError, httpx.InvalidURL):
                # Not repeated here: it may hold a password.
                raise UnreachableError(
                    call,
                    "HTTPS_PROXY, ALL_PROXY or NO_PROXY names something that cannot be used",
                    may_pass=False,
                ) from None
        return self._http

    async def close(self) -> None:
        """Close the connection pool."""
        if self._http is not None:
            await self._http.aclose()

    @property
    def _token(self) -> str:
        return self._headers["Authorization"].removeprefix("Bearer ")

    def _reason(self, error: Exception) -> str:
        """Why there is no answer. It may quote the server, which may repeat what it was sent."""
        said = " ".join(_innermost_reason(error).split()).replace(self._token, "<token>")
        return said[:REASON_LIMIT_CHARACTERS]


def _innermost(error: Exception) -> BaseException:
    """What lies at the bottom: httpx says no more than "All connection attempts failed"."""
    innermost: BaseException = error
    while True:
        deeper = innermost.__cause__ or innermost.__context__
        if isinstance(deeper, BaseExceptionGroup):
            deeper = deeper.exceptions[0]
        if deeper is None:
            return innermost
        innermost = deeper


def _innermost_reason(error: Exception) -> str:
    innermost = _innermost(error)
    if isinstance(innermost, ssl.SSLCertVerificationError):
        why = innermost.verify_message.rstrip(".")
        return f"its certificate is not trusted ({why}; SSL_CERT_FILE names the CAs to trust)"
    if isinstance(innermost, ConnectionRefusedError):
        return "connection refused"
    return str(innermost) or type(innermost).__name__
