"""One API call, read once: its body and whose token it carries.

Everything that handles a call (the log, the pace, the routes) takes these from here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from carrierx_simulator.paths import CONTROL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from carrierx_simulator.settings import Token

LARGEST_BODY = 1024 * 1024
"""Bytes of a body that are read and kept; a larger one is answered with 413."""

_KEY = "carrierx_simulator.call"


@dataclass(frozen=True, slots=True)
class Call:
    """An API call. ``body`` is None when it was too large, ``token`` an index or None.

    ``token_given`` tells a wrong token from none at all.
    """

    body: bytes | None
    token: int | None
    token_given: bool


def call_of(scope: Scope) -> Call:
    """The call that `CallReader` found in this request."""
    call: Call = scope[_KEY]
    return call


def is_api_call(scope: Scope) -> bool:
    """Whether this is an HTTP request to CarrierX's API, not to the simulator's own paths."""
    path: str = scope.get("path", "")
    return scope["type"] == "http" and not (path + "/").startswith(CONTROL + "/")


class CallReader:
    """Reads each API call's body to its end, so that an early error never breaks the upload."""

    def __init__(self, application: ASGIApp, tokens: Sequence[Token]) -> None:
        """Wrap ``application``; ``tokens`` are the ones that exist."""
        self._application = application
        self._tokens = [token.value.encode() for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put a `Call` into the scope, and pass on."""
        if is_api_call(scope):
            authorization = Headers(scope=scope).get("authorization", "")
            scheme, _, value = authorization.partition(" ")
            given = scheme.lower() == "bearer"
            token = self._index(value.strip().encode("latin-1")) if given else None
            scope[_KEY] = Call(await _body(receive), token, token_given=bool(authorization))
        await self._application(scope, receive, send)

    def _index(self, value: bytes) -> int | None:
        return next(
            (i for i, known in enumerate(self._tokens) if hmac.compare_digest(known, value)), None
        )


async def _body(receive: Receive) -> bytes | None:
    kept = bytearray()
    too_large = False
    more = True
    while more:
        message = await receive()
        # A client that goes away in the middle sends http.disconnect, which has no more_body.
        more = message.get("more_body", False)
        too_large = too_large or len(kept) + len(message.get("body", b"")) > LARGEST_BODY
        if not too_large:
            kept += message.get("body", b"")
    return None if too_large else bytes(kept)
