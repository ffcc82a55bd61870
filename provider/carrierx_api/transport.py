"""HTTP: the one module that imports httpx, so that a successor is one import away."""

from __future__ import annotations

import json
import math
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx

from carrierx_api.calls import Call
from carrierx_api.errors import (
    NoResponseError,
    TimedOutError,
    UnexpectedResponseError,
    UnreachableError,
)
from carrierx_api.retry import Pause

REASON_LIMIT_CHARACTERS = 300

BODY_LIMIT_BYTES = 32 * 1024 * 1024
"""The longest body that is read, compressed and unpacked. A page of 1,000 numbers is 1 to 2 MB."""

_PIECE_BYTES = 64 * 1024

CONNECTIONS = 8
"""The most calls that are ever in flight at once: the engine's four, and four pages of a list. More
connections carry nothing; with fewer, calls wait for one another: at 50 ms a call, half as many
connections carry half as much (``tools/benchmark/connections.py``)."""

KEEP_ALIVE_SECONDS = 50.0
"""How long an idle connection is kept. A run has gaps: it waits for another resource of the
program, or for a Retry-After. Common servers keep one for 60 s and more; a call on a connection
that the server has just closed would get no response."""


_CLOCK = "check this machine's clock"
_HOST = "the base URL has to name the certificate's host"
_CERTIFICATE_REMEDIES = {9: _CLOCK, 10: _CLOCK, 62: _HOST, 64: _HOST}
"""By OpenSSL's X509_V_ERR: not valid yet, expired, another host's, another address's."""
_OTHER_REMEDY = "SSL_CERT_FILE names the CAs to trust"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response, whatever its status. ``content`` is left out of the repr."""

    status: int
    content: bytes | bytearray = field(repr=False)
    retry_after: str | None = None
    date: str | None = None
    """The header Date, by the server's clock."""
    limits: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers about the rate of calls, such as X-RateLimit-Remaining; CarrierX documents none."""

    def json(self) -> Any:  # noqa: ANN401 -- JSON is any of its types
        """The body as JSON.

        Raises:
            ValueError: It is not JSON, is nested too deep, or has a number that is not finite.
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


class Pool:
    """What the clients of a process share: connections, and the pause after a 429.

    A connection is to any server, with any token, since each call brings its own.

    The certificate of an https server is always verified: against the CAs that the environment's
    SSL_CERT_FILE or SSL_CERT_DIR names, or those of the package certifi.
    """

    def __init__(self) -> None:
        self.pause = Pause()
        self._http: httpx.AsyncClient | None = None
        self._free = anyio.Semaphore(CONNECTIONS)

    @asynccontextmanager
    async def connection(self, call: Call) -> AsyncIterator[httpx.AsyncClient]:
        """Wait until one of the connections is free; what is sent in this block may take it.

        httpx would wait too, but within the time that the response may take.

        Raises:
            UnreachableError: What the environment names for connections cannot be used.
        """
        http = self._opened(call)
        async with self._free:
            yield http

    def _opened(self, call: Call) -> httpx.AsyncClient:
        """The pool, made for the first call: what the environment names may be wrong."""
        if self._http is None:
            try:
                self._http = httpx.AsyncClient(
                    limits=httpx.Limits(
                        max_connections=CONNECTIONS,
                        max_keepalive_connections=CONNECTIONS,
                        keepalive_expiry=KEEP_ALIVE_SECONDS,
                    ),
                    # The token says whose call it is; a cookie might say something else.
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    # A redirect would carry the token to wherever the answer says.
                    follow_redirects=False,
                    # Plain http is for this machine alone: a proxy would carry the token off it.
                    mounts={"http://": None},
                )
            except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
                # The value itself is not repeated here: it may hold a password.
                wrong = "HTTPS_PROXY, ALL_PROXY or NO_PROXY names something that cannot be used"
                if isinstance(error, OSError):
                    wrong = "SSL_CERT_FILE or SSL_CERT_DIR names no readable certificates"
                raise UnreachableError(call, wrong, transient=False) from None
        return self._http

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()


