"""The SDK's list of registrations gets one entry, and a later SDK without the list is no error.

Its effect is shown on the engine: tests/engine/test_long_programs.py.
"""

import asyncio

import pytest
from pulumi.runtime import settings

from pulumi_carrierx.validation import await_registrations_in_turn


async def entry() -> None:
    """Make the entry in a running loop, as a program does."""
    await_registrations_in_turn()


def test_nobody_has_to_wait_for_the_entry() -> None:
    """The entry is done before the SDK awaits it."""
    listed = settings.SETTINGS.rpc_manager.rpcs
    listed.clear()
    asyncio.run(entry())
    (made,) = listed
    listed.clear()
    assert isinstance(made, asyncio.Future)
    assert made.done()


@pytest.mark.parametrize("missing", ["SETTINGS", "SETTINGS.rpc_manager.rpcs"])
def test_an_sdk_without_the_list_is_no_mistake(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program runs as usual."""
    monkeypatch.delattr(f"pulumi.runtime.settings.{missing}")
    asyncio.run(entry())
