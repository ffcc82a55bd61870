"""Ask one account for a page of one number, twice, and keep how it answered."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from carrierx_api import calls
from carrierx_api.errors import CarrierXError
from carrierx_api.responses import parse_page
from carrierx_api.transport import proxy_variable
from carrierx_cli.doctor.account import AccountSeen

if TYPE_CHECKING:
    from carrierx_api.transport import Response
    from carrierx_provider.core.settings import Access

READS = 2
"""The first sets the connection up; the second tells how long an answer takes."""


async def look_at_account(name: str | None, access: Access, timeout_seconds: float) -> AccountSeen:
    """Look its host up, and read. Nothing is tried anew, and nothing written."""
    # The HTTP stack is only loaded once there is an account to ask.
    from carrierx_api.transport import Transport  # noqa: PLC0415

    url = urlsplit(access.base_url)
    addresses = None
    proxy = proxy_variable(access.base_url)
    if proxy is None:
        try:
            found = await anyio.getaddrinfo(
                url.hostname or "", url.port or 443, type=socket.SOCK_STREAM
            )
        except OSError as error:
            return AccountSeen(name, access, no_address=error.strerror or str(error))
        addresses = len({entry[4][0] for entry in found})
    transport = Transport(
        base_url=access.base_url, token=access.token, timeout_seconds=timeout_seconds
    )
    call = calls.list_page(limit=1)
    answer: Response | None = None
    refused: CarrierXError | None = None
    seconds: list[float] = []
    sent = datetime.now(UTC)
    received = sent
    try:
        for read in range(READS):
            began = time.perf_counter()
            answered = await transport.send(call)
            seconds.append(time.perf_counter() - began)
            if read == 0:
                answer, received = answered, datetime.now(UTC)
            parse_page(call, answered)
    except CarrierXError as failure:
        refused = failure
    finally:
        await transport.close()
    return AccountSeen(
        name=name,
        access=access,
        addresses=addresses,
        proxy=proxy,
        error=refused,
        seconds=tuple(seconds),
        sent=sent,
        received=received,
        date=answer.date if answer else None,
        limits=answer.limits if answer else {},
    )
