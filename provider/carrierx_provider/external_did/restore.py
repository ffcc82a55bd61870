"""A replace that cannot finish: the number is released, and its new registration refused.

It must not stay dark, so it is registered again as it was. The operation fails all the same; the
next ``up`` goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api import calls
from carrierx_api.errors import (
    AuthenticationError,
    CarrierXError,
    RateLimitError,
    UnreachableError,
)
from carrierx_provider.core.errors import ResourceError, next_step, what_failed
from carrierx_provider.core.text import account_text
from carrierx_provider.external_did.as_registered import registration_stands
from carrierx_provider.external_did.registration import AlreadyRegisteredError, register

if TYPE_CHECKING:
    from carrierx_provider.core.connections import Connections
    from carrierx_provider.core.errors import Subject
    from carrierx_provider.external_did.inputs import Inputs
    from carrierx_provider.external_did.run_registry import Release


def is_worthwhile(release: Release, error: CarrierXError, account: str | None) -> bool:
    """Whether the number, after this failed registration, may be registered again as it was.

    Not if it may be registered by now, and not if the account refuses whatever is sent to it.
    """
    if error.effect_unknown:
        return False
    refuses_all = isinstance(error, (AuthenticationError, RateLimitError, UnreachableError))
    return release.account != account or not refuses_all


async def restore(
    connections: Connections,
    release: Release,
    refused: CarrierXError,
    subject: Subject,
    stated: Inputs,
) -> None:
    """Register a released number again as it was.

    :param refused: why its new registration did not come about.
    :param stated: what the program states: its record is what the next ``up`` goes on by.
    :raises ResourceError: it is registered again, with the new SID; or it could not be.
    """
    ownership = stated.ownership
    account = None if stated.account is None else str(stated.account)
    body = dict(release.body)
    if ownership is not None:
        body["attributes"] = {**body.get("attributes", {}), **ownership.as_attribute()}
    call = calls.register(body)
    with connections.about(subject.label, release.account) as (client, as_it_was):
        try:
            restored = await register(
                client,
                call,
                str(body["phonenumber"]),
                just_released=release.external_did_sid,
            )
        except AlreadyRegisteredError as error:
            if not (error.answer_lost and registration_stands(call, error.standing)):
                return
            restored = error.standing
        except CarrierXError as error:
            stands = (
                "It is not known whether it is registered now"
                if error.effect_unknown
                else "It is out of service until the next up registers it"
            )
            message = (
                f"{subject.label}: {what_failed(refused, subject)}. The number had been released "
                "for the replace, and could not be registered again as it was: "
                f"{what_failed(error, as_it_was)}. {stands}. {next_step(refused, subject)}"
            )
            raise ResourceError(message) from None
    sid = restored.external_did_sid
    if release.account == account:
        where, how = "", "" if ownership else f" That takes `CARRIERX_ADOPT={sid} pulumi up`."
    else:
        # The next up talks to the account that the program states, and knows nothing of this one.
        where, how = (
            f" in {account_text(release.account)}",
            " Before it can move to another account, release that SID.",
        )
    message = (
        f"{subject.label}: {what_failed(refused, subject)}. The number had been released for the "
        f"replace, so it was registered again as it was{where}, with SID {sid}; its messaging "
        f"enablement is lost. {next_step(refused, subject)}{how}"
    )
    raise ResourceError(message)
