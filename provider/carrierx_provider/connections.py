"""One client for each account, and one event loop for all of them, in the whole process.

The lifecycle is async; the engine's dynamic front calls it from several threads, and a program
from its own. They enter it through one blocking portal, so that the connection pool is shared.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.from_thread import BlockingPortal

    from carrierx_api.client import CarrierXClient
    from carrierx_provider.settings import Access, Settings

Result = TypeVar("Result")


class Connections:
    """The clients of the configured accounts; each is made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._clients: dict[str | None, CarrierXClient] = {}

    def access(self, account: str | None) -> Access:
        """How the account is reached; raises ``ConfigurationError``."""
        return self._settings.access(account)

    def client(self, account: str | None) -> CarrierXClient:
        """The account's client. To be called in the event loop; raises ``ConfigurationError``."""
        # The HTTP stack is only loaded once a call has to be made.
        from carrierx_api.client import CarrierXClient  # noqa: PLC0415

        if account not in self._clients:
            access = self.access(account)
            self._clients[account] = CarrierXClient(base_url=access.base_url, token=access.token)
        return self._clients[account]


_portal: BlockingPortal | None = None
_portal_stack = ExitStack()  # never closed: the portal's thread is a daemon and ends with the process
_portal_lock = threading.Lock()


def run_blocking(operation: Callable[..., Awaitable[Result]], *arguments: object) -> Result:
    """Run an async operation in the process's event loop, and wait for its result.

    May be called from any thread but the loop's own. Raises what the operation raises.
    """
    global _portal  # noqa: PLW0603 -- one event loop a process is the point
    with _portal_lock:
        if _portal is None:
            from anyio.from_thread import start_blocking_portal  # noqa: PLC0415 -- loads asyncio

            _portal = _portal_stack.enter_context(start_blocking_portal(name="carrierx"))
    return _portal.call(operation, *arguments)
