"""The numbers of one account, each with every field that can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api.calls import LIST_LIMIT_MAXIMUM
from carrierx_api.errors import NotFoundError
from carrierx_api.models import UPDATABLE_FIELDS
from carrierx_cli.about import about

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx_api.models import ExternalDID
    from carrierx_provider.core.connections import Connections

NEEDED = ("phonenumber", "capabilities", *UPDATABLE_FIELDS)


async def account_numbers(
    connections: Connections,
    account: str | None,
    filter_: str | None,
    say: Callable[[str], None],
) -> list[ExternalDID]:
    """The numbers of an account, a call for each 1,000.

    :param account: None is the default one.
    :param filter_: CarrierX's filter grammar; None for all numbers.
    :param say: is told after each full page how far it is.
    :raises ExternalDIDError: the account cannot be read, in one line.
    """
    found: list[ExternalDID] = []
    name = "the default account" if account is None else f"account {account}"
    with about(connections, name, account, "adopt") as client:
        async for listed in client.list(filter=filter_):
            external_did = listed
            if not external_did.model_fields_set.issuperset(NEEDED):
                # Responses differ in the fields that they carry.
                try:
                    external_did = await client.get_registered(
                        listed.external_did_sid, needed=NEEDED
                    )
                except NotFoundError:
                    continue
            found.append(external_did)
            if len(found) % LIST_LIMIT_MAXIMUM == 0:
                say(f"Reading from CarrierX: {len(found):,} numbers so far.")
    return found
