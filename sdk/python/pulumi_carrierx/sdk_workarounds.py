"""What Pulumi's Python SDK does slowly, and how to avoid it. Seen in SDK 3.241 to 3.272."""

from __future__ import annotations

import asyncio
from contextlib import suppress


def await_registrations_in_turn() -> None:
    """Make the end of a program cost the same for each number, however many there are.

    At the end of a program the SDK awaits what it has started (``wait_for_rpcs`` in
    ``pulumi.runtime.stack``): first the registrations on its list, one after the other, then all
    Outputs at once, which it checks again whenever one of them resolves. A registration is put on
    the list when the event loop runs, and a program that awaits nothing ends before that: the list
    is empty, and everything is awaited in the second way. Each of N numbers has some thirty
    Outputs, so an ``up`` costs N²: for 300 numbers most of the program's time, for 10,000 an hour.

    One entry on the list makes the SDK start with the first way. This entry is done already.
    """
    # A later SDK without such a list is slower than it could be, nothing else.
    with suppress(AttributeError, ImportError):
        from pulumi.runtime.settings import SETTINGS  # noqa: PLC0415 -- may be missing one day

        done = asyncio.get_event_loop().create_future()
        done.set_result(None)
        SETTINGS.rpc_manager.rpcs.append(done)
