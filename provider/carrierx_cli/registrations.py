"""Every number of the stack's accounts, with its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api.errors import NotFoundError
from carrierx_cli.about import about
from carrierx_cli.orphans.orphans import Registered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_provider.core.connections import Connections


async def registrations(
    connections: Connections, accounts: Sequence[str | None]
) -> list[Registered]:
    """All numbers of these accounts; None is the default one.

    No filter narrows the list, though ``attributes.KEY like "PROJECT/STACK/%"`` might: whoever asks
    can compare what comes back, and never sees what a filter has wrongly left out. A page holds
    1,000 numbers, so that the whole list costs a call for each 1,000.

    :raises ExternalDIDError: an account cannot be read, in one line.
    """
    found: list[Registered] = []
    for account in accounts:
        name = "the default account" if account is None else f"account {account}"
        with about(connections, name, account) as client:
            async for external_did in client.list():
                seen = external_did
                if "attributes" not in seen.model_fields_set:
                    # Responses differ in the fields that they carry.
                    try:
                        seen = await client.get_registered(
                            seen.external_did_sid, needed=("attributes",)
                        )
                    except NotFoundError:
                        continue
                found.append(Registered(account, seen))
    return found
