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

import anyio
import httpx

from carrierx_api.calls import Call
from carrierx_api.errors import (
    CannotConnectError,
    NoResponseError,
    TimedOutError,
    UnexpectedResponseError,
    UnreachableError,
)
from carrierx_api.proxies import Proxy, proxy_to
from carrierx_api.retry import Pause

REASON_LIMIT_CHARACTERS = 500
"""The longest reason for a failed connection; the longest name of a host leaves room in it."""

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

_NO_TLS = {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
"""What OpenSSL, by its version, calls a response that is not TLS."""

_BROKE_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)

_REFUSED_FOR_GOOD = ("401", "403", "407")
"""How a proxy refuses a tunnel that it would refuse again."""


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
        self._clients: dict[tuple[str, Proxy | None], httpx.AsyncClient] = {}
        self._free = anyio.Semaphore(CONNECTIONS)

    @asynccontextmanager
    async def connection(
        self, call: Call, scheme: str, proxy: Proxy | None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Wait until one of the connections is free; what is sent in this block may take it.

        httpx would wait too, but within the time that the response may take.

        Raises:
            CannotConnectError: What the environment names for such connections cannot be used.
        """
        # Made for the first call of its kind: what the environment names for others may be wrong.
        if (scheme, proxy) not in self._clients:
            self._clients[scheme, proxy] = _new_client(call, scheme, proxy)
        async with self._free:
            yield self._clients[scheme, proxy]

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()


def _new_client(call: Call, scheme: str, proxy: Proxy | None) -> httpx.AsyncClient:
    # Plain http trusts no CA, and to load them takes 25 ms.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A value is not repeated: it may hold a password.
    variable = "" if proxy is None else proxy.variable
    wrong = f"{variable} is not the URL of a proxy, such as http://127.0.0.1:3128"
    try:
        if scheme == "https":
            tls = httpx.create_ssl_context()
        return httpx.AsyncClient(
            verify=tls,
            proxy=None if proxy is None else proxy.checked_url,
            # httpx would read all variables about proxies, and fail at any that it cannot use.
            trust_env=False,
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
            # The token says whose call it is; a cookie might say something else.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # A redirect would carry the token to wherever the answer says.
            follow_redirects=False,
        )
    except OSError:
        wrong = "SSL_CERT_FILE names no readable file of certificates"
    except ImportError:
        wrong = f"{variable} names a SOCKS proxy, which needs `pip install 'httpx[socks]'`"
    except (ValueError, httpx.InvalidURL):
        pass
    raise CannotConnectError(call, wrong)


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
        self._scheme = urlsplit(base_url).scheme
        self._proxy = proxy_to(base_url)
        self._token = token
        self._timeout_seconds = timeout_seconds
        self.pool = pool or Pool()
        self._owns_pool = pool is None

    async def send(self, call: Call) -> Response:
        """Send one call once."""
        try:
            async with self.pool.connection(call, self._scheme, self._proxy) as http:
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
        except (httpx.RequestError, ssl.SSLError) as error:
            raise self._no_response(call, error) from None

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

    def _no_response(self, call: Call, error: Exception) -> NoResponseError:
        cause = error if isinstance(error, ssl.SSLError) else _innermost(error)
        # It may quote the server, which may repeat what it was sent.
        reason = " ".join(_why(error, cause, self._proxy).split()).replace(self._token, "<token>")
        reason = reason[:REASON_LIMIT_CHARACTERS]
        may_pass = _may_pass(error, cause)
        if may_pass and not isinstance(error, (httpx.ConnectError, httpx.ProxyError)):
            return NoResponseError(call, reason)
        if self._proxy is not None:
            reason += f", through the proxy in {self._proxy.variable}"
        return UnreachableError(call, reason) if may_pass else CannotConnectError(call, reason)

    async def close(self) -> None:
        """Close the connections, unless others use them too."""
        if self._owns_pool:
            await self.pool.close()


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


def _may_pass(error: Exception, cause: BaseException) -> bool:
    """Whether the call may get a response in a moment. Otherwise the server never read it."""
    if isinstance(error, ssl.SSLError):
        # With TLS 1.3 a server asks for a client's certificate once the handshake is complete.
        return not (error.reason or "").endswith("CERTIFICATE_REQUIRED")
    if isinstance(error, httpx.ConnectError) and isinstance(cause, ssl.SSLError):
        # All else in a handshake depends on what the two sides are configured to do.
        return isinstance(cause, _BROKE_OFF) or "INTERNAL_ERROR" in (cause.reason or "")
    return not (isinstance(error, httpx.ProxyError) and str(cause).startswith(_REFUSED_FOR_GOOD))


def _why(error: Exception, cause: BaseException, proxy: Proxy | None) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message.rstrip(".")
        remedy = _CERTIFICATE_REMEDIES.get(cause.verify_code, _OTHER_REMEDY)
        return f"its certificate is not trusted ({why}; {remedy})"
    if isinstance(cause, ssl.SSLError):
        why = (cause.reason or "it broke off").replace("_", " ").lower()
        if cause.reason in _NO_TLS and proxy is not None and proxy.url.startswith("https"):
            why += f"; {proxy.variable} has to begin with http:// if the proxy speaks plain http"
        elif cause.reason in _NO_TLS:
            why += "; the base URL has to name a port with TLS, or begin with http:// for a server "
            why += "on this machine"
        return f"it does not speak TLS as it should ({why})"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, httpx.ProxyError):
        return f"the tunnel was refused ({cause})"
    # Without the number of an operating system's error, which says nothing to a person.
    return str(getattr(cause, "strerror", None) or cause) or type(cause).__name__
