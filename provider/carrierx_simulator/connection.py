"""The TCP connection of a call: whether it is open, and closing it on purpose.

ASGI cannot express "close without a response". uvicorn closes the connection of a call that ends
without one, but logs it as an error of the application. So the protocol gives each call its
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
    """Whether a response to this call would still be sent; True under another server."""
    transport: asyncio.Transport | None = scope["state"].get(_KEY)
    return transport is None or not transport.is_closing()


async def close(scope: Scope, receive: Receive) -> None:
    """Send what was written, and close the connection; returns when uvicorn has noticed.

    From then on uvicorn treats a call without a whole response as one whose client went away.
    """
    transport: asyncio.Transport = scope["state"][_KEY]
    transport.close()
    # The body of every call is read to its end first, so the next message is http.disconnect.
    await receive()