class Transport:
    """Sends calls to one base URL with one token."""

    def __init__(
        self, *, base_url: str, token: str, timeout_seconds: float, pool: Pool | None = None
    ) -> None:
        """Open no connection yet.

        Args:
            timeout_seconds: The longest wait for one response, once a connection is free.
            pool: Shared with other transports, and closed by its maker; None for one of its own.
        """
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._timeout_seconds = timeout_seconds
        self.pool = pool or Pool()
        self._owns_pool = pool is None

    async def send(self, call: Call) -> Response:
        """Send one call once."""
        try:
            async with self.pool.connection(call) as http:
                # httpx limits each wait; a server that drips its response would never reach that
                # limit.
                with anyio.fail_after(self._timeout_seconds):
                    return await self._send(http, call)
        except httpx.ConnectTimeout:
            raise UnreachableError(
                call, f"no connection within {self._timeout_seconds:g} s"
            ) from None
        except (httpx.TimeoutException, TimeoutError):
            raise TimedOutError(call, seconds=self._timeout_seconds) from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            untrusted = isinstance(_innermost(error), ssl.SSLCertVerificationError)
            reason = self._reason(error)
            if proxy := proxy_variable(self._base_url):
                reason += f", through the proxy in {proxy}"
            raise UnreachableError(call, reason, transient=not untrusted) from None
        except httpx.RequestError as error:
            raise NoResponseError(call, self._reason(error)) from None

    async def _send(self, http: httpx.AsyncClient, call: Call) -> Response:
        # Headers of httpx: their repr leaves the token out.
        headers = httpx.Headers(
            {
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        async with http.stream(
            call.method,
            self._base_url + call.path,
            params=call.query or None,
            # In ASCII: what another system has stored may not be valid Unicode, and is kept.
            content=None if call.body is None else json.dumps(call.body).encode(),
            headers=headers,
            timeout=self._timeout_seconds,
        ) as response:
            body = await _read_body(call, response)
            return Response(
                status=response.status_code,
                # The text of an error is shown, and a server may repeat what it was sent.
                content=body.replace(self._token.encode(), b"<token>")
                if response.is_error
                else body,
                retry_after=response.headers.get("Retry-After"),
                date=response.headers.get("Date"),
                limits={
                    name: value.replace(self._token, "<token>")
                    for name, value in response.headers.items()
                    if "ratelimit" in name.replace("-", "")
                },
            )

    async def close(self) -> None:
        """Close the connections, unless others use them too."""
        if self._owns_pool:
            await self.pool.close()

    def _reason(self, error: Exception) -> str:
        """Why there is no response. It may quote the server, which may repeat what it was sent."""
        said = " ".join(_innermost_reason(error).split()).replace(self._token, "<token>")
        return said[:REASON_LIMIT_CHARACTERS]


async def _read_body(call: Call, response: httpx.Response) -> bytearray:
    """Read a body up to the limit, compressed or not.

    httpx unpacks each piece that arrives as a whole, and encodings within encodings: 64 kB from the
    network could become 64 MB, or 64 GB. So the one encoding that we ask for is unpacked here,
    piece by piece.
    """

    def unexpected(what: str, *, transient: bool = True) -> UnexpectedResponseError:
        return UnexpectedResponseError(call, what, response.status_code, transient=transient)

    too_long = unexpected(f"more than {BODY_LIMIT_BYTES // 1024**2} MiB", transient=False)
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise unexpected("a body in an encoding that was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body = bytearray()
    received_bytes = 0
    async for packed in response.aiter_raw():
        # Counted as well: an endless gzip of nothing unpacks to nothing.
        received_bytes += len(packed)
        if received_bytes > BODY_LIMIT_BYTES:
            raise too_long
        try:
            for piece in (packed,) if unpacker is None else _unpacked(unpacker, packed):
                body += piece
                if len(body) > BODY_LIMIT_BYTES:
                    raise too_long
        except zlib.error:
            raise unexpected("a body that is not the gzip it says it is") from None
    if unpacker is not None and received_bytes and not unpacker.eof:
        raise unexpected("a body whose gzip breaks off")
    return body


def _unpacked(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    while packed and not unpacker.eof:
        yield unpacker.decompress(packed, _PIECE_BYTES)
        packed = unpacker.unconsumed_tail


def proxy_variable(url: str) -> str | None:
    """``HTTPS_PROXY`` or ``ALL_PROXY``, whichever names the proxy on the way; None without one."""
    parts = urlsplit(url)
    if parts.scheme != "https" or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return next((f"{kind.upper()}_PROXY" for kind in ("https", "all") if proxies.get(kind)), None)


def _innermost(error: Exception) -> BaseException:
    """The first cause: httpx says no more than "All connection attempts failed"."""
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
        remedy = _CERTIFICATE_REMEDIES.get(innermost.verify_code, _OTHER_REMEDY)
        return f"its certificate is not trusted ({why}; {remedy})"
    if isinstance(innermost, ssl.SSLError):
        # "WRONG_VERSION_NUMBER", above all of a server that speaks plain http.
        why = (innermost.reason or "it broke off").replace("_", " ").lower()
        return f"it does not speak TLS as it should ({why})"
    if isinstance(innermost, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, httpx.ProxyError):
        return f"the tunnel was refused ({innermost})"
    if isinstance(innermost, OSError) and innermost.strerror:
        # Without the number of the error, which says nothing to a person.
        return innermost.strerror
    return str(innermost) or type(innermost).__name__
