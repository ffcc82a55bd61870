"""Talk to an account on the command line, with the errors that help there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from carrierx_api.errors import CarrierXError
from carrierx_cli.orphans.messages import orphan_error_text
from carrierx_provider.core.errors import ResourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carrierx_api.client import CarrierXClient
    from carrierx_provider.core.connections import Connections


@contextmanager
def about(
    connections: Connections, what: str, account: str | None, command: str = "orphans"
) -> Iterator[CarrierXClient]:
    """The account's client, for one operation.

    :param what: how messages name what the calls are about.
    :param command: the one that makes them, to be run again after an error.
    :raises ResourceError: instead of every API or configuration error, in one line.
    """
    with connections.about(what, account) as (client, subject):
        try:
            yield client
        except CarrierXError as error:
            raise ResourceError(orphan_error_text(error, subject, command)) from None
