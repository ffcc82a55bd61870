"""The TCP connection under a call: whether the client is still there, and closing it on purpose.

ASGI has no word for "close without an answer". uvicorn closes a connection whose call ends without
one, but calls it a mistake of the application in its log. So the protocol hands each call its
transport, in the call's own copy of the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Receive, Scope

_KEY = "carrierx_simulator.transport"


class Connection(H11Protocol):
    """uvicorn's HTTP over h11, whose calls can reach the transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Put the transport into the state that every call of this connection is given."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _KEY: transport}


def is_open(scope: Scope) -> bool:
    """Whether an answer to this call would still be sent; True where another server runs this."""
    transport: asyncio.Transport | None = scope["state"].get(_KEY)
    return transport is None or not transport.is_closing()


async def close(scope: Scope, receive: Receive) -> None:
    """Send what was written, and close the connection; returns when uvicorn knows of it.

    From then on uvicorn takes a call without a whole answer for one whose client went away.
    """
    transport: asyncio.Transport = scope["state"][_KEY]
    transport.close()
    # Every call's body is read to its end first, so what comes next is http.disconnect.
    await receive()
