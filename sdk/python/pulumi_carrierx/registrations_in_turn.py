"""Let the end of a program cost the same for each number, however many there are.

When a program has run to its end, the SDK awaits what it has started (``wait_for_rpcs`` in
``pulumi.runtime.stack``): first the registrations on its list, one after the other, then all
Outputs at once, which it looks through again whenever one of them resolves. But a registration
comes onto the list when the event loop turns, and at the end of a program that has awaited nothing
it has not turned yet: the list is empty, and all is awaited in the second way. Each of N numbers
has some thirty Outputs, so an ``up`` costs N²: of 300 numbers most of the program's time, of
10,000 an hour.

One entry on the list is enough for the first way. Seen in SDK 3.241 to 3.272.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress


def await_registrations_in_turn() -> None:
    """Put an entry on the SDK's list, one that nobody has to wait for."""
    # Should a later SDK have no such list, it is slower than it could be, and nothing else.
    with suppress(AttributeError, ImportError):
        from pulumi.runtime.settings import SETTINGS  # noqa: PLC0415 -- may be missing one day

        done = asyncio.get_event_loop().create_future()
        done.set_result(None)
        SETTINGS.rpc_manager.rpcs.append(done)
