"""Look up numbers that are registered already, for use in a program.

A look-up is made while the program runs, in previews too, with the same configuration as the
resources. If it fails, the program ends with one line.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from carrierx_provider.core.errors import ResourceError
from pulumi_carrierx.provider_input import as_output, stack_settings

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient
    from carrierx_api.models import ExternalDID as RegisteredExternalDID
    from carrierx_provider.core.connections import Connections
    from carrierx_provider.core.settings import Settings

Result = TypeVar("Result")

_connections: dict[Settings, Connections] = {}


def get_external_did(
    *, sid: str | None = None, phonenumber: str | None = None, account: str | None = None
) -> RegisteredExternalDID:
    """Look up one External DID, by its SID or by its number.

    Args:
        sid: its ``external_did_sid``.
        phonenumber: E.164, with or without ``+``. Give this or ``sid``, not both.
        account: name of an account in ``carrierx:accounts``; default: the account of
            ``carrierx:token``.

    Returns:
        The object with CarrierX's fields, ``phonenumber`` with its ``+``.

    Raises:
        pulumi.RunError: there is no such number, or the look-up failed; one line.

    Source: Core API, Phone Numbers, "Get External DID by Secure ID" and "Get External DIDs".
    """
    if (sid is None) == (phonenumber is None):
        raise pulumi.RunError("get_external_did: give either sid or phonenumber")
    _check_arguments("get_external_did", sid=sid, phonenumber=phonenumber, account=account)
    if sid is not None:
        return _run(f"SID {sid}", account, lambda client: _by_sid(client, sid))
    number = str(phonenumber)
    found = _run(number, account, lambda client: client.find(number))
    if found is None:
        raise pulumi.RunError(f"{number}: no External DID of this account has this number.")
    return found


def get_external_did_output(
    *,
    sid: pulumi.Input[str] | None = None,
    phonenumber: pulumi.Input[str] | None = None,
    account: pulumi.Input[str] | None = None,
) -> pulumi.Output[RegisteredExternalDID]:
    """``get_external_did`` for arguments that are Outputs.

    As with Pulumi's own functions, the result is unknown in a preview while an argument is unknown,
    or comes from a resource that is still to be created. An ``up`` creates that resource first.
    """
    arguments: pulumi.Output[dict[str, Any]] = pulumi.Output.all(
        sid=sid, phonenumber=phonenumber, account=account
    )

    async def resource_ids() -> list[pulumi.Output[str]]:
        # A preview knows a resource's inputs, so its ``phonenumber`` is known before it is
        # registered; only its ID is not. What the SDK itself makes in place of a resource has none.
        return [
            resource.id
            for resource in await arguments.resources()
            if isinstance(resource, pulumi.CustomResource) and hasattr(resource, "id")
        ]

    known = pulumi.Output.all(arguments, as_output(resource_ids()))
    return known.apply(lambda values: get_external_did(**values[0]))


def list_external_dids(
    *,
    filter: str | None = None,  # noqa: A002 -- CarrierX's own name of the argument
    order: str | None = None,
    account: str | None = None,
) -> list[RegisteredExternalDID]:
    """All External DIDs that a filter matches, however many pages that takes (1,000 a page).

    Args:
        filter: CarrierX's filter grammar, ``field operator value`` joined by ``and``, e.g.
            ``name like "support%" and country_code eq "SWE"``; default: all of the account.
        order: ``name asc`` or ``name desc``; default: CarrierX's own order.
        account: as for ``get_external_did``.

    Raises:
        pulumi.RunError: CarrierX refused, or could not be asked; one line.

    Source: Core API, Phone Numbers, "Get External DIDs"; Core API, "Filtering".
    """
    _check_arguments("list_external_dids", filter=filter, order=order, account=account)

    async def listed(client: CarrierXClient) -> list[RegisteredExternalDID]:
        return [item async for item in client.list(filter=filter, order=order)]

    return _run("list_external_dids", account, listed)


def _check_arguments(function: str, **arguments: object) -> None:
    """Refuse in one line what cannot be sent."""
    from carrierx_provider.external_did.inputs import argument_mistakes  # noqa: PLC0415

    given = {name: value for name, value in arguments.items() if value is not None}
    for mistake in argument_mistakes(given):
        raise pulumi.RunError(f"{function}: {mistake}")


async def _by_sid(client: CarrierXClient, sid: str) -> RegisteredExternalDID:
    from carrierx_api.errors import NotFoundError  # noqa: PLC0415 -- loaded with the client

    try:
        return await client.get(sid)
    except NotFoundError:
        from carrierx_provider.external_did.gone import no_such_sid_error  # noqa: PLC0415

        raise ResourceError(no_such_sid_error(sid)) from None


def _run(
    label: str, account: str | None, look_up: Callable[[CarrierXClient], Awaitable[Result]]
) -> Result:
    # Loads pydantic, which a program without look-ups and numbers does not need.
    from carrierx_provider.core.connections import Connections, run_blocking  # noqa: PLC0415
    from carrierx_provider.core.log_file import open_log  # noqa: PLC0415
    from carrierx_provider.core.settings import ConfigurationError  # noqa: PLC0415

    async def operation() -> Result:
        with connections.operation(label, account) as (client, _):
            return await look_up(client)

    try:
        settings = stack_settings()
        connections = _connections.setdefault(settings, Connections(settings))
        open_log(os.environ)
        return run_blocking(operation)
    except (ResourceError, ConfigurationError) as error:
        raise pulumi.RunError(str(error)) from None
