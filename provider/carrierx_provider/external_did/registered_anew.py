"""A number whose registration is gone, and that an earlier run of its resource registered anew.

A run that was killed before the state was written may have replaced the number: the state then has
the SID that it released. A refresh that took the number for released would forget the resource, and
the new registration would be met as a stranger's. So it goes on with that one, whose difference
from the program the next preview shows.

Nothing is released here, and nothing is taken over but what bears this very resource's record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api.models import UPDATABLE_FIELDS
from carrierx_provider.external_did.ownership import record_of

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient
    from carrierx_api.models import ExternalDID
    from carrierx_provider.external_did.state import State


async def registered_anew(client: CarrierXClient, gone: State) -> ExternalDID | None:
    """The registration that stands in the place of one that is gone; None where there is none.

    :raises CarrierXError: it could not be looked for.
    """
    ours = gone.ownership
    if ours is None:
        return None
    standing = await client.find(gone.phonenumber)
    if standing is None:
        return None
    # A list may leave out what an object of its own does not.
    if {"capabilities", *UPDATABLE_FIELDS} - standing.model_fields_set:
        needed = ("capabilities", "attributes")
        standing = await client.get_registered(standing.external_did_sid, needed=needed)
    return standing if record_of(standing.attributes, ours.key) == ours else None


def registered_anew_words(number: str, gone: State, external_did_sid: str) -> str:
    """What a person is told of it."""
    return (
        f"{number}: SID {gone.external_did_sid} is gone; went on with SID {external_did_sid}, "
        "which an earlier run of this very resource registered."
    )
