"""The accounts of a stack, for commands: their clients, their errors as texts, their numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from carrierx_api.calls import LIST_LIMIT_MAXIMUM
from carrierx_api.client import CarrierXClient
from carrierx_api.errors import (
    AuthenticationError,
    CarrierXError,
    ForbiddenError,
    NotFoundError,
    UnreachableError,
)
from carrierx_api.models import ExternalDID
from carrierx_provider.core.connections import Connections
from carrierx_provider.core.errors import (
    ResourceError,
    Subject,
    consequence,
    next_step,
    what_failed,
)
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import Settings
from carrierx_provider.core.text import account_text


def connect(settings: Settings, accounts: Collection[str | None]) -> Connections:
    """The connections to these accounts, which must be configured; None is the default one."""
    for account in accounts:
        settings.access(account)
    open_log(os.environ)
    return Connections(settings)


@contextmanager
def session(
    connections: Connections, subject: str, account: str | None, command: str
) -> Iterator[CarrierXClient]:
    """An account's client, for one operation of a command.

    Every API or configuration error becomes a ``ResourceError``: one line that names the subject,
    and the command to run again.
    """
    with connections.operation(subject, account) as (client, what):
        try:
            yield client
        except CarrierXError as error:
            raise ResourceError(_error_text(error, what, command)) from None


async def list_numbers(  # noqa: PLR0913, PLR0917 -- what to list, and how to say so
    connections: Connections,
    account: str | None,
    needed: Collection[str],
    command: str,
    filter_: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[ExternalDID]:
    """The numbers of an account, with a call for each 1,000 and a line of progress after it.

    Responses differ in the fields that they carry: a number that lacks a needed one is read again,
    by itself.
    """
    found: list[ExternalDID] = []
    with session(connections, account_text(account), account, command) as client:
        async for listed in client.list(filter=filter_):
            if listed.model_fields_set.issuperset(needed):
                found.append(listed)
            else:
                sid, number = listed.external_did_sid, listed.phonenumber
                try:
                    found.append(
                        await client.get_registered(sid, tuple(needed), phonenumber=number)
                    )
                except NotFoundError:
                    continue
            if progress is not None and len(found) % LIST_LIMIT_MAXIMUM == 0:
                progress(f"Reading from CarrierX: {len(found):,} numbers so far.")
    return found


def _error_text(error: CarrierXError, subject: Subject, command: str) -> str:
    """The one line for a failed call. The next step is the command, not `pulumi up`."""
    if isinstance(error, ForbiddenError):
        after = next_step(error, subject)
    elif isinstance(error, AuthenticationError):
        after = f"Check the token in {subject.access.token_source}."
    elif isinstance(error, UnreachableError):
        after = "Check the network and carrierx:baseUrl."
    else:
        after = f"Run `pulumi-carrierx {command}` again later to see the current state."
    return f"{subject.label}: {what_failed(error, subject)}. {consequence(error)}{after}"
