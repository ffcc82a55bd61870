"""The clients of a process: one for each account, with one connection pool and one event loop.

The lifecycle is async. The dynamic front calls it from several threads, a program from its own.
They all enter it through one blocking portal, so that the connection pool is shared.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from carrierx_api.bulk_reads.planner import ReadCounts
from carrierx_api.calls import InvalidSIDError
from carrierx_api.errors import CarrierXError
from carrierx_provider.core.errors import ResourceError, Subject, error_text
from carrierx_provider.core.settings import Access, ConfigurationError, Settings
from carrierx_provider.core.text import plural

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

    from carrierx_api.client import CarrierXClient
    from carrierx_api.transport import Pool

Result = TypeVar("Result")

SECONDS_BETWEEN_LINES = 5.0
"""A shorter refresh prints nothing."""


@dataclass(slots=True)
class ReadProgress:
    """The progress lines of a long refresh about one account."""

    say: Callable[[str], None]
    account: str | None
    clock: Callable[[], float] = time.monotonic
    _said_at: float | None = None

    def note(self, counts: ReadCounts) -> None:
        """Print the progress, at most once in ``SECONDS_BETWEEN_LINES``."""
        now = self.clock()
        if self._said_at is None:
            self._said_at = now
        if now - self._said_at < SECONDS_BETWEEN_LINES:
            return
        self._said_at = now
        where = "CarrierX" if self.account is None else f"CarrierX, account {self.account}"
        progress = f"{plural(counts.served + counts.own_calls, 'number')} so far"
        pages = counts.pages_read + counts.pages_under_way
        if pages:
            of_all = f" of {pages:,}" if counts.pages_under_way else ""
            progress += f", list pages: {counts.pages_read:,}{of_all}"
        self.say(f"Reading from {where}: {progress}.")


@dataclass(eq=False, slots=True)
class Connections:
    """The clients of the configured accounts; each is made when it is first needed."""

    settings: Settings
    is_abandoned: Callable[[], bool] = lambda: False
    """Whether the run that asks for changes has ended; none is sent then."""
    say: Callable[[str], None] = lambda _: None
    _clients: dict[Access, CarrierXClient] = field(default_factory=dict)
    _pool: Pool | None = None
    _identities: dict[object, object] = field(default_factory=dict)

    def access(self, label: str, account: str | None) -> Access:
        """How an account is reached; ``ResourceError`` if it is not configured as it should be."""
        try:
            return self.settings.access(account)
        except ConfigurationError as error:
            raise ResourceError(f"{label}: {error}") from None

    def identity(self, account: object) -> object:
        """What two names of one account have in common; the name itself if it is not configured."""
        if account not in self._identities:
            identity = account
            with suppress(ConfigurationError):
                if account is None or isinstance(account, str):
                    identity = self.settings.access(account)
            self._identities[account] = identity
        return self._identities[account]

    @contextmanager
    def operation(
        self, label: str, account: str | None
    ) -> Iterator[tuple[CarrierXClient, Subject]]:
        """The client of an account, for one operation in the event loop.

        Args:
            label: how messages name what the operation is about, ``+46700987654 (support)``.

        Raises:
            ResourceError: instead of every API or configuration error, in one line.
        """
        access = self.access(label, account)
        # Two names may be the same account. A line of progress then has the first one.
        if access not in self._clients:
            self._clients[access] = self._new_client(account, access)
        subject = Subject(label, access)
        try:
            yield self._clients[access].with_deadline(), subject
        except CarrierXError as error:
            raise ResourceError(error_text(error, subject)) from None
        except InvalidSIDError as error:
            raise ResourceError(f"{label}: {error}.") from None

    def _new_client(self, account: str | None, access: Access) -> CarrierXClient:
        # The HTTP stack is only loaded once a call has to be made.
        from carrierx_api.client import CarrierXClient  # noqa: PLC0415
        from carrierx_api.transport import Pool  # noqa: PLC0415

        self._pool = self._pool or Pool()
        return CarrierXClient(
            base_url=access.base_url,
            token=access.token,
            timeout_seconds=self.settings.timeout_seconds,
            deadline_seconds=self.settings.deadline_seconds,
            requests_per_second=self.settings.requests_per_second,
            pool=self._pool,
            is_abandoned=self.is_abandoned,
            report_reads=ReadProgress(self.say, account).note,
        )


_portal: BlockingPortal | None = None
_portal_lock = threading.Lock()


def run_blocking(operation: Callable[..., Awaitable[Result]], *arguments: object) -> Result:
    """Run an async operation in the process's event loop, and wait for its result.

    May be called from any thread but the loop's own. Raises what the operation raises.
    """
    global _portal  # noqa: PLW0603 -- one event loop a process is the point
    with _portal_lock:
        if _portal is None:
            from anyio.from_thread import start_blocking_portal  # noqa: PLC0415 -- loads asyncio

            stack = ExitStack()
            _portal = stack.enter_context(start_blocking_portal(name="carrierx"))
            stack.callback(_portal.call, _portal.stop, True)  # noqa: FBT003 -- cancels what runs
            # Otherwise the garbage collector closes the portal at the interpreter's end, and waits
            # for a thread that has ended already.
            atexit.register(stack.close)
    return _portal.call(operation, *arguments)
